"""The live page in a real browser, with a face in front of its camera."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.PageNotFound_pb2 import PageNotFound

from content.bootstrap import Content, open_content
from content.types import AssetType, CatalogItem, Kind, Status, Strategy
from emotion.labels import EMOTIONS, Emotion
from emotion.types import Problem
from tests.browser.clips import Phase, Picture, astronaut_face
from tests.browser.conftest import PHONE, AppServer, PictureWatch, start_app, stop_app
from tests.browser.live_page import (
    FOLLOWS_MS,
    camera_frame,
    consent,
    demo,
    expect_seen,
    mood,
    pick,
    slot,
    start,
)
from tests.content.hand import hand
from ui.live.device import assets
from ui.live.trouble import ON_DEVICE, TROUBLES
from ui.look.words import CAMERA_NEEDS, STRATEGIES


@pytest.fixture
def content(app_server: AppServer) -> Iterator[Content]:
    """The app's own catalog, opened beside it."""
    opened = open_content(app_server.database_url, app_server.media_dir)
    yield opened
    opened.close()


def shown(page: Page, content: Content, kind: Kind) -> CatalogItem:
    item_id = slot(page, kind).get_attribute("data-item-id") or ""
    item = content.store.load().get(item_id)
    assert item is not None, f"{kind}: {item_id!r}"
    return item


def fitting(content: Content, kind: Kind, emotion: Emotion | None) -> list[CatalogItem]:
    """The items meant for that mood; default items for None."""
    items = content.store.load().of_kind(kind)
    return [i for i in items if (i.is_default if emotion is None else i.targets.get(emotion, 0) > 0)]


def expect_slots_for(page: Page, content: Content, emotion: Emotion | None) -> None:
    """Waits until every slot shows an item meant for that mood; default items for None."""
    for kind in Kind:
        ids = [re.escape(i.item_id) for i in fitting(content, kind, emotion)]
        expect(slot(page, kind)).to_have_attribute(
            "data-item-id", re.compile(f"^({'|'.join(ids)})$"), timeout=FOLLOWS_MS
        )


FOLLOWS_JS = """([label, note, wanted, backgrounds]) => {
  const part = name => document.querySelector(`[data-testid="${name}"]`);
  const item = kind => part(`slot-${kind}`)?.dataset.itemId;
  const worn = getComputedStyle(document.documentElement).getPropertyValue('--at-bg').trim();
  return part('mood')?.dataset.mood === label && part('mood-note')?.textContent === note &&
    Object.keys(wanted).every(kind => wanted[kind].includes(item(kind))) &&
    worn === backgrounds[item('theme')];
}"""


def expect_page_follows(page: Page, content: Content, emotion: Emotion | None, note: str) -> None:
    """Waits for a moment at which mood, ad, media, theme and the colours worn are all those of that mood.

    All at once, as a face that comes and goes would else be gone again between two of them.
    """
    wanted = {kind.value: [i.item_id for i in fitting(content, kind, emotion)] for kind in Kind}
    themes = fitting(content, Kind.THEME, emotion)
    backgrounds = {i.item_id: rgb(i.colors.background) for i in themes if i.colors is not None}
    label = emotion.value if emotion else "unknown"
    page.wait_for_function(FOLLOWS_JS, arg=[label, note, wanted, backgrounds], timeout=FOLLOWS_MS)


def rgb(color: str) -> str:
    """``#ffa040`` as browsers write it."""
    return "rgb({}, {}, {})".format(*(int(color[i : i + 2], 16) for i in (1, 3, 5)))


def background(page: Page) -> str:
    value = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--at-bg')")
    return str(value)


def expect_theme(page: Page, item: CatalogItem) -> None:
    """Waits until the page has blended into that theme."""
    assert item.colors is not None
    page.wait_for_function(
        "wanted => getComputedStyle(document.documentElement).getPropertyValue('--at-bg').trim() === wanted",
        arg=rgb(item.colors.background),
    )


def ticks(page: Page, count: int) -> None:
    """Waits for that many changes of what the stage says about the mood, so for as many ticks at least."""
    facts = page.get_by_test_id("mood-facts")
    for _ in range(count):
        said = facts.inner_text()
        expect(facts).not_to_have_text(said, timeout=FOLLOWS_MS)


