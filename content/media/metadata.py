"""Takes out of pictures what says where, when and with what they were taken. Pixels stay bit by bit.

What a browser needs to show the picture stays: colour profile, transparency, animation, and which way is up.
The rest goes: EXIF with its GPS place and camera, XMP, IPTC, comments, thumbnails, and whatever follows the
picture's end, as the clip of a phone's "motion photo" does.

Formats: JPEG (ITU-T T.81), PNG (W3C PNG, third edition), WebP (RFC 9649), GIF89a.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Final

from PIL import Image

_ORIENTATION: Final = 0x0112
_PNG_KEPT: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sRGB sBIT cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT".split()
)
_WEBP_KEPT: Final = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_HAS_EXIF, _HAS_XMP = 0x08, 0x04
_GIF_LOOPS: Final = frozenset((b"NETSCAPE2.0", b"ANIMEXTS1.0"))


def without_metadata(content: bytes, mime_type: str) -> bytes:
    """The same picture without its metadata.

    Args:
        content: of a picture that Pillow reads to its end.
        mime_type: one of ``image/jpeg``, ``image/png``, ``image/webp``, ``image/gif``.

    Raises:
        ValueError: the file is not laid out as its format says.
    """
    try:
        return _STRIPPERS[mime_type](content)
    except (struct.error, IndexError, OSError, SyntaxError) as error:
        # What Pillow raises while it looks for the orientation, and what reading past the end raises.
        raise ValueError(
            f"Expected a whole file of {mime_type}. Received: a damaged one ({error})."
        ) from error


def _orientation_exif(content: bytes) -> bytes:
    """EXIF that says which way is up and nothing else; empty where the picture is upright as it lies."""
    with Image.open(BytesIO(content)) as image:
        said = image.getexif().get(_ORIENTATION, 1)
    if said not in range(2, 9):
        return b""
    exif = Image.Exif()
    exif[_ORIENTATION] = said
    return exif.tobytes()


def _jpeg(content: bytes) -> bytes:
    exif = _orientation_exif(content)
    kept = [content[:2]]
    if exif:
        kept.append(b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif)
    at = 2
    while True:
        while content[at] == 0xFF and content[at + 1] == 0xFF:  # fill bytes
            at += 1
        if content[at] != 0xFF:
            raise ValueError(f"Expected a marker at byte {at}. Received: {content[at]:#04x}")
        marker = content[at + 1]
        if marker == 0xD9:
            return b"".join((*kept, b"\xff\xd9"))
        (length,) = struct.unpack_from(">H", content, at + 2)
        end = at + 2 + length
        if marker == 0xDA:
            # The entropy-coded data that follows ends at a marker that is no restart and no stuffed zero.
            while not (
                content[end] == 0xFF and content[end + 1] != 0 and content[end + 1] not in range(0xD0, 0xD8)
            ):
                found = content.find(b"\xff", end + 1)
                if found < 0:
                    return b"".join((*kept, content[at:], b"\xff\xd9"))
                end = found
        body = content[at + 4 : end]
        # APP0 is JFIF's, APP14 Adobe's colour transform; APP2 holds the colour profile, and other things too.
        is_needed = marker in (0xE0, 0xEE) or (marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"))
        if is_needed or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(content[at:end])
        at = end


def _png(content: bytes) -> bytes:
    exif = _orientation_exif(content).removeprefix(b"Exif\0\0")
    kept, at = [content[:8]], 8
    while True:
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise ValueError(
                f"Expected a chunk of {length} bytes at byte {at}. Received: the end of the file."
            )
        if kind in _PNG_KEPT:
            kept.append(content[at:end])
        if kind == b"IHDR" and exif:
            kept.append(
                struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
            )
        at = end
        if kind == b"IEND":
            return b"".join(kept)


def _webp(content: bytes) -> bytes:
    exif = _orientation_exif(content).removeprefix(b"Exif\0\0")
    (size,) = struct.unpack_from("<I", content, 4)
    kept, at, whole = [], 12, min(len(content), size + 8)
    while at + 8 <= whole:
        kind, length = struct.unpack_from("<4sI", content, at)
        end = at + 8 + length + length % 2
        chunk = content[at:end]
        if kind == b"VP8X":
            flags = chunk[8] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if exif else 0)
            chunk = chunk[:8] + bytes((flags,)) + chunk[9:]
        if kind in _WEBP_KEPT:
            kept.append(chunk.ljust(8 + length + length % 2, b"\0"))
        at = end
    if exif:
        kept.append(struct.pack("<4sI", b"EXIF", len(exif)) + exif + b"\0" * (len(exif) % 2))
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _gif(content: bytes) -> bytes:
    def after_blocks(at: int) -> int:
        while content[at]:
            at += content[at] + 1
        return at + 1

    def table(flags: int) -> int:
        return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

    at = 13 + table(content[10])
    kept = [content[:at]]
    while content[at] != 0x3B:
        if content[at] == 0x21:
            label, end = content[at + 1], after_blocks(at + 2)
            loops = label == 0xFF and content[at + 3 : at + 14] in _GIF_LOOPS
            if label == 0xF9 or loops:
                kept.append(content[at:end])
        elif content[at] == 0x2C:
            end = after_blocks(at + 11 + table(content[at + 9]))
            kept.append(content[at:end])
        else:
            raise ValueError(f"Expected a block of a GIF at byte {at}. Received: {content[at]:#04x}")
        at = end
    return b"".join((*kept, b";"))


_STRIPPERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
}
