"""Reads facial expressions: a picture goes in, a mood comes out.

Quick start::

    from emotion import analyze_photo

    record = analyze_photo("party.jpg")
    print(record.mood.dominant, [face.scores.top for face in record.faces])

``analyze_photo``, ``analyze_video``, ``analyze_folder`` and ``analyze_camera`` are what
``python -m emotion`` runs; ``create_photo_analyzer`` and ``create_analyzer`` read frames (uint8 BGR).

Names are loaded when first used, so ``from emotion import Emotion`` costs nothing more.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emotion.analysis import FrameAnalyzer, PersistenceOptions
    from emotion.bootstrap import create_analyzer, create_photo_analyzer
    from emotion.camera import analyze_camera
    from emotion.classifier import Classifier
    from emotion.crops import CropOptions, crop_faces
    from emotion.drawing import draw_boxes
    from emotion.errors import (
        CameraError,
        DetectorError,
        EmotionError,
        ImageError,
        ModelError,
        ModelMetadataError,
        ModelNotFoundError,
        OutputError,
        VideoError,
    )
    from emotion.faces import DetectedFace, FaceDetector, PhotoFaceDetector, YuNetDetector
    from emotion.folder.run import Engine, FolderProgress, analyze_folder
    from emotion.folder.table import rows_of
    from emotion.images import DecodedImage, ImageLimits, decode_image
    from emotion.installed import load_classifier
    from emotion.labels import EMOTIONS, FACE_SIZE_PX, LABELS, Emotion
    from emotion.live import LiveSnapshot, LiveWorker, settle_memory
    from emotion.metadata import ModelMetadata
    from emotion.photo import analyze_photo
    from emotion.records import MomentRecord, PhotoRecord, photo_mood
    from emotion.smoothing import MoodState, estimate, initial_state, merge_faces, update
    from emotion.types import EmotionScores, FaceBox, FaceReading, MoodEstimate, SmoothingOptions
    from emotion.video.analyze import VideoReading, analyze_video
    from emotion.video.clip import VideoInfo, VideoLimits, video_info

_HOMES = {
    "analysis": ("FrameAnalyzer", "PersistenceOptions"),
    "bootstrap": ("create_analyzer", "create_photo_analyzer"),
    "classifier": ("Classifier",),
    "installed": ("load_classifier",),
    "crops": ("CropOptions", "crop_faces"),
    "drawing": ("draw_boxes",),
    "errors": (
        "CameraError",
        "DetectorError",
        "EmotionError",
        "ImageError",
        "ModelError",
        "ModelMetadataError",
        "ModelNotFoundError",
        "OutputError",
        "VideoError",
    ),
    "faces": ("DetectedFace", "FaceDetector", "PhotoFaceDetector", "YuNetDetector"),
    "labels": ("EMOTIONS", "FACE_SIZE_PX", "LABELS", "Emotion"),
    "live": ("LiveSnapshot", "LiveWorker", "settle_memory"),
    "metadata": ("ModelMetadata",),
    "smoothing": ("MoodState", "estimate", "initial_state", "merge_faces", "update"),
    "camera": ("analyze_camera",),
    "folder.run": ("Engine", "FolderProgress", "analyze_folder"),
    "folder.table": ("rows_of",),
    "images": ("DecodedImage", "ImageLimits", "decode_image"),
    "photo": ("analyze_photo",),
    "records": ("MomentRecord", "PhotoRecord", "photo_mood"),
    "video.clip": ("VideoInfo", "VideoLimits", "video_info"),
    "video.analyze": ("VideoReading", "analyze_video"),
    "types": ("EmotionScores", "FaceBox", "FaceReading", "MoodEstimate", "SmoothingOptions"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "EMOTIONS",
    "FACE_SIZE_PX",
    "LABELS",
    "CameraError",
    "Classifier",
    "CropOptions",
    "DecodedImage",
    "DetectedFace",
    "DetectorError",
    "Emotion",
    "EmotionError",
    "EmotionScores",
    "Engine",
    "FaceBox",
    "FaceDetector",
    "FaceReading",
    "FolderProgress",
    "FrameAnalyzer",
    "ImageError",
    "ImageLimits",
    "LiveSnapshot",
    "LiveWorker",
    "ModelError",
    "ModelMetadata",
    "ModelMetadataError",
    "ModelNotFoundError",
    "MomentRecord",
    "MoodEstimate",
    "MoodState",
    "OutputError",
    "PersistenceOptions",
    "PhotoFaceDetector",
    "PhotoRecord",
    "SmoothingOptions",
    "VideoError",
    "VideoInfo",
    "VideoLimits",
    "VideoReading",
    "YuNetDetector",
    "analyze_camera",
    "analyze_folder",
    "analyze_photo",
    "analyze_video",
    "create_analyzer",
    "create_photo_analyzer",
    "crop_faces",
    "decode_image",
    "draw_boxes",
    "estimate",
    "initial_state",
    "load_classifier",
    "merge_faces",
    "photo_mood",
    "rows_of",
    "settle_memory",
    "update",
    "video_info",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
