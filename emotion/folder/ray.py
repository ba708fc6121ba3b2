"""Reads photos with Ray Data, for folders that are too large for one machine.

Needs ``pip install -r requirements-scale.txt``. It joins a running cluster (``RAY_ADDRESS``) or starts one on
this machine. The folder and the project must be at the same paths on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from emotion.cluster.join import import_ray, join
from emotion.folder.rows import Row, Task, read_task


class PhotoReader:
    """What each Ray worker holds: a model, loaded once for the life of the worker."""

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Turns one task, as plain data, into one row; rows travel as JSON, which keeps nulls."""
        return {"row": json.dumps(read_task(Task(**row)))}


def rows_by_ray(tasks: Iterable[Task], workers: int) -> Iterator[Row]:
    """Reads photos with ``workers`` Ray workers, in any order.

    Raises:
        ClusterError: Ray is not installed, or there is no cluster at ``RAY_ADDRESS``.
    """
    return _rows(import_ray("data"), [asdict(task) for task in tasks], workers)


def _rows(ray: Any, items: list[dict[str, Any]], workers: int) -> Iterator[Row]:
    if not items:
        return
    join(ray)
    data = ray.data.from_items(items, override_num_blocks=min(len(items), 4 * workers))
    data = data.map(PhotoReader, compute=ray.data.ActorPoolStrategy(size=workers))
    for found in data.iter_rows():
        row: Row = json.loads(found["row"])
        yield row
