"""What became of what an editor did: said in words, with the way back; or why nothing was changed."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import streamlit as st

from content import actions
from content.actions import Refusal
from content.bootstrap import Content
from content.errors import ContentError
from content.types import CatalogItem
from ui.access.signin import editor as signed_in_editor
from ui.catalog.problems import field_words, problem_words
from ui.catalog.state import EditorState, Offer
from ui.catalog.words import field_name
from ui.look.html import Markup, render
from ui.look.words import counted, escape_markdown

NOT_TAKEN_BACK = "Nothing was taken back."
TAKEN_BACK = "Taken back: everything is as it was before."
LEFT_ALONE = "These were left as they are, because something is missing:"
_LISTED = 20

_log = logging.getLogger(__name__)


def named(items: Sequence[CatalogItem]) -> str:
    """One item by its title, several by their number."""
    return f"“{items[0].title}”" if len(items) == 1 else counted(len(items), "item")


def say_failed(what: str, error: ContentError) -> None:
    """Say on the page that something was not done, why, and what to do next.

    Args:
        what: what was not done, and what is kept, in a sentence.
        error: goes into the log as it is.
    """
    _log.error("%s %s", what, error)
    st.error(f"{what} {escape_markdown(problem_words(error))}")


def ask_again() -> None:
    """Go back to the page's door when this viewer may not edit any more.

    A click in a dialog runs the dialog alone, and not the page that asked who edits.
    """
    if signed_in_editor() is None:
        st.rerun()


def show_outcome(content: Content, editor: EditorState) -> None:
    """What was just done, what of it was refused, and the way back."""
    if editor.notice:
        st.toast(escape_markdown(editor.notice))
        editor.notice = ""
    if editor.refused:
        with st.container(horizontal=True, vertical_alignment="center", key="refused"):
            st.html(refused_html(editor.refused))
            if st.button("Dismiss", key="dismiss-refused"):
                editor.refused = ()
                st.rerun()
    if editor.offer is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="panel-undo"):
        st.html(render("catalog/done.html", words=editor.offer.words), width="stretch")
        if st.button("Undo", icon=":material/undo:", key="undo"):
            _take_back(content, editor, editor.offer)
        if st.button("Dismiss", key="dismiss-undo"):
            editor.offer = None
            st.rerun()


def refused_html(refused: Sequence[Refusal]) -> Markup:
    """The items that a change to many left alone, each with what it needs."""
    lines = [f"“{r.item.title}”, {field_name(e.field)}. {field_words(e)}" for r in refused for e in r.errors]
    return render("catalog/listed.html", heading=LEFT_ALONE, lines=lines, most=_LISTED, testid="refused")


def _take_back(content: Content, editor: EditorState, offer: Offer) -> None:
    try:
        done = actions.undo(content.store, offer.undo, author=editor.author)
    except ContentError as error:
        say_failed(NOT_TAKEN_BACK, error)
        return
    editor.has_done("", done)
    editor.offer, editor.notice = None, TAKEN_BACK
    st.rerun()
