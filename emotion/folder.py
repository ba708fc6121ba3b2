"""A folder of photos in, one Parquet table out: in parallel, and taken up again where it was left.

Each photo is one task in a process of its own, so a file that hangs or kills its reader costs that file
alone. Rows go to small parts beside the table while the work runs; the table is written once all is read.
Started again, only what is new, was changed, failed, or was read with another model is read.

A row is the record of ``emotion.records`` with ``path`` below the folder, and four columns more: ``error``
(null, or why there is no reading), ``model_version``, ``size_bytes`` and ``modified_ns``.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pebble import ProcessExpired, ProcessPool

from emotion.analysis import FrameAnalyzer
from emotion.bootstrap import create_photo_analyzer
from emotion.errors import ImageError, OutputError
from emotion.images import EXTENSIONS
from emotion.installed import load_classifier
from emotion.labels import LABELS
from emotion.photo import analyze_photo
from emotion.records import as_text

Row = dict[str, Any]

PART_ROWS: Final = 500
PART_AFTER_S: Final = 20.0
FILE_LIMIT_S: Final = 20.0
"""How long one photo may take before it is given up."""

_BOX: Final = pa.struct([(side, pa.float64()) for side in ("x_px", "y_px", "width_px", "height_px")])
_FACE: Final = pa.struct(
    [
        ("box", _BOX),
        ("scores", pa.struct([(label, pa.float64()) for label in LABELS])),
        ("dominant", pa.string()),
        ("confidence", pa.float64()),
        ("valence", pa.float64()),
        ("arousal", pa.float64()),
    ]
)
SCHEMA: Final = pa.schema(
    [
        ("path", pa.string()),
        ("width_px", pa.int64()),
        ("height_px", pa.int64()),
        ("faces", pa.list_(_FACE)),
        ("mood", pa.struct([("dominant", pa.string()), ("confidence", pa.float64())])),
        ("elapsed_ms", pa.float64()),
        ("error", pa.string()),
        ("model_version", pa.string()),
        ("size_bytes", pa.int64()),
        ("modified_ns", pa.int64()),
    ]
)
"""The table's columns."""


class Engine(StrEnum):
    """What runs the work."""

    PROCESSES = "processes"
    RAY = "ray"


@dataclass(frozen=True, slots=True)
class Task:
    """One photo to read.

    Attributes:
        folder: where the search began.
        path: below ``folder``, as the file system names it.
        size_bytes, modified_ns: as found, -1 where the file cannot even be looked at.
        model: which model, None for the app's.
    """

    folder: str
    path: str
    size_bytes: int
    modified_ns: int
    model: str | None = None


@dataclass(frozen=True, slots=True)
class FolderProgress:
    """How far the work is: files in all, read in this run, failed among them, kept from earlier runs."""

    total: int
    read: int = 0
    failed: int = 0
    kept: int = 0


def analyze_folder(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    engine: Engine = Engine.PROCESSES,
    workers: int | None = None,
    model: str | None = None,
    file_limit_s: float = FILE_LIMIT_S,
    progress: Callable[[FolderProgress], None] | None = None,
    on_error: Callable[[str, str], None] | None = None,
) -> FolderProgress:
    """Reads every photo below a folder into a Parquet table.

    Files are chosen by their ending (``emotion.images.EXTENSIONS``) and opened by their content. Hidden
    files are left out. Linked folders are entered, each folder once, so a loop of links ends.

    Args:
        folder: where the photos are.
        out: the table. One of an earlier run is taken up: only what is new or changed is read.
        engine: ``PROCESSES`` on this machine, or ``RAY`` on a Ray cluster (``requirements-scale.txt``).
        workers: how many photos at a time; the machine's cores when left out.
        model: see ``emotion.installed.find_model``.
        file_limit_s: a photo that takes longer is given up (``PROCESSES`` alone).
        progress: told after each photo.
        on_error: told path and reason of each file that failed.

    Returns:
        The counts at the end.

    Raises:
        OutputError: no such folder, or the table cannot be read or written.
        ModelError: the model cannot be loaded.
    """
    root, table = Path(folder), Path(out)
    if not root.is_dir():
        raise OutputError(f"Expected a folder of photos. Received: {as_text(root)}, which is none.")
    tell, complain = progress or (lambda _: None), on_error or (lambda _path, _why: None)
    # Loaded here once: a model that is missing is one error, not one for each file.
    version = load_classifier(model).model_version
    results = Results(table)
    known = results.known(version)
    refused: list[tuple[str, str]] = []
    found = sum(1 for _ in find_photos(root, on_error=lambda path, why: refused.append((path, why))))
    for path, why in refused:
        complain(path, why)
    counts = FolderProgress(found + len(refused), 0, len(refused), 0)
    seen: set[str] = set()

    def todo() -> Iterator[Task]:
        nonlocal counts
        for path, size_bytes, modified_ns in find_photos(root):
            name = as_text(path)
            seen.add(name)
            if known.get(name) == (size_bytes, modified_ns):
                counts = _counted(counts, kept=1)
            else:
                yield Task(os.fspath(root), path, size_bytes, modified_ns, model)

    tell(counts)
    rows = _rows(todo(), engine, workers or os.cpu_count() or 1, file_limit_s)
    with results:
        for row in rows:
            row["model_version"] = version
            results.add(row)
            if row["error"] is not None:
                complain(row["path"], row["error"])
            counts = _counted(counts, read=1, failed=int(row["error"] is not None))
            tell(counts)
    results.finish(seen)
    return counts


