"""Reads photos one by one, draws their faces, and writes the results. No Streamlit here.

Photos are only bytes and arrays in memory: nothing in this module opens a file or logs a pixel.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from emotion.drawing import COLORS_RGB, INK_RGB, POOR_RGB
from emotion.errors import ImageError
from emotion.images import ImageLimits
from emotion.photo import CarefulAnalyzer, PhotoAnalyzer, analyze_photo, turned
from emotion.records import CSV_COLUMNS, PhotoRecord, csv_rows
from emotion.types import FaceBox, FaceReading
from ui.look.words import counted, file_size

_log = logging.getLogger(__name__)

Bgr = npt.NDArray[np.uint8]
PICTURE_SIDE_PX = 3072
"""Longer side of the picture that is shown and downloaded: enough to see a small face in a group."""
FACE_PX = 128
THUMBNAIL_PX = (128, 96)


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How many photos the page accepts at once.

    Attributes:
        max_photos: number of photos.
        max_bytes: of all of them together.
    """

    max_photos: int = 60
    max_bytes: int = 200 * 1024 * 1024

    @property
    def words(self) -> str:
        """The limits as people say them."""
        return f"{counted(self.max_photos, 'photo')} and {file_size(self.max_bytes)}"

    def fitting(self, sizes: Sequence[int]) -> int:
        """How many of these files fit into the limits, counted from the first.

        Args:
            sizes: of the files in bytes, in the order in which they came.
        """
        total = 0
        for count, size in enumerate(sizes):
            total += size
            if count >= self.max_photos or total > self.max_bytes:
                return count
        return len(sizes)


@dataclass(frozen=True, slots=True, eq=False)
class PhotoReading:
    """What a photo shows, and small copies of it to show.

    Attributes:
        record: its reading, in the same form as on the command line.
        picture: the upright photo as JPEG, at most ``PICTURE_SIDE_PX`` on its longer side, without any
            drawing or metadata.
        picture_size_px: its width and height.
        thumbnail: a small JPEG of it.
        face_pictures: a small square JPEG of each face, in the order of ``record.faces``.
        model_version: of the model that read it.
    """

    record: PhotoRecord
    picture: bytes
    picture_size_px: tuple[int, int]
    thumbnail: bytes
    face_pictures: tuple[bytes, ...]
    model_version: str

    @property
    def scale(self) -> float:
        """Photo pixels per pixel of ``picture``."""
        return self.record.width_px / self.picture_size_px[0]


@dataclass(frozen=True, slots=True, eq=False)
class PhotoResult:
    """The result for one file: a reading, or why there is none, in words for the viewer."""

    name: str
    reading: PhotoReading | None
    problem: str = ""


class Analyzer(PhotoAnalyzer, Protocol):
    """What reads a frame; ``emotion.analysis.FrameAnalyzer`` does."""

    @property
    def model_version(self) -> str:
        """Name and version of the model."""
        ...


class _Keeping:
    """Reads frames and keeps the first one, the unturned photo, so that a photo is decoded only once."""

    def __init__(self, analyzer: PhotoAnalyzer) -> None:
        self._analyzer = analyzer
        self.frame_bgr: Bgr | None = None

    def analyze(self, frame_bgr: Bgr, at_s: float = 0.0) -> tuple[FaceReading, ...]:
        if self.frame_bgr is None:
            self.frame_bgr = frame_bgr
        return self._analyzer.analyze(frame_bgr, at_s)

    def look_again(self, frame_bgr: Bgr) -> tuple[FaceReading, ...]:
        if not isinstance(self._analyzer, CarefulAnalyzer):
            return ()
        return self._analyzer.look_again(frame_bgr)


