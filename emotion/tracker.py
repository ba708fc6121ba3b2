"""From readings to the mood of one session, whoever made the readings: this machine or the viewer's device.

Calibration, the look at a resting face, smoothing, and what is wrong with the pictures. Any thread may call
any method.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from emotion.baseline import BASELINE_S, MIN_READINGS, SessionCalibration, resting_calibration
from emotion.smoothing import MoodState, estimate, initial_state, merge_faces, update
from emotion.types import EmotionScores, FaceReading, MoodEstimate, Problem, SmoothingOptions

RATE_WINDOW_S = 2.0
PROBLEM_AFTER_S = 1.0
"""How long pictures must be too poor before a problem is reported; a single blurred frame is not."""
UNBROKEN_S = 0.5
"""The time between two readings of a resting face counts only if it is shorter than this."""


@dataclass(frozen=True, slots=True)
class LiveSnapshot:
    """Everything a page shows, at one moment.

    Attributes:
        readings: faces of the latest analysed frame.
        mood: the smoothed mood now.
        calibration: the session's own, see ``emotion.baseline``.
        resting_share: how much of measuring a resting face is done, in [0, 1); None while none is measured.
        frames_analyzed: frames that were read; the rest were dropped for newer ones.
        readings_per_s: analysed frames a second over the last two seconds.
        error: what is wrong, for the log; None while nothing is.
        model_version: name and version of the model, empty until it is loaded.
    """

    readings: tuple[FaceReading, ...]
    mood: MoodEstimate
    calibration: SessionCalibration
    resting_share: float | None
    frames_analyzed: int
    readings_per_s: float
    error: str | None
    model_version: str
    problem: Problem | None = None


@dataclass(slots=True)
class _Resting:
    """A resting face that is being measured: for how many seconds it was in view, and its readings."""

    seen_s: float = 0.0
    last_s: float | None = None
    scores: list[EmotionScores] = field(default_factory=list)


class MoodTracker:
    """The smoothed mood behind one stream of readings.

    Args:
        options: how readings become a mood.
        calibration: the session's own, applied to every reading before it is shown or smoothed.
        max_rate_hz: at most so many frames a second are told of.
        clock: monotonic seconds; ``at_s`` of ``take`` must come from the same clock.
    """

    def __init__(
        self,
        options: SmoothingOptions = SmoothingOptions(),  # noqa: B008 (frozen)
        *,
        calibration: SessionCalibration = SessionCalibration(),  # noqa: B008 (frozen)
        max_rate_hz: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._calibration = calibration
        self._clock = clock
        self._lock = threading.Lock()
        self._state: MoodState = initial_state(clock())
        self._readings: tuple[FaceReading, ...] = ()
        self._resting: _Resting | None = None
        self._taken_at_s: deque[float] = deque(maxlen=int(RATE_WINDOW_S * max_rate_hz) + 2)
        self._taken = 0
        self._problem: Problem | None = None
        self._problem_since_s: float | None = None
        self._error: str | None = None
        self._model_version = ""
        self._told: tuple[float, LiveSnapshot] | None = None

    @property
    def readings(self) -> tuple[FaceReading, ...]:
        """Faces of the latest frame."""
        return self._readings

    def take(
        self, readings: tuple[FaceReading, ...], at_s: float, frame_problem: Problem | None = None
    ) -> bool:
        """Adds what was read from one frame; what was wrong before is over.

        Args:
            readings: every face, as the model read it; none where there is no face.
            at_s: when the frame was captured, later than the one before.
            frame_problem: what is wrong with a frame in which no face was found.

        Returns:
            Whether the mood is another one now.
        """
        poor = next((r.quality[0] for r in readings if r.is_poor), frame_problem)
        with self._changing():
            self._problem = None if any(not r.is_poor for r in readings) else poor
            if self._problem is None:
                self._problem_since_s = None
            elif self._problem_since_s is None:
                self._problem_since_s = at_s
            self._rest(readings, at_s)
            if not self._calibration.is_none:
                readings = tuple(replace(r, scores=self._calibration.apply(r.scores)) for r in readings)
            self._readings = readings
            before, self._state = self._state, update(self._state, readings, at_s, self._options)
            self._taken += 1
            self._taken_at_s.append(self._clock())
            self._error = None
            return self._state.dominant is not before.dominant

    def fail(self, error: str) -> bool:
        """Notes that nothing can be read at present; returns whether this was not known before.

        Args:
            error: why, for the log.
        """
        with self._changing():
            known, self._error = self._error == error, error
            self._readings = ()
        return not known

    def read_by(self, model_version: str) -> None:
        """Notes which model reads from now on; what was wrong before is over."""
        with self._changing():
            self._error = None
            self._model_version = model_version

    def set_options(self, options: SmoothingOptions) -> None:
        """Changes the smoothing from the next reading on."""
        with self._changing():
            self._options = options

    def set_calibration(self, calibration: SessionCalibration) -> None:
        """Changes the session's calibration from the next reading on; stops measuring a resting face."""
        with self._changing():
            self._calibration, self._resting = calibration, None

    def begin_baseline(self) -> None:
        """Measures the resting face for the next ``BASELINE_S`` in which one is in view, then calibrates."""
        with self._changing():
            self._resting = _Resting()

    def snapshot(self, at_s: float | None = None) -> LiveSnapshot:
        """Everything there is to show at ``at_s`` (now if left out)."""
        at_s = self._clock() if at_s is None else at_s
        with self._lock:
            # A page asks several times for the same moment.
            if self._told is not None and self._told[0] == at_s:
                return self._told[1]
            recent = [t for t in self._taken_at_s if 0 <= at_s - t <= RATE_WINDOW_S]
            snapshot = LiveSnapshot(
                readings=self._readings,
                mood=estimate(self._state, at_s, self._options),
                calibration=self._calibration,
                resting_share=None if self._resting is None else min(self._resting.seen_s / BASELINE_S, 0.99),
                frames_analyzed=self._taken,
                readings_per_s=len(recent) / RATE_WINDOW_S,
                problem=self._lasting_problem(at_s),
                error=self._error,
                model_version=self._model_version,
            )
            self._told = at_s, snapshot
            return snapshot

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Alone, and the snapshot that is kept is over."""
        with self._lock:
            self._told = None
            yield

    def _lasting_problem(self, at_s: float) -> Problem | None:
        since_s = self._problem_since_s
        return self._problem if since_s is not None and at_s - since_s >= PROBLEM_AFTER_S else None

    def _rest(self, readings: tuple[FaceReading, ...], at_s: float) -> None:
        """Adds the model's own reading to the resting face being measured; enough readings complete it."""
        resting = self._resting
        if resting is None or (scores := merge_faces(readings)) is None:
            return
        if resting.last_s is not None and 0 < at_s - resting.last_s <= UNBROKEN_S:
            resting.seen_s += at_s - resting.last_s
        resting.last_s = at_s
        resting.scores.append(scores)
        if resting.seen_s >= BASELINE_S and len(resting.scores) >= MIN_READINGS:
            self._calibration = resting_calibration(resting.scores, self._calibration)
            self._resting = None
