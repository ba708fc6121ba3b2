"""Two processes behind nginx on one PostgreSQL: a crowd, an edit, a process that is killed, an update.

    python -m bench replicas [--viewers 200] [--every 20] [--seconds 60] [--stay 50] [--edits 20]

Everything runs on this machine: PostgreSQL, nginx with the configuration that is shipped, two replicas of the
app, and the viewers (``bench.device_viewer``: real sessions and live sockets without a browser). First all
viewers watch for ``--seconds``. Then all but ``--stay`` leave, the catalog is edited, and both replicas are
updated one after the other. Others come until each replica has ``--stay`` viewers, and one replica is killed
and started again. At the end each event that a replica has acknowledged must be in the database once.

What the viewers and all else on this machine take is told apart from what the replicas take, and by how much
the viewers themselves were late: where that is more than a tenth of a second, the machine was too small or
too busy for what was asked, and the other figures say little.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select

from bench.crowd import SETTLE_S, Crowd, tell_problems
from bench.device_viewer import DeviceViewer, Script
from bench.impressions import rows_in
from bench.live import Row, at_share, print_rows, resident_mb, spent_s
from content.catalog.store import CatalogStore
from content.database import open_engine, reading
from content.tables import events, impressions
from content.types import Kind
from tests.browser.conftest import start_app, stop_app
from tests.browser.proxies import nginx
from tests.postgres import PostgresServer, start_postgres
from ui.live.device import assets

BY_NAME_ONLY = True
NAMES = ("a", "b")
"""Of the replicas, as nginx's configuration calls them."""

BACK_WITHIN_S, EDIT_WITHIN_S = 60.0, 10.0
LOST_CONNECTION = ("page: ", "live socket: ")


class Site:
    """Two replicas, the proxy before them and the database behind them.

    Args:
        folder: of the replicas, each with a folder of its own in it.
        database_url: PostgreSQL.
    """

    def __init__(self, folder: Path, database_url: str) -> None:
        self._folder = folder
        self._environ = {
            "DATABASE_URL": database_url,
            "ATTUNE_MEDIA_DIR": str(folder / "media"),
            "ATTUNE_READER": "device",
        }
        self.engine = open_engine(database_url)
        self.replicas = [start_app(folder / name, self._environ) for name in NAMES]

    def restart(self, which: int, *, kill: bool) -> None:
        """Ends a replica and starts it again on its port; returns when it answers."""
        before = self.replicas[which]
        if kill:
            before.process.kill()
            before.process.wait()
        else:
            stop_app(before)
        self.replicas[which] = start_app(before.folder, self._environ, port=before.port)

    def edit(self, words: str) -> float:
        """Gives every ad other words, as an editor's bulk edit does; returns when that was kept."""
        store = CatalogStore(self.engine)
        with store.transaction("bench") as work:
            for item in store.load().items:
                if item.kind is Kind.AD:
                    work.save(replace(item, headline=words), item.version)
        return time.monotonic()

    def close(self) -> None:
        """Ends the replicas."""
        self.engine.dispose()
        for replica in self.replicas:
            stop_app(replica)