DRESSED = """() => {
  const inner = document.querySelector('iframe[title*="webrtc"]')?.contentDocument;
  const button = inner?.querySelector('.MuiButton-contained');
  const wanted = getComputedStyle(document.documentElement).getPropertyValue('--at-accent').trim();
  return button && inner.defaultView.getComputedStyle(button).backgroundColor === wanted;
}"""
"""The camera's frame wears the page's colours."""


BOXED = """() => {
  const video = document.querySelector('video'), canvas = document.querySelector('canvas');
  if (!canvas?.width || video?.videoWidth !== 640) return false;
  return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean);
}"""
"""The browser shows its own picture, and something is drawn over it."""


@pytest.fixture(scope="module")
def come_and_go(launch_browser: Callable[..., Browser], make_clip: Callable[..., Path]) -> Browser:
    """Its camera shows a smiling woman for 15 s, then the empty room for 15 s, and again."""
    return launch_browser(make_clip(Phase(astronaut_face(), 15.0), Phase(None, 15.0), suffix=".mjpeg"))


def test_the_page_follows_the_face(
    new_page: Callable[..., Page],
    come_and_go: Browser,
    app_server: AppServer,
    content: Content,
    screenshot: Callable[..., Path],
    watch_pictures: Callable[[AppServer], PictureWatch],
) -> None:
    watch, page = watch_pictures(app_server), new_page(browser=come_and_go)
    page.goto(app_server.url)
    expect(page.get_by_test_id("notice")).to_be_visible()
    expect(page.locator('iframe[title*="webrtc"]')).to_have_count(0)
    screenshot(page, "live-notice")

    page.locator(".st-key-consent button").click()
    expect(mood(page)).to_have_attribute("data-mood", "unknown")
    page.wait_for_function(DRESSED)
    start(page)
    expect_page_follows(page, content, Emotion.HAPPY, "1 face in view.")
    frame = page.frame(url=re.compile("streamlit_webrtc"))
    assert frame is not None
    frame.wait_for_function(BOXED)
    screenshot(page, "live-happy")

    # What it says of an ad for a happy face, all at once: the face may leave while it is read.
    page.locator(".st-key-why-ad button").click()
    why = page.get_by_test_id("why-ad").filter(has_text="happy")
    why = why.filter(has=page.locator('[data-testid="stages"] li:nth-child(4):last-child'))
    why = why.filter(has=page.locator('[data-testid="eligible"] tbody tr.at-chosen .at-bar-fill'))
    why = why.filter(has=page.locator('[data-testid="arm"][data-arm="mood"]'))
    expect(why).to_be_visible(timeout=FOLLOWS_MS)
    screenshot(page, "live-why")
    page.keyboard.press("Escape")

    expect_page_follows(page, content, None, "No faces in view.")
    screenshot(page, "live-unknown")

    camera_frame(page).get_by_role("button", name="Stop camera").click()
    # While the page is drawn again, the note of before may still stand beside it.
    expect(page.get_by_test_id("mood-note").filter(has_text="Start camera")).to_be_visible()
    page.locator(".st-key-stop button").click()
    expect(page.get_by_test_id("notice")).to_be_visible()
    assert watch.new() == []


@pytest.fixture
def no_happy_pictures(content: Content) -> Iterator[None]:
    """A happy visitor's media is a film or a sound for one test: pictures do not play."""
    pictures = [
        item
        for item in content.store.load().of_kind(Kind.MEDIA)
        if item.targets.get(Emotion.HAPPY, 0) > 0 and item.asset and item.asset.type is AssetType.IMAGE
    ]
    archived = hand(content).save_many([replace(item, status=Status.ARCHIVED) for item in pictures])
    yield
    hand(content).save_many(
        [replace(a, status=before.status) for a, before in zip(archived, pictures, strict=True)]
    )


MARK_PLAYER = """slot => {
  const player = slot.querySelector('video, audio');
  if (player) player.mark = 'the same player';
  return [slot.dataset.itemId, player?.currentTime];
}"""
READ_PLAYER = """slot => {
  const player = slot.querySelector('video, audio');
  return [slot.dataset.itemId, player?.mark, player?.currentTime, player?.paused, player?.muted];
}"""


