"""An uploaded picture, decoded safely into a frame.

What an upload *is* is told from its content, never from its name, and only the formats people take
and send photos in are tried at all. Sizes are read from the header and refused before a single
pixel is decoded; what is left is turned upright by its EXIF orientation and brought to 8-bit BGR.
Nothing is written anywhere: bytes in, an array out.
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.ExifTags import Base as ExifTag

from emotion.errors import ImageError

try:
    from pillow_heif import register_heif_opener
except ImportError:  # a platform without a wheel: everything but HEIC still opens
    HEIC_SUPPORTED: Final = False
else:
    register_heif_opener(decode_threads=2, thumbnails=False, depth_images=False, aux_images=False)
    HEIC_SUPPORTED = True  # type: ignore[misc]

# The sizes are judged below, before a pixel is decoded; Pillow's own warning would only fill the log.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

FrameBgr = npt.NDArray[np.uint8]

# An allow-list: Pillow would otherwise also try PostScript, PDF, PSD and dozens more on foreign bytes.
# (The multi-picture JPEGs of many phones come in through JPEG.)
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF") + (
    ("HEIF",) if HEIC_SUPPORTED else ()
)

ACCEPTED: Final = (
    "a JPEG, PNG, WebP, " + ("HEIC, " if HEIC_SUPPORTED else "") + "AVIF, GIF, BMP or TIFF picture"
)
"""The accepted formats, in words for a message."""

EXTENSIONS: Final[tuple[str, ...]] = ("jpg", "jpeg", "png", "webp", "avif", "gif", "bmp", "tif", "tiff") + (
    ("heic", "heif") if HEIC_SUPPORTED else ()
)
"""The file name endings to offer in an upload dialog (a hint for people; the content decides)."""

# EXIF orientation (TIFF 6.0 / EXIF 2.32, tag 0x0112) -> what turns the stored pixels upright.
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What is taken, and how large a frame is made of it.

    Attributes:
        max_bytes: largest file.
        max_pixels: largest width x height of a JPEG, which is decoded at a reduced size (a 108-megapixel
            phone photo passes).
        max_pixels_unscaled: the same of every other format, which is decoded whole, so that 2 MB of PNG
            could unpack to a gigabyte (a 50-megapixel phone photo passes).
        max_side_px: larger pictures are scaled down to this longer side, so that a 12-megapixel
            photo is kept whole and a larger one does not cost memory that finds no more faces.
    """

    max_bytes: int = 40 * 1024 * 1024
    max_pixels: int = 120_000_000
    max_pixels_unscaled: int = 52_000_000
    max_side_px: int = 4096


@dataclass(frozen=True, slots=True, eq=False)
class DecodedImage:
    """A picture as the analysis sees it.

    Attributes:
        frame_bgr: uint8 ``(H, W, 3)``, upright, unmirrored, opaque; perhaps scaled down.
        original_width_px, original_height_px: of the upright picture before it was scaled.
        format: as sniffed from the content: ``"JPEG"``, ``"PNG"``, ``"HEIF"``, …
    """

    frame_bgr: FrameBgr
    original_width_px: int
    original_height_px: int
    format: str

    @property
    def scale(self) -> float:
        """Original pixels per frame pixel, at least 1."""
        return self.original_width_px / int(self.frame_bgr.shape[1])


