"""Many device viewers on one server: from a settled mood to its content, lost connections, cores, memory.

    python -m bench crowd [--viewers 100] [--seconds 60] [--demo] [--url http://…]

Every viewer has a real Streamlit session and a live socket, sends readings and fetches what is shown, see
``bench.device_viewer``. They run in this process, the server in one of its own, on the same machine: its
cores are processor seconds a second, so what the viewers take does not count. With ``--demo`` they have no
camera and pick an expression by hand every ten seconds. With ``--url`` an app that
runs already, on this machine, is visited instead, and its processor and memory are not looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.device_viewer import DeviceViewer, Script
from bench.live import Row, at_share, print_rows, resident_mb, spent_s
from tests.browser.conftest import AppServer, start_app, stop_app

BY_NAME_ONLY = True
SETTLE_S = 15.0
APART_S = 0.25
"""Between two viewers that open the page."""

TICK_S = 0.05
MOST_CORES, DEMO_CORES = 1.2, 0.01
"""Of the server: for a hundred viewers together, and for each one who picks an expression by hand."""


class Crowd:
    """Viewers that come one after the other and stay until they are sent away.

    Args:
        url: of the app, without a slash at the end.
        script: what their faces show.
        demo: they pick their expressions by hand.

    Attributes:
        everybody: who is or was here.
        delays_s: how late this process was at what it meant to do, twenty times a second. By so much the
            viewers themselves make everything seem slower than it is.
    """

    def __init__(self, url: str, script: Script, *, demo: bool = False) -> None:
        self._url, self._script, self._demo = url, script, demo
        self._tasks: dict[DeviceViewer, asyncio.Task[None]] = {}
        self._watch: asyncio.Task[None] | None = None
        self.everybody: list[DeviceViewer] = []
        self.delays_s: list[float] = []

    @property
    def viewers(self) -> list[DeviceViewer]:
        """Those that are here, in the order in which they came."""
        return list(self._tasks)

    async def come(self, count: int) -> None:
        """So many more; returns when all of them read."""
        self._watch = self._watch or asyncio.create_task(self._watch_delays())
        for _ in range(count):
            viewer = DeviceViewer(
                self._url, self._script, random.Random(len(self.everybody)), demo=self._demo
            )
            self.everybody.append(viewer)
            self._tasks[viewer] = asyncio.create_task(viewer.run())
            await asyncio.sleep(APART_S)
        async with asyncio.timeout(120):
            await asyncio.gather(*(viewer.reading() for viewer in self._tasks))
        await asyncio.sleep(SETTLE_S)

    async def leave(self, who: Sequence[DeviceViewer]) -> None:
        """These go."""
        tasks = [self._tasks.pop(viewer) for viewer in who]
        if not self._tasks and self._watch is not None:
            tasks.append(self._watch)
            self._watch = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch_delays(self) -> None:
        while True:
            due_s = time.monotonic() + TICK_S
            await asyncio.sleep(TICK_S)
            self.delays_s.append(time.monotonic() - due_s)

    @property
    def problems(self) -> list[str]:
        """What the viewers that are here have run into so far."""
        return [problem for viewer in self._tasks for problem in viewer.seen.problems]

    @property
    def lost(self) -> int:
        """Connections that they lost."""
        return sum(sum(viewer.seen.lost.values()) for viewer in self._tasks)

    @property
    def agreed(self) -> int:
        """How often they had to agree."""
        return sum(viewer.seen.agreed for viewer in self._tasks)


def tell_problems(problems: Sequence[str], most: int) -> None:
    """Prints each problem once, with how often it was there; ``most`` of them."""
    for problem in sorted(set(problems))[:most]:
        print(f"{problems.count(problem)} times: {problem}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a server has taken by a moment."""

    at_s: float
    cores_s: float | None


