"""What was decided and seen is kept: in order, once, through outages, kills and odd browsers."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, func, select

from content.choosing.eligibility import History
from content.choosing.picker import Picker
from content.database import migrate, open_engine
from content.errors import RecordError, SpoolError, SpoolFullError
from content.records.impressions import EventName, record_of
from content.records.recorder import Recorder, decode, encode
from content.records.spool import Spool
from content.tables import decisions, events, impressions
from content.types import Catalog, Kind, Schedule
from tests.content.builders import ad, context, moment, mood, rng
from tests.content.records.builders import HAPPY, NOW, a_decision, an_event


@pytest.fixture
def spool(tmp_path: Path):
    spool = Spool(tmp_path / "spool" / "spool.db")
    yield spool
    spool.close()


@pytest.fixture
def recorder(engine, spool) -> Recorder:
    return Recorder(engine, spool, clock=lambda: NOW, run=False)


def rows(engine, table):
    with engine.connect() as connection:
        return [dict(r._mapping) for r in connection.execute(select(table))]


def count(engine, table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


# -- what is kept ------------------------------------------------------------------------------------------


def test_a_decision_and_its_events_are_kept(engine, recorder):
    recorder.record([a_decision()])
    names = (EventName.IMPRESSION, EventName.START, EventName.MIDPOINT, EventName.CLICK, EventName.LIKE)
    recorder.record([an_event(name, n) for n, name in enumerate(names)])
    assert recorder.flush() == 6
    (decision,) = rows(engine, decisions)
    assert (decision["propensity"], decision["arm"], decision["arm_share"]) == (0.25, "mood", 0.9)
    assert decision["eligible"] == [["tea", 0.25], ["sun", 0.75]]
    assert decision["scores"]["happy"] == pytest.approx(0.8, abs=1e-3)
    (impression,) = rows(engine, impressions)
    assert impression["item_id"] == "tea" and impression["site"] == "lobby" and impression["mood"] == "happy"
    assert decision["reader"] == impression["reader"] == "device"
    assert impression["started_at_utc"] == NOW and impression["visible_ms"] == 4000
    assert (impression["quarters"], impression["clicks"], impression["likes"]) == (2, 1, 1)
    kept = rows(engine, events)
    assert [e["name"] for e in sorted(kept, key=lambda e: e["at_utc"])] == [n.value for n in names]
    assert kept[0]["scores"]["happy"] == pytest.approx(0.7, abs=1e-3)


def test_a_real_decision_becomes_a_record_and_comes_back(recorder):
    catalog = Catalog(4, (ad("a", HAPPY), ad("b", HAPPY)))
    chosen = Picker(lambda: catalog).pick(Kind.AD, context(mood(HAPPY)), History(), moment(0), rng())
    record = record_of(chosen, "s9", "hall")
    assert record.propensity == pytest.approx(0.5) and record.mood == "happy"
    assert {i for i, _ in record.eligible} == {"a", "b"} and record.eligible_count == 2
    again = decode(encode(record))
    assert replace(again, scores=None, eligible=()) == replace(record, scores=None, eligible=())


def test_a_decision_that_waits_since_before_readers_were_told_apart_is_kept():
    line = json.loads(encode(a_decision()))
    assert line.pop("reader") == "device"
    assert decode(json.dumps(line)) == replace(
        a_decision(), reader=None, scores=decode(json.dumps(line)).scores
    )


# -- odd browsers ------------------------------------------------------------------------------------------


def test_an_event_sent_twice_counts_once(engine, recorder):
    click = an_event(EventName.CLICK, 2)
    recorder.record([a_decision(), click, click])
    recorder.flush()
    recorder.record([click, a_decision()])
    recorder.flush()
    (impression,) = rows(engine, impressions)
    assert impression["clicks"] == 1 and count(engine, events) == 1 and count(engine, decisions) == 1


def test_processes_that_say_the_same_at_once_count_it_once(engine, tmp_path):
    """A viewer's next server hears again what the last one has still on its disk."""
    recorders = [
        Recorder(engine, Spool(tmp_path / f"{n}.db"), retry_s=[0.01], clock=lambda: NOW) for n in range(3)
    ]
    for n in range(20):
        ids = {"decision_id": f"d{n}", "impression_id": f"i{n}"}
        said = [a_decision(f"d{n}"), *(an_event(EventName.CLICK, s, **ids) for s in range(3))]
        for recorder in recorders:
            recorder.record(said)
    for recorder in recorders:
        _wait(lambda recorder=recorder: recorder.status().waiting == 0)
        recorder.close()
    assert (count(engine, decisions), count(engine, impressions), count(engine, events)) == (20, 20, 60)
    assert {row["clicks"] for row in rows(engine, impressions)} == {3}


