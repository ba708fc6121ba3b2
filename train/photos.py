"""Recognises data sets of whole photos, and finds their faces as the app does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from emotion.crops import CropOptions, crop_faces, crop_square
from emotion.faces import BgrImage, DetectedFace, FaceDetector, PhotoFaceDetector
from emotion.labels import FACE_SIZE_PX
from train.readers import pictures_spread

LOOKED_AT: Final = 40
"""Pictures of a set that are looked at to tell what it holds."""
PHOTO_BELOW: Final = 0.6
"""Of a face's crop over the picture's shorter side: below it, the picture is a photo and not a face."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a sample of a data set's pictures shows.

    Attributes:
        pictures: number of pictures examined that are not 48×48.
        photos: those whose largest face takes up only part of the picture.
        share: median share of the shorter side that the face takes, over pictures with a face; 0 without.
    """

    pictures: int
    photos: int
    share: float

    @property
    def whole_photos(self) -> bool:
        """Whether the set holds photos rather than cut-out faces."""
        return 2 * self.photos > self.pictures


def largest_face(frame_bgr: BgrImage, detector: FaceDetector) -> DetectedFace | None:
    """The largest face of a picture, or None."""
    return next(iter(detector.detect(frame_bgr)), None)


def face_finder() -> Callable[[BgrImage], npt.NDArray[np.uint8] | None]:
    """Make a function that cuts out a picture's largest face as the app does: grey 48×48, or None.

    Raises:
        DetectorError: the face detector is not installed.
    """
    detector = PhotoFaceDetector()

    def find(frame_bgr: BgrImage) -> npt.NDArray[np.uint8] | None:
        face = largest_face(frame_bgr, detector)
        return None if face is None else np.asarray(crop_faces(frame_bgr, [face])[0, ..., 0], np.uint8)

    return find


def look_at(path: Path, count: int = LOOKED_AT) -> Look:
    """Look for faces in at most ``count`` pictures of a data set, spread over all of it.

    Args:
        path: as for ``train.readers.read_faces``; a table has no pictures.
        count: number of pictures to examine.

    Raises:
        DatasetError: the path is not a data set.
        DetectorError: the face detector is not installed.
    """
    detector, options = PhotoFaceDetector(), CropOptions()
    pictures, shares = 0, []
    for content in pictures_spread(path, count):
        frame = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        if frame is None or frame.shape[:2] == (FACE_SIZE_PX, FACE_SIZE_PX):
            continue
        pictures += 1
        picture = np.asarray(frame, np.uint8)
        face = largest_face(picture, detector)
        if face is not None:
            side = crop_square(face, options)[2]
            shares.append(side / min(picture.shape[:2]))
    photos = sum(share < PHOTO_BELOW for share in shares)
    return Look(pictures, photos, float(np.median(shares)) if shares else 0.0)
