"""What the server process does beside the pages: it explains refused connections in the log."""

from __future__ import annotations

import logging
from typing import Final

_log = logging.getLogger(__name__)

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
