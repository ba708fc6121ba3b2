"""A viewer of the live page without a browser: Streamlit's own socket, our live socket, and made-up readings.

It does what the page's scripts do: agrees to the notice, opens the live socket with the page's token, sends
readings as a device does, asks for a run of the stage when the socket says that something has changed, tells
what was seen of the content until that is taken, fetches each file once, and connects again after a loss,
with its visit where the server does not know it any more. Many of them fit into one process:

    viewer = DeviceViewer("http://127.0.0.1:8501", Script(every_s=10.0))
    task = asyncio.create_task(viewer.run())
    ...
    task.cancel()
    viewer.seen  # what it saw
"""

from __future__ import annotations

import asyncio
import html
import json
import random
import re
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from bench.device_outbox import Outbox, Showing
from emotion.labels import EMOTIONS, UNKNOWN, Emotion
from ui.look.words import EXPRESSIONS

TOKEN_IS_OVER, OTHER_READER = 4401, 4409
APART_S, POLL_S, LONGEST_S, LOOK_S = 0.03, 2.0, 16.0, 0.2
"""As in ``turns.js``, ``link.js`` and ``impressions.js``."""

BACKOFF_S: Final = (0.3, 0.6, 1.2, 2.5, 5.0)
OPEN_WITHIN_S: Final = 30.0
SLOTS: Final = ("ad", "media", "theme")
LOST: Final = (ConnectionClosed, InvalidHandshake, OSError, TimeoutError, httpx.HTTPError)

_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_FILE = re.compile(r'(?:src|poster)="(/[^"]*)"')


@dataclass(frozen=True, slots=True)
class Script:
    """What the face of a viewer shows.

    Attributes:
        expressions: one after the other, from the first again.
        every_s: how long each one shows.
        readings_a_second: that the device makes.
    """

    expressions: tuple[Emotion, ...] = (Emotion.HAPPY, Emotion.SAD, Emotion.SURPRISE, Emotion.ANGRY)
    every_s: float = 10.0
    readings_a_second: float = 5.0

    def at(self, since_s: float) -> Emotion:
        """The expression so long after the beginning."""
        return self.expressions[int(since_s / self.every_s) % len(self.expressions)]


@dataclass(slots=True)
class Seen:
    """What a viewer has lived through.

    Attributes:
        took_s: from when a mood settled on the server until content that follows it had arrived here. The
            server's clock is this machine's, so both have to run on one.
        settled: moods that settled.
        answered: those whose content followed before the next one.
        runs: of the stage that were asked for.
        agreed: how often it had to agree to the notice.
        back_at_s: when the stage was there again after the page's connection was lost, monotonic seconds.
        received: bytes that came from the server, without headers.
        lost: connections that ended without this viewer's doing, by the address they were to.
        problems: what was not as it should be, as text.
    """

    took_s: list[float] = field(default_factory=list)
    settled: int = 0
    answered: int = 0
    runs: int = 0
    agreed: int = 0
    back_at_s: list[float] = field(default_factory=list)
    received: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def lose(self, which: str) -> None:
        """Counts a lost connection."""
        self.lost[which] = self.lost.get(which, 0) + 1


