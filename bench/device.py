"""The camera that is read in the viewer's browser: starts, readings, traffic, and the server's part.

    python -m bench device [--seconds 240]

Browser and server share this machine's cores. The clip shows a happy face for ten seconds and then a sad
one, so the mood changes every ten seconds. The sad one is FER-2013's; without its archive there is nobody for
a while instead, shorter than ends a visit. The first visit fetches everything; the later one has it in the
browser's cache.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, WebSocket, sync_playwright

from bench.live import Row, at_share, cores_of, installed_browser, print_rows, resident_mb, spent_s
from emotion.labels import Emotion
from tests.browser.clips import Phase, astronaut_face, write_clip
from tests.browser.conftest import CHROMIUM_FLAGS, ROOT, AppServer, start_app, stop_app
from tests.browser.faces import clear_face, photo_analyzer
from train.dataset import find_archive
from train.errors import DatasetError
from ui.live.device import assets

WAIT_MS = 60_000
CAMERA = '[data-testid="device-camera"]'
PICTURES_JS = f"() => document.querySelector('{CAMERA} video').getVideoPlaybackQuality().totalVideoFrames"
CHANGES_JS = """() => {
  // From when a mood settled, by the server's clock, until the page shows that mood and an ad, a clip or a
  // theme that follows it, pictures loaded.
  const item = (name) => document.querySelector(`[data-testid="slot-${name}"]`)?.dataset.itemId;
  const items = () => ["ad", "media", "theme"].map(item).join();
  const pictures = () => [...document.querySelectorAll('[data-testid^="slot-"] img')];
  window.took = [];
  window.settled = 0;
  let label = document.querySelector('[data-testid="mood"]').dataset.mood, waits = null;
  let last = items(), changed = { label: "", at: -Infinity };
  document.addEventListener("attune:news", ({ detail: { mood } }) => {
    if (!mood || mood.label === label) return;
    label = mood.label;
    window.settled += label !== "unknown";
    waits = label === "unknown" ? null : mood.since;
  });
  const look = () => {
    const shown = document.querySelector('[data-testid="mood"]')?.dataset.mood, now = items();
    const at = performance.now() / 1000 + attuneLink.draws.aheadS;
    // Content may be here before the socket tells of the mood that it follows.
    if (now !== last) [last, changed] = [now, { label: shown, at }];
    const follows = waits !== null && changed.label === label && changed.at >= waits;
    if (follows && pictures().every((image) => image.complete)) {
      window.took.push(at - waits);
      waits = null;
    }
    requestAnimationFrame(look);
  };
  look();
}"""
PEERS_JS = """(() => {
  window.peers = 0;
  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(...given) { super(...given); window.peers += 1; }
  };
})()"""
LARGE_BYTES, PICTURE_BYTES = 2000, 16_000
"""Streamlit's own socket also carries the state of widgets."""


class Traffic:
    """What a page fetches and sends.

    Attributes:
        fetched: bytes that the page got over the network, compressed as they came; not its worker's.
        large: addresses to which so much was sent at once that it could be a picture.
    """

    def __init__(self, page: Page) -> None:
        self.fetched = 0.0
        self.large: list[str] = []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._finished)
        page.on("request", lambda sent: self._sent(sent.url, len(sent.post_data_buffer or b""), LARGE_BYTES))
        page.on("websocket", self._opened)

    def _finished(self, what: dict[str, Any]) -> None:
        self.fetched += float(what["encodedDataLength"])

    def _opened(self, socket: WebSocket) -> None:
        limit = LARGE_BYTES if socket.url.endswith("/attune/live") else PICTURE_BYTES
        socket.on("framesent", lambda frame: self._sent(socket.url, len(frame), limit))

    def _sent(self, address: str, count: int, limit: int) -> None:
        if count > limit:
            self.large.append(address)


