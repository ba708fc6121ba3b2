"""FER-2013 faces enlarged and pasted at known places, so that finding them again can be scored.

FER-2013's faces are cropped from brow to chin: a detector that has learned heads with hair and neck
needs something around them. The edge pixels are carried outward, blurred, and faded into a photograph
that is out of focus.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from emotion.faces import BgrImage
from emotion.labels import FACE_SIZE_PX

FRAME_WIDTH_PX, FRAME_HEIGHT_PX = 640, 480


@dataclass(frozen=True, slots=True, eq=False)
class PastedFace:
    """A frame with one face at a known place.

    Attributes:
        frame_bgr: uint8 ``(480, 640, 3)``.
        index: which of the given faces it shows.
        x_px, y_px: centre of the pasted 48×48 crop.
        side_px: its side.
        turn_deg: how far it was turned clockwise about its centre.
    """

    frame_bgr: BgrImage
    index: int
    x_px: float
    y_px: float
    side_px: float
    turn_deg: float

    @property
    def corners_px(self) -> npt.NDArray[np.float64]:
        """float64 ``(4, 2)``, clockwise from the crop's own top-left corner."""
        return square_corners(self.x_px, self.y_px, self.side_px, np.radians(self.turn_deg))


def square_corners(x_px: float, y_px: float, side_px: float, turn: float) -> npt.NDArray[np.float64]:
    """Corners float64 ``(4, 2)`` of a square turned clockwise by ``turn`` radians."""
    unit = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]) * side_px
    cos, sin = np.cos(turn), np.sin(turn)
    corners: npt.NDArray[np.float64] = unit @ np.array([[cos, sin], [-sin, cos]]) + (x_px, y_px)
    return corners


def backgrounds() -> tuple[npt.NDArray[np.uint8], ...]:
    """Grey 640×480 photographs without a human face, out of focus.

    They are scikit-image's coffee, rocket and chelsea (public domain or CC0).
    """
    import skimage.data

    out = []
    for photo in (skimage.data.coffee(), skimage.data.rocket(), skimage.data.chelsea()):
        grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
        scaled = cv2.resize(grey, (FRAME_WIDTH_PX, FRAME_HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
        out.append(np.asarray(cv2.GaussianBlur(scaled, (0, 0), 3), np.uint8))
    return tuple(out)


def paste(
    face_gray: npt.NDArray[np.uint8],
    background: npt.NDArray[np.uint8],
    x_px: float,
    y_px: float,
    side_px: float,
    turn_deg: float,
) -> BgrImage:
    """A frame that shows ``face_gray`` (uint8 ``(48, 48)``) at that place, blended into ``background``."""
    border = FACE_SIZE_PX // 2
    wide = FACE_SIZE_PX + 2 * border
    around = cv2.copyMakeBorder(face_gray, border, border, border, border, cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(around, (0, 0), FACE_SIZE_PX / 12)
    inner = slice(border, border + FACE_SIZE_PX)
    soft[inner, inner] = face_gray
    outside = np.maximum(np.abs(np.arange(wide) - (wide - 1) / 2) - FACE_SIZE_PX / 2, 0)
    fade = np.clip(1 - np.maximum.outer(outside, outside) / (0.9 * border), 0, 1)
    opacity = (fade * fade * (3 - 2 * fade)).astype(np.float32)
    scale, turn = side_px / FACE_SIZE_PX, np.radians(turn_deg)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    middle = (wide - 1) / 2
    # Pixel centres lie half a pixel in, so the crop's centre x_px is sampled at x_px - 0.5.
    place = np.array(
        [
            [cos, -sin, x_px - 0.5 - cos * middle + sin * middle],
            [sin, cos, y_px - 0.5 - sin * middle - cos * middle],
        ]
    )
    size = (background.shape[1], background.shape[0])
    drawn = cv2.warpAffine(soft, place, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpAffine(opacity, place, size, flags=cv2.INTER_LINEAR)
    grey = drawn * share + background * (1 - share)
    return np.asarray(cv2.cvtColor(grey.round().astype(np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)


def pasted_faces(
    faces_gray: npt.NDArray[np.uint8],
    *,
    max_turn_deg: float,
    seed: int,
    sides_px: tuple[float, float] = (90, 240),
) -> Iterator[PastedFace]:
    """One frame a face (uint8 ``(N, 48, 48, 1)``), places, sizes and turns drawn evenly."""
    rng = np.random.default_rng(seed)
    photos = backgrounds()
    for index, face in enumerate(faces_gray):
        side = float(rng.uniform(*sides_px))
        x = float(rng.uniform(0.6 * side, FRAME_WIDTH_PX - 0.6 * side))
        y = float(rng.uniform(0.6 * side, FRAME_HEIGHT_PX - 0.6 * side))
        turn = float(rng.uniform(-max_turn_deg, max_turn_deg)) if max_turn_deg else 0.0
        frame = paste(face[..., 0], photos[index % len(photos)], x, y, side, turn)
        yield PastedFace(frame, index, x, y, side, turn)


def load_split(
    usage: str, count: int, seed: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], Path]:
    """``count`` faces of one split of FER-2013 (all if there are fewer), their labels, and the archive.

    Raises:
        DatasetError: the archive is not here or has no such split.
    """
    from train.dataset import find_archive, load_faces

    archive = find_archive()
    faces = load_faces(archive).usage(usage)
    chosen = np.random.default_rng(seed).permutation(len(faces))[:count]
    return faces.images[chosen], faces.labels[chosen], archive
