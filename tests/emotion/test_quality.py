"""A picture that is too poor to read is named, a good one is not, and neither costs much."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from emotion.crops import crop_faces
from emotion.faces import DetectedFace, PhotoFaceDetector
from emotion.quality import frame_problem, judge
from emotion.types import FaceBox, Problem

Change = Callable[[np.ndarray, float], np.ndarray]
SIDES_PX = (50, 100, 200, 300)


def blurred(share: float) -> Change:
    return lambda frame, side: cv2.GaussianBlur(frame, (0, 0), share * side)


def lit(factor: float) -> Change:
    return lambda frame, side: np.clip(frame * factor, 0, 255).astype(np.uint8)


def coarse(face_px: int, enlarge: int) -> Change:
    """As few pixels of the face as that, enlarged again."""

    def change(frame: np.ndarray, side: float) -> np.ndarray:
        share = face_px / side
        small = cv2.resize(frame, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        return cv2.resize(small, frame.shape[1::-1], interpolation=enlarge)

    return change


def squeezed(quality: int) -> Change:
    def change(frame: np.ndarray, side: float) -> np.ndarray:
        jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))

    return change


@pytest.fixture(scope="module")
def portraits(astronaut_bgr: np.ndarray) -> list[tuple[np.ndarray, DetectedFace, float]]:
    """The same face in frames of 640×480 at several sizes, and where it is."""
    detector, out = PhotoFaceDetector(), []
    for side in SIDES_PX:
        scale = side / 100
        shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        frame = cv2.resize(astronaut_bgr, None, fx=scale, fy=scale, interpolation=shrink)
        out.append((frame, detector.detect(frame)[0], float(side)))
    return out


def problems(frame: np.ndarray, face: DetectedFace) -> tuple[Problem, ...]:
    return judge(frame, [face], crop_faces(frame, [face]))[0]


@pytest.mark.parametrize(
    ("change", "want"),
    [
        (blurred(0.04), {Problem.BLURRED}),
        (blurred(0.06), {Problem.BLURRED}),
        (blurred(0.10), {Problem.BLURRED}),
        (coarse(14, cv2.INTER_LINEAR), {Problem.BLURRED}),
        (coarse(14, cv2.INTER_NEAREST), {Problem.BLOCKY}),
        (coarse(20, cv2.INTER_NEAREST), {Problem.BLOCKY}),
        (lit(0.1), {Problem.TOO_DARK}),
        (lit(0.2), {Problem.TOO_DARK}),
        (lit(2.0), {Problem.TOO_BRIGHT}),
        (lit(4.0), {Problem.TOO_BRIGHT}),
    ],
)
def test_a_poor_picture_is_named(
    portraits: list[tuple[np.ndarray, DetectedFace, float]], change: Change, want: set[Problem]
) -> None:
    for frame, face, side in portraits:
        (found,) = problems(change(frame, side), face)
        assert found in want, side


@pytest.mark.parametrize(
    "change",
    [
        lambda frame, side: frame, blurred(0.008), lit(0.4), lit(1.15), squeezed(60), squeezed(25),
        lambda frame, side: cv2.flip(frame, 1),
    ],
)  # fmt: skip
def test_an_ordinary_picture_is_good(
    portraits: list[tuple[np.ndarray, DetectedFace, float]], change: Change
) -> None:
    detector = PhotoFaceDetector()
    for frame, _, side in portraits:
        changed = change(frame, side)
        assert problems(changed, detector.detect(changed)[0]) == (), side


def test_a_picture_squeezed_into_blocks_is_named(
    portraits: list[tuple[np.ndarray, DetectedFace, float]],
) -> None:
    for frame, face, side in portraits[1:]:
        assert problems(squeezed(1)(frame, side), face) == (Problem.BLOCKY,), side


@pytest.mark.parametrize(
    ("left", "top", "right", "bottom"),
    [(0, 0.55, 1, 1.1), (0, 0, 0.5, 1.1), (0.0, 0.25, 1.0, 0.55)],
    ids=["mask", "half", "bar before the eyes"],
)
@pytest.mark.parametrize("shade", [20, 150, 240])
def test_a_covered_face_is_named(
    portraits: list[tuple[np.ndarray, DetectedFace, float]],
    shade: int, left: float, top: float, right: float, bottom: float,
) -> None:  # fmt: skip
    for frame, face, _ in portraits:
        box, hidden = face.box, frame.copy()
        corners = [
            (round(box.x_px + x * box.width_px), round(box.y_px + y * box.height_px))
            for x, y in ((left, top), (right, bottom))
        ]
        cv2.rectangle(hidden, *corners, (shade,) * 3, cv2.FILLED)
        assert problems(hidden, face) in ((Problem.COVERED,), (Problem.TOO_BRIGHT,))


def test_a_face_of_few_pixels_is_called_small_not_blurred(astronaut_bgr: np.ndarray) -> None:
    small = cv2.resize(astronaut_bgr, (84, 84), interpolation=cv2.INTER_AREA)
    face = DetectedFace(FaceBox(29.5, 10.3, 14.6, 18.3, 0.9), np.zeros((5, 2), np.float32))
    assert problems(small, face) == (Problem.TOO_SMALL,)


def test_a_frame_without_a_face_may_be_too_dark_or_too_bright_to_show_one() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    assert frame_problem(noise) is None
    assert frame_problem((noise * 0.08).astype(np.uint8)) is Problem.TOO_DARK
    assert frame_problem(np.full((9, 7, 3), 255, np.uint8)) is Problem.TOO_BRIGHT


def test_faces_over_the_edge_and_in_tiny_frames_are_judged_too() -> None:
    rng = np.random.default_rng(1)
    for height, width in ((3, 3), (9, 200), (480, 640)):
        frame = rng.integers(0, 256, (height, width, 3), np.uint8)
        for x, y, side in ((-50.0, -50.0, 100.0), (width - 5.0, height - 5.0, 50.0), (0.0, 0.0, 2.0)):
            face = DetectedFace(FaceBox(x, y, side, side, 0.9), np.zeros((5, 2), np.float32))
            assert len(problems(frame, face)) <= 1
