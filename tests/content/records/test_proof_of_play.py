"""The export of impressions: every one of them, both makes, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import insert, select, update

from content.database import reading, writing
from content.records import proof_of_play
from content.records.proof_of_play import SCHEMA, write_csv, write_parquet
from content.records.reports import ReportFilter
from content.records.simulator import TITLES, SimulationOptions, fill
from content.tables import impressions

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def stored(engine, wanted=None):
    query = select(impressions).where(*(wanted or ReportFilter()).conditions())
    order = (impressions.c.started_at_utc, impressions.c.impression_id)
    with reading(engine) as connection:
        return connection.execute(query.order_by(*order)).mappings().all()


def table(engine, wanted=None) -> list[dict[str, str]]:
    target = io.BytesIO()
    count = write_csv(engine, wanted or ReportFilter(), target, TITLES)
    rows = list(csv.DictReader(io.StringIO(target.getvalue().decode("utf-8-sig"), newline="")))
    assert len(rows) == count
    return rows


def test_every_impression_is_in_both_files(engine, monkeypatch):
    monkeypatch.setattr(proof_of_play, "ROWS_AT_ONCE", 37)
    fill(engine, SimulationOptions(sessions=20), NOW, np.random.default_rng(2))
    wanted = ReportFilter(since_utc=NOW - timedelta(days=20), site="Lobby")
    kept = stored(engine, wanted)
    assert 37 < len(kept) < len(stored(engine))
    rows = table(engine, wanted)
    assert list(rows[0]) == SCHEMA.names
    target = io.BytesIO()
    assert write_parquet(engine, wanted, target, TITLES) == len(kept)
    read = pq.read_table(target)
    assert read.schema.equals(SCHEMA)
    for was, line, entry in zip(kept, rows, read.to_pylist(), strict=True):
        assert line["impression_id"] == entry["impression_id"] == was["impression_id"]
        assert line["title"] == entry["title"] == TITLES[was["item_id"]]
        at = was["started_at_utc"]
        assert abs(datetime.fromisoformat(line["started_at_utc"]) - at) < timedelta(milliseconds=1)
        assert abs(entry["started_at_utc"] - at) < timedelta(milliseconds=1)
        assert float(line["visible_s"]) == entry["visible_s"] == was["visible_ms"] / 1000
        assert line["completed"] == str(entry["completed"]) == str(was["quarters"] == 4)
        assert int(line["clicks"]) == entry["clicks"] == was["clicks"]


def test_nothing_to_export_is_a_table_without_rows(engine):
    assert table(engine) == []
    target = io.BytesIO()
    assert write_parquet(engine, ReportFilter(), target, {}) == 0
    assert pq.read_table(target).num_rows == 0


@pytest.mark.parametrize(
    "site", ["=1+1", "@SUM(A1)", "-2", '  =HYPERLINK("x")', "Café, «Süd»\nEingang", "plain"]
)
def test_texts_are_safe_for_spreadsheets(engine, site):
    fill(engine, SimulationOptions(sessions=1), NOW, np.random.default_rng(2))
    with writing(engine) as connection:
        connection.execute(update(impressions).values(site=site, item_id="gone"))
    for row in table(engine):
        assert row["site"] == (site if site[0] in "Cp" else f"'{site}") and row["title"] == ""


def test_a_long_export_is_read_piece_by_piece(engine, monkeypatch):
    monkeypatch.setattr(proof_of_play, "ROWS_AT_ONCE", 10)
    fill(engine, SimulationOptions(sessions=30), NOW, np.random.default_rng(2))
    sizes = [len(piece) for piece in proof_of_play._pieces(engine, ReportFilter(), {})]
    assert max(sizes) == 10 and sum(sizes) == len(stored(engine))


def test_a_row_of_an_unknown_item_has_no_title(engine):
    row = {c.name: "x" for c in impressions.columns if c.type.python_type is str}
    numbers = dict.fromkeys(("visible_ms", "quarters", "clicks", "likes", "dislikes", "skips"), 1)
    with writing(engine) as connection:
        more = {"picked": True, "reader": None, "started_at_utc": NOW}
        connection.execute(insert(impressions), [{**row, **numbers, **more}])
    assert table(engine) == [], "the demo is left out unless it is asked for"
    (line,) = table(engine, ReportFilter(with_demo=True))
    assert line["title"] == "" and line["picked_by_hand"] == "True" and line["completed"] == "False"
    assert line["reader"] == ""
