"""The viewer's resting face and corrections, and what is kept of the visit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from attune_settings import settings
from content.errors import DatabaseUnavailableError
from emotion.baseline import SessionCalibration, corrected, resting_calibration
from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores
from tests.ui.live.feed import FakeFeed
from tests.ui.pages import html
from ui.app.services import catalog_service
from ui.live import personal
from ui.live import your_data as session_data
from ui.live.state import LiveState, Resting, Source

OpenApp = Callable[[], AppTest]


def state_of(app: AppTest) -> LiveState:
    kept = app.session_state["attune"].page(LiveState)
    assert isinstance(kept, LiveState)
    return kept


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


@pytest.fixture
def app(open_app: OpenApp) -> AppTest:
    """A visitor who looks sad to the model, with the camera on."""
    app = open_app()
    state_of(app).feed = FakeFeed()
    app.button(key="consent").click().run()
    assert not app.exception
    return app


def rows_above(app: AppTest, words: str) -> list[int]:
    """How many parts each block has that the element with ``words`` lies in, the outermost first."""

    def search(node: object) -> list[int] | None:
        children = getattr(node, "children", None)
        if children is None:
            return [] if words in str(getattr(node, "proto", "")) else None
        below = (search(child) for child in children.values())
        found = next((rows for rows in below if rows is not None), None)
        return None if found is None else [len(children), *found]

    rows = search(app.main)
    assert rows is not None
    return rows


def test_what_comes_and_goes_has_a_place_that_each_run_empties(app: AppTest) -> None:
    """A part that is only left out may stay on the page, see ``ui.look.places``."""

    def rows() -> tuple[list[int], list[int]]:
        return rows_above(app, 'data-testid=\\"mood\\"'), rows_above(app, "not-how-i-look")

    before = rows()
    app.button(key="resting-begin").click().run()
    assert "resting-cancel" in keys(app) and rows() == before
    app.button(key="resting-cancel").click().run()
    assert "resting-again" in keys(app) and rows() == before
    app.button(key="not-how-i-look").click().run()
    assert "right-none" in keys(app)
    assert rows_above(app, 'data-testid=\\"mood\\"') == before[0]


# --- the resting face ------------------------------------------------------------------------------------


def test_the_resting_face_is_offered_looked_at_and_taken_over(app: AppTest) -> None:
    feed = state_of(app).feed
    assert "Measure your resting face" in html(app)
    app.button(key="resting-begin").click().run()
    assert state_of(app).resting is Resting.LOOKING and "resting-cancel" in keys(app)
    feed.resting_share = 0.5
    app.run()
    feed.finish_baseline()
    app.run()
    assert not app.exception
    state = state_of(app)
    assert state.resting is Resting.MEASURED and state.calibration.has_baseline
    assert "reads as a little sad" in html(app)
    app.button(key="resting-skip").click().run()
    assert 'data-testid="resting"' not in html(app)
    # Any time later: again, or all back.
    assert {"resting-again", "calibration-reset"} <= keys(app)
    app.button(key="calibration-reset").click().run()
    assert state.calibration == SessionCalibration() == feed.calibration


def test_the_offer_can_be_skipped_and_taken_later(app: AppTest) -> None:
    app.button(key="resting-skip").click().run()
    assert 'data-testid="resting"' not in html(app) and state_of(app).calibration.is_none
    app.button(key="resting-again").click().run()
    assert state_of(app).resting is Resting.LOOKING


def test_a_look_that_is_broken_off_changes_nothing_and_is_said(app: AppTest) -> None:
    app.button(key="resting-begin").click().run()
    state_of(app).feed.resting_share = None
    app.run()
    assert state_of(app).resting is Resting.MISSED and state_of(app).calibration.is_none
    assert "too short" in html(app)
    state_of(app).feed.live = False
    app.run()
    assert 'data-testid="resting"' not in html(app), "nothing to look at"


def test_it_can_be_cancelled(app: AppTest) -> None:
    app.button(key="resting-begin").click().run()
    app.button(key="resting-cancel").click().run()
    assert state_of(app).feed.resting_share is None and state_of(app).resting is Resting.SETTLED


def test_nothing_of_it_in_the_demo(open_app: OpenApp) -> None:
    app = open_app()
    app.button(key="demo").click().run()
    assert not {"resting-begin", "not-how-i-look"} & keys(app)


@pytest.mark.parametrize(
    ("shown", "words"), [(Emotion.NEUTRAL, "reads as neutral"), (Emotion.ANGRY, "angry")]
)
def test_the_result_is_said_in_words(shown: Emotion, words: str) -> None:
    found = resting_calibration([EmotionScores.certain(shown, 0.8)] * 9)
    assert words in personal.result_words(found)


# --- that's not how I look -------------------------------------------------------------------------------


def test_a_correction_counts_once_and_may_say_what_is_right(app: AppTest) -> None:
    app.button(key="not-how-i-look").click().run()
    state = state_of(app)
    assert state.calibration == corrected(SessionCalibration(), Emotion.SAD)
    assert "Noted: not sad" in html(app)
    assert {f"right-{e.value}" for e in EMOTIONS if e is not Emotion.SAD} <= keys(app)
    app.button(key="right-neutral").click().run()
    assert state.calibration == corrected(SessionCalibration(), Emotion.SAD, Emotion.NEUTRAL)
    assert state.calibration.corrections == 1 and state.feed.calibration == state.calibration
    app.button(key="not-how-i-look").click().run()
    app.button(key="right-none").click().run()
    assert state.calibration.corrections == 2 and state.doubt is None
    assert "2 corrections" in session_data.corrections_words(state)


def test_a_tap_that_comes_late_is_about_what_was_shown(app: AppTest) -> None:
    button = app.button(key="not-how-i-look")
    # The stream pauses, and a run of the page comes between the finger and the tap.
    state_of(app).feed.live = False
    app.run()
    button.click().run()
    assert state_of(app).calibration == corrected(SessionCalibration(), Emotion.SAD)
    app.button(key="right-none").click().run()
    state = state_of(app)
    assert state.last_shown is not None
    state.last_shown = state.last_shown[0], state.last_shown[1] - personal.TAP_S
    app.run()
    assert app.button(key="not-how-i-look").disabled, "long ago, so nobody can know what is meant"


def test_the_question_what_is_right_goes_away_by_itself(app: AppTest) -> None:
    app.button(key="not-how-i-look").click().run()
    doubt = state_of(app).doubt
    assert doubt is not None
    state_of(app).doubt = replace(doubt, since_s=doubt.since_s - personal.DOUBT_S)
    app.run()
    assert "not-how-i-look" in keys(app) and state_of(app).calibration.corrections == 1


def test_calibration_survives_a_camera_that_is_started_again(open_app: OpenApp) -> None:
    app = open_app()
    known = corrected(SessionCalibration(), Emotion.SAD)
    state_of(app).calibration = known
    app.button(key="consent").click().run()
    assert state_of(app).feed._calibration == known
    app.button(key="stop").click().run()
    app.button(key="consent").click().run()
    assert state_of(app).feed._calibration == known


# --- your data -------------------------------------------------------------------------------------------


def test_the_words_on_what_is_kept(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_RETENTION_DAYS", "30")
    content = catalog_service()
    assert content is not None
    words = session_data.data_html(LiveState(), "ab12cd34", content, 12)
    for part in (
        "None. The app reads",
        "<b>12</b> so far",
        "30 days, then they are deleted",
        "No corrections",
        "not measured",
    ):
        assert part in words
    assert session_data.retention_words(None) == "until somebody deletes them"


def test_the_control_arm_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    state = LiveState()
    for share, words in (("0", "as on every visit"), ("1", "Yours is one of them")):
        monkeypatch.setenv("ATTUNE_CONTROL_SHARE", share)
        settings.cache_clear()
        assert words in session_data.arm_words(state, "ab12cd34")
    state.source = Source.DEMO
    assert "that you pick" in session_data.arm_words(state, "ab12cd34")


def opened(app: AppTest) -> AppTest:
    app.session_state["your-data"] = True
    return app.run()


def test_delete_asks_once_and_ends_the_visit_with_nothing_left(app: AppTest) -> None:
    state = state_of(app)
    session_id = app.session_state["attune"].session_id
    state.calibration = corrected(state.calibration, Emotion.SAD)
    recorder = catalog_service().recorder
    opened(app)
    assert 'data-testid="your-data"' in html(app)
    app.button(key="delete-session").click().run()
    assert recorder.export_session(session_id)["decisions"], "a question deletes nothing"
    app.button(key="delete-no").click().run()
    assert "delete-yes" not in keys(app)
    app.button(key="delete-session").click().run()
    app.button(key="delete-yes").click().run()
    assert not app.exception
    kept = recorder.export_session(session_id)
    assert (kept["decisions"], kept["impressions"], kept["events"]) == ([], [], [])
    assert 'data-testid="notice"' in html(app)
    assert [s for s in app.success if "3 records deleted" in s.value]
    assert app.session_state["attune"].session_id != session_id
    assert state.calibration.is_none and state.log is None
    app.run()
    assert not app.success, "said once"


def test_a_database_that_is_out_is_said_and_nothing_is_called_deleted(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out(*_: object) -> None:
        raise DatabaseUnavailableError("Expected a database. Received: nothing")

    recorder = catalog_service().recorder
    opened(app)
    app.button(key="delete-session").click().run()
    monkeypatch.setattr(recorder, "export_session", out)
    monkeypatch.setattr(recorder, "delete_session", out)
    app.button(key="delete-yes").click().run()
    assert not app.exception
    assert [w for w in app.warning if "cannot be read right now" in w.value]
    assert [e for e in app.error if "Nothing was deleted" in e.value]
    assert state_of(app).consented


def test_the_export_holds_this_session_alone(app: AppTest) -> None:
    recorder = catalog_service().recorder
    session_id = app.session_state["attune"].session_id
    kept = json.loads(json.dumps(recorder.export_session(session_id)))
    assert {d["session_id"] for d in kept["decisions"]} == {session_id}
    assert recorder.export_session("someone-else")["decisions"] == []
