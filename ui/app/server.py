"""What the server process does beside the pages: it explains refused connections, and idles well."""

from __future__ import annotations

import logging
from typing import Final

from streamlit.watcher import polling_path_watcher

_log = logging.getLogger(__name__)

CONFIGURATION_LOOK_S: Final = 1.0
"""A server that ends waits for the last look."""

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


def look_at_configuration_seldom() -> None:
    """Streamlit looks five times a second whether a configuration file changed, with no setting for it.

    That alone is a fifth of what the server takes while nobody is there.
    """
    polling_path_watcher._POLLING_PERIOD_SECS = CONFIGURATION_LOOK_S  # type: ignore[misc]