def main(argv: Sequence[str]) -> int:
    """Measures and prints; returns 1 where a figure is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench replicas", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the crowd is measured")
    parser.add_argument("--every", type=float, default=20.0, help="seconds of each expression")
    parser.add_argument("--stay", type=int, default=50, help="viewers of an update, and of a killed replica")
    parser.add_argument("--edits", type=int, default=20)
    given = parser.parse_args(argv)
    rows: list[Row] = []
    with _site() as (site, url):
        if site is None:
            print("Expected PostgreSQL, nginx and their programs. Received: none", file=sys.stderr)
            return 2
        try:
            asyncio.run(_measure(site, url, given, rows.append))
        finally:
            print_rows(rows)
    return 1 if any(row.met is False for row in rows) else 0


@contextmanager
def _site() -> Iterator[tuple[Site | None, str]]:
    # In a fresh checkout this exports and compresses the networks for browsers, which is no viewer's time.
    assets.load()
    database: PostgresServer | None = start_postgres()
    if database is None:
        yield None, ""
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            site = Site(Path(folder), database.new_address())
            try:
                with nginx(Path(folder) / "nginx", *(replica.url for replica in site.replicas)) as url:
                    # Its name is known to browsers alone.
                    yield site, f"http://127.0.0.1:{url.rsplit(':', 1)[1]}"
            finally:
                site.close()
    finally:
        database.close()


async def _measure(site: Site, url: str, given: argparse.Namespace, tell: Callable[[Row], None]) -> None:
    crowd = Crowd(url, Script(every_s=given.every))
    await crowd.come(given.viewers)
    for row in await _watch(site, crowd, given.seconds):
        tell(row)
    await crowd.leave(left_over(crowd.viewers, given.stay))
    for row in await _edits(site, crowd, given.edits):
        tell(row)
    for row in await _update(site, crowd):
        tell(row)
    await _even_out(crowd, given.stay)
    for row in await _lose(site, crowd, given.stay):
        tell(row)
    for row in await _ledger(site, crowd):
        tell(row)


def _by_replica(crowd: Crowd) -> dict[str, int]:
    """How many viewers each replica has."""
    return {name: sum(viewer.replica == name for viewer in crowd.viewers) for name in NAMES}


async def _even_out(crowd: Crowd, stay: int) -> None:
    """Others come until each replica has so many viewers, and who is too many there goes."""
    missing = max(stay - count for count in _by_replica(crowd).values())
    if missing > 0:
        # The proxy shares newcomers out evenly.
        await crowd.come(len(NAMES) * missing)
    for name in NAMES:
        await crowd.leave([viewer for viewer in crowd.viewers if viewer.replica == name][stay:])
    await asyncio.sleep(SETTLE_S)


def left_over(viewers: Sequence[DeviceViewer], stay: int) -> list[DeviceViewer]:
    """Who goes, so that so many stay: the last that came first, from each replica in turn."""
    waiting = {name: [one for one in viewers if one.replica == name] for name in {v.replica for v in viewers}}
    gone: list[DeviceViewer] = []
    while len(viewers) - len(gone) > stay:
        fullest = max(sorted(waiting), key=lambda name: len(waiting[name]))
        gone.append(waiting[fullest].pop())
    return gone


@dataclass(frozen=True, slots=True)
class _Spent:
    """Seconds of processors so far: of each replica, of the viewers, and of the whole machine."""

    at_s: float
    replicas: tuple[float, ...]
    viewers: float
    machine: float


def _spent(site: Site) -> _Spent | None:
    """None where Linux does not count it."""
    stat = Path("/proc/stat")
    replicas = tuple(s for one in site.replicas if (s := spent_s(one.process.pid)) is not None)
    if len(replicas) < len(site.replicas) or not stat.exists():
        return None
    user, nice, system, _idle, _waiting, *interrupts = (
        stat.read_text(encoding="ascii").split("\n")[0].split()[1:8]
    )
    ticks = sum(int(one) for one in (user, nice, system, *interrupts))
    return _Spent(time.monotonic(), replicas, time.process_time(), ticks / os.sysconf("SC_CLK_TCK"))


def _cores(before: _Spent | None, after: _Spent | None) -> Iterator[Row]:
    if before is None or after is None:
        return
    lasted_s = after.at_s - before.at_s
    cores = [(b - a) / lasted_s for a, b in zip(before.replicas, after.replicas, strict=True)]
    viewers = (after.viewers - before.viewers) / lasted_s
    rest = max(0.0, (after.machine - before.machine) / lasted_s - sum(cores) - viewers)
    yield Row("cores of the two replicas", " + ".join(f"{c:.2f}" for c in cores))
    yield Row("cores of the viewers themselves", f"{viewers:.2f}")
    yield Row("cores of nginx, PostgreSQL and other programs", f"{rest:.2f}")


def _delay(during: str, crowd: Crowd, mark: int) -> Row:
    """By how much the viewers were late since there were so many measurements of it."""
    p95_s = at_share(sorted(crowd.delays_s[mark:]), 0.95)
    return Row(f"viewers' own delay {during}, p95", f"{p95_s:.2f} s", "≤ 0.1 s", p95_s <= 0.1)


async def _watch(site: Site, crowd: Crowd, seconds: float) -> list[Row]:
    """The crowd, with nothing out of the ordinary."""
    viewers, late = crowd.viewers, len(crowd.delays_s)
    marks = [len(viewer.seen.took_s) for viewer in viewers]
    received, written = sum(viewer.seen.received for viewer in viewers), rows_in(site.engine)
    before = _spent(site)
    began_s = time.monotonic()
    await asyncio.sleep(seconds)
    lasted_s = time.monotonic() - began_s
    cores = list(_cores(before, _spent(site)))
    received = sum(viewer.seen.received for viewer in viewers) - received
    written = rows_in(site.engine) - written
    took_s = sorted(s for v, mark in zip(viewers, marks, strict=True) for s in v.seen.took_s[mark:])
    lost = crowd.lost
    memory_mb = [resident_mb(replica.process.pid) or 0.0 for replica in site.replicas]
    by_replica = " + ".join(str(count) for count in _by_replica(crowd).values())
    rows = [
        Row("viewers of the two replicas", by_replica),
        Row(f"connections that {len(viewers)} viewers lost", str(lost), "0", lost == 0),
        *cores,
        _delay("meanwhile", crowd, late),
    ]
    if took_s:
        p95_s = at_share(took_s, 0.95)
        rows.insert(
            1, Row(f"mood to content, p95 of {len(took_s)}", f"{p95_s:.2f} s", "≤ 1.5 s", p95_s <= 1.5)
        )
    rows.append(Row("memory of the two replicas", " + ".join(f"{mb:.0f} MB" for mb in memory_mb)))
    for what, sort, total in (("sent", "kB/s", received / 1000), ("records", "rows/s", written)):
        rows.append(Row(f"{what} for a viewer", f"{total / lasted_s / len(viewers):.2f} {sort}"))
    return rows


class _Ear:
    """Hears when words that were edited are drawn on a viewer's page."""

    def __init__(self, viewer: DeviceViewer, words: str) -> None:
        self._words = words
        self.heard = asyncio.Event()
        self.at_s = 0.0
        viewer.hears = self._hears

    def _hears(self, body: str) -> None:
        if self._words in body and not self.heard.is_set():
            self.at_s = time.monotonic()
            self.heard.set()


