"""Reads one clip, cuts it into spells of one mood, and makes points for a chart. No Streamlit here.

The clip is only bytes in memory: nothing in this module opens a file or logs a pixel.
"""

from __future__ import annotations

import io
import itertools
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emotion.errors import VideoError
from emotion.labels import EMOTIONS, Emotion
from emotion.smoothing import smoothing_for
from emotion.types import Problem, SmoothingOptions
from emotion.video.analyze import Analyzer, VideoReading, analyze_video
from emotion.video.annotate import annotate_video
from emotion.video.clip import VideoInfo, VideoLimits
from ui.look.words import percent

CHART_POINTS = 600
LIMITS = VideoLimits(max_duration_s=20 * 60)


@dataclass(frozen=True, slots=True)
class VideoResult:
    """What a clip shows.

    Attributes:
        info: of its header.
        rate_hz: at which it was read.
        readings: in the order of time, at least one.
        problem: why the clip was not read to its end, in words for the viewer; empty if it was.
        model_version: of the model that read it.
        took_s: how long the reading took.
    """

    info: VideoInfo
    rate_hz: float
    readings: tuple[VideoReading, ...]
    problem: str
    model_version: str
    took_s: float

    @property
    def end_s(self) -> float:
        """Where the last reading stops counting, never past the clip's end."""
        last_s = self.readings[-1].t_s
        end_s = last_s + 1 / self.rate_hz
        length_s = self.info.duration_s
        return max(last_s, min(end_s, length_s)) if length_s else end_s


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of one mood.

    Attributes:
        mood: None is *unknown*.
        starts_s, ends_s: in the clip.
        confidence: mean over the stretch, in [0, 1].
        nobody: no face was in view for most of it.
    """

    mood: Emotion | None
    starts_s: float
    ends_s: float
    confidence: float
    nobody: bool


def read_video(
    content: bytes,
    info: VideoInfo,
    analyzer: Analyzer,
    model_version: str,
    *,
    rate_hz: float,
    smoothing: SmoothingOptions,
    cancelled: Callable[[], bool],
    progress: Callable[[float], None],
    noted: Callable[[VideoReading], None] = lambda reading: None,
    clock: Callable[[], float] = time.perf_counter,
) -> VideoResult:
    """Reads a clip from memory.

    Args:
        content: the file's bytes.
        info: of ``emotion.video.clip.video_info``.
        analyzer: what finds and reads the faces.
        model_version: of the analyzer's model.
        rate_hz: readings a second.
        smoothing: how readings become a mood.
        cancelled: see ``emotion.video.analyze.analyze_video``.
        progress: likewise.
        noted: called with each reading as it comes.
        clock: measures ``took_s``.

    Returns:
        The readings; for a clip that breaks off, those before the break, with ``problem`` set.

    Raises:
        VideoError: no reading could be made at all.
    """
    began, problem = clock(), ""
    readings: list[VideoReading] = []
    try:
        for reading in analyze_video(
            io.BytesIO(content),
            rate_hz=rate_hz,
            analyzer=analyzer,
            smoothing=smoothing_for(rate_hz, smoothing),
            cancelled=cancelled,
            progress=progress,
            limits=LIMITS,
        ):
            readings.append(reading)
            noted(reading)
    except VideoError as error:
        if not readings:
            raise
        problem = error.page_words
    if not readings and not cancelled():
        raise VideoError(
            "Expected a video with pictures. Received: one without a single moment to read.",
            "The video has no picture that could be read.",
        )
    return VideoResult(info, rate_hz, tuple(readings), problem, model_version, clock() - began)


def annotated(
    content: bytes, result: VideoResult, cancelled: Callable[[], bool], progress: Callable[[float], None]
) -> bytes:
    """The clip as MP4 with boxes and labels; incomplete if it was cancelled.

    Raises:
        VideoError: it cannot be written.
    """
    out = io.BytesIO()
    annotate_video(
        io.BytesIO(content), result.readings, out, cancelled=cancelled, progress=progress, limits=LIMITS
    )
    return out.getvalue()


# --- over time ---------------------------------------------------------------------------------------


def lengths_s(result: VideoResult) -> tuple[float, ...]:
    """How long each reading counts: until the next one."""
    times = [r.t_s for r in result.readings] + [result.end_s]
    return tuple(max(0.0, after - at) for at, after in itertools.pairwise(times))


def spells(result: VideoResult) -> tuple[Spell, ...]:
    """The clip as stretches of one mood, in the order of time and without gaps."""
    found: list[Spell] = []
    readings, lengths = result.readings, lengths_s(result)
    first = 0
    for n in range(1, len(readings) + 1):
        if n < len(readings) and readings[n].mood.dominant is readings[first].mood.dominant:
            continue
        ends_s = readings[n].t_s if n < len(readings) else result.end_s
        part = readings[first:n]
        weights = np.array(lengths[first:n]) + 1e-9
        found.append(
            Spell(
                part[0].mood.dominant,
                part[0].t_s,
                ends_s,
                float(np.average([r.mood.confidence for r in part], weights=weights)),
                float(np.average([not r.faces for r in part], weights=weights)) > 0.5,
            )
        )
        first = n
    return tuple(found)


def shares(result: VideoResult) -> Mapping[Emotion | None, float]:
    """Mood → share of the clip's time, all eight of them, summing to 1."""
    total = dict.fromkeys((*EMOTIONS, None), 0.0)
    for reading, length_s in zip(result.readings, lengths_s(result), strict=True):
        total[reading.mood.dominant] += length_s
    whole = sum(total.values())
    # A clip with one frame has no length: its one reading stands for all of it.
    if whole <= 0:
        return {m: float(m is result.readings[0].mood.dominant) for m in total}
    return {mood: seconds / whole for mood, seconds in total.items()}


