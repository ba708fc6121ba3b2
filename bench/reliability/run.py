"""One run of a site with viewers, editors and perhaps faults, from start to ledger.

    python -m bench.reliability.run soak|chaos …

``bench.soak`` and ``bench.chaos`` start it in a group of processes of its own: what Ctrl-C ends is then this
run, which ends early with the table so far, and not each server by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from tqdm import tqdm

from bench.live import print_rows
from bench.reliability.editors import DREW
from bench.reliability.faults import Faults
from bench.reliability.ledger import KeptEvent, KeptImpression, Ledger, kinds_of, settle
from bench.reliability.pictures import digest, pictures_in
from bench.reliability.plan import plan
from bench.reliability.report import Outcome, markdown, table, write
from bench.reliability.site import Sample, Site
from bench.reliability.visitors import BRISK, USUAL, Book, Pace, Visitors
from bench.reliability.wire import Wire
from content.bootstrap import STARTER_FOLDER
from content.catalog.store import CatalogStore
from content.database import open_engine, reading
from content.tables import events, impressions
from scripts.browser import find_browser
from tests.browser.conftest import ROOT

SOAK, CHAOS = "soak", "chaos"
SAMPLE_S = 5.0
LAST_WORDS_S = 20.0
"""Viewers stay for so long after the last fault, so that what they have to tell is taken."""

DRAIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; ``command`` is how it was asked."""

    name: str
    command: str
    seconds: float
    viewers: int
    browsers: int
    editors: int
    pace: Pace
    seed: int
    document: Path | None


@dataclass(slots=True)
class _Course:
    """What has happened so far."""

    samples: list[Sample] = field(default_factory=list)
    edits: Counter[str] = field(default_factory=Counter)
    drawn: set[str] = field(default_factory=set)
    seconds: float = 0.0
    failed: str = ""


def parse(name: str, argv: Sequence[str], summary: str) -> Options:
    """The options of a command line.

    Args:
        name: ``soak`` or ``chaos``.
        argv: without the name.
        summary: what the command does.
    """
    parser = argparse.ArgumentParser(prog=f"python -m bench {name}", description=summary)
    if name == SOAK:
        parser.add_argument("--hours", type=float, default=2.0)
        parser.add_argument(
            "--brisk",
            action="store_true",
            help="visits of seconds: half an hour has the comings and goings of many hours",
        )
    else:
        parser.add_argument("--minutes", type=float, default=30.0)
        parser.add_argument("--seed", type=int, default=1, help="the same one gives the same faults")
    parser.add_argument("--viewers", type=int, default=12, help="simulated ones, at once")
    parser.add_argument("--browsers", type=int, default=1, help="pages in a real browser, at once")
    parser.add_argument("--editors", type=int, default=1, help="in processes of their own")
    parser.add_argument("--write", type=Path, metavar="FILE", help="puts the table into this Markdown file")
    given = parser.parse_args(argv)
    return Options(
        name=name,
        command=" ".join(["python -m bench", name, *argv]),
        seconds=3600 * given.hours if name == SOAK else 60 * given.minutes,
        viewers=given.viewers,
        browsers=given.browsers,
        editors=given.editors,
        pace=BRISK if name == SOAK and given.brisk else USUAL,
        seed=0 if name == SOAK else given.seed,
        document=given.write,
    )


def start_apart(name: str, argv: Sequence[str]) -> int:
    """Runs this module in a group of processes of its own; returns its exit status."""
    command = [sys.executable, "-m", "bench.reliability.run", name, *argv]
    child = subprocess.Popen(command, cwd=ROOT, process_group=0)
    signal.signal(signal.SIGTERM, lambda *_: child.send_signal(signal.SIGINT))
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            child.send_signal(signal.SIGINT)


def main(argv: Sequence[str]) -> int:
    """Runs and prints the table; 1 where it does not come out."""
    options = parse(argv[0], argv[1:], "")
    with tempfile.TemporaryDirectory(prefix="attune-reliability-") as folder:
        site = Site(Path(folder) / "site", faults=options.name == CHAOS)
        try:
            found = asyncio.run(_visited(site, options, Path(folder)))
        finally:
            site.close()
    rows = list(table(found))
    print_rows(rows)
    for heading, counts in (("viewers met", found.book.problems), ("the servers said", found.log)):
        for text, count in counts.most_common(20):
            print(f"{heading}, {count:,}×: {found.book.first.get(text, text)}", file=sys.stderr)
    for ids in (found.ledger.events_missing, found.ledger.twice, found.ledger.invented, found.pictures):
        for one in ids[:20]:
            print(f"wrong: {one}", file=sys.stderr)
    if options.document is not None:
        title = f"{options.name.capitalize()}, {found.seconds / 60:.0f} minutes"
        write(options.document, options.name, markdown(title, options.command, found))
    return 1 if any(row.met is False for row in rows) else 0