async def _edits(site: Site, crowd: Crowd, count: int) -> list[Row]:
    """From an edit that is kept to each replica's first page that shows it, and to every page."""
    first_s: list[float] = []
    took_s: list[float] = []
    missed = 0
    for n in range(count):
        words = f"Edit number {n}."
        ears = [_Ear(viewer, words) for viewer in crowd.viewers]
        kept_s = await asyncio.to_thread(site.edit, words)
        with suppress(TimeoutError):
            async with asyncio.timeout(EDIT_WITHIN_S):
                await asyncio.gather(*(ear.heard.wait() for ear in ears))
        by_replica: dict[str, list[float]] = {}
        for viewer, ear in zip(crowd.viewers, ears, strict=True):
            if ear.heard.is_set():
                by_replica.setdefault(viewer.replica, []).append(max(0.0, ear.at_s - kept_s))
        first_s += [min(there) for there in by_replica.values()]
        took_s += [one for there in by_replica.values() for one in there]
        missed += sum(not ear.heard.is_set() for ear in ears)
    pages = f"edit to the page of each viewer, p95 of {len(took_s)}"
    if missed or not took_s:
        return [Row(pages, f"{missed} never came", "≤ 1 s", False)]
    rows = [(f"edit to each replica, p95 of {len(first_s)}", first_s), (pages, took_s)]
    p95s = [(what, at_share(sorted(s), 0.95)) for what, s in rows]
    return [Row(what, f"{p95_s:.2f} s", "≤ 1 s", p95_s <= 1) for what, p95_s in p95s]