def decode_image(content: bytes, limits: ImageLimits | None = None) -> DecodedImage:
    """Decode a photo that somebody sent.

    The first frame of an animation or of a file of many pages is taken; transparency is laid on
    white; 16-bit greys are brought to 8 bits, 32-bit ones stretched from their own minimum to maximum.

    Args:
        content: the file's bytes.
        limits: size limits; the defaults when left out.

    Raises:
        ImageError: it is empty, too large, not one of the accepted formats, or damaged. The message
            is fit to show to a person.
    """
    limits = limits or ImageLimits()
    if not content:
        raise ImageError(f"Expected {ACCEPTED}. Received: an empty file.")
    if len(content) > limits.max_bytes:
        raise ImageError(
            f"Expected a picture of at most {limits.max_bytes / 2**20:.0f} MB. "
            f"Received: {len(content) / 2**20:.1f} MB."
        )
    # Pillow's decoders answer malformed files with nearly any exception (OSError, SyntaxError, struct.error,
    # IndexError, MemoryError …), so both steps catch broadly and turn it into the one error callers know.
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"Expected a picture of at most {_megapixels(limits.max_pixels)}. Received: a far larger one."
        ) from error
    except Exception as error:
        raise ImageError(f"Expected {ACCEPTED}. Received: {_describe(content)}.") from error

    with image:
        width_px, height_px = image.size
        most = limits.max_pixels if image.format in ("JPEG", "MPO") else limits.max_pixels_unscaled
        if width_px * height_px > most:
            raise ImageError(
                f"Expected a picture of at most {_megapixels(most)}. Received: "
                f"{width_px} x {height_px} pixels ({_megapixels(width_px * height_px)})."
            )
        picture_format = image.format or "unknown"
        try:
            orientation = _orientation(image)
            # JPEG can be decoded at 1/2, 1/4 or 1/8 size; draft() does so only as far as max_side_px allows.
            image.draft(None, (limits.max_side_px, limits.max_side_px))
            image.load()
            upright = _scale_down(_to_8_bit(image), limits.max_side_px)
            if orientation in _UPRIGHT:
                upright = upright.transpose(_UPRIGHT[orientation])
            frame_bgr = _to_bgr(upright)
        except Exception as error:
            raise ImageError(
                f"Expected a whole picture. Received: a damaged or incomplete {picture_format} file."
            ) from error
    if orientation >= 5:
        width_px, height_px = height_px, width_px
    return DecodedImage(frame_bgr, width_px, height_px, picture_format)


def _megapixels(pixels: int) -> str:
    return f"{pixels / 1e6:.0f} megapixels"


def _describe(content: bytes) -> str:
    """Say what foreign bytes look like, in a word or two that help the person who sent them."""
    head = content[:512]
    known = (
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a zip archive or office document"),
        (b"\x1aE\xdf\xa3", "a video"),
        (b"<svg", "an SVG drawing"),
        (b"<?xml", "an XML or SVG file"),
        (b"<!doctype html", "a web page"),
        (b"<html", "a web page"),
    )
    for mark, words in known:
        if head.lstrip().lower().startswith(mark.lower()):
            return words
    if head[4:8] == b"ftyp":
        return "a video or a picture format that cannot be read here"
    if head.startswith(b"RIFF") and head[8:12] != b"WEBP":
        return "a video or a sound"
    if head.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")):
        return "a damaged picture"
    if b"\0" not in head:
        try:
            head[:500].decode("utf-8", errors="strict" if len(content) <= 500 else "ignore")
        except UnicodeDecodeError:
            return "a file that is no picture"
        return "a text file"
    return "a file that is no picture"


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 (upright) to 8; a missing, broken or absurd one counts as upright."""
    try:
        value = image.getexif().get(ExifTag.Orientation, 1)
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, struct.error):
        return 1  # broken EXIF beside good pixels: picture editors write such files, they still open
    return value if isinstance(value, int) and value in _UPRIGHT else 1


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Bring 16- and 32-bit greys to mode ``L``; leave the rest."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        values = np.nan_to_num(np.asarray(image, dtype=np.float32))
        low, high = float(values.min()), float(values.max())
        span = high - low if high > low else 1.0
        return Image.fromarray(((values - low) * (255.0 / span)).astype(np.uint8))
    if image.mode == "P":  # palettes cannot be scaled
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "1":
        return image.convert("L")
    return image


def _scale_down(image: Image.Image, max_side_px: int) -> Image.Image:
    longer = max(image.size)
    if longer <= max_side_px:
        return image
    size = (
        max(1, round(image.width * max_side_px / longer)),
        max(1, round(image.height * max_side_px / longer)),
    )
    return image.resize(size, Image.Resampling.BOX)


def _to_bgr(image: Image.Image) -> FrameBgr:
    """Any 8-bit Pillow mode to BGR; what is transparent shows white."""
    if image.has_transparency_data or image.mode in ("La", "RGBa"):
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    elif image.mode == "L":
        return cv2.cvtColor(np.asarray(image), cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    elif image.mode != "RGB":
        image = image.convert("RGB")
    return cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)
