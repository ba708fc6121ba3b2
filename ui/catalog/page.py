"""The catalog page as an editor sees it: what just happened, the form, or one of three sections."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from content.bootstrap import EMPTY_CATALOG, Content
from ui.app.setup import IN_THE_LOG
from ui.catalog.address import follow_address
from ui.catalog.change import show_question
from ui.catalog.export import show_export
from ui.catalog.focus import go_to
from ui.catalog.form.form import show_form
from ui.catalog.grid import keep_typed, show_grid
from ui.catalog.history import show_history
from ui.catalog.leaving import guard_leaving
from ui.catalog.list import catalog_view, show_add, show_cards, show_coverage, show_toolbar
from ui.catalog.outcome import show_outcome
from ui.catalog.problems import problem_words
from ui.catalog.standing import stand
from ui.catalog.state import GRID, HISTORY, ITEMS, TRANSFER, EditorState, editor_state
from ui.catalog.transfer import show_import
from ui.catalog.unsaved import show_thrown, show_unsaved
from ui.look.words import escape_markdown, listed

OLD_CATALOG = "You see the catalog as it was last read, and nothing can be saved now."
NO_CATALOG = "The catalog cannot be read, and nothing can be saved now."
LEFT_OUT = "Some items cannot be read from the database, and viewers do not see them:"
NO_STARTER = f"The starter catalog could not be loaded. {IN_THE_LOG}"
FILES_AWAY = (
    "The place where pictures and clips are kept does not answer. What was shown before stays; new files "
    f"cannot be saved. {IN_THE_LOG}"
)


def _show_problems(content: Content) -> None:
    """What keeps the catalog from being shown whole or changed, and what to do about it."""
    if words := _problem_words(content):
        st.warning(words, icon=":material/database_off:")
    if content.assets.problem:
        st.warning(FILES_AWAY, icon=":material/cloud_off:")


def _problem_words(content: Content) -> str:
    if content.failure is not None:
        what = OLD_CATALOG if content.catalog().items else NO_CATALOG
        return f"{what} {escape_markdown(problem_words(content.failure))}"
    if left_out := content.store.left_out:
        named = escape_markdown(listed([f"“{item_id}”" for item_id in left_out[:3]]))
        more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        return f"{LEFT_OUT} {named}{more}. {IN_THE_LOG}"
    # An empty catalog is said where its items would stand.
    return NO_STARTER if content.problem not in (None, EMPTY_CATALOG) else ""


def show_catalog(content: Content, author: str, at_utc: datetime) -> None:
    """The whole page.

    Args:
        content: the catalog and its files.
        author: who edits, for the history.
        at_utc: now.
    """
    catalog, editor = content.catalog(), editor_state()
    editor.author = author
    editor.shown = True
    keep_typed(editor)
    follow_address(content, editor)
    _show_problems(content)
    show_outcome(content, editor)
    show_thrown(content, editor)
    show_question(content, editor)
    if editor.form is not None:
        show_form(content, editor, editor.form, catalog_view(catalog).index.tags)
        return
    guard_leaving(st.empty(), unsaved=bool(editor.typed))
    section = _show_sections(editor)
    if section == HISTORY:
        show_history(content, editor, catalog, at_utc)
    elif section == TRANSFER:
        show_export(content, catalog, at_utc)
        show_import(content, editor, catalog)
    else:
        show_unsaved(content, editor, catalog)
        view, stood = catalog_view(catalog), stand(catalog, at_utc)
        as_table = show_toolbar(editor, view, stood) == GRID
        if catalog.items:
            show_coverage(view, stood, at_utc)
        if as_table:
            show_grid(content, editor, view)
        else:
            show_cards(content, editor, view, stood, at_utc)
        number, left = editor.returned
        if number:
            card = [f".st-key-edit-{left} button"] if left else []
            go_to(*card, ".st-key-add-item button", serial=f"list {number}", scroll="center")


def _show_sections(editor: EditorState) -> str:
    """Items, history, or import and export. Returns which."""
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="catalog-sections",
    ):
        picked = st.segmented_control(
            "Section",
            (ITEMS, HISTORY, TRANSFER),
            default=editor.section,
            label_visibility="collapsed",
            key=f"catalog-section-{editor.sections_opened}",
        )
        editor.section = picked or editor.section
        if editor.section == ITEMS:
            show_add(editor)
        else:
            editor.returned = 0, ""
    return editor.section
