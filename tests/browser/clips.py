"""Makes the clips that Chromium plays as its camera, in a loop.

Motion JPEG has 30 frames a second, as a camera has. Most tests use Y4M at a third of that: each frame is
decoded, compressed, sent and drawn on the cores that the rest of the suite needs.

The face is scikit-image's ``astronaut``: Eileen Collins smiling, a portrait by NASA, in the public domain.
Faces of FER-2013 are pasted in where the archive is there; such clips are made in a temporary folder and
never kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

WIDTH_PX, HEIGHT_PX = 640, 480
FRAMES_PER_S = 30
"""Chromium plays every motion JPEG at this rate, whatever the file was meant for."""

FEW_FRAMES_PER_S = 10
"""Of Y4M files, whose first line says it: still more than the live page reads on a busy machine."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the clip: a face, which goes round once in two seconds, or None for the empty room."""

    face_bgr: Picture | None
    seconds: float = 4.0


def room() -> Picture:
    """A plain room: a wall that darkens to one side, a floor, a picture frame, a glow; nobody in it."""
    x = np.linspace(0, 1, WIDTH_PX)[None, :, None]
    y = np.linspace(0, 1, HEIGHT_PX)[:, None, None]
    wall = np.array([168, 186, 196.0]) * (1 - 0.25 * x) * (1 - 0.1 * y)
    glow = 40 * np.exp(-(((x - 0.85) / 0.25) ** 2 + ((y - 0.15) / 0.3) ** 2))
    picture = np.clip(wall + glow, 0, 255).astype(np.uint8)
    picture[400:] = (92, 112, 128)
    cv2.rectangle(picture, (40, 60), (170, 160), (70, 80, 90), 6)
    cv2.rectangle(picture, (52, 72), (158, 148), (190, 170, 140), -1)
    cv2.rectangle(picture, (560, 230), (640, 400), (96, 110, 120), -1)
    return picture


def astronaut_face() -> Picture:
    """Head and shoulders of the smiling astronaut, ``(330, 330, 3)``."""
    from skimage import data

    rgb = data.astronaut()
    bgr = cv2.cvtColor(rgb[0:240, 105:345], cv2.COLOR_RGB2BGR)
    return np.asarray(cv2.resize(bgr, (330, 330), interpolation=cv2.INTER_CUBIC), np.uint8)


def enlarged(face_gray: Picture, size_px: int = 220) -> Picture:
    """A small grey face ``(48, 48)`` or ``(48, 48, 1)`` as a colour picture ``size_px`` wide."""
    big = cv2.resize(face_gray.reshape(48, 48), (size_px, size_px), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.cvtColor(big, cv2.COLOR_GRAY2BGR), np.uint8)


def frame(background: Picture, face_bgr: Picture | None, turn: float) -> Picture:
    """One frame; ``turn`` in [0, 1) is where the face is on its small circle."""
    if face_bgr is None:
        return background
    height, width = face_bgr.shape[:2]
    angle = 2 * np.pi * turn
    scale = 1 + 0.02 * np.sin(angle)
    # Centre of the face to a circle of six pixels around the middle of the frame.
    matrix = np.array(
        [
            [scale, 0, WIDTH_PX / 2 + 6 * np.cos(angle) - scale * width / 2],
            [0, scale, HEIGHT_PX / 2 + 6 * np.sin(angle) - scale * height / 2],
        ]
    )
    picture = background.copy()
    cv2.warpAffine(face_bgr, matrix, (WIDTH_PX, HEIGHT_PX), dst=picture, borderMode=cv2.BORDER_TRANSPARENT)
    return picture


def _jpeg(picture: Picture) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def _y4m_frame(picture: Picture) -> bytes:
    return b"FRAME\n" + cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).tobytes()


FORMATS = {
    # Pictures one after the other, nothing else.
    ".mjpeg": (b"", FRAMES_PER_S, _jpeg),
    ".y4m": (
        f"YUV4MPEG2 W{WIDTH_PX} H{HEIGHT_PX} F{FEW_FRAMES_PER_S}:1 Ip A1:1 C420jpeg\n".encode(),
        FEW_FRAMES_PER_S,
        _y4m_frame,
    ),
}
"""By suffix, by which Chromium knows them: how a file begins, frames a second, and how one is written."""


def write_clip(path: Path, phases: Sequence[Phase]) -> Path:
    """Writes the phases as motion JPEG, or uncompressed in YUV with fewer frames.

    Args:
        path: ends in ``.mjpeg`` or ``.y4m``.
        phases: in order; the clip starts again after the last.

    Raises:
        ValueError: another suffix.
    """
    if path.suffix not in FORMATS:
        raise ValueError(f"Expected a path that ends in {' or '.join(FORMATS)}. Received: {path}")
    head, frames_per_s, encode = FORMATS[path.suffix]
    empty = room()
    with path.open("wb") as out:
        out.write(head)
        for phase in phases:
            # One turn every two seconds, drawn once: the frames of a phase repeat.
            turn = 2 * frames_per_s if phase.face_bgr is not None else 1
            frames = [encode(frame(empty, phase.face_bgr, step / turn)) for step in range(turn)]
            for index in range(round(phase.seconds * frames_per_s)):
                out.write(frames[index % turn])
    return path
