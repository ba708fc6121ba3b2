"""Whether the viewer for whom something runs beside the page is still there."""

from __future__ import annotations

import time
from collections.abc import Callable

from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

GONE_AFTER_S = 30.0


class Presence:
    """Whether a viewer's session is still there; a broken connection may come back.

    Args:
        session_id: Streamlit's; None where there is no server.
        clock: monotonic seconds.
        gone_after_s: for so long a connection may be away.
    """

    def __init__(
        self,
        session_id: str | None,
        clock: Callable[[], float] = time.monotonic,
        gone_after_s: float = GONE_AFTER_S,
    ) -> None:
        self._session_id = session_id
        self._clock = clock
        self._gone_after_s = gone_after_s
        self._seen_at_s = clock()

    def __call__(self) -> bool:
        """False once the session has been gone for ``gone_after_s``."""
        now_s = self._clock()
        if self._session_id is None or not exists() or get_instance().is_active_session(self._session_id):
            self._seen_at_s = now_s
        return now_s - self._seen_at_s < self._gone_after_s


def presence(gone_after_s: float = GONE_AFTER_S) -> Presence:
    """Of the viewer whose page is being made."""
    context = get_script_run_ctx()
    session_id = context.session_id if context is not None else None
    return Presence(session_id, gone_after_s=gone_after_s)
