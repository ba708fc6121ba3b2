"""Looks for pictures where a server writes: whole files, and pictures inside other files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

# As bytes, and as text: a picture in JSON or in a log is base64.
PICTURE = re.compile(
    rb"\xff\xd8\xff(?:\xe0..JFIF|\xe1..Exif|\xdb\x00[\x43\x84])"
    rb"|\x89PNG\r\n\x1a\n"
    rb"|RIFF.{4}WEBPVP8"
    rb"|/9j/4AAQSkZJRg|/9j/2wCEA|/9j/2wBDA|iVBORw0KGgo|UklGR.{6}XRUJQVlA4",
    re.DOTALL,
)
CHUNK = 2**20
OVERLAP = 64


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pictures_in(roots: Sequence[Path], own: Collection[str]) -> list[Path]:
    """Files that hold a picture which is not one of the catalog's own.

    Args:
        roots: folders to search, with all that is in them.
        own: SHA-256 of each file of the catalog.
    """
    return sorted(
        path
        for root in roots
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and _has_picture(path) and digest(path) not in own
    )


def _has_picture(path: Path) -> bool:
    return any(PICTURE.search(part) for part in _parts(path))


def _parts(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            end = b""
            while part := file.read(CHUNK):
                yield end + part
                end = part[-OVERLAP:]
    except FileNotFoundError:  # a temporary file that is gone by now
        return
