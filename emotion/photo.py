"""Reads one photo into one record."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from PIL import Image

from emotion.bootstrap import create_photo_analyzer
from emotion.errors import ImageError
from emotion.faces import BgrImage
from emotion.images import DecodedImage, ImageLimits, decode_image, from_array, from_pillow
from emotion.records import PhotoRecord, as_text, from_the_left, photo_mood
from emotion.types import FaceReading, SmoothingOptions


class PhotoAnalyzer(Protocol):
    """What reads a frame; ``emotion.create_photo_analyzer()`` is one."""

    def analyze(self, frame_bgr: BgrImage, at_s: float = 0.0) -> tuple[FaceReading, ...]:
        """Reads every face of a frame."""
        ...


@runtime_checkable
class CarefulAnalyzer(PhotoAnalyzer, Protocol):
    """What can look harder at a photo in which it found nobody."""

    def look_again(self, frame_bgr: BgrImage) -> tuple[FaceReading, ...]:
        """Reads every face of a frame."""
        ...


Photo = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Image.Image | npt.NDArray[Any]
"""What a photo may come as."""

SURE = 0.88
"""A face detected with this confidence stands upright: no other turn is tried."""
TURNED_FROM, TURNED_LEAD = 0.83, 0.03
"""The confidence that a detection needs in the turned photo, and its lead over the unturned photo."""


def analyze_photo(
    source: Photo,
    *,
    analyzer: PhotoAnalyzer | None = None,
    name: str | None = None,
    options: SmoothingOptions | None = None,
    limits: ImageLimits | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> PhotoRecord:
    """Reads every face of one photo, and first turns the photo if its faces are not upright.

    Args:
        source: a path; a file's content as bytes or as a binary stream, read from where it stands; a Pillow
            image; or an array of uint8 as OpenCV has it, BGR ``(H, W, 3)``, BGRA ``(H, W, 4)`` or grey
            ``(H, W)``.
        analyzer: reads the frame. Left out, the app's model is loaded, which takes half a second: make one
            with ``create_photo_analyzer()`` for many photos. It belongs to the calling thread.
        name: what the record calls the photo; the path when left out.
        options: the confidence and lead that a mood needs to be named.
        limits: sizes that are accepted; the defaults when left out.
        clock: measures ``elapsed_ms``.

    Returns:
        The record, boxes in pixels of the upright photo.

    Raises:
        ImageError: the file cannot be read, is no picture, or is refused.
        TypeError: ``source`` is none of those.
        ModelError, DetectorError: without ``analyzer``, see ``create_photo_analyzer``.
    """
    limits = limits or ImageLimits()
    began = clock()
    image = _decoded(source, limits)
    analyzer = analyzer or create_photo_analyzer()
    if name is None:
        name = as_text(source) if isinstance(source, (str, os.PathLike)) else ""
    turned_deg, found = read_upright(image.frame_bgr, analyzer)
    faces = from_the_left([_scaled(face, image.scale) for face in found])
    mood = photo_mood(faces, options)
    width_px, height_px = image.original_width_px, image.original_height_px
    if turned_deg % 180:
        width_px, height_px = height_px, width_px
    return PhotoRecord(
        name,
        width_px,
        height_px,
        faces,
        mood,
        (clock() - began) * 1000,
        turned_deg,
        image.frames,
        image.ends_early,
    )


def read_upright(frame_bgr: BgrImage, analyzer: PhotoAnalyzer) -> tuple[int, tuple[FaceReading, ...]]:
    """Reads a frame as it is, or turned if that shows its faces better.

    The face detector knows upright faces. Upside down, it finds none or is less confident. It also puts the
    eyes where the mouth is, so its landmarks do not show the turn, but its confidence does. A photo in
    which no turn shows a face is looked at again more carefully, as it lies.

    Returns:
        How far the frame was turned clockwise (0, 90, 180 or 270), and its readings.
    """
    best_deg, best = 0, analyzer.analyze(frame_bgr)
    if (as_it_lies := _surest(best)) >= SURE:
        return 0, best
    bar = max(TURNED_FROM, as_it_lies + TURNED_LEAD)
    for turn_deg in (180, 90, 270):
        found = analyzer.analyze(turned(frame_bgr, turn_deg))
        if _surest(found) >= bar:
            best_deg, best, bar = turn_deg, found, _surest(found)
    if not best and isinstance(analyzer, CarefulAnalyzer):
        best = analyzer.look_again(frame_bgr)
    return best_deg, best


def turned(frame_bgr: BgrImage, turn_deg: int) -> BgrImage:
    """The frame turned clockwise by a multiple of 90 degrees."""
    return np.ascontiguousarray(np.rot90(frame_bgr, -turn_deg // 90))


def _surest(faces: Sequence[FaceReading]) -> float:
    return max((face.box.confidence for face in faces), default=0.0)


def _decoded(source: object, limits: ImageLimits) -> DecodedImage:
    if isinstance(source, (str, os.PathLike)):
        return decode_image(read_content(Path(source), limits), limits)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return decode_image(bytes(source), limits)
    if isinstance(source, np.ndarray):
        return from_array(source, limits)
    if isinstance(source, Image.Image):
        return from_pillow(source, limits)
    if hasattr(source, "read"):
        content = source.read(limits.max_bytes + 1)
        if isinstance(content, bytes):
            return decode_image(content, limits)
        raise TypeError(
            f"Expected a binary stream (open(path, 'rb')). Received: one of {type(content).__name__}."
        )
    hint = " A camera's pictures are read by analyze_camera(0)." if isinstance(source, int) else ""
    raise TypeError(
        "Expected a path, bytes, a binary stream, a Pillow image or an array. "
        f"Received: {type(source).__name__}.{hint}"
    )


def read_content(path: Path, limits: ImageLimits) -> bytes:
    """The file's bytes; a file that is too large is refused before it is read.

    Raises:
        ImageError: it cannot be read, is no file, or is too large.
    """
    try:
        # Opening a pipe would wait for a writer, so the kind of file is checked first.
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
