"""A visit goes on in another process by the token of its tab, with everything that was chosen and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select
from streamlit.testing.v1 import AppTest

from content.choosing.eligibility import History
from content.choosing.picker import Picker
from content.choosing.programme import ProgrammeState, Showing, advance
from content.database import migrate, open_engine
from content.records.recorder import Recorder
from content.records.spool import Spool
from content.tables import decisions, events, impressions
from content.types import Catalog, Kind, Pacing, Reader, Strategy
from emotion.baseline import SessionCalibration
from emotion.labels import Emotion
from emotion.types import SmoothingOptions
from tests.content.builders import ad, catalog, context, full_catalog, moment, mood, rng
from tests.ui.live.feed import FakeFeed
from ui.app.services import catalog_service
from ui.app.state import Preferences, Session, new_session
from ui.live import page, resume, tab_token
from ui.live.follow import PROGRAMME
from ui.live.impressions import KEPT_RECORDS, SessionLog
from ui.live.state import LiveState, Resting, Source
from ui.live.wire import MOST_EVENTS, Batch

SECRET = "a secret of at least 32 characters"
CATALOG = full_catalog()
CAPPED = catalog(*(replace(item, frequency_cap=3) for item in CATALOG.items))
NOW_S = 1000.0


@pytest.fixture
def viewer() -> Session:
    """Somebody in the middle of a visit."""
    viewer = new_session()
    choices, state = viewer.page(Preferences), viewer.page(LiveState)
    choices.strategy, choices.smoothing = Strategy.LIFT, SmoothingOptions(half_life_s=1.2, min_hold_s=0.4)
    state.consented, state.reader, state.resting = True, Reader.DEVICE, Resting.MEASURED
    state.calibration = SessionCalibration((0.0, 0.1, -0.2, 0.0, -1.5, 0.0, 0.3), True, 2)
    state.feed = FakeFeed()
    show(viewer, state)
    return viewer


def show(viewer: Session, state: LiveState) -> None:
    """Puts content on."""
    state.programme = advance(
        state.programme or ProgrammeState(history=History(rests_until={"sad-ad-1": NOW_S + 40, "old": 3.0})),
        CAPPED,
        Picker(lambda: CAPPED),
        context(mood(Emotion.HAPPY)),
        moment(NOW_S),
        rng(),
        PROGRAMME,
    )
    state.log = SessionLog(viewer.session_id, "hall")
    state.log.put_on(state.programme.showing(slot) for slot in Kind)


def event_of(viewer: Session, showing: Showing) -> dict[str, object]:
    """What the browser has to tell of an item."""
    shown = viewer.page(LiveState).log.shown(showing.decision.decision_id)
    return {
        "event_id": uuid4().hex,
        "impression_id": shown.impression_id,
        "decision_id": showing.decision.decision_id,
        "name": "impression",
        "age_ms": 100,
        "visible_ms": 1000,
    }


def token(viewer: Session, known: Catalog = CAPPED, now_s: float = NOW_S) -> str:
    return resume.token(viewer, viewer.page(LiveState), known, SECRET, now_s)


def gone_on(text: str, now_s: float = NOW_S, later_s: float = 0.0) -> tuple[Session, LiveState]:
    """The session in the other process, whose clock begins anywhere."""
    found = resume.read(text, SECRET)
    assert found is not None
    other = new_session()
    resume.go_on(other, other.page(LiveState), found[0], later_s, "hall", now_s)
    return other, other.page(LiveState)


def test_everything_that_a_viewer_chose_is_there(viewer: Session) -> None:
    before = viewer.page(LiveState)
    other, after = gone_on(token(viewer))
    assert other.session_id == viewer.session_id
    assert other.page(Preferences) == viewer.page(Preferences)
    for name in ("consented", "source", "reader", "calibration", "resting"):
        assert getattr(after, name) == getattr(before, name), name
    # The camera was on, so it goes on.
    assert after.starts


def test_a_picked_expression_is_there(viewer: Session) -> None:
    state = viewer.page(LiveState)
    state.source, state.consented, state.feed = Source.DEMO, False, None
    state.demo_mood, state.demo_strength = Emotion.ANGRY, 0.6
    _, after = gone_on(token(viewer))
    assert (after.source, after.consented, after.starts) == (Source.DEMO, False, False)
    assert (after.demo_mood, after.demo_strength) == (Emotion.ANGRY, 0.6)


def test_caps_shares_and_cool_downs_go_on_where_they_were(viewer: Session) -> None:
    before = viewer.page(LiveState).programme.history
    _, after = gone_on(token(viewer), now_s=5.0, later_s=10.0)
    assert after.programme.history.last == before.last
    assert after.programme.history.counts == before.counts != {}
    assert after.programme.history.owed == before.owed
    # Of 40 s of rest 10 are over, on a clock that stands elsewhere; what is over already is left out.
    assert after.programme.history.rests_until == {"sad-ad-1": 35.0}
    # Counts that no cap asks for are nobody's business.
    viewer.page(LiveState).token = tab_token.TabToken()
    assert gone_on(token(viewer, CATALOG))[1].programme.history.counts == {}


def test_a_share_holds_over_many_processes() -> None:
    """What an item with a share is owed goes along, so its count swings about as little as in one process."""
    items = (replace(ad("quarter"), pacing=Pacing(share=0.25)), *(ad(f"other-{n}") for n in range(3)))
    known, chance, shown = catalog(*items), rng(), 0
    viewer = new_session()
    state = viewer.page(LiveState)
    state.consented, state.programme = True, ProgrammeState()
    for n in range(400):
        at = moment(NOW_S + 20 * n)
        picker = Picker(lambda: known)
        state.programme = advance(state.programme, known, picker, context(None), at, chance, PROGRAMME)
        shown += state.programme.item(Kind.AD).item_id == "quarter"
        if n % 3 == 2:
            state.token = tab_token.TabToken()
            viewer, state = gone_on(token(viewer, known, at.at_s), at.at_s)
    # With what is owed the count has a deviation of 0.6, without it one of 9.
    assert abs(shown - 100) <= 3


@pytest.mark.parametrize(
    "spoil",
    [
        # Not the last letter: some of its bits stand for nothing.
        lambda t: t[:-9] + ("A" if t[-9] != "A" else "B") + t[-8:],
        lambda t: "x" * 200_000,
        lambda t: None,
        lambda t: "",
    ],
)
def test_what_nobody_signed_is_nothing(viewer: Session, spoil: Callable[[str], object]) -> None:
    assert resume.read(spoil(token(viewer)), SECRET) is None


def test_another_installation_s_token_is_nothing(viewer: Session) -> None:
    assert resume.read(token(viewer), "another secret of 32 characters!") is None


def test_a_token_is_worth_nothing_after_some_minutes(
    viewer: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = token(viewer)
    made_s = tab_token.time.time()
    monkeypatch.setattr("time.time", lambda: made_s + tab_token.VALID_S - 2)
    found = resume.read(text, SECRET)
    assert found is not None and tab_token.VALID_S - 3 < found[1] < tab_token.VALID_S
    monkeypatch.setattr("time.time", lambda: made_s + tab_token.VALID_S + 2)
    assert resume.read(text, SECRET) is None


def test_what_another_version_wrote_is_gone_on_with_or_asked_again(viewer: Session) -> None:
    read = tab_token.read(token(viewer), SECRET)
    assert read is not None
    visit = read[0]
    assert gone_on(tab_token.sign({**visit, "more": 1}, SECRET))[1].consented
    odd = [{**shown, "record": "{}"} for shown in visit["shown"]]
    assert gone_on(tab_token.sign({**visit, "shown": odd}, SECRET))[1].log.latest == ()
    del visit["strategy"]
    assert resume.read(tab_token.sign(visit, SECRET), SECRET) is None


def test_nothing_is_kept_before_consent_and_without_a_secret(viewer: Session) -> None:
    state = viewer.page(LiveState)
    assert resume.token(viewer, state, CAPPED, None, NOW_S) == ""
    state.consented = False
    assert token(viewer) == ""


def test_it_is_signed_anew_only_when_something_has_changed_or_it_is_old(viewer: Session) -> None:
    first = token(viewer)
    assert token(viewer, now_s=NOW_S + tab_token.RENEW_S - 1) is first
    assert token(viewer, now_s=NOW_S + tab_token.RENEW_S) is not first
    viewer.page(Preferences).strategy = Strategy.MATCH
    assert gone_on(token(viewer))[0].page(Preferences).strategy is Strategy.MATCH


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'records.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("reached", [True, False], ids=["decision-kept", "decision-lost"])
def test_what_the_browser_tells_both_processes_counts_once(
    viewer: Session, engine: Engine, tmp_path: Path, reached: bool
) -> None:
    first = Recorder(engine, Spool(tmp_path / "first.db"), run=False)
    second = Recorder(engine, Spool(tmp_path / "second.db"), run=False)
    log, programme = viewer.page(LiveState).log, viewer.page(LiveState).programme
    batch = Batch(number=7, events=[event_of(viewer, programme.ad)])
    if reached:
        log.take(batch, first, moment(NOW_S + 2))
        first.flush()
    # The browser has not heard that it was taken, and says it to the next process.
    _, after = gone_on(token(viewer, now_s=NOW_S + 2), now_s=50.0)
    after.log.take(batch, second, moment(51.0))
    assert after.log.acknowledged == 7 and after.log.refused == 0
    second.flush()
    if not reached:
        # What the first one had on its disk comes when it is started again.
        log.take(batch, first, moment(NOW_S + 3))
        first.flush()
    with engine.connect() as connection:
        counted = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (impressions, events)
        ]
        kept = connection.execute(select(decisions.c.decision_id)).scalars().all()
    assert counted == [1, 1]
    assert len(kept) == len(set(kept))
    for recorder in (first, second):
        recorder.close()


def test_what_could_not_be_told_for_a_while_is_taken_by_the_next_process(
    viewer: Session, engine: Engine, tmp_path: Path
) -> None:
    """As when a disk is full while many items follow each other, and the process ends then."""
    state = viewer.page(LiveState)
    told = [event_of(viewer, state.programme.ad)]
    for n in range(1, 11):
        felt = mood(Emotion.HAPPY if n % 2 else Emotion.SAD)
        at = moment(NOW_S + 20 * n)
        state.programme = advance(
            state.programme, CAPPED, Picker(lambda: CAPPED), context(felt), at, viewer.rng, PROGRAMME
        )
        state.log.put_on(state.programme.showing(slot) for slot in Kind)
        told.append(event_of(viewer, state.programme.ad))
    assert len({event["decision_id"] for event in told}) > KEPT_RECORDS
    now_s = NOW_S + 205
    _, after = gone_on(token(viewer, now_s=now_s), now_s=50.0)
    second = Recorder(engine, Spool(tmp_path / "second.db"), run=False)
    for number, first in enumerate(range(0, len(told), MOST_EVENTS), start=1):
        assert len(after.log.latest) > KEPT_RECORDS, "there may be more to tell"
        some = Batch(number=number, events=told[first : first + MOST_EVENTS])
        after.log.take(some, second, moment(51.0))
    assert after.log.refused == 0
    # What was told needs not be kept by the tab any longer.
    assert len(after.log.latest) == KEPT_RECORDS
    second.close()


# --- on the page -----------------------------------------------------------------------------------------


def test_a_visit_goes_on_instead_of_the_notice(
    open_app: Callable[[], AppTest], viewer: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = resume.token(viewer, viewer.page(LiveState), CAPPED, catalog_service().secret, NOW_S)
    monkeypatch.setattr(page, "_consent", lambda **_: type("Sent", (), {"visit": text}))
    app = open_app().run()
    assert app.session_state["attune"].session_id == viewer.session_id
    assert not [b for b in app.button if b.key == "consent"]
    assert app.segmented_control(key="strategy").value is Strategy.LIFT


def test_from_the_demo_to_the_camera_the_question_is_asked(
    open_app: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, object]] = []

    def consent(*, data: dict[str, object], **_: object) -> object:
        told.append(data)
        return type("Sent", (), {"visit": None})

    monkeypatch.setattr(page, "_consent", consent)
    app = open_app().run()
    app.button(key="demo").click().run()
    app.button(key="use-camera").click().run()
    assert [b for b in app.button if b.key == "consent"]
    # Or else the tab would hand over the demo's visit, and the demo would be back.
    assert told[-1]["forget"]


def test_who_cannot_go_on_is_asked_again_and_the_tab_forgets(
    open_app: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, object]] = []

    def consent(*, data: dict[str, object], **_: object) -> object:
        told.append(data)
        return type("Sent", (), {"visit": "" if data["forget"] else "spoilt"})

    monkeypatch.setattr(page, "_consent", consent)
    app = open_app().run()
    assert [b for b in app.button if b.key == "consent"]
    assert [told[0]["forget"], told[-1]["forget"]] == [False, True]
