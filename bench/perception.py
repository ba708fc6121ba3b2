"""One frame with one face, one thread: the app's analysis against Haar at full size and ``model.predict``.

    python -m bench perception

Both ways read the same 640×480 frame (scikit-image's astronaut), turn about, so that whatever else the
machine does falls on both. The ratio is the figure; the milliseconds are this machine's.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import cv2.data
import numpy as np

from bench.pasted_faces import FRAME_HEIGHT_PX, FRAME_WIDTH_PX
from emotion.bootstrap import create_analyzer
from emotion.crops import crop_faces
from emotion.drawing import draw_boxes
from emotion.faces import BgrImage, YuNetDetector
from emotion.installed import find_model, load_classifier
from emotion.labels import FACE_SIZE_PX
from emotion.metadata import KERAS_FILE
from emotion.yunet import yunet_file

LIMIT_MS, LIMIT_RATIO = 12.0, 10.0
SEARCH, OPENCV_SEARCH = "  find (YuNet, 320 px)", "  (the same search by OpenCV)"
FRAMES_PER_TURN = 8


def frame_with_a_face() -> BgrImage:
    """uint8 ``(480, 640, 3)`` with one frontal face of about 120 px."""
    import skimage.data

    photo = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    scale = FRAME_WIDTH_PX / photo.shape[1]
    large = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(large[:FRAME_HEIGHT_PX], np.uint8)


def naive_way(model_folder: Path) -> Callable[[BgrImage], object]:
    """Haar at full size, then ``model.predict`` face by face: the usual tutorial.

    Raises:
        ModelNotFoundError: the model has no ``.keras`` file.
    """
    from emotion.export import load_keras

    cascade = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml"))
    model = load_keras(model_folder / KERAS_FILE)

    def analyze(frame_bgr: BgrImage) -> list[object]:
        gray = cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2GRAY)
        answers: list[object] = []
        for x, y, w, h in cascade.detectMultiScale(gray, 1.1, 5, minSize=(48, 48)):
            crop = cv2.resize(gray[y : y + h, x : x + w], (FACE_SIZE_PX, FACE_SIZE_PX))
            answers.append(model.predict(crop[None, ..., None].astype(np.float32), verbose=0))
        return answers

    return analyze


def opencv_way() -> Callable[[BgrImage], object]:
    """The same search by OpenCV's own reader of YuNet, ``FaceDetectorYN``."""
    size = (320, 240)
    net = cv2.FaceDetectorYN.create(str(yunet_file()), "", size, 0.7, 0.3, 5000)
    return lambda frame: net.detect(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR))


def measure_ms(action: Callable[[], object], times: int) -> list[tuple[float, float]]:
    """Milliseconds of each call: on the wall, and of this process on a processor.

    On a busy machine the wall also counts the waiting for a processor; the second figure does not.
    """
    out = []
    for _ in range(times):
        wall, busy = time.perf_counter(), time.process_time()
        action()
        out.append(((time.perf_counter() - wall) * 1e3, (time.process_time() - busy) * 1e3))
    return out


def main(argv: Sequence[str]) -> int:
    """Prints the table; returns 1 when a figure is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench perception", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--turns", type=int, default=25, help=f"turns of {FRAMES_PER_TURN} frames each")
    parser.add_argument("--model", default=None, help="default: the app's")
    given = parser.parse_args(argv)
    # Before TensorFlow is imported by the naive way: one thread for both.
    os.environ.update(OMP_NUM_THREADS="1", TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")
    cv2.setNumThreads(1)
    frame = frame_with_a_face()
    analyzer = create_analyzer(given.model)
    readings = [analyzer.analyze(frame, i / 15) for i in range(5)][-1]
    if len(readings) != 1:
        print(f"Expected one face in the test frame. Received: {len(readings)}")
        return 1
    detector, classifier = YuNetDetector(), load_classifier(given.model)
    faces = detector.detect(frame)
    crops = crop_faces(frame, faces)
    found = find_model(given.model)
    rows: dict[str, list[tuple[float, float]]] = {}
    clock = iter(range(10**9))
    by_opencv = opencv_way()
    ours: dict[str, Callable[[], object]] = {
        "whole analysis": lambda: analyzer.analyze(frame, 1 + next(clock) / 15),
        SEARCH: lambda: detector.detect(frame),
        OPENCV_SEARCH: lambda: by_opencv(frame),
        "  crop": lambda: crop_faces(frame, faces),
        "  read (LiteRT)": lambda: classifier.predict(crops),
        "draw the boxes": lambda: draw_boxes(frame, readings, mirrored=True),
    }
    naive = None
    if importlib.util.find_spec("tensorflow"):
        naive = naive_way(found if found.is_dir() else found.parent)
        naive(frame)
    for _ in range(given.turns):
        for name, action in ours.items():
            rows.setdefault(name, []).extend(measure_ms(action, FRAMES_PER_TURN))
        if naive is not None:
            action = lambda: naive(frame)  # noqa: E731
            rows.setdefault("Haar at full size + model.predict", []).extend(measure_ms(action, 2))
    print(
        f"{'one thread, 640×480, one face; ms':36s} {'p50':>8s} {'p95':>8s} {'p50 cpu':>8s} {'p95 cpu':>8s}"
    )
    percentiles = {name: np.percentile([wall for wall, _ in ms], [50, 95]) for name, ms in rows.items()}
    for name, ms in rows.items():
        cpu = np.percentile([busy for _, busy in ms], [50, 95])
        print(f"{name:36s} {' '.join(f'{v:8.2f}' for v in (*percentiles[name], *cpu))}")
    print(
        f"the search: {percentiles[OPENCV_SEARCH][0] / percentiles[SEARCH][0]:.1f} times faster than OpenCV's"
    )
    p95 = float(percentiles["whole analysis"][1])
    good = p95 <= LIMIT_MS
    print(f"whole analysis, p95: {p95:.1f} ms (figure: at most {LIMIT_MS:.0f}) {'met' if good else 'MISSED'}")
    if naive is None:
        print("the naive way: left out, TensorFlow is not installed")
    else:
        by = [
            float(v) for v in percentiles["Haar at full size + model.predict"] / percentiles["whole analysis"]
        ]
        good = good and by[0] >= LIMIT_RATIO
        print(
            f"times faster than the naive way: p50 {by[0]:.1f}, p95 {by[1]:.1f} "
            f"(figure: at least {LIMIT_RATIO:.0f}) {'met' if by[0] >= LIMIT_RATIO else 'MISSED'}"
        )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"load average while measuring: {load:.1f} on {os.cpu_count()} cores")
    return 0 if good else 1
