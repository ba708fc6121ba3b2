"""What this editor typed and has not saved: named above the list, gone on with, thrown away, brought back."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from content.bootstrap import Content
from content.catalog.unsaved import Unsaved
from content.errors import ContentError
from content.types import Catalog, CatalogItem
from ui.catalog.outcome import say_failed
from ui.catalog.state import EditorState, OpenForm
from ui.look.html import render
from ui.look.words import counted

NOT_THROWN_AWAY = "Nothing was thrown away."
NOT_BROUGHT_BACK = "It could not be brought back."

_log = logging.getLogger(__name__)


def kept_when(kept: Unsaved) -> str:
    """``at 17:32``, with the day where that is not today; by the browser's clock."""
    zone = browser_zone()
    local, today = kept.kept_at_utc.astimezone(zone), datetime.now(zone).date()
    day = "" if local.date() == today else f"on {local.day} {local:%B %Y} "
    return f"{day}at {local.hour}:{local.minute:02d}"


def browser_zone() -> ZoneInfo:
    """The time zone of the browser; UTC where it names none that is known."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _title(kept: Unsaved, catalog: Catalog) -> str:
    """Its title, the one that viewers' item has, or what stands for it while there is none."""
    item = catalog.get(kept.place)
    title = kept.item.title or (item.title if item else "")
    return f"“{title}”" if title else "an item without a title"


def open_kept(editor: EditorState, kept: Unsaved, catalog: Catalog) -> OpenForm:
    """Go on with what was typed, in the form."""
    item = catalog.get(kept.place)
    if item is not None:
        return editor.open_form(item, item)
    blank = CatalogItem("new", kept.item.kind, "", schedule=kept.item.schedule)
    form = editor.open_form(None, kept.item)
    form.blank, form.kept = blank, kept
    if OpenForm.is_name(kept.place):
        form.name = kept.place
    else:
        # Somebody deleted the item meanwhile: saved again it goes on under its id.
        form.revives = kept.place
    return form


def show_unsaved(content: Content, editor: EditorState, catalog: Catalog) -> None:
    """The items that wait half done, above the list."""
    try:
        waiting = tuple(content.store.unsaved(editor.author).values())
    except ContentError as error:
        _log.error("What is not saved cannot be read: %s", error)
        return
    for kept in waiting[:1]:
        _show_one(content, editor, catalog, kept)
    if len(waiting) > 1:
        with st.expander(f"{counted(len(waiting) - 1, 'more item')} not saved yet", key="more-unsaved"):
            for kept in waiting[1:]:
                _show_one(content, editor, catalog, kept)


def _show_one(content: Content, editor: EditorState, catalog: Catalog, kept: Unsaved) -> None:
    name = kept.place.replace(".", "-")
    with st.container(horizontal=True, vertical_alignment="center", key=f"panel-unsaved-{name}"):
        gone = not OpenForm.is_name(kept.place) and catalog.get(kept.place) is None
        words = {"title": _title(kept, catalog), "when": kept_when(kept), "gone": gone}
        st.html(render("catalog/unsaved.html", **words), width="stretch")
        if st.button("Go on", icon=":material/edit:", key=f"go-on-{name}"):
            open_kept(editor, kept, catalog)
            st.rerun()
        if st.button("Throw away", icon=":material/delete:", key=f"throw-{name}"):
            throw_away(content, editor, kept)


def throw_away(content: Content, editor: EditorState, kept: Unsaved) -> None:
    """Forget what was typed; it can be brought back."""
    try:
        content.store.forget_unsaved(kept.place, editor.author)
    except ContentError as error:
        say_failed(NOT_THROWN_AWAY, error)
        return
    editor.thrown = kept
    if editor.form is not None and editor.form.place == kept.place:
        item = content.catalog().get(kept.place)
        editor.form = editor.open_form(item, item) if item is not None else None
    st.rerun()


def show_thrown(content: Content, editor: EditorState) -> None:
    """What was just thrown away, and the way back."""
    thrown = editor.thrown
    if thrown is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="panel-thrown"):
        words = f"Threw away what you typed for {_title(thrown, content.catalog())}."
        st.html(render("catalog/done.html", words=words), width="stretch")
        if st.button("Undo", icon=":material/undo:", key="undo-throw"):
            try:
                content.store.keep_unsaved(
                    thrown.place, editor.author, thrown.item, thrown.draft_saved_at_utc
                )
            except ContentError as error:
                say_failed(NOT_BROUGHT_BACK, error)
                return
            editor.thrown = None
            open_kept(editor, thrown, content.catalog())
            st.rerun()
        if st.button("Dismiss", key="dismiss-thrown"):
            editor.thrown = None
            st.rerun()