def read_photo(
    content: bytes,
    name: str,
    analyzer: Analyzer,
    *,
    limits: ImageLimits | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> PhotoReading:
    """Decodes and analyses one photo, as the command line does.

    Args:
        content: the file's bytes, of any kind.
        name: what the record calls it.
        analyzer: what finds and reads the faces.
        limits: sizes that are taken; the defaults when left out.
        clock: measures how long it took.

    Raises:
        ImageError: it is no picture, or one that is refused; see ``emotion.images.decode_image``.
    """
    keeping = _Keeping(analyzer)
    record = analyze_photo(content, analyzer=keeping, name=name, limits=limits, clock=clock)
    if keeping.frame_bgr is None:
        raise ImageError("Expected a picture to be read. Received: none.")
    frame = turned(keeping.frame_bgr, record.turned_deg)
    picture = _at_most(frame, PICTURE_SIDE_PX)
    scale = record.width_px / frame.shape[1]
    return PhotoReading(
        record,
        _encoded(picture, 88),
        (int(picture.shape[1]), int(picture.shape[0])),
        _encoded(_cover(picture, THUMBNAIL_PX), 80),
        tuple(_encoded(_square(frame, face.box, scale), 85) for face in record.faces),
        analyzer.model_version,
    )


def read_result(content: bytes, name: str, analyzer: Analyzer) -> PhotoResult:
    """As ``read_photo``, but a file that cannot be read gives a result that says why.

    Raises:
        EmotionError: no photo can be read, whatever the file.
    """
    try:
        return PhotoResult(name, read_photo(content, name, analyzer))
    except ImageError as error:
        return PhotoResult(name, None, error.page_words)
    except (MemoryError, ArithmeticError, LookupError, ValueError, cv2.error) as error:
        # Other photos wait behind this one, so whatever its pixels cause must not end the reading.
        _log.error("A photo could not be read: %s", type(error).__name__, exc_info=error)
        return PhotoResult(name, None, "Its content is damaged or unusual. The app's log has the details.")


def _at_most(frame_bgr: Bgr, side_px: int) -> Bgr:
    height, width = frame_bgr.shape[:2]
    factor = side_px / max(height, width)
    if factor >= 1:
        return frame_bgr
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(frame_bgr, size, interpolation=cv2.INTER_AREA), np.uint8)


def _cover(frame_bgr: Bgr, size_px: tuple[int, int]) -> Bgr:
    """The middle of the picture, filling ``size_px`` (width, height)."""
    height, width = frame_bgr.shape[:2]
    factor = max(size_px[0] / width, size_px[1] / height)
    cut_w, cut_h = max(1, round(size_px[0] / factor)), max(1, round(size_px[1] / factor))
    x, y = (width - cut_w) // 2, (height - cut_h) // 2
    middle = frame_bgr[max(0, y) : max(0, y) + cut_h, max(0, x) : max(0, x) + cut_w]
    return np.asarray(cv2.resize(middle, size_px, interpolation=cv2.INTER_AREA), np.uint8)


def _square(frame_bgr: Bgr, box: FaceBox, scale: float) -> Bgr:
    """One face with some of its surroundings, black beyond the picture's edge."""
    side = max(2.0, max(box.width_px, box.height_px) / scale * 1.35)
    x = (box.x_px + box.width_px / 2) / scale - side / 2
    y = (box.y_px + box.height_px / 2) / scale - side / 2
    height, width = frame_bgr.shape[:2]
    x0, y0 = int(np.clip(x, 0, width - 1)), int(np.clip(y, 0, height - 1))
    x1, y1 = int(np.clip(x + side + 1, x0 + 1, width)), int(np.clip(y + side + 1, y0 + 1, height))
    region = frame_bgr[y0:y1, x0:x1]
    factor = FACE_PX / side
    if factor < 0.5:
        # By area first: sampling a large face at few points would alias.
        size = (max(1, round((x1 - x0) * 2 * factor)), max(1, round((y1 - y0) * 2 * factor)))
        region = np.asarray(cv2.resize(region, size, interpolation=cv2.INTER_AREA), np.uint8)
    across, down = region.shape[1] / (x1 - x0), region.shape[0] / (y1 - y0)
    place = np.array([[factor / across, 0, (x0 - x) * factor], [0, factor / down, (y0 - y) * factor]])
    return np.asarray(cv2.warpAffine(region, place, (FACE_PX, FACE_PX)), np.uint8)