@settings(max_examples=15)
@given(st.permutations(range(6)), st.integers(1, 6))
def test_events_in_any_order_add_up_to_the_same(order, cut):
    names = (
        EventName.IMPRESSION, EventName.START, EventName.FIRST_QUARTILE, EventName.MIDPOINT,
        EventName.THIRD_QUARTILE, EventName.COMPLETE,
    )  # fmt: skip
    sent = [an_event(names[n], n) for n in order]
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        decisions.metadata.create_all(connection)
    recorder = Recorder(engine, _MemorySpool(), run=False)
    recorder.record([a_decision()])
    for part in (sent[:cut], sent[cut:]):
        recorder.record(part)
        recorder.flush()
    (impression,) = rows(engine, impressions)
    assert (impression["quarters"], impression["visible_ms"]) == (4, 5000)
    assert impression["started_at_utc"] == NOW


class _MemorySpool(Spool):
    def __init__(self) -> None:
        super().__init__(Path(f"/nowhere/{uuid.uuid4().hex}"))

    def _prepared(self):
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.execute("CREATE TABLE spool (number INTEGER PRIMARY KEY, session_id TEXT, body TEXT)")
        return connection

    def _open(self):
        if self._connection is None:
            self._connection = self._prepared()
        return self._connection


@pytest.mark.parametrize(
    "fields",
    [{"decision_id": "never"}, {"session_id": "another"}],
    ids=["unknown decision", "another session's"],
)
def test_an_event_of_no_decision_of_its_session_is_refused(engine, recorder, fields, caplog):
    recorder.record([a_decision(), an_event(EventName.CLICK, **fields), an_event(EventName.START)])
    recorder.flush()
    assert count(engine, events) == 1 and recorder.status().refused == 1
    assert "Expected an event of a known decision" in caplog.text


def test_a_clock_set_back_an_hour_loses_nothing(engine, recorder):
    recorder.record([a_decision(), an_event(EventName.START, 10), an_event(EventName.COMPLETE, -3600)])
    recorder.flush()
    (impression,) = rows(engine, impressions)
    assert impression["quarters"] == 4 and impression["started_at_utc"] == NOW - timedelta(hours=1)
    assert impression["visible_ms"] == 10_000


def test_a_dislike_takes_a_like_back(engine, recorder):
    recorder.record([a_decision(), an_event(EventName.LIKE, 1), an_event(EventName.DISLIKE, 2)])
    recorder.flush()
    (impression,) = rows(engine, impressions)
    assert (impression["likes"], impression["dislikes"]) == (0, 1)


# -- outages -----------------------------------------------------------------------------------------------


def test_what_was_recorded_while_the_database_was_gone_arrives_in_order_and_once(tmp_path, spool):
    place = tmp_path / "later" / "attune.db"
    engine = create_engine(f"sqlite:///{place}")
    recorder = Recorder(engine, spool, clock=lambda: NOW, retry_s=(0.02,))
    recorder.record([a_decision()])
    for n in range(40):
        recorder.record([an_event(EventName.CLICK, n)])
    _wait(lambda: recorder.status().problem is not None)
    assert recorder.status().waiting == 41
    place.parent.mkdir()
    good = open_engine(f"sqlite:///{place}")
    migrate(good)
    _wait(lambda: recorder.status().waiting == 0)
    _wait(lambda: recorder.status().problem is None)
    recorder.close()
    assert recorder.status().refused == 0, "the decision came before its events"
    (impression,) = rows(good, impressions)
    assert impression["clicks"] == 40 and count(good, events) == 40


