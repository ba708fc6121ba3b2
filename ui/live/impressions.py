"""Turns what the browser saw of an ad or a media item into records.

The script beside this file watches both in the page: how far the media element has played, how much of the
card is in view, and taps. What it tells comes over the page's live socket. Everything is checked here like
any other input from outside, and only what belongs to a decision of this very session is kept.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from content.choosing.programme import ProgrammeOptions, Showing, play_time_s
from content.errors import RecordError
from content.records.impressions import DecisionRecord, EventName, ImpressionEvent, record_of
from content.records.recorder import Recorder
from content.types import Kind, Moment
from emotion.labels import UNKNOWN, label_of
from emotion.types import EmotionScores, MoodEstimate
from ui.live.wire import MOST_EVENTS, Batch, first_problem
from ui.look.html import Markup, render

KEPT_SHOWINGS: Final = 300
"""How many decisions of a session can still get events: about twenty minutes at the fastest change."""

KEPT_MOODS: Final = 600
MAX_EVENTS: Final = 200
"""Of one showing."""

MAX_AGE_MS: Final = 24 * 3600 * 1000
SLACK_MS: Final = 2000
"""How much older than its decision an event may seem, because of the browser's clock and the network."""

KEPT_RECORDS: Final = 6
"""Of so many decisions the tab keeps the records: the browser may still have something to tell of them."""

MOST_RECORDS: Final = 30
"""The same while nothing that the browser tells can be kept, as on a full disk: more waits to be told."""

RETRY_S: Final = 5.0
REPEATED = {EventName.CLICK, EventName.LIKE, EventName.DISLIKE}
"""A viewer may tap again; every other event happens once while an item is shown."""

TAPS: Final = (
    (EventName.LIKE, "Like", True),
    (EventName.DISLIKE, "Not for me", True),
    (EventName.SKIP, "Skip", False),
)
"""Name, words, and whether a second tap takes it back."""

_log = logging.getLogger(__name__)

_Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$")]
_Milliseconds = Annotated[float, Field(ge=0, le=MAX_AGE_MS, allow_inf_nan=False)]


class ReportedEvent(BaseModel):
    """One event as the browser reports it; it happened ``age_ms`` before it was sent."""

    model_config = ConfigDict(extra="forbid")

    event_id: _Id
    impression_id: _Id
    decision_id: _Id
    name: EventName
    age_ms: _Milliseconds
    visible_ms: _Milliseconds


