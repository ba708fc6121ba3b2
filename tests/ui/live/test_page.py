from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from content.types import Arm, Kind, Strategy
from emotion.labels import EMOTIONS, Emotion
from emotion.types import Problem
from tests.ui.live.feed import FakeFeed
from tests.ui.pages import html
from ui.app.state import Preferences, new_session
from ui.live import page as live
from ui.live.state import LiveState, Source
from ui.look.words import CAMERA_NEEDS

OpenApp = Callable[[], AppTest]


def state(app: AppTest) -> LiveState:
    kept = app.session_state["attune"].page(LiveState)
    assert isinstance(kept, LiveState)
    return kept


def attribute(app: AppTest, testid: str, name: str) -> str:
    found = re.search(rf'data-testid="{testid}"[^>]*{name}="([^"]*)"', html(app))
    assert found, f"no {testid} with {name} on the page"
    return found.group(1)


def demo(app: AppTest, mood: Emotion | None) -> AppTest:
    if state(app).source is not Source.DEMO:
        app.button(key="demo").click().run()
    app.button_group(key="demo-mood").set_value(mood.value if mood else "unknown").run()
    # A second run stands for the stage's next tick.
    return app.run()


def test_the_first_thing_is_the_notice_and_nothing_of_the_camera(open_app: OpenApp) -> None:
    sys.modules.pop("ui.live.camera", None)
    app = open_app()
    assert not app.exception
    page = html(app)
    assert 'data-testid="notice"' in page
    for words in ("What is analysed", "reads them in memory", "stores no picture", "stop at any time"):
        assert words in page
    assert 'data-testid="mood"' not in page
    assert state(app).feed is None
    assert "ui.live.camera" not in sys.modules


def test_the_camera_comes_only_after_a_yes(open_app: OpenApp) -> None:
    app = open_app()
    app.button(key="consent").click().run()
    assert not app.exception
    assert state(app).consented
    feed = state(app).feed
    assert feed is not None
    assert feed.snapshot(0.0) is None, "no worker before the first frame"
    assert attribute(app, "mood", "data-mood") == "unknown"
    assert "Start camera" in html(app)


def test_ending_goes_back_to_the_notice_and_switches_the_camera_off(open_app: OpenApp) -> None:
    app = open_app()
    app.button(key="consent").click().run()
    app.button(key="stop").click().run()
    assert not app.exception
    assert 'data-testid="notice"' in html(app)
    assert not state(app).consented
    assert state(app).feed is None


@pytest.mark.parametrize("mood", [*EMOTIONS, None])
def test_without_a_camera_every_slot_follows_the_picked_mood(open_app: OpenApp, mood: Emotion | None) -> None:
    app = demo(open_app(), mood)
    assert not app.exception
    assert state(app).feed is None
    assert attribute(app, "mood", "data-mood") == (mood.value if mood else "unknown")
    # The dwell of what was on before is not waited for: the slots are asked as a new visitor's would be.
    state(app).programme = None
    app.run()
    programme = state(app).programme
    assert programme is not None
    for slot in Kind:
        item = programme.item(slot)
        assert item is not None
        if mood is None:
            assert item.is_default
        else:
            assert item.targets.get(mood, 0) > 0
        assert attribute(app, f"slot-{slot.value}", "data-item-id") == item.item_id
    theme = programme.item(Kind.THEME)
    assert theme is not None
    assert theme.colors == state(app).colors
    assert f"--at-bg:{state(app).colors.background}" in html(app)


def test_why_this_gives_reason_scores_and_what_else_fitted(open_app: OpenApp) -> None:
    app = demo(open_app(), Emotion.HAPPY)
    page = html(app)
    programme = state(app).programme
    assert programme is not None
    for slot in Kind:
        showing = programme.showing(slot)
        assert showing is not None
        assert f'data-testid="why-{slot.value}"' in page
        assert showing.decision.reason in page
        assert showing.decision.arm is Arm.MOOD
        # Nothing was read here, and no model is on record.
        assert showing.decision.model_version == ""
        for candidate in showing.decision.eligible[:8]:
            assert f'<tr data-item-id="{candidate.item_id}">' in page or (
                f'<tr class="at-chosen" data-item-id="{candidate.item_id}">' in page
            )


