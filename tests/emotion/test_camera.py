"""A camera's pictures become moments at a steady rate; a file plays the camera."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.analysis import FrameAnalyzer, PersistenceOptions
from emotion.camera import analyze_camera
from emotion.errors import CameraError
from emotion.labels import Emotion
from tests.fakes import FakeClassifier, FakeDetector, a_face, no_problems


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Three seconds at 10 frames a second."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for i in range(30):
        writer.write(np.full((48, 64, 3), 8 * i, np.uint8))
    writer.release()
    return path


def analyzer() -> FrameAnalyzer:
    return FrameAnalyzer(
        FakeDetector([a_face(10, 5, 30)]), FakeClassifier(Emotion.SURPRISE), judge=no_problems
    )


def test_the_rate_is_kept_and_the_mood_settles(clip: Path) -> None:
    moments = list(analyze_camera(str(clip), rate_hz=2, analyzer=analyzer()))
    assert [m.t_s for m in moments] == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0, 2.5])
    assert [m.mood.dominant for m in moments] == [Emotion.SURPRISE] * 6
    assert [m.mood.since_s for m in moments] == [0.0] * 6
    assert (moments[0].width_px, moments[0].height_px) == (64, 48)


def test_the_caller_may_stop(clip: Path) -> None:
    moments = analyze_camera(str(clip), analyzer=analyzer())
    next(moments)
    moments.close()
    assert list(moments) == []


def test_no_camera_and_no_picture_are_told(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="Expected a camera"):
        next(analyze_camera(str(tmp_path / "gone.avi"), analyzer=analyzer()))
    with pytest.raises(CameraError, match="Expected a camera"):
        next(analyze_camera(97, analyzer=analyzer()))


def test_a_rate_that_is_none_is_refused() -> None:
    for rate in (0.0, -1.0, 1000.0, float("nan")):
        with pytest.raises(ValueError, match="readings a second"):
            analyze_camera(0, rate_hz=rate)


class Webcam:
    """Stands in for ``cv2.VideoCapture``: a camera of 30 frames a second, on a clock of its own."""

    now_s = 0.0

    def __init__(self, device: object) -> None:
        type(self).now_s = 0.0

    def isOpened(self) -> bool:
        return True

    def read(self) -> tuple[bool, np.ndarray]:
        type(self).now_s += 1 / 30
        return True, np.full((60, 80, 3), 90, np.uint8)

    def get(self, property_: int) -> float:
        return 0.0

    def release(self) -> None:
        pass


@pytest.mark.parametrize("rate_hz", [10, 3, 2, 1, 0.5])
def test_a_face_before_a_camera_is_seen_at_every_rate(
    rate_hz: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "VideoCapture", Webcam)
    reader = FrameAnalyzer(
        FakeDetector([a_face(10, 5, 30)]),
        FakeClassifier(Emotion.SURPRISE),
        persistence=PersistenceOptions(),
        judge=no_problems,
    )
    moments = islice(analyze_camera(0, rate_hz=rate_hz, analyzer=reader, clock=lambda: Webcam.now_s), 6)
    seen = [(len(m.faces), m.mood.dominant) for m in moments]
    assert seen == [(0, None)] + [(1, Emotion.SURPRISE)] * 5
