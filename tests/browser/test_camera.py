"""What the live page says while something keeps the camera from being seen, and how it goes on by itself.

Cameras that are refused, taken or pulled out are made in the page: the browser's own calls answer as they
would.
"""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AppServer, start_app, stop_app
from tests.browser.live_page import (
    IN_VIEW,
    camera_frame,
    consent,
    expect_off,
    expect_seen,
    expect_trouble,
    note,
    start,
)
from ui.live.device import assets
from ui.live.trouble import ON_SERVER, TROUBLES

SCENE = """
const scene = (top.scene ??= { camera: "", permission: "granted" });
if (navigator.mediaDevices) {
  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia, list = mediaDevices.enumerateDevices;
  mediaDevices.getUserMedia = async (wanted) => {
    if (scene.camera === "asks") await new Promise((answer) => { scene.answer = answer; });
    if (scene.camera) throw new DOMException("as told by a test", scene.camera);
    return ask.call(mediaDevices, wanted);
  };
  mediaDevices.enumerateDevices = async () => scene.camera === "NotFoundError" ? [] : list.call(mediaDevices);
}
if (navigator.permissions) {
  const permission = new EventTarget();
  Object.defineProperty(permission, "state", { get: () => scene.permission });
  if (window === top) scene.toldTop = () => permission.dispatchEvent(new Event("change"));
  navigator.permissions.query = async () => permission;
}
const { RTCPeerConnection } = window;
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration) {
    if (scene.network === "refused") super({ iceServers: [{ urls: "http://example.invalid" }] });
    else super({ ...configuration, ...(scene.network === "blocked" && { iceTransportPolicy: "relay" }) });
    scene.peer = this;
  }
};
"""
ANSWER = """() => {
  Object.assign(scene, { camera: "NotAllowedError", permission: "denied" });
  scene.answer();
}"""
ALLOW = """() => {
  Object.assign(scene, { camera: "NotReadableError", permission: "granted" });
  scene.toldTop();
}"""
TAKE_AWAY = """() => { scene.camera = "NotFoundError"; }"""
PULL_OUT = """() => {
  scene.camera = "NotFoundError";
  const [{ track }] = scene.peer.getSenders();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""
PUT_IN = """() => {
  scene.camera = "";
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
}"""
STALL = """() => {
  const [nothing] = document.createElement("canvas").captureStream(0).getVideoTracks();
  return scene.peer.getSenders()[0].replaceTrack(nothing);
}"""
"""A camera that is on and gives no picture."""
GIVE_UP = """() => {
  Object.defineProperty(scene.peer, "connectionState", { value: "failed" });
  scene.peer.dispatchEvent(new Event("connectionstatechange"));
}"""
"""As a browser does some 15 seconds after it has found no way; without an address to try it waits on."""

DRAW_LATE = """() => {
  const watch = globalThis.attuneCameraWatch, { button } = watch, undrawn = document.createElement("button");
  undrawn.disabled = true;
  watch.button = (view, name) => name === "start" ? button.call(watch, view, name) ?? undrawn : undefined;
}"""
"""On a busy machine the frame's button says "Start camera" for a while after the connection has begun."""

SEND_AT_ONCE = """() => {
  const frame = document.querySelector('iframe[title*="webrtc"]');
  const value = { isStreamlitMessage: true, type: "streamlit:setComponentValue", dataType: "json",
    value: { playing: false, sdpOffer: "", iceCandidates: {} } };
  // As streamlit-component-lib does: from the frame's own script.
  frame.contentWindow.eval(`window.parent.postMessage(${JSON.stringify(value)}, "*")`);
  attuneLink.ask(attuneLink.asked);
  // A page that is drawing meanwhile finds both waiting.
  const until = performance.now() + 40;
  while (performance.now() < until);
}"""
"""Two parts of the page have something to tell at the same moment."""

FLICKER = """async () => {
  const { component } = attuneCameraWatch, told = ["starting", "asking", "lost", "silent", ""];
  for (let n = 0; n < 40; n += 1) {
    attuneTurns.take(() => component.setStateValue("said", { trouble: told[n % 5], error: "" }));
    if (n % 5 === 4) attuneTurns.take(() => attuneLink.ask(attuneLink.asked));
    await new Promise((rest) => setTimeout(rest, 25));
  }
}"""
"""Parts of the page that change and change back more quickly than they are drawn."""


