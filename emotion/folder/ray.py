"""The same per-file reading under Ray Data, for folders that outgrow one machine.

Needs ``pip install -r requirements-scale.txt``. A running cluster is joined (``RAY_ADDRESS``, else one is
started on this machine); the folder and the project must be at the same paths on every machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from emotion.errors import OutputError
from emotion.folder.rows import Row, Task, read_task


class PhotoReader:
    """What each Ray worker holds: the loaded model lives as long as the worker."""

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """One task, as plain data, becomes one row; rows travel as JSON, which keeps every null a null."""
        return {"row": json.dumps(read_task(Task(**row)))}


def rows_by_ray(tasks: Iterable[Task], workers: int) -> Iterator[Row]:
    """Reads photos with ``workers`` Ray workers, in no order.

    Raises:
        OutputError: Ray is not installed.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise OutputError(
            "Expected Ray (pip install -r requirements-scale.txt). Received: it is not installed."
        ) from error
    return _rows(ray, [asdict(task) for task in tasks], workers)


def _rows(ray: Any, items: list[dict[str, Any]], workers: int) -> Iterator[Row]:
    if not items:
        return
    if not ray.is_initialized():
        # Ray would tell its makers that it was used; nothing of this project leaves the machine unasked.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(log_to_driver=False, configure_logging=False, include_dashboard=False)
    data = ray.data.from_items(items, override_num_blocks=min(len(items), 4 * workers))
    data = data.map(PhotoReader, compute=ray.data.ActorPoolStrategy(size=workers))
    for found in data.iter_rows():
        row: Row = json.loads(found["row"])
        yield row
