"""Reads photos with Ray Data, for folders that are too large for one machine.

Needs ``pip install -r requirements-scale.txt``. It joins a running cluster (``RAY_ADDRESS``) or starts one on
this machine. The folder and the project must be at the same paths on every machine.
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
    """What each Ray worker holds: a model, loaded once for the life of the worker."""

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Turns one task, as plain data, into one row; rows travel as JSON, which keeps nulls."""
        return {"row": json.dumps(read_task(Task(**row)))}


def rows_by_ray(tasks: Iterable[Task], workers: int) -> Iterator[Row]:
    """Reads photos with ``workers`` Ray workers, in any order.

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
        # Ray would report its use to its makers; this project sends nothing without being asked to.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(log_to_driver=False, configure_logging=False, include_dashboard=False)
    data = ray.data.from_items(items, override_num_blocks=min(len(items), 4 * workers))
    data = data.map(PhotoReader, compute=ray.data.ActorPoolStrategy(size=workers))
    for found in data.iter_rows():
        row: Row = json.loads(found["row"])
        yield row