def test_neither_a_tick_nor_new_content_stops_what_plays(
    new_page: Callable[..., Page],
    come_and_go: Browser,
    app_server: AppServer,
    content: Content,
    no_happy_pictures: None,
) -> None:
    page = new_page(browser=come_and_go)
    consent(page, app_server)
    start(page)
    for _ in range(10):
        expect(mood(page)).to_have_attribute("data-mood", "happy", timeout=FOLLOWS_MS)
        expect_slots_for(page, content, Emotion.HAPPY)
        # A node of its own for each item; the mark goes with the node.
        item_id, before_s = slot(page, Kind.MEDIA).evaluate(MARK_PLAYER)
        ticks(page, 2)
        now_id, mark, now_s, paused, muted = slot(page, Kind.MEDIA).evaluate(READ_PLAYER)
        if now_id == item_id:
            break
    else:
        pytest.fail("Expected an item to stay for two ticks. Received: a new one before, ten times")
    assert (mark, now_s != before_s, paused, muted) == ("the same player", True, False, True)

    expect(mood(page)).to_have_attribute("data-mood", "happy", timeout=FOLLOWS_MS)
    camera = camera_frame(page).locator("video")
    camera.evaluate("video => { video.mark = 'the same camera'; }")
    at_s = camera.evaluate("video => video.currentTime")
    expect(mood(page)).to_have_attribute("data-mood", "unknown", timeout=FOLLOWS_MS)
    expect_slots_for(page, content, None)
    mark, now_s, paused = camera.evaluate("video => [video.mark, video.currentTime, video.paused]")
    assert mark == "the same camera"
    assert now_s > at_s
    assert not paused


SKIP = '.st-key-panel-slot-{} [data-event="skip"]'


def expect_another(page: Page, kind: Kind, act: Callable[[], object]) -> None:
    """Does something that puts another item on, and waits for it."""
    before = slot(page, kind).get_attribute("data-item-id") or ""
    act()
    expect(slot(page, kind)).not_to_have_attribute("data-item-id", before)


def test_what_a_viewer_set_on_a_card_holds_for_the_next_one(
    page: Page, app_server: AppServer, content: Content, no_happy_pictures: None
) -> None:
    """Sound that was switched on stays on, and the keyboard stays where it was."""
    demo(page, app_server, "Happy")
    expect_slots_for(page, content, Emotion.HAPPY)
    player = slot(page, Kind.MEDIA).locator("video, audio")
    expect(player).to_have_js_property("muted", True)
    player.evaluate("player => { player.muted = false; player.volume = 0.25; }")
    skip = page.locator(SKIP.format("media"))
    expect_another(page, Kind.MEDIA, skip.click)
    expect(player).to_have_js_property("muted", False)
    expect(player).to_have_js_property("volume", 0.25)
    expect(player).to_have_js_property("paused", False)

    skip = page.locator(SKIP.format("ad"))
    skip.focus()
    expect_another(page, Kind.AD, lambda: skip.press("Enter"))
    expect(skip).to_be_focused()
    # By itself, as in a new mood.
    sad = page.get_by_role("radio", name="Sad", exact=True)
    expect_another(page, Kind.AD, lambda: sad.evaluate("option => option.click()"))
    expect(skip).to_be_focused()


@pytest.mark.parametrize("emotion", [Emotion.SURPRISE])
def test_the_page_follows_a_face_of_fer_2013(
    emotion: Emotion,
    new_page: Callable[..., Page],
    launch_browser: Callable[..., Browser],
    make_clip: Callable[..., Path],
    fer_face: Callable[[Emotion], Picture],
    app_server: AppServer,
    content: Content,
) -> None:
    """A mood that the smiling astronaut cannot show. No screenshot: these faces are not kept."""
    page = new_page(browser=launch_browser(make_clip(Phase(fer_face(emotion)))))
    consent(page, app_server)
    start(page)
    expect_page_follows(page, content, emotion, "1 face in view.")


