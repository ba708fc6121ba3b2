"""What the tests of the live page do on it."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import FrameLocator, Locator, Page, expect

from content.types import Kind
from tests.browser.conftest import AppServer
from ui.live.trouble import TROUBLES, TWO_WAYS

FOLLOWS_MS = 300_000
"""Long enough for a whole turn of the clip. Chromium shows every frame of it, however late, so where the
machine is busy with something else a phase lasts many times its 15 seconds."""

IN_VIEW = re.compile("in view|new visit")
"""The note of a camera that is seen."""

STAYS_MS = 700
"""What is still said after three looks of the page is not about to be replaced."""


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


def twice(page: Page, look: Callable[[], None]) -> None:
    """Looks, and looks again when what is said would have been replaced."""
    look()
    page.wait_for_timeout(STAYS_MS)
    look()


def expect_off(page: Page) -> None:
    """Waits until the camera is off with nothing said of trouble, and looks whether it stays so."""

    def is_off() -> None:
        expect(note(page)).to_contain_text("Start camera")
        expect(page.get_by_test_id("stAlert")).to_have_count(0)

    twice(page, is_off)


def expect_trouble(page: Page, name: str) -> None:
    """Waits until the page says it, and looks whether it goes on saying it, and nothing else."""
    trouble = TROUBLES[name]

    def is_said() -> None:
        expect(note(page)).to_have_text(trouble.sentence)
        expect(page.get_by_test_id("stAlert")).to_have_text(
            trouble.sentence if trouble.passes else f"{trouble.sentence} {TWO_WAYS}"
        )

    twice(page, is_said)
    expect(mood(page)).to_have_attribute("data-mood", "unknown")


def expect_seen(page: Page) -> None:
    """Waits until the camera is seen, and nothing is said of it any more."""
    expect(note(page)).to_have_text(IN_VIEW)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
