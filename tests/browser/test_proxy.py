"""The app behind nginx as it is shipped, under a path of its own; and what happens without one header."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.conftest import AppServer
from tests.browser.live_page import FOLLOWS_MS, expect_seen, mood
from tests.browser.proxies import nginx
from ui.live.device import assets

# On a page's own address Streamlit asks where the app begins until something answers.
LOOKS_AROUND = re.compile(r"/\w+/_stcore/(health|host-config)$")
NO_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
BROKEN = """() => [...document.querySelectorAll('img, video, audio')]
    .filter(e => e.tagName === 'IMG' ? e.complete && e.naturalWidth === 0 : e.error !== null)
    .map(e => e.currentSrc || e.src)"""


@pytest.fixture(scope="module")
def server(serve_app: Callable[..., AppServer]) -> AppServer:
    return serve_app({"ATTUNE_EDITOR_PASSWORD": "letmein"}, "--server.baseUrlPath", "attune")


@pytest.fixture
def failed(page: Page) -> list[str]:
    """Addresses that were answered with an error while the test ran."""
    seen: list[str] = []
    page.on("response", lambda answer: seen.append(answer.url) if answer.status >= 400 else None)
    return seen


def test_every_page_works_under_a_path_behind_nginx(
    page: Page, server: AppServer, failed: list[str], tmp_path: Path, screenshot: Callable[..., Path]
) -> None:
    portrait = tmp_path / "portrait.png"
    Image.fromarray(skimage.data.astronaut()).save(portrait)
    with nginx(tmp_path / "nginx", server.url, location="/attune/") as site:
        page.goto(f"{site}/attune/")
        page.get_by_role("button", name="Demo without camera").click()
        page.get_by_role("radio", name="Happy", exact=True).click()
        expect(page.get_by_test_id("mood")).to_have_attribute("data-mood", "happy")
        expect(page.locator("html")).to_have_attribute("data-attune-link", "open")
        expect(page.locator("[data-testid=slot-ad] img")).to_be_visible()
        page.wait_for_function(
            "() => [...document.querySelectorAll('[data-testid=slot-ad] img')].every(i => i.naturalWidth > 0)"
        )
        page.wait_for_function(
            "() => [...document.querySelectorAll('video, audio')]"
            ".filter(e => e.readyState !== undefined).every(e => e.readyState >= 1)"
        )
        page.goto(f"{site}/attune/photo")
        page.locator('input[type="file"]').set_input_files(portrait)
        expect(page.get_by_test_id("photo-mood")).to_have_attribute("data-mood", "happy")
        page.goto(f"{site}/attune/catalog")
        # Behind a proxy nobody is at this machine: the editors' password is asked for.
        page.get_by_label("Editor password").fill("letmein")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("item-card").locator("img").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        screenshot(page, "proxy-catalog")
        assert page.evaluate(BROKEN) == []
        for name in ("video", "insights", "model"):
            page.goto(f"{site}/attune/{name}")
            expect(page.get_by_test_id("page-heading")).to_be_visible()
        assert [url for url in failed if not LOOKS_AROUND.search(url)] == []


def test_behind_nginx_and_without_udp_a_face_is_read_on_the_device(
    new_page: Callable[..., Page],
    launch_browser: Callable[..., Browser],
    face_clip: Path,
    server: AppServer,
    tmp_path: Path,
) -> None:
    if not assets.RUNTIME_FOLDER.is_dir():
        pytest.skip("No browser runtime is here: `make setup` fetches it")
    page = new_page(browser=launch_browser(face_clip, NO_UDP))
    page.add_init_script("RTCPeerConnection = class { constructor() { document.body.dataset.video = 1; } }")
    fetched: list[Response] = []
    page.on("response", lambda answer: fetched.append(answer) if f"/{assets.PATH}/" in answer.url else None)
    with nginx(tmp_path / "nginx", server.url, location="/attune/") as site:
        page.goto(f"{site}/attune/")
        page.locator(".st-key-consent button").click()
        page.get_by_test_id("device-camera").get_by_role("button", name="Start camera").click()
        expect(mood(page)).to_have_attribute("data-mood", "happy", timeout=FOLLOWS_MS)
        assert page.evaluate("document.body.dataset.video") is None

        # Everything came compressed, and comes once: on the next visit nothing of it is asked for.
        assert len({answer.url for answer in fetched}) > len(assets.RUNTIME)
        for answer in fetched:
            headers = answer.all_headers()
            assert headers["content-encoding"] == "br", answer.url
            assert "immutable" in headers["cache-control"], answer.url
            assert answer.url.startswith(f"{site}/attune/{assets.PATH}/")
        log, asked = tmp_path / "nginx" / "access.log", f"GET /attune/{assets.PATH}/"
        assert log.read_text().count(asked) == len({answer.url for answer in fetched})
        page.reload()
        expect_seen(page)
        assert log.read_text().count(asked) == len({answer.url for answer in fetched})


def test_without_the_host_header_the_log_says_what_allows_it(
    page: Page, server: AppServer, tmp_path: Path
) -> None:
    without = nginx(tmp_path / "nginx", server.url, location="/attune/", without="proxy_set_header Host")
    with without as site:
        refused: list[str] = []
        page.on("websocket", lambda socket: socket.on("socketerror", lambda e: refused.append(e)))
        page.goto(f"{site}/attune/")
        while not refused:
            page.wait_for_timeout(100)
    assert "403" in refused[0]
    told = [line for line in server.log.splitlines() if "A browser was refused" in line]
    assert told
    assert site in told[0]
    assert "proxy_set_header Host $http_host" in told[0]
    assert "STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS" in told[0]
