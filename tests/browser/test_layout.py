"""The live page on a phone, a tablet, an upright screen and a wall: what is in view and not cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, AppServer

UPRIGHT, WALL = (1080, 1920), (3840, 2160)

OVERLAPS_JS = """() => {
  const parts = [...document.querySelectorAll('[class*="st-key-panel-"], .st-key-your-data')];
  const box = part => part.getBoundingClientRect();
  const name = part => [...part.classList].find(c => c.startsWith('st-key-'));
  const found = [];
  parts.forEach((one, i) => parts.slice(i + 1).forEach(other => {
    const a = box(one), b = box(other);
    if (a.left + 1 < b.right && b.left + 1 < a.right && a.top + 1 < b.bottom && b.top + 1 < a.bottom) {
      found.push(`${name(one)} over ${name(other)}`);
    }
  }));
  for (const button of document.querySelectorAll('.st-key-live :is(button p, .at-tap, .at-eyebrow)')) {
    if (button.scrollWidth > button.clientWidth + 1 && getComputedStyle(button).display !== 'inline') {
      found.push(`${button.textContent.trim()} is cut`);
    }
  }
  for (const why of document.querySelectorAll('[class*="st-key-why-"] button')) {
    for (const words of document.querySelectorAll('.at-theme > *, .at-tag, .at-headline')) {
      const a = box(why), b = box(words);
      const range = document.createRange();
      range.selectNodeContents(words);
      const c = range.getBoundingClientRect();
      if (a.left < c.right && c.left < a.right && a.top < b.bottom && b.top < a.bottom) {
        found.push(`a button over ${words.textContent.trim()}`);
      }
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page is wider than the window');
  return found;
}"""


def demo(page: Page, server: AppServer) -> None:
    page.goto(server.url)
    page.locator(".st-key-demo button").click()
    page.get_by_role("radio", name="Happy", exact=True).click()
    expect(page.get_by_test_id("mood")).to_have_attribute("data-mood", "happy")
    expect(page.get_by_test_id("slot-ad")).to_be_visible()
    expect(page.get_by_test_id("timeline")).to_be_visible()


def box(page: Page, part: str) -> dict[str, float]:
    # Content that is being exchanged has no box for a moment.
    expect(page.locator(part)).to_be_visible()
    found = page.locator(part).bounding_box()
    assert found is not None, part
    return dict(found)


def test_on_a_phone_the_expression_and_the_ad_are_in_view_at_once(
    new_page: Callable[..., Page], app_server: AppServer, screenshot: Callable[..., Path]
) -> None:
    """In the demo and with the camera: what is set stands small between them, or below."""
    page = new_page(size=PHONE)
    demo(page, app_server)
    screenshot(page, "layout-phone-demo")
    assert box(page, '[data-testid="mood"]')["y"] < 250
    assert box(page, '[data-testid="slot-ad"]')["y"] < 500
    page.locator(".st-key-use-camera button").click()
    page.locator(".st-key-consent button").click()
    camera = page.frame_locator('iframe[title*="webrtc"]')
    camera.get_by_role("button", name="Start camera").click()
    expect(camera.get_by_role("button", name="Stop camera")).to_be_visible()
    expect(camera.locator("video")).to_have_js_property("paused", False)
    page.wait_for_function(
        """() => document.querySelector('[data-testid="mood"]').getBoundingClientRect().y < 250
            && document.querySelector('[data-testid="slot-ad"]').getBoundingClientRect().y < 500"""
    )
    screenshot(page, "layout-phone-camera")
    height = box(page, 'iframe[title*="webrtc"]')["height"]
    assert height < 130
    # The frame is as high as what is in it, whatever makes that grow or shrink.
    for padding, wanted in ((40, height + 40), (0, height)):
        camera.locator("#root").evaluate("(root, px) => { root.style.paddingBottom = `${px}px`; }", padding)
        page.wait_for_function(
            """wanted => document.querySelector('iframe[title*="webrtc"]').offsetHeight === wanted""",
            arg=wanted,
        )


def test_from_a_phone_to_a_wall_nothing_is_cut_or_covered(
    page: Page, app_server: AppServer, screenshot: Callable[..., Path]
) -> None:
    demo(page, app_server)
    for width in (360, 390, 640, 641, 700, 768, 820, 900, 1024, 1121, 1280, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 1000})
        assert page.evaluate(OVERLAPS_JS) == [], width
    screenshot(page, "layout-1920")


@pytest.mark.parametrize(("size", "least"), [(UPRIGHT, 0.9), (WALL, 0.7), (DESKTOP, 0.9)])
def test_the_content_fills_the_screen(
    size: tuple[int, int],
    least: float,
    new_page: Callable[..., Page],
    app_server: AppServer,
    screenshot: Callable[..., Path],
) -> None:
    page = new_page(size=size)
    demo(page, app_server)
    screenshot(page, f"layout-{size[0]}x{size[1]}")
    cards = [box(page, f".st-key-panel-slot-{slot}") for slot in ("ad", "media")]
    page_box = box(page, ".st-key-live-page")
    assert page_box["width"] > 0.84 * size[0]
    assert page_box["y"] + page_box["height"] > least * size[1]
    ad, media = cards
    if size == UPRIGHT:
        assert ad["width"] > 0.9 * size[0]
        assert media["y"] + media["height"] > 0.9 * size[1]
    else:
        assert ad["width"] + media["width"] > 0.6 * size[0]
        assert ad["height"] == pytest.approx(media["height"], abs=1)
    assert page.evaluate(OVERLAPS_JS) == []


def test_content_comes_first_and_why_is_one_tap_away(page: Page, app_server: AppServer) -> None:
    demo(page, app_server)
    expect(page.get_by_text("Shown because")).to_have_count(0)
    page.locator(".st-key-why-ad button").click()
    expect(page.get_by_test_id("why-ad")).to_contain_text("Shown because you picked happy")


def test_in_forced_colours_face_slider_and_choice_stay_visible(
    page: Page, app_server: AppServer, screenshot: Callable[..., Path]
) -> None:
    page.emulate_media(forced_colors="active")
    demo(page, app_server)
    screenshot(page, "layout-forced-colours")
    painted = """e => { const look = getComputedStyle(e);
        return [look.backgroundColor, getComputedStyle(document.body).backgroundColor]; }"""
    chosen = '.st-key-strategy button[data-selected="true"]'
    for part in (".at-mood .at-face", '.st-key-pace [role="group"] > div > div[data-rac]', chosen):
        ink, ground = page.locator(part).first.evaluate(painted)
        assert ink != ground, part
        assert ink != "rgba(0, 0, 0, 0)", part
    other = page.locator('.st-key-strategy [role="radio"]:not([data-selected="true"])')
    assert page.locator(chosen).evaluate(painted) != other.evaluate(painted)
