"""Readings and WebRTC viewers per core of the front end: read in its process against on a cluster.

    python -m bench cluster [--seconds 15] [--sessions 4] [--viewers 2]

The cluster is ``python -m emotion serve`` on this machine, so it shares the cores; only the CPU time of the
front end, which is this process, is compared, and what the cluster took is told apart. Viewers are real: each
sends 30 pictures of 320×240 a second by WebRTC from a process of its own, through aiortc into the app's
camera, and is read 15 times a second at most. Pages and sockets are not part of it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

from bench.live import Row, print_rows, spent_s
from emotion.bootstrap import create_analyzer
from emotion.cluster.analyzer import create_cluster_analyzer
from emotion.cluster.join import PROJECT, import_ray
from emotion.cluster.service import ASK_WAIT_S, ClusterService
from emotion.errors import ClusterError
from emotion.faces import BgrImage
from emotion.live import Analyzer, LiveWorker
from emotion.types import SmoothingOptions
from tests.browser.clips import astronaut_face, frame, room
from tests.postgres import free_port
from ui.live.camera import CameraFeed

BY_NAME_ONLY = True
START_S, SETTLE_S = 120.0, 5.0

Create = Callable[[], Analyzer]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stretch of time took: readings, and CPU time of the front end and of the cluster."""

    readings: int
    took_s: float
    front_s: float
    cluster_s: float

    @property
    def per_core(self) -> float:
        """Readings for each second of a core of the front end."""
        return self.readings / self.front_s


def main(argv: Sequence[str]) -> int:
    """Measures and prints; returns 1 where a figure is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench cluster", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each way is measured")
    parser.add_argument("--sessions", type=int, default=4, help="that read as fast as they can")
    parser.add_argument("--viewers", type=int, default=2, help="that send their camera by WebRTC")
    given = parser.parse_args(argv)
    try:
        import_ray("serve")
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1
    with _cluster() as (address, pid):
        # Sessions that read as fast as they can keep each other waiting for longer than viewers would.
        patient, usual = ClusterService(address, wait_s=ASK_WAIT_S), ClusterService(address)
        patient.wait_until_asked(START_S)
        usual.wait_until_asked(START_S)
        here, there = (
            _read_fast(create, pid, given.sessions, given.seconds)
            for create in (create_analyzer, partial(create_cluster_analyzer, patient))
        )
        seen_here, seen_there = (
            _view(create, pid, given.viewers, given.seconds)
            for create in (create_analyzer, partial(create_cluster_analyzer, usual))
        )
    print_rows([*_readings(here, there), *_viewers(seen_here, seen_there, given.viewers)])
    missed = there.per_core < 2 * here.per_core or _viewers_per_core(seen_there, given.viewers) < 6
    return int(missed)


def _readings(here: Spent, there: Spent) -> Iterator[Row]:
    yield Row("readings/s per front-end core, in its process", f"{here.per_core:.0f}", "")
    times = there.per_core / here.per_core
    figure = f"{there.per_core:.0f} ({times:.1f}×)"
    yield Row("readings/s per front-end core, on a cluster", figure, "≥ 2×", times >= 2)
    rate = f"{there.readings / there.took_s:.0f}, {1000 * there.cluster_s / there.readings:.1f} ms"
    yield Row("on a cluster: readings/s, its CPU for each", rate, "")


def _viewers(here: Spent, there: Spent, viewers: int) -> Iterator[Row]:
    for spent, where, figure in ((here, "in its process", None), (there, "on a cluster", 6)):
        count = _viewers_per_core(spent, viewers)
        rate = spent.readings / spent.took_s / viewers
        yield Row(
            f"WebRTC viewers per front-end core, {where}",
            f"{count:.1f} (read {rate:.1f}/s)",
            f"≥ {figure}" if figure else "",
            count >= figure if figure else None,
        )


def _viewers_per_core(spent: Spent, viewers: int) -> float:
    return viewers * spent.took_s / spent.front_s


@contextlib.contextmanager
def _cluster() -> Iterator[tuple[str, int]]:
    """Address and process of a reader on this machine."""
    port = free_port()
    # A cluster of its own, whatever is set here.
    settings = ["env", "-u", "RAY_ADDRESS", "RAY_AUTH_MODE=disabled", "ATTUNE_ANALYZER_REPLICAS=2-2"]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [*settings, sys.executable, "-m", "emotion", "serve", "--port", str(port)],
            cwd=PROJECT, stdout=subprocess.PIPE, stderr=said, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip().removeprefix("ATTUNE_ANALYZER=")
            if not address:
                said.seek(0)
                raise ClusterError(f"Expected a cluster on this machine. Received: {said.read()[-500:]}")
            yield address, process.pid
        finally:
            process.terminate()
            process.wait(START_S)


def _cluster_s(pid: int) -> float:
    """Seconds of a processor that a process and all below it have taken so far; 0 where that is not known."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return sum(spent_s(one) or 0.0 for one in below)