def people(readings: Sequence[VideoReading]) -> int:
    """The most faces in one reading."""
    return max((len(r.faces) for r in readings), default=0)


def unclear(result: VideoResult) -> tuple[float, Problem | None]:
    """In what share of the clip faces are in view but none is clear enough to read, and mostly why."""
    unclear_s, whole_s, reasons = 0.0, 0.0, Counter[Problem]()
    for reading, length_s in zip(result.readings, lengths_s(result), strict=True):
        whole_s += length_s
        if reading.faces and all(face.is_poor for face in reading.faces):
            unclear_s += length_s
            reasons.update(face.quality[0] for face in reading.faces)
    if not reasons:
        return 0.0, None
    return (unclear_s / whole_s if whole_s else 1.0), reasons.most_common(1)[0][0]


def unclear_words(result: VideoResult) -> str:
    """``unclear`` in a sentence; empty where it is next to nothing."""
    share, problem = unclear(result)
    if problem is None or share < 0.02:
        return ""
    return (
        f"In {percent(share)} of the video no face is clear enough to read ({problem.words}). "
        "Those moments do not count for the expression."
    )


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The smoothed belief over time, few enough points to draw.

    Attributes:
        times_s: middle of each point.
        shares: float64 ``(7, N)`` in the order of ``EMOTIONS``, NaN where nobody could be read.
    """

    times_s: np.ndarray
    shares: np.ndarray


def curves(result: VideoResult, points: int = CHART_POINTS) -> Curves:
    """The seven curves, averaged into at most ``points`` bins of equal length."""
    times = np.array([r.t_s for r in result.readings])
    seen = np.array(
        [any(not f.is_poor for f in r.faces) or r.mood.dominant is not None for r in result.readings]
    )
    scores = np.stack([r.mood.scores.probabilities for r in result.readings]).astype(np.float64)
    count = min(points, len(times))
    span = max(result.end_s - times[0], 1e-9)
    bins = np.minimum(((times - times[0]) / span * count).astype(int), count - 1)
    filled = np.bincount(bins, minlength=count)
    faces = np.bincount(bins[seen], minlength=count)
    sums = np.stack([np.bincount(bins[seen], scores[seen, e], count) for e in range(len(EMOTIONS))])
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(faces > 0, sums / faces, np.nan)
        middles = np.bincount(bins, times, count) / filled
    kept = filled > 0
    return Curves(middles[kept], means[:, kept])