def test_a_blurred_camera_chooses_nothing_and_is_told_what_it_needs(
    new_page: Callable[..., Page],
    launch_browser: Callable[..., Browser],
    make_clip: Callable[..., Path],
    app_server: AppServer,
    content: Content,
    screenshot: Callable[..., Path],
) -> None:
    blurred = np.asarray(cv2.GaussianBlur(astronaut_face(), (0, 0), 7), np.uint8)
    page = new_page(browser=launch_browser(make_clip(Phase(blurred))))
    consent(page, app_server)
    start(page)
    expect(page.get_by_test_id("mood-note")).to_have_text(CAMERA_NEEDS[Problem.BLURRED], timeout=FOLLOWS_MS)
    expect(mood(page)).to_have_attribute("data-mood", "unknown")
    expect_slots_for(page, content, None)
    screenshot(page, "live-blurred")


def test_every_mood_can_be_tried_without_a_camera(
    page: Page, app_server: AppServer, content: Content, screenshot: Callable[..., Path]
) -> None:
    """And at a desk all that changed is seen without scrolling."""
    words = ("Angry", "Disgusted", "Fearful", "Happy", "Sad", "Surprised", "Neutral", "Unknown")
    demo(page, app_server, words[0])
    themes = set()
    for word, emotion in zip(words, (*EMOTIONS, None), strict=True):
        pick(page, word)
        expect(mood(page)).to_have_attribute("data-mood", emotion.value if emotion else "unknown")
        expect_slots_for(page, content, emotion)
        theme = shown(page, content, Kind.THEME)
        expect_theme(page, theme)
        themes.add(theme.item_id)
        for part in (*(slot(page, kind) for kind in Kind), mood(page)):
            assert part.evaluate("part => part.getBoundingClientRect().bottom") <= 900, (word, part)
        for picture in page.locator("img.at-asset").all():
            assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth; }") > 0
        screenshot(page, f"demo-{emotion.value if emotion else 'unknown'}")
    assert len(themes) == 8
    expect(page.locator('iframe[title*="webrtc"]')).to_have_count(0)


PRESSED_TOGETHER = """key => {
  attuneLink.component.setTriggerValue("changed", `0 ${performance.now()}`);
  document.querySelector(`.st-key-${key} button`).click();
}"""
"""A press that the browser sends together with something of the stage, as on a busy machine."""


def test_no_press_is_lost_that_comes_together_with_something_of_the_stage(
    page: Page, app_server: AppServer
) -> None:
    demo(page, app_server, "Happy")
    expect(mood(page)).to_have_attribute("data-mood", "happy")
    page.evaluate(PRESSED_TOGETHER, "use-camera")
    page.locator(".st-key-consent button").click()
    expect(page.locator(".st-key-use-camera")).to_have_count(0)
    expect(camera_frame(page).get_by_role("button", name="Start camera")).to_be_enabled()
    page.evaluate(PRESSED_TOGETHER, "demo")
    expect(page.locator(".st-key-use-camera")).to_be_visible()
    page.evaluate(PRESSED_TOGETHER, "stop")
    expect(page.get_by_test_id("notice")).to_be_visible()


@pytest.mark.parametrize("word", ["Sad", "Fearful"])
def test_no_button_covers_the_page_s_colours(
    word: str, new_page: Callable[..., Page], app_server: AppServer
) -> None:
    """In the themes with the widest letters, in a window of middling width."""
    page = new_page(size=(1280, 800))
    demo(page, app_server, word)
    expect(mood(page)).to_have_attribute("data-mood", word.lower().removesuffix("ful"))
    page.wait_for_function(
        """() => {
            const box = part => document.querySelector(part).getBoundingClientRect();
            const colours = box('.at-theme .at-swatches'), button = box('.st-key-why-theme button');
            return colours.width > 0 && button.width > 0 && (colours.right < button.left ||
              colours.top > button.bottom);
        }"""
    )


SEND_TOO = """radio => {
  globalThis.attuneLink.component.setTriggerValue("changed", "again");
  radio.click();
}"""


