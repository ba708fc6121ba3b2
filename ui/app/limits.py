"""How much one address may ask of this server: connections at a time, and requests a second.

One address may be a whole school, so the limits are far above what a person needs; they stop a script that
would keep everybody else out. Requests of this machine itself are not counted, and neither are those of a
proxy on it that does not say for whom it asks.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from attune_settings import settings
from ui.app.addresses import Network, client_of, household, is_here
from ui.app.setup import is_set_up

_log = logging.getLogger(__name__)

AT_ONCE_S: Final = 20.0
"""A page fetches most of what it needs in its first second: so many seconds' requests may come together."""

MOST_KNOWN: Final = 4096
"""From so many addresses on, those are forgotten that are quiet."""

REFUSED: Final = "Too many requests come from your network. Wait a few seconds, then load the page again."
RETRY_AFTER_S: Final = 5


class Allowance:
    """How many messages or requests may come: so many a second, and some at once.

    Args:
        a_second: that come back.
        at_once: that there are after a quiet time.
        clock: monotonic seconds.
    """

    def __init__(self, a_second: float, at_once: float, clock: Callable[[], float]) -> None:
        self._a_second = a_second
        self._at_once = at_once
        self._clock = clock
        self._left = at_once
        self._at_s = clock()

    def spend(self) -> bool:
        """Takes one; False where none is left."""
        self._refill()
        if self._left < 1:
            return False
        self._left -= 1
        return True

    @property
    def is_whole(self) -> bool:
        """Nothing of it is spent."""
        self._refill()
        return self._left >= self._at_once

    def _refill(self) -> None:
        now_s = self._clock()
        self._left = min(self._at_once, self._left + (now_s - self._at_s) * self._a_second)
        self._at_s = now_s


@dataclass(slots=True)
class _Guest:
    """What one address uses."""

    requests: Allowance
    sockets: int = 0
    is_refused: bool = False

    @property
    def is_quiet(self) -> bool:
        return self.sockets == 0 and self.requests.is_whole


class AddressLimits:
    """Refuses, with a number and a sentence, what one address asks for too much of.

    Args:
        app: what is behind it.
        sockets: at a time; 0 for no limit.
        requests_per_s: connections included; 0 for no limit.
        trusted: networks of proxies that are believed.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        sockets: int,
        requests_per_s: float,
        trusted: Sequence[Network] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._most_sockets = sockets
        self._requests_per_s = requests_per_s
        self._trusted = trusted
        self._clock = clock
        # The server has one thread.
        self._guests: dict[str, _Guest] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        is_socket = scope["type"] == "websocket"
        if not is_socket and scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = client_of(*_origin(scope), self._trusted)
        if is_here(client):
            await self._app(scope, receive, send)
            return
        guest = self._guest(household(client))
        if not self._may_come(guest, is_socket=is_socket):
            if not guest.is_refused:
                _log.warning("%s asks for too much and is refused some of it.", household(client))
            guest.is_refused = True
            await _refuse(scope, receive, send)
            return
        guest.sockets += is_socket
        try:
            await self._app(scope, receive, send)
        finally:
            guest.sockets -= is_socket

    def _guest(self, name: str) -> _Guest:
        if name not in self._guests:
            if len(self._guests) >= MOST_KNOWN:
                self._guests = {one: guest for one, guest in self._guests.items() if not guest.is_quiet}
            at_once = self._requests_per_s * AT_ONCE_S
            self._guests[name] = _Guest(Allowance(self._requests_per_s, at_once, self._clock))
        return self._guests[name]

    def _may_come(self, guest: _Guest, *, is_socket: bool) -> bool:
        if is_socket and self._most_sockets and guest.sockets >= self._most_sockets:
            return False
        return not self._requests_per_s or guest.requests.spend()


def _origin(scope: Scope) -> tuple[str | None, list[str]]:
    peer = scope.get("client")
    forwarded = [value.decode("latin1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return (peer[0] if peer else None), forwarded


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    answer = PlainTextResponse(
        REFUSED, HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(RETRY_AFTER_S)}
    )
    if scope["type"] == "http":
        await answer(scope, receive, send)
    else:
        await WebSocket(scope, receive, send).send_denial_response(answer)


def middleware() -> list[Middleware]:
    """That of the settings; none where they are wrong, as nothing is shown then."""
    if not is_set_up():
        return []
    chosen = settings()
    return [
        Middleware(
            AddressLimits,
            sockets=chosen.sockets_per_address,
            requests_per_s=chosen.requests_per_address,
            trusted=chosen.trusted_proxies,
        )
    ]
