"""What is typed into the form is kept for its editor at once: no reload and no new session loses it."""

from __future__ import annotations

import logging
from dataclasses import replace

import streamlit as st

from content.actions import Upload
from content.bootstrap import Content
from content.catalog.unsaved import Unsaved
from content.errors import ContentError
from content.types import Asset, CatalogItem
from ui.catalog.form.fields import ChosenAsset
from ui.catalog.problems import error_html, problem_words
from ui.catalog.state import EditorState, OpenForm
from ui.catalog.unsaved import kept_when, throw_away
from ui.look.html import render

_log = logging.getLogger(__name__)


def keep(
    content: Content,
    editor: EditorState,
    form: OpenForm,
    item: CatalogItem,
    chosen: ChosenAsset,
    changed: bool,
) -> None:
    """Keep what the form holds, where it is not what was kept last; and forget it where nothing is changed.

    Args:
        content: where it is kept.
        editor: whose it is.
        form: is told when it was kept, or why it could not be.
        item: as typed, whether it keeps the rules or not.
        chosen: its file, which is stored with it.
        changed: something was typed that is not saved.
    """
    try:
        if not changed:
            if form.kept is not None:
                content.store.forget_unsaved(form.place, editor.author)
            form.kept = None
        else:
            typed = replace(item, asset=_stored(form, chosen))
            if form.kept is None or form.kept.item != typed:
                draft_saved_at_utc = form.draft.saved_at_utc if form.draft else None
                form.kept = content.store.keep_unsaved(form.place, editor.author, typed, draft_saved_at_utc)
        form.not_kept = ""
    except ContentError as error:
        _log.error("What an editor typed cannot be kept: %s", error)
        form.not_kept = problem_words(error)


def _stored(form: OpenForm, chosen: ChosenAsset) -> Asset | None:
    """The file as it can be shown again: an upload is stored once."""
    upload = chosen.upload
    if upload is None:
        return chosen.asset
    if form.stored is None or not _same_file(form.stored[0], upload):
        form.stored = upload, upload.assets.add(upload.content, upload.name)
    return form.stored[1]


def stored_already(form: OpenForm, upload: Upload | None) -> Asset | None:
    """The stored file of an upload; None where it is not stored yet, or there is no upload."""
    return form.stored[1] if upload and form.stored and _same_file(form.stored[0], upload) else None


def _same_file(one: Upload, other: Upload) -> bool:
    return (one.name, one.content) == (other.name, other.content)


def is_kept(form: OpenForm) -> bool:
    """Whether the form may be left without a question: all that was typed is kept."""
    return form.kept is not None and not form.not_kept and not form.unfinished


def show_kept(content: Content, editor: EditorState, form: OpenForm) -> None:
    """Since when all is kept, or why it is not; and the way back to what is saved."""
    if form.not_kept:
        words = f"What you typed cannot be kept now, so do not close this page. {form.not_kept}"
        st.html(error_html(words, "not-kept"), width="stretch")
    elif form.kept is not None:
        st.html(render("catalog/kept.html", when=kept_when(form.kept)), width="content")
        if st.button("Throw it away", icon=":material/undo:", type="tertiary", key=form.key("throw-away")):
            throw_away(content, editor, form.kept)


def go_on_with(form: OpenForm, kept: Unsaved, began_with: CatalogItem | None) -> None:
    """Let the form begin with what was kept.

    Args:
        form: that begins.
        kept: what was typed.
        began_with: the item that the edits began from; None for a new one.
    """
    form.seed, form.kept = kept.item, kept
    if began_with is not None:
        form.base = began_with
    if form.draft is not None and form.draft.saved_at_utc != kept.draft_saved_at_utc:
        # Somebody saved a draft meanwhile: what is theirs and what is mine is asked field by field.
        form.theirs, form.conflict, form.draft = form.draft, form.draft.item, None
