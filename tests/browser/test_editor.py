"""The form in a real browser: a region drawn with the mouse, a theme mended, the preview of a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from content.bootstrap import Content, open_content
from content.themes import DEFAULT_THEME, check_theme
from content.types import CatalogItem, Kind
from emotion.labels import Emotion
from tests.browser.conftest import PHONE, AppServer
from tests.content.hand import hand
from ui.access.signin import THIS_COMPUTER

LONG_S = 60_000
LAMP = CatalogItem("lamp", Kind.AD, "Zanzibar lamp", headline="Light", targets={Emotion.ANGRY: 1.0})
DUSK = CatalogItem("dusk", Kind.THEME, "Zanzibar dusk", targets={Emotion.SAD: 0.1}, colors=DEFAULT_THEME)


@pytest.fixture(scope="module")
def server(serve_app: Callable[..., AppServer]) -> AppServer:
    """An app whose catalog these tests may change."""
    return serve_app()


@pytest.fixture
def content(server: AppServer) -> Iterator[Content]:
    """A second hand on the same database, with one ad and one theme to edit."""
    opened = open_content(server.database_url, server.media_dir)
    for item in (LAMP, DUSK):
        if opened.store.load().get(item.item_id):
            hand(opened).delete(item.item_id)
        opened.store.forget_unsaved(item.item_id, THIS_COMPUTER.name)
    hand(opened).save_many(created=[LAMP, DUSK])
    yield opened
    opened.close()


def open_form(page: Page, server: AppServer, item: CatalogItem) -> Locator:
    """Opens the item's form; returns the sentence that sums up when it shows."""
    page.goto(f"{server.url}/catalog")
    expect(page.get_by_test_id("item-card").first).to_be_visible(timeout=LONG_S)
    found = page.get_by_test_id("item-card").filter(has_text=item.title)
    search = page.get_by_label("Search", exact=True)
    # A box that is just being drawn anew drops what is typed into it.
    for _ in range(5):
        search.fill(item.title)
        search.press("Enter")
        page.wait_for_timeout(700)
        if page.get_by_test_id("item-card").count() == found.count() == 1:
            break
    page.locator(f".st-key-edit-{item.item_id}").get_by_role("button").click()
    expect(page.get_by_test_id("outlook")).to_be_visible()
    return page.get_by_test_id("when")