async def _visited(site: Site, options: Options, folder: Path) -> Outcome:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    wire = Wire(site.port)
    url = await wire.open()
    chance = random.Random(options.seed)
    visitors = Visitors(url, folder, chance, options.viewers, find_browser(), options.browsers, options.pace)
    faults = Faults(site, wire)
    planned = plan(options.seed, options.seconds, site.breaks(), len(site.replicas))
    course = _Course()
    crowd = asyncio.create_task(visitors.run())
    tasks = [
        asyncio.create_task(_sample(site, course)),
        *(asyncio.create_task(_edit(site, course, number)) for number in range(options.editors)),
    ]
    if options.name == CHAOS:
        tasks.append(breaking := asyncio.create_task(faults.run(planned)))
        breaking.add_done_callback(lambda task: _note_failure(task, course, stopping))
    crowd.add_done_callback(lambda task: _note_failure(task, course, stopping))
    try:
        await _watch(options.seconds, visitors, faults, course, stopping)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if options.name == CHAOS and not course.failed:
        await asyncio.sleep(LAST_WORDS_S)
    visitors.leave()
    await asyncio.gather(crowd, return_exceptions=True)
    await wire.close()
    waiting = await _drained(site)
    return _outcome(site, options, visitors.book, faults, course, waiting)


def _note_failure(task: asyncio.Task[None], course: _Course, stopping: asyncio.Event) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        course.failed = f"{type(error).__name__}: {error}"[:200].replace("\n", " ")
        stopping.set()


async def _watch(
    seconds: float, visitors: Visitors, faults: Faults, course: _Course, stopping: asyncio.Event
) -> None:
    began_s = time.monotonic()
    with tqdm(
        total=round(seconds), unit="s", bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}"
    ) as bar:
        while course.seconds < seconds and not stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), 1.0)
            course.seconds = min(time.monotonic() - began_s, seconds)
            bar.n = round(course.seconds)
            edits = sum(course.edits.values())
            bar.set_postfix_str(
                f"{visitors.here} viewers, {visitors.acknowledged:,} events, {edits} edits {faults.now}"
            )


async def _sample(site: Site, course: _Course) -> None:
    began_s = time.monotonic()
    while True:
        course.samples += site.samples(time.monotonic() - began_s)
        await asyncio.sleep(SAMPLE_S)


async def _edit(site: Site, course: _Course, number: int) -> None:
    """An editor in another process, as a second app would be."""
    editor = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.reliability.editors",
        str(site.media),
        str(number),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        if editor.stdin is not None:
            editor.stdin.write(f"{site.database_url}\n".encode())
            editor.stdin.close()
        while editor.stdout is not None and (said := await editor.stdout.readline()):
            line = said.decode().strip()
            if line.startswith(DREW):
                course.drawn.add(line.removeprefix(DREW))
            else:
                course.edits[line] += 1
        course.edits["an editor ended by itself"] += 1
    finally:
        with suppress(ProcessLookupError):
            editor.terminate()
        await editor.wait()


async def _drained(site: Site) -> int:
    """Waits until all records are in the database; how many are not."""
    until_s = time.monotonic() + DRAIN_S
    while (waiting := await asyncio.to_thread(site.waiting)) and time.monotonic() < until_s:
        await asyncio.sleep(1.0)
    return waiting


def _outcome(
    site: Site, options: Options, book: Book, faults: Faults, course: _Course, waiting: int
) -> Outcome:
    said: Counter[str] = Counter()
    for replica in site.replicas:
        said += kinds_of(site.log_of(replica))
    return Outcome(
        seconds=course.seconds,
        planned_s=options.seconds,
        viewers=options.viewers,
        servers=len(site.replicas),
        book=book,
        ledger=_ledger(site, book),
        waiting=waiting,
        samples=course.samples,
        faults=faults.made,
        cannot=site.cannot,
        pictures=pictures_in(site.written_to(), _own_pictures(site) | course.drawn),
        edits=course.edits,
        log=said,
        failed=course.failed,
    )


def _ledger(site: Site, book: Book) -> Ledger:
    engine = open_engine(site.database_url)
    try:
        with reading(engine) as connection:
            kept = [
                KeptEvent(*row)
                for row in connection.execute(
                    select(events.c.event_id, events.c.impression_id, events.c.name)
                )
            ]
            shown = [
                KeptImpression(*row)
                for row in connection.execute(select(impressions.c.impression_id, impressions.c.decision_id))
            ]
    finally:
        engine.dispose()
    return settle(book.acknowledged, book.told, kept, shown)


def _own_pictures(site: Site) -> set[str]:
    """The content of the catalog's files: the starter's, and what its items show."""
    engine = open_engine(site.database_url)
    try:
        locations = CatalogStore(engine).locations()
    finally:
        engine.dispose()
    uploads = (site.media / place.removeprefix("media/") for place in locations if place.startswith("media/"))
    starter = (STARTER_FOLDER / "assets").iterdir()
    return {digest(path) for path in (*uploads, *starter) if path.is_file()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
