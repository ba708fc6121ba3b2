"""The page's address names the item in the form, so that reload, Back, Forward and links find it."""

from __future__ import annotations

import logging
from typing import Final

import streamlit as st

from content.bootstrap import Content
from content.errors import ContentError
from ui.catalog.state import EditorState
from ui.catalog.unsaved import open_kept

ITEM: Final = "item"
NOT_THERE: Final = "The item of this address is not in the catalog any more."

_log = logging.getLogger(__name__)


def follow_address(content: Content, editor: EditorState) -> None:
    """Bring the form and the address together: whichever of the two was changed since the last run wins."""
    asked = st.query_params.get(ITEM, "")
    if asked != _here(editor):
        # Without a last run of this page somebody has just come here: an address that names an item wins.
        changed = bool(asked) if editor.address is None else asked != editor.address
        if changed:
            _open(content, editor, asked)
        if here := _here(editor):
            st.query_params[ITEM] = here
        else:
            st.query_params.pop(ITEM, None)
    editor.address = _here(editor)


def _here(editor: EditorState) -> str:
    return editor.form.place if editor.form is not None else ""


def _open(content: Content, editor: EditorState, place: str) -> None:
    """Show what an address asks for."""
    form = editor.form
    if form is not None and form.at_risk:
        form.leaving = form.leaving or "Back"
        return
    editor.close_form()
    if not place:
        return
    catalog = content.catalog()
    item = catalog.get(place)
    if item is not None:
        editor.open_form(item, item)
        return
    try:
        kept = content.store.unsaved(editor.author).get(place)
    except ContentError as error:
        _log.error("What is not saved cannot be read: %s", error)
        return
    if kept is None:
        editor.notice = NOT_THERE
    else:
        open_kept(editor, kept, catalog)
