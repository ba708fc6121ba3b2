"""Wires the package together: the real parts as defaults, every part replaceable."""

from __future__ import annotations

from pathlib import Path

from emotion.analysis import FrameAnalyzer, PersistenceOptions
from emotion.classifier import Classifier
from emotion.crops import CropOptions
from emotion.faces import FaceDetector, PhotoFaceDetector, YuNetDetector
from emotion.installed import load_classifier


def create_analyzer(
    model: str | Path | None = None,
    *,
    detector: FaceDetector | None = None,
    classifier: Classifier | None = None,
    crop: CropOptions | None = None,
    persistence: PersistenceOptions | None = PersistenceOptions(),  # noqa: B008 (frozen)
) -> FrameAnalyzer:
    """A warm analyzer for a live stream, which accepts a detection only after several frames.

    Call it in the thread that will use the result: the detector and the interpreter belong to it.

    Raises:
        ModelError: see ``emotion.installed.load_classifier``.
        DetectorError: the detector's file is missing.
    """
    analyzer = FrameAnalyzer(
        detector or YuNetDetector(), classifier or load_classifier(model), crop, persistence=persistence
    )
    analyzer.warm_up()
    return analyzer


def create_photo_analyzer(
    model: str | Path | None = None,
    *,
    detector: FaceDetector | None = None,
    classifier: Classifier | None = None,
    crop: CropOptions | None = None,
) -> FrameAnalyzer:
    """A warm analyzer for single pictures: it also looks for small faces and accepts all detections at once.

    Raises:
        ModelError, DetectorError: as ``create_analyzer``.
    """
    return create_analyzer(
        model,
        detector=detector or PhotoFaceDetector(),
        classifier=classifier,
        crop=crop,
        persistence=None,
    )
