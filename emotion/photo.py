"""One photo in, one record out."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from emotion.bootstrap import create_photo_analyzer
from emotion.errors import ImageError
from emotion.faces import BgrImage
from emotion.images import ImageLimits, decode_image
from emotion.records import PhotoRecord, as_text, from_the_left, photo_mood
from emotion.types import FaceReading, SmoothingOptions


class PhotoAnalyzer(Protocol):
    """What reads a frame; ``emotion.create_photo_analyzer()`` is one."""

    def analyze(self, frame_bgr: BgrImage, at_s: float = 0.0) -> tuple[FaceReading, ...]:
        """Reads every face of a frame."""
        ...


def analyze_photo(
    source: str | os.PathLike[str] | bytes,
    *,
    analyzer: PhotoAnalyzer | None = None,
    name: str | None = None,
    options: SmoothingOptions | None = None,
    limits: ImageLimits | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> PhotoRecord:
    """Reads every face of one photo.

    Args:
        source: a path, or the file's content.
        analyzer: reads the frame. Left out, the app's model is loaded, which takes half a second: make one
            with ``create_photo_analyzer()`` for many photos. It belongs to the calling thread.
        name: what the record calls the photo; the path when left out.
        options: which confidence and lead a mood needs to be named.
        limits: sizes that are taken; the defaults when left out.
        clock: measures ``elapsed_ms``.

    Returns:
        The record, boxes in pixels of the upright photo.

    Raises:
        ImageError: the file cannot be read, is no picture, or one that is refused. The message is fit to
            show to a person.
        ModelError, DetectorError: without ``analyzer``, see ``create_photo_analyzer``.
    """
    analyzer = analyzer or create_photo_analyzer()
    limits = limits or ImageLimits()
    if name is None:
        name = "" if isinstance(source, bytes) else as_text(source)
    began = clock()
    content = source if isinstance(source, bytes) else read_content(Path(source), limits)
    image = decode_image(content, limits)
    found = analyzer.analyze(image.frame_bgr)
    faces = from_the_left([_scaled(face, image.scale) for face in found])
    mood = photo_mood(faces, options)
    width_px, height_px = image.original_width_px, image.original_height_px
    return PhotoRecord(name, width_px, height_px, faces, mood, (clock() - began) * 1000)


def read_content(path: Path, limits: ImageLimits) -> bytes:
    """The file's bytes; a file too large is refused by its size, unread.

    Raises:
        ImageError: it cannot be read, is no file, or is too large.
    """
    try:
        # Opening a pipe would wait for a writer, so what it is comes first.
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ImageError("Expected a picture. Received: a folder.")
        if not stat.S_ISREG(status.st_mode):
            raise ImageError("Expected a picture. Received: no ordinary file.")
        if status.st_size > limits.max_bytes:
            raise ImageError(
                f"Expected a picture of at most {limits.max_bytes / 2**20:.0f} MB. "
                f"Received: {status.st_size / 2**20:.1f} MB."
            )
        return path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"Expected a file that can be read. Received: {error.strerror or type(error).__name__}."
        ) from error
    except ValueError as error:  # a name with a zero byte
        raise ImageError(f"Expected the name of a file. Received: {error}.") from error


def _scaled(face: FaceReading, factor: float) -> FaceReading:
    if factor == 1.0:
        return face
    box = face.box
    larger = replace(
        box,
        x_px=box.x_px * factor,
        y_px=box.y_px * factor,
        width_px=box.width_px * factor,
        height_px=box.height_px * factor,
    )
    return replace(face, box=larger)
