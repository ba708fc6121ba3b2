"""axe-core over every page and its main states, on a desk and on a phone: no violation that is ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, PHONE, AppServer
from tests.emotion.clip_files import clip, portrait, steady
from ui.live.device import assets


class Checked:
    """A page whose states are looked at by axe, one after the other.

    Attributes:
        found: state → what is wrong there.
    """

    def __init__(self, page: Page, server: AppServer) -> None:
        self.page, self.server = page, server
        self.found: dict[str, list[str]] = {}

    def open(self, path: str, title: str) -> None:
        """Opens a page and waits for its name in the browser's tab."""
        self.page.goto(f"{self.server.url}/{path}")
        expect(self.page).to_have_title(f"{title} · Attune")

    def look(self, state: str) -> None:
        """Runs axe; what it finds is kept under the state's name."""
        wrong = violations(self.page)
        if wrong:
            self.found[state] = wrong


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desk", "phone"])
def checked(request: pytest.FixtureRequest, new_page: Callable[..., Page], app_server: AppServer) -> Checked:
    page = new_page(size=request.param)
    page.emulate_media(reduced_motion="reduce")
    return Checked(page, app_server)


def test_the_live_page(checked: Checked) -> None:
    page = checked.page
    checked.open("", "Live")
    expect(page.get_by_test_id("notice")).to_be_visible()
    checked.look("notice")
    page.locator(".st-key-demo button").click()
    expect(page.get_by_test_id("timeline")).to_be_visible()
    for slot in ("Ad", "Media", "Theme"):
        expect(page.get_by_role("button", name=f"Why this? {slot}")).to_have_count(1)
    checked.look("demo")
    page.locator(".st-key-why-ad button").click()
    expect(page.get_by_test_id("why-ad")).to_be_visible()
    checked.look("why")
    page.keyboard.press("Escape")
    page.locator(".st-key-your-data button").first.click()
    expect(page.get_by_test_id("your-data")).to_be_visible()
    checked.look("your data")
    page.keyboard.press("Escape")
    page.locator(".st-key-use-camera button").click()
    page.locator(".st-key-consent button").click()
    camera = page.frame_locator('iframe[title*="webrtc"]')
    camera.get_by_role("button", name="Start camera").click()
    expect(page.get_by_test_id("mood")).to_have_attribute("data-mood", "happy")
    checked.look("camera")
    if assets.RUNTIME_FOLDER.is_dir():
        page.locator(".st-key-switch-reader button").click()
        expect(page.locator(".at-device-box")).to_contain_text("Happy")
        checked.look("camera read on the device")
    assert checked.found == {}


def test_the_photo_and_video_pages(checked: Checked, tmp_path: Path) -> None:
    page = checked.page
    photo = tmp_path / "portrait.jpg"
    Image.fromarray(skimage.data.astronaut()).save(photo)
    checked.open("photo", "Photo")
    expect(page.get_by_test_id("photo-empty")).to_be_visible()
    checked.look("no photo")
    page.locator('input[type="file"]').set_input_files([photo])
    expect(page.get_by_test_id("photo-mood")).to_be_visible()
    expect(page.get_by_test_id("slot-theme")).to_be_visible()
    checked.look("a photo")
    checked.open("video", "Video")
    expect(page.get_by_test_id("video-empty")).to_be_visible()
    checked.look("no video")
    smiling, film = portrait(), tmp_path / "film.webm"
    film.write_bytes(clip(steady(1.0, 5), lambda _: smiling, container="webm", codec="libvpx"))
    page.locator('input[type="file"]').set_input_files(film)
    page.get_by_role("button", name="Read the expressions").click()
    expect(page.get_by_test_id("video-mood")).to_be_visible()
    expect(page.get_by_test_id("video-shown")).to_be_visible()
    checked.look("a video")
    assert checked.found == {}


def test_the_catalog(checked: Checked) -> None:
    page = checked.page
    checked.open("catalog", "Catalog")
    cards = page.get_by_test_id("item-card")
    expect(cards.first).to_be_visible()
    title = cards.first.locator(".at-itemtitle").inner_text()
    for word in ("Edit", "More"):
        expect(page.get_by_role("button", name=f"{word} {title}", exact=True)).to_have_count(1)
        expect(page.get_by_role("button", name=word, exact=True)).to_have_count(0)
    checked.look("cards")
    page.get_by_role("button", name=f"Edit {title}", exact=True).click()
    expect(page.get_by_test_id("outlook")).to_be_visible()
    checked.look("form")
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Keep")).to_be_visible()
    checked.look("question before a deletion")
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="History", exact=True).click()
    expect(page.get_by_test_id("revision").first).to_be_visible()
    checked.look("history")
    page.get_by_role("button", name="View").first.click()
    expect(dialog.get_by_role("button", name="Close").last).to_be_visible()
    checked.look("a version of the past")
    assert checked.found == {}


def test_insights_and_model(checked: Checked) -> None:
    page = checked.page
    for path, title in (("insights", "Insights"), ("model", "Model")):
        checked.open(path, title)
        expect(page.get_by_test_id("page-heading")).to_be_visible()
        # Without records there are no figures.
        drawn = page.get_by_test_id("insights-empty").or_(page.get_by_test_id("stCheckbox"))
        expect((drawn if path == "insights" else page.get_by_test_id("calibration")).first).to_be_visible()
        checked.look(path)
    regions = page.get_by_role("region", name=re.compile("wide table"))
    regions.last.focus()
    assert regions.last.evaluate("region => region === document.activeElement"), (
        "keys reach it, and scroll it"
    )
    assert checked.found == {}
