"""Faces of FER-2013 for clips, one an expression: such as the app's own model reads as what they are.

The tests that use them ask whether the page follows the reading, not whether the reading is right.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from emotion.analysis import FrameAnalyzer
from emotion.bootstrap import create_analyzer
from emotion.labels import Emotion
from tests.browser.clips import Picture, enlarged, frame, room

SURE = 0.7
LOOKED_AT = 80
TURNS = (0.0, 0.25, 0.5, 0.75)
"""Places on the face's small circle at which it is looked at: a clip shows them all."""


def stored_faces(archive: Path, emotion: Emotion) -> Iterator[Picture]:
    """The grey faces of one class of Kaggle's test split, by name."""
    folder = f"test/{emotion.value}/"
    if archive.is_dir():
        for path in sorted((archive / folder).glob("*.jpg")):
            yield np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)
        return
    with zipfile.ZipFile(archive) as packed:
        for name in sorted(packed.namelist()):
            if folder in name and name.endswith(".jpg"):
                coded = np.frombuffer(packed.read(name), np.uint8)
                yield np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


def clear_face(archive: Path, emotion: Emotion, analyzer: FrameAnalyzer) -> Picture:
    """A face of that class, enlarged, that the analyzer finds and reads as it wherever a clip shows it.

    The first that is read surely enough, else the surest of those looked at. Faces whose pictures are too
    poor to count are left out.

    Raises:
        LookupError: none of them is read so.
    """
    best: tuple[float, Picture] | None = None
    for face, _ in zip(stored_faces(archive, emotion), range(LOOKED_AT), strict=False):
        picture = enlarged(face)
        sureness = _sureness(picture, emotion, analyzer)
        if sureness > 0 and (best is None or sureness > best[0]):
            best = (sureness, picture)
        if sureness >= SURE:
            break
    if best is None:
        raise LookupError(f"Expected a {emotion.value} face that is read as one. Received: none in {archive}")
    return best[1]


def _sureness(picture: Picture, emotion: Emotion, analyzer: FrameAnalyzer) -> float:
    """The least probability of that expression in a clip of the face; 0 where it is ever not read as it."""
    least = 1.0
    for turn in TURNS:
        readings = analyzer.analyze(frame(room(), picture, turn), 0.0)
        if len(readings) != 1 or readings[0].is_poor or readings[0].scores.top is not emotion:
            return 0.0
        least = min(least, readings[0].scores.confidence)
    return least


def photo_analyzer() -> FrameAnalyzer:
    """The live page's analyzer without its waiting for a second frame."""
    return create_analyzer(persistence=None)
