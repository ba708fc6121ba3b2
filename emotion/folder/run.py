"""Reads a folder of photos into one table, in parallel, and continues where an earlier run stopped.

Each photo is one task. While the work runs, rows go to small parts beside the table; the table is written
when all photos are read. A later run reads only photos that are new, changed, failed, or were read by another
model.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from emotion.errors import OutputError
from emotion.folder.processes import FILE_LIMIT_S, rows_by_processes
from emotion.folder.ray import rows_by_ray
from emotion.folder.rows import Row, Task
from emotion.folder.table import Results, table_of, write_csv
from emotion.images import EXTENSIONS
from emotion.installed import load_classifier
from emotion.records import as_text


class Engine(StrEnum):
    """How the work is run."""

    PROCESSES = "processes"
    RAY = "ray"


@dataclass(frozen=True, slots=True)
class FolderProgress:
    """The progress.

    Attributes:
        total: files in all, and folders that cannot be opened.
        read: read in this run.
        failed: could not be read in this run.
        kept: known from earlier runs.
    """

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
    """Reads every photo below a folder into a table.

    Files are chosen by their ending (``emotion.images.EXTENSIONS``) and opened by their content. Hidden
    files are left out. Linked folders are followed, but each folder only once, so loops end.

    Args:
        folder: where the photos are.
        out: the table, Parquet with a row a photo. If an earlier run wrote it, only new and changed photos
            are read. If the name ends in ``.csv``, CSV with a row a face is written, and the Parquet table,
            which the next run needs, lies beside it (``table_of``).
        engine: ``PROCESSES`` on this machine, or ``RAY`` on a Ray cluster (``requirements-scale.txt``).
        workers: how many photos at a time; the machine's cores when left out.
        model: see ``emotion.installed.find_model``.
        file_limit_s: a photo that takes longer is given up (only with ``PROCESSES``).
        progress: called after each photo.
        on_error: called with path and reason of each file that failed.

    Returns:
        The counts at the end.

    Raises:
        OutputError: no such folder, or the table cannot be read or written.
        ModelError: the model cannot be loaded.
    """
    root, table = Path(folder), table_of(out)
    if not root.is_dir():
        raise OutputError(f"Expected a folder of photos. Received: {as_text(root)}, which is none.")
    tell, complain = progress or (lambda _: None), on_error or (lambda _path, _why: None)
    # Loaded here first, so that a missing model is one error and not one for each file.
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
            failed = int(row["error"] is not None)
            counts = _counted(counts, read=1 - failed, failed=failed)
            tell(counts)
    results.finish(seen)
    if table != Path(out):
        write_csv(table, Path(out))
    return counts


def _counted(counts: FolderProgress, *, read: int = 0, failed: int = 0, kept: int = 0) -> FolderProgress:
    return FolderProgress(counts.total, counts.read + read, counts.failed + failed, counts.kept + kept)


def _rows(tasks: Iterable[Task], engine: Engine, workers: int, file_limit_s: float) -> Iterator[Row]:
    if engine is Engine.RAY:
        return rows_by_ray(tasks, workers)
    return rows_by_processes(tasks, workers, file_limit_s)


def find_photos(
    folder: Path, *, on_error: Callable[[str, str], None] | None = None
) -> Iterator[tuple[str, int, int]]:
    """Path below ``folder``, size and time of change of each file with a photo's ending, in order.

    Args:
        folder: where to begin.
        on_error: called with path and reason of each folder that cannot be opened.
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
            except OSError:  # a link to nowhere or to itself: reading it reports that
                size_bytes, modified_ns = -1, -1
            yield os.path.relpath(path, folder), size_bytes, modified_ns
