"""A full house: the next viewer waits in line and goes on by itself when the tab before it is closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, AppServer
from tests.browser.live_page import demo, mood


def test_who_comes_next_waits_and_goes_on_by_itself(
    new_page: Callable[..., Page], serve_app: Callable[..., AppServer], screenshot: Callable[..., Path]
) -> None:
    server = serve_app({"ATTUNE_MAX_VIEWERS": "1"})
    inside, waits, last = new_page(camera=False), new_page(camera=False), new_page(camera=False)
    demo(inside, server, "Happy")
    expect(mood(inside)).to_have_attribute("data-mood", "happy")
    for page in (waits, last):
        page.goto(server.url)
        page.locator(".st-key-demo button").click()
        expect(page.get_by_test_id("waiting")).to_be_visible()
    expect(last.get_by_test_id("line")).to_have_text("1 person waits before you.")
    for name, (width, height) in {"desktop": DESKTOP, "phone": PHONE}.items():
        last.set_viewport_size({"width": width, "height": height})
        screenshot(last, f"waiting-{name}")
    # The editor is for everybody.
    editor = new_page(camera=False)
    editor.goto(f"{server.url}/catalog")
    expect(editor.get_by_test_id("item-card").first).to_be_visible()
    inside.close(run_before_unload=False)
    expect(mood(waits)).to_be_visible()
    expect(last.get_by_test_id("line")).to_have_text("You are next.")
    waits.locator(".st-key-stop button").click()
    expect(mood(last)).to_be_visible()