def _measured(count: Callable[[], int], pid: int, seconds: float) -> Spent:
    before, began_s, front_s, cluster_s = count(), time.monotonic(), time.process_time(), _cluster_s(pid)
    time.sleep(seconds)
    return Spent(
        count() - before,
        time.monotonic() - began_s,
        time.process_time() - front_s,
        _cluster_s(pid) - cluster_s,
    )


def _picture() -> BgrImage:
    whole = frame(room(), astronaut_face(), 0.0)
    return np.asarray(cv2.resize(whole, (320, 240), interpolation=cv2.INTER_AREA), np.uint8)


def _read_fast(create: Create, pid: int, sessions: int, seconds: float) -> Spent:
    """Sessions that read one picture after the other."""
    picture, ended = _picture(), threading.Event()
    counts = [0] * sessions

    def session(number: int) -> None:
        analyzer = create()
        while not ended.is_set():
            if analyzer.analyze(picture, time.monotonic()) is not None:
                counts[number] += 1

    threads = [threading.Thread(target=session, args=(number,)) for number in range(sessions)]
    for thread in threads:
        thread.start()
    time.sleep(SETTLE_S)
    spent = _measured(lambda: sum(counts), pid, seconds)
    ended.set()
    for thread in threads:
        thread.join()
    return spent


# -- viewers -------------------------------------------------------------------------------------------------


class _Clip(VideoStreamTrack):
    """30 pictures a second of a face that moves a little."""

    def __init__(self) -> None:
        super().__init__()
        picture = _picture()
        self._pictures = [np.roll(picture, shift, axis=1) for shift in (0, 1, 2, 3, 2, 1)]
        self._sent = 0

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        made = VideoFrame.from_ndarray(self._pictures[self._sent % len(self._pictures)], format="bgr24")
        self._sent += 1
        made.pts, made.time_base = pts, time_base
        return made


def _send_camera(pipe: Pipe) -> None:
    """A viewer: offers a camera, takes the answer, and sends until it is told to stop."""

    async def send() -> None:
        peer = RTCPeerConnection()
        peer.addTrack(_Clip())
        await peer.setLocalDescription(await peer.createOffer())
        pipe.send(peer.localDescription.sdp)
        await peer.setRemoteDescription(RTCSessionDescription(pipe.recv(), "answer"))
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
        await peer.close()

    asyncio.run(send())


async def _take_camera(pipe: Pipe, feed: CameraFeed) -> RTCPeerConnection:
    """The app's end of a viewer's connection: every picture goes to its camera."""
    peer = RTCPeerConnection()
    tasks = set()

    async def take(track: VideoStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):  # the viewer has left
            while True:
                feed.on_frame(cast("VideoFrame", await track.recv()))

    @peer.on("track")
    def begin(track: VideoStreamTrack) -> None:
        tasks.add(asyncio.ensure_future(take(track)))

    loop = asyncio.get_running_loop()
    offer = await loop.run_in_executor(None, pipe.recv)
    await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await peer.setLocalDescription(await peer.createAnswer())
    pipe.send(peer.localDescription.sdp)
    return peer


def _view(create: Create, pid: int, viewers: int, seconds: float) -> Spent:
    """Viewers that send their camera."""
    feeds = [
        CameraFeed(SmoothingOptions(), lambda options: LiveWorker(create, options)) for _ in range(viewers)
    ]

    def count() -> int:
        shots = (feed.snapshot(time.monotonic()) for feed in feeds)
        return sum(shot.frames_analyzed for shot in shots if shot is not None)

    async def serve() -> Spent:
        spawn = multiprocessing.get_context("spawn")
        pipes, processes = [], []
        for _ in feeds:
            ours, theirs = spawn.Pipe()
            processes.append(spawn.Process(target=_send_camera, args=(theirs,)))
            processes[-1].start()
            pipes.append(ours)
        peers = [await _take_camera(pipe, feed) for pipe, feed in zip(pipes, feeds, strict=True)]
        await asyncio.sleep(2 * SETTLE_S)
        spent = await asyncio.get_running_loop().run_in_executor(None, _measured, count, pid, seconds)
        for pipe in pipes:
            pipe.send(None)
        for peer in peers:
            await peer.close()
        for process in processes:
            process.join()
        return spent

    spent = asyncio.run(serve())
    for feed in feeds:
        feed.close()
    return spent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
