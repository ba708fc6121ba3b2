"""What ``emotion`` raises.

EmotionError
├── ModelError              a trained model cannot be used
│   ├── ModelNotFoundError      no such folder or file
│   └── ModelMetadataError      metadata.json is missing, broken, or not of this project's labels or shape
├── DetectorError           the face detector cannot be used
├── ImageError              the input is no image, or one that is refused
├── VideoError              the input is no video, one that is refused, or one that breaks off
├── CameraError             there is no camera, or it gives no picture
└── OutputError             results cannot be kept where they should be
"""

from __future__ import annotations


class EmotionError(Exception):
    """Base of everything this package raises on purpose; the message is fit to show to a person."""


class ModelError(EmotionError):
    """A trained model cannot be used."""


class ModelNotFoundError(ModelError):
    """No such model folder or weights file."""


class ModelMetadataError(ModelError):
    """``metadata.json`` is missing, broken, or states other labels or another shape than the project's."""


class DetectorError(EmotionError):
    """The face detector cannot be used."""


class ImageError(EmotionError):
    """The input is no image, or one that is refused."""


class VideoError(EmotionError):
    """The input is no video, one that is refused, or one that breaks off."""


class CameraError(EmotionError):
    """There is no camera, or it gives no picture."""


class OutputError(EmotionError):
    """Results cannot be kept where they should be."""
