"""The live socket, a route beside Streamlit's own: what the browser read and saw comes in, news goes out.

Where a browser can neither read nor reach the server by video, small pictures come in as well.

Whoever connects must come from this site's own page, as for Streamlit's own socket, and say the token of a
session first. A message that cannot be right ends the connection with a number and a plain reason; one that
merely comes late, twice or out of order is left out. To a browser that is slow to take what it is sent, only
the latest is sent: nothing queues up for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import _is_origin_allowed

from ui.app.limits import Allowance
from ui.live.admission import admission
from ui.live.link import Link, Links, links
from ui.live.wire import (
    MOST_BYTES,
    MOST_PICTURE_BYTES,
    Batch,
    Hello,
    Picture,
    Reading,
    SentClock,
    first_problem,
    message_of,
    picture_of,
)

_log = logging.getLogger(__name__)

PATH: Final = "attune/live"
HELLO_WITHIN_S: Final = 5.0
SEND_WITHIN_S: Final = 10.0
PAGE_LEFT: Final = 1001
"""With this code browsers end the sockets of a page that is closed or left."""
MOST_A_SECOND: Final = 30.0
PICTURES_A_SECOND: Final = 6.0
PICTURES_AT_ONCE: Final = 12.0
BATCHES_A_SECOND: Final = 2.0
BATCHES_AT_ONCE: Final = 40.0
"""Of events: what a page has kept for a while comes in batches one after the other."""

AT_ONCE: Final = 150.0
"""So many messages may come together: what a network held up for some seconds."""

_AS_JSON: Final = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the server ends a connection.

    Attributes:
        code: as browsers get it; 4000 to 4999 are an application's own.
        reason: in plain words, at most 123 bytes.
    """

    code: int
    reason: str


NO_READING: Final = Ending(4400, "That message is neither a reading nor a batch of events.")
NO_PICTURE: Final = Ending(4415, "That message is no picture that is read here.")
NO_PERMISSION: Final = Ending(4401, "This page is not known here any more. Its next run gets a new token.")
NO_HELLO: Final = Ending(4408, "The page did not say who it is.")
OTHER_READER: Final = Ending(4409, "Another connection of this page sends its readings now.")
TOO_LONG: Final = Ending(4413, f"A message may have {MOST_BYTES} bytes, a picture {MOST_PICTURE_BYTES}.")
TOO_SLOW: Final = Ending(4418, "The browser did not take what it was sent.")
TOO_MANY: Final = Ending(4429, f"A page may send {MOST_A_SECOND:.0f} messages a second.")
TOO_MANY_SOCKETS: Final = Ending(4430, "This page has too many connections.")


class EndedError(Exception):
    """The connection is to be ended.

    Args:
        ending: what the browser is told.
        details: for the log.
    """

    def __init__(self, ending: Ending, details: str = "") -> None:
        super().__init__(ending.reason)
        self.ending = ending
        self.details = details


