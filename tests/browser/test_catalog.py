"""The catalog page in a real browser: grid, uploads, undo, scripts that must not run, and the closed door."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Dialog, Error, Page, Playwright, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from content.bootstrap import Content, open_content
from content.types import CatalogItem, Kind, Status
from emotion.labels import Emotion
from tests.browser.axe import violations
from tests.browser.conftest import CHROMIUM_FLAGS, DESKTOP, PHONE, AppServer
from tests.content.hand import hand
from ui.access.remembered import COOKIE

ROW_PX = 35
PICK_X_PX, TITLE_X_PX, WEIGHT_X_PX = 30, 300, 535  # within these columns of the table, at a desk's width
LONG_S = 60_000


@pytest.fixture(scope="module")
def server(serve_app: Callable[..., AppServer]) -> AppServer:
    """An app whose catalog these tests may change."""
    return serve_app()


@pytest.fixture(scope="module")
def content(server: AppServer) -> Iterator[Content]:
    """A second hand on the same database: another editor, or somebody who looks."""
    opened = open_content(server.database_url, server.media_dir)
    yield opened
    opened.close()


# Counts what the page tells the app: an edit of the table is told a moment after it is made.
COUNT_SENT_JS = """
window.sent = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (message) { window.sent += 1; return send.call(this, message); };
"""


def open_catalog(page: Page, server: AppServer) -> None:
    page.add_init_script(COUNT_SENT_JS)
    page.goto(f"{server.url}/catalog")
    expect(page.get_by_test_id("item-card").first).to_be_visible(timeout=LONG_S)


def search_one(page: Page, text: str) -> None:
    """Searches until one card is left (a box that is just being drawn anew drops what is typed into it)."""
    search = page.get_by_label("Search", exact=True)
    for _ in range(10):
        search.fill(text)
        search.press("Enter")
        with suppress(AssertionError):
            expect(page.get_by_test_id("item-card")).to_have_count(1, timeout=3_000)
            return
    expect(page.get_by_test_id("item-card")).to_have_count(1)


def open_table(page: Page, server: AppServer, search: str) -> None:
    """The table with the rows that a search finds."""
    open_catalog(page, server)
    search_one(page, search)
    page.get_by_text("Table", exact=True).click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(page.get_by_role("button", name="Nothing to save")).to_be_visible()


def type_into_cell(page: Page, x_px: int, row: int, text: str) -> None:
    """Double-clicks a cell of the canvas (a scroller lies over it), types, and commits.

    The table answers clicks only once it has drawn itself, which it does not tell: click until a box opens.
    """
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    opened = page.locator(".gdg-input").first
    for _ in range(20):
        box = table.bounding_box()
        assert box is not None
        page.mouse.dblclick(box["x"] + x_px, box["y"] + ROW_PX * (row + 1.5))
        with suppress(PlaywrightTimeout):
            opened.wait_for(timeout=2_000)
            break
    expect(opened).to_be_focused()
    opened.fill(text)
    expect(opened).to_have_value(text)
    # The box takes its new value over in the next frame; an Enter before that commits the old one.
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    sent = page.evaluate("window.sent")
    opened.press("Enter")
    opened.wait_for(state="detached")
    page.wait_for_function("before => window.sent > before", arg=sent)


def picture_file(folder: Path) -> Path:
    path = folder / "offer.png"
    image = Image.new("RGB", (640, 360), "#d08700")
    ImageDraw.Draw(image).ellipse((220, 80, 420, 280), fill="white")
    image.save(path)
    return path


def an_ad(content: Content, item_id: str, title: str, **changes: object) -> CatalogItem:
    if content.store.load().get(item_id):
        hand(content).delete(item_id)
    item = CatalogItem(item_id, Kind.AD, title, headline=title, targets={Emotion.HAPPY: 0.1})
    return hand(content).create(replace(item, **changes))  # type: ignore[arg-type]


# -- browsing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_the_starter_catalog_is_shown_with_pictures(
    new_page: Callable[..., Page], server: AppServer, screenshot: Callable[..., Path], size: tuple[int, int]
) -> None:
    page = new_page(size=size)
    open_catalog(page, server)
    # Items are in view at once, on a phone too, and coverage is a click away.
    expect(page.get_by_test_id("item-card").first).to_be_in_viewport(ratio=0.3)
    page.get_by_text("Coverage: every expression").click()
    expect(page.get_by_test_id("coverage-ad-happy")).to_be_visible()
    loaded = page.get_by_test_id("item-card").locator("img").first
    expect(loaded).to_be_visible()
    page.wait_for_function("i => i.complete && i.naturalWidth > 0", arg=loaded.element_handle())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    screenshot(page, f"catalog-{size[0]}")


# -- the grid ------------------------------------------------------------------------------------------


def test_a_title_typed_into_the_grid_is_saved(page: Page, server: AppServer, content: Content) -> None:
    an_ad(content, "grid-title", "Zebra crossing")
    open_table(page, server, "Zebra crossing")
    type_into_cell(page, TITLE_X_PX, 0, "Zebra parade")
    page.get_by_role("button", name="Save 1 changed item").click()
    expect(page.get_by_role("button", name="Nothing to save")).to_be_visible()
    saved = content.store.load().get("grid-title")
    assert saved is not None
    assert (saved.title, saved.version) == ("Zebra parade", 2)


def test_a_wrong_cell_is_named_and_kept(
    page: Page, server: AppServer, content: Content, screenshot: Callable[..., Path]
) -> None:
    an_ad(content, "grid-weight", "Quokka biscuits")
    open_table(page, server, "Quokka biscuits")
    type_into_cell(page, WEIGHT_X_PX, 0, "-2")
    page.get_by_role("button", name="Save 1 changed item").click()
    said = page.get_by_test_id("cell-error")
    expect(said).to_contain_text("Row 1: “Quokka biscuits”, Weight. Needs a number greater than 0")
    expect(page.get_by_role("button", name="Save 1 changed item")).to_be_enabled()
    assert content.store.load().get("grid-weight").weight == 1.0
    screenshot(page, "catalog-cell-error")
    type_into_cell(page, WEIGHT_X_PX, 0, "2.5")
    page.get_by_role("button", name="Save 1 changed item").click()
    expect(page.get_by_role("button", name="Nothing to save")).to_be_visible()
    expect(said).to_have_count(0)
    assert content.store.load().get("grid-weight").weight == 2.5


def test_what_was_typed_outlives_a_filter_and_another_editor(
    page: Page, server: AppServer, content: Content, screenshot: Callable[..., Path]
) -> None:
    item = an_ad(content, "grid-two", "Walrus soap")
    open_table(page, server, "Walrus soap")
    type_into_cell(page, TITLE_X_PX, 0, "My walrus soap")
    expect(page.get_by_role("button", name="Save 1 changed item")).to_be_visible()
    search = page.get_by_label("Search", exact=True)
    search.fill("Walrus")
    search.press("Enter")
    expect(page.get_by_role("button", name="Save 1 changed item")).to_be_visible()
    page.get_by_text("Cards", exact=True).click()
    expect(page.get_by_test_id("item-card").first).to_be_visible()
    page.get_by_text("Table", exact=True).click()
    expect(page.get_by_role("button", name="Save 1 changed item")).to_be_visible()
    hand(content).save(replace(item, weight=7.0), expected_version=1)
    page.get_by_role("button", name="Save 1 changed item").click()
    clashes = page.get_by_test_id("clash")
    expect(clashes.filter(has_text="My walrus soap")).to_have_count(1)
    expect(clashes.filter(has_text="Weight")).to_contain_text("7")
    screenshot(page, "catalog-conflict")
    page.get_by_role("button", name="Save these").click()
    expect(page.get_by_role("button", name="Nothing to save")).to_be_visible()
    saved = content.store.load().get("grid-two")
    assert saved is not None
    assert (saved.title, saved.weight) == ("My walrus soap", 7.0)


# -- the form ------------------------------------------------------------------------------------------


def test_an_ad_is_added_with_an_uploaded_picture(
    page: Page, server: AppServer, content: Content, tmp_path: Path, screenshot: Callable[..., Path]
) -> None:
    open_catalog(page, server)
    page.get_by_role("button", name="Add an item").click()
    page.get_by_label("Title", exact=True).fill("Lantern evening")
    page.locator('input[type="file"]').set_input_files(picture_file(tmp_path))
    expect(page.locator(".st-key-panel-preview img.at-asset")).to_be_visible()
    page.get_by_label("Headline").fill("One light for every window")
    page.get_by_role("button", name="Publish", exact=True).click()
    # Without words for people who cannot see the picture it stays a form.
    expect(page.get_by_test_id("field-error")).to_contain_text("Needs a short description of the picture")
    page.get_by_label("Description for people who cannot see it", exact=True).fill("A white circle on orange")
    screenshot(page, "catalog-form", full=True)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("button", name="Add an item")).to_be_visible()
    added = content.store.load().get("lantern-evening")
    assert added is not None
    assert added.asset is not None
    assert added.asset.mime_type == "image/png"
    stored = content.assets.path(added.asset)
    assert stored is not None
    with Image.open(io.BytesIO(stored.read_bytes())) as image:
        assert image.size == (640, 360)


def test_a_page_called_png_and_a_file_too_large_to_send_are_refused_at_their_field(
    page: Page, server: AppServer, content: Content, tmp_path: Path
) -> None:
    before = {p.name for p in server.media_dir.glob("*")}
    open_catalog(page, server)
    page.get_by_role("button", name="Add an item").click()
    page.get_by_label("Title", exact=True).fill("Trojan")
    fake = tmp_path / "cat.png"
    fake.write_text("<html><script>window.__ran = 1</script></html>")
    page.locator('input[type="file"]').set_input_files(fake)
    expect(page.get_by_test_id("field-error").first).to_contain_text("This file cannot be used. Needs PNG")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_test_id("field-error").first).to_be_visible()
    # Wherever the page stands, the answer is in view: fields may be far up or on another tab.
    expect(page.get_by_test_id("not-saved")).to_be_in_viewport(ratio=1)
    # What is too large stops in the browser: a new ad must not go live without it.
    large = tmp_path / "film.mp4"
    with large.open("wb") as file:
        file.truncate(51 * 1024 * 1024)
    page.get_by_label("Headline").fill("Gates open at nine")
    page.locator('input[type="file"]').set_input_files(large)
    expect(page.get_by_test_id("field-error").first).to_contain_text("“film.mp4” was not taken.")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_test_id("not-saved")).to_contain_text("Not saved: 1 field needs a change")
    page.get_by_role("button", name="Remove film.mp4").click()
    expect(page.get_by_text("was not taken")).to_have_count(0)
    assert content.store.load().get("trojan") is None
    assert {p.name for p in server.media_dir.glob("*")} == before


def test_delete_and_undo(page: Page, server: AppServer, content: Content) -> None:
    item = an_ad(content, "doomed", "Yak wool")
    open_catalog(page, server)
    search_one(page, "Yak wool")
    page.locator(".st-key-edit-doomed").get_by_role("button").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted “Yak wool”")).to_be_visible()
    assert content.store.load().get("doomed") is None
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("item-card").filter(has_text="Yak wool")).to_be_visible()
    back = content.store.load().get("doomed")
    assert back is not None
    assert replace(back, version=item.version) == item


# -- one change to many --------------------------------------------------------------------------------


def test_ticked_rows_are_archived_together_and_taken_back_and_get_a_tag(
    page: Page, server: AppServer, content: Content, screenshot: Callable[..., Path]
) -> None:
    for name in ("one", "two", "three"):
        an_ad(content, f"bulk-{name}", f"Ibex {name}")
    open_catalog(page, server)
    search = page.get_by_label("Search", exact=True)
    search.fill("Ibex")
    search.press("Enter")
    expect(page.get_by_test_id("item-card")).to_have_count(3)
    page.get_by_text("Table", exact=True).click()
    for row, count in ((0, 1), (2, 2)):
        tick(page, row, count)
    page.get_by_role("button", name="Set status").click()
    screenshot(page, "catalog-bulk")
    page.get_by_role("menuitem", name="Archive").click()
    expect(page.get_by_test_id("done")).to_have_text("Archived 2 items.")
    statuses = [content.store.load().get(f"bulk-{n}").status for n in ("one", "two", "three")]
    assert statuses == [Status.ARCHIVED, Status.PUBLISHED, Status.ARCHIVED]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("done")).to_have_count(0)
    assert content.store.load().get("bulk-three").status is Status.PUBLISHED
    for row, count in ((0, 1), (2, 2)):
        tick(page, row, count)
    page.get_by_role("button", name="Set tags").click()
    field = page.get_by_role("combobox", name="Add tags")
    field.fill("Ibex sale")
    field.press("Enter")
    # Leaves the field, whose list lies over the button.
    field.press("Tab")
    page.get_by_role("button", name="Add to 2").click()
    expect(page.get_by_test_id("done")).to_have_text("Tag “Ibex sale” added to 2 items.")
    page.get_by_text("Cards", exact=True).click()
    expect(page.get_by_test_id("tags").filter(has_text="Ibex sale")).to_have_count(2)


def tick(page: Page, row: int, count: int) -> None:
    """Ticks a row of the table until so many are picked.

    The table answers once it has drawn itself, and another may take its place between two steps.
    """
    table = page.get_by_test_id("stDataFrame")
    for _ in range(20):
        with suppress(AssertionError, Error):
            table.scroll_into_view_if_needed()
            box = table.bounding_box()
            assert box is not None
            page.mouse.click(box["x"] + PICK_X_PX, box["y"] + ROW_PX * (row + 1.5))
            expect(page.get_by_text(f"{count} picked")).to_be_visible(timeout=2_000)
            return
    expect(page.get_by_text(f"{count} picked")).to_be_visible()


# -- the past ------------------------------------------------------------------------------------------


def test_a_version_of_the_past_is_restored_from_the_card(
    page: Page, server: AppServer, content: Content, screenshot: Callable[..., Path]
) -> None:
    item = an_ad(content, "past", "Narwhal candles")
    hand(content).save(replace(item, headline="Spoilt"), item.version, author="ben@example.org")
    open_catalog(page, server)
    search_one(page, "Narwhal candles")
    page.locator(".st-key-more-past").get_by_role("button").click()
    page.get_by_role("menuitem", name="History").click()
    latest = page.get_by_test_id("revision").first
    expect(latest).to_contain_text("ben@example.org changed Narwhal candles")
    expect(latest).to_contain_text("Spoilt")
    page.get_by_role("button", name="View").nth(1).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("changes")).to_contain_text("Spoilt")
    expect(dialog.locator(".at-headline")).to_have_text("Narwhal candles")
    screenshot(page, "catalog-restore")
    dialog.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_test_id("done")).to_contain_text("Restored “Narwhal candles”")
    assert content.store.load().get("past").headline == "Narwhal candles"


# -- the catalog as a file -----------------------------------------------------------------------------


def test_a_table_is_taken_away_changed_and_brought_in(
    page: Page, server: AppServer, content: Content, tmp_path: Path, screenshot: Callable[..., Path]
) -> None:
    an_ad(content, "travels", "Ocelot rugs")
    open_catalog(page, server)
    page.get_by_text("Import and export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the table (CSV)").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    wrong = next(line for line in text.splitlines() if line.startswith("ad-happy"))
    changed = tmp_path / "catalog.csv"
    changed.write_text(
        text.replace("Ocelot rugs", "Ocelot <b>rugs</b>").replace(
            wrong, wrong.replace("published", "live", 1)
        ),
        encoding="utf-8",
    )
    page.locator('input[type="file"]').set_input_files(changed)
    expect(page.get_by_test_id("import-changed")).to_contain_text("1")
    expect(page.get_by_test_id("import-invalid")).to_contain_text("1")
    button = page.get_by_role("button", name="Import 1 item")
    expect(button).to_be_disabled()
    assert content.store.load().get("travels").title == "Ocelot rugs"
    page.get_by_text("Leave out 1 wrong row and import the rest").click()
    expect(button).to_be_enabled()
    screenshot(page, "catalog-import", full=True)
    button.click()
    expect(page.get_by_test_id("done")).to_contain_text("0 new, 1 changed, 0 deleted, 1 wrong row left out")
    assert content.store.load().get("travels").title == "Ocelot <b>rugs</b>"


def test_what_is_half_typed_outlives_what_appears_above_it(
    page: Page, server: AppServer, tmp_path: Path
) -> None:
    open_catalog(page, server)
    page.get_by_role("button", name="Add an item").click()
    words = page.get_by_label("Words on the button")
    words.fill("Read mo")  # not left yet, so the server does not know of it
    page.locator('input[type="file"]').set_input_files(picture_file(tmp_path))
    expect(page.get_by_text("read from the file itself")).to_be_visible()
    expect(page.get_by_text("Please describe the picture")).to_be_visible()
    expect(words).to_have_value("Read mo")
    words.press_sequentially("re")
    words.press("Tab")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_test_id("field-error").first).to_be_visible()
    expect(words).to_have_value("Read more")


# -- what editors type is text -------------------------------------------------------------------------

ATTACK = '<script>window.__ran=1</script><img src=x onerror="window.__ran=2"><b>bold</b>'
ATTACK_ALT = '" onload="window.__ran=3" <b>bold</b>'


def test_scripts_that_editors_type_do_not_run(
    page: Page, new_page: Callable[..., Page], server: AppServer, content: Content, tmp_path: Path
) -> None:
    dialogs: list[Dialog] = []
    page.on("dialog", lambda d: (dialogs.append(d), d.dismiss()))
    open_catalog(page, server)
    page.get_by_role("button", name="Add an item").click()
    page.get_by_label("Title", exact=True).fill(ATTACK)
    page.locator('input[type="file"]').set_input_files(picture_file(tmp_path))
    page.get_by_label("Description for people who cannot see it", exact=True).fill(ATTACK_ALT)
    page.get_by_label("Headline").fill(ATTACK)
    page.get_by_label("Words on the button").fill("<i>go</i>")
    page.get_by_label("Where it leads").fill("javascript:window.__ran=4")
    page.get_by_label("Where it leads").press("Tab")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_test_id("field-error").first).to_contain_text("begins with https://")
    expect(page.locator('.st-key-panel-preview [data-testid="slot-ad"] .at-headline')).to_have_text(ATTACK)
    expect(page.locator('a[href^="javascript"]')).to_have_count(0)
    page.get_by_label("Where it leads").fill('https://example.com/"><script>window.__ran=5</script>')
    page.get_by_label("Where it leads").press("Tab")
    # The browser's own sanitiser takes such an address away altogether.
    expect(page.locator('.st-key-panel-preview [data-testid="slot-ad"] a.at-action')).to_have_text(
        "<i>go</i>"
    )
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("button", name="Add an item")).to_be_visible()
    search_one(page, "window.__ran")
    expect(page.get_by_test_id("item-card").locator(".at-itemtitle")).to_have_text(ATTACK)
    page.get_by_text("Table", exact=True).click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    assert page.evaluate("window.__ran") is None
    assert dialogs == []

    # A viewer gets it too: it becomes the only ad there is.
    items = content.store.load().items
    (attack,) = [i for i in items if "window.__ran" in i.title]
    others = [i for i in items if i.kind is Kind.AD and i.item_id != attack.item_id]
    hand(content).save_many([replace(i, status=Status.ARCHIVED) for i in others])
    viewer = new_page()
    viewer.on("dialog", lambda d: (dialogs.append(d), d.dismiss()))
    try:
        viewer.goto(server.url)
        viewer.get_by_role("button", name="Demo without camera").click(timeout=LONG_S)
        slot = viewer.get_by_test_id("slot-ad")
        expect(slot).to_have_attribute("data-item-id", attack.item_id, timeout=LONG_S)
        expect(slot.locator(".at-headline")).to_have_text(ATTACK)
        expect(slot.locator("img")).to_have_attribute("alt", ATTACK_ALT)
        expect(slot.locator("b, i, script")).to_have_count(0)
        assert viewer.evaluate("window.__ran") is None
        assert dialogs == []
    finally:
        changed = content.store.load()
        hand(content).save_many([replace(i, version=changed.get(i.item_id).version) for i in others])


# -- the door ------------------------------------------------------------------------------------------


class ReverseProxy:
    """Passes connections on as a proxy does that says for whom (X-Forwarded-For)."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with suppress(OSError), closing(client), socket.create_connection(self._upstream) as server:
            head = b""
            while b"\r\n" not in head:
                head += client.recv(65536)
            first, rest = head.split(b"\r\n", 1)
            server.sendall(first + b"\r\nX-Forwarded-For: 203.0.113.9\r\n" + rest)
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join(10)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def closed(page: Page) -> None:
    expect(page.get_by_text("The catalog editor is closed here")).to_be_visible(timeout=LONG_S)
    expect(page.get_by_test_id("item-card")).to_have_count(0)
    expect(page.get_by_test_id("coverage")).to_have_count(0)