def test_lifting_shows_a_sad_visitor_something_brighter(
    page: Page, app_server: AppServer, content: Content
) -> None:
    demo(page, app_server, "Sad")
    expect_slots_for(page, content, Emotion.SAD)
    # In the same moment as the page asks for a run of the stage: Streamlit then runs that part of it alone.
    page.get_by_role("radio", name=STRATEGIES[Strategy.LIFT]).evaluate(SEND_TOO)
    expect_slots_for(page, content, Emotion.NEUTRAL)
    page.locator(".st-key-why-ad button").click()
    expect(page.get_by_test_id("why-ad")).to_contain_text("lead towards a neutral expression")


def test_without_its_socket_the_page_goes_on_and_with_it_again_nothing_is_asked_for(
    page: Page, app_server: AppServer, content: Content
) -> None:
    refuses = True
    routes: list[WebSocketRoute] = []
    streams: list[WebSocketRoute] = []
    dead: list[WebSocketRoute] = []

    def route(socket: WebSocketRoute) -> None:
        is_own = socket.url.endswith("/attune/live")
        if refuses and is_own:
            socket.close(code=1011)
            return
        server = socket.connect_to_server()
        (routes if is_own else streams).append(socket)
        socket.on_message(lambda message: None if socket in dead else server.send(message))
        server.on_message(lambda message: None if socket in dead else socket.send(message))

    page.route_web_socket(re.compile("/attune/live$|/_stcore/stream$"), route)
    demo(page, app_server, "Happy")
    link = page.locator("html")
    expect(link).to_have_attribute("data-attune-link", "closed")
    expect_slots_for(page, content, Emotion.HAPPY)
    refuses = False
    expect(link).to_have_attribute("data-attune-link", "open")
    pick(page, "Sad")
    expect_slots_for(page, content, Emotion.SAD)

    # As after a sleep: nobody closed the connection, and nothing goes through it. The page takes another one.
    dead += routes
    page.wait_for_function("Math.abs(performance.now() - attuneLink.lastAt) > 1500")
    expect(link).to_have_attribute("data-attune-link", "closed")
    expect(link).to_have_attribute("data-attune-link", "open")
    assert len(routes) == len(dead) + 1
    pick(page, "Happy")
    expect_slots_for(page, content, Emotion.HAPPY)

    # The same with Streamlit's own: no run comes any more. The page is loaded anew, and the visit goes on.
    dead += streams
    page.evaluate("Object.assign(attuneLink, { isOld: true, deafMs: 1000, changed: attuneLink.changed + 1 })")
    page.wait_for_function("globalThis.attuneLink && !attuneLink.isOld")
    expect_slots_for(page, content, Emotion.HAPPY)
    assert len(streams) == 2

    # An error of Streamlit's own covers the page, and nobody is there to close it.
    no_page = ForwardMsg(page_not_found=PageNotFound(page_name="gone"))
    for message in (b"no message", no_page.SerializeToString()):
        page.evaluate("sessionStorage.removeItem('attune.reloaded')")
        page.evaluate("Object.assign(attuneLink, { isOld: true, coveredMs: 500 })")
        streams[-1].send(message)
        page.wait_for_function("globalThis.attuneLink && !attuneLink.isOld")
        expect_slots_for(page, content, Emotion.HAPPY)
        expect(page.get_by_test_id("stDialog")).to_have_count(0)


def test_a_page_that_ran_whole_last_goes_on_when_its_server_is_started_again(
    page: Page, tmp_path: Path
) -> None:
    """Streamlit then asks for nothing, and the new server knows none of the page's parts."""
    server = start_app(tmp_path / "app", {})
    try:
        demo(page, server, "Happy")
        expect(mood(page)).to_have_attribute("data-mood", "happy")
        page.wait_for_timeout(1500)
        before = page.evaluate("attuneLink.run")
        page.keyboard.press("r")
        page.wait_for_function("before => attuneLink.run !== before", arg=before)
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        stop_app(server)
        page.wait_for_function("attuneLink.isGone")
        server = start_app(tmp_path / "app", {}, port=server.port)
        expect(page.locator("html")).to_have_attribute("data-attune-link", "open")
        expect(mood(page)).to_have_attribute("data-mood", "happy")
        pick(page, "Sad")
        expect(mood(page)).to_have_attribute("data-mood", "sad")
    finally:
        stop_app(server)


