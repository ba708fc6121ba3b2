"""What the whole process shares: the catalog. Everything per viewer is in ``ui.app.state``.

Streamlit keeps the objects (``st.cache_resource``) but no failures, so a repaired catalog works at the next
rerun without a restart.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from content.bootstrap import Content, open_content
from content.errors import ContentError
from ui.app.setup import IN_THE_LOG, is_set_up

_log = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False, on_release=Content.close)
def _content() -> Content:
    content = open_content()
    # Records that wait on disk go into the database now, not when the first visitor comes.
    if content.recorder is None:
        _log.error("Nothing is recorded for now: %s", content.recording_problem)
    return content


@asynccontextmanager
async def opened(_app: object) -> AsyncIterator[None]:
    """The catalog is opened while the server starts, and closed when it is told to end: its lifespan.

    What waits on this process's disk goes into the database at both moments, and not when the next visitor
    comes: a replica that was away may have none for a long time.
    """
    if is_set_up():
        threading.Thread(target=opened_catalog, name="attune-open", daemon=True).start()
    yield
    await asyncio.to_thread(_content.clear)


def opened_catalog() -> Content | None:
    """The catalog's store, files and picker; None where it cannot be opened, and the log says why."""
    try:
        return _content()
    except ContentError as error:
        _log.error("The catalog cannot be opened: %s", error)
        return None


def catalog_service() -> Content | None:
    """The same for a page; None after saying on it why there is none.

    For a database that opens but is broken, see ``Content.problem``: editors read it, visitors do not.
    """
    content = opened_catalog()
    if content is None:
        st.error(f"**Nothing from the catalog can be shown**, because it cannot be opened. {IN_THE_LOG}")
    return content
