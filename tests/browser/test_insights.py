"""The insights page in a real browser: a marked sample, charts that are drawn, a file that arrives."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PHONE = (390, 844)


@pytest.fixture(scope="module")
def server(serve_app):
    """An app that nobody has visited."""
    return serve_app()


def open_sample(page, server) -> None:
    page.goto(f"{server.url}/insights")
    page.get_by_test_id("insights-empty").wait_for()
    page.get_by_role("button", name="Try it with sample data").click()
    page.get_by_test_id("sample-banner").wait_for()
    page.get_by_test_id("verdict").wait_for()


def test_the_sample_is_drawn_and_taken_away(server, page, screenshot):
    open_sample(page, server)
    assert page.get_by_test_id("verdict").get_attribute("data-verdict") == "higher"
    charts = page.get_by_test_id("stVegaLiteChart")
    page.wait_for_function(
        "[...document.querySelectorAll('[data-testid=stVegaLiteChart] svg')]"
        ".filter(s => s.querySelectorAll('path').length > 5).length == 4"
    )
    assert charts.count() == 4
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").filter(has_text="CSV").get_by_role("button").click()
    assert download.value.suggested_filename == "attune-SAMPLE-proof-of-play.csv"
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("started_at_utc,site,slot,item_id,title") and len(lines) > 20_000
    page.get_by_role("tab", name="Places").click()
    expect(page.get_by_test_id("groups").last).to_contain_text("Waiting room")
    screenshot(page, "insights", full=True)


def test_nothing_is_cut_off_on_a_phone(server, new_page, screenshot):
    page = new_page(size=PHONE)
    open_sample(page, server)
    page.get_by_test_id("stVegaLiteChart").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    time, item = (page.get_by_role("combobox", name=name).bounding_box() for name in ("Time", "Item"))
    assert time["y"] == item["y"], "two fields stand side by side"
    screenshot(page, "insights-phone", full=True)
