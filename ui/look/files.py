"""Addresses at which the browser gets items' files from Streamlit's media server."""

from __future__ import annotations

import logging
import mimetypes
from pathlib import Path

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.media_file_storage import MediaFileStorageError

from content.catalog.editing import is_https
from content.media.assets import AssetStore

_log = logging.getLogger(__name__)

MediaUrls = dict[str, tuple[str, str]]
"""Place of the page → location and address of the file there."""


def base_path() -> str:
    """The path under which the app is served (``server.baseUrlPath``): empty, or ``/attune``."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def serve(content: bytes | str, mime_type: str, place: str) -> str:
    """Hands bytes or a file's path to Streamlit's media server and returns the address for the browser.

    Args:
        content: the file.
        mime_type: as sniffed from it.
        place: names the spot of the page; the file is let go when another one takes the spot.

    Raises:
        MediaFileStorageError: the file cannot be read.
    """
    return base_path() + get_instance().media_file_mgr.add(content, mime_type, f"attune.{place}")


def media_url(path: Path, mime_type: str, place: str) -> str:
    """Hands a file to Streamlit's media server and returns its address, the same one each time.

    Args:
        path: the file.
        mime_type: as sniffed from its content; empty to tell it by the file's name.
        place: names the spot of the page; the file is let go when another one takes the spot.

    Raises:
        MediaFileStorageError: the file cannot be read.
    """
    kind = mime_type or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return serve(str(path), kind, place)


def file_url(
    location: str, mime_type: str, assets: AssetStore, place: str, urls: MediaUrls | None = None
) -> str | None:
    """The address of a stored file or of an https link; None while there is no file to show.

    Args:
        location: of the file.
        mime_type: see ``media_url``.
        assets: where stored files lie.
        place: the spot of the page, see ``media_url``.
        urls: what each place shows in this script run; brought up to date. A file of a remote store that
            has not arrived yet is not waited for then, as the next tick asks again.
    """
    # Only the file that fills a place now is kept by Streamlit, so only its address can be used again.
    if urls is not None and urls.get(place, ("", ""))[0] == location:
        return urls[place][1]
    path = assets.path(location) if urls is None else assets.path(location, wait_s=0.0)
    if path is None:
        return location if is_https(location) else None
    try:
        url = media_url(path, mime_type, place)
    except MediaFileStorageError as error:
        _log.error("The file %s cannot be read: %s", path, error)
        return None
    if urls is not None:
        urls[place] = (location, url)
    return url
