"""Reads facial expressions: a picture goes in, a mood comes out.

Quick start::

    from emotion import analyze_photo

    record = analyze_photo("party.jpg")
    print(record.mood.dominant, [face.scores.top for face in record.faces])

``analyze_photo``, ``analyze_video``, ``analyze_folder`` and ``analyze_camera`` are what ``python -m emotion``
runs; ``create_photo_analyzer`` and ``create_analyzer`` read frames (uint8 BGR). Everything else has a module
of its own: ``emotion.errors``, ``emotion.smoothing``, ``emotion.live``, …

Names are loaded when first used, so ``from emotion import Emotion`` costs nothing more.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emotion.bootstrap import create_analyzer, create_photo_analyzer
    from emotion.camera import analyze_camera
    from emotion.errors import EmotionError
    from emotion.folder.run import analyze_folder
    from emotion.folder.table import rows_of
    from emotion.labels import Emotion
    from emotion.photo import analyze_photo
    from emotion.types import EmotionScores, FaceReading, MoodEstimate
    from emotion.video.analyze import analyze_video

# ONNX Runtime (1.31) tells Microsoft about each start, with a number of this machine that it keeps in the
# home folder, unless this is said before it is loaded. Whoever loads it is in this package or imports it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__all__ = [
    "Emotion",
    "EmotionError",
    "EmotionScores",
    "FaceReading",
    "MoodEstimate",
    "analyze_camera",
    "analyze_folder",
    "analyze_photo",
    "analyze_video",
    "create_analyzer",
    "create_photo_analyzer",
    "rows_of",
]

_MODULE_OF = {
    "Emotion": "labels",
    "EmotionError": "errors",
    "EmotionScores": "types",
    "FaceReading": "types",
    "MoodEstimate": "types",
    "analyze_camera": "camera",
    "analyze_folder": "folder.run",
    "analyze_photo": "photo",
    "analyze_video": "video.analyze",
    "create_analyzer": "bootstrap",
    "create_photo_analyzer": "bootstrap",
    "rows_of": "folder.table",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
