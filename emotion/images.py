"""Decodes an uploaded picture safely into a frame.

What an upload *is* is decided by its content, never by its name, and only formats that people use for photos
are tried. Sizes are read from the header and refused before a single pixel is decoded. The rest is turned
upright and converted to 8-bit BGR.
Nothing is written anywhere: bytes in, an array out.

Formats differ in where a file says how its pixels are oriented, and in which library has turned them already:

=================== ================================================= =====================================
format              said by                                           turned by
=================== ================================================= =====================================
JPEG, MPO, WebP     EXIF; XMP where EXIF says nothing                 this module
PNG                 ``eXIf``, before or after the pixels; XMP         this module
TIFF                the tag of the page, EXIF and TIFF being one      Pillow, while loading
HEIC                ``irot``/``imir``; without them EXIF or XMP       libheif; without them this module
AVIF                ``irot``/``imir``; without them EXIF              this module (Pillow tells it as EXIF)
GIF, BMP            nothing                                           nobody
=================== ================================================= =====================================
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass, replace
from typing import Any, Final, Self

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

# The sizes are checked below, before a pixel is decoded; Pillow's own warning would only fill the log.
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

EXTENSIONS: Final[tuple[str, ...]] = (
    *("jpg", "jpeg", "jpe", "jfif", "mpo", "png", "webp", "avif", "gif", "bmp", "tif", "tiff"),
    *(("heic", "heif", "hif") if HEIC_SUPPORTED else ()),
)
"""The file name endings to offer in an upload dialog (a hint for people; the content decides)."""

MOST_FRAMES: Final = 1000
MOST_MISSING: Final = 0.03
"""Share of the pixels that a JPEG may lack at its end and still be read."""

RAW_REFUSED: Final = (
    f"Expected {ACCEPTED}. Received: a camera's RAW file, or another file that opens as its small preview. "
    "RAW is not read here: export the photo as JPEG and read that."
)

_CHOOSE: Final = f"Choose {ACCEPTED}."
_SMALLER: Final = "Make it smaller and try again."

_JPEG_END: Final = b"\xff\xd9"
_NEW_SUBFILE_TYPE, _PHOTOMETRIC, _SUB_IFDS, _DNG_VERSION = 254, 262, 330, 50706
_SENSOR_VALUES: Final = (32803, 34892)  # colour filter array, linear raw (TIFF/EP and DNG)

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
    """Which files are accepted, and how large a frame is made from them.

    Attributes:
        max_bytes: largest file.
        max_pixels: largest width x height of a JPEG, which is decoded at a reduced size (a 108-megapixel
            phone photo passes).
        max_pixels_unscaled: the same of every other format, which is decoded whole, so that 2 MB of PNG
            could unpack to a gigabyte (a 50-megapixel phone photo passes).
        max_side_px: larger pictures are scaled down to this longer side, so that a 12-megapixel
            photo keeps its size and a larger one does not use memory without finding more faces.
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
        frames: frames or pages in the file, of which this is the first; at most ``MOST_FRAMES`` are counted.
        ends_early: the file lacks its end, and perhaps a few of the last pixels.
    """

    frame_bgr: FrameBgr
    original_width_px: int
    original_height_px: int
    format: str
    frames: int = 1
    ends_early: bool = False

    @property
    def scale(self) -> float:
        """Original pixels per frame pixel, at least 1."""
        return self.original_width_px / int(self.frame_bgr.shape[1])


def decode_image(content: bytes, limits: ImageLimits | None = None) -> DecodedImage:
    """Decode a photo that somebody sent.

    Of an animation or a file with many pages, the first frame is used. A JPEG that lacks only its very end is
    read as far as it goes. Transparency becomes white; 16-bit greys are converted to 8 bits, 32-bit ones are
    stretched from their own minimum to maximum.

    Args:
        content: the file's bytes.
        limits: size limits; the defaults when left out.

    Raises:
        ImageError: it is empty, too large, not one of the accepted formats, or damaged.
    """
    limits = limits or ImageLimits()
    if not content:
        raise ImageError(f"Expected {ACCEPTED}. Received: an empty file.", f"The file is empty. {_CHOOSE}")
    if len(content) > limits.max_bytes:
        most_mb, size_mb = limits.max_bytes / 2**20, len(content) / 2**20
        raise ImageError(
            f"Expected a picture of at most {most_mb:.0f} MB. Received: {size_mb:.1f} MB.",
            f"The file has {size_mb:.1f} MB, but at most {most_mb:.0f} MB can be read. {_SMALLER}",
        )
    if _is_raw(content):
        raise ImageError(
            RAW_REFUSED, "The file is a camera's RAW file. Export the photo as JPEG and use that file."
        )
    try:
        return _decode(content, limits)
    except ImageError:
        completed = _with_its_end(content, limits)
        if completed is None:
            raise
        return completed


def _decode(content: bytes, limits: ImageLimits) -> DecodedImage:
    # Pillow's decoders raise nearly any exception for malformed files (OSError, SyntaxError, struct.error,
    # IndexError, MemoryError …), so both steps catch broadly and turn it into the one error callers know.
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        most_words = _megapixels(limits.max_pixels)
        raise ImageError(
            f"Expected a picture of at most {most_words}. Received: a far larger one.",
            f"The picture is far too large: at most {most_words} can be read. {_SMALLER}",
        ) from error
    except Exception as error:
        described = _describe(content)
        raise ImageError(
            f"Expected {ACCEPTED}. Received: {described}.", f"The file is {described}. {_CHOOSE}"
        ) from error
    with image:
        return _upright(image, content, limits)


def from_pillow(image: Image.Image, limits: ImageLimits | None = None) -> DecodedImage:
    """A picture that Pillow opened or made, as ``decode_image`` gives it.

    Raises:
        ImageError: it is too large, or cannot be decoded.
    """
    return _upright(image, None, limits or ImageLimits())


def from_array(pixels: npt.NDArray[Any], limits: ImageLimits | None = None) -> DecodedImage:
    """An array as OpenCV has pictures: uint8, BGR ``(H, W, 3)``, BGRA ``(H, W, 4)`` or grey ``(H, W)``.

    Raises:
        ImageError: it is of another form, empty or too large.
    """
    limits = limits or ImageLimits()
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or not pixels.size:
        raise ImageError(
            "Expected a picture as uint8 (height, width, 3) in OpenCV's order blue, green, red, or "
            f"(height, width) in grey. Received: {pixels.dtype} {pixels.shape}."
        )
    height_px, width_px = pixels.shape[:2]
    _check_size(width_px, height_px, limits.max_pixels)
    if pixels.shape[2] == 1:
        rgb = pixels[..., 0]
    else:
        rgb = pixels[..., [2, 1, 0] if pixels.shape[2] == 3 else [2, 1, 0, 3]]
    image = _scale_down(Image.fromarray(np.ascontiguousarray(rgb)), limits.max_side_px)
    return DecodedImage(_to_bgr(image), width_px, height_px, "array")


def _check_size(width_px: int, height_px: int, most: int) -> None:
    if width_px * height_px > most:
        raise ImageError(
            f"Expected a picture of at most {_megapixels(most)}. Received: "
            f"{width_px} x {height_px} pixels ({_megapixels(width_px * height_px)}).",
            f"The picture has {width_px} × {height_px} pixels ({_megapixels(width_px * height_px)}), but "
            f"at most {_megapixels(most)} can be read. {_SMALLER}",
        )


def _upright(image: Image.Image, content: bytes | None, limits: ImageLimits) -> DecodedImage:
    """Decodes and turns what Pillow opened; ``content`` is the file it came from, where that is at hand."""
    width_px, height_px = image.size
    jpeg = image.format in ("JPEG", "MPO")
    _check_size(width_px, height_px, limits.max_pixels if jpeg else limits.max_pixels_unscaled)
    picture_format = image.format or "unknown"
    try:
        # JPEG can be decoded at 1/2, 1/4 or 1/8 size; draft() does so only as far as max_side_px allows.
        if jpeg and content is not None:  # not of somebody else's image
            image.draft(None, (limits.max_side_px, limits.max_side_px))
        frames = 1 if content is None else _frames(image, content)
        image.load()
        # Only now: Pillow turns TIFFs while it loads them and takes their orientation away.
        orientation = _orientation(image, content)
        if not jpeg:
            width_px, height_px = image.size
        upright = _scale_down(_to_8_bit(image), limits.max_side_px)
        if orientation in _UPRIGHT:
            upright = upright.transpose(_UPRIGHT[orientation])
        frame_bgr = _to_bgr(upright)
    except Exception as error:
        raise ImageError(
            f"Expected a whole picture. Received: a damaged or incomplete {picture_format} file.",
            f"The {picture_format} file is damaged or incomplete. Try another copy of it.",
        ) from error
    if orientation >= 5:
        width_px, height_px = height_px, width_px
    return DecodedImage(frame_bgr, width_px, height_px, picture_format, frames)


# --- what is not whole ---------------------------------------------------------------------------------


def _with_its_end(content: bytes, limits: ImageLimits) -> DecodedImage | None:
    """Decodes a JPEG that lacks only its end marker or a little more; None for any other damage.

    libjpeg fills missing parts with grey and does not say how much is missing. So the file is completed in
    two ways, once with noise: where the results differ, the file had no data.
    """
    content = content.rstrip(b"\xff")
    if not content.startswith(b"\xff\xd8") or content.endswith(_JPEG_END):
        return None
    try:
        plain = _decode(content + _JPEG_END, limits)
        # So much noise covers far more pixels than may be missing; without a 255 it has no marker.
        length = plain.original_width_px * plain.original_height_px // 10
        noise = np.random.default_rng(0).integers(0, 255, length, np.uint8).tobytes()
        other = _decode(content + noise + _JPEG_END, limits)
    except ImageError:
        return None
    missing = (plain.frame_bgr != other.frame_bgr).any(axis=2)
    return replace(plain, ends_early=True) if missing.mean() <= MOST_MISSING else None


def _frames(image: Image.Image, content: bytes) -> int:
    """Frames of an animation or pages of a document, at most ``MOST_FRAMES``."""
    if image.format == "TIFF":
        return _tiff_pages(content) if getattr(image, "is_animated", False) else 1
    # The other pictures in a phone's MPO are previews and depth of the same photo.
    frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    return int(min(max(1, frames), MOST_FRAMES))


# --- TIFF and RAW --------------------------------------------------------------------------------------


def _tiff_pages(content: bytes) -> int:
    """Follows the pages' directories; Pillow would parse each of them, which takes seconds for thousands."""
    form = _TiffForm.of(content)
    at, seen = form.first(content), set[int]()
    while at and at not in seen and len(seen) < MOST_FRAMES:
        seen.add(at)
        try:
            at = form.following(content, at)
        except struct.error:
            break
    return max(1, len(seen))