def _counted(counts: FolderProgress, *, read: int = 0, failed: int = 0, kept: int = 0) -> FolderProgress:
    return FolderProgress(counts.total, counts.read + read, counts.failed + failed, counts.kept + kept)


# --- finding -----------------------------------------------------------------------------------------


def find_photos(
    folder: Path, *, on_error: Callable[[str, str], None] | None = None
) -> Iterator[tuple[str, int, int]]:
    """Path below ``folder``, size and time of change of each file with a photo's ending, in order.

    Args:
        folder: where to begin.
        on_error: told path and reason of each folder that cannot be opened.
    """
    entered: set[tuple[int, int]] = set()

    def refuse(error: OSError) -> None:
        if on_error is not None:
            path = os.path.relpath(error.filename or folder, folder)
            on_error(as_text(path), f"Expected a folder that can be opened. Received: {error.strerror}.")

    for place, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        status = os.stat(place)  # noqa: PTH116 (a walk's string, once a folder)
        if (status.st_dev, status.st_ino) in entered:
            folders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.startswith(".") or name.rpartition(".")[2].lower() not in EXTENSIONS:
                continue
            path = os.path.join(place, name)  # noqa: PTH118
            try:
                status = os.stat(path)  # noqa: PTH116
                size_bytes, modified_ns = status.st_size, status.st_mtime_ns
            except OSError:  # a link to nowhere or to itself: the reading says so
                size_bytes, modified_ns = -1, -1
            yield os.path.relpath(path, folder), size_bytes, modified_ns


# --- reading -----------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _analyzer(model: str | None) -> FrameAnalyzer:
    # One photo a core: more threads of OpenCV would only stand in each other's way.
    cv2.setNumThreads(1)
    keep_freed_memory()
    return create_photo_analyzer(model)


def keep_freed_memory() -> None:
    """Lets this process keep what one photo frees for the next, up to 62 MB.

    glibc hands freed memory back to the system beyond twice the largest block that it has seen freed (of at
    most 32 MB; ``man mallopt``, M_MMAP_THRESHOLD). Fetching it again, page by page, took a fifth of the
    time of a photo of 640×480. A block that is never written to costs nothing; where the allocator is
    another one, nothing else happens.
    """
    block = np.empty(31 << 20, np.uint8)
    del block


def read_task(task: Task) -> Row:
    """Reads one photo into a row; what is wrong with the file is the row's ``error``."""
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


def _rows(tasks: Iterable[Task], engine: Engine, workers: int, file_limit_s: float) -> Iterator[Row]:
    if engine is Engine.RAY:
        from emotion.folder_ray import rows_by_ray

        return rows_by_ray(tasks, workers)
    return rows_by_processes(tasks, workers, file_limit_s)


def rows_by_processes(
    tasks: Iterable[Task],
    workers: int,
    file_limit_s: float = FILE_LIMIT_S,
    *,
    read: Callable[[Task], Row] = read_task,
) -> Iterator[Row]:
    """Reads photos in processes of their own, a few ahead, in order.

    Args:
        tasks: drawn as they are needed, so a long list costs no memory.
        workers: processes.
        file_limit_s: a process that takes longer over one photo is ended, and a new one takes its place.
        read: the per-file function; must be importable by its name.
    """
    # Spawned, not forked: a fork of a process with OpenCV's threads can lock up.
    pool: Any = ProcessPool(max_workers=workers, context=get_context("spawn"))
    ahead: deque[tuple[Task, Any]] = deque()
    try:
        for task in tasks:
            ahead.append((task, pool.schedule(read, args=(task,), timeout=file_limit_s)))
            if len(ahead) >= 4 * workers:
                yield _result(*ahead.popleft(), file_limit_s)
        while ahead:
            yield _result(*ahead.popleft(), file_limit_s)
        pool.close()
        pool.join()
    finally:
        pool.stop()
        pool.join()


def _result(task: Task, future: Any, file_limit_s: float) -> Row:
    try:
        row: Row = future.result()
    except (FutureTimeoutError, TimeoutError):
        return failed_row(
            task,
            f"Expected a picture that can be read in {file_limit_s:g} s. Received: one that takes longer.",
        )
    except ProcessExpired as error:
        return failed_row(
            task,
            "Expected a picture that can be read. Received: one that ended the process reading it "
            f"(exit code {error.exitcode}).",
        )
    except MemoryError:
        return failed_row(task, "Expected a picture that fits into memory. Received: one that does not.")
    return row


