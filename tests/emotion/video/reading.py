"""A clip's readings by a fake analyzer, for the tests beside."""

from __future__ import annotations

import io

from emotion.labels import Emotion
from emotion.types import EmotionScores, FaceBox
from emotion.video.analyze import VideoReading, analyze_video
from tests.fakes import BoxesAt

BOX = FaceBox(100, 50, 80, 80, 0.9)
HAPPY = EmotionScores.certain(Emotion.HAPPY, 0.9)


def read(content: bytes, analyzer: object | None = None, **options) -> list[VideoReading]:
    return list(analyze_video(io.BytesIO(content), analyzer=analyzer or BoxesAt(), **options))