@dataclass(frozen=True, slots=True)
class _TiffForm:
    """How a TIFF or a BigTIFF lays out its directories: byte order, and the sizes of counts and offsets."""

    order: str
    count: str
    offset: str

    @classmethod
    def of(cls, content: bytes) -> Self:
        order = "<" if content[:2] == b"II" else ">"
        big = struct.unpack_from(order + "H", content, 2)[0] == 43
        return cls(order, *("QQ" if big else "HI"))

    def _unpack(self, form: str, content: bytes, at: int) -> tuple[int, ...]:
        return struct.unpack_from(self.order + form, content, at)

    def first(self, content: bytes) -> int:
        """Where the first directory is."""
        return self._unpack(self.offset, content, struct.calcsize(self.offset))[0]

    def _entries(self, content: bytes, at: int) -> tuple[int, int, int]:
        """Of a directory: how many entries, where they begin, and the size of one."""
        return (
            self._unpack(self.count, content, at)[0],
            at + struct.calcsize(self.count),
            4 + 2 * struct.calcsize(self.offset),
        )

    def following(self, content: bytes, at: int) -> int:
        """Where the directory after the one at ``at`` is; 0 after the last."""
        count, begin, size = self._entries(content, at)
        return self._unpack(self.offset, content, begin + count * size)[0]

    def tags(self, content: bytes, at: int) -> dict[int, int]:
        """Tag → its value as far as that is one number; of longer values where they are."""
        count, begin, size = self._entries(content, at)
        found = {}
        for n in range(count):
            place = begin + n * size
            tag, kind = self._unpack("HH", content, place)
            short = kind in (3, 8)
            found[tag] = self._unpack(
                "H" if short else self.offset, content, place + size - struct.calcsize(self.offset)
            )[0]
        return found


