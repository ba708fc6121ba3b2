"""The reader as a Ray Serve deployment, which runs in the cluster's processes.

Ray Serve's own HTTP proxy hands each picture to a replica through a ``DeploymentHandle``, to the less busy
one of two. A replica gathers what waits, from all sessions and front ends, and reads it in one batch.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import cv2
from ray import serve
from ray.serve.config import AutoscalingConfig, HTTPOptions
from starlette.requests import Request
from starlette.responses import Response

from emotion.analysis import FrameAnalyzer
from emotion.bootstrap import create_analyzer
from emotion.cluster.join import PROJECT
from emotion.cluster.wire import ROUTE, WITHIN_HEADER, Answer, decode_picture, encode_answer
from emotion.errors import ImageError

APP: Final = "attune-reader"
MOST_IN_BATCH, GATHER_S = 8, 0.004
"""A batch is read when it has so many pictures, or its first one has waited so long."""
MOST_WAITING: Final = 64
"""So many pictures wait at each proxy for a replica; one more is answered with 503 at once."""
LONGEST_WAIT_MS: Final = 10_000.0
OK, BAD_REQUEST, TOO_LATE = 200, 400, 408


@dataclass(frozen=True, slots=True)
class Waiting:
    """A picture that waits to be read, until ``until_s`` of this process's monotonic clock."""

    picture: bytes
    until_s: float


class Reader:
    """A model, loaded once for the life of a replica, and the thread that it belongs to.

    Args:
        model: see ``emotion.installed.find_model``.
    """

    def __init__(self, model: str | None) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._analyzer: FrameAnalyzer = self._thread.submit(self._load, model).result()

    @staticmethod
    def _load(model: str | None) -> FrameAnalyzer:
        # A replica has one core of the cluster, and the others read there too.
        cv2.setNumThreads(1)
        # Which detections are accepted is for the front end to say: it knows the session.
        return create_analyzer(model, persistence=None)

    async def __call__(self, request: Request) -> Response:
        """Answers one picture: its readings, or a status that says why there are none."""
        try:
            within_ms = min(float(request.headers.get(WITHIN_HEADER, LONGEST_WAIT_MS)), LONGEST_WAIT_MS)
        except ValueError:
            return Response(status_code=BAD_REQUEST)
        waiting = Waiting(await request.body(), time.monotonic() + within_ms / 1000)
        said: bytes | int = await self.read(waiting)
        if isinstance(said, int):
            return Response(status_code=said)
        return Response(said, media_type="application/json")

    @serve.batch(max_batch_size=MOST_IN_BATCH, batch_wait_timeout_s=GATHER_S)
    async def read(self, waiting: list[Waiting]) -> list[bytes | int]:
        """The answer, as JSON, or the status of each picture."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._read_all, waiting)

    def _read_all(self, waiting: list[Waiting]) -> list[bytes | int]:
        said: list[bytes | int] = [TOO_LATE] * len(waiting)
        frames = {}
        now_s = time.monotonic()
        for place, one in enumerate(waiting):
            if one.until_s < now_s:
                continue
            try:
                frames[place] = decode_picture(one.picture)
            except ImageError:
                said[place] = BAD_REQUEST
        found = self._analyzer.analyze_all(list(frames.values()))
        for place, readings in zip(frames, found, strict=True):
            said[place] = encode_answer(Answer(self._analyzer.model_version, readings))
        return said

    async def check_health(self) -> None:
        """Reads once. What raises, or hangs, is replaced by Ray Serve."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._analyzer.warm_up)


def deploy(model: str | None, *, least: int, most: int, host: str, port: int) -> None:
    """Puts the reader on the cluster that this process has joined, in place of an earlier one.

    Returns when it answers.

    Args:
        model: see ``emotion.installed.find_model``, on the cluster's machines.
        least: replicas that are always there.
        most: replicas when many pictures come.
        host: the address of each machine at which Ray Serve listens; only before it runs.
        port: as ``host``.
    """
    serve.start(proxy_location="EveryNode", http_options=HTTPOptions(host=host, port=port))
    deployment: Any = serve.deployment(Reader).options(
        name="reader",
        autoscaling_config=AutoscalingConfig(
            min_replicas=least,
            max_replicas=most,
            initial_replicas=least,
            target_ongoing_requests=MOST_IN_BATCH / 2,
            upscale_delay_s=5,
            downscale_delay_s=120,
        ),
        max_ongoing_requests=2 * MOST_IN_BATCH,
        max_queued_requests=MOST_WAITING,
        health_check_period_s=5,
        health_check_timeout_s=10,
        graceful_shutdown_timeout_s=5,
        ray_actor_options={"num_cpus": 1, "runtime_env": {"env_vars": {"PYTHONPATH": str(PROJECT)}}},
    )
    serve.run(deployment.bind(model), name=APP, route_prefix=ROUTE)
