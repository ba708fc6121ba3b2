"""What the browser says is checked, kept once, and has its effect on the page."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from content.choosing.picker import Picker
from content.choosing.programme import ProgrammeOptions, ProgrammeState, Showing, advance
from content.errors import RecordError
from content.records.impressions import DecisionRecord, EventName, ImpressionEvent
from content.types import Catalog, Kind
from emotion.labels import Emotion
from tests.content.builders import ad, context, full_catalog, media, moment, mood
from ui.app.services import catalog_service
from ui.app.state import Session
from ui.live.follow import PROGRAMME, after_heard, hear
from ui.live.impressions import KEPT_MOODS, KEPT_SHOWINGS, SessionLog, feedback_html
from ui.live.state import LiveState
from ui.live.wire import Batch

HAPPY = Emotion.HAPPY


class KeptRecords:
    """A recorder that keeps what it is given in a list, or fails as told."""

    def __init__(self) -> None:
        self.records: list[DecisionRecord | ImpressionEvent] = []
        self.error: RecordError | None = None

    def record(self, records) -> None:
        if self.error is not None:
            raise self.error
        self.records += records

    @property
    def events(self) -> list[ImpressionEvent]:
        return [r for r in self.records if isinstance(r, ImpressionEvent)]


def begun(catalog: Catalog) -> ProgrammeState:
    """What a page with a happy face shows at first."""
    happy, rng = context(mood(HAPPY)), np.random.default_rng(3)
    return advance(ProgrammeState(), catalog, Picker(lambda: catalog), happy, moment(0), rng, PROGRAMME)


@pytest.fixture
def recorder() -> KeptRecords:
    return KeptRecords()


@pytest.fixture
def programme() -> ProgrammeState:
    return begun(full_catalog())


@pytest.fixture
def log(programme: ProgrammeState) -> SessionLog:
    log = SessionLog("s1", "hall")
    log.put_on(programme.showing(slot) for slot in Kind)
    return log


def an_event(log: SessionLog, showing: Showing | None, name: str = "impression", **fields: object) -> dict:
    assert showing is not None
    decision_id = showing.decision.decision_id
    shown = log.shown(decision_id)
    assert shown is not None
    return {
        "event_id": str(uuid.uuid4()),
        "impression_id": shown.impression_id,
        "decision_id": decision_id,
        "name": name,
        "age_ms": 100,
        "visible_ms": 1000.4,
        **fields,
    }


def batch(number: int, *events: object) -> Batch:
    return Batch(number=number, events=list(events))


# --- what is believed ------------------------------------------------------------------------------------


def test_an_event_is_kept_after_its_decision_with_the_mood_of_then(log, programme, recorder) -> None:
    log.feel(mood(Emotion.SAD, 0.6), 1.0)
    log.feel(mood(HAPPY, 0.9), 4.0)
    log.take(batch(1, an_event(log, programme.ad, age_ms=2000)), recorder, moment(5))
    assert [type(r) for r in recorder.records] == [DecisionRecord] * 3 + [ImpressionEvent]
    assert all(r.session_id == "s1" for r in recorder.records)
    (event,) = recorder.events
    assert (event.mood, event.visible_ms, event.at_utc) == ("sad", 1000, moment(3).at_utc)
    assert event.scores is not None and event.scores[Emotion.SAD] == pytest.approx(0.6)
    assert log.acknowledged == 1


def test_an_event_that_comes_twice_counts_once(log, programme, recorder) -> None:
    click = an_event(log, programme.ad, "skip")
    first = log.take(batch(1, click, click), recorder, moment(5))
    again = log.take(batch(2, click), recorder, moment(6))
    assert len(first.skipped) == 1 and again.skipped == ()
    assert {e.event_id for e in recorder.events} == {click["event_id"]}
    # Nor does what can happen once only, under another id.
    kept = len(recorder.events)
    log.take(batch(3, an_event(log, programme.ad, "skip")), recorder, moment(7))
    assert len(recorder.events) == kept and log.acknowledged == 3


def test_late_and_out_of_order_events_keep_their_own_time(log, programme, recorder) -> None:
    late = an_event(log, programme.media, "start", age_ms=28_000)
    log.take(batch(1, an_event(log, programme.media, "midpoint", age_ms=500), late), recorder, moment(30))
    by_time = sorted(recorder.events, key=lambda e: e.at_utc)
    assert [e.name for e in by_time] == [EventName.START, EventName.MIDPOINT]
    assert by_time[0].at_utc == moment(2).at_utc


@pytest.mark.parametrize(
    "wrong",
    [
        {"decision_id": "d" * 32},
        {"impression_id": "1" * 32},
        {"name": "explode"},
        {"age_ms": -1},
        {"age_ms": float("nan")},
        {"age_ms": 60_000},
        {"visible_ms": 3_600_000},
        {"visible_ms": "many"},
        {"event_id": "x" * 5000},
        {"event_id": "'; DROP TABLE events"},
        {"extra": 1},
    ],
    ids=str,
)
def test_what_does_not_belong_is_refused_and_the_rest_kept(log, programme, recorder, wrong) -> None:
    bad, good = an_event(log, programme.ad, **wrong), an_event(log, programme.media)
    log.take(batch(1, bad, good, "nonsense", None), recorder, moment(5))
    assert [e.decision_id for e in recorder.events] == [good["decision_id"]]
    assert log.refused == 3 and log.acknowledged == 1


def test_another_session_s_decision_is_unknown_here(log, programme, recorder) -> None:
    other = SessionLog("s2", "hall")
    other.take(batch(1, an_event(log, programme.ad)), recorder, moment(5))
    assert recorder.records == [] and other.refused == 1


def test_the_last_events_of_a_visit_are_kept_under_its_number_when_the_next_has_begun(
    log, programme, recorder
) -> None:
    log.session_id = "s2"
    log.take(batch(1, an_event(log, programme.ad)), recorder, moment(5))
    assert {event.session_id for event in recorder.events} == {"s1"}
    assert log.refused == 0


def test_nonsense_without_end_is_logged_once(log, recorder, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        for number in range(50):
            log.take(batch(number, {"nonsense": number}), recorder, moment(5))
    assert log.refused == 50 and len(caplog.records) == 1


# --- outages and long sessions ---------------------------------------------------------------------------


def test_what_cannot_be_kept_is_not_acknowledged_and_comes_again(log, programme, recorder) -> None:
    recorder.error = RecordError("No room. Received: a full disk")
    skip = an_event(log, programme.ad, "skip")
    assert log.take(batch(1, skip), recorder, moment(5)).skipped == ()
    assert log.acknowledged == 0 and log.problem
    recorder.error = None
    taken = log.take(batch(2, {**skip, "age_ms": 6100}), recorder, moment(11))
    assert len(taken.skipped) == 1 and log.acknowledged == 2 and log.problem is None
    assert len(recorder.events) == 1 and len(recorder.records) == 4


def test_without_a_recorder_the_page_still_answers(log, programme) -> None:
    assert log.take(batch(1, an_event(log, programme.ad, "skip")), None, moment(5)).skipped
    assert log.acknowledged == 1


def test_decisions_wait_while_nothing_can_be_kept(log, recorder) -> None:
    recorder.error = RecordError("No room. Received: a full disk")
    log.keep_decisions(recorder, moment(1))
    recorder.error = None
    log.keep_decisions(recorder, moment(2))
    assert recorder.records == [], "not at every tick"
    log.keep_decisions(recorder, moment(7))
    log.keep_decisions(recorder, moment(8))
    assert len(recorder.records) == 3


@pytest.mark.slow
def test_an_hour_of_a_mood_that_flips_every_second_keeps_memory_flat(recorder) -> None:
    catalog, rng, log = full_catalog(), np.random.default_rng(1), SessionLog("s1", "hall")
    picker, programme = Picker(lambda: catalog), ProgrammeState()
    for second in range(3600):
        now = moment(second)
        felt = mood(HAPPY if second % 2 else Emotion.SAD)
        programme = advance(programme, catalog, picker, context(felt), now, rng)
        log.feel(felt, now.at_s)
        log.put_on(programme.showing(slot) for slot in Kind)
        log.keep_decisions(recorder, now)
    assert len(log._shown) == KEPT_SHOWINGS and len(log._moods) == KEPT_MOODS
    decided = {r.decision_id for r in recorder.records if isinstance(r, DecisionRecord)}
    # Each of three slots changes every four seconds at most: the minimum dwell holds.
    assert KEPT_SHOWINGS < len(decided) <= 3 * 3600 / 3 + 3
    assert len(recorder.records) == len(decided)


def test_a_clock_that_is_set_back_changes_nothing_but_the_time_on_record(log, programme, recorder) -> None:
    now = moment(5)
    back = type(now)(now.at_s, now.at_utc - timedelta(hours=1))
    log.feel(mood(HAPPY), 4.0)
    log.take(batch(1, an_event(log, programme.ad)), recorder, back)
    (event,) = recorder.events
    assert event.mood == "happy" and event.at_utc < moment(0).at_utc


# --- on the page -----------------------------------------------------------------------------------------


def test_the_buttons_are_buttons_with_words_and_the_title_is_text(log) -> None:
    item = media("m", HAPPY, title='<img src=x onerror="alert(1)">')
    showing = begun(Catalog(1, (item,))).media
    assert showing is not None
    log.put_on([showing])
    html = feedback_html(showing, log.shown(showing.decision.decision_id), ProgrammeOptions())
    assert html.count('<button type="button"') == 3 and "<img" not in html
    for words in ("Like", "Not for me", "Skip"):
        assert f">{words}</button>" in html
    assert 'data-planned-ms="20000"' in html
    assert "<button" not in feedback_html(None, None, ProgrammeOptions())


@pytest.fixture
def state(programme: ProgrammeState, log: SessionLog) -> LiveState:
    state = LiveState()
    state.programme, state.log = programme, log
    return state


@pytest.fixture
def session() -> Session:
    return Session("s1", np.random.default_rng(1))


class OnlyRecorder:
    """As much of the content as the page's ear uses."""

    def __init__(self, recorder: KeptRecords) -> None:
        self.recorder = recorder


