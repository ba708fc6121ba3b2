"""What a real browser tells of what it plays and shows, and what is kept of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from content.bootstrap import Content, open_content
from content.types import AssetType, CatalogItem, Kind, Status
from tests.browser.conftest import AppServer, PictureWatch
from tests.content.hand import hand

QUARTERS = ["impression", "start", "firstQuartile", "midpoint", "thirdQuartile", "complete"]


@pytest.fixture(scope="module")
def server(serve_app: Callable[..., AppServer]) -> AppServer:
    return serve_app()


@pytest.fixture
def one_video(server: AppServer) -> Iterator[CatalogItem]:
    """All that is left of the media: one clip, for any expression."""
    content: Content = open_content(server.database_url, server.media_dir)
    media = content.store.load().of_kind(Kind.MEDIA)
    chosen = next(i for i in media if i.is_default and i.asset and i.asset.type is AssetType.VIDEO)
    rest = [replace(i, status=Status.ARCHIVED) for i in media if i != chosen]
    archived = hand(content).save_many(rest)
    yield chosen
    hand(content).save_many([replace(i, status=Status.PUBLISHED) for i in archived])
    content.close()


def rows(server: AppServer, query: str) -> list[tuple]:
    with sqlite3.connect(f"file:{server.folder / 'attune.db'}?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchall()


def wait_for_row(page: Page, server: AppServer, query: str, limit_s: float = 300) -> tuple:
    for _ in range(int(limit_s / 0.25)):
        if found := rows(server, query):
            return found[0]
        page.wait_for_timeout(250)
    raise AssertionError(f"Expected a row of {query}. Received: none in {limit_s:g} s")


def begin(page: Page, server: AppServer) -> None:
    page.goto(server.url)
    page.locator(".st-key-demo button").click()
    expect(page.get_by_test_id("feedback-media").get_by_role("button")).to_have_count(3)


def test_a_clip_and_a_still_tell_how_far_they_have_been_played(
    page: Page, server: AppServer, one_video: CatalogItem, screenshot: Callable[..., Path]
) -> None:
    begin(page, server)
    for slot in ("media", "ad"):
        where = f"slot = '{slot}' AND quarters = 4"
        impression_id, *_ = wait_for_row(page, server, f"SELECT impression_id FROM impressions WHERE {where}")
        told = rows(
            server,
            "SELECT name, visible_ms, mood FROM events "
            f"WHERE impression_id = '{impression_id}' ORDER BY at_utc, rowid",
        )
        assert [name for name, _, _ in told] == QUARTERS
        seen = [visible_ms for _, visible_ms, _ in told]
        assert seen == sorted(seen) and seen[0] >= 1000
        assert {mood for _, _, mood in told} == {"unknown"}
    kept = rows(server, "SELECT item_id FROM impressions WHERE slot = 'media'")
    assert {item_id for (item_id,) in kept} == {one_video.item_id}
    ((decided,),) = rows(server, "SELECT count(DISTINCT slot) FROM decisions")
    assert decided == 3
    screenshot(page, "live-feedback")


VISIBLE = "() => Boolean(globalThis.attuneWatcher?.showings.get('ad')?.visible)"
COUNTED = "() => { const ad = attuneWatcher.showings.get('ad'); return [ad.decision, ad.visibleMs]; }"
COUNTS_ON = """([decision, before]) => {
  const ad = attuneWatcher.showings.get('ad');
  return ad.visibleMs > (ad.decision === decision ? before : 0);
}"""


def test_only_what_is_in_view_of_a_tab_in_front_counts(page: Page, server: AppServer) -> None:
    begin(page, server)
    page.wait_for_function(VISIBLE)

    def expect_counting() -> None:
        page.wait_for_function(COUNTS_ON, arg=page.evaluate(COUNTED))

    def expect_none_counted() -> None:
        # Over a change of the ad it is asked again.
        for _ in range(20):
            decision, before = page.evaluate(COUNTED)
            page.wait_for_timeout(600)
            again, after = page.evaluate(COUNTED)
            if decision == again:
                assert after == before
                return
        raise AssertionError("Expected an ad that stays for a second. Received: twenty that did not")

    expect_counting()
    width = page.viewport_size["width"] if page.viewport_size else 1280
    page.set_viewport_size({"width": width, "height": 320})
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, main.scrollHeight)")
    page.wait_for_function(f"() => !({VISIBLE})()")
    expect_none_counted()
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    page.wait_for_function(VISIBLE)
    expect_counting()
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect_none_counted()


TAP_BOTH = """taps => {
  const [like, , skip] = taps.querySelectorAll('button');
  like.click();
  const pressed = like.getAttribute('aria-pressed');
  skip.click();
  return [taps.dataset.decisionId, pressed];
}"""


def test_a_visit_with_a_camera_leaves_no_picture_and_can_be_exported_and_deleted(
    page: Page,
    server: AppServer,
    watch_pictures: Callable[[AppServer], PictureWatch],
    screenshot: Callable[..., Path],
) -> None:
    watch = watch_pictures(server)
    page.goto(server.url)
    page.locator(".st-key-consent button").click()
    page.frame_locator('iframe[title*="webrtc"]').get_by_role("button", name="Start camera").click()
    page.locator(".st-key-resting-begin button").click()
    expect(page.get_by_test_id("resting")).to_have_attribute("data-at", "measured")
    page.locator(".st-key-resting-skip button").click()
    page.locator(".st-key-not-how-i-look button:enabled").click()
    page.locator(".st-key-right-none button").click()

    taps = page.get_by_test_id("feedback-media")
    expect(taps.get_by_role("button")).to_have_count(3)
    # Both in one go, so that they are of one item, however long the machine takes between two taps.
    before, pressed = taps.evaluate(TAP_BOTH)
    assert pressed == "true"
    expect(taps).not_to_have_attribute("data-decision-id", before)
    wait_for_row(page, server, "SELECT 1 FROM impressions WHERE likes = 1 AND skips = 1")

    # What is kept are labels, times and seven numbers.
    for table in ("decisions", "impressions", "events"):
        for row in rows(server, f"SELECT * FROM {table}"):
            assert all(isinstance(v, (str, int, float, type(None))) and len(str(v)) < 5000 for v in row)
    assert watch.new() == []

    page.locator(".st-key-your-data button").click()
    data = page.get_by_test_id("your-data")
    expect(data).to_contain_text("Your resting face: measured. 1 correction")
    screenshot(page, "live-your-data")
    with page.expect_download() as download:
        page.locator(".st-key-export-session button").click()
    exported = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert {e["name"] for e in exported["events"]} >= {"like", "skip"}
    assert all(d["session_id"] == exported["session_id"] for d in exported["decisions"])

    page.locator(".st-key-delete-session button").click()
    page.locator(".st-key-delete-yes button").click()
    expect(page.get_by_test_id("notice")).to_be_visible()
    expect(page.get_by_text("Nothing is kept about your visit any more")).to_be_visible()
    for table in ("decisions", "impressions", "events"):
        left = rows(server, f"SELECT * FROM {table} WHERE session_id = '{exported['session_id']}'")
        assert left == [], table