def _is_raw(content: bytes) -> bool:
    """A camera's RAW file, or a TIFF whose thumbnail comes first, which Pillow would open in its place."""
    # Canon's CR3, Fujifilm, Olympus, Panasonic, Sigma, Minolta, Phase One
    if content[4:12] == b"ftypcrx " or content.startswith(
        (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM", b"IIII", b"MMMM")
    ):
        return True
    if not content.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return False
    if content[8:10] == b"CR":  # Canon's CR2
        return True
    form = _TiffForm.of(content)
    try:
        first = form.first(content)
        tags = form.tags(content, first)
        more = _SUB_IFDS in tags or form.following(content, first) != 0
    except struct.error:
        return False
    if _DNG_VERSION in tags or tags.get(_PHOTOMETRIC) in _SENSOR_VALUES:
        return True
    # NEF, ARW and their like: a small preview, and the picture in a directory behind it.
    return more and bool(tags.get(_NEW_SUBFILE_TYPE, 0) & 1)


# --- what is no picture --------------------------------------------------------------------------------


def _megapixels(pixels: int) -> str:
    return f"{pixels / 1e6:.0f} megapixels"


def _describe(content: bytes) -> str:
    """What foreign bytes look like, in a word or two that help the person who sent them."""
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
            return "no picture"
        return "a text file"
    return "no picture"


def _orientation(image: Image.Image, content: bytes | None) -> int:
    """How a loaded picture must still be turned, as EXIF numbers it: 1 (upright) to 8.

    A missing, broken or absurd orientation counts as upright.
    """
    try:
        if content is not None and image.format in ("HEIF", "AVIF") and not _turned_by_container(content):
            value = _own_exif_orientation(image)
        else:
            value = image.getexif().get(ExifTag.Orientation, 1)
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, struct.error):
        return 1  # broken EXIF beside good pixels: picture editors write such files, they still open
    return value if isinstance(value, int) and value in _UPRIGHT else 1


