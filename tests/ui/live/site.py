"""A server with the live socket alone, and what tests do on it."""

from __future__ import annotations

import json
import socket as sockets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from ui.live import socket
from ui.live.link import Links

WAIT_S = 20.0


def wait_for(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end_s, "what was waited for did not happen"
        time.sleep(0.005)


def say(client: ClientConnection, what: object) -> None:
    """Sends it, as JSON if it is none; the server may have ended the connection before."""
    with suppress(ConnectionClosed):
        client.send(what if isinstance(what, str | bytes) else json.dumps(what))


def ending(client: ClientConnection) -> socket.Ending:
    """Why the server ended it."""
    with suppress(ConnectionClosed):
        while True:
            client.recv(timeout=WAIT_S)
    return socket.Ending(client.close_code or 0, client.close_reason or "")


class Site:
    """A server with the live socket alone, by a clock of its own if one is given."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.links = Links()
        probe = sockets.socket()
        probe.bind(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{probe.getsockname()[1]}"

        async def endpoint(websocket: Any) -> None:
            await socket.serve(websocket, self.links, clock)

        app = Starlette(routes=[WebSocketRoute(f"/{socket.PATH}", endpoint)])
        self.server = uvicorn.Server(
            uvicorn.Config(app, ws="websockets-sansio", ws_max_size=200_000_000, log_level="warning")
        )
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [probe]}, daemon=True)
        self._thread.start()
        wait_for(lambda: self.server.started)

    @contextmanager
    def connect(self, token: str | None = None, **options: Any) -> Iterator[ClientConnection]:
        address = f"ws://{self.host}/{socket.PATH}"
        with connect(address, close_timeout=2, proxy=None, **options) as client:
            if token is not None:
                say(client, {"token": token})
            yield client

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(WAIT_S)
