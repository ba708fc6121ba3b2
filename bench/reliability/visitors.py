"""Viewers that come and go: most are simulated, a few use a real browser, so that all readers take part."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Error, Page, async_playwright

from bench.device_viewer import DeviceViewer, Script
from tests.browser.clips import Phase, astronaut_face, write_clip
from tests.browser.conftest import CHROMIUM_FLAGS

DEMO_SHARE = 0.2
BROWSED = ("server", "device", "demo")
WAIT_MS = 60_000
VARIES = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8}[0-9a-f-]{8,}|\d+(?:\.\d+)*|/[\w./-]+")
CAMERA, DEVICE_CAMERA = 'iframe[title*="webrtc"]', '[data-testid="device-camera"]'

KEEP_JS = """(() => {
  const kept = globalThis.attuneKept = { told: {}, acknowledged: {} };
  const note = (event) => { kept.told[event.event_id] = event.name; };
  setInterval(() => {
    const outbox = globalThis.attuneWatcher?.outbox;
    if (!outbox || outbox.kept) return;
    outbox.kept = true;
    const put = outbox.put.bind(outbox), taken = outbox.taken.bind(outbox);
    outbox.waiting.forEach(note);
    outbox.put = (event, urgent) => { note(event); put(event, urgent); };
    outbox.taken = (number) => {
      if (outbox.sent && number === outbox.sent.number)
        for (const event of outbox.sent.events) kept.acknowledged[event.event_id] = event.impression_id;
      taken(number);
    };
  }, 20);
})()"""
"""Remembers what the page has told and what was taken; the page's own scripts do the telling."""

