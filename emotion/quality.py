"""Whether a face's picture is good enough to read an expression from it.

A network answers whatever it is shown: it reads a blurred smile as anger, with confidence. So the picture of
each face is judged, and the problem of a poor one is named. Light, cover and blur are measured in
the 48×48 crop, where a blur of 4% of the face is the same at every size; blocks in the frame's own pixels.

The thresholds call at most one in fifty faces of FER-2013's PublicTest poor, pasted at 64 to 400 px, but do
name pictures whose readings are wrong (``python -m bench quality``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from emotion.crops import GrayFaces
from emotion.faces import BgrImage, DetectedFace
from emotion.labels import FACE_SIZE_PX
from emotion.types import FaceBox, Problem

DARK_BELOW: Final = 48.0
"""Of the crop's 95th percentile, 0 to 255: below it, nothing in the crop is lit."""
CLIPPED_FROM, CLIPPED_SHARE = 250, 0.35
"""A pixel this bright is clipped; with a larger share of them, the crop is too bright."""
FLAT_WINDOW_PX, FLAT_CONTRAST, FLAT_SHARE = 7, 0.05, 0.09
"""A window below this share of the crop's contrast is flat; with more flat windows, the face is covered."""
BLOCKY_BELOW: Final = 0.2
"""Of the 40th percentile of changes from column to column, over their mean: below, the picture is blocky."""
SHARP_FROM: Final = 0.42
"""Of the Laplacian's contrast over the crop's own: from here on, the crop is sharp."""
SMALL_PX: Final = 40.0
"""In a smaller face, a lack of detail is not blur."""

Judge = Callable[[BgrImage, Sequence[DetectedFace], GrayFaces], Sequence[tuple[Problem, ...]]]
"""The type of ``judge``."""

_BRIGHT_PLACE: Final = round(0.95 * FACE_SIZE_PX**2)
_EDGE = 6
_STRIPS: Final = 48
_FRAME_STRIPS: Final = 48
_UNLIT_MEAN, _GLARING_MEAN = 24.0, 245.0

RULES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "dark_below": DARK_BELOW,
        "clipped_from": CLIPPED_FROM,
        "clipped_share": CLIPPED_SHARE,
        "flat_window_px": FLAT_WINDOW_PX,
        "flat_contrast": FLAT_CONTRAST,
        "flat_share": FLAT_SHARE,
        "blocky_below": BLOCKY_BELOW,
        "sharp_from": SHARP_FROM,
        "small_px": SMALL_PX,
        "bright_place": _BRIGHT_PLACE,
        "edge": _EDGE,
        "strips": _STRIPS,
        "frame_strips": _FRAME_STRIPS,
        "unlit_mean": _UNLIT_MEAN,
        "glaring_mean": _GLARING_MEAN,
        "problems": {problem.value: problem.value for problem in Problem},
    }
)
"""Every number above by its name, for the judge that runs in the viewer's browser."""


def judge(frame_bgr: BgrImage, faces: Sequence[DetectedFace], crops: GrayFaces) -> list[tuple[Problem, ...]]:
    """What is wrong with the picture of each face; empty for a good one.

    Args:
        frame_bgr: uint8 ``(H, W, 3)``, in which the faces were found.
        faces: N faces.
        crops: uint8 ``(N, 48, 48, 1)``, cut out of it (``emotion.crops.crop_faces``).
    """
    return [_problems(frame_bgr, face.box, crop[..., 0]) for face, crop in zip(faces, crops, strict=True)]


def frame_problem(frame_bgr: BgrImage) -> Problem | None:
    """Why a frame without a face may hide one: it is too dark or too bright."""
    step = max(1, min(frame_bgr.shape[:2]) // _FRAME_STRIPS)
    mean = float(frame_bgr[::step, ::step].mean())
    if mean < _UNLIT_MEAN:
        return Problem.TOO_DARK
    return Problem.TOO_BRIGHT if mean > _GLARING_MEAN else None


def _problems(frame: BgrImage, box: FaceBox, crop: npt.NDArray[np.uint8]) -> tuple[Problem, ...]:
    # Only one reason is given, one that a person can do something about; light first, as it spoils the
    # others.
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
    """Share of the crop without contrast: sheets, masks and bars are flat, skin is not; glare is left out."""
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
