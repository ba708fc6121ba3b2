"""Addresses at which browsers get files, and the route that gives them the catalog's.

What a viewer or an editor has just handed in lies in Streamlit's media server, which is in the memory of one
process and lets go of a file as soon as no page of it shows it. The catalog's files are another thing: every
process can read them, and a page that moves to another process, or is between two runs, still asks for those
that it shows. So they have a route of their own, with addresses that are the same everywhere and stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from streamlit.runtime import get_instance

from content.catalog.editing import is_https
from content.media.assets import AssetStore, mime_type_of
from ui.app.services import opened_catalog

PATH: Final = "attune/files"
ARRIVES_WITHIN_S: Final = 10.0
"""So long a browser waits for a file that this process has to fetch from a remote store first."""

_HEADERS: Final = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}


def base_path() -> str:
    """The path under which the app is served (``server.baseUrlPath``): empty, or ``/attune``."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def serve(content: bytes, mime_type: str, place: str) -> str:
    """Hands bytes to Streamlit's media server and returns the address for the browser of this session.

    Args:
        content: the file.
        mime_type: as sniffed from it.
        place: names the spot of the page; the file is let go when another one takes the spot.
    """
    return base_path() + get_instance().media_file_mgr.add(content, mime_type, f"attune.{place}")


def file_url(
    location: str, assets: AssetStore, pending: Mapping[str, str] | None = None, wait_s: float = 1.0
) -> str | None:
    """The address of a stored file or of an https link; None while there is no file to show.

    Args:
        location: of the file.
        assets: where stored files lie.
        pending: addresses of files that are not stored yet, by location.
        wait_s: how long to wait for a file of a remote store; it goes on coming in the background.
    """
    if pending and location in pending:
        return pending[location]
    if is_https(location):
        return location
    return f"{base_path()}/{PATH}/{location}" if assets.path(location, wait_s) is not None else None


def _assets() -> AssetStore | None:
    content = opened_catalog()
    return content.assets if content is not None else None


def route(assets: Callable[[], AssetStore | None] = _assets) -> Route:
    """Gives browsers the catalog's files, whole or in part, under the base path of this server.

    Args:
        assets: where they lie; None while nobody can say.
    """

    # Not async: it may wait for a disk or a store, so it runs in a thread.
    def answer(request: Request) -> FileResponse:
        location = f"{request.path_params['folder']}/{request.path_params['name']}"
        store, mime_type = assets(), mime_type_of(location)
        found: Path | None = store.path(location, ARRIVES_WITHIN_S) if store and mime_type else None
        if found is None:
            raise HTTPException(404)
        return FileResponse(found, media_type=mime_type, headers=_HEADERS)

    return Route(f"{base_path()}/{PATH}/{{folder}}/{{name}}", answer)