def _encoded(frame_bgr: Bgr, quality: int) -> bytes:
    """A JPEG without any metadata: where and when a photo was taken is not passed on."""
    done, data = cv2.imencode(".jpg", frame_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ImageError("Expected a picture that can be written as JPEG. Received: none.")
    return data.tobytes()


# -- pictures ------------------------------------------------------------------------------------------


def annotate(reading: PhotoReading) -> Image.Image:
    """The picture with a box and a number at each face, in the colour of its expression; grey if unclear."""
    with Image.open(io.BytesIO(reading.picture)) as stored:
        picture = stored.convert("RGB")
    draw = ImageDraw.Draw(picture)
    line_px = max(2, round(max(picture.size) / 400))
    for number, face in enumerate(reading.record.faces, start=1):
        left, top, right, bottom = _corners(face.box, reading.scale)
        colour = POOR_RGB if face.is_poor else COLORS_RGB[face.scores.top]
        radius = max(3.0, (right - left) * 0.1)
        draw.rounded_rectangle(
            (left - 1, top - 1, right + 1, bottom + 1), radius + 1, outline=INK_RGB, width=line_px + 2
        )
        draw.rounded_rectangle((left, top, right, bottom), radius, outline=colour, width=line_px)
        _badge(draw, str(number), (left, top), colour, picture.size)
    return picture


def annotated_jpeg(reading: PhotoReading, quality: int = 88) -> bytes:
    """``annotate`` as JPEG without any metadata."""
    buffer = io.BytesIO()
    annotate(reading).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _corners(box: FaceBox, scale: float) -> tuple[float, float, float, float]:
    return (
        box.x_px / scale,
        box.y_px / scale,
        (box.x_px + box.width_px) / scale,
        (box.y_px + box.height_px) / scale,
    )


def _badge(
    draw: ImageDraw.ImageDraw,
    text: str,
    corner: tuple[float, float],
    colour: tuple[int, int, int],
    size: tuple[int, int],
) -> None:
    """A filled pill with the face's number, above the box's top-left corner but never outside the picture."""
    text_px = max(12, round(max(size) / 52))
    font = ImageFont.load_default(size=text_px)
    half_width = max(text_px * 0.8, draw.textlength(text, font=font) / 2 + text_px * 0.45)
    half_height = text_px * 0.8
    x = float(
        np.clip(corner[0] - half_width * 0.4, half_width + 1, max(half_width + 1, size[0] - half_width - 2))
    )
    y = float(
        np.clip(
            corner[1] - half_height * 0.8, half_height + 1, max(half_height + 1, size[1] - half_height - 2)
        )
    )
    draw.rounded_rectangle(
        (x - half_width, y - half_height, x + half_width, y + half_height),
        half_height,
        fill=colour,
        outline=INK_RGB,
        width=max(2, round(text_px / 9)),
    )
    draw.text((x, y), text, font=font, fill=INK_RGB, anchor="mm", stroke_width=0.6, stroke_fill=INK_RGB)


# -- results to take away ------------------------------------------------------------------------------


def as_record(result: PhotoResult) -> dict[str, Any]:
    """The form of ``emotion.records``; for a file that could not be read, its path and ``error``."""
    if result.reading is None:
        return {"path": result.name, "error": result.problem}
    return result.reading.record.as_dict()


def as_json(results: Sequence[PhotoResult]) -> str:
    """One photo as an object, several as a list of them; indented."""
    records = [as_record(result) for result in results]
    return json.dumps(records[0] if len(records) == 1 else records, indent=2, ensure_ascii=False) + "\n"


def as_csv(results: Sequence[PhotoResult]) -> str:
    """One row for each face; a photo without faces and a file that could not be read get one row."""
    table = io.StringIO()
    rows = csv.DictWriter(table, CSV_COLUMNS, lineterminator="\r\n")
    rows.writeheader()
    for result in results:
        rows.writerows(csv_rows(as_record(result)))
    return table.getvalue()


def as_zip(results: Sequence[PhotoResult]) -> bytes:
    """The pictures with their boxes, one table and one data file."""
    buffer = io.BytesIO()
    taken: set[str] = set()
    # Stored, not deflated: JPEGs do not get smaller.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for result in results:
            if result.reading is not None:
                name = unique_name(f"{file_stem(result.name)}-expressions.jpg", taken)
                archive.writestr(f"pictures/{name}", annotated_jpeg(result.reading))
        archive.writestr("expressions.csv", as_csv(results), zipfile.ZIP_DEFLATED)
        archive.writestr("expressions.json", as_json(results), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def file_stem(name: str) -> str:
    """A file's name without ending, folders, and characters that some systems do not allow in names."""
    stem = PurePosixPath(name.replace("\\", "/")).stem
    return re.sub(r"[^\w .()+,=@&-]", "_", stem).strip(" .")[:80] or "photo"


def unique_name(name: str, taken: set[str]) -> str:
    """``name``, or ``name (2)`` … if it is already taken, ignoring case; marks the result as taken."""
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    found, count = name, 1
    while found.casefold() in taken:
        count += 1
        found = f"{stem} ({count}){ending}"
    taken.add(found.casefold())
    return found
