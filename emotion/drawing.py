"""Draws boxes and labels on the mirrored picture in which people see themselves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from emotion.faces import BgrImage
from emotion.labels import Emotion
from emotion.types import FaceReading

COLORS_RGB: dict[Emotion, tuple[int, int, int]] = {
    Emotion.ANGRY: (255, 134, 116),
    Emotion.DISGUST: (178, 210, 90),
    Emotion.FEAR: (196, 160, 255),
    Emotion.HAPPY: (255, 209, 82),
    Emotion.SAD: (122, 178, 255),
    Emotion.SURPRISE: (255, 158, 214),
    Emotion.NEUTRAL: (214, 222, 230),
}
"""Light enough for dark words: the contrast with ``INK_RGB`` is at least 7 to 1."""
POOR_RGB = (188, 192, 198)
"""Of a face whose picture is too poor to read."""
INK_RGB = (20, 24, 32)


def draw_boxes(frame_bgr: BgrImage, readings: Sequence[FaceReading], mirrored: bool) -> BgrImage:
    """Draws a rounded box and a label at each face: expression and percent, or why it is not read.

    Args:
        frame_bgr: uint8 ``(H, W, 3)``, unmirrored; left unchanged.
        readings: faces, with boxes in the unmirrored frame.
        mirrored: show the picture as a mirror does; the words stay readable.

    Returns:
        A new uint8 ``(H, W, 3)``.
    """
    picture: BgrImage = np.asarray(cv2.flip(frame_bgr, 1) if mirrored else frame_bgr.copy(), np.uint8)
    height, width = picture.shape[:2]
    line_px = max(2, round(min(height, width) / 220))
    text_px = int(np.clip(min(height, width) / 24, 13, 44))
    for reading in readings:
        box = reading.box
        left = width - box.x_px - box.width_px if mirrored else box.x_px
        x0, y0 = round(left), round(box.y_px)
        x1, y1 = round(left + box.width_px), round(box.y_px + box.height_px)
        color = POOR_RGB if reading.is_poor else COLORS_RGB[reading.scores.top]
        radius = max(2, round(0.08 * min(x1 - x0, y1 - y0)))
        _rounded_box(picture, (x0, y0, x1, y1), radius, INK_RGB, line_px + 2)
        _rounded_box(picture, (x0, y0, x1, y1), radius, color, line_px)
        rgb, alpha = _label(reading.label, text_px, color)
        tall = rgb.shape[0]
        top = y0 - tall - line_px if y0 - tall - line_px >= 0 else y1 + line_px
        # Above the box if there is room, else below it, and always inside the picture.
        top = min(max(0, top), max(0, height - tall))
        _paste(picture, rgb, alpha, min(max(0, x0), max(0, width - rgb.shape[1])), top)
    return picture


def _rounded_box(
    picture: BgrImage,
    corners: tuple[int, int, int, int],
    radius: int,
    rgb: tuple[int, int, int],
    line_px: int,
) -> None:
    x0, y0, x1, y1 = corners
    bgr = rgb[::-1]
    r = radius
    for start, end in (
        ((x0 + r, y0), (x1 - r, y0)),
        ((x0 + r, y1), (x1 - r, y1)),
        ((x0, y0 + r), (x0, y1 - r)),
        ((x1, y0 + r), (x1, y1 - r)),
    ):
        cv2.line(picture, start, end, bgr, line_px)
    for center, turn in (
        ((x0 + r, y0 + r), 180),
        ((x1 - r, y0 + r), 270),
        ((x1 - r, y1 - r), 0),
        ((x0 + r, y1 - r), 90),
    ):
        cv2.ellipse(picture, center, (r, r), turn, 0, 90, bgr, line_px, cv2.LINE_AA)


@lru_cache(maxsize=512)
def _label(
    text: str, text_px: int, rgb: tuple[int, int, int]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint16]]:
    """A pill with words: BGR uint8 ``(h, w, 3)`` and opacity 0 to 256, ``(h, w, 1)``."""
    font = ImageFont.load_default(size=text_px)
    left, _, right, _ = font.getbbox(text)
    rise, drop = font.getmetrics() if isinstance(font, ImageFont.FreeTypeFont) else (text_px, 0)
    pad = round(text_px * 0.5)
    size = (round(right - left) + 2 * pad, rise + drop + max(2, pad // 2))
    # The pill is drawn at four times its size and shrunk: Pillow's shapes have hard edges.
    large = Image.new("L", (size[0] * 4, size[1] * 4), 0)
    ImageDraw.Draw(large).rounded_rectangle(
        (0, 0, size[0] * 4 - 1, size[1] * 4 - 1), size[1] * 4 * 0.36, fill=235
    )
    opacity = np.asarray(large.resize(size, Image.Resampling.BOX), np.uint16)
    pill = Image.new("RGB", size, rgb)
    ImageDraw.Draw(pill).text((pad - left, size[1] / 2), text, font=font, fill=INK_RGB, anchor="lm")
    bgr = np.ascontiguousarray(np.asarray(pill)[..., ::-1])
    alpha = (opacity.astype(np.uint32) * 256 // 255).astype(np.uint16)[..., None]
    return bgr, alpha


def _paste(
    picture: BgrImage, bgr: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint16], x: int, y: int
) -> None:
    height, width = picture.shape[:2]
    tall, wide = min(bgr.shape[0], height - y), min(bgr.shape[1], width - x)
    if tall <= 0 or wide <= 0:
        return
    under = picture[y : y + tall, x : x + wide]
    a = alpha[:tall, :wide].astype(np.uint32)
    under[:] = ((bgr[:tall, :wide] * a + under * (256 - a)) >> 8).astype(np.uint8)
