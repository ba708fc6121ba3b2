"""Cuts detected faces out as FER-2013 shows faces: grey, 48×48, framed in the same way.

The framing was measured, see ``docs/face-margin.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from emotion.faces import BgrImage, DetectedFace, check_frame
from emotion.labels import FACE_SIZE_PX

GrayFaces = npt.NDArray[np.uint8]
MOST_TIMES = 3
"""A face larger than this many crops a side is first scaled down to that by area, which is quicker."""


@dataclass(frozen=True, slots=True)
class CropOptions:
    """How a crop is framed around the detector's box.

    Attributes:
        margin: side of the square crop over the mean of the box's width and height, minus 1.
        shift_down: how far the crop's centre lies below the box's, as a share of the box's mean side.
        level_from_deg: a face is levelled where the line between its eyes is tilted by this or more. Below
            it, turning would only add the noise of the landmarks. 0 levels every face, 180 none.
    """

    margin: float = 0.05
    shift_down: float = -0.02
    level_from_deg: float = 10.0


def crop_faces(
    frame_bgr: BgrImage, faces: Sequence[DetectedFace], options: CropOptions | None = None
) -> GrayFaces:
    """Cuts each face out of the frame.

    Args:
        frame_bgr: uint8 ``(H, W, 3)``.
        faces: N faces found in it; where they reach over its edge, the border pixels are repeated.
        options: the framing.

    Returns:
        uint8 ``(N, 48, 48, 1)``, grey.

    Raises:
        ImageError: not a colour picture.
    """
    frame = check_frame(frame_bgr)
    options = options or CropOptions()
    out = np.empty((len(faces), FACE_SIZE_PX, FACE_SIZE_PX, 1), np.uint8)
    for i, face in enumerate(faces):
        out[i, ..., 0] = _crop(frame, face, options)
    return out


def crop_square(face: DetectedFace, options: CropOptions) -> tuple[float, float, float, float]:
    """Centre x, centre y, side (all in pixels) and clockwise turn (radians) of a face's crop."""
    box = face.box
    mean_side = (box.width_px + box.height_px) / 2
    side = max(1.0, mean_side * (1 + options.margin))
    x = box.x_px + box.width_px / 2
    y = box.y_px + box.height_px / 2 + options.shift_down * mean_side
    dx, dy = face.landmarks_px[1] - face.landmarks_px[0]
    turn = float(np.arctan2(dy, dx)) if dx or dy else 0.0
    return x, y, side, turn if abs(turn) >= np.radians(options.level_from_deg) else 0.0


def _crop(frame: BgrImage, face: DetectedFace, options: CropOptions) -> npt.NDArray[np.uint8]:
    x, y, side, turn = crop_square(face, options)
    reach = side * (abs(np.cos(turn)) + abs(np.sin(turn))) / 2 + 3
    height, width = frame.shape[:2]
    left, top = int(np.clip(x - reach, 0, width - 1)), int(np.clip(y - reach, 0, height - 1))
    right, bottom = int(np.clip(x + reach + 1, left + 1, width)), int(np.clip(y + reach + 1, top + 1, height))
    region = cv2.cvtColor(frame[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    x, y = x - left, y - top
    # The face at its own size, in whole multiples of the crop's, then scaled down by a sharp filter. Sampling
    # it at 48 points would alias; scaling it to about 48 and sampling again would blur.
    times = int(np.clip(np.ceil(side / FACE_SIZE_PX), 1, MOST_TIMES))
    points = FACE_SIZE_PX * times
    if side > 1.5 * points:
        factor = side / points
        size = (max(1, round(region.shape[1] / factor)), max(1, round(region.shape[0] / factor)))
        x, y = x * size[0] / region.shape[1], y * size[1] / region.shape[0]
        side = side * size[0] / region.shape[1]
        region = cv2.resize(region, size, interpolation=cv2.INTER_AREA)
    step = side / points
    cos, sin = step * np.cos(turn), step * np.sin(turn)
    middle = (points - 1) / 2
    to_region = np.array(
        [
            [cos, -sin, x - 0.5 - cos * middle + sin * middle],
            [sin, cos, y - 0.5 - sin * middle - cos * middle],
        ]
    )
    square = cv2.warpAffine(
        region,
        to_region,
        (points, points),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    crop = Image.fromarray(square).resize((FACE_SIZE_PX, FACE_SIZE_PX), Image.Resampling.LANCZOS)
    return np.asarray(crop, np.uint8)
