"""Whether a face's picture is good enough to read an expression from it.

A network answers whatever it is shown: a blurred smile is read as anger, and surely. So the picture of each
face is judged by itself, and what is wrong with a poor one is named. Light, cover and blur are measured in
the 48×48 crop, where a blur of 4% of the face is the same at every size; blocks in the frame's own pixels.

The bars are chosen so that of the faces of FER-2013's PublicTest, pasted at 64 to 400 px, at most one in
fifty is called poor, while pictures whose readings are wrong are called so (``python -m bench quality``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from emotion.crops import GrayFaces
from emotion.faces import BgrImage, DetectedFace
from emotion.labels import FACE_SIZE_PX
from emotion.types import FaceBox, Problem

DARK_BELOW: Final = 48.0
"""The 95th percentile of the crop, 0 to 255: nothing in it is lit."""
CLIPPED_FROM, CLIPPED_SHARE = 250, 0.35
"""So much of the crop is at the top of what a camera tells apart."""
FLAT_WINDOW_PX, FLAT_CONTRAST, FLAT_SHARE = 7, 0.05, 0.09
"""Where a window of the crop has so little of its contrast, nothing of a face is seen; so much may be so."""
BLOCKY_BELOW: Final = 0.2
"""The 40th percentile of the changes from column to column, over their mean: most of the picture is steps."""
SHARP_FROM: Final = 0.42
"""Contrast of the Laplacian over the crop's own."""
SMALL_PX: Final = 40.0
"""Where a face is smaller, a lack of detail is no blur."""

Judge = Callable[[BgrImage, Sequence[DetectedFace], GrayFaces], Sequence[tuple[Problem, ...]]]
"""What ``judge`` is."""

_BRIGHT_PLACE: Final = round(0.95 * FACE_SIZE_PX**2)
_EDGE = 6
_STRIPS: Final = 48
_UNLIT_MEAN, _GLARING_MEAN = 24.0, 245.0


def judge(frame_bgr: BgrImage, faces: Sequence[DetectedFace], crops: GrayFaces) -> list[tuple[Problem, ...]]:
    """What is wrong with the picture of each face; an empty answer for a good one.

    Args:
        frame_bgr: uint8 ``(H, W, 3)``, in which the faces were found.
        faces: N faces.
        crops: uint8 ``(N, 48, 48, 1)``, cut out of it (``emotion.crops.crop_faces``).
    """
    return [_problems(frame_bgr, face.box, crop[..., 0]) for face, crop in zip(faces, crops, strict=True)]


def frame_problem(frame_bgr: BgrImage) -> Problem | None:
    """What keeps a frame in which no face was found from showing any: it is too dark or too bright."""
    step = max(1, min(frame_bgr.shape[:2]) // 48)
    mean = float(frame_bgr[::step, ::step].mean())
    if mean < _UNLIT_MEAN:
        return Problem.TOO_DARK
    return Problem.TOO_BRIGHT if mean > _GLARING_MEAN else None


def _problems(frame: BgrImage, box: FaceBox, crop: npt.NDArray[np.uint8]) -> tuple[Problem, ...]:
    # One reason is told, the one that a person can do something about; light first, as it spoils the others.
    if float(np.partition(crop, _BRIGHT_PLACE, axis=None)[_BRIGHT_PLACE]) < DARK_BELOW:
        return (Problem.TOO_DARK,)
    if float((crop >= CLIPPED_FROM).mean()) > CLIPPED_SHARE:
        return (Problem.TOO_BRIGHT,)
    grey = crop.astype(np.float32)
    if _sharpness(grey) < SHARP_FROM:
        small = min(box.width_px, box.height_px) < SMALL_PX
        return (Problem.TOO_SMALL if small else Problem.BLURRED,)
    if _flat_share(grey) > FLAT_SHARE:
        return (Problem.COVERED,)
    return (Problem.BLOCKY,) if _smoothness(frame, box) < BLOCKY_BELOW else ()


def _flat_share(grey: npt.NDArray[np.float32]) -> float:
    """Share of the crop without contrast: sheets, masks and bars are flat, skin is not. Glare is no cover."""
    window = (FLAT_WINDOW_PX, FLAT_WINDOW_PX)
    mean = cv2.blur(grey, window)
    variance = cv2.blur(grey * grey, window) - mean * mean
    flat = (variance < (FLAT_CONTRAST * grey.std()) ** 2) & (mean < CLIPPED_FROM - 5)
    return float(flat[_EDGE:-_EDGE, _EDGE:-_EDGE].mean())


def _sharpness(grey: npt.NDArray[np.float32]) -> float:
    inside = slice(_EDGE, -_EDGE)
    fine = cv2.Laplacian(grey, cv2.CV_32F)[inside, inside]
    return float(fine.std() / (grey[inside, inside].std() + 1e-3))


def _smoothness(frame: BgrImage, box: FaceBox) -> float:
    """How evenly the face's columns (or rows, if those do better) change; near 0 for a mosaic."""
    height, width = frame.shape[:2]
    x0, y0 = max(0, int(box.x_px)), max(0, int(box.y_px))
    x1, y1 = min(width, int(box.x_px + box.width_px) + 1), min(height, int(box.y_px + box.height_px) + 1)
    region = frame[y0:y1, x0:x1, 1]
    if min(region.shape) < 8:
        return 1.0
    best = 0.0
    for strips in (
        region[:: max(1, region.shape[0] // _STRIPS)],
        region.T[:: max(1, region.shape[1] // _STRIPS)],
    ):
        steps = np.diff(strips.astype(np.float32), axis=1)
        energy = np.einsum("ij,ij->j", steps, steps)
        place = int(0.4 * len(energy))
        best = max(best, float(np.partition(energy, place)[place] / (energy.mean() + 1e-6)))
    return best
