"""Where the picture is read, and who decides that."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from attune_settings import settings
from content.types import Reader
from tests.ui.pages import html
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
