"""What editors and files say is text: nothing of it runs in the pages of editors or viewers."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Dialog, Page, expect

from content.bootstrap import Content, open_content
from content.types import CatalogItem, Kind
from tests.browser.conftest import AppServer
from tests.content.hand import hand
from tests.content.media_files import picture

# Each field in which people type, with what would run there if it were taken for markup. 120 characters is
# the shortest limit of most of them; markdown, as Streamlit's own elements read it, is among them.
RUN = "window.ran=1"
ATTACKS = {
    "title": f'<script>{RUN}</script><img src=x onerror="{RUN}">[t](javascript:{RUN})',
    "headline": f'<img src=x onerror="{RUN}"><svg onload="{RUN}">',
    "body": (
        f'<script>{RUN}</script><iframe srcdoc="<script>parent.{RUN}</script>"></iframe>'
        f'<a href="javascript:{RUN}">a</a><details open ontoggle="{RUN}">&lt;script&gt;{RUN}&lt;/script&gt;'
        f'<style>@import "javascript:{RUN}"</style><form action="javascript:{RUN}">'
        f'<input autofocus onfocus="{RUN}">'
    ),
    "call_to_action": f"<b onclick={RUN}>Go</b>",
    # Without a closing tag: for one of those the browser's sanitiser drops the whole attribute.
    "alt_text": f'" onload="{RUN}" onerror="{RUN}" x="<script>{RUN}',
    "credit": f"'><script>{RUN}</script><img src=x onerror={RUN}>",
}
AUTHOR = f'<img src=x onerror="{RUN}">@example.org'
LINK = f"https://example.org/?q=';{RUN};//#javascript:{RUN}"
TAG = f"<img src=x onerror={RUN}>"
WATCH_JS = """
window.found = [];
addEventListener("error", event => {
  if (event.target !== window && event.target.outerHTML) window.found.push(event.target.outerHTML);
}, true);
"""


@pytest.fixture(scope="module")
def server(serve_app: Callable[..., AppServer]) -> AppServer:
    """An app whose catalog these tests may change."""
    return serve_app()


@pytest.fixture(scope="module")
def content(server: AppServer) -> Iterator[Content]:
    """The catalog with nothing in it but an ad, a media item and a theme that would like to run."""
    opened = open_content(server.database_url, server.media_dir)
    before = opened.catalog().items
    theme = next(item for item in before if item.kind is Kind.THEME)
    fields = {name: value for name, value in ATTACKS.items() if name not in ("title", "alt_text")}
    image = opened.assets.add(picture("PNG", (320, 180)))
    told = {"asset": image, "alt_text": ATTACKS["alt_text"]}
    ad = CatalogItem("ad", Kind.AD, f"ad {ATTACKS['title']}", link_url=LINK, tags=(TAG,), **told, **fields)
    media = CatalogItem("media", Kind.MEDIA, f"media {ATTACKS['title']}", **told, **fields)
    colors = CatalogItem("theme", Kind.THEME, f"theme {ATTACKS['title']}", colors=theme.colors)
    hand(opened).save_many(
        created=[ad, media, colors], deleted={item.item_id: None for item in before}, author=AUTHOR
    )
    hand(opened).save(replace(ad, weight=2.0), 1, author=AUTHOR)
    yield opened
    opened.close()


def expect_nothing_ran(page: Page) -> None:
    assert page.evaluate("window.ran") is None
    assert page.evaluate("window.found") == []
    made = """() => [...document.querySelectorAll('*')].filter(e =>
        [...e.attributes].some(a => a.name.startsWith('on') && a.value.includes('window.ran')
            || /^(href|src|srcdoc|action|data)$/.test(a.name) && a.value.trim().startsWith('javascript:'))
        || e.tagName === 'SCRIPT' && e.textContent.includes('window.ran')).map(e => e.outerHTML)"""
    assert page.evaluate(made) == []


def answer(dialog: Dialog, dialogs: list[Dialog]) -> None:
    # The browser's own question before it leaves an open form is no dialog of an item's.
    if dialog.type == "beforeunload":
        dialog.accept()
    else:
        dialogs.append(dialog)
        dialog.dismiss()


def test_nothing_that_an_item_says_runs_in_the_pages(
    page: Page, server: AppServer, content: Content, screenshot: Callable[..., Path]
) -> None:
    dialogs: list[Dialog] = []
    page.on("dialog", lambda dialog: answer(dialog, dialogs))
    page.add_init_script(WATCH_JS)
    page.goto(f"{server.url}/catalog")
    cards = page.get_by_test_id("item-card")
    expect(cards).to_have_count(3)
    expect(cards.filter(has_text=f"ad {ATTACKS['title']}")).to_have_count(1)
    expect_nothing_ran(page)
    screenshot(page, "markup-catalog")
    page.get_by_text("Table", exact=True).click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect_nothing_ran(page)
    page.get_by_text("History", exact=True).click()
    expect(page.get_by_test_id("revision").first).to_contain_text(f"{AUTHOR} changed ad {ATTACKS['title']}")
    added = page.locator('[class*="st-key-revision-"]').filter(has_text=f"added ad {ATTACKS['title']}")
    added.get_by_role("button", name="View").click()
    past = page.get_by_role("dialog")
    expect(past.get_by_test_id("changes")).to_contain_text("Weight")
    expect(past.locator(".at-headline")).to_have_text(ATTACKS["headline"])
    expect_nothing_ran(page)
    page.keyboard.press("Escape")
    expect(past).to_have_count(0)
    page.get_by_text("Items", exact=True).click()
    page.get_by_text("Cards", exact=True).click()
    page.locator(".st-key-edit-media").get_by_role("button").click()
    expect(page.get_by_test_id("outlook")).to_be_visible()
    expect(page.locator(".st-key-panel-preview").get_by_test_id("slot-media")).to_contain_text(
        ATTACKS["body"]
    )
    expect_nothing_ran(page)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"media {ATTACKS['title']}")
    expect_nothing_ran(page)

    page.goto(server.url)
    page.get_by_role("button", name="Demo without camera").click()
    ad = page.get_by_test_id("slot-ad")
    expect(ad).to_contain_text(ATTACKS["headline"])
    expect(ad).to_contain_text(ATTACKS["call_to_action"])
    expect(page.get_by_test_id("slot-media")).to_contain_text(ATTACKS["body"])
    expect(page.get_by_test_id("slot-theme")).to_contain_text(ATTACKS["title"])
    expect(ad.locator("img")).to_have_attribute("alt", ATTACKS["alt_text"])
    for slot in ("theme", "ad", "media"):
        page.locator(f".st-key-why-{slot} button").click()
        expect(page.get_by_test_id(f"why-{slot}")).to_be_visible()
        expect_nothing_ran(page)
        screenshot(page, f"markup-why-{slot}")
        # What is open may cover the next one.
        page.keyboard.press("Escape")
        expect(page.get_by_test_id(f"why-{slot}")).to_have_count(0)
    assert dialogs == []


def peak_mb(server: AppServer) -> float:
    """The most memory that the app's process has ever held."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return float(status.split("VmHWM:")[1].split()[0]) / 1024


