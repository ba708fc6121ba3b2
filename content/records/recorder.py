"""Keeping decisions and events: into the spool at once, from there into the database, in order and once.

``record`` returns when what it was given is on disk. A thread of the recorder's own brings it into the
database, and waits where there is none; so a page never waits for a database, and an outage loses nothing.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select, update

from content.database import reading, writing
from content.errors import DatabaseError, RecordError, SpoolError
from content.records.impressions import QUARTILES, DecisionRecord, EventName, ImpressionEvent
from content.records.spool import Spool
from content.tables import decisions, events, impressions
from content.types import Arm, CatalogItem, Kind, Reader, Strategy
from emotion.labels import Emotion
from emotion.types import EmotionScores

BATCH = 500
GATHER_S = 0.1
"""The database is written to in bursts so far apart: a transaction for each event would cost more."""

RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)
PRUNE_EVERY_S = 3600.0
KEPT_DIGITS = 4
GROWING = ("started_at_utc", "visible_ms", "quarters", "clicks", "likes", "dislikes", "skips")
"""What events of an impression change."""

_log = logging.getLogger(__name__)


def now_utc() -> datetime:
    """The time of day, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """How the recorder does.

    Attributes:
        waiting: entries on disk that are not in the database yet.
        refused: events that belong to no known decision, or could not be read, since the start.
        problem: why nothing gets into the database at present, for a person; None while it does.
    """

    waiting: int
    refused: int
    problem: str | None