def test_a_camera_s_visit_may_be_drawn_by_chance_and_says_so(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_CONTROL_SHARE", "1")
    app = open_app()
    app.button(key="consent").click().run()
    programme = state(app).programme
    assert programme is not None
    for slot in Kind:
        showing = programme.showing(slot)
        assert showing is not None
        assert (showing.decision.arm, showing.decision.arm_share) == (Arm.CONTROL, 1.0)
        assert showing.decision.funnel.matched == showing.decision.funnel.servable
    assert html(app).count('data-arm="control"') == len(Kind)
    # Picking an expression by hand is no part of the comparison, and is followed.
    demo(app, Emotion.HAPPY)
    state(app).programme = None
    app.run()
    assert 'data-arm="control"' not in html(app)
    assert "you picked happy" in html(app)


@pytest.mark.parametrize("problem", list(Problem))
def test_a_picture_too_poor_to_read_chooses_nothing_and_says_what_the_camera_needs(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, problem: Problem
) -> None:
    feed = FakeFeed(Emotion.HAPPY)
    feed.problem = problem
    monkeypatch.setattr("ui.live.camera.CameraFeed", lambda *_, **__: feed)
    app = open_app()
    app.button(key="consent").click().run()
    assert CAMERA_NEEDS[problem] in html(app)
    programme = state(app).programme
    assert programme is not None
    for slot in Kind:
        showing = programme.showing(slot)
        assert showing is not None
        assert showing.decision.mood is None or showing.decision.mood.dominant is None
    feed.problem = None
    app.run()
    assert CAMERA_NEEDS[problem] not in html(app)


def test_a_picked_mood_is_never_called_read(open_app: OpenApp) -> None:
    app = demo(open_app(), Emotion.HAPPY)
    state(app).programme = None
    app.run()
    page = html(app)
    assert "you picked happy" in page
    assert "Picked at that moment" in page
    assert "has looked" not in page
    assert "Read at that moment" not in page


def test_a_tick_leaves_what_plays_as_it_is(open_app: OpenApp) -> None:
    """The browser keeps a player whose HTML stays the same: so it must while the decision stands."""

    def cards(app: AppTest) -> list[str]:
        return [e.proto.body for e in app.get("html") if 'data-testid="slot-' in e.proto.body]

    app = demo(open_app(), Emotion.SAD)
    before, shown = cards(app), state(app).programme
    app.run()
    assert state(app).programme is shown
    assert cards(app) == before


def test_strategy_and_pace_are_this_session_s(open_app: OpenApp) -> None:
    app, other = demo(open_app(), Emotion.SAD), demo(open_app(), Emotion.SAD)
    app.select_slider(key="pace").set_value("Very calm").run()
    app.button_group(key="strategy").set_value(Strategy.LIFT).run()
    assert not app.exception
    mine, theirs = (a.session_state["attune"].page(Preferences) for a in (app, other))
    assert mine.strategy is Strategy.LIFT
    assert mine.smoothing.half_life_s > theirs.smoothing.half_life_s
    assert theirs.strategy is Strategy.MATCH


def test_a_page_that_sends_no_strategy_keeps_the_chosen_one(monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = new_session()
    viewer.page(Preferences).strategy = Strategy.LIFT
    monkeypatch.setattr(live, "session", lambda: viewer)
    monkeypatch.setattr(live.st, "session_state", {"strategy": None})
    live.take_strategy()
    assert viewer.page(Preferences).strategy is Strategy.LIFT


def test_one_visitor_s_mood_never_reaches_another_s_page(open_app: OpenApp) -> None:
    angry, happy = demo(open_app(), Emotion.ANGRY), demo(open_app(), Emotion.HAPPY)
    for app in (angry, happy):
        state(app).programme = None
        app.run()
    angry.run()
    assert attribute(angry, "mood", "data-mood") == "angry"
    assert attribute(happy, "mood", "data-mood") == "happy"
    assert state(angry).colors != state(happy).colors
    assert f"--at-bg:{state(happy).colors.background}" not in html(angry)
    ids = {app.session_state["attune"].session_id for app in (angry, happy)}
    assert len(ids) == 2


def test_a_missing_model_is_said_and_the_demo_goes_on(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("ATTUNE_MODEL", str(tmp_path))
    app = open_app()
    app.button(key="consent").click().run()
    assert not app.exception
    assert [e for e in app.error if "Expressions cannot be read" in e.value]
    assert "The expression model cannot be used" in caplog.text
    assert state(app).feed is None
    demo(app, Emotion.HAPPY)
    assert not app.exception
    assert attribute(app, "mood", "data-mood") == "happy"


def test_a_broken_database_is_said_and_the_page_goes_on(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    broken = tmp_path_factory.mktemp("broken") / "attune.db"
    broken.write_bytes(b"this is no database, " * 100)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{broken}")
    app = demo(open_app(), Emotion.HAPPY)
    assert not app.exception
    assert [w for w in app.warning if "Some content may be missing" in w.value]
    assert attribute(app, "mood", "data-mood") == "happy"
    assert attribute(app, "slot-ad", "data-item-id") == ""
