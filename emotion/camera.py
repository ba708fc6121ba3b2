"""A local camera, read at a steady rate. Pictures are in memory one at a time and are then dropped."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

import cv2
import numpy as np

from emotion.bootstrap import create_analyzer
from emotion.errors import CameraError
from emotion.faces import BgrImage
from emotion.records import MomentRecord, from_the_left, without_passwords
from emotion.smoothing import estimate, initial_state, smoothing_for, update
from emotion.types import FaceReading, SmoothingOptions

RATES_HZ: Final = (0.1, 60.0)


class Analyzer(Protocol):
    """What reads a frame; ``emotion.create_analyzer()`` is one."""

    def analyze(self, frame_bgr: BgrImage, at_s: float) -> tuple[FaceReading, ...]:
        """Reads every face of a frame."""
        ...


def analyze_camera(
    device: int | str = 0,
    *,
    rate_hz: float = 10.0,
    analyzer: Analyzer | None = None,
    smoothing: SmoothingOptions | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[MomentRecord]:
    """Reads the faces in a camera's pictures, until the camera ends or the caller stops.

    Args:
        device: the camera's number, or the path of a video file in its place (read as fast as possible,
            at its own times).
        rate_hz: most readings a second.
        analyzer: reads a frame; the app's model when left out. It belongs to the calling thread.
        smoothing: how readings become a mood; ``emotion.smoothing.smoothing_for(rate_hz)`` when left out.
        clock: monotonic seconds, the time of each picture of a camera.

    Yields:
        One record a reading.

    Raises:
        CameraError: there is no such camera, or it gives no picture.
        ValueError: a rate outside ``RATES_HZ``.
    """
    low, high = RATES_HZ
    if not low <= rate_hz <= high:
        raise ValueError(f"Expected a rate from {low:g} to {high:g} readings a second. Received: {rate_hz!r}")
    return _moments(device, rate_hz, analyzer, smoothing or smoothing_for(rate_hz), clock)


def _moments(
    device: int | str,
    rate_hz: float,
    analyzer: Analyzer | None,
    options: SmoothingOptions,
    clock: Callable[[], float],
) -> Iterator[MomentRecord]:
    # OpenCV would report every driver it tried; the error below says it in one line.
    logging: Any = cv2.utils.logging
    level = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    capture = cv2.VideoCapture(device)
    logging.setLogLevel(level)
    name = f"camera {device}" if isinstance(device, int) else without_passwords(device)
    try:
        if not capture.isOpened():
            raise CameraError(
                "Expected a camera (another one: --device 1; on Linux your user must be allowed to read "
                f"/dev/video*). Received: none that opens as {name!r}."
            )
        reader = analyzer or create_analyzer()
        began_s, due_s = clock(), -math.inf
        state = initial_state(0.0)
        pictures = 0
        while True:
            given, frame = capture.read()
            if not given:
                break
            pictures += 1
            t_s = clock() - began_s
            if not isinstance(device, int):
                t_s = max(0.0, capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
            if t_s < due_s:
                continue
            due_s = (math.floor(t_s * rate_hz + 1e-4) + 1) / rate_hz - 1e-4
            began = time.perf_counter()
            faces = from_the_left(reader.analyze(np.asarray(frame, np.uint8), t_s))
            state = update(state, faces, t_s, options)
            mood = estimate(state, t_s, options)
            height, width = frame.shape[:2]
            elapsed_ms = (time.perf_counter() - began) * 1000
            yield MomentRecord(name, t_s, width, height, faces, mood, elapsed_ms)
        if not pictures or isinstance(device, int):
            raise CameraError(f"Expected pictures from {name}. Received: none{' more' if pictures else ''}.")
    finally:
        capture.release()