def test_shut_behind_a_proxy(page: Page, server: AppServer) -> None:
    proxy = ReverseProxy(server.url)
    try:
        page.goto(f"{proxy.url}/catalog")
        closed(page)
    finally:
        proxy.close()


def test_shut_for_a_foreign_name_that_leads_here(
    playwright: Playwright, chromium_path: str, server: AppServer
) -> None:
    """DNS rebinding: a name of somebody else's that resolves to this machine."""
    flags = [*CHROMIUM_FLAGS, "--host-resolver-rules=MAP evil.example 127.0.0.1"]
    rebound = playwright.chromium.launch(executable_path=chromium_path, args=flags)
    try:
        page = rebound.new_page()
        page.goto(f"http://evil.example:{urlsplit(server.url).port}/catalog")
        closed(page)
    finally:
        rebound.close()


def own_address() -> str | None:
    """An address of this machine that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # nothing is sent: this only chooses a way out
        address = str(probe.getsockname()[0])
        return None if address.startswith("127.") or address == "0.0.0.0" else address
    return None


def test_the_password_opens_it_on_another_address(
    page: Page, serve_app: Callable[..., AppServer], screenshot: Callable[..., Path]
) -> None:
    address = own_address()
    if address is None:
        pytest.skip("this machine has a loopback address only")
    server = serve_app({"ATTUNE_EDITOR_PASSWORD": "correct horse"}, "--server.address", "0.0.0.0")
    page.goto(f"http://{address}:{urlsplit(server.url).port}/catalog")
    password = page.get_by_label("Editor password")
    expect(password).to_be_visible(timeout=LONG_S)
    expect(page.get_by_test_id("item-card")).to_have_count(0)
    screenshot(page, "catalog-password")
    for width, height in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": height})
        assert violations(page) == []
    password.fill("wrong horse")
    page.get_by_role("button", name="Open the editor").click()
    expect(page.get_by_text("That is not the editor password.")).to_be_visible()
    password.fill("correct horse")
    with page.expect_response("**/attune/editor") as answer:
        page.get_by_role("button", name="Open the editor").click()
    assert answer.value.status == 204
    expect(page.get_by_test_id("item-card").first).to_be_visible(timeout=LONG_S)
    (cookie,) = (c for c in page.context.cookies() if c["name"] == COOKIE)
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    page.reload()
    expect(page.get_by_test_id("item-card").first).to_be_visible(timeout=LONG_S)
    page.get_by_role("button", name="Close again").click()
    expect(password).to_be_visible()
    page.reload()
    expect(password).to_be_visible(timeout=LONG_S)
