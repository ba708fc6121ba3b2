"""The video page in a real browser: a clip is read, its chart leads the player, and nothing stays."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from content.types import Strategy
from tests.browser.conftest import PHONE, AppServer
from tests.emotion.clip_files import clip, portrait, steady, wall
from ui.look.words import STRATEGIES

SCENE_S = 4.0


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smiling woman for four seconds, then the empty room for as long; WebM, which every Chromium plays."""
    smiling, empty = portrait(), wall()
    path = tmp_path_factory.mktemp("films") / "reaction.webm"
    path.write_bytes(
        clip(
            steady(2 * SCENE_S, 10),
            lambda t_s: smiling if t_s < SCENE_S else empty,
            container="webm",
            codec="libvpx",
        )
    )
    return path


def read(page: Page, server: AppServer, path: Path) -> None:
    page.goto(f"{server.url}/video")
    expect(page.get_by_test_id("video-empty")).to_be_visible(timeout=60_000)
    page.locator('input[type="file"]').set_input_files(path)
    page.get_by_role("button", name="Read the expressions").click()


def place_of(page: Page) -> float:
    return float(page.evaluate("document.querySelector('video.at-vp-video').currentTime"))


REST_MS = 300
"""A page that is at rest twice, so far apart, is not between two runs."""


def download(page: Page, name: str) -> bytes:
    # While the page is drawn anew a click can miss the button.
    for _ in range(2):
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        page.wait_for_timeout(REST_MS)
    with page.expect_download() as got:
        page.get_by_role("button", name=name).click()
    return Path(got.value.path()).read_bytes()


def test_a_clip_is_read_and_its_chart_leads_the_player(
    page: Page,
    app_server: AppServer,
    film: Path,
    screenshot: Callable[..., Path],
    watch_pictures: Callable[[AppServer], object],
) -> None:
    watch = watch_pictures(app_server)
    read(page, app_server, film)
    expect(page.get_by_test_id("video-mood")).to_have_attribute("data-mood", "happy", timeout=90_000)
    player, chart = page.get_by_test_id("video-player"), page.get_by_test_id("video-chart")
    expect(player.locator("path.at-vp-curve")).to_have_count(7)
    expect(page.get_by_test_id("video-shares").get_by_role("listitem")).to_have_count(8)
    page.wait_for_function("document.querySelector('video.at-vp-video').readyState >= 1")

    # A click at seven eighths of the chart takes the player into the empty room.
    width = float(chart.evaluate("node => node.clientWidth"))
    chart.click(position={"x": width * 7 / 8, "y": 60})
    page.wait_for_function("document.querySelector('video.at-vp-video').currentTime > 6.5")
    expect(page.get_by_test_id("video-now")).to_contain_text("No face in view")
    screenshot(page, "video-result")
    # A key takes it back, and a time in the programme takes it to that moment.
    chart.press("Home")
    page.wait_for_function("document.querySelector('video.at-vp-video').currentTime < 1.5")
    seek = page.get_by_test_id("video-shown").locator("[data-seek]").last
    at_s = float(seek.get_attribute("data-seek"))
    assert at_s > 2
    seek.click()
    page.wait_for_function(f"document.querySelector('video.at-vp-video').currentTime >= {at_s - 0.1}")
    # The other strategy replays the choices and leaves the player where it is.
    before = place_of(page)
    page.get_by_text(STRATEGIES[Strategy.LIFT]).click()
    expect(page.get_by_test_id("video-shown")).to_have_attribute("data-strategy", "lift")
    assert place_of(page) >= before

    rows = list(csv.DictReader(io.StringIO(download(page, "Table (CSV)").decode())))
    assert len(rows) == 40
    assert {"happy", "unknown"} <= {row["mood"] for row in rows}
    assert json.loads(download(page, "Data (JSON)"))["path"] == "reaction.webm"
    summary = download(page, "Summary to print").decode()
    page.get_by_role("button", name="Make the video with boxes").click()
    expect(page.get_by_role("button", name="Video with boxes")).to_be_visible(timeout=60_000)
    assert b"ftyp" in download(page, "Video with boxes")[:16]

    # The summary stands by itself: it opens without a server and asks for nothing.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(summary)
    expect(page.get_by_role("heading", name="reaction.webm")).to_be_visible()
    assert [url for url in asked if not url.startswith("data:")] == []
    screenshot(page, "video-summary", full=True)
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1
    page.close()
    assert watch.new() == []  # type: ignore[attr-defined]


def test_a_reading_can_be_cancelled_on_a_phone(
    new_page: Callable[..., Page], app_server: AppServer, tmp_path: Path, screenshot: Callable[..., Path]
) -> None:
    long = tmp_path / "long.mp4"
    long.write_bytes(clip(steady(120, 10), portrait()))
    page = new_page(size=PHONE)
    read(page, app_server, long)
    expect(page.get_by_test_id("video-progress")).to_be_visible()
    screenshot(page, "video-progress-phone")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("No results were kept")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.get_by_role("button", name="Read again")).to_be_visible()