def drag_over(page: Page, chart: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drags a rectangle from corner to corner; both are points of the plane, each axis in [-1, 1]."""
    # The mouse reaches what is on the screen only.
    chart.scroll_into_view_if_needed()
    plane = chart.locator("svg path.background").first.bounding_box()
    assert plane is not None

    def at(point: tuple[float, float]) -> tuple[float, float]:
        x = plane["x"] + (point[0] + 1) / 2 * plane["width"]
        y = plane["y"] + (1 - point[1]) / 2 * plane["height"]
        return x, y

    page.mouse.move(*at(start))
    page.mouse.down()
    page.mouse.move(*at(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)), steps=4)
    page.mouse.move(*at(end), steps=4)
    page.mouse.up()


def test_a_region_drawn_with_the_mouse_is_the_item_s(
    page: Page, server: AppServer, content: Content, screenshot: Callable[..., Path]
) -> None:
    when = open_form(page, server, LAMP)
    expect(when).to_contain_text("for anyone who looks angry")
    page.get_by_role("tab", name="Whom it is for").click()
    page.get_by_text("A region of the map", exact=True).click()
    chart = page.get_by_test_id("stVegaLiteChart")
    for name in ("Angry", "Disgusted", "Fearful", "Happy", "Sad", "Surprised", "Neutral"):
        expect(chart.get_by_text(name, exact=True)).to_be_visible()
    # From above "Fearful" to below "Sad", over the left half.
    drag_over(page, chart, (-0.9, 0.8), (-0.3, -0.5))
    expect(when).to_contain_text("angry, disgusted, fearful or sad (a region of the map)")
    screenshot(page, "editor-region")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("button", name="Add an item")).to_be_visible()
    saved = content.store.load().get(LAMP.item_id)
    assert saved is not None
    assert saved.region is not None
    assert saved.targets == {}
    region = saved.region
    found = (region.valence_min, region.arousal_max, region.valence_max, region.arousal_min)
    assert found == pytest.approx((-0.9, 0.8, -0.3, -0.5), abs=0.03)


def test_a_theme_is_seen_judged_and_mended(
    page: Page, server: AppServer, content: Content, screenshot: Callable[..., Path]
) -> None:
    published = content.store.load().get(DUSK.item_id)
    assert published is not None
    hand(content).save_draft(replace(published, colors=replace(DEFAULT_THEME, muted_text="#c8ccd8")))
    open_form(page, server, DUSK)
    quiet = page.locator(".st-key-preview-computer .at-card .at-text").first
    expect(quiet).to_have_css("color", "rgb(200, 204, 216)")
    expect(page.get_by_test_id("contrast-verdict")).to_contain_text("Not readable enough to publish")
    screenshot(page, "editor-theme-faint")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_test_id("not-saved")).to_contain_text("Colours")
    page.get_by_role("button", name="Mend “Quiet words”").click()
    expect(page.get_by_test_id("contrast-verdict")).to_contain_text("Readable for everyone")
    expect(quiet).not_to_have_css("color", "rgb(200, 204, 216)")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("button", name="Add an item")).to_be_visible()
    saved = content.store.load().get(DUSK.item_id)
    assert saved is not None
    assert saved.colors is not None
    assert check_theme(saved.colors) == []


def test_the_preview_of_a_phone_is_laid_out_as_a_phone_lays_the_live_page_out(
    page: Page, new_page: Callable[..., Page], server: AppServer, content: Content
) -> None:
    """The same card, measured in the preview on a desk and on the live page of a real small screen."""
    measure = (
        "e => { const card = e.querySelector('.at-card'), words = e.querySelector('.at-headline');"
        "const look = getComputedStyle(words);"
        "return [card.offsetWidth, words.offsetHeight, look.fontSize, look.color, look.fontFamily]; }"
    )
    others = [i for i in content.store.load().items if i.kind is Kind.AD and i.item_id != LAMP.item_id]
    hand(content).save_many(deleted={i.item_id: i.version for i in others})
    open_form(page, server, LAMP)
    page.locator('[class*="preview-device"]').get_by_text("Phone", exact=True).click()
    previewed = page.locator(".st-key-preview-phone .st-key-panel-slot-ad")
    expect(previewed).to_be_visible()
    phone = new_page(size=PHONE)
    phone.goto(server.url)
    phone.get_by_role("button", name="Demo without camera").click(timeout=LONG_S)
    phone.locator(".st-key-demo-mood").get_by_text("Angry", exact=True).click(timeout=LONG_S)
    live = phone.locator(".st-key-panel-slot-ad")
    expect(live.locator(".at-headline")).to_have_text("Light", timeout=LONG_S)
    expect(phone.get_by_test_id("mood")).to_have_attribute("data-mood", "angry")
    phone.wait_for_timeout(1500)  # the page blends from one theme to the next
    assert previewed.evaluate(measure) == live.evaluate(measure)


def test_a_reload_and_back_lose_nothing_and_the_browser_asks_while_one_types(
    page: Page, server: AppServer, content: Content
) -> None:
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    open_form(page, server, LAMP)
    expect(page.get_by_test_id("form-title")).to_be_focused()
    headline = page.get_by_label("Headline")
    headline.fill("Lighter")
    headline.press("Tab")
    expect(page.get_by_test_id("kept")).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.reload()
    assert asked == []
    expect(headline).to_have_value("Lighter")
    page.go_back()
    expect(page.get_by_test_id("unsaved")).to_contain_text("Zanzibar lamp")
    page.go_forward()
    expect(headline).to_have_value("Lighter")
    headline.fill("Lightest")  # not left yet, so the server does not know of it
    page.reload()
    assert asked == ["beforeunload"]
    expect(headline).to_have_value("Lighter")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_test_id("done")).to_be_visible()
    expect(page.locator(f".st-key-edit-{LAMP.item_id} button")).to_be_focused()
    page.reload()
    assert asked == ["beforeunload"], "nothing was typed since"


def test_half_a_date_or_a_time_stops_publishing(page: Page, server: AppServer, content: Content) -> None:
    when = open_form(page, server, LAMP)
    page.get_by_role("tab", name="When and how often").click()
    publish = page.get_by_role("button", name="Publish")
    errors = page.get_by_test_id("field-error")
    page.get_by_label("hour, From this hour").press_sequentially("9")
    publish.click()
    expect(page.get_by_test_id("not-saved")).to_contain_text("Schedule (“When and how often”)")
    expect(errors).to_contain_text(["“09:mm” is not a whole time."])
    page.get_by_label("minute, From this hour").press_sequentially("30")
    page.get_by_label("hour, Until this hour").press_sequentially("1030")
    expect(errors).to_have_count(0)
    # Streamlit puts such a date back when one leaves it.
    page.get_by_label("day, First day").press_sequentially("011226")
    publish.click()
    expect(errors).to_contain_text(["“01.12.26” is not a whole date, so it was not kept."])
    page.get_by_role("button", name="Leave “First day” empty").click()
    expect(errors).to_have_count(0)
    page.get_by_label("day, Last day").press_sequentially("01")
    page.locator('[class*="ends_at_utc-day"]').get_by_role("button", name="Choose date").click()
    page.get_by_role("button", name=re.compile(r"\b28\b")).last.click()
    expect(when).to_contain_text("Every day 9:30–10:30 until 28 ")
    expect(errors).to_have_count(0)
    publish.click()
    expect(page.get_by_role("button", name="Add an item")).to_be_visible()
    saved = content.store.load().get(LAMP.item_id)
    assert saved is not None
    assert saved.schedule.from_time == time(9, 30)
    assert saved.schedule.starts_at_utc is None
    assert saved.schedule.ends_at_utc is not None