def test_each_state_of_the_camera_is_one_true_sentence_and_what_can_recover_does(
    page: Page, app_server: AppServer, screenshot: Callable[..., Path]
) -> None:
    warned: list[str] = []
    page.on("console", lambda said: warned.append(said.text) if "fragmentId" in said.text else None)
    page.add_init_script(SCENE)
    consent(page, app_server)
    picture = camera_frame(page).locator("video")
    start_button = camera_frame(page).get_by_role("button", name="Start camera")
    expect(start_button).to_be_enabled()

    # Changes of two parts of the page that are sent as one run the page of the first: the offer is lost.
    page.wait_for_function("() => globalThis.attuneLink?.component")
    for _ in range(3):
        page.evaluate(SEND_AT_ONCE)
        page.wait_for_timeout(300)

    page.evaluate(FLICKER)
    expect_off(page)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", "CONNECTED")

    # The browser's question, its answer, and what stands in the way one after the other.
    page.evaluate("Object.assign(scene, { camera: 'asks', permission: 'prompt' })")
    page.evaluate(DRAW_LATE)
    start(page)
    expect_trouble(page, "asking")
    page.evaluate("() => { delete attuneCameraWatch.button; }")
    screenshot(page, "camera-asking")
    page.evaluate(ANSWER)
    expect_trouble(page, "denied")
    expect(page.get_by_test_id("stPageLink")).to_contain_text("Use a photo")
    screenshot(page, "camera-denied")
    assert "denied NotAllowedError" in app_server.log
    page.evaluate(ALLOW)
    expect_trouble(page, "busy")
    page.evaluate(TAKE_AWAY)
    expect_trouble(page, "missing")
    page.evaluate(PUT_IN)
    expect_seen(page)

    # While it runs.
    page.evaluate(PULL_OUT)
    expect_trouble(page, "unplugged")
    expect(picture).to_have_count(0)
    expect(start_button).to_be_visible()
    screenshot(page, "camera-unplugged")
    page.evaluate(PUT_IN)
    expect_seen(page)
    page.evaluate(STALL)
    expect(note(page)).to_have_text(TROUBLES["silent"].sentence)
    expect_seen(page)

    # Who stops it is not told of trouble, and it stays off.
    camera_frame(page).get_by_role("button", name="Stop camera").click()
    expect_off(page)
    expect(start_button).to_be_visible()

    # The network lets nothing through. That the browser gives up in the end changes nothing in that.
    if not assets.RUNTIME_FOLDER.is_dir():  # else the device reads it: tests/browser/test_live.py
        page.evaluate("scene.network = 'blocked'")
        start(page)
        expect_trouble(page, "blocked")
        page.evaluate(GIVE_UP)
        expect(start_button).to_be_visible()
        expect_trouble(page, "blocked")

    page.evaluate("scene.network = 'refused'")
    start(page)
    expect_trouble(page, "refused")
    assert "refused SyntaxError" in app_server.log
    page.locator(".st-key-demo button").click()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    assert warned == []