def test_postgresql_stopped_under_load_and_started_again_loses_nothing(mortal_server, spool):
    engine = open_engine(mortal_server.new_address())
    migrate(engine)
    recorder = Recorder(engine, spool, clock=lambda: NOW, retry_s=(0.05,))
    recorder.record([a_decision()])
    sent = 0
    for n in range(120):
        if n == 40:
            mortal_server.stop()
        if n == 80:
            mortal_server.start()
        recorder.record([an_event(EventName.CLICK, n)])
        sent += 1
    _wait(lambda: recorder.status().waiting == 0)
    recorder.close()
    assert count(engine, events) == sent
    engine.dispose()


@pytest.mark.slow
def test_a_killed_process_has_lost_nothing_that_record_acknowledged(tmp_path):
    url, place = f"sqlite:///{tmp_path / 'attune.db'}", tmp_path / "spool.db"
    engine = open_engine(url)
    migrate(engine)
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, url, str(place)], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).resolve().parents[3],
    )  # fmt: skip
    acknowledged = [child.stdout.readline() for _ in range(300)]
    os.kill(child.pid, signal.SIGKILL)
    acknowledged += child.stdout.readlines()
    child.wait()
    spool = Spool(place)
    recorder = Recorder(engine, spool, run=False)
    recorder.flush()
    with engine.connect() as connection:
        kept = set(connection.scalars(select(events.c.event_id)))
    # The last line may be cut by the kill; every whole one was acknowledged.
    told = {line.strip() for line in acknowledged if line.endswith("\n")}
    assert len(told) >= 300 and told <= kept
    assert count(engine, events) == len(kept)
    spool.close()
    engine.dispose()


_CHILD = """
import sys
from pathlib import Path
from content.database import open_engine
from content.records.recorder import Recorder
from content.records.spool import Spool
from content.records.impressions import EventName
from tests.content.records.builders import a_decision, an_event
recorder = Recorder(open_engine(sys.argv[1]), Spool(Path(sys.argv[2])))
recorder.record([a_decision()])
while True:
    event = an_event(EventName.CLICK)
    recorder.record([event])
    print(event.event_id, flush=True)
"""


def _wait(condition) -> None:
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("what was waited for did not happen")


def test_the_thread_brings_records_in_by_itself_and_ends(engine, spool):
    recorder = Recorder(engine, spool, clock=lambda: NOW)
    recorder.record([a_decision(), an_event(EventName.START)])
    _wait(lambda: recorder.status().waiting == 0)
    recorder.close()
    assert count(engine, events) == 1
    assert not [t for t in threading.enumerate() if t.name == "content-recorder"]


# -- the spool's own faults --------------------------------------------------------------------------------


def test_a_full_spool_leaves_what_comes_to_the_database(engine, tmp_path):
    spool = Spool(tmp_path / "spool.db", max_bytes=1)
    with pytest.raises(SpoolFullError, match="Received: "):
        spool.put([("s1", "x" * 200_000)])
    recorder = Recorder(engine, spool, run=False)
    recorder.record([a_decision(eligible=tuple((f"item-{n}" * 20, 0.1) for n in range(900)))])
    assert count(engine, decisions) == 1
    spool.close()


def test_a_full_spool_and_no_database_is_said(tmp_path):
    spool = Spool(tmp_path / "spool.db", max_bytes=1)
    engine = create_engine(f"sqlite:///{tmp_path / 'no' / 'attune.db'}")
    recorder = Recorder(engine, spool, run=False)
    with pytest.raises(RecordError, match="And the database"):
        recorder.record([a_decision(eligible=tuple((f"item-{n}" * 20, 0.1) for n in range(900)))])
    spool.close()


def test_a_spool_that_is_none_is_moved_aside_not_deleted(tmp_path):
    place = tmp_path / "spool.db"
    place.write_bytes(b"this is no database at all, but somebody's notes" * 50)
    spool = Spool(place)
    spool.put([("s1", "one")])
    assert [e.body for e in spool.first(5)] == ["one"]
    assert spool.broken is not None and spool.broken.read_bytes().startswith(b"this is no database")
    spool.close()