@pytest.fixture
def at_second(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    return lambda at_s: monkeypatch.setattr("ui.live.follow.time.monotonic", lambda: at_s)


def test_skip_frees_the_slot_at_once_and_an_old_one_does_nothing(
    session, state, log, recorder, at_second
) -> None:
    before = state.programme
    at_second(1.0)
    skip = an_event(log, before.ad, "skip", visible_ms=500)
    hear(session, state, OnlyRecorder(recorder), batch(1, skip))
    assert state.programme is before, "the stage may be running, so only its next run follows"
    heard = after_heard(before, state.heard)
    assert heard.ad is None and heard.media is before.media
    catalog = full_catalog()
    state.heard.clear()
    state.programme = advance(
        heard,
        catalog,
        Picker(lambda: catalog),
        context(mood(HAPPY)),
        moment(1.1),
        np.random.default_rng(5),
    )
    assert state.programme.item(Kind.AD) is not None
    assert state.programme.item(Kind.AD) != before.ad.item, "the minimum dwell is no reason to stay"
    hear(session, state, OnlyRecorder(recorder), batch(2, {**skip, "event_id": str(uuid.uuid4())}))
    assert after_heard(state.programme, state.heard) is state.programme


def test_a_clip_that_played_out_makes_room_as_soon_as_it_should(
    session, state, log, recorder, at_second
) -> None:
    catalog = Catalog(1, (media("m", HAPPY, duration_s=12.0), ad("a", HAPPY)))
    state.programme = begun(catalog)
    log.put_on([state.programme.media])
    assert state.programme.media.until_s == 14.0
    at_second(12.4)
    done = an_event(log, state.programme.media, "complete", visible_ms=12_300)
    hear(session, state, OnlyRecorder(recorder), batch(1, done))
    at_second(13.5)
    assert after_heard(state.programme, state.heard).media.until_s == pytest.approx(12.4)
    # One that says so early, as a short clip does after its first round, stays its time.
    hear(session, state, OnlyRecorder(recorder), batch(2, an_event(log, state.programme.media, "complete")))
    assert after_heard(state.programme, state.heard).media.until_s == pytest.approx(12.4)


OpenApp = Callable[[], AppTest]


def test_nothing_is_noted_before_the_start_and_decisions_are_kept_after_it(open_app: OpenApp) -> None:
    app = open_app()
    assert app.session_state["attune"].page(LiveState).log is None
    app.button(key="demo").click().run()
    assert not app.exception
    state = app.session_state["attune"].page(LiveState)
    content = catalog_service()
    assert content is not None and content.recorder is not None
    kept = content.recorder.export_session(app.session_state["attune"].session_id)
    assert {d["slot"] for d in kept["decisions"]} == {"ad", "media", "theme"}
    assert kept["events"] == [] and kept["impressions"] == [], "a server's timer is no event"
    page = "\n".join(e.proto.body for e in app.get("html"))
    for showing in (state.programme.ad, state.programme.media):
        assert f'data-decision-id="{showing.decision.decision_id}"' in page


def test_a_spool_that_cannot_be_opened_does_not_stop_the_page(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, tmp_path, caplog
) -> None:
    blocked = tmp_path / "no-folder"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setenv("ATTUNE_SPOOL_DIR", str(blocked / "spool"))
    app = open_app()
    app.button(key="demo").click().run()
    assert not app.exception
    assert re.search(r"Nothing is recorded", caplog.text)
    assert [w for w in app.warning if "Nothing is recorded" in w.value]
    assert app.session_state["attune"].page(LiveState).programme.ad is not None
