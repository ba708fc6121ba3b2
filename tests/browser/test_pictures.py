"""A camera without video and without WebAssembly: small pictures over the page's own socket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, AppServer, PictureWatch
from tests.browser.live_page import FOLLOWS_MS, consent, mood, start
from ui.live.cameras import BY_SOCKET
from ui.live.socket import PATH
from ui.live.wire import MOST_PICTURE_BYTES


def test_without_video_and_webassembly_small_pictures_are_read(
    page: Page,
    app_server: AppServer,
    screenshot: Callable[..., Path],
    watch_pictures: Callable[[AppServer], PictureWatch],
) -> None:
    watch = watch_pictures(app_server)
    page.add_init_script("delete window.RTCPeerConnection; delete window.WebAssembly;")
    sent: list[int] = []

    def listen(payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            sent.append(len(payload))

    page.on("websocket", lambda live: live.on("framesent", listen) if live.url.endswith(PATH) else None)
    consent(page, app_server)
    start(page)
    alert = page.get_by_test_id("stAlert").filter(has_text=BY_SOCKET)
    expect(alert).to_be_visible(timeout=FOLLOWS_MS)
    camera = page.get_by_test_id("device-camera")
    expect(camera).to_have_attribute("data-state", "live")
    expect(mood(page)).to_have_attribute("data-mood", "happy", timeout=FOLLOWS_MS)
    expect(camera.locator(".at-device-box")).to_contain_text("Happy")
    screenshot(page, "live-pictures")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    expect(mood(page)).to_have_attribute("data-mood", "happy", timeout=FOLLOWS_MS)
    screenshot(page, "live-pictures-phone")
    assert sent and max(sent) <= MOST_PICTURE_BYTES
    # Each waits for the answer to the one before: none is on its way twice.
    assert page.evaluate("Number(attuneCamera.root.dataset.sent)") >= len(sent) - 1
    camera.get_by_role("button", name="Stop camera").click()
    expect(mood(page)).to_have_attribute("data-mood", "unknown")
    page.locator(".st-key-stop button").click()
    assert watch.new() == []
