"""The stage is asked to run when something has changed that only a run can show, and else is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from content.choosing.programme import skipped
from content.types import Kind, Reader, Strategy
from emotion.labels import EMOTIONS, Emotion
from emotion.types import Problem
from tests.content.hand import hand
from tests.ui.live.feed import FakeFeed
from tests.ui.pages import html, words
from ui.app.services import catalog_service
from ui.app.state import Preferences
from ui.live import cameras, follow, page, reading, stage
from ui.live.device.assets import DeviceAssets
from ui.live.link import links
from ui.live.picture_camera import PictureCamera
from ui.live.pulse import AGAIN_S, BEAT_S, Pulse, Seen
from ui.live.state import LiveState, Resting
from ui.live.trouble import TROUBLES
from ui.live.visit import ABSENT_S

OpenApp = Callable[[], AppTest]


class World:
    """Something to look at, and a clock."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.seen = Seen("a", False, {"mood": 1})
        self.pulse = Pulse(lambda: self.seen, lambda: self.now_s)

    def asked(self, **change: object) -> int:
        """How many runs are asked for after a change."""
        self.seen = replace(self.seen, **change)
        return int(self.pulse.tell()["changed"])


def test_a_run_is_asked_for_once_and_again_only_where_none_came() -> None:
    world = World()
    assert world.asked() == 1
    assert world.asked() == 1
    world.now_s += AGAIN_S
    assert world.asked() == 2
    world.pulse.drew("a")
    world.now_s += 100
    assert world.asked() == 2
    assert world.asked(shows="b") == 3
    assert world.asked(due=True) == 4
    world.pulse.drew("b")
    assert world.asked(due=False) == 4


def test_a_late_server_is_asked_again_less_and_less_often_until_a_run_has_come() -> None:
    world = World()
    asked_at_s, asked = [], world.asked()
    for tenth in range(300):
        world.now_s = 100 + tenth / 10
        if (now_asked := world.asked()) > asked:
            asked_at_s.append(round(world.now_s - 100, 1))
            asked = now_asked
    assert asked_at_s == [1.5, 4.5, 10.5, 22.5]
    world.pulse.drew("b")
    assert world.asked() == asked + 1
    world.now_s += AGAIN_S
    assert world.asked() == asked + 2


def test_the_page_hears_something_every_second() -> None:
    world = World()
    first = world.pulse.tell()["beat"]
    world.now_s += BEAT_S / 2
    assert world.pulse.tell()["beat"] == first
    world.now_s += BEAT_S
    assert world.pulse.tell()["beat"] == world.now_s


# --- of the live page ------------------------------------------------------------------------------------


