"""The live worker: one thread for each session, which reads the newest frame and drops the rest.

The thread creates and owns the analyzer (detector and interpreter). The source of frames calls ``submit``,
which only stores; the page calls ``snapshot``, which only reads. What is read goes into a ``MoodTracker``.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from emotion.baseline import SessionCalibration
from emotion.errors import EmotionError
from emotion.faces import BgrImage
from emotion.quality import frame_problem
from emotion.tracker import LiveSnapshot, MoodTracker
from emotion.types import FaceReading, SmoothingOptions

log = logging.getLogger(__name__)

Picture = BgrImage | Callable[[], BgrImage]
"""A frame, or what makes it."""

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

    def analyze(self, frame_bgr: BgrImage, at_s: float) -> tuple[FaceReading, ...] | None:
        """Reads every face of a frame; None where the frame was dropped on its way to who reads it."""
        ...


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
        self._period_s = 1 / max_rate_hz
        self._retry_after_s = retry_after_s
        self._clock = clock
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._pending: tuple[Picture, float] | None = None
        self._tracker = MoodTracker(options, calibration=calibration, max_rate_hz=max_rate_hz, clock=clock)
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
        return self._tracker.readings

    def submit(self, picture: Picture, at_s: float | None = None) -> None:
        """Stores a frame for analysis in place of any that still waits; returns at once.

        Args:
            picture: uint8 ``(H, W, 3)``, unmirrored, which must not be changed afterwards; or what makes it,
                called in the worker's thread and only for a frame that is analysed.
            at_s: when it was captured; now if left out.
        """
        at_s = self._clock() if at_s is None else at_s
        with self._changed:
            self._pending = (picture, at_s)
            self._changed.notify()

    def set_options(self, options: SmoothingOptions) -> None:
        """See ``MoodTracker``."""
        self._tracker.set_options(options)

    def set_calibration(self, calibration: SessionCalibration) -> None:
        """See ``MoodTracker``."""
        self._tracker.set_calibration(calibration)

    def begin_baseline(self) -> None:
        """See ``MoodTracker``."""
        self._tracker.begin_baseline()

    def snapshot(self, at_s: float | None = None) -> LiveSnapshot:
        """See ``MoodTracker``."""
        return self._tracker.snapshot(at_s)

    def stop(self, *, wait: bool = True) -> None:
        """Ends the thread; the last snapshot stays. May be called again.

        Args:
            wait: for its end.
        """
        self._stopping.set()
        with self._changed:
            self._pending = None
            self._changed.notify()
        if wait and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        analyzer: Analyzer | None = None
        while analyzer is None:
            analyzer = self._prepare()
            if analyzer is None and self._stopping.wait(self._retry_after_s):
                return
        while (taken := self._take_newest()) is not None:
            began_s = self._clock()
            picture, at_s = taken
            try:
                frame = picture() if callable(picture) else picture
                readings = analyzer.analyze(frame, at_s)
            # A bad frame must not end the session: it is reported, and the next one tried.
            except Exception as error:  # noqa: BLE001
                self._report(error, "A camera picture could not be analysed.")
            else:
                if readings is not None:
                    self._tracker.take(readings, at_s, None if readings else frame_problem(frame))
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
        self._tracker.read_by(analyzer.model_version)
        return analyzer

    def _take_newest(self) -> tuple[Picture, float] | None:
        """Waits for a frame; None when stopping."""
        with self._changed:
            while self._pending is None and not self._stopping.is_set():
                self._changed.wait()
            taken, self._pending = self._pending, None
            return None if self._stopping.is_set() else taken

    def _report(self, error: Exception, summary: str) -> None:
        message = str(error) if isinstance(error, EmotionError) else f"{summary} The log has the details."
        if self._tracker.fail(message):
            log.error("%s", message, exc_info=error)