class Recorder:
    """Keeps what was decided and seen. Safe to share between threads.

    Args:
        engine: of a migrated database.
        spool: where records wait.
        retention: what is older is deleted, about every hour; None keeps all.
        clock: the time of day in UTC.
        retry_s: how long to wait after a first, second, … failure of the database; the last one repeats.
        run: False leaves out the thread; then ``flush`` is called by hand (tests).
    """

    def __init__(
        self,
        engine: Engine,
        spool: Spool,
        *,
        retention: timedelta | None = None,
        clock: Callable[[], datetime] = now_utc,
        retry_s: Sequence[float] = RETRY_S,
        run: bool = True,
    ) -> None:
        self._engine = engine
        self._spool = spool
        self._retention = retention
        self._clock = clock
        self._retry_s = tuple(retry_s)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._flushing = threading.Lock()
        self._refused = 0
        self._problem: str | None = None
        self._thread: threading.Thread | None = None
        if run:
            self._thread = threading.Thread(target=self._run, name="content-recorder", daemon=True)
            self._thread.start()

    def record(self, records: Sequence[DecisionRecord | ImpressionEvent]) -> None:
        """Keep records, in this order; returns when all of them are on disk, or none.

        Raises:
            RecordError: neither the spool nor the database takes them.
        """
        if not records:
            return
        try:
            self._spool.put([(r.session_id, encode(r)) for r in records])
        except SpoolError as error:
            # A spool that is full or gone is no reason to lose what the database would take, but what waits
            # came first.
            try:
                self.flush()
                self._keep([encode(r) for r in records])
            except (DatabaseError, SpoolError) as also:
                raise RecordError(f"{error} And the database: {also}") from error
        self._wake.set()

    def status(self) -> RecorderStatus:
        """How the recorder does, now."""
        try:
            waiting = len(self._spool)
        except SpoolError as error:
            return RecorderStatus(0, self._refused, str(error))
        return RecorderStatus(waiting, self._refused, self._problem)

    def flush(self) -> int:
        """Bring everything that waits into the database, in order; returns how many entries.

        Raises:
            DatabaseError: it cannot be written; what is not in yet goes on waiting.
            SpoolError: the spool cannot be read.
        """
        done = 0
        with self._flushing:
            while waiting := self._spool.first(BATCH):
                self._keep([entry.body for entry in waiting])
                # A kill between these two lines writes the batch again, which changes nothing.
                self._spool.remove(waiting[-1].number)
                done += len(waiting)
        return done

    def prune(self) -> int:
        """Delete what is older than the retention time; returns how many impressions.

        Raises:
            DatabaseError: it cannot be written.
        """
        if self._retention is None:
            return 0
        before = self._clock() - self._retention
        with writing(self._engine) as connection:
            connection.execute(delete(events).where(events.c.at_utc < before))
            connection.execute(delete(decisions).where(decisions.c.decided_at_utc < before))
            return connection.execute(
                delete(impressions).where(impressions.c.started_at_utc < before)
            ).rowcount

    def export_session(self, session_id: str) -> dict[str, Any]:
        """Everything that is kept about one session, as JSON-ready data.

        Raises:
            DatabaseError: it cannot be read.
            SpoolError: the spool cannot be read.
        """
        self.flush()
        with reading(self._engine) as connection:
            return {
                "session_id": session_id,
                **{
                    table.name: [
                        {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row._mapping.items()}
                        for row in connection.execute(
                            select(table).where(table.c.session_id == session_id).order_by(when)
                        )
                    ]
                    for table, when in (
                        (decisions, decisions.c.decided_at_utc),
                        (impressions, impressions.c.started_at_utc),
                        (events, events.c.at_utc),
                    )
                },
            }

    def delete_session(self, session_id: str) -> int:
        """Delete everything that is kept about one session; returns how many rows and waiting entries.

        Raises:
            DatabaseError: it cannot be written; then nothing of the database is deleted.
            SpoolError: the spool cannot be written.
        """
        with self._flushing:
            count = self._spool.forget(session_id)
            with writing(self._engine) as connection:
                for table in (events, impressions, decisions):
                    count += connection.execute(
                        delete(table).where(table.c.session_id == session_id)
                    ).rowcount
        return count

    def impressions_today(self, items: Iterable[CatalogItem], at_utc: datetime) -> dict[str, int]:
        """Impressions so far of each item on the calendar day of its own time zone, all sessions together.

        Args:
            items: those with a daily cap.
            at_utc: now.

        Raises:
            DatabaseError: it cannot be read.
        """
        by_zone: dict[str, list[str]] = {}
        for item in items:
            by_zone.setdefault(item.schedule.time_zone, []).append(item.item_id)
        found: dict[str, int] = {}
        with reading(self._engine) as connection:
            for zone, item_ids in by_zone.items():
                local = at_utc.astimezone(ZoneInfo(zone))
                midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
                query = (
                    select(impressions.c.item_id, func.count())
                    .where(impressions.c.started_at_utc >= midnight, impressions.c.item_id.in_(item_ids))
                    .group_by(impressions.c.item_id)
                )
                found |= {item_id: int(count) for item_id, count in connection.execute(query)}
        return found

    def close(self) -> None:
        """End the thread, after a last try to flush; what is left waits on disk for the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self._spool.close()

    def _run(self) -> None:
        failures = 0
        pruned_at: datetime | None = None
        while True:
            stopping = self._stopping.is_set()
            try:
                self.flush()
                if pruned_at is None or abs((self._clock() - pruned_at).total_seconds()) > PRUNE_EVERY_S:
                    pruned_at = self._clock()
                    self.prune()
                failures, self._problem = 0, None
            except (DatabaseError, SpoolError) as error:
                if self._problem != str(error):
                    _log.error("Records wait on disk: %s", error)
                self._problem = str(error)
                failures += 1
            if stopping:
                return
            if failures:
                self._stopping.wait(self._retry_s[min(failures, len(self._retry_s)) - 1])
            else:
                self._wake.wait(PRUNE_EVERY_S)
                self._stopping.wait(GATHER_S)
                self._wake.clear()

    def _keep(self, bodies: Sequence[str]) -> None:
        records: list[DecisionRecord | ImpressionEvent] = []
        for body in bodies:
            try:
                records.append(decode(body))
            except (ValueError, KeyError, TypeError) as error:
                self._refuse(f"Expected a record. Received: {body[:200]!r} ({error})")
        new_decisions = [record for record in records if isinstance(record, DecisionRecord)]
        new_events = [record for record in records if isinstance(record, ImpressionEvent)]
        with writing(self._engine) as connection:
            # Decisions first, as events need theirs. So it takes few statements, however the two are mixed.
            if new_decisions:
                _add_decisions(connection, new_decisions)
            if new_events:
                self._add_events(connection, new_events)

    def _add_events(self, connection: Connection, new: Sequence[ImpressionEvent]) -> None:
        stored = set(
            connection.scalars(
                select(events.c.event_id).where(events.c.event_id.in_([e.event_id for e in new]))
            )
        )
        fresh: dict[str, ImpressionEvent] = {}
        for event in new:
            if event.event_id not in stored:
                fresh.setdefault(event.event_id, event)
        query = select(decisions).where(decisions.c.decision_id.in_({e.decision_id for e in fresh.values()}))
        known = {row.decision_id: row for row in connection.execute(query)}
        kept = []
        for event in fresh.values():
            decision = known.get(event.decision_id)
            if decision is None or decision.item_id is None or decision.session_id != event.session_id:
                self._refuse(f"Expected an event of a known decision. Received: {event.decision_id!r}")
            else:
                kept.append(event)
        if kept:
            connection.execute(insert(events), [_event_row(e) for e in kept])
            _add_up(connection, kept, known)
        # A browser says an event again when it knows better for how long the item was in view.
        again = [event for event in new if fresh.get(event.event_id) is not event]
        if again:
            connection.execute(
                update(impressions)
                .where(
                    impressions.c.impression_id == bindparam("impression"),
                    impressions.c.decision_id == bindparam("decision"),
                    impressions.c.session_id == bindparam("session"),
                    impressions.c.visible_ms < bindparam("longer_ms"),
                )
                .values(visible_ms=bindparam("longer_ms")),
                [
                    {
                        "impression": event.impression_id,
                        "decision": event.decision_id,
                        "session": event.session_id,
                        "longer_ms": event.visible_ms,
                    }
                    for event in again
                ],
            )

    def _refuse(self, message: str) -> None:
        self._refused += 1
        _log.warning("%s", message)


def _add_decisions(connection: Connection, new: Sequence[DecisionRecord]) -> None:
    ids = [d.decision_id for d in new]
    stored = set(connection.scalars(select(decisions.c.decision_id).where(decisions.c.decision_id.in_(ids))))
    fresh = {d.decision_id: d for d in reversed(new) if d.decision_id not in stored}
    if fresh:
        connection.execute(insert(decisions), [_decision_row(d) for d in reversed(fresh.values())])


def _add_up(connection: Connection, new: Sequence[ImpressionEvent], known: Mapping[str, Any]) -> None:
    """The impressions that the new events belong to, with what they add; any order gives the same."""
    ids = {e.impression_id for e in new}
    # Another process may add to the same one: what a viewer's last server had still on its disk.
    query = select(impressions).where(impressions.c.impression_id.in_(ids)).with_for_update()
    rows = {row.impression_id: dict(row._mapping) for row in connection.execute(query)}
    begun = set(rows)
    for event in new:
        row = rows.get(event.impression_id)
        if row is None:
            decision = known[event.decision_id]
            row = rows[event.impression_id] = {
                "impression_id": event.impression_id,
                "decision_id": event.decision_id,
                "session_id": event.session_id,
                "site": decision.site,
                "slot": decision.slot,
                "item_id": decision.item_id,
                "arm": decision.arm,
                "mood": decision.mood,
                "picked": decision.picked,
                "reader": decision.reader,
                "started_at_utc": event.at_utc,
                "visible_ms": 0,
                "quarters": 0,
                **dict.fromkeys(("clicks", "likes", "dislikes", "skips"), 0),
            }
        row["started_at_utc"] = min(row["started_at_utc"], event.at_utc)
        row["visible_ms"] = max(row["visible_ms"], event.visible_ms)
        row["quarters"] = max(row["quarters"], QUARTILES.get(event.name, 0))
        match event.name:
            case EventName.CLICK:
                row["clicks"] += 1
            case EventName.LIKE:
                row["likes"], row["dislikes"] = 1, 0
            case EventName.DISLIKE:
                row["likes"], row["dislikes"] = 0, 1
            case EventName.SKIP:
                row["skips"] = 1
    created = [row for key, row in rows.items() if key not in begun]
    if created:
        connection.execute(insert(impressions), created)
    if begun:
        # One statement for all: SQLAlchemy takes longer to build one than the database to run it.
        grown = [{"grows": key, **{name: rows[key][name] for name in GROWING}} for key in begun]
        connection.execute(
            update(impressions).where(impressions.c.impression_id == bindparam("grows")), grown
        )


def _decision_row(record: DecisionRecord) -> dict[str, Any]:
    return {
        **{c.name: getattr(record, c.name) for c in decisions.columns},
        "slot": record.slot.value,
        "arm": record.arm.value,
        "strategy": record.strategy.value,
        "reader": record.reader.value if record.reader is not None else None,
        "scores": _scores(record.scores),
        "eligible": [[item_id, round(chance, 6)] for item_id, chance in record.eligible],
    }


def _event_row(event: ImpressionEvent) -> dict[str, Any]:
    return {
        **{c.name: getattr(event, c.name) for c in events.columns},
        "name": event.name.value,
        "scores": _scores(event.scores),
    }


def _scores(scores: EmotionScores | None) -> dict[str, float] | None:
    return None if scores is None else {k: round(v, KEPT_DIGITS) for k, v in scores.as_dict().items()}


# -- as text, for the spool --------------------------------------------------------------------------------


def encode(record: DecisionRecord | ImpressionEvent) -> str:
    """A record as one line of JSON."""
    if isinstance(record, DecisionRecord):
        data = {"kind": "decision", **_decision_row(record)}
    else:
        data = {"kind": "event", **_event_row(record)}
    return json.dumps(data, default=_iso, separators=(",", ":"))


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"Expected data that JSON knows. Received: {value!r}")


def decode(line: str) -> DecisionRecord | ImpressionEvent:
    """The record of a line.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    data = json.loads(line)
    kind = data.pop("kind")
    data["scores"] = _read_scores(data["scores"])
    if kind == "decision":
        data |= {
            "slot": Kind(data["slot"]),
            "arm": Arm(data["arm"]),
            "strategy": Strategy(data["strategy"]),
            # What waits since before there was another reader does not say.
            "reader": Reader(data["reader"]) if data.get("reader") else None,
            "eligible": tuple((str(i), float(p)) for i, p in data["eligible"]),
            "decided_at_utc": datetime.fromisoformat(data["decided_at_utc"]),
        }
        return DecisionRecord(**data)
    if kind == "event":
        data |= {"name": EventName(data["name"]), "at_utc": datetime.fromisoformat(data["at_utc"])}
        return ImpressionEvent(**data)
    raise ValueError(f"Expected a decision or an event. Received: {kind!r}")


def _read_scores(data: Mapping[str, float] | None) -> EmotionScores | None:
    if data is None:
        return None
    return EmotionScores(np.array([data[e.value] for e in Emotion], np.float32))
