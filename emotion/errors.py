"""What ``emotion`` raises.

EmotionError
├── ModelError              a trained model cannot be used
│   ├── ModelNotFoundError      no such folder or file
│   └── ModelMetadataError      metadata.json is missing, broken, or not of this project's labels or shape
├── DetectorError           the face detector cannot be used
├── MediaFileError          a file that somebody brought cannot be used; ``page_words`` says why, for a page
│   ├── ImageError              it is no image, or one that is refused
│   └── VideoError              it is no video, one that is refused, or one that breaks off
├── CameraError             there is no camera, or it gives no picture
├── ClusterError            a Ray cluster cannot be used, or did not read a picture
│   └── ClusterAwayError        nobody answers there
└── OutputError             results cannot be kept where they should be
"""

from __future__ import annotations


class EmotionError(Exception):
    """Base of everything this package raises on purpose; the message is for logs and the command line."""


class ModelError(EmotionError):
    """A trained model cannot be used."""


class ModelNotFoundError(ModelError):
    """No such model folder or weights file."""


class ModelMetadataError(ModelError):
    """``metadata.json`` is missing, broken, or states other labels or another shape than the project's."""


class DetectorError(EmotionError):
    """The face detector cannot be used."""


class MediaFileError(EmotionError):
    """A photo or clip that somebody brought cannot be used.

    Args:
        message: for logs and the command line: what was expected, and what came.
        page_words: for a page: what is wrong with the file and what to do. The class's own words when empty.
    """

    page_words = "The file is damaged or of an unusual kind. Try another copy of it."

    def __init__(self, message: str, page_words: str = "") -> None:
        super().__init__(message)
        if page_words:
            self.page_words = page_words


class ImageError(MediaFileError):
    """The input is no image, or one that is refused."""


class VideoError(MediaFileError):
    """The input is no video, one that is refused, or one that breaks off."""


class CameraError(EmotionError):
    """There is no camera, or it gives no picture."""


class ClusterError(EmotionError):
    """A Ray cluster cannot be used, or did not read a picture."""


class ClusterAwayError(ClusterError):
    """Nobody answers at the cluster's address, or another service does."""


class OutputError(EmotionError):
    """Results cannot be kept where they should be."""