class DeviceViewer:
    """One viewer, from opening the page until it is cancelled.

    Args:
        url: of the app, without a slash at the end.
        script: what the face shows.
        chance: this viewer's own, for readings that are never quite the same.
        demo: the script's expressions are picked by hand, in the demo without a camera.

    Attributes:
        seen: what it has lived through.
        outbox: what it has to tell of the content, and what the server has taken of that.
        hears: called with each piece of HTML that is drawn.
        is_away: its page has lost the connection, and the stage is not there again.
    """

    def __init__(
        self,
        url: str,
        script: Script = Script(),
        chance: random.Random | None = None,
        *,
        demo: bool = False,
    ) -> None:
        self.url = url
        self.seen = Seen()
        self.outbox = Outbox()
        self._demo = demo
        self._script = script
        self._chance = chance or random.Random()
        self.hears: Callable[[str], None] = lambda body: None
        self._cookies: dict[str, str] = {}
        hooks: dict[str, list[Callable[..., Any]]] = {
            "request": [self._say_cookies],
            "response": [self._keep_cookies],
        }
        self._http = httpx.AsyncClient(base_url=url, timeout=OPEN_WITHIN_S, event_hooks=hooks)
        self._page: ClientConnection | None = None
        self._live: ClientConnection | None = None
        self._session_id = ""
        self._page_hash = ""
        self._messages: dict[str, ForwardMsg] = {}
        self._link: tuple[BidiComponent, str] | None = None
        self._on_device = asyncio.Event()
        self._mood = UNKNOWN
        self._items: dict[str, str] = {}
        self._changed_items = UNKNOWN, -float("inf")
        self._showings: dict[str, Showing] = {}
        self._files: set[str] = set()
        self._token = self._address = self._refused = ""
        self._drawn = self._changed = self._asked = 0
        self._asked_at_s = self._heard_s = -float("inf")
        self._again_s = POLL_S
        self._shown_mood = ""
        self._settled: tuple[str, float] | None = None
        self._visit_token = ""
        self._agree: tuple[str, str] | None = None
        self._pills: tuple[str, str] | None = None
        self.is_away = False
        self._turn = asyncio.Lock()
        self._began_s = time.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Visits the page until cancelled."""
        self._began_s = time.monotonic() - self._chance.random() * self._script.every_s
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._again("page", self._visit))
                group.create_task(self._again("live socket", self._listen))
                group.create_task(self._pick() if self._demo else self._read())
                group.create_task(self._watch())
        finally:
            for task in tuple(self._tasks):
                task.cancel()
            await self._http.aclose()

    async def reading(self) -> None:
        """Returns when the camera (in the demo: the choice) is on the page and its live socket is open."""
        if not self._demo:
            await self._on_device.wait()
        while self._live is None or (self._demo and self._pills is None):
            await asyncio.sleep(LOOK_S)

    @property
    def replica(self) -> str:
        """The name that the proxy gives to the replica it is on; empty without one."""
        return self._cookies.get("attune_replica", "")

    async def _say_cookies(self, request: httpx.Request) -> None:
        if self._cookies:
            request.headers["Cookie"] = self._cookie_header

    async def _keep_cookies(self, response: httpx.Response) -> None:
        self._take_cookies(response.headers.get_list("Set-Cookie"))

    def _take_cookies(self, lines: list[str]) -> None:
        for line in lines:
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name.strip()] = value.strip()

    @property
    def _cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def _connect(self, address: str, **more: Any) -> connect:
        headers = {"Cookie": self._cookie_header} if self._cookies else None
        return connect(
            address,
            origin=self._origin,
            additional_headers=headers,
            compression=None,
            open_timeout=OPEN_WITHIN_S,
            **more,
        )

    async def _again(self, which: str, serve: Callable[[], Coroutine[Any, Any, None]]) -> None:
        tries = 0
        while True:
            began_s = time.monotonic()
            try:
                await serve()
            except LOST as error:
                self.seen.lose(which)
                self.seen.problems.append(f"{which}: {type(error).__name__}: {error}")
            if time.monotonic() - began_s > 5:
                tries = 0
            await asyncio.sleep(BACKOFF_S[min(tries, len(BACKOFF_S) - 1)] * self._chance.uniform(0.75, 1.25))
            tries += 1

    # --- Streamlit's socket ---

    async def _visit(self) -> None:
        await self._http.get("/")
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        # A browser says which session it comes back to.
        protocols = ["streamlit", "none", *([self._session_id] if self._session_id else [])]
        spoken = [Subprotocol(name) for name in protocols]
        async with self._connect(address, subprotocols=spoken, max_size=None) as self._page:
            try:
                # A proxy says with the handshake which replica it was.
                if self._page.response is not None:
                    self._take_cookies(self._page.response.headers.get_all("Set-Cookie"))
                await self._rerun()
                async for message in self._page:
                    if isinstance(message, bytes):
                        self.seen.received += len(message)
                        self._take(ForwardMsg.FromString(message))
            finally:
                self._page, self.is_away = None, True

    @property
    def _origin(self) -> Any:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    async def _rerun(self, state: WidgetState | None = None, fragment_id: str = "") -> None:
        page = self._page
        if page is None:
            return
        message = BackMsg()
        asked = message.rerun_script
        asked.page_script_hash, asked.fragment_id = self._page_hash, fragment_id
        asked.cached_message_hashes.extend(self._messages)
        asked.context_info.url, asked.context_info.timezone = f"{self.url}/", "Europe/Berlin"
        asked.context_info.locale = "en-US"
        asked.widget_states.SetInParent()
        if state is not None:
            asked.widget_states.widgets.append(state)
        with suppress(ConnectionClosed):
            await page.send(message.SerializeToString())

    async def _trigger(self, component: tuple[BidiComponent, str], event: str, value: object) -> None:
        """What ``component.setTriggerValue`` does; one at a time, as by ``turns.js``."""
        proto, fragment_id = component
        payload = json.dumps([{"event": event, "value": value}])
        name = f"$$STREAMLIT_INTERNAL_KEY_{proto.id}__events"
        async with self._turn:
            await self._rerun(WidgetState(id=name, json_trigger_value=payload), fragment_id)
            await asyncio.sleep(APART_S)

    def _take(self, message: ForwardMsg) -> None:
        if message.HasField("ref_hash"):
            metadata, message = message.metadata, self._messages[message.ref_hash]
            message.metadata.CopyFrom(metadata)
        elif message.metadata.cacheable:
            self._messages[message.hash] = message
        match message.WhichOneof("type"):
            case "new_session":
                self._page_hash = message.new_session.page_script_hash
                self._begin(message.new_session.initialize.session_id)
            case "delta" if message.delta.HasField("new_element"):
                element, fragment_id = message.delta.new_element, message.delta.fragment_id
                match element.WhichOneof("type"):
                    case "html":
                        self.hears(element.html.body)
                        self._draw(element.html.body)
                    case "bidi_component":
                        self._mount(element.bidi_component, fragment_id)
                    case "button_group" if "-demo-mood" in element.button_group.id:
                        self._pills = element.button_group.id, fragment_id
                    case "button" if ("-demo" if self._demo else "-consent") in element.button.id:
                        self._agree = element.button.id, fragment_id
                        if not self._visit_token:
                            self._press_agree()
                    case "exception":
                        self.seen.problems.append(f"page: {element.exception.message}")

    def _begin(self, session_id: str) -> None:
        if not session_id or session_id == self._session_id:
            return
        # Another process, or one that was started again: what was on the page is not known there.
        self._session_id = session_id
        self._link = self._pills = None
        self._drawn = self._changed = self._asked = 0

    def _press_agree(self) -> None:
        if self._agree is not None:
            button_id, fragment_id = self._agree
            self.seen.agreed += 1
            self._start(self._rerun(WidgetState(id=button_id, trigger_value=True), fragment_id))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _mount(self, component: BidiComponent, fragment_id: str) -> None:
        data = json.loads(component.json or component.mixed.json or "{}")
        match component.component_name.rsplit(".", 1)[-1]:
            case "attune_link":
                self._link = component, fragment_id
                self._token, self._address, self._drawn = data["token"], data["address"], data["seen"]
                self._visit_token = data["visit"]
                if self.is_away:
                    self.is_away = False
                    self.seen.back_at_s.append(time.monotonic())
                self._look()
            case "attune_consent" if data["forget"]:
                if self._visit_token:
                    self._visit_token = ""
                    self._press_agree()
            case "attune_consent" if self._visit_token:
                self._start(self._trigger((component, fragment_id), "visit", self._visit_token))
            case name if "camera" in name:
                self._on_device.set()

    # --- what is on the page ---

    def _draw(self, body: str) -> None:
        now_s, before = time.monotonic(), dict(self._items)
        for tag in re.findall(r"<[a-z]+ [^>]*data-[^>]*>", body):
            given = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
            name = given.get("data-testid", "")
            if name == "mood":
                self._mood = given["data-mood"]
            elif name.removeprefix("slot-") in SLOTS and "data-item-id" in given:
                self._items[name.removeprefix("slot-")] = given["data-item-id"]
            elif "data-decision-id" in given:
                self._show(given, now_s)
        if self._items != before:
            # The mood is drawn before its content, in the same run.
            self._changed_items = self._mood, now_s
        fresh = set(_FILE.findall(html.unescape(body))) - self._files
        for address in fresh:
            self._files.add(address)
            self._start(self._fetch(address))
        self._note_content()

    def _note_content(self) -> None:
        if self._settled is None:
            return
        mood, since_s = self._settled
        # Content may be here before the socket tells of the mood that it follows.
        content_mood, changed_at_s = self._changed_items
        if content_mood == mood and changed_at_s >= since_s:
            self._settled = None
            self.seen.answered += 1
            self.seen.took_s.append(changed_at_s - since_s)

    def _show(self, given: Mapping[str, str], now_s: float) -> None:
        before = self._showings.get(given["data-slot"])
        if before is None or before.attributes["data-decision-id"] != given["data-decision-id"]:
            self._showings[given["data-slot"]] = Showing(given, now_s, self.seen.agreed)

    async def _fetch(self, address: str) -> None:
        try:
            answer = (await self._http.get(urljoin(self.url, address))).raise_for_status()
            self.seen.received += len(answer.content)
        except LOST as error:
            self.seen.problems.append(f"{address}: {type(error).__name__}: {error}")

    async def _watch(self) -> None:
        """As ``impressions.js``: tells what was seen, in batches."""
        while True:
            await asyncio.sleep(LOOK_S)
            now_s = time.monotonic()
            for showing in self._showings.values():
                if (name := showing.due(now_s)) is not None:
                    showing.told += 1
                    event = {
                        "event_id": str(uuid.UUID(int=self._chance.getrandbits(128), version=4)),
                        "impression_id": showing.attributes["data-impression-id"],
                        "decision_id": showing.attributes["data-decision-id"],
                        "name": name,
                        "at_s": now_s,
                        "visible_ms": 1000 * (now_s - showing.since_s),
                    }
                    self.outbox.put(showing.visit, event)
            if (live := self._live) is not None and (batch := self.outbox.due(now_s)) is not None:
                with suppress(ConnectionClosed):
                    await live.send(json.dumps({"batch": batch}, separators=(",", ":")))

    # --- our live socket ---

    async def _listen(self) -> None:
        while not self._token or self._token == self._refused:
            await asyncio.sleep(LOOK_S)
        token = self._token
        address = urljoin(self.url.replace("http", "ws", 1), self._address)
        async with self._connect(address) as live:
            await live.send(json.dumps({"token": token}))
            self._live = live
            try:
                while True:
                    news = await live.recv()
                    self.seen.received += len(news)
                    self._hear(json.loads(news))
            except ConnectionClosed:
                if live.close_code in (TOKEN_IS_OVER, OTHER_READER):
                    self._refused = token
                raise
            finally:
                self._live = None

    def _hear(self, news: Mapping[str, Any]) -> None:
        self._heard_s = time.monotonic()
        self._changed = news.get("changed", self._changed)
        self._visit_token = news.get("visit", self._visit_token)
        self.outbox.taken(news.get("taken", 0), self.seen.agreed)
        mood = news.get("mood")
        if mood is not None and mood["label"] != self._shown_mood:
            self._shown_mood = mood["label"]
            self._settled = None
            if mood["label"] != UNKNOWN:
                self.seen.settled += 1
                self._settled = mood["label"], mood["since"]
                self._note_content()
        self._look()

    def _look(self) -> None:
        """As ``link.js``: asks for a run of the stage where something has changed."""
        now_s = time.monotonic()
        if self._link is None or self._changed <= self._drawn:
            return
        again = self._changed <= self._asked
        if not again or now_s - self._asked_at_s > self._again_s:
            self._again_s = min(2 * self._again_s, LONGEST_S) if again else POLL_S
            self._asked, self._asked_at_s = self._changed, now_s
            self.seen.runs += 1
            self._start(self._trigger(self._link, "changed", f"{self._changed} {now_s}"))

    async def _read(self) -> None:
        """The device: one face, whose expression follows the script."""
        await self._on_device.wait()
        period_s = 1 / self._script.readings_a_second
        due_s = time.monotonic() + self._chance.random() * period_s
        while True:
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            due_s = max(due_s + period_s, time.monotonic() - period_s)
            if (live := self._live) is not None:
                with suppress(ConnectionClosed):
                    await live.send(json.dumps(self._reading(), separators=(",", ":")))

    async def _pick(self) -> None:
        """A hand that picks the script's expressions."""
        picked = None
        while True:
            await asyncio.sleep(LOOK_S)
            wanted = self._script.at(time.monotonic() - self._began_s)
            if self._pills is not None and wanted is not picked:
                picked, (name, fragment_id) = wanted, self._pills
                state = WidgetState(id=name)
                state.string_array_value.data.append(EXPRESSIONS[wanted])
                await self._rerun(state, fragment_id)

    def _reading(self) -> dict[str, Any]:
        now_s = time.monotonic()
        top = EMOTIONS.index(self._script.at(now_s - self._began_s))
        sure = self._chance.uniform(0.8, 0.95)
        shares = [round((1 - sure) / (len(EMOTIONS) - 1), 4)] * len(EMOTIONS)
        shares[top] = round(1 - sum(shares[1:]), 4)
        x, y = (100 + self._chance.uniform(-3, 3) for _ in range(2))
        face = {"box": [round(x, 1), round(y, 1), 180.0, 210.0, 0.95], "p": shares}
        captured_ms = round(1000 * now_s - 40, 1)
        sent_ms = round(1000 * now_s, 1)
        return {"at": captured_ms, "sent": sent_ms, "size": [640, 480], "faces": [face], "frame": None}
