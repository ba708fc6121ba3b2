"""The live worker: one thread for each session, which reads the newest frame and drops the rest.

The thread creates and owns the analyzer (detector and interpreter). The source of frames calls ``submit``,
which only stores; the page calls ``snapshot``, which only reads.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Protocol, Self

from emotion.baseline import BASELINE_S, MIN_READINGS, SessionCalibration, resting_calibration
from emotion.errors import EmotionError
from emotion.faces import BgrImage
from emotion.quality import frame_problem
from emotion.smoothing import MoodState, estimate, initial_state, merge_faces, update
from emotion.types import EmotionScores, FaceReading, MoodEstimate, Problem, SmoothingOptions

log = logging.getLogger(__name__)

RATE_WINDOW_S = 2.0
PROBLEM_AFTER_S = 1.0
"""How long pictures must be too poor before a problem is reported; a single blurred frame is not."""
UNBROKEN_S = 0.5
"""The time between two readings of a resting face counts only if it is shorter than this."""

_settled = threading.Event()


def settle_memory() -> None:
    """Tells the garbage collector, once in a process, that everything loaded so far will stay.

    Streamlit collects garbage after script runs while it holds the interpreter lock. With the models'
    libraries loaded, one full collection takes long enough to show as a stutter in the video. Frozen objects
    are not visited again. Call this when everything large is loaded and warm.
    """
    if not _settled.is_set():
        _settled.set()
        gc.collect()
        gc.freeze()


class Analyzer(Protocol):
    """What the worker runs; ``emotion.analysis.FrameAnalyzer`` is one."""

    @property
    def model_version(self) -> str:
        """Name and version of the model."""
        ...

    def analyze(self, frame_bgr: BgrImage, at_s: float) -> tuple[FaceReading, ...]:
        """Reads every face of a frame."""
        ...


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


class LiveWorker:
    """Reads a stream of frames in a thread of its own, which starts at once and ends with ``stop``.

    Args:
        create_analyzer: called in the worker's thread; called again some seconds later if it fails.
        options: how readings become a mood.
        calibration: the session's own, applied to every reading before it is shown or smoothed.
        max_rate_hz: at most so many frames a second are analysed.
        retry_after_s: how long to wait before ``create_analyzer`` is called again.
        clock: monotonic seconds; ``at_s`` of ``submit`` must come from the same clock.

    Also a context manager that stops at its end.
    """

    def __init__(
        self,
        create_analyzer: Callable[[], Analyzer],
        options: SmoothingOptions = SmoothingOptions(),  # noqa: B008 (frozen)
        *,
        calibration: SessionCalibration = SessionCalibration(),  # noqa: B008 (frozen)
        max_rate_hz: float = 15.0,
        retry_after_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not max_rate_hz > 0:
            raise ValueError(f"Expected a rate > 0. Received: {max_rate_hz!r}")
        self._create_analyzer = create_analyzer
        self._options = options
        self._period_s = 1 / max_rate_hz
        self._retry_after_s = retry_after_s
        self._clock = clock
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._pending: tuple[BgrImage, float] | None = None
        self._state: MoodState = initial_state(clock())
        self._readings: tuple[FaceReading, ...] = ()
        self._calibration = calibration
        self._resting: _Resting | None = None
        self._analyzed_at_s: deque[float] = deque(maxlen=int(RATE_WINDOW_S * max_rate_hz) + 2)
        self._analyzed = 0
        self._problem: Problem | None = None
        self._problem_since_s: float | None = None
        self._error: str | None = None
        self._model_version = ""
        self._thread = threading.Thread(target=self._run, name="emotion-live", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_alive(self) -> bool:
        """True until ``stop``."""
        return self._thread.is_alive()

    @property
    def readings(self) -> tuple[FaceReading, ...]:
        """Faces of the latest analysed frame; cheap, for the video callback."""
        return self._readings

    def submit(self, frame_bgr: BgrImage, at_s: float | None = None) -> None:
        """Stores a frame for analysis in place of any that still waits; returns at once.

        Args:
            frame_bgr: uint8 ``(H, W, 3)``, unmirrored; must not be changed afterwards.
            at_s: when it was captured; now if left out.
        """
        at_s = self._clock() if at_s is None else at_s
        with self._changed:
            self._pending = (frame_bgr, at_s)
            self._changed.notify()

    def set_options(self, options: SmoothingOptions) -> None:
        """Changes the smoothing from the next reading on."""
        with self._changed:
            self._options = options

    def set_calibration(self, calibration: SessionCalibration) -> None:
        """Changes the session's calibration from the next reading on; stops measuring a resting face."""
        with self._changed:
            self._calibration, self._resting = calibration, None

    def begin_baseline(self) -> None:
        """Measures the resting face for the next ``BASELINE_S`` in which one is in view, then calibrates."""
        with self._changed:
            self._resting = _Resting()

    def snapshot(self, at_s: float | None = None) -> LiveSnapshot:
        """Everything there is to show at ``at_s`` (now if left out)."""
        at_s = self._clock() if at_s is None else at_s
        with self._changed:
            recent = [t for t in self._analyzed_at_s if 0 <= at_s - t <= RATE_WINDOW_S]
            return LiveSnapshot(
                readings=self._readings,
                mood=estimate(self._state, at_s, self._options),
                calibration=self._calibration,
                resting_share=None if self._resting is None else min(self._resting.seen_s / BASELINE_S, 0.99),
                frames_analyzed=self._analyzed,
                readings_per_s=len(recent) / RATE_WINDOW_S,
                problem=self._lasting_problem(at_s),
                error=self._error,
                model_version=self._model_version,
            )

    def stop(self) -> None:
        """Ends the thread and waits for it; the last snapshot stays. May be called again."""
        self._stopping.set()
        with self._changed:
            self._pending = None
            self._changed.notify()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        analyzer: Analyzer | None = None
        while analyzer is None:
            analyzer = self._prepare()
            if analyzer is None and self._stopping.wait(self._retry_after_s):
                return
        while (taken := self._take_newest()) is not None:
            began_s = self._clock()
            frame, at_s = taken
            try:
                readings = analyzer.analyze(frame, at_s)
            # A bad frame must not end the session: it is reported, and the next one tried.
            except Exception as error:  # noqa: BLE001
                self._report(error, "A camera picture could not be analysed.")
            else:
                self._store(readings, at_s, frame_problem(frame) if not readings else None)
            # Not a busy wait, and stop() ends it early.
            self._stopping.wait(max(0.0, self._period_s - (self._clock() - began_s)))

    def _prepare(self) -> Analyzer | None:
        """The warm analyzer; None if it cannot be created, which is reported."""
        try:
            analyzer = self._create_analyzer()
        # Whatever is broken, the page must say so and go on with the rest.
        except Exception as error:  # noqa: BLE001
            self._report(error, "The expression model could not be started.")
            return None
        settle_memory()
        with self._changed:
            self._error = None
            self._model_version = analyzer.model_version
        return analyzer

    def _take_newest(self) -> tuple[BgrImage, float] | None:
        """Waits for a frame; None when stopping."""
        with self._changed:
            while self._pending is None and not self._stopping.is_set():
                self._changed.wait()
            taken, self._pending = self._pending, None
            return None if self._stopping.is_set() else taken

    def _store(self, readings: tuple[FaceReading, ...], at_s: float, of_frame: Problem | None) -> None:
        poor = next((r.quality[0] for r in readings if r.is_poor), of_frame)
        with self._changed:
            self._problem = None if any(not r.is_poor for r in readings) else poor
            if self._problem is None:
                self._problem_since_s = None
            elif self._problem_since_s is None:
                self._problem_since_s = at_s
            self._rest(readings, at_s)
            if not self._calibration.is_none:
                readings = tuple(replace(r, scores=self._calibration.apply(r.scores)) for r in readings)
            self._readings = readings
            self._state = update(self._state, readings, at_s, self._options)
            self._analyzed += 1
            self._analyzed_at_s.append(self._clock())
            self._error = None

    def _lasting_problem(self, at_s: float) -> Problem | None:
        since_s = self._problem_since_s
        return self._problem if since_s is not None and at_s - since_s >= PROBLEM_AFTER_S else None

    def _rest(self, readings: tuple[FaceReading, ...], at_s: float) -> None:
        """Adds the model's own reading to the resting face being measured; enough readings complete it."""
        resting, scores = self._resting, merge_faces(readings)
        if resting is None or scores is None:
            return
        if resting.last_s is not None and 0 < at_s - resting.last_s <= UNBROKEN_S:
            resting.seen_s += at_s - resting.last_s
        resting.last_s = at_s
        resting.scores.append(scores)
        if resting.seen_s >= BASELINE_S and len(resting.scores) >= MIN_READINGS:
            self._calibration = resting_calibration(resting.scores, self._calibration)
            self._resting = None

    def _report(self, error: Exception, summary: str) -> None:
        message = str(error) if isinstance(error, EmotionError) else f"{summary} The log has the details."
        with self._changed:
            repeated, self._error = self._error == message, message
            self._readings = ()
        if not repeated:
            log.error("%s", message, exc_info=error)
