"""How wide and high a stored picture or video is, as it is seen: turned the way that its file says."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Final

from PIL import Image

from content.errors import AssetTypeError
from content.media.clips import video_size

_ORIENTATION: Final = 0x0112
_LYING: Final = range(5, 9)


def seen_size(content: bytes | Path, mime_type: str) -> tuple[int, int] | None:
    """Width and height in pixels; None where the file does not say.

    Args:
        content: of a picture or a video, or where it lies.
        mime_type: as sniffed from it.
    """
    try:
        if mime_type.startswith("video/"):
            return video_size(content, mime_type)
        with Image.open(io.BytesIO(content) if isinstance(content, bytes) else content) as image:
            lies = image.getexif().get(_ORIENTATION) in _LYING
            return image.size[::-1] if lies else image.size
    except (AssetTypeError, OSError, ValueError, SyntaxError, struct.error):
        return None