class Connection:
    """One socket of one page, from the first message to the end.

    Args:
        websocket: accepted.
        known: the links whose tokens are taken.
        clock: monotonic seconds, the same as the page's.
    """

    def __init__(self, websocket: WebSocket, known: Links, clock: Callable[[], float]) -> None:
        self._websocket = websocket
        self._known = known
        self._clock = clock
        self._allowance = Allowance(MOST_A_SECOND, AT_ONCE, clock)
        self._pictures = Allowance(PICTURES_A_SECOND, PICTURES_AT_ONCE, clock)
        self._batches = Allowance(BATCHES_A_SECOND, BATCHES_AT_ONCE, clock)
        self._times = SentClock()
        self._woken = asyncio.Event()
        self._has_read = False
        self._hearing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serves it.

        Raises:
            EndedError: the browser sent what it may not, or its session is over.
            WebSocketDisconnect: it went away.
        """
        token = await self._greet()
        link = self._known.find(token)
        if link is None:
            raise EndedError(NO_PERMISSION)
        loop = asyncio.get_running_loop()
        if not link.attach(self, lambda: self._wake(loop)):
            raise EndedError(TOO_MANY_SOCKETS)
        ways = [asyncio.create_task(self._receive(link)), asyncio.create_task(self._send(link, token))]
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in done:
                way.result()
        except WebSocketDisconnect as gone:
            link.detach(self)
            # Of a network that is lost nobody says so, and that page may come back.
            if gone.code == PAGE_LEFT and not link.is_connected:
                admission().leave(link)
            raise
        finally:
            link.detach(self)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        # A loop that is closed has no connections any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._woken.set)

    async def _greet(self) -> str:
        try:
            text = await asyncio.wait_for(self._message(), HELLO_WITHIN_S)
            if isinstance(text, bytes):
                raise EndedError(NO_HELLO, "bytes")
            return Hello.model_validate_json(text).token
        except TimeoutError:
            raise EndedError(NO_HELLO) from None
        except ValidationError as error:
            raise EndedError(NO_HELLO, first_problem(error)) from None

    async def _message(self) -> str | bytes:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1006)
        text: str | None = message.get("text")
        if text is None:
            content: bytes = message["bytes"]
            if len(content) > MOST_PICTURE_BYTES:
                raise EndedError(TOO_LONG, f"{len(content)} bytes")
            return content
        # No character takes less than a byte.
        if len(text) > MOST_BYTES or len(text.encode()) > MOST_BYTES:
            raise EndedError(TOO_LONG, f"{len(text)} characters")
        return text

    async def _receive(self, link: Link) -> None:
        while True:
            message = await self._message()
            arrived_s = self._clock()
            if not (self._pictures if isinstance(message, bytes) else self._allowance).spend():
                raise EndedError(TOO_MANY)
            what = _picture(message, link) if isinstance(message, bytes) else _message(message)
            if isinstance(what, Batch):
                if not self._batches.spend():
                    raise EndedError(TOO_MANY)
                self._hear(link, what)
                continue
            if not link.may_read(self, first=not self._has_read):
                raise EndedError(OTHER_READER)
            self._has_read = True
            at_s = self._times.captured_s(what, arrived_s)
            if at_s is None:
                continue
            if isinstance(what, Picture):
                if link.pictures is not None:
                    link.pictures.take(what, at_s)
            elif link.receiver is not None:
                link.receiver.take(what, at_s)

    def _hear(self, link: Link, batch: Batch) -> None:
        # One at a time, as the browser sends them; one that comes too early comes again.
        if self._hearing is None or self._hearing.done():
            self._hearing = asyncio.create_task(_keep(link, batch))

    async def _send(self, link: Link, token: str) -> None:
        told: dict[str, Any] = {}
        failed = False
        while link.token == token:
            self._woken.clear()
            try:
                answer = {} if link.answered_ms is None else {"read": link.answered_ms}
                now = {**link.tell(), **answer}
                news = {name: what for name, what in now.items() if told.get(name) != what}
            # What is wrong with the page must not keep its readings from coming.
            except Exception:  # noqa: BLE001
                if not failed:
                    _log.exception("A page could not be told what is new")
                news, failed = {}, True
            if news:
                told |= news
                text = _AS_JSON(news)
                try:
                    async with asyncio.timeout(SEND_WITHIN_S):
                        await self._websocket.send_text(text)
                except TimeoutError:
                    raise EndedError(TOO_SLOW) from None
            # Not at every reading: of what changes quickly the latest is enough.
            with suppress(TimeoutError):
                # Not wait_for, which (Python 3.11) forgets a cancellation that meets a wake.
                async with asyncio.timeout(self._known.every_s(link)):
                    await self._woken.wait()
        raise EndedError(NO_PERMISSION)


async def _keep(link: Link, batch: Batch) -> None:
    try:
        await asyncio.to_thread(link.hear, batch)
    # It is not acknowledged, so it comes again; what is wrong must not keep readings from coming.
    except Exception:  # noqa: BLE001
        _log.exception("What a page saw could not be taken")
    link.wake()


def _message(message: str) -> Reading | Batch:
    try:
        return message_of(message)
    except ValidationError as error:
        raise EndedError(NO_READING, first_problem(error)) from None


def _picture(message: bytes, link: Link) -> Picture:
    if link.pictures is None:
        raise EndedError(NO_PICTURE, "the page is read in another way")
    try:
        return picture_of(message)
    except ValueError as error:
        raise EndedError(NO_PICTURE, str(error)) from None


async def serve(
    websocket: WebSocket, known: Links = links, clock: Callable[[], float] = time.monotonic
) -> None:
    """Serves a browser that connects.

    Args:
        websocket: not accepted yet.
        known: the links whose tokens are taken.
        clock: monotonic seconds, the same as the page's.
    """
    origin, host = websocket.headers.get("Origin"), websocket.headers.get("Host")
    if not _is_origin_allowed(origin, host):
        _log.warning("A live connection was refused: its page is at %s, and it asked for %s.", origin, host)
        await websocket.close(1008)
        return
    await websocket.accept()
    try:
        await Connection(websocket, known, clock).run()
    except EndedError as ended:
        _log.info("A live connection is ended: %s %s", ended.ending.reason, ended.details)
        if websocket.client_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, TimeoutError, WebSocketDisconnect):
                await asyncio.wait_for(websocket.close(ended.ending.code, ended.ending.reason), SEND_WITHIN_S)
    except WebSocketDisconnect:
        pass


async def _endpoint(websocket: WebSocket) -> None:
    await serve(websocket)


def socket_path() -> str:
    """Where the socket is on this server, under its base path."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/{PATH}" if base else f"/{PATH}"


def route() -> WebSocketRoute:
    """The socket's."""
    return WebSocketRoute(socket_path(), _endpoint)
