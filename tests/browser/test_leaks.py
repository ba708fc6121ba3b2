"""What a server holds after cameras have started and stopped, and after pages that are gone."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.conftest import AppServer
from tests.browser.live_page import FOLLOWS_MS, camera_frame, consent, mood, start
from tests.browser.process import KEPT_A_SESSION, Held, held, pooled_threads, tells_threads
from ui.app.housekeeping import SETTLED_S

STARTS = 5
"""The third to the fifth: more than the two threads by which the server may differ from after the second."""

GONE_WITHIN_MS = 20_000
"""By itself ICE notices after 24 to 36 seconds that a browser is gone (RFC 7675); the app does after five."""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts a process's threads in /proc")
@pytest.mark.timeout(1500)
def test_every_start_shows_a_picture_and_no_thread_is_left(
    new_page: Callable[..., Page], serve_app: Callable[..., AppServer]
) -> None:
    server = serve_app()
    tasks = Path(f"/proc/{server.process.pid}/task")

    def threads() -> int:
        return sum(1 for _ in tasks.iterdir())

    page = new_page()
    consent(page, server)
    rest = 0
    for turn in range(STARTS):
        start(page)
        camera = camera_frame(page).locator("video")
        expect(camera).to_have_js_property("paused", False)
        page.frame(url=re.compile("streamlit_webrtc")).wait_for_function(
            "() => document.querySelector('video')?.videoWidth > 0"
        )
        camera_frame(page).get_by_role("button", name="Stop camera").click()
        expect(camera_frame(page).get_by_role("button", name="Start camera")).to_be_enabled()
        if turn == 1:
            rest = threads()
    for _ in range(GONE_WITHIN_MS // 100):
        if threads() <= rest + 2:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"Expected {rest} threads after the last stop as after the second. Received: {threads()}")


SHARED_THREADS = 2
"""By so many a server differs by itself. What each of five visits left behind would be more."""

SHARED_DESCRIPTORS = 2
"""Of a second connection to the database, file and journal, which the pool opens when two threads want one
and keeps from then on."""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts what a process holds in /proc")
def test_a_page_that_is_gone_leaves_nothing_behind(
    new_page: Callable[..., Page], serve_app: Callable[..., AppServer], tmp_path: Path
) -> None:
    told = tmp_path / "threads"
    server = serve_app(tells_threads(told))
    watcher = new_page(camera=False)

    def visit(end: Callable[[Page], object]) -> None:
        page = new_page()
        consent(page, server)
        start(page)
        expect(mood(page)).not_to_have_attribute("data-rate", "0.0", timeout=FOLLOWS_MS)
        assert held(server.process.pid).udp > 0
        end(page)

    def own() -> Held:
        now = held(server.process.pid)
        return replace(now, threads=now.threads - pooled_threads(server.process.pid, told))

    def gone(allowed: Callable[[Held], bool]) -> None:
        for _ in range(GONE_WITHIN_MS // 100):
            now = own()
            if now.udp == 0 and allowed(now):
                return
            watcher.wait_for_timeout(100)
        names = told.read_text(encoding="utf-8").split("\n")
        raise AssertionError(f"Expected what the pages held to be given back. Received: {now}, {names}")

    visit(lambda page: page.context.close())
    gone(lambda now: True)
    watcher.wait_for_timeout(1000 * (SETTLED_S + 2))
    rest = own()
    ends = (
        lambda page: page.context.close(),
        crash,
        lambda page: page.goto("about:blank"),
        crash,
        lambda page: page.context.close(),
    )
    for end in ends:
        visit(end)
    descriptors = rest.descriptors + KEPT_A_SESSION * len(ends) + SHARED_DESCRIPTORS
    gone(lambda now: now.threads <= rest.threads + SHARED_THREADS and now.descriptors <= descriptors)


def crash(page: Page) -> None:
    """The tab's process ends as if it had been killed."""
    with suppress(Error):
        page.goto("chrome://crash", timeout=5000)
