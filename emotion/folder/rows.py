"""Reads one photo of a folder into one row of its table.

A row is the record of ``emotion.records`` with ``path`` below the folder, and four more columns: ``error``
(null, or why there is no reading), ``model_version``, ``size_bytes`` and ``modified_ns``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pyarrow as pa

from emotion.analysis import FrameAnalyzer
from emotion.bootstrap import create_photo_analyzer
from emotion.errors import ImageError
from emotion.labels import LABELS
from emotion.photo import analyze_photo
from emotion.records import as_text

Row = dict[str, Any]

_BOX: Final = pa.struct([(side, pa.float64()) for side in ("x_px", "y_px", "width_px", "height_px")])
_FACE: Final = pa.struct(
    [
        ("box", _BOX),
        ("scores", pa.struct([(label, pa.float64()) for label in LABELS])),
        ("dominant", pa.string()),
        ("confidence", pa.float64()),
        ("valence", pa.float64()),
        ("arousal", pa.float64()),
        ("quality", pa.list_(pa.string())),
    ]
)
_ADDED: Final = (("turned_deg", pa.int64()), ("frames", pa.int64()), ("ends_early", pa.bool_()))
SCHEMA: Final = pa.schema(
    [
        ("path", pa.string()),
        ("width_px", pa.int64()),
        ("height_px", pa.int64()),
        ("faces", pa.list_(_FACE)),
        ("mood", pa.struct([("dominant", pa.string()), ("confidence", pa.float64())])),
        ("elapsed_ms", pa.float64()),
        *_ADDED,
        ("error", pa.string()),
        ("model_version", pa.string()),
        ("size_bytes", pa.int64()),
        ("modified_ns", pa.int64()),
    ]
)
"""The table's columns."""
EARLIER_NAMES: Final = [name for name in SCHEMA.names if name not in dict(_ADDED)]
"""The columns up to version 0.2."""


@dataclass(frozen=True, slots=True)
class Task:
    """One photo to read.

    Attributes:
        folder: where the search began.
        path: below ``folder``, as the file system names it.
        size_bytes, modified_ns: as found; -1 where the file cannot even be inspected.
        model: which model, None for the app's.
    """

    folder: str
    path: str
    size_bytes: int
    modified_ns: int
    model: str | None = None


@lru_cache(maxsize=1)
def _analyzer(model: str | None) -> FrameAnalyzer:
    # One photo for each core: more OpenCV threads would only get in each other's way.
    cv2.setNumThreads(1)
    keep_freed_memory()
    return create_photo_analyzer(model)


def keep_freed_memory() -> None:
    """Lets this process keep memory that one photo frees for the next, up to 62 MB.

    glibc hands freed memory back to the system beyond twice the largest block that it has seen freed (of at
    most 32 MB; ``man mallopt``, M_MMAP_THRESHOLD). Fetching it again, page by page, took a fifth of the
    time of a photo of 640×480. A block that is never written to costs nothing; where the allocator is
    another one, nothing else happens.
    """
    block = np.empty(31 << 20, np.uint8)
    del block


def read_task(task: Task) -> Row:
    """Reads one photo into a row; a problem with the file goes into the row's ``error``."""
    try:
        record = analyze_photo(Path(task.folder) / task.path, analyzer=_analyzer(task.model))
    except ImageError as error:
        return failed_row(task, str(error))
    row = {**record.as_dict(), "error": None, "model_version": None}
    return row | {"path": as_text(task.path), "size_bytes": task.size_bytes, "modified_ns": task.modified_ns}


def failed_row(task: Task, why: str) -> Row:
    """The row of a file without a reading."""
    row: Row = dict.fromkeys(SCHEMA.names)
    row |= {"path": as_text(task.path), "error": why}
    return row | {"size_bytes": task.size_bytes, "modified_ns": task.modified_ns}