def main(argv: Sequence[str]) -> int:
    """Measures and prints; returns 1 where a figure is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench crowd", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long is measured")
    parser.add_argument("--readings", type=float, default=5.0, help="that a device makes a second")
    parser.add_argument("--demo", action="store_true", help="expressions are picked by hand")
    parser.add_argument("--url", help="of an app that runs already on this machine")
    given = parser.parse_args(argv)
    script = Script(readings_a_second=given.readings)
    with _server(given.url) as (url, server):
        crowd = Crowd(url, script, demo=given.demo)
        most_cores = DEMO_CORES * given.viewers if given.demo else MOST_CORES
        rows = list(asyncio.run(visit(crowd, given.viewers, given.seconds, server, most_cores)))
    print_rows(rows)
    return 1 if any(row.met is False for row in rows) else 0


@contextmanager
def _server(url: str | None) -> Iterator[tuple[str, AppServer | None]]:
    if url is not None:
        yield url.rstrip("/"), None
        return
    with tempfile.TemporaryDirectory() as folder:
        server = start_app(Path(folder) / "app", {"ATTUNE_READER": "device"})
        try:
            yield server.url, server
        finally:
            stop_app(server)


def _spent(server: AppServer | None) -> Spent:
    return Spent(time.monotonic(), spent_s(server.process.pid) if server is not None else None)


async def visit(
    crowd: Crowd, count: int, seconds: float, server: AppServer | None, most_cores: float
) -> list[Row]:
    """So many viewers for so long; what they saw.

    Args:
        crowd: nobody is there yet.
        count: of viewers.
        seconds: that are measured, once all of them are there.
        server: whose processor and memory are looked at, if any.
        most_cores: that it may take.
    """
    await crowd.come(count)
    viewers = crowd.viewers
    before = _spent(server)
    marks = [(len(v.seen.took_s), v.seen.settled, v.seen.answered, v.seen.runs) for v in viewers]
    await asyncio.sleep(seconds)
    after = _spent(server)
    memory_mb = resident_mb(server.process.pid) if server is not None else None
    took_s = sorted(
        s for viewer, mark in zip(viewers, marks, strict=True) for s in viewer.seen.took_s[mark[0] :]
    )
    settled, answered, runs = (
        sum(counts) - sum(mark[n] for mark in marks)
        for n, counts in enumerate(
            zip(*((v.seen.settled, v.seen.answered, v.seen.runs) for v in viewers), strict=True), start=1
        )
    )
    lost, problems = crowd.lost, crowd.problems
    await crowd.leave(viewers)
    tell_problems(problems, 10)
    return list(_rows(took_s, settled, answered, runs, seconds, lost, before, after, memory_mb, most_cores))


def _rows(
    took_s: Sequence[float],
    settled: int,
    answered: int,
    runs: int,
    seconds: float,
    lost: int,
    before: Spent,
    after: Spent,
    memory_mb: float | None,
    most_cores: float,
) -> Iterator[Row]:
    if took_s:
        p50_s, p95_s = (at_share(took_s, share) for share in (0.5, 0.95))
        yield Row(f"mood to content, p50 of {len(took_s)}", f"{p50_s:.2f} s", "")
        yield Row(f"mood to content, p95 of {len(took_s)}", f"{p95_s:.2f} s", "≤ 1 s", p95_s <= 1)
    # The last ones may still be under way.
    followed = settled > 0 and answered >= 0.95 * settled
    yield Row("moods that settled; followed by content", f"{settled}; {answered}", "≥ 95%", followed)
    yield Row("runs of the stage a second", f"{runs / seconds:.1f}", "")
    yield Row("connections lost", str(lost), "0", lost == 0)
    if before.cores_s is not None and after.cores_s is not None:
        cores = (after.cores_s - before.cores_s) / (after.at_s - before.at_s)
        yield Row("server, cores", f"{cores:.2f}", f"≤ {most_cores:.1f}", cores <= most_cores)
    if memory_mb is not None:
        yield Row("server memory", f"{memory_mb:.0f} MB", "≤ 1000 MB", memory_mb <= 1000)
