"""A screen that several people pass: what one leaves for the next."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from attune_settings import settings
from content.types import Arm, Strategy
from emotion.baseline import SessionCalibration
from tests.ui.live.feed import FakeFeed
from ui.app.state import Preferences
from ui.live.state import LiveState, Resting
from ui.live.visit import ABSENT_S, NEW_VISIT, OFF_S, Attendance

OpenApp = Callable[[], AppTest]


def ends(*moments: tuple[float, int | None]) -> list[float]:
    """When the visits end, over moments of (time, faces in view)."""
    attendance = Attendance()
    return [at_s for at_s, faces in moments if attendance.note(faces, at_s)]


def every_half_second(begin_s: float, end_s: float, faces: int | None) -> list[tuple[float, int | None]]:
    return [(n / 2, faces) for n in range(round(begin_s * 2), round(end_s * 2))]


def test_a_visit_ends_once_when_nobody_has_been_in_view_for_eight_seconds() -> None:
    seen, gone = every_half_second(0, 5, 1), every_half_second(5, 60, 0)
    assert ends(*seen, *gone) == [4.5 + ABSENT_S]


def test_a_visit_goes_on_while_somebody_looks_away_for_less() -> None:
    away = ABSENT_S - 1
    assert (
        ends(*every_half_second(0, 5, 1), *every_half_second(5, 5 + away, 0), *every_half_second(12, 20, 2))
        == []
    )


def test_an_empty_room_is_no_visit_that_could_end() -> None:
    assert ends(*every_half_second(0, 300, 0)) == []


def test_every_person_has_a_visit() -> None:
    one = [*every_half_second(0, 5, 1), *every_half_second(5, 20, 0)]
    two = [(at_s + 20, faces) for at_s, faces in one]
    assert len(ends(*one, *two)) == 2


def test_a_camera_without_a_picture_says_nothing_about_who_is_there_for_a_minute() -> None:
    seen = every_half_second(0, 5, 1)
    assert ends(*seen, *every_half_second(5, 30, None), *every_half_second(30, 40, 1)) == []
    assert ends(*seen, *every_half_second(5, 120, None)) == [4.5 + OFF_S]
    assert ends(*seen, (300.0, 1), *every_half_second(300.5, 310, 1)) == [300.0]


# --- on the page -----------------------------------------------------------------------------------------


@pytest.fixture
def open_room(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[AppTest, FakeFeed]]:
    def open_it() -> tuple[AppTest, FakeFeed]:
        feed = FakeFeed()
        monkeypatch.setattr("ui.live.camera.CameraFeed", lambda *_, **__: feed)
        app = open_app()
        app.button(key="consent").click().run()
        return app, feed

    return open_it


def state_of(app: AppTest) -> LiveState:
    kept = app.session_state["attune"].page(LiveState)
    assert isinstance(kept, LiveState)
    return kept


def leave(app: AppTest, feed: FakeFeed) -> None:
    """Nobody is in view any more, and has not been for long enough."""
    feed.faces = 0
    seen_at_s = state_of(app).attendance.seen_at_s
    assert seen_at_s is not None
    state_of(app).attendance.seen_at_s = seen_at_s - ABSENT_S
    app.run()
    assert not app.exception


def said(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_the_next_person_finds_nothing_of_the_last_one(open_room) -> None:
    app, feed = open_room()
    app.button(key="not-how-i-look").click().run()
    app.button_group(key="strategy").set_value(Strategy.LIFT).run()
    state_of(app).resting = Resting.SETTLED
    before = app.session_state["attune"].session_id
    assert state_of(app).calibration != SessionCalibration()

    leave(app, feed)
    state, viewer = state_of(app), app.session_state["attune"]
    assert viewer.session_id != before
    assert (state.calibration, feed.calibration) == (SessionCalibration(), SessionCalibration())
    assert (state.resting, state.doubt) == (Resting.OFFERED, None)
    assert viewer.page(Preferences).strategy is Strategy.MATCH
    assert app.button_group(key="strategy").value is Strategy.MATCH
    assert NEW_VISIT in said(app)
    assert state.programme is not None and state.programme.history.counts.keys() == {
        showing.decision.item_id
        for showing in (state.programme.ad, state.programme.media, state.programme.theme)
    }

    app.run()
    assert app.session_state["attune"].session_id == viewer.session_id, "one visit, not one a tick"
    feed.faces = 1
    app.run()
    assert NEW_VISIT not in said(app)


def test_each_visit_is_drawn_into_its_own_arm(open_room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_CONTROL_SHARE", "0.5")
    settings.cache_clear()
    app, feed = open_room()
    arms = set()
    for _ in range(40):
        programme = state_of(app).programme
        assert programme is not None and programme.ad is not None
        arms.add(programme.ad.decision.arm)
        assert ('data-testid="control-arm"' in said(app)) == (programme.ad.decision.arm is Arm.CONTROL)
        if len(arms) == 2:
            return
        leave(app, feed)
        feed.faces = 1
        app.run()
    pytest.fail(f"Expected both arms within 40 visits. Received: {arms}")


def test_lift_it_says_that_this_visit_does_not_follow(open_room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_CONTROL_SHARE", "1")
    settings.cache_clear()
    app, _ = open_room()
    assert re.search(r'data-testid="control-arm"[^>]*>This visit shows random content', said(app))
    app.button(key="demo").click().run()
    assert 'data-testid="control-arm"' not in said(app)
