"""Photos as nobody wants them, by name, and per-file functions that misbehave."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from emotion.folder.rows import Row, Task, read_task


def encoded(image: Image.Image, picture_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, picture_format, **options)
    return buffer.getvalue()


def png_that_claims(width_px: int, height_px: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def tiff_of_pages(pages: int) -> bytes:
    """A TIFF of one grey pixel a page; written by hand, for Pillow takes seconds for many pages."""
    out = bytearray(b"II*\0" + struct.pack("<I", 8))
    for page in range(pages):
        at = len(out)
        entries = [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, at + 2 + 9 * 12 + 4), (277, 1)]
        entries += [(278, 1), (279, 1)]
        size = 2 + len(entries) * 12 + 4 + 2
        out += struct.pack("<H", len(entries))
        for tag, value in entries:
            out += struct.pack("<HHII", tag, 4, 1, value)
        out += struct.pack("<I", at + size if page < pages - 1 else 0) + b"\x40\0"
    return bytes(out)


def good_pictures() -> dict[str, bytes]:
    """Odd, but pictures."""
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    rgb = Image.fromarray(noise)
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue", "green")]
    return {
        "cmyk.jpg": encoded(rgb.convert("CMYK"), "JPEG"),
        "grey16.png": encoded(Image.fromarray(noise[..., 0].astype(np.uint16) * 257), "PNG"),
        "alpha.png": encoded(rgb.convert("RGBA"), "PNG"),
        "dot.png": encoded(Image.new("RGB", (1, 1), "red"), "PNG"),
        "animated.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "pages.tif": tiff_of_pages(10_000),
        "really-a-png.jpg": encoded(rgb, "PNG"),
    }


def bad_pictures() -> dict[str, tuple[bytes, str]]:
    """Content, and what the message must have in it."""
    photo = encoded(Image.effect_noise((200, 200), 90).convert("RGB"), "JPEG")
    return {
        "empty.jpg": (b"", "an empty file"),
        "words.jpg": (b"Dear diary, this is no photo.\n", "a text file"),
        "cut.jpg": (photo[: len(photo) // 2], "damaged or incomplete JPEG"),
        "huge.png": (png_that_claims(30_000, 30_000), "a far larger one"),
        "film.jpg": (b"\0\0\0\x18ftypmp42\0\0\0\0", "a video"),
    }


def read_or_hang(task: Task) -> Row:
    """Reads, but for a file that hangs and one that ends its process."""
    if Path(task.path).name == "hangs.png":
        time.sleep(3600)
    if Path(task.path).name == "kills.png":
        os._exit(139)
    return read_task(task)
