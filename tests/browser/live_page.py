"""What the tests of the live page do on it."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Locator, Page

from content.types import Kind
from tests.browser.conftest import AppServer

FOLLOWS_MS = 300_000
"""Long enough for a whole turn of the clip. Chromium shows every frame of it, however late, so where the
machine is busy with something else a phase lasts many times its 15 seconds."""


def camera_frame(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title*="webrtc"]')


def consent(page: Page, server: AppServer) -> None:
    page.goto(server.url)
    page.locator(".st-key-consent button").click()


def start(page: Page) -> None:
    camera_frame(page).get_by_role("button", name="Start camera").click(timeout=FOLLOWS_MS)


def demo(page: Page, server: AppServer, word: str) -> None:
    page.goto(server.url)
    page.locator(".st-key-demo button").click()
    pick(page, word)


def pick(page: Page, word: str) -> None:
    page.get_by_role("radio", name=word, exact=True).click()


def mood(page: Page) -> Locator:
    return page.get_by_test_id("mood")


def slot(page: Page, kind: Kind) -> Locator:
    return page.get_by_test_id(f"slot-{kind.value}")


def note(page: Page) -> Locator:
    """The line beside the mood."""
    return page.get_by_test_id("mood-note")
