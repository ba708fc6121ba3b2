"""What the server process does beside the pages.

It explains refusals, lets browsers go, keeps downloads until they are fetched, and idles well.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

import uvicorn
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileMetadata
from streamlit.watcher import polling_path_watcher

from ui.app import limits

_log = logging.getLogger(__name__)

CONFIGURATION_LOOK_S: Final = 1.0
"""A server that ends waits for the last look."""
TICK_S: Final = 1.0
"""A server that is told to end waits for the last of these, too."""
DOWNLOAD_KEPT_S: Final = 60.0
"""How long a file that somebody has asked for can be fetched."""

_STREAMLIT_SOCKET: Final = "streamlit.web.server.starlette.starlette_websocket"
ADVICE: Final = (
    "A browser was refused: its page is at %s, but the request said that it is for the host %s. Behind a "
    "reverse proxy, pass the browser's own Host on (nginx: proxy_set_header Host $http_host; see "
    "deploy/nginx.conf). If that cannot be, allow the page's address: "
    "STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS='[\"%s\"]'."
)


class RefusedOrigin(logging.Filter):
    """Adds to Streamlit's own line what was refused and which setting allows it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through."""
        if isinstance(record.args, tuple) and len(record.args) == 2 and "Rejecting WebSocket" in record.msg:
            origin, host = record.args
            _log.error(ADVICE, origin, host, origin)
        return True


def explain_refusals() -> None:
    """Installs the explanation, once per process."""
    logger = logging.getLogger(_STREAMLIT_SOCKET)
    if not any(isinstance(known, RefusedOrigin) for known in logger.filters):
        logger.addFilter(RefusedOrigin())


class Departures:
    """Keeps a browser that has gone from being logged as a fault of the app.

    Where one goes while something is sent to it, Streamlit (1.67) asks the socket for the next message and
    then closes it once more; both fail, and the second failure ends in the log with its whole trace.

    Args:
        app: what is behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        is_over = False

        async def hear() -> Message:
            nonlocal is_over
            message = await receive()
            is_over = is_over or message["type"] == "websocket.disconnect"
            return message

        async def say(message: Message) -> None:
            nonlocal is_over
            try:
                await send(message)
            except OSError:
                is_over = True
                raise
            is_over = is_over or message["type"] == "websocket.close"

        try:
            await self._app(scope, hear, say)
        except (WebSocketDisconnect, WebSocketDisconnected):
            if not is_over:
                raise


def middleware() -> list[Middleware]:
    """What stands before all routes."""
    return [Middleware(Departures), *limits.middleware()]


def look_at_configuration_seldom() -> None:
    """Streamlit looks five times a second whether a configuration file changed, with no setting for it.

    That alone is a fifth of what the server takes while nobody is there.
    """
    polling_path_watcher._POLLING_PERIOD_SECS = CONFIGURATION_LOOK_S  # type: ignore[misc]


async def tick_seldom(server: uvicorn.Server) -> None:
    """What uvicorn's ``main_loop`` does, once a second instead of ten times."""
    tenths = 0
    while not await server.on_tick(tenths):
        # It keeps the time of its answers up to date at every tenth.
        tenths += 10
        await asyncio.sleep(TICK_S)


def wake_seldom() -> None:
    """Uvicorn (0.54) wakes up ten times a second, with no setting for it.

    That is most of what the server takes while nobody is there.
    """
    uvicorn.Server.main_loop = tick_seldom  # type: ignore[assignment, method-assign]


class KeptForAWhile(MediaFileMetadata):
    """What Streamlit knows of a file that it serves; a download is kept for ``DOWNLOAD_KEPT_S``.

    Streamlit (1.67) makes a file when its button is clicked, and drops it at the end of the second script run
    from then on, of whichever visitor. On a busy server that comes before the browser has asked for the file.
    """

    _marked_at_s: float | None = None

    @property
    def is_marked_for_delete(self) -> bool:
        """Whether it may go now."""
        return self._marked_at_s is not None and time.monotonic() - self._marked_at_s >= DOWNLOAD_KEPT_S

    def mark_for_delete(self) -> None:
        """Streamlit calls it when no page shows the file, and again after each run."""
        if self._marked_at_s is None:
            self._marked_at_s = time.monotonic()


def keep_downloads() -> None:
    """Has Streamlit keep downloads as ``KeptForAWhile`` says."""
    media_file_manager.MediaFileMetadata = KeptForAWhile  # type: ignore[misc]
