"""Insights over a million impressions, on SQLite and PostgreSQL, against loading all of them into pandas."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, event, insert, select

from content.database import migrate, open_engine, reading
from content.records.reports import ReportFilter, has_impressions, read_report, sites_and_items
from content.records.simulator import SITES, TITLES, SimulationOptions, simulate
from content.tables import impressions
from tests.postgres import start_postgres

IMPRESSIONS = 1_000_000
MUST_S = 2.0
MEAN_IMPRESSIONS = 12.0
NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAYS = 60.0
REPEATS = 3
NAMED = tuple(c.name for c in impressions.columns)

QUESTIONS = {
    "all of it": ReportFilter(),
    "the last 30 days": ReportFilter(since_utc=NOW - timedelta(days=30)),
    "the last 24 hours": ReportFilter(since_utc=NOW - timedelta(days=1)),
    "one item": ReportFilter(item_id=next(iter(TITLES))),
    "one place": ReportFilter(site=SITES[0]),
}


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds by the clock, and of this process's processors."""

    wall_s: float
    processor_s: float


def best(work: Callable[[], object], repeats: int = REPEATS) -> Spent:
    """The shortest of some runs: what else the machine does makes them longer, never shorter."""
    runs = []
    for _ in range(repeats):
        wall_s, processor_s = time.perf_counter(), time.process_time()
        work()
        runs.append(Spent(time.perf_counter() - wall_s, time.process_time() - processor_s))
    return min(runs, key=lambda run: run.wall_s)


def _hurry(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -1000000")


def build(engine: Engine, count: int) -> int:
    """Made-up impressions in an empty database; returns how many there are in the end."""
    migrate(engine)
    options = SimulationOptions(
        sessions=round(count / MEAN_IMPRESSIONS), days=DAYS, mean_impressions=MEAN_IMPRESSIONS
    )
    rng, done = np.random.default_rng(1), 0
    sqlite = engine.dialect.name == "sqlite"
    if sqlite:
        # What is lost by a power cut here is made up.
        event.listen(engine, "connect", _hurry)
    with engine.execution_options(writes=True).begin() as connection:
        # A million rows at once go in faster when they are put in order once, at the end.
        for index in impressions.indexes:
            index.drop(connection)
        for rows in simulate(options, NOW, rng):
            done += len(rows)
            if sqlite:
                connection.execute(insert(impressions), rows)
                continue
            raw = connection.connection.cursor()
            with raw.copy(f"COPY impressions ({', '.join(NAMED)}) FROM STDIN") as copy:
                for row in rows:
                    at = row["started_at_utc"].replace(tzinfo=None)
                    copy.write_row([at if n == "started_at_utc" else row[n] for n in NAMED])
        for index in impressions.indexes:
            index.create(connection)
    engine.dispose()
    if sqlite:
        event.remove(engine, "connect", _hurry)
    if not sqlite:
        # As the server's own housekeeping does after so many new rows, a minute later.
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE impressions")
    return done


def whole_page(engine: Engine, wanted: ReportFilter) -> None:
    """Everything that the insights page asks the database for."""
    if not has_impressions(engine):
        raise RuntimeError("Expected impressions. Received: none")
    sites_and_items(engine)
    read_report(engine, wanted)


def naive_page(engine: Engine) -> None:
    """The naive way: all rows into pandas, and the sums from there (without any intervals)."""
    with reading(engine) as connection:
        table = pd.DataFrame(connection.execute(select(impressions)).all())
    for key in ("item_id", "mood", "site"):
        table.groupby(key)[["visible_ms", "clicks", "likes", "dislikes", "skips"]].sum()
    table.groupby([table["started_at_utc"].dt.floor("D"), "mood"]).size()
    table.assign(finished=table["quarters"] == 4).groupby(["session_id", "arm"])["finished"].agg(
        ["sum", "size"]
    )


def main(argv: Sequence[str]) -> int:
    """Prints the figures; 1 if one is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench insights", description=__doc__)
    parser.add_argument("--impressions", type=int, default=IMPRESSIONS, help=f"default: {IMPRESSIONS:,}")
    parser.add_argument("--without-naive", action="store_true", help="leave out the naive way (slow)")
    given = parser.parse_args(argv)
    good = True
    print("| what | clock | this process | must | |")
    print("|---|---|---|---|---|")
    server = start_postgres()
    with tempfile.TemporaryDirectory() as name:
        addresses = {"SQLite": f"sqlite:///{Path(name) / 'insights.db'}"}
        if server is not None:
            addresses["PostgreSQL"] = server.new_address()
        try:
            for make, address in addresses.items():
                engine = open_engine(address)
                count = build(engine, given.impressions)
                for words, wanted in QUESTIONS.items():
                    spent = best(lambda e=engine, w=wanted: whole_page(e, w))  # type: ignore[misc]
                    met = spent.wall_s <= MUST_S
                    good = good and met
                    print(
                        f"| {make}, {count:,} impressions, the whole page: {words} | {spent.wall_s:.2f} s | "
                        f"{spent.processor_s:.2f} s | ≤ {MUST_S:g} s | {'met' if met else 'NOT MET'} |",
                        flush=True,
                    )
                if not given.without_naive:
                    ours = best(lambda e=engine: whole_page(e, ReportFilter()), 1)  # type: ignore[misc]
                    naive = best(lambda e=engine: naive_page(e), 1)  # type: ignore[misc]
                    print(
                        f"| {make}: all rows into pandas | {naive.wall_s:.2f} s | "
                        f"{naive.processor_s:.2f} s | {naive.wall_s / ours.wall_s:.1f}× as long | |",
                        flush=True,
                    )
                engine.dispose()
        finally:
            if server is not None:
                server.close()
    if server is None:
        print("PostgreSQL is not installed here, so it was not measured.")
    return 0 if good else 1
