"""Where the picture is read, and who decides that."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from attune_settings import settings
from content.types import Reader
from tests.ui.pages import html
from ui.live import cameras
from ui.live.device import assets
from ui.live.device.assets import AssetsError, Shelf
from ui.live.device.camera import DeviceCamera
from ui.live.state import LiveState

OpenApp = Callable[[], AppTest]


def state(app: AppTest) -> LiveState:
    kept = app.session_state["attune"].page(LiveState)
    assert isinstance(kept, LiveState)
    return kept


@pytest.fixture
def runtime() -> None:
    try:
        assets.shelf.prepare().result(300)
    except AssetsError as error:
        pytest.skip(f"No browser runtime is here: `make setup` fetches it ({error})")


def choose(monkeypatch: pytest.MonkeyPatch, choice: str) -> None:
    monkeypatch.setenv("ATTUNE_READER", choice)
    settings.cache_clear()


@pytest.mark.parametrize("choice", ["device", "auto"])
def test_other_machines_read_by_themselves_and_a_click_changes_it(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, runtime: None, choice: str
) -> None:
    choose(monkeypatch, choice)
    app = open_app()
    assert "never leave it" in html(app)
    assert "travel to the server, which" not in html(app)
    app.button(key="consent").click().run()
    assert not app.exception
    feed = state(app).feed
    assert isinstance(feed, DeviceCamera)
    app.button(key="switch-reader").click().run()
    now = state(app).feed
    assert now is not None and now.reader is Reader.SERVER
    # The link takes no readings of a reader that is not used any more.
    assert state(app).link.receiver is None
    assert app.button(key="switch-reader").label == "Read on this device: your picture never leaves it"
    app.button(key="switch-reader").click().run()
    assert isinstance(state(app).feed, DeviceCamera)
    assert not app.exception


def test_the_server_reads_where_the_setting_says_so(open_app: OpenApp, runtime: None) -> None:
    app = open_app()
    assert "travel to the server, which" in html(app)
    app.button(key="consent").click().run()
    feed = state(app).feed
    assert feed is not None and feed.reader is Reader.SERVER


class LateShelf(Shelf):
    """Of a first start: the browser's networks are still being exported."""

    def __init__(self) -> None:
        self._exported = threading.Event()
        super().__init__(self._export)

    def _export(self) -> assets.DeviceAssets:
        assert self._exported.wait(60)
        return assets.shelf.prepare().result()

    def finish(self) -> None:
        self._exported.set()
        self.prepare().result(60)


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch, runtime: None) -> LateShelf:
    shelf = LateShelf()
    monkeypatch.setattr("ui.live.reading.shelf", shelf)
    return shelf


def test_a_page_that_is_open_during_the_export_asks_for_a_run_when_that_is_done(
    open_app: OpenApp, late: LateShelf
) -> None:
    app = open_app()
    app.button(key="consent").click().run()
    assert "switch-reader" not in [button.key for button in app.button]
    pulse = state(app).pulse
    assert pulse is not None
    asked = pulse.tell()["changed"]
    assert pulse.tell()["changed"] == asked
    late.finish()
    assert pulse.tell()["changed"] == asked + 1
    assert "switch-reader" in [button.key for button in app.run().button]
    assert pulse.tell()["changed"] == asked + 1


def test_that_run_of_the_stage_draws_the_whole_page_with_the_switch(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, late: LateShelf
) -> None:
    draw = cameras.reader_switch
    drawn = []

    def draw_and_finish(live: LiveState) -> None:
        draw(live)
        drawn.append(live.switch_hidden)
        late.finish()

    # The stage comes after it, so it begins as one that is run alone when the export is done.
    monkeypatch.setattr(cameras, "reader_switch", draw_and_finish)
    app = open_app()
    app.button(key="consent").click().run()
    assert drawn == [True, False]
    assert "switch-reader" in [button.key for button in app.button]


def test_without_the_runtime_the_server_reads_and_nothing_else_is_offered(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> assets.DeviceAssets:
        raise AssetsError("no runtime")

    empty = Shelf(fail)
    with pytest.raises(AssetsError):
        empty.prepare().result(60)
    monkeypatch.setattr("ui.live.reading.shelf", empty)
    choose(monkeypatch, "device")
    app = open_app()
    assert "travel to the server, which" in html(app)
    assert "on this device instead" not in html(app)
    app.button(key="consent").click().run()
    feed = state(app).feed
    assert feed is not None and feed.reader is Reader.SERVER
    assert "switch-reader" not in [button.key for button in app.button]