async def _lose(site: Site, crowd: Crowd, at_least: int) -> list[Row]:
    """One replica is killed, and started again when its viewers have gone on in the other one."""
    agreed, late = crowd.agreed, len(crowd.delays_s)
    there = _by_replica(crowd)
    name = max(NAMES, key=lambda name: there[name])
    before = [(viewer, len(viewer.seen.back_at_s)) for viewer in crowd.viewers if viewer.replica == name]
    site.replicas[NAMES.index(name)].process.kill()
    back_s = await _back(before, time.monotonic())
    delay = _delay("while they came back", crowd, late)
    await asyncio.to_thread(site.restart, NAMES.index(name), kill=True)
    await asyncio.sleep(SETTLE_S)
    asked = crowd.agreed - agreed
    what = (
        f"{len(back_s)} viewers of a killed replica, to {len(crowd.viewers) - len(back_s)} others: back after"
    )
    back = [one for one in back_s if one is not None]
    if len(back) < len(back_s) or not back:
        row = Row(what, f"{len(back_s) - len(back)} not at all", "≤ 5 s", False)
    else:
        row = Row(what, f"{max(back):.1f} s", "≤ 5 s", max(back) <= 5 and len(back) >= at_least)
    return [row, delay, Row("asked again for consent", str(asked), "0", asked == 0)]


async def _update(site: Site, crowd: Crowd) -> list[Row]:
    """Both replicas are stopped and started again, one after the other."""
    before, agreed, known = [len(v.seen.back_at_s) for v in crowd.viewers], crowd.agreed, len(crowd.problems)
    for which in range(len(site.replicas)):
        await asyncio.to_thread(site.restart, which, kill=False)
        # As deploy/update.sh does.
        await asyncio.sleep(5)
    await asyncio.sleep(SETTLE_S)
    moved = sum(len(v.seen.back_at_s) - mark for v, mark in zip(crowd.viewers, before, strict=True))
    seen = [one for one in crowd.problems[known:] if not one.startswith(LOST_CONNECTION)]
    tell_problems(seen, 5)
    errors = len(seen) + crowd.agreed - agreed
    return [
        Row("viewers that an update moved", str(moved), ""),
        Row("errors that viewers saw of the update", str(errors), "0", errors == 0),
    ]


async def _back(before: Sequence[tuple[DeviceViewer, int]], since_s: float) -> list[float | None]:
    """When viewers that lost their page had it again, in seconds; None for one that has not.

    Args:
        before: who, and how often it had its page again before that.
        since_s: when it was lost, monotonic seconds.
    """
    give_up_s = since_s + BACK_WITHIN_S
    while any(len(v.seen.back_at_s) == mark for v, mark in before) and time.monotonic() < give_up_s:
        await asyncio.sleep(0.1)
    return [
        viewer.seen.back_at_s[mark] - since_s if len(viewer.seen.back_at_s) > mark else None
        for viewer, mark in before
    ]


async def _ledger(site: Site, crowd: Crowd) -> list[Row]:
    """Each event that was taken is in the database once, and so is its impression."""
    give_up_s = time.monotonic() + BACK_WITHIN_S
    while any(viewer.outbox for viewer in crowd.viewers) and time.monotonic() < give_up_s:
        # New events come in all the time; what matters is that none of them waits for ever.
        await asyncio.sleep(1)
    told = {
        event: impression
        for viewer in crowd.everybody
        for event, impression in viewer.outbox.acknowledged.items()
    }
    await crowd.leave(crowd.viewers)
    await asyncio.sleep(SETTLE_S)
    with reading(site.engine) as connection:
        kept = connection.execute(select(events.c.event_id, events.c.impression_id)).all()
        counted, different = connection.execute(
            select(func.count(), func.count(impressions.c.impression_id.distinct()))
        ).one()
    missing = len(told.keys() - {row.event_id for row in kept})
    doubled = len(kept) - len({row.event_id for row in kept}) + counted - different
    strays = len(set(told.values()) - {row.impression_id for row in kept})
    return [
        Row(f"of {len(told)} acknowledged events: lost", str(missing + strays), "0", missing + strays == 0),
        Row(f"of {counted} impressions: doubled", str(doubled), "0", doubled == 0),
    ]
