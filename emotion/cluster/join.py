"""Joins a Ray cluster, or starts one on this machine; for the reader of live pictures and for folders."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, Final

from emotion.errors import ClusterError

PROJECT: Final = Path(__file__).resolve().parents[2]


def import_ray(part: str) -> Any:
    """The module ``ray``, with one of its parts loaded.

    Args:
        part: ``data`` or ``serve``.

    Raises:
        ClusterError: Ray or the part is not installed.
    """
    try:
        importlib.import_module(f"ray.{part}")
        return importlib.import_module("ray")
    except ImportError as error:
        raise ClusterError(
            f"Expected Ray with ray[{part}] (pip install -r requirements-scale.txt). "
            f"Received: it is not installed ({error.name})."
        ) from error


def join(ray: Any, address: str | None = None) -> None:
    """Joins the cluster, or starts one on this machine; does nothing where that was done before.

    Args:
        ray: the module.
        address: ``host:port`` of the cluster's head. Left out: ``RAY_ADDRESS``, else one on this machine.

    Raises:
        ClusterError: there is none at that address.
    """
    if ray.is_initialized():
        return
    # Ray would report its use to its makers; this project sends nothing without being asked to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Of a cluster that this starts. Pictures are too small for its object store; whatever else comes into
    # that stays in memory.
    os.environ.setdefault("RAY_automatic_object_spilling_enabled", "0")
    try:
        ray.init(address=address, log_to_driver=False, configure_logging=False, include_dashboard=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = f" at {address}" if address else ""
        reason = str(error).partition("\n")[0]
        raise ClusterError(f"Expected a Ray cluster{where}. Received: {reason}") from error
