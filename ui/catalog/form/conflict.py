"""Somebody else saved the item while it was in the form: what to keep of both, field by field."""

from __future__ import annotations

import streamlit as st

from content.types import CatalogItem
from ui.catalog.form.fields import ChosenAsset
from ui.catalog.merge import choose, clashes, merged
from ui.catalog.state import EditorState, OpenForm
from ui.look.words import escape_markdown


def show_conflict(editor: EditorState, form: OpenForm, mine: CatalogItem, chosen: ChosenAsset) -> None:
    """Each field that differs with both values; the form goes on with what is chosen.

    Args:
        editor: whose form it is.
        form: with the conflict.
        mine: what was typed here.
        chosen: the file that ``mine`` shows, which may not be stored yet.
    """
    theirs = form.conflict
    before = form.draft.item if form.theirs and form.draft else form.base
    if theirs is None or before is None:
        return
    with st.container(key="panel-conflict"):
        whose = "a draft of this item" if form.theirs else "this item"
        who = f" ({escape_markdown(form.theirs.author)})" if form.theirs and form.theirs.author else ""
        st.warning(
            f"**Someone else{who} saved {whose} while you were typing.** Nothing of yours is lost: choose "
            "what to keep, field by field."
        )
        taken = choose(clashes(before, theirs, mine), form.key)
        if st.button("Go on with these", type="primary", icon=":material/merge:", key=form.key("merge")):
            _go_on(editor, form, merged(theirs, mine, taken), chosen)


def _go_on(editor: EditorState, form: OpenForm, item: CatalogItem, chosen: ChosenAsset) -> None:
    base = form.base if form.theirs else form.conflict
    draft = form.theirs or form.draft
    opened = editor.open_form(base, item)
    opened.begun, opened.draft = True, draft
    if item.asset is not None and item.asset == chosen.asset:
        opened.upload = chosen.upload
    editor.notice = "Both are merged. Nothing is saved yet: look it over, then publish or save it."
    st.rerun()
