"""Who reads the pictures that viewers send: this process, or a cluster (``ATTUNE_ANALYZER``)."""

from __future__ import annotations

from functools import cache

from attune_settings import settings
from emotion.bootstrap import create_analyzer
from emotion.cluster.analyzer import create_cluster_analyzer
from emotion.cluster.service import ClusterService
from emotion.live import Analyzer


@cache
def _cluster(address: str) -> ClusterService:
    # One for all sessions: they share what is known of the cluster, and how much of it one process may use.
    return ClusterService(address)


def create_live_analyzer(model: str | None) -> Analyzer:
    """A warm analyzer for one session; call it in the thread that will use it.

    Args:
        model: name of the model that reads; None is the app's own.

    Raises:
        ModelError, DetectorError: as ``emotion.bootstrap.create_analyzer``.
    """
    address = settings().analyzer
    if address is None:
        return create_analyzer(model)
    return create_cluster_analyzer(_cluster(address), model)
