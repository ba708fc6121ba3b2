"""Settings where they matter: a site that is not set up, and ICE servers as a browser judges them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from attune_settings import load
from tests.browser.conftest import PHONE, AppServer
from ui.app.setup import NOT_SET_UP

pytestmark = pytest.mark.browser

TAKEN = (
    "stun:a.example:3478",
    "stuns:b:443",
    "turn:198.51.100.7:3478?transport=tcp",
    "turns:b-1.example?transport=udp",
    "turn:a_b.example:1",
    "turn:a:65535",
    "turn:xn--a.example",
)


@pytest.mark.parametrize("path", ["", "/photo", "/catalog"])
def test_a_site_that_is_not_set_up_says_one_plain_line_and_the_log_says_why(
    new_page: Callable[..., Page], not_set_up: AppServer, path: str
) -> None:
    page = new_page(size=PHONE, camera=False)
    page.goto(f"{not_set_up.url}{path}")
    page.get_by_text(NOT_SET_UP).wait_for()
    shown = page.inner_text("body")
    assert "turn.example" not in shown
    assert "ATTUNE_" not in shown
    assert not_set_up.log.count("ATTUNE_ICE_SERVERS: Expected ") == 1
    assert "s3cret" not in not_set_up.log


@pytest.fixture(scope="module")
def not_set_up(serve_app: Callable[..., AppServer]) -> AppServer:
    """A bare ``streamlit run``, with a TURN server that has no user name."""
    return serve_app({"ATTUNE_ICE_SERVERS": '[{"urls": "turn:turn.example", "credential": "s3cret"}]'})


@pytest.mark.parametrize("url", TAKEN)
def test_what_the_settings_take_a_browser_takes(page: Page, url: str) -> None:
    raw = json.dumps([{"urls": url, "username": "u", "credential": "c"}])
    servers = [server.for_browser() for server in load(None, {"ATTUNE_ICE_SERVERS": raw}).ice_servers]
    taken = page.evaluate(
        "servers => new RTCPeerConnection({iceServers: servers}).iceConnectionState", servers
    )
    assert taken == "new"