OUT_OF_SIGHT = """() => {
  globalThis.attuneReadings = [];
  const { send } = attuneLink;
  attuneLink.send = (what) => {
    if (what.faces) attuneReadings.push(what.at);
    return send.call(attuneLink, what);
  };
  for (const [name, value] of [["hidden", true], ["visibilityState", "hidden"]])
    Object.defineProperty(document, name, { value, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
IN_SIGHT = """() => {
  delete document.hidden;
  delete document.visibilityState;
  document.dispatchEvent(new Event("visibilitychange"));
}"""
LAGS = """() => {
  const { take } = attuneCamera;
  // Each answer counts as one of a device that needs half a second.
  attuneCamera.take = (answer) => { take.call(attuneCamera, answer); attuneCamera.nextAt = answer.at + 500; };
}"""
TAKE = """error => {
  scene.camera = error;
  const [track] = attuneCamera.stream.getTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""


TELLS = """() => {
  const camera = Object.create(Object.getPrototypeOf(attuneCamera));
  const face = (top) => ({ p: [0, 1, 2].map((n) => Number(n === top)) });
  const tell = (at, ...tops) => camera.isNew(tops.map(face), at);
  return [tell(0, 1), tell(80, 1), tell(160, 1), tell(240, 1), tell(320, 2), tell(400, 2), tell(480, 2),
    tell(560, 2, 2), tell(640, 2, 2), tell(720, 2, 2), tell(800)];
}"""


def test_a_camera_that_is_read_on_the_device_says_the_same_and_goes_on_in_the_same_way(
    page: Page, app_server: AppServer
) -> None:
    if not assets.RUNTIME_FOLDER.is_dir():
        pytest.skip("No browser runtime is here: `make setup` fetches it")
    page.add_init_script(SCENE)
    consent(page, app_server)
    page.locator(".st-key-switch-reader button").click()
    camera, said = page.get_by_test_id("device-camera"), page.get_by_test_id("stAlert")
    page.evaluate("Object.assign(scene, { camera: 'asks', permission: 'prompt' })")
    camera.get_by_role("button", name="Start camera").click()
    expect_trouble(page, "asking")
    page.evaluate(ANSWER)
    expect_trouble(page, "denied")
    page.evaluate(ALLOW)
    expect_trouble(page, "busy")
    page.evaluate(TAKE_AWAY)
    expect_trouble(page, "missing")
    page.evaluate(PUT_IN)
    expect_seen(page)
    page.evaluate(TAKE, "NotFoundError")
    expect_trouble(page, "unplugged")
    page.evaluate(PUT_IN)
    expect_seen(page)

    # A picture that stands still goes from the screen, and the camera starts anew.
    page.evaluate("attuneCamera.follow = () => {}")
    expect(camera.locator(".at-device-still")).to_have_count(1)
    expect_trouble(page, "silent")
    page.evaluate("() => { delete attuneCamera.follow; }")
    expect_seen(page)

    # What has changed is told at once, and twice; else a reading now and then is enough.
    told = [True, True, False, True, True, True, False, True, True, False, True]
    assert page.evaluate(TELLS) == told

    # Out of sight it reads once a second, and in sight as quickly as before.
    page.evaluate(OUT_OF_SIGHT)
    page.wait_for_function("attuneReadings.length > 3")
    times = page.evaluate("attuneReadings")
    assert min(after - at for at, after in itertools.pairwise(times[1:])) > 800
    page.evaluate(IN_SIGHT)
    page.wait_for_function("attuneReadings.some((at, i) => i && at - attuneReadings[i - 1] < 400)")
    expect_seen(page)

    # A device that reads slowly goes on, and the server is offered.
    page.evaluate(LAGS)
    expect(said).to_have_text(f"{TROUBLES['slow'].sentence} Or press “{ON_SERVER}” below.")
    expect(note(page)).to_have_text(IN_VIEW)
    page.evaluate("() => { delete attuneCamera.take; }")
    expect_seen(page)

    # A worker that fails is started again; what fails twice is said, and tried again later.
    page.evaluate("attuneCamera.worker.onerror({ message: 'a test' })")
    page.wait_for_function("attuneCamera.ready && attuneCamera.answers.length")
    expect(camera).to_have_attribute("data-state", "live")
    page.evaluate("attuneCamera.worker.onerror({ message: 'a test' })")
    expect(note(page)).to_have_text(TROUBLES["reader"].sentence)
    expect(said).to_contain_text(f"Or press “{ON_SERVER}” below.")
    expect(camera).to_have_attribute("data-state", "off")
    page.evaluate("() => { attuneCamera.startedAt -= 30000; }")
    expect_seen(page)

    # Who stops it is not told of trouble, and it stays off.
    camera.get_by_role("button", name="Stop camera").click()
    expect_off(page)

    # A browser that cannot run the reader.
    page.evaluate("() => { WebAssembly.validate = () => false; }")
    camera.get_by_role("button", name="Start camera").click()
    expect(note(page)).to_have_text(TROUBLES["simd"].sentence)
    expect(said).to_contain_text(f"Or press “{ON_SERVER}” below.")
    page.locator(".st-key-switch-reader button").click()
    expect_seen(page)


# --- a server that is away -------------------------------------------------------------------------------

CUT_MS = 9000
"""With what it takes a page to notice: longer than all that the server waits for."""

AWAY_JS = """() => {
  const seen = (part) => Boolean(part) && getComputedStyle(part).display !== "none";
  return seen(document.querySelector(".at-away")) && !seen(document.querySelector(".at-mood-words"));
}"""


def test_a_server_that_comes_back_finds_both_cameras_on_without_another_question(
    page: Page, new_page: Callable[..., Page], tmp_path: Path, screenshot: Callable[..., Path]
) -> None:
    server = start_app(tmp_path / "app", {})
    try:
        consent(page, server)
        start(page)
        expect_seen(page)
        pages = [page]
        if assets.RUNTIME_FOLDER.is_dir():
            pages.append(device := new_page())
            consent(device, server)
            device.locator(".st-key-switch-reader button").click()
            device.get_by_test_id("device-camera").get_by_role("button", name="Start camera").click()
            expect_seen(device)

        # The network was cut, so neither side was told of an end.
        server.process.send_signal(signal.SIGSTOP)
        try:
            for one in pages:
                one.wait_for_function(AWAY_JS)
            page.wait_for_timeout(CUT_MS)
        finally:
            server.process.send_signal(signal.SIGCONT)
        for one in pages:
            expect_seen(one)

        stop_app(server)
        for one in pages:
            one.wait_for_function(AWAY_JS)
        screenshot(page, "camera-away")
        server = start_app(tmp_path / "app", {}, port=server.port)
        for one in pages:
            expect_seen(one)
        for one in pages:
            one.reload()
            expect_seen(one)
        if len(pages) > 1:
            expect(device.get_by_test_id("device-camera")).to_have_attribute("data-state", "live")

        # "End" is the end of the consent, too.
        page.locator(".st-key-stop button").click()
        notice = page.get_by_test_id("notice")
        expect(notice).to_be_visible()
        page.wait_for_timeout(2000)
        page.reload()
        expect(notice).to_be_visible()
        page.wait_for_timeout(2000)
        expect(notice).to_be_visible()
    finally:
        stop_app(server)