def main(argv: Sequence[str]) -> int:
    """Measures and prints; returns 1 where a figure is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench device", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "--seconds", type=float, default=240.0, help="how long rates and changes are measured"
    )
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        rows = list(_measure(Path(folder), given.seconds))
    print_rows(rows)
    return 1 if any(row.met is False for row in rows) else 0


def _measure(folder: Path, seconds: float) -> Iterator[Row]:
    clip = write_clip(folder / "face.mjpeg", _phases())
    flags = [*CHROMIUM_FLAGS, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={clip}"]
    server = start_app(folder / "app", {"ATTUNE_READER": "device"})
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=installed_browser(driver), args=flags)
            # The models are exported and compressed once on a server; that is no viewer's time.
            warm = browser.new_context(permissions=["camera"])
            _first_mood(warm, server)
            warm.close()
            context = browser.new_context(viewport={"width": 1440, "height": 900}, permissions=["camera"])
            page, first_s, traffic = _first_mood(context, server)
            yield Row("START to the first mood, first visit", f"{first_s:.1f} s", "≤ 4 s", first_s <= 4)
            megabytes = (traffic.fetched + sum(map(len, assets.load().zipped.values()))) / 1e6
            yield Row("first load, compressed", f"{megabytes:.1f} MB", "≤ 9 MB", megabytes <= 9)
            page.close()
            page, later_s, traffic = _first_mood(context, server)
            yield Row("START to the first mood, later visit", f"{later_s:.1f} s", "≤ 2 s", later_s <= 2)
            yield from _one_viewer(page, server, seconds, traffic)
            browser.close()
    finally:
        stop_app(server)


def _phases() -> list[Phase]:
    """What the camera shows: a mood that changes, in a visit that does not end."""
    try:
        sad = clear_face(find_archive(), Emotion.SAD, photo_analyzer())
    except (DatasetError, LookupError):
        return [Phase(astronaut_face(), 8.0), Phase(None, 6.0)]
    return [Phase(astronaut_face(), 10.0), Phase(sad, 10.0)]


def _first_mood(context: BrowserContext, server: AppServer) -> tuple[Page, float, Traffic]:
    """A visit until its first mood: the page, seconds from START, and what went over the network."""
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.add_init_script(PEERS_JS)
    traffic = Traffic(page)
    page.goto(server.url)
    page.locator(".st-key-consent button").click()
    page.locator(CAMERA).get_by_role("button", name="Start camera").click()
    began_s = time.monotonic()
    page.locator('[data-testid="mood"][data-mood="happy"]').wait_for()
    return page, time.monotonic() - began_s, traffic


def _one_viewer(page: Page, server: AppServer, seconds: float, traffic: Traffic) -> Iterator[Row]:
    page.evaluate(CHANGES_JS)
    before_s, began_s, shown = spent_s(server.process.pid), time.monotonic(), page.evaluate(PICTURES_JS)
    rates = []
    while time.monotonic() - began_s < seconds:
        page.wait_for_timeout(1000)
        rates.append(float(page.locator(CAMERA).get_attribute("data-rate") or 0))
    took_s = time.monotonic() - began_s
    cores = cores_of(server, before_s, began_s)
    rate = sum(rates[6:]) / max(1, len(rates[6:]))
    yield Row("readings/s", f"{rate:.1f}", "≥ 12", rate >= 12)
    pictures = (page.evaluate(PICTURES_JS) - shown) / took_s
    yield Row("video frames/s", f"{pictures:.1f}", "≥ 25", pictures >= 25)
    waited = sorted(page.evaluate("took"))
    if waited:
        late_s = at_share(waited, 0.95)
        what = f"mood to new content, p95 of {len(waited)} of {page.evaluate('settled')}"
        yield Row(what, f"{late_s:.2f} s", "≤ 0.7 s", late_s <= 0.7)
    if cores is not None:
        yield Row("server, one device viewer, cores", f"{cores:.3f}", "≤ 0.02", cores <= 0.02)
    if (memory_mb := resident_mb(server.process.pid)) is not None:
        yield Row("server memory", f"{memory_mb:.0f} MB", "")
    video = len(traffic.large) + page.evaluate("peers")
    yield Row("messages that could hold a picture", str(video), "0", video == 0)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))