def _turned_by_container(content: bytes) -> bool:
    """Whether a HEIC or AVIF has a rotation or a mirror among its properties: EXIF does not count then.

    HEIF (ISO/IEC 23008-12) and MIAF (ISO/IEC 23000-22) require that. Fujifilm's cameras and some converters
    write only EXIF.
    """
    at = 0
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if size == 1 and at + 16 <= len(content):
            size = struct.unpack_from(">Q", content, at + 8)[0]
        if kind == b"meta":
            box = content[at : at + size if size else len(content)]
            return b"irot" in box or b"imir" in box
        if size < 8:
            return False
        at += size
    return False


def _own_exif_orientation(image: Image.Image) -> object:
    """The orientation in the EXIF of a HEIC or AVIF, which their readers remove."""
    if image.format == "HEIF":
        return image.info.get("original_orientation") or 1
    # Pillow keeps the AVIF's own EXIF only in its decoder.
    decoder: Any = getattr(image, "_decoder", None)
    exif = Image.Exif()
    exif.load(decoder.get_info()[4] or b"")
    return exif.get(ExifTag.Orientation, 1)


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Converts 16- and 32-bit greys to mode ``L``; leaves other modes as they are."""
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
    """Any 8-bit Pillow mode as BGR; transparent parts become white."""
    if image.has_transparency_data or image.mode in ("La", "RGBa"):
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    elif image.mode == "L":
        return cv2.cvtColor(np.asarray(image), cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    elif image.mode != "RGB":
        image = image.convert("RGB")
    return cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)