def test_a_spool_that_cannot_be_made_is_an_error_in_words(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SpoolError, match="Received: "):
        Spool(tmp_path / "file" / "spool.db")


def test_an_entry_that_is_no_record_is_refused_and_the_rest_kept(engine, spool, recorder):
    spool.put([("s1", "{}"), ("s1", "no json"), ("s1", encode(a_decision()))])
    recorder.flush()
    assert count(engine, decisions) == 1 and recorder.status().refused == 2 and len(spool) == 0


# -- a viewer's own data -----------------------------------------------------------------------------------


def test_a_session_is_exported_and_deleted_whole(engine, spool, recorder):
    theirs = an_event(EventName.START, decision_id="d2", session_id="s2", impression_id="i2")
    other = [a_decision("d2", "s2"), theirs]
    recorder.record([a_decision(), an_event(EventName.START), *other])
    exported = recorder.export_session("s1")
    assert len(exported["decisions"]) == len(exported["impressions"]) == len(exported["events"]) == 1
    assert json.loads(json.dumps(exported))["events"][0]["session_id"] == "s1"
    recorder.record([an_event(EventName.CLICK)])  # still waits on disk
    assert recorder.delete_session("s1") == 4
    assert len(spool) == 0
    for table in (decisions, impressions, events):
        assert [r["session_id"] for r in rows(engine, table)] == ["s2"]


def test_what_is_older_than_the_retention_is_deleted(engine, spool):
    recorder = Recorder(engine, spool, retention=timedelta(days=30), clock=lambda: NOW, run=False)
    old = NOW - timedelta(days=31)
    recorder.record([a_decision("old", decided_at_utc=old), a_decision()])
    recorder.record([an_event(EventName.START, decision_id="old", impression_id="old", at_utc=old)])
    recorder.record([an_event(EventName.START)])
    recorder.flush()
    assert recorder.prune() == 1
    assert [r["decision_id"] for r in rows(engine, impressions)] == ["d1"]
    assert count(engine, decisions) == count(engine, events) == 1


def test_today_is_the_calendar_day_of_the_items_own_zone(engine, recorder):
    """At 00:30 in Zurich it is still yesterday in UTC, and long before midnight in New York."""
    at_utc = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    recorder.record([a_decision(), a_decision("d2", item_id="sun")])
    times = [at_utc - timedelta(hours=h) for h in (0.25, 2, 30)]
    for n, at in enumerate(times):
        for item, decision in (("tea", "d1"), ("sun", "d2")):
            recorder.record(
                [an_event(EventName.START, decision_id=decision, impression_id=f"{item}{n}", at_utc=at)]
            )
    recorder.flush()
    zurich = ad("tea", schedule=Schedule(time_zone="Europe/Zurich"))
    new_york = ad("sun", schedule=Schedule(time_zone="America/New_York"))
    assert recorder.impressions_today([zurich, new_york], at_utc) == {"tea": 1, "sun": 2}


def test_nothing_kept_can_hold_a_picture_or_free_text():
    """The columns are numbers, dates, labels and random ids."""
    for table in (decisions, impressions, events):
        for column in table.columns:
            assert column.type.__class__.__name__ not in ("LargeBinary", "Text"), column


def test_an_event_said_again_adds_only_what_was_in_view_since(engine, recorder):
    first = an_event(EventName.IMPRESSION, 1)
    recorder.record([a_decision(), first, replace(first, visible_ms=4000)])
    recorder.flush()
    assert [r["visible_ms"] for r in rows(engine, impressions)] == [4000]
    recorder.record([replace(first, visible_ms=9000), replace(first, visible_ms=2000)])
    # Nor by another session.
    recorder.record([replace(first, visible_ms=60_000, session_id="s2")])
    recorder.flush()
    assert [r["visible_ms"] for r in rows(engine, impressions)] == [9000]
    assert [e["visible_ms"] for e in rows(engine, events)] == [1000]
