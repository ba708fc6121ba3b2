"""axe-core over every page and its main states, on a desk and on a phone: no violation that is ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import skimage.data
from axe_playwright_python.base import AXE_FILE_PATH
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, AppServer

AXE = AXE_FILE_PATH.read_text(encoding="utf-8")

STREAMLITS_OWN: Mapping[str, str] = {
    # The drop zone of st.file_uploader is a section with both a role "presentation" and a name.
    "presentation-role-conflict": '[data-testid="stFileUploaderDropzone"]',
}
"""Rule → the elements for which it is not asked: they are Streamlit's, and the page cannot change them."""

RUN_JS = """async theirs => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], iframes: false });
  return violations.flatMap(({ id, nodes }) => nodes
    .filter(({ target }) => !(id in theirs && document.querySelector(target[0])?.matches(theirs[id])))
    .map(({ html, any, all, none }) =>
      [id, html.slice(0, 160), [...any, ...all, ...none][0]?.message].join(" ")));
}"""


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
        self.page.evaluate(AXE)

    def look(self, state: str) -> None:
        """Runs axe where nothing of the page moves any more."""
        self.page.wait_for_function(
            "() => document.getAnimations().every(a => a.playState !== 'running' "
            "|| a.effect.getComputedTiming().iterations === Infinity)"
        )
        wrong = self.page.evaluate(RUN_JS, STREAMLITS_OWN)
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
    assert checked.found == {}


def test_the_photo_and_video_pages(checked: Checked, tmp_path: Path) -> None:
    page = checked.page
    portrait = tmp_path / "portrait.jpg"
    Image.fromarray(skimage.data.astronaut()).save(portrait)
    checked.open("photo", "Photo")
    expect(page.get_by_test_id("photo-empty")).to_be_visible()
    checked.look("no photo")
    page.locator('input[type="file"]').set_input_files([portrait])
    expect(page.get_by_test_id("photo-mood")).to_be_visible()
    expect(page.get_by_test_id("slot-theme")).to_be_visible()
    checked.look("a photo")
    checked.open("video", "Video")
    expect(page.get_by_test_id("video-empty")).to_be_visible()
    checked.look("no video")
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
