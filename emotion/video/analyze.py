"""Reads a clip's faces and mood at a chosen rate."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

from emotion.analysis import PersistenceOptions
from emotion.bootstrap import create_analyzer
from emotion.faces import BgrImage
from emotion.smoothing import estimate, initial_state, smoothing_for, update
from emotion.types import FaceBox, FaceReading, MoodEstimate, SmoothingOptions
from emotion.video.clip import Source, VideoLimits, check_source, open_clip

RATES_HZ: Final = (0.1, 60.0)
"""Slowest and fastest rate of reading."""

_EPSILON_S: Final = 1e-4


class Analyzer(Protocol):
    """What reads a frame; ``emotion.analysis.FrameAnalyzer`` is one."""

    def analyze(self, frame_bgr: BgrImage, at_s: float) -> tuple[FaceReading, ...]:
        """Reads every face of a frame."""
        ...


@dataclass(frozen=True, slots=True)
class VideoReading:
    """One moment of a clip.

    Attributes:
        t_s: seconds since the clip's beginning.
        faces: largest first, boxes in pixels of the upright clip.
        mood: smoothed over the moments so far, on the clip's own clock.
        elapsed_ms: how long decoding and reading this moment took.
    """

    t_s: float
    faces: tuple[FaceReading, ...]
    mood: MoodEstimate
    elapsed_ms: float


CLIP_PERSISTENCE: Final = PersistenceOptions(first_is_believed=True)
"""When a detection in a clip is accepted: a clip may begin in the middle of a scene."""


def analyze_video(
    source: Source,
    *,
    rate_hz: float = 10.0,
    analyzer: Analyzer | None = None,
    smoothing: SmoothingOptions | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    limits: VideoLimits | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[VideoReading]:
    """Reads a clip's faces at a steady rate, one reading at a time, with constant memory.

    Args:
        source: a path, or a binary stream that can seek, which is left open.
        rate_hz: readings a second of the clip; never more than it has frames.
        analyzer: reads a frame; the app's model when left out. It belongs to the calling thread.
        smoothing: how readings become a mood; ``smoothing_for(rate_hz)`` when left out.
        cancelled: called before each frame; once it returns true, the readings end early.
        progress: called with the share that is done, in [0, 1].
        limits: the defaults when left out.
        clock: measures ``elapsed_ms``.

    Yields:
        Readings in the order of time. If the clip is cut off or damaged, the readings before the damage come
        first, then the error.

    Raises:
        VideoError: it cannot be read, is no video, has no picture, is too large, or ends too early.
        ValueError: a rate outside ``RATES_HZ``.
        TypeError: ``source`` is neither a path nor a stream.
    """
    check_source(source)
    low, high = RATES_HZ
    if not low <= rate_hz <= high:
        raise ValueError(f"Expected a rate from {low:g} to {high:g} readings a second. Received: {rate_hz!r}")
    return _readings(
        source,
        rate_hz,
        analyzer,
        smoothing or smoothing_for(rate_hz),
        cancelled or (lambda: False),
        progress or (lambda share: None),
        limits or VideoLimits(),
        clock,
    )


def _readings(
    source: Source,
    rate_hz: float,
    analyzer: Analyzer | None,
    options: SmoothingOptions,
    cancelled: Callable[[], bool],
    progress: Callable[[float], None],
    limits: VideoLimits,
    clock: Callable[[], float],
) -> Iterator[VideoReading]:
    with open_clip(source, limits) as clip:
        reader = analyzer or create_analyzer(persistence=CLIP_PERSISTENCE)
        state, due_s, began = initial_state(0.0), -math.inf, clock()
        for t_s, frame in clip.frames(cancelled):
            if t_s < due_s - _EPSILON_S:
                continue
            # The next point of the grid, so that a late frame does not delay the ones after it.
            due_s = (math.floor(t_s * rate_hz + _EPSILON_S) + 1) / rate_hz
            picture, scale = clip.picture(frame, limits.max_side_px)
            faces = tuple(scaled(r, scale) for r in reader.analyze(picture, t_s))
            state = update(state, faces, t_s, options)
            yield VideoReading(t_s, faces, estimate(state, t_s, options), (clock() - began) * 1e3)
            progress(clip.share_done(t_s))
            began = clock()
        if not cancelled():
            clip.check_whole()
            progress(1.0)


def scaled(reading: FaceReading, factor: float) -> FaceReading:
    """The reading with its box in pixels that are ``factor`` times smaller."""
    box = reading.box
    scaled = FaceBox(
        box.x_px * factor, box.y_px * factor, box.width_px * factor, box.height_px * factor, box.confidence
    )
    return replace(reading, box=scaled)
