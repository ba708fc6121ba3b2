"""The reader on a real Ray cluster of this machine: same readings, replicas that end, a cluster that goes."""

from __future__ import annotations

import importlib
import os
import signal
import threading
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from emotion.bootstrap import create_analyzer
from emotion.cluster.analyzer import ClusterAnalyzer, create_cluster_analyzer
from emotion.cluster.join import import_ray
from emotion.cluster.service import ClusterService
from emotion.cluster.wire import MOST_BYTES, encode_picture
from tests.emotion.waiting import wait_for
from tests.postgres import free_port


def serve_is_installed() -> bool:
    try:
        importlib.import_module("ray.serve")
    except ImportError:
        return False
    return True


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not serve_is_installed(),
        reason="RAY SERVE IS NOT INSTALLED, reading on a cluster is NOT TESTED: "
        "pip install -r requirements-scale.txt",
    ),
]
PATIENT_S = 30.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster of two replicas, each a process of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RAY_ADDRESS", raising=False)
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # Without this a token is written to the home folder.
        patch.setenv("RAY_AUTH_MODE", "disabled")
        ray = import_ray("serve")
        from emotion.cluster.replica import deploy

        # A core for each replica, whatever the machine has.
        ray.init(
            num_cpus=3, include_dashboard=False, object_store_memory=100 * 2**20, log_to_driver=False,
            configure_logging=False,
        )  # fmt: skip
        try:
            port = free_port()
            deploy(None, least=2, most=2, host="127.0.0.1", port=port)
            yield f"ray://127.0.0.1:{port}"
        finally:
            ray.shutdown()


@pytest.fixture
def service(cluster: str) -> ClusterService:
    made = ClusterService(cluster, wait_s=PATIENT_S)
    made.wait_until_asked(PATIENT_S)
    return made


@pytest.fixture(scope="module")
def frames(astronaut_bgr: np.ndarray) -> list[np.ndarray]:
    """A face in twelve places, and two frames without one."""
    small = cv2.resize(astronaut_bgr, (320, 320), interpolation=cv2.INTER_AREA)
    moved = [np.roll(small, 4 * k, axis=1) for k in range(12)]
    return [*moved, np.full_like(small, 90), np.zeros_like(small)]


def replicas() -> list[int]:
    """Process ids of the replicas that live."""
    from ray._private.state import actors

    found = actors(actor_state_name="ALIVE").values()
    return [a["Pid"] for a in found if "ServeReplica" in a["ActorClassName"]]


def test_the_same_readings_as_in_this_process(service: ClusterService, frames: list[np.ndarray]) -> None:
    here = create_analyzer(persistence=None)
    ways = [service.connect() for _ in frames]
    found: list = [None] * len(frames)

    def read(place: int) -> None:
        found[place] = service.read(ways[place], encode_picture(frames[place])[0])

    # All at once, as from as many sessions: they are read in batches.
    threads = [threading.Thread(target=read, args=(place,)) for place in range(len(frames))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    faces = 0
    for frame, theirs in zip(frames, found, strict=True):
        ours = here.analyze(frame)
        assert theirs is not None and len(theirs) == len(ours)
        for a, b in zip(theirs, ours, strict=True):
            faces += 1
            assert a.quality == b.quality and a.scores.top is b.scores.top
            np.testing.assert_allclose(a.scores.probabilities, b.scores.probabilities, atol=0.05)
            np.testing.assert_allclose(
                (a.box.x_px, a.box.y_px, a.box.width_px, a.box.height_px),
                (b.box.x_px, b.box.y_px, b.box.width_px, b.box.height_px),
                atol=2,
            )
    assert faces == 12
    for way in ways:
        way.close()


def objects_kept() -> int:
    """How many objects were ever put into Ray's object store, which may be written to disk."""
    import ray
    from ray._private.internal_api import node_stats

    (node,) = ray.nodes()
    stats = node_stats(node["NodeManagerAddress"], node["NodeManagerPort"])
    return int(stats.store_stats.cumulative_created_objects)


def test_no_picture_gets_into_the_object_store(service: ClusterService) -> None:
    import ray

    before = objects_kept()
    ray.get(ray.put(bytes(2 * MOST_BYTES)))
    assert objects_kept() == before + 1, "the count counts"
    grain = np.random.default_rng(0).integers(0, 256, (640, 640, 3), dtype=np.uint8)
    picture, _ = encode_picture(cv2.GaussianBlur(grain, (0, 0), 0.8))
    assert len(picture) > 0.7 * MOST_BYTES, "about the largest that there is"
    way = service.connect()
    for _ in range(3):
        assert service.read(way, picture) is not None
    way.close()
    assert objects_kept() == before + 1


def test_a_replica_that_is_killed_loses_only_the_frames_under_way(
    service: ClusterService, frames: list[np.ndarray]
) -> None:
    analyzers = [create_cluster_analyzer(service) for _ in range(3)]
    ended, killed = threading.Event(), threading.Event()
    dropped: list[int] = []
    read_after: list[int] = []

    def view(analyzer: ClusterAnalyzer) -> None:
        number, after = 0, 0
        while not ended.is_set():
            found = analyzer.analyze(frames[0], number / 10)
            number += 1
            if found is None:
                dropped.append(number)
            elif killed.is_set():
                after += 1
                if after == 20:
                    read_after.append(number)

    threads = [threading.Thread(target=view, args=(a,)) for a in analyzers]
    victims = replicas()
    assert len(victims) == 2
    for thread in threads:
        thread.start()
    os.kill(victims[0], signal.SIGKILL)
    killed.set()
    try:
        wait_for(lambda: len(read_after) == 3)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert len(dropped) <= len(analyzers), "one frame of a session at most"
    assert all(a._local is None for a in analyzers), "the cluster was used throughout"


def test_a_cluster_without_its_reader_is_away_and_used_again_when_it_is_back(
    cluster: str, frames: list[np.ndarray]
) -> None:
    from ray import serve

    from emotion.cluster.replica import APP, deploy

    serve.delete(APP)
    service = ClusterService(cluster, wait_s=PATIENT_S, pause=threading.Event().wait)
    analyzer = create_cluster_analyzer(service)
    assert not service.reads_with(analyzer.model_version)
    analyzer.analyze(frames[0], 0.0)
    assert len(analyzer.analyze(frames[0], 0.1)) == 1 and analyzer._local is not None
    deploy(None, least=1, most=1, host="127.0.0.1", port=int(cluster.rpartition(":")[2]))
    wait_for(lambda: service.reads_with(analyzer.model_version))
    assert len(analyzer.analyze(frames[0], 0.2)) == 1 and analyzer._local is None
