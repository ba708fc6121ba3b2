"""A photo as it is uploaded, and a face as an analyzer finds it."""

from __future__ import annotations

import io

from PIL import Image

from emotion.labels import Emotion
from emotion.types import EmotionScores, FaceBox


def photo(width_px: int = 400, height_px: int = 300, colour: str = "grey") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width_px, height_px), colour).save(buffer, "PNG")
    return buffer.getvalue()


def face(
    x_px: float, side_px: float, emotion: Emotion, probability: float = 0.8
) -> tuple[FaceBox, EmotionScores]:
    return FaceBox(x_px, 50, side_px, side_px, 0.95), EmotionScores.certain(emotion, probability)
