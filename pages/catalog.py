"""The catalog page: what viewers are shown, its history, and the whole of it as a file."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from content.bootstrap import EMPTY_CATALOG
from ui.access.signin import ask_editor
from ui.app.navigation import through_the_entry
from ui.app.services import catalog_service
from ui.catalog.form.form import show_form
from ui.catalog.grid import keep_typed, show_grid
from ui.catalog.history import show_history
from ui.catalog.page import (
    catalog_view,
    editor_state,
    show_cards,
    show_coverage,
    show_notice,
    show_question,
    show_sections,
    show_toolbar,
)
from ui.catalog.standing import stand
from ui.catalog.state import GRID, HISTORY, TRANSFER
from ui.catalog.transfer import show_transfer
from ui.look.cards import heading

through_the_entry()
heading("Catalog", "The ads, media and themes that viewers are shown, and for which expressions.")

who = ask_editor()
content = catalog_service() if who is not None else None
if who is not None and content is not None:
    view, editor, now_utc = catalog_view(content.catalog()), editor_state(), datetime.now(UTC)
    editor.author = who.name
    keep_typed(editor)
    # An empty catalog is said where its items would stand.
    if content.problem and content.problem != EMPTY_CATALOG:
        st.warning(content.problem, icon=":material/database_off:")
    if content.assets.problem:
        st.warning(content.assets.problem, icon=":material/cloud_off:")
    show_notice(content, editor)
    show_question(content, editor)
    if editor.form is not None:
        show_form(content, editor, editor.form)
    else:
        section = show_sections(editor)
        if section == HISTORY:
            show_history(content, editor, view, now_utc)
        elif section == TRANSFER:
            show_transfer(content, editor, view.catalog, now_utc)
        else:
            stood = stand(view.catalog, now_utc)
            if view.catalog.items:
                show_coverage(view, stood, now_utc)
            if show_toolbar(editor, stood) == GRID:
                show_grid(content, editor, view)
            else:
                show_cards(content, editor, view, stood, now_utc)