@dataclass(slots=True)
class Shown:
    """One decision that was put on the page.

    Attributes:
        session_id: of the visit that it was made for; its last events may come when the next one has begun.
        impression_id: of all its events.
        slot: where.
        since_s: when, on the monotonic clock.
        events: those that came in, id → name.
        record: of the decision, until it is kept.
    """

    session_id: str
    impression_id: str
    slot: Kind
    since_s: float
    events: dict[str, EventName] = field(default_factory=dict)
    record: DecisionRecord | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch asks the page to do.

    Attributes:
        at_s: when it was taken, on the monotonic clock.
        skipped: slots and decisions whose item was skipped.
        completed: decisions whose item has played out.
    """

    at_s: float
    skipped: tuple[tuple[Kind, str], ...] = ()
    completed: tuple[str, ...] = ()


@dataclass(slots=True)
class SessionLog:
    """What one session's page has shown and heard; bounded, however long the page stays open.

    Runs of the page and its socket may call it at the same time.

    Attributes:
        session_id: of the visit that is on; each decision keeps the one it was made for.
        site: where the page is shown.
        acknowledged: number of the last processed batch, for the browser.
        recorded: decisions and events handed to the recorder.
        refused: events that were not accepted.
        problem: why the last records could not be kept, or None.
        latest: the last decisions of which a browser tells something, for another process to go on with.
    """

    session_id: str
    site: str
    acknowledged: int = 0
    recorded: int = 0
    refused: int = 0
    problem: str | None = None
    latest: tuple[DecisionRecord, ...] = ()
    _shown: OrderedDict[str, Shown] = field(default_factory=OrderedDict)
    _moods: deque[tuple[float, str, EmotionScores | None]] = field(
        default_factory=lambda: deque(maxlen=KEPT_MOODS)
    )
    _again_at_s: float = -float("inf")
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    def feel(self, mood: MoodEstimate | None, at_s: float) -> None:
        """Notes the mood of a moment, for events from then on."""
        if mood is None:
            self._moods.append((at_s, UNKNOWN, None))
        else:
            self._moods.append((at_s, label_of(mood.dominant), mood.scores))

    def put_on(self, showings: Iterable[Showing | None]) -> None:
        """Notes what the page shows now; each new decision gets an impression id."""
        with self._lock:
            for showing in showings:
                if showing is None or showing.decision.decision_id in self._shown:
                    continue
                record = record_of(showing.decision, self.session_id, self.site)
                self.go_on(record, uuid.uuid4().hex, showing.since_s)
            while len(self._shown) > KEPT_SHOWINGS:
                self._shown.popitem(last=False)

    def go_on(self, record: DecisionRecord, impression_id: str, since_s: float) -> None:
        """Notes a decision that is on, perhaps since it was another process's; it is kept with the next ones.

        Args:
            record: of the decision. One that is in the database already is not kept twice.
            impression_id: of its events.
            since_s: when it was put on, on the monotonic clock.
        """
        with self._lock:
            self._shown[record.decision_id] = Shown(
                record.session_id, impression_id, record.slot, since_s, record=record
            )
            # The browser tells nothing of themes.
            if record.slot is not Kind.THEME:
                self.latest = (*self.latest, record)[-MOST_RECORDS:]

    def shown(self, decision_id: str) -> Shown | None:
        """What is known about a decision of this session."""
        return self._shown.get(decision_id)

    def is_due(self, at_s: float) -> bool:
        """Whether decisions wait to be kept, after a fault, and it is time to try again."""
        waits = any(shown.record is not None for shown in tuple(self._shown.values()))
        return waits and at_s >= self._again_at_s and self.problem is not None

    def keep_decisions(self, recorder: Recorder | None, now: Moment) -> None:
        """Gives the recorder the decisions on the page that are not recorded yet."""
        with self._lock:
            waiting = [shown for shown in self._shown.values() if shown.record is not None]
            if recorder is None or not waiting or now.at_s < self._again_at_s:
                return
            if self._record(recorder, [shown.record for shown in waiting if shown.record is not None], now):
                for shown in waiting:
                    shown.record = None

    def take(self, batch: Batch, recorder: Recorder | None, now: Moment) -> Taken:
        """Checks a batch from the browser, records the accepted events, and says what the page must do.

        A batch that cannot be recorded is not acknowledged, so the browser sends it again.
        """
        with self._lock:
            return self._take(batch, recorder, now)

    def _take(self, batch: Batch, recorder: Recorder | None, now: Moment) -> Taken:
        believed: list[tuple[Shown, ImpressionEvent]] = []
        new: list[tuple[Shown, ImpressionEvent]] = []
        for raw in batch.events:
            found = self._believe(raw, now)
            if found is not None:
                believed.append(found)
                shown, event = found
                if event.event_id not in shown.events:
                    shown.events[event.event_id] = event.name
                    new.append(found)
        if recorder is not None and believed and not self._keep(recorder, believed, now):
            for shown, event in new:
                del shown.events[event.event_id]
            return Taken(now.at_s)
        self.acknowledged = batch.number
        if len(batch.events) < MOST_EVENTS:
            # It held all that waited, so nothing is left to tell of older ones.
            self.latest = self.latest[-KEPT_RECORDS:]
        return Taken(
            now.at_s,
            skipped=tuple((shown.slot, e.decision_id) for shown, e in new if e.name is EventName.SKIP),
            completed=tuple(e.decision_id for _, e in new if e.name is EventName.COMPLETE),
        )

    def _believe(self, raw: object, now: Moment) -> tuple[Shown, ImpressionEvent] | None:
        try:
            event = ReportedEvent.model_validate(raw)
        except ValidationError as error:
            self._refuse(f"Expected an event of the page. Received: {first_problem(error)}")
            return None
        shown = self._shown.get(event.decision_id)
        if shown is None or shown.impression_id != event.impression_id:
            self._refuse(f"Expected an event of a decision of this session. Received: {event.decision_id!r}")
            return None
        known = shown.events.get(event.event_id)
        on_for_ms = max(0.0, (now.at_s - shown.since_s) * 1000) + SLACK_MS
        if max(event.age_ms, event.visible_ms) > on_for_ms:
            self._refuse(f"Expected an event of the last {on_for_ms:.0f} ms. Received: {event!r}")
            return None
        if known not in (None, event.name) or len(shown.events) > MAX_EVENTS:
            self._refuse(f"Expected an event of its own. Received: {event!r}")
            return None
        if known is None and event.name not in REPEATED and event.name in shown.events.values():
            return None
        at_s = now.at_s - event.age_ms / 1000
        mood, scores = self._mood_at(at_s)
        return shown, ImpressionEvent(
            event_id=event.event_id,
            impression_id=event.impression_id,
            decision_id=event.decision_id,
            session_id=shown.session_id,
            name=event.name,
            at_utc=now.at_utc - timedelta(milliseconds=event.age_ms),
            visible_ms=round(event.visible_ms),
            mood=mood,
            scores=scores,
        )

    def _mood_at(self, at_s: float) -> tuple[str, EmotionScores | None]:
        # Moods are noted in the server's own thread too.
        felt = tuple(self._moods)
        for felt_s, mood, scores in reversed(felt):
            if felt_s <= at_s:
                return mood, scores
        return felt[0][1:] if felt else (UNKNOWN, None)

    def _keep(
        self, recorder: Recorder, believed: Sequence[tuple[Shown, ImpressionEvent]], now: Moment
    ) -> bool:
        # Decisions first: an event recorded before its decision would belong to none.
        self.keep_decisions(recorder, now)
        if any(shown.record is not None for shown, _ in believed):
            return False
        return self._record(recorder, [event for _, event in believed], now)

    def _record(
        self, recorder: Recorder, records: Sequence[DecisionRecord | ImpressionEvent], now: Moment
    ) -> bool:
        try:
            recorder.record(records)
        except RecordError as error:
            if self.problem != str(error):
                _log.error("Nothing is recorded: %s", error)
            self.problem = str(error)
            self._again_at_s = now.at_s + RETRY_S
            return False
        self.problem = None
        self.recorded += len(records)
        return True

    def _refuse(self, message: str) -> None:
        self.refused += 1
        # One line is enough about a browser that sends nonsense; a thousand would only fill the disk.
        if self.refused == 1:
            _log.warning("%s", message)


# --- on the page -----------------------------------------------------------------------------------------


def feedback_html(showing: Showing | None, shown: Shown | None, options: ProgrammeOptions) -> Markup:
    """The buttons under an item, with what the script beside this file needs to know about it."""
    if showing is None or showing.item is None or shown is None:
        return render("live/feedback.html", shown=None)
    return render(
        "live/feedback.html",
        shown=shown,
        item=showing.item,
        decision_id=showing.decision.decision_id,
        planned_ms=play_time_s(showing.item, showing.decision.slot, options) * 1000,
        taps=TAPS,
    )
