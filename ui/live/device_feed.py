"""Readings that are made on the viewer's own device, in place of a camera stream that is read here.

They come over the page's live socket and enter where those of the server's own reader do: detections that do
not last are held back, and a ``MoodTracker`` makes the mood. No picture ever comes here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from content.types import Reader
from emotion.analysis import Follower, PersistenceOptions
from emotion.baseline import SessionCalibration
from emotion.tracker import LiveSnapshot, MoodTracker
from emotion.types import SmoothingOptions
from ui.live.camera import FRESH_S, CameraStatus
from ui.live.link import Link
from ui.live.trouble import Trouble
from ui.live.wire import Reading

HIDDEN_FRESH_S: Final = 4.0
"""As ``FRESH_S``, of a page out of sight: browsers let its script work once a second, and late."""


class DeviceFeed:
    """One viewer's device, from when its reader is shown until the page is left.

    Attributes:
        reader: where its pictures are read.
        trouble: what keeps the camera from being seen, or None.
        hidden: its page is out of sight, where it reads once a second.

    Args:
        link: of the page; its readings come here.
        options: how readings become a mood.
        model_version: name and version of the model that the device runs.
        calibration: of this session so far.
        clock: monotonic seconds.
    """

    reader: Final = Reader.DEVICE

    def __init__(
        self,
        link: Link,
        options: SmoothingOptions,
        *,
        model_version: str,
        calibration: SessionCalibration = SessionCalibration(),  # noqa: B008 (frozen)
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.link = link
        self._options = options
        self._model_version = model_version
        self._calibration = calibration
        self._clock = clock
        self._lock = threading.Lock()
        self._closed = False
        self.trouble: Trouble | None = None
        self.hidden = False
        self._renew()
        link.receiver = self

    def _renew(self) -> None:
        """Forgets what was read; a new stream begins with nothing."""
        self._follower = Follower(PersistenceOptions())
        self._tracker = MoodTracker(self._options, calibration=self._calibration, clock=self._clock)
        self._tracker.read_by(self._model_version)
        self._read_at_s: float | None = None
        self.size: tuple[int, int] | None = None

    def take(self, reading: Reading, at_s: float) -> None:
        """See ``ui.live.link.Receiver``; a reading that is older than the last one is left out."""
        with self._lock:
            if self._closed or (self._read_at_s is not None and at_s <= self._read_at_s):
                return
            self._read_at_s = at_s
            self.size = reading.size
            believed = self._follower.believe(reading.readings(at_s), at_s)
            changed = self._tracker.take(believed, at_s, None if believed else reading.frame)
        if changed:
            self.link.wake()

    def hang_up(self) -> None:
        """Ends the stream; another one may begin."""
        with self._lock:
            self._renew()

    def close(self) -> None:
        """Ends the stream for good. May be called again."""
        with self._lock:
            self._closed = True
            self._renew()
        if self.link.receiver is self:
            self.link.receiver = None

    def set_options(self, options: SmoothingOptions) -> None:
        """Changes the smoothing from the next reading on."""
        with self._lock:
            self._options = options
            self._tracker.set_options(options)

    def set_calibration(self, calibration: SessionCalibration) -> None:
        """Changes the session's calibration from the next reading on, of streams to come too."""
        with self._lock:
            self._calibration = calibration
            self._tracker.set_calibration(calibration)

    def begin_baseline(self) -> bool:
        """Starts to measure the resting face; False where nothing is read."""
        with self._lock:
            runs = self._read_at_s is not None
            if runs:
                self._tracker.begin_baseline()
        return runs

    def snapshot(self, at_s: float) -> LiveSnapshot | None:
        """What is known, or None while nothing was read."""
        with self._lock:
            return self._tracker.snapshot(at_s) if self._read_at_s is not None else None

    def status(self, at_s: float) -> CameraStatus:
        """Whether readings arrive."""
        read_at_s = self._read_at_s
        fresh_s = HIDDEN_FRESH_S if self.hidden else FRESH_S
        return CameraStatus(read_at_s is not None and at_s - read_at_s <= fresh_s, connecting=False)
