"""``python -m tools.screenshots``: rebuild the pictures of docs/screenshots, all of them, from the app as is.

It starts the app with a database of its own and drives it in headless Chromium. The face in front of the
camera is the one of the browser tests: scikit-image's ``astronaut``, Eileen Collins by NASA, in the public
domain. No face of a data set is ever shown. With names (or parts of names) as arguments only those pictures
are made.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from emotion.labels import EMOTIONS
from scripts.browser import find_browser
from tests.browser.clips import Phase, astronaut_face, write_clip
from tests.browser.conftest import CHROMIUM_FLAGS, ROOT, start_app, stop_app

FOLDER = ROOT / "docs" / "screenshots"
DESKTOP, PHONE = (1280, 960), (390, 844)
QUALITY = 82
WAIT_MS, MOVES_AGAIN_MS = 300_000, 1500
WORDS = ("Angry", "Disgusted", "Fearful", "Happy", "Sad", "Surprised", "Neutral", "Unknown")
LABELS = (*(emotion.value for emotion in EMOTIONS), "unknown")
# A moment at which mood, card and colours are those of the label, all pictures are there, and nothing moves.
SETTLED_JS = """([label, columns]) => {
  const part = name => document.querySelector(`[data-testid="${name}"]`);
  const slots = ['slot-ad', 'slot-media', 'slot-theme'].map(part);
  return part('mood')?.dataset.mood === label && slots.every(slot => slot?.dataset.itemId) &&
    [...document.querySelectorAll('.at-reason')].every(reason => reason.textContent.includes('Shown')) &&
    [...document.querySelectorAll('img.at-asset')].every(image => image.complete) &&
    [...document.querySelectorAll('video.at-asset')].every(video => video.currentTime > 1) &&
    document.querySelectorAll('.at-tick:not(.at-tick-empty)').length >= columns &&
    document.getAnimations().every(animation => animation.playState !== 'running');
}"""

Picture = Callable[[Browser, str], Page]


@contextmanager
def _app() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        server = start_app(Path(folder) / "app", {})
        try:
            yield server.url
        finally:
            stop_app(server)


def _open(browser: Browser, url: str, size: tuple[int, int]) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, permissions=["camera"], locale="en-GB"
    )
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(url)
    page.get_by_test_id("notice").wait_for()
    return page


def _settle(page: Page, label: str, columns: int) -> Page:
    page.wait_for_function(SETTLED_JS, arg=[label, columns])
    return page


def notice(browser: Browser, url: str) -> Page:
    """What comes before the camera."""
    page = _open(browser, url, DESKTOP)
    page.get_by_test_id("hero").wait_for()
    return page


def demo(word: str, label: str, size: tuple[int, int] = DESKTOP) -> Picture:
    """The page for an expression that is picked by hand."""

    def show(browser: Browser, url: str) -> Page:
        page = _open(browser, url, size)
        page.locator(".st-key-demo button").click()
        page.get_by_role("radio", name=word, exact=True).click()
        return _settle(page, label, 4)

    return show


def live(label: str, size: tuple[int, int] = DESKTOP, *, on_device: bool = False) -> Picture:
    """The page in front of a camera; its clip begins with a smiling face, then nobody is there."""

    def show(browser: Browser, url: str) -> Page:
        page = _open(browser, url, size)
        page.locator(".st-key-consent button").click()
        if on_device:
            page.locator(".st-key-switch-reader button").click()
            page.get_by_test_id("device-camera").get_by_role("button", name="Start camera").click()
        else:
            page.frame_locator('iframe[title*="webrtc"]').get_by_role("button", name="Start camera").click()
        _settle(page, "happy", 3)
        page.locator(".st-key-resting-skip button").click()
        page.locator(".st-key-panel-resting").wait_for(state="detached")
        return _settle(page, label, 10)

    return show


PICTURES: dict[str, Picture] = {
    "notice": notice,
    **{f"demo-{label}": demo(word, label) for word, label in zip(WORDS, LABELS, strict=True)},
    "live-happy": live("happy"),
    "live-nobody": live("unknown"),
    "server-phone": live("happy", PHONE),
    "device-desktop": live("happy", on_device=True),
    "device-phone": live("happy", PHONE, on_device=True),
    "phone": demo("Happy", "happy", PHONE),
}


def save(page: Page, path: Path) -> None:
    """What the top of the page shows, as WebP."""
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    # A browser pauses the camera's picture while it is out of view.
    page.wait_for_timeout(MOVES_AGAIN_MS)
    shot = Image.open(io.BytesIO(page.screenshot()))
    shot.convert("RGB").save(path, quality=QUALITY, method=6)
    print(f"{path.relative_to(ROOT)}: {shot.width}×{shot.height}, {path.stat().st_size // 1000} kB")


def main(argv: Sequence[str]) -> int:
    """Makes the pictures whose names contain one of the arguments, or all."""
    path = find_browser()
    if path is None:
        print("Expected a Chrome or Chromium. Received: none on this machine", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, _app() as url, sync_playwright() as driver:
        clip = write_clip(Path(folder) / "face.mjpeg", [Phase(astronaut_face(), 60.0), Phase(None, 60.0)])
        flags = [
            *CHROMIUM_FLAGS,
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={clip}",
        ]
        for name, show in PICTURES.items():
            if argv and not any(part in name for part in argv):
                continue
            # A browser of its own for each, so that the clip begins anew.
            browser = driver.chromium.launch(executable_path=path, args=flags)
            save(show(browser, url), FOLDER / f"{name}.webp")
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