KEPT_JS = """() => {
  const watcher = globalThis.attuneWatcher;
  // What the page would still say when it closes is told by nobody.
  if (watcher) { clearInterval(watcher.timer); watcher.outbox.send = () => false; watcher.showings.clear(); }
  return globalThis.attuneKept ?? { told: {}, acknowledged: {} };
}"""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long viewers stay and are away: the shortest and the longest, in seconds.

    Attributes:
        stays_s: of simulated viewers.
        browsed_s: of those in a browser, from the first mood on.
        away_s: between two visits.
    """

    stays_s: tuple[float, float]
    browsed_s: tuple[float, float]
    away_s: tuple[float, float]


USUAL = Pace(stays_s=(40.0, 240.0), browsed_s=(60.0, 120.0), away_s=(0.5, 6.0))
BRISK = Pace(stays_s=(6.0, 20.0), browsed_s=(3.0, 6.0), away_s=(0.2, 1.0))


@dataclass(slots=True)
class Book:
    """What all viewers have told and lived through.

    Attributes:
        told: events that were sent, id → name.
        acknowledged: those that a server has taken, id → id of the impression.
        disowned: how many were taken when their visit had ended, which are kept by nobody.
        visits: by what kind of viewer.
        problems: what viewers met, by kind.
        first: the first of each kind, in full.
    """

    told: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)
    disowned: int = 0
    visits: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def problem(self, text: str) -> None:
        """Counts one, by what stays the same of its text."""
        kind = VARIES.sub("…", text.partition("\n")[0])[:110]
        self.problems[kind] += 1
        self.first.setdefault(kind, text)

    def add(self, viewer: DeviceViewer) -> None:
        """What a viewer has seen by the end of its visit."""
        self.told |= viewer.outbox.told
        self.acknowledged |= viewer.outbox.acknowledged
        self.disowned += len(viewer.outbox.disowned)
        for text in viewer.seen.problems:
            self.problem(text)


class Visitors:
    """Keeps so many viewers on the site, each for a while.

    Args:
        url: of the site.
        folder: for the clip of the camera.
        chance: draws who comes and for how long.
        simulated: viewers without a browser at once.
        browser: path of Chromium; None for none.
        browsed: pages in it at once.
        pace: how long they stay.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        chance: random.Random,
        simulated: int,
        browser: str | None,
        browsed: int,
        pace: Pace = USUAL,
    ) -> None:
        self.book = Book()
        self._url = url
        self._folder = folder
        self._chance = chance
        self._simulated = simulated
        self._browser = browser
        self._browsed = browsed if browser is not None else 0
        self._pace = pace
        self._leaving = asyncio.Event()
        self._here: set[DeviceViewer] = set()

    @property
    def acknowledged(self) -> int:
        """Events so far, those of browsers when their page is left."""
        return len(self.book.acknowledged) + sum(len(v.outbox.acknowledged) for v in self._here)

    @property
    def here(self) -> int:
        """How many simulated viewers there are now."""
        return len(self._here)

    def leave(self) -> None:
        """Lets nobody come any more, and all go."""
        self._leaving.set()

    async def run(self) -> None:
        """Returns when all have gone."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._simulated):
                group.create_task(self._come_and_go(self._simulate, first_s=0.3 * number))
            if self._browsed:
                group.create_task(self._browse_all())

    async def _come_and_go(self, visit: Callable[[], Awaitable[None]], first_s: float = 0.0) -> None:
        await self._stay(first_s)
        while not self._leaving.is_set():
            await visit()
            await self._stay(self._chance.uniform(*self._pace.away_s))

    async def _stay(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._leaving.wait(), seconds)

    # --- without a browser ---

    async def _simulate(self) -> None:
        demo = self._chance.random() < DEMO_SHARE
        script = Script(every_s=self._chance.uniform(6, 20))
        viewer = DeviceViewer(self._url, script, random.Random(self._chance.getrandbits(64)), demo=demo)
        self.book.visits["demo" if demo else "device"] += 1
        self._here.add(viewer)
        task = asyncio.create_task(viewer.run())
        try:
            await self._stay(self._chance.uniform(*self._pace.stays_s))
        finally:
            task.cancel()
            (ended,) = await asyncio.gather(task, return_exceptions=True)
            if isinstance(ended, BaseExceptionGroup):
                for error in ended.exceptions:
                    self.book.problem(f"a simulated viewer broke: {type(error).__name__}: {error}")
            self._here.discard(viewer)
            self.book.add(viewer)

    # --- in a browser ---

    async def _browse_all(self) -> None:
        clip = write_clip(self._folder / "face.mjpeg", [Phase(astronaut_face(), 20.0), Phase(None, 5.0)])
        flags = ["--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={clip}"]
        async with async_playwright() as driver:
            chromium = await driver.chromium.launch(
                executable_path=self._browser, args=[*CHROMIUM_FLAGS, *flags]
            )
            async with asyncio.TaskGroup() as group:
                for first in range(self._browsed):
                    readers = islice(cycle(BROWSED), first, None)
                    group.create_task(
                        self._come_and_go(
                            lambda readers=readers: self._browse(chromium, next(readers)),  # type: ignore[misc]
                            first_s=10.0 * first,
                        )
                    )
            await chromium.close()

    async def _browse(self, chromium: Browser, reader: str) -> None:
        self.book.visits[f"browser: {reader}"] += 1
        context = await chromium.new_context(viewport={"width": 1280, "height": 900}, permissions=["camera"])
        context.set_default_timeout(WAIT_MS)
        page = await context.new_page()
        await page.add_init_script(KEEP_JS)
        try:
            if await self._unless_leaving(self._open(page, reader)):
                await self._stay(self._chance.uniform(*self._pace.browsed_s))
        except Error as error:
            self.book.problem(f"browser, {reader}: {error.message}")
            await self._stay(5.0)
        finally:
            await self._keep(page)
            await context.close()

    async def _unless_leaving(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether something was done before everybody had to go.

        Raises:
            Error: it could not be done.
        """
        doing, leaving = asyncio.create_task(work), asyncio.create_task(self._leaving.wait())
        done, _ = await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        for task in {doing, leaving} - done:
            task.cancel()
        await asyncio.gather(doing, leaving, return_exceptions=True)
        if doing in done:
            doing.result()
        return doing in done

    async def _keep(self, page: Page) -> None:
        try:
            kept: dict[str, Any] = await page.evaluate(KEPT_JS)
        except Error as error:
            self.book.problem(f"browser, at the end: {error.message}")
            return
        self.book.told |= kept["told"]
        self.book.acknowledged |= kept["acknowledged"]

    async def _open(self, page: Page, reader: str) -> None:
        await page.goto(self._url)
        if reader == "demo":
            await page.locator(".st-key-demo button").click()
            await page.get_by_role("radio", name="Happy", exact=True).click()
        else:
            await page.locator(".st-key-consent button").click()
        if reader == "device":
            await page.locator(DEVICE_CAMERA).get_by_role("button", name="Start camera").click()
        elif reader == "server":
            await page.locator(".st-key-switch-reader button").click()
            await page.frame_locator(CAMERA).get_by_role("button", name="Start camera").click()
        await page.locator('[data-testid="mood"][data-mood="happy"]').wait_for()
        self.book.visits[f"mood in a browser: {reader}"] += 1