def written_mb(folder: Path) -> float:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1024**2


def test_200_mb_are_refused_without_filling_memory_or_disk(
    page: Page, server: AppServer, content: Content, tmp_path: Path, screenshot: Callable[..., Path]
) -> None:
    big, small = tmp_path / "big.mp4", tmp_path / "small.png"
    with big.open("wb") as file:
        file.truncate(200 * 1024**2)
    small.write_bytes(picture("PNG"))
    page.goto(f"{server.url}/catalog")
    page.get_by_role("button", name="Add an item").click()
    chooser = page.locator('input[type="file"]')
    chooser.set_input_files(big)
    expect(page.get_by_text("File must be 50.0MB or smaller")).to_be_visible()
    expect(page.get_by_text("“big.mp4” was not taken. A file may have 50 MB at most.")).to_be_visible()
    screenshot(page, "upload-too-large")

    # Somebody who goes around the page is stopped by the server, whether the size is told or not.
    with page.expect_request(lambda r: r.method == "PUT" and "upload_file" in r.url) as sent:
        chooser.set_input_files(small)
    headers = {
        name: value
        for name, value in sent.value.all_headers().items()
        if name in ("cookie", "origin", "content-type", "x-xsrftoken")
    }
    peak, disk = peak_mb(server), written_mb(server.folder)
    address = urlsplit(sent.value.url)
    boundary = headers["content-type"].split("boundary=")[1]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="big"; filename="big.mp4"\r\n'
        "Content-Type: video/mp4\r\n\r\n"
    ).encode()

    def chunks() -> Iterator[bytes]:
        yield head
        for _ in range(200):
            yield bytes(1024**2)

    for told in ({"Content-Length": str(200 * 1024**2)}, {"Transfer-Encoding": "chunked"}):
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        try:
            connection.request(
                "PUT",
                address.path,
                chunks(),
                {**headers, **told},
                encode_chunked="Transfer-Encoding" in told,
            )
        except (BrokenPipeError, ConnectionResetError):
            continue  # it has answered and closed while this side was still sending
        try:
            assert connection.getresponse().status == 413
        except ConnectionResetError:
            continue
        finally:
            connection.close()
    assert peak_mb(server) - peak < 150
    assert written_mb(server.folder) - disk < 60
    assert content.catalog().items
    expect(page.get_by_text("small.png")).to_be_visible()