class Clock:
    """The monotonic clock of the live page, as the test sets it."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


class Visit:
    """A visit with a camera, between two runs of its page."""

    def __init__(self, app: AppTest, feed: FakeFeed, clock: Clock) -> None:
        self.app, self.feed, self.clock = app, feed, clock

    @property
    def state(self) -> LiveState:
        kept = self.app.session_state["attune"].page(LiveState)
        assert isinstance(kept, LiveState)
        return kept

    @property
    def preferences(self) -> Preferences:
        kept = self.app.session_state["attune"].page(Preferences)
        assert isinstance(kept, Preferences)
        return kept

    def asks(self) -> bool:
        """Whether the page is asked to run now."""
        assert self.state.pulse is not None
        before = self.state.pulse.runs_asked
        return bool(self.state.link.tell()["changed"] > before)

    def run(self) -> None:
        self.app.run()
        assert not self.app.exception


@pytest.fixture
def visit(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> Visit:
    feed, clock = FakeFeed(Emotion.HAPPY), Clock()
    monkeypatch.setattr("ui.live.camera.CameraFeed", lambda *_, **__: feed)
    for part in (follow, stage):
        monkeypatch.setattr(part, "time", clock)
    app = open_app()
    app.button(key="consent").click().run()
    visit = Visit(app, feed, clock)
    # What was on before the first face has had its time.
    clock.now_s += 4
    visit.run()
    assert not visit.asks(), "nothing has changed since"
    return visit


def see_nobody(visit: Visit) -> None:
    visit.feed.faces = 0
    assert visit.asks()
    visit.run()
    visit.clock.now_s += ABSENT_S


def skip(visit: Visit) -> None:
    assert visit.state.programme is not None
    visit.state.programme = skipped(visit.state.programme, Kind.AD, visit.clock.now_s)


def lift(visit: Visit) -> None:
    visit.preferences.strategy = Strategy.LIFT
    # What is on has had its time by then.
    visit.clock.now_s += 4


def edit(visit: Visit) -> None:
    content = catalog_service()
    assert content is not None
    item = content.store.load().of_kind(Kind.AD)[0]
    hand(content).save_many([replace(item, title="Another title")])
    content.catalog()


CHANGES: dict[str, Callable[[Visit], object]] = {
    "another mood": lambda visit: setattr(visit.feed, "shown", Emotion.SAD),
    "a second face": lambda visit: setattr(visit.feed, "faces", 2),
    "a poor picture": lambda visit: setattr(visit.feed, "problem", Problem.BLURRED),
    "a camera that stops": lambda visit: setattr(visit.feed, "live", False),
    "a visit that is over": see_nobody,
    "an ad whose time is over": lambda visit: setattr(visit.clock, "now_s", visit.clock.now_s + 60),
    "an ad that was skipped": skip,
    "an edit of the catalog": edit,
    "another strategy": lift,
    "a look at the resting face": lambda visit: setattr(visit.state, "resting", Resting.LOOKING),
}


def settle(visit: Visit) -> None:
    """The same smiling face as ever, and content that has just come for it."""
    feed, state = visit.feed, visit.state
    feed.shown, feed.faces, feed.problem, feed.live = Emotion.HAPPY, 1, None, True
    state.resting, visit.preferences.strategy = Resting.SETTLED, Strategy.MATCH
    for _ in range(3):
        # A new mood waits for what is on to have had its time.
        visit.clock.now_s += 4
        visit.run()


def test_it_runs_for_what_only_a_run_can_show(visit: Visit) -> None:
    for what, change in CHANGES.items():
        settle(visit)
        assert not visit.asks(), f"before {what}"
        change(visit)
        assert visit.asks(), what
        settle(visit)
        assert not visit.asks(), f"after {what}"


def test_it_does_not_run_for_what_the_browser_draws(visit: Visit) -> None:
    before = visit.state.link.tell()
    visit.clock.now_s += 1.2
    after = visit.state.link.tell()
    assert after["changed"] == before["changed"]
    assert after["beat"] >= before["beat"]
    assert after["mood"]["label"] == "happy" and len(after["bars"]) == len(EMOTIONS)
    assert len(after["timeline"]) == follow.TIMELINE_S / follow.TIMELINE_BIN_S
    assert after["timeline"][-1][0] == "happy"
    # What the tab keeps to go on with is told once a minute.
    assert len(json.dumps({name: what for name, what in after.items() if name != "visit"})) < 1500


def test_unread_faces_have_no_bars(visit: Visit) -> None:
    visit.feed.problem = Problem.TOO_DARK
    assert visit.state.link.tell()["bars"] is None
    visit.feed.live = False
    assert visit.state.link.tell()["mood"] is None


def test_moods_are_kept_between_two_runs_for_the_timeline_and_for_what_is_told_later(visit: Visit) -> None:
    assert visit.state.mood_log is not None
    before = len(visit.state.mood_log.samples)
    for _ in range(10):
        visit.clock.now_s += 0.2
        visit.state.link.tell()
    assert len(visit.state.mood_log.samples) == before + 3
    assert visit.state.log is not None and len(visit.state.log._moods) >= before + 3


def test_a_page_has_one_token_for_as_long_as_it_is_shown(visit: Visit) -> None:
    token = visit.state.link.token
    visit.run()
    assert visit.state.link.token == token and links.find(token) is visit.state.link
    visit.app.button(key="stop").click().run()
    assert links.find(token) is None, "the notice needs no socket"


def test_looking_changes_nothing(visit: Visit) -> None:
    state = visit.state
    visit.clock.now_s += 60
    before = state.programme
    assert visit.asks()
    assert state.programme is before


def test_what_keeps_the_camera_from_being_seen_is_said_instead_of_a_mood(visit: Visit) -> None:
    visit.feed.trouble = TROUBLES["unplugged"]
    assert visit.asks()
    assert visit.state.link.tell()["mood"] is None
    visit.run()
    assert not visit.asks()
    assert TROUBLES["unplugged"].sentence in html(visit.app)
    visit.feed.trouble = None
    assert visit.asks()


def test_only_video_that_finds_no_way_is_read_on_the_device_instead_or_comes_as_small_pictures(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = visit.state
    monkeypatch.setattr(reading, "device_may_read", lambda model: True)
    for name, trouble in TROUBLES.items():
        visit.feed.trouble = trouble
        finds_none = name in {"blocked", "unsupported"}
        state.moved = state.device_fails = state.by_socket = False
        state.reader = None
        assert cameras.moves_to_device(state) is state.moved is finds_none
        # A browser that cannot read, or a server that has nothing for it to read with.
        state.device_fails = True
        assert not cameras.moves_to_device(state)
        assert cameras.moves_to_socket(state) is state.by_socket is finds_none
        assert not cameras.moves_to_socket(state), "once"
    monkeypatch.setattr(reading, "device_may_read", lambda model: False)
    state.device_fails = state.by_socket = False
    visit.feed.trouble = TROUBLES["blocked"]
    assert not cameras.moves_to_device(state)
    assert cameras.moves_to_socket(state)
    monkeypatch.setattr(reading, "device_may_read", lambda model: True)
    for chosen in Reader:
        state.reader, state.by_socket = chosen, False
        assert not cameras.moves_to_device(state) and not cameras.moves_to_socket(state), (
            "who has chosen is asked"
        )


def test_small_pictures_are_a_camera_of_their_own_and_the_page_says_so(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "device_may_read", lambda model: False)
    visit.feed.trouble = TROUBLES["blocked"]
    visit.run()
    visit.run()
    assert visit.state.by_socket
    assert isinstance(visit.state.feed, PictureCamera) and visit.state.link.pictures is visit.state.feed
    assert cameras.BY_SOCKET in words(visit.app)
    visit.app.button(key="demo").click().run()
    assert visit.state.link.pictures is None


@pytest.mark.parametrize("moved", [True, False])
def test_what_is_read_on_the_device_goes_to_the_server_only_where_it_went_before(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, moved: bool
) -> None:
    app = open_app()
    app.button(key="consent").click().run()
    state = app.session_state["attune"].page(LiveState)
    assets = DeviceAssets({}, {"numbers": {"model_version": "fake@1"}})
    monkeypatch.setattr(reading, "device_assets", lambda: assets)
    said = SimpleNamespace(said={"trouble": "simd", "hidden": False, "error": ""})
    monkeypatch.setattr("ui.live.device.camera._camera", lambda **_: said)
    state.reader, state.moved = Reader.DEVICE, moved
    app.run()
    assert not app.exception
    assert state.device_fails
    assert state.by_socket is moved
    assert state.reader is (None if moved else Reader.DEVICE)
    assert isinstance(state.feed, PictureCamera) is moved


@pytest.mark.parametrize("part", [stage.stage, page.controls, page.demo_picker])
def test_what_changes_by_itself_is_a_fragment(part: Callable[..., None]) -> None:
    """Else each mood and each click would run the whole page."""
    assert hasattr(part, "__wrapped__")
