"""The whole catalog taken away as a file."""

from __future__ import annotations

import io
import logging
from datetime import datetime

import streamlit as st

from content.bootstrap import Content
from content.media.assets import AssetStore
from content.transfer.exchange import export_csv, export_zip, files_of
from content.types import Catalog
from ui.look.html import render
from ui.look.words import counted

LISTED = 50

_log = logging.getLogger(__name__)


def show_export(content: Content, catalog: Catalog, at_utc: datetime) -> None:
    """The downloads, and which files the zip will lack."""
    with st.container(key="panel-export"):
        st.html(
            '<p class="at-eyebrow">Take the catalog away</p><p class="at-text">The zip holds every item with '
            "its pictures, videos and sounds. You can bring it back here or into another installation. The "
            "table holds every field of every item, for a spreadsheet.</p>"
        )
        if missing := missing_files(content.assets, catalog):
            heading = (
                f"The zip will lack {counted(len(missing), 'file')} that items show. They are not there:"
            )
            lines = [f"{location}, of {titles}" for location, titles in missing]
            st.html(
                render(
                    "catalog/listed.html", heading=heading, lines=lines, most=LISTED, testid="missing-files"
                )
            )
        day = f"{at_utc:%Y-%m-%d}"
        with st.container(horizontal=True):
            st.download_button(
                "Download everything (zip)",
                data=lambda: zip_bytes(content, catalog),
                file_name=f"catalog-{day}.zip",
                mime="application/zip",
                icon=":material/folder_zip:",
                type="primary",
                on_click="ignore",
                key="export-zip",
            )
            st.download_button(
                "Download the table (CSV)",
                data=lambda: export_csv(catalog),
                file_name=f"catalog-{day}.csv",
                mime="text/csv",
                icon=":material/table:",
                on_click="ignore",
                key="export-csv",
            )


def missing_files(assets: AssetStore, catalog: Catalog) -> tuple[tuple[str, str], ...]:
    """Files that items show and that are not there, each with the items' titles.

    None for a store on another machine, which nobody's page waits for; the log tells of them when the zip is
    made.
    """
    if assets.is_remote:
        return ()
    shown: dict[str, list[str]] = {}
    for item in catalog.items:
        for location in files_of(item):
            shown.setdefault(location, []).append(f"“{item.title}”")
    return tuple((at, ", ".join(by)) for at, by in sorted(shown.items()) if assets.path(at) is None)


def zip_bytes(content: Content, catalog: Catalog) -> bytes:
    """The catalog as a zip; files that are missing are logged and left out."""
    target = io.BytesIO()
    missing = export_zip(catalog, content.assets, target)
    if missing:
        _log.warning("The export is without %d files that are not there: %s", len(missing), missing[:5])
    return target.getvalue()