def test_a_second_browser_keeps_its_own_theme(
    new_page: Callable[..., Page], app_server: AppServer, content: Content
) -> None:
    with_camera, picking = new_page(), new_page()
    consent(with_camera, app_server)
    start(with_camera)
    demo(picking, app_server, "Angry")
    expect_slots_for(picking, content, Emotion.ANGRY)
    angry = shown(picking, content, Kind.THEME)
    expect_theme(picking, angry)
    expect_page_follows(with_camera, content, Emotion.HAPPY, "1 face in view.")
    assert shown(picking, content, Kind.THEME) == angry
    assert background(picking) != background(with_camera)
    expect(mood(picking)).to_have_attribute("data-mood", "angry")


def test_a_catalog_edit_appears_on_the_live_page(page: Page, app_server: AppServer, content: Content) -> None:
    demo(page, app_server, "Surprised")
    expect_slots_for(page, content, Emotion.SURPRISE)
    # The theme: it stays for as long as the mood is picked, and says its title.
    before = shown(page, content, Kind.THEME)
    hand(content).save(replace(before, title="Written this minute"), before.version)
    try:
        expect(slot(page, Kind.THEME)).to_contain_text("Written this minute")
    finally:
        now = content.store.load().get(before.item_id)
        assert now is not None
        hand(content).save(before, now.version)


def test_where_the_network_blocks_the_picture_it_is_read_on_the_device(
    page: Page, app_server: AppServer, screenshot: Callable[..., Path]
) -> None:
    if not assets.RUNTIME_FOLDER.is_dir():
        pytest.skip("No browser runtime is here: `make setup` fetches it")
    # The server answers, but no route to it comes about, as behind a firewall.
    page.add_init_script(
        """window.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(options) { super({ ...options, iceTransportPolicy: "relay" }); }
        };"""
    )
    large: list[str] = []
    consent(page, app_server)
    start(page)
    camera = page.get_by_test_id("device-camera")
    expect(camera).to_have_attribute("data-state", "live")
    expect(page.get_by_test_id("stAlert")).to_contain_text("it is now read on this device")
    page.on("request", lambda sent: large.append(sent.url) if len(sent.post_data_buffer or b"") > 2e3 else 0)
    page.evaluate(
        "() => { RTCPeerConnection = class { constructor() { document.body.dataset.video = 1; } } }"
    )
    expect(mood(page)).to_have_attribute("data-mood", "happy", timeout=FOLLOWS_MS)
    expect(camera.locator(".at-device-box")).to_contain_text("Happy")
    screenshot(page, "live-device")

    assert large == []
    assert page.evaluate("document.body.dataset.video") is None

    # Who chooses the server stays there: the page says what is wrong, and offers the device.
    switch = page.locator(".st-key-switch-reader button")
    switch.click()
    expect(camera).to_be_hidden()
    said = page.get_by_test_id("stAlert")
    expect(said).to_contain_text(TROUBLES["blocked"].sentence)
    expect(said).to_contain_text(f"Or press “{ON_DEVICE}” below.")
    switch.click()
    expect_seen(page)


def test_on_a_phone_nothing_is_lost(
    new_page: Callable[..., Page], app_server: AppServer, content: Content, screenshot: Callable[..., Path]
) -> None:
    page = new_page(size=PHONE)
    page.goto(app_server.url)
    expect(page.get_by_test_id("notice")).to_be_visible()
    screenshot(page, "phone-notice", full=True)
    demo(page, app_server, "Happy")
    expect_slots_for(page, content, Emotion.HAPPY)
    parts = [f'[data-testid="{name}"]' for name in ("mood", "bars", "timeline")]
    parts += [f'[data-testid="slot-{kind.value}"]' for kind in Kind]
    parts += [f".st-key-why-{kind.value} button" for kind in Kind]
    parts += [f".st-key-{key}" for key in ("strategy", "pace", "stop", "use-camera")]
    for part in parts:
        page.wait_for_function(
            """([part, width]) => {
                const box = document.querySelector(part).getBoundingClientRect();
                return box.left >= 0 && box.width > 0 && box.height > 0 && box.right <= width;
            }""",
            arg=[part, PHONE[0]],
        )
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.evaluate("document.querySelector('[data-testid=mood]').scrollIntoView()")
    screenshot(page, "phone-happy")
