"""Reads photos in separate processes, so a file that hangs or kills its reader costs only that file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from multiprocessing import get_context
from typing import Any, Final

from pebble import ProcessExpired, ProcessPool

from emotion.folder.rows import Row, Task, failed_row, read_task

FILE_LIMIT_S: Final = 20.0
"""How long one photo may take before the reader gives it up."""


def rows_by_processes(
    tasks: Iterable[Task],
    workers: int,
    file_limit_s: float = FILE_LIMIT_S,
    *,
    read: Callable[[Task], Row] = read_task,
) -> Iterator[Row]:
    """Reads photos in separate processes, a few ahead, in order.

    Args:
        tasks: taken as they are needed, so a long list costs no memory.
        workers: processes.
        file_limit_s: a process that takes longer for one photo is ended and replaced.
        read: the per-file function; must be importable by its name.
    """
    # Spawned, not forked: a fork of a process with OpenCV's threads can deadlock.
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
