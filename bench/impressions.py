"""Keeping impressions: events acknowledged a second, records brought into a database, what a kill loses.

    python -m bench impressions [--seconds 5] [--records 30000]

Where PostgreSQL is installed, records are brought into one as well; it shares this machine's cores with the
process that brings them, which writes as fast as it can.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, insert, select

from content.database import migrate, open_engine, writing
from content.records.impressions import DecisionRecord, EventName, ImpressionEvent
from content.records.recorder import Recorder, _event_row
from content.records.spool import Spool
from content.tables import decisions, events, impressions
from content.types import Arm, Kind, Strategy
from tests.postgres import start_postgres

MUST_A_SECOND = 2000
AT_ONCE = 60
"""Records that a page hands over together, at most: more than any page does."""


def a_decision(decision_id: str) -> DecisionRecord:
    """One decision, as a page records it."""
    return DecisionRecord(
        decision_id, "session", "bench", Kind.AD, "item", 1, 1, "model", "weighted_random", Arm.MOOD, 0.9,
        0.5, Strategy.MATCH, False, None, True, "happy", None, (("item", 0.5), ("other", 0.5)), 2,
        datetime.now(UTC),
    )  # fmt: skip


def an_event(decision_id: str) -> ImpressionEvent:
    """One event of it."""
    return ImpressionEvent(
        uuid.uuid4().hex, decision_id, decision_id, "session", EventName.CLICK, datetime.now(UTC), 1000,
        "happy",
    )  # fmt: skip


def acknowledged_a_second(engine: Engine, folder: Path, seconds: float) -> tuple[float, int]:
    """Events that ``record`` acknowledged one by one, a second, while they also go into the database."""
    spool = Spool(folder / "spool.db")
    recorder = Recorder(engine, spool)
    recorder.record([a_decision("d")])
    count, began_s = 0, time.perf_counter()
    while (spent_s := time.perf_counter() - began_s) < seconds:
        recorder.record([an_event("d")])
        count += 1
    recorder.close()
    return count / spent_s, count


def straight_a_second(engine: Engine, seconds: float) -> float:
    """The naive way: one transaction on the database for each event, on the page's own path."""
    count, began_s = 0, time.perf_counter()
    while (spent_s := time.perf_counter() - began_s) < seconds:
        with writing(engine) as connection:
            connection.execute(insert(events), [_event_row(an_event("d"))])
        count += 1
    return count / spent_s


def brought_a_second(engine: Engine, place: Path, count: int) -> float:
    """Records (decisions, impressions, events) that wait and are brought into the database, a second."""
    recorder = Recorder(engine, Spool(place), run=False)
    entries: list[DecisionRecord | ImpressionEvent] = []
    while len(entries) < count:
        decision_id = uuid.uuid4().hex
        entries += [a_decision(decision_id), an_event(decision_id)]
    for at in range(0, len(entries), AT_ONCE):
        recorder.record(entries[at : at + AT_ONCE])
    before, began_s = rows_in(engine), time.perf_counter()
    recorder.flush()
    spent_s = time.perf_counter() - began_s
    brought = rows_in(engine) - before
    recorder.close()
    return brought / spent_s


def rows_in(engine: Engine) -> int:
    """Records in the database."""
    with engine.connect() as connection:
        return sum(
            int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in (decisions, impressions, events)
        )


def on_postgresql(folder: Path, count: int) -> float | None:
    """``brought_a_second`` on a PostgreSQL of its own; None where none is installed."""
    server = start_postgres()
    if server is None:
        return None
    try:
        engine = open_engine(server.new_address())
        migrate(engine)
        rate = brought_a_second(engine, folder / "postgresql-spool.db", count)
        engine.dispose()
        return rate
    finally:
        server.close()


def kept(engine: Engine) -> int:
    """Events in the database."""
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(events)).scalar_one())


def lost_over_a_kill(folder: Path) -> tuple[int, int]:
    """Acknowledged events of a process that is killed in mid-work, and how many of them are missing after."""
    url = f"sqlite:///{folder / 'killed.db'}"
    engine = open_engine(url)
    migrate(engine)
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.impressions", url, str(folder / "killed-spool.db")],
        stdout=subprocess.PIPE,
        text=True,
    )
    if child.stdout is None:
        raise RuntimeError("Expected the child's output. Received: none")
    lines = [child.stdout.readline() for _ in range(2000)]
    os.kill(child.pid, signal.SIGKILL)
    lines += child.stdout.readlines()
    child.wait()
    told = {line.strip() for line in lines if line.endswith("\n")}
    recorder = Recorder(engine, Spool(folder / "killed-spool.db"), run=False)
    recorder.flush()
    with engine.connect() as connection:
        found = set(connection.scalars(select(events.c.event_id)))
    recorder.close()
    engine.dispose()
    return len(told), len(told - found)


def main(argv: Sequence[str]) -> int:
    """Prints the figures; 1 if one is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench impressions", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement (default: 5)")
    parser.add_argument("--records", type=int, default=30_000, help="that are brought into a database")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = open_engine(f"sqlite:///{folder / 'attune.db'}")
        migrate(engine)
        rate, count = acknowledged_a_second(engine, folder, given.seconds)
        in_database = kept(engine)
        brought = brought_a_second(engine, folder / "waiting-spool.db", given.records)
        naive = straight_a_second(engine, given.seconds / 2)
        engine.dispose()
        told, lost = lost_over_a_kill(folder)
        in_postgresql = on_postgresql(folder, given.records)
    print("| what | figure | must | |")
    print("|---|---|---|---|")
    all_kept = in_database == count
    rows = [
        ("acknowledged events a second, one process, SQLite", f"{rate:,.0f}", f"≥ {MUST_A_SECOND:,}",
         rate >= MUST_A_SECOND),
        ("of these in the database afterwards", f"{in_database:,} of {count:,}", "all", all_kept),
        ("against one transaction an event, on the page's path", f"{rate / naive:.1f}×", "", True),
        ("acknowledged before a kill -9 and lost by it", f"{lost} of {told:,}", "0", lost == 0),
        ("records brought into SQLite a second", f"{brought:,.0f}", "", True),
    ]  # fmt: skip
    if in_postgresql is not None:
        rows.append(("records brought into PostgreSQL a second", f"{in_postgresql:,.0f}", "", True))
    for what, figure, must, good in rows:
        print(f"| {what} | {figure} | {must} | {'met' if must and good else '' if good else 'NOT MET'} |")
    return 0 if all(row[3] for row in rows) else 1


def _record_for_ever(url: str, place: str) -> None:
    recorder = Recorder(open_engine(url), Spool(Path(place)))
    recorder.record([a_decision("d")])
    while True:
        event = an_event("d")
        recorder.record([event])
        print(event.event_id, flush=True)


if __name__ == "__main__":
    _record_for_ever(*sys.argv[1:])