# --- keeping -----------------------------------------------------------------------------------------


class Results:
    """The table and its parts: rows added are safe soon, and the table changes whole or not at all.

    Args:
        table: path of the table; parts lie in ``<table>.parts`` until ``finish``.
        clock: says when a part is due.
    """

    def __init__(self, table: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.table = table
        self.parts = table.with_name(f"{table.name}.parts")
        self._clock = clock
        self._rows: list[Row] = []
        self._since_s = clock()

    def __enter__(self) -> Results:
        """Asks for the place to write to, before hours of work find that there is none.

        Raises:
            OutputError: there is none.
        """
        try:
            if self.table.is_dir():
                raise IsADirectoryError("a folder of that name")
            self.parts.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._no_place(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def known(self, model_version: str) -> dict[str, tuple[int, int]]:
        """Path → size and time of change of each photo that was read with this model.

        Raises:
            OutputError: the table of an earlier run is no such table.
        """
        known: dict[str, tuple[int, int]] = {}
        columns = ["path", "size_bytes", "modified_ns", "error", "model_version"]
        for source in self._sources():
            for batch in _batches(source, columns):
                for row in batch.to_pylist():
                    if row["error"] is None and row["model_version"] == model_version:
                        known[row["path"]] = (row["size_bytes"], row["modified_ns"])
                    else:
                        known.pop(row["path"], None)
        return known

    def add(self, row: Row) -> None:
        """Takes a row; now and then what was taken is written.

        Raises:
            OutputError: it cannot be written.
        """
        self._rows.append(row)
        if len(self._rows) >= PART_ROWS or self._clock() - self._since_s >= PART_AFTER_S:
            self.flush()

    def flush(self) -> None:
        """Writes what was taken as a part of its own.

        Raises:
            OutputError: it cannot be written.
        """
        self._since_s = self._clock()
        if not self._rows:
            return
        try:
            self.parts.mkdir(parents=True, exist_ok=True)
            path = self.parts / f"{len(list(self.parts.glob('*.parquet'))):06d}.parquet"
            partial = path.with_suffix(".partial")
            pq.write_table(pa.Table.from_pylist(self._rows, schema=SCHEMA), partial)
            partial.replace(path)
        except OSError as error:
            raise self._no_place(error) from error
        self._rows = []

    def finish(self, present: set[str]) -> None:
        """Writes the table anew: the last row of each file that is ``present``.

        Raises:
            OutputError: it cannot be written.
        """
        self.flush()
        sources = self._sources()
        last = {
            path: number
            for number, source in enumerate(sources)
            for batch in _batches(source, ["path"])
            for path in batch.column("path").to_pylist()
        }
        partial = self.table.with_name(f".{self.table.name}.partial")
        try:
            self.table.parent.mkdir(parents=True, exist_ok=True)
            with pq.ParquetWriter(partial, SCHEMA) as writer:
                for number, source in enumerate(sources):
                    for batch in _batches(source, SCHEMA.names):
                        paths = batch.column("path").to_pylist()
                        keep = pa.array([last[p] == number and p in present for p in paths], pa.bool_())
                        writer.write_batch(batch.filter(keep))
            partial.replace(self.table)
            shutil.rmtree(self.parts, ignore_errors=True)
        except OSError as error:
            raise self._no_place(error) from error

    def _no_place(self, error: OSError) -> OutputError:
        return OutputError(f"Expected a place to write {as_text(self.table)} to. Received: {error}")

    def _sources(self) -> list[Path]:
        """The table of an earlier run, then the parts of a run that did not end, oldest first."""
        return [p for p in (self.table, *sorted(self.parts.glob("*.parquet"))) if p.is_file()]


def _batches(source: Path, columns: list[str]) -> Iterator[Any]:
    try:
        with pq.ParquetFile(source) as file:
            if not file.schema_arrow.equals(SCHEMA):
                raise OutputError(
                    "Expected a table that this command wrote, or a new name. "
                    f"Received: {as_text(source)} with {file.schema_arrow.names}"
                )
            yield from file.iter_batches(batch_size=2000, columns=columns)
    except (pa.ArrowInvalid, OSError) as error:
        raise OutputError(
            f"Expected a table that this command wrote, or a new name. Received: {as_text(source)} ({error})"
        ) from error


def rows_of(table: str | os.PathLike[str]) -> Iterator[Row]:
    """The rows of a table that ``analyze_folder`` wrote, one after the other.

    Raises:
        OutputError: it is no such table.
    """
    for batch in _batches(Path(table), SCHEMA.names):
        yield from batch.to_pylist()
