"""Publishing an item, keeping it as a draft, putting it away; on any refusal the form stays as it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import streamlit as st

from content import actions
from content.actions import Done, Edit
from content.bootstrap import Content
from content.catalog.editing import parse_item
from content.catalog.store import CatalogStore
from content.errors import (
    ConflictError,
    ContentError,
    DraftConflictError,
    ItemExistsError,
    ItemInvalidError,
    ItemNotFoundError,
)
from content.types import CatalogItem, Status
from ui.catalog.form.fields import ChosenAsset, errors_by_place
from ui.catalog.form.kept import go_on_with, stored_already
from ui.catalog.outcome import say_failed
from ui.catalog.problems import problem_words
from ui.catalog.standing import shown_words
from ui.catalog.state import EditorState, OpenForm

NOT_SAVED = "Nothing was saved; what you typed is still here."
NOT_DISCARDED = "Nothing was discarded."
DELETED_MEANWHILE = (
    "Nothing was saved, because someone else has deleted this item meanwhile. What you typed is still here: "
    "press the button once more to add the item again."
)
ADDED_MEANWHILE = (
    "Nothing was saved, because someone else has added this item again meanwhile. What you typed is still "
    "here: press the button once more to add it as an item of its own."
)

_log = logging.getLogger(__name__)


class Intent(StrEnum):
    """What becomes of the item when it is saved."""

    PUBLISH = "publish"
    DRAFT = "draft"
    ARCHIVE = "archive"


_ACTIONS: Final[Mapping[Intent, Callable[[CatalogStore, Edit], Done]]] = {
    Intent.PUBLISH: actions.publish,
    Intent.DRAFT: actions.keep_as_draft,
    Intent.ARCHIVE: actions.archive,
}
_STATUS: Final = {
    Intent.PUBLISH: Status.PUBLISHED,
    Intent.DRAFT: Status.DRAFT,
    Intent.ARCHIVE: Status.ARCHIVED,
}


def save(
    content: Content,
    editor: EditorState,
    form: OpenForm,
    data: Mapping[str, Any],
    chosen: ChosenAsset,
    intent: Intent,
) -> None:
    """Check what was typed and do what is meant.

    Args:
        content: the catalog.
        editor: whose form it is; the list comes back after a success, with the way back.
        form: gets the errors and the conflict of a refusal.
        data: the form's fields, as ``content.catalog.editing`` takes them.
        chosen: the file.
        intent: published, a draft that viewers do not see, or archived.
    """
    item = _checked(form, data, chosen, _STATUS[intent])
    if item is None:
        st.rerun()
    stored = stored_already(form, chosen.upload)
    edit = Edit(
        item if stored is None else replace(item, asset=stored),
        editor.author,
        new=form.base is None and not form.revives,
        revived=bool(form.revives),
        draft=form.draft,
        upload=chosen.upload if stored is None else None,
        unsaved=form.place,
    )
    try:
        done = _ACTIONS[intent](content.store, edit)
    except ContentError as error:
        _refused(content, form, error)
        return
    editor.close_form(done.items[0].item_id if done.items else "")
    shown = shown_words(done.items, content.catalog(), datetime.now(UTC)) if done.items else ""
    editor.has_done(_words(item, intent, shown, apart=not done.items), done)
    st.rerun()


def _checked(
    form: OpenForm, data: Mapping[str, Any], chosen: ChosenAsset, status: Status
) -> CatalogItem | None:
    """The item as typed; None, with the errors in the form, where a field needs a change."""
    fields = dict(data) | {"status": status}
    form.errors = {"asset": []} if chosen.problem else {}  # the words stand at the field already
    form.errors |= {place: [] for place in form.unfinished}  # so do these
    if form.revives:
        fields["item_id"] = form.revives
    try:
        item = parse_item(fields, form.base.version if form.base else 1)
    except ItemInvalidError as error:
        form.errors |= errors_by_place(error.errors)
    return None if form.errors else item


def _words(item: CatalogItem, intent: Intent, shown: str, *, apart: bool) -> str:
    """What was done; ``apart``: a draft beside a published item; ``shown``: what viewers see of it."""
    match intent:
        case Intent.PUBLISH:
            return f"Published “{item.title}”. {shown}"
        case Intent.ARCHIVE:
            return f"Archived “{item.title}”. Live pages no longer show it."
        case Intent.DRAFT if apart:
            return f"Kept “{item.title}” as a draft. Viewers go on seeing the published one."
        case Intent.DRAFT:
            return f"Kept “{item.title}” as a draft. Viewers do not see it."


def discard_draft(content: Content, editor: EditorState, form: OpenForm) -> None:
    """Throw the working draft away and show the item as viewers see it."""
    if form.draft is None:
        return
    try:
        done = actions.discard_draft(content.store, form.draft)
        content.store.forget_unsaved(form.place, editor.author)
        current = content.store.load().get(form.draft.item.item_id)
    except ContentError as error:
        say_failed(NOT_DISCARDED, error)
        return
    editor.has_done(f"Discarded the draft of “{form.draft.item.title}”.", done)
    if current is not None:
        editor.open_form(current, current)
    else:
        editor.close_form()
    st.rerun()


def begin(content: Content, editor: EditorState, form: OpenForm) -> None:
    """Go on with what was typed and not saved, or with the working draft of an item; called once a form."""
    form.begun = True
    if form.base is None:
        return
    current = form.base
    try:
        form.draft = content.store.drafts().get(current.item_id)
        if form.draft is not None:
            form.seed = form.draft.item
            form.base = _as_it_was(content, current, form.draft.base_version)
        kept = content.store.unsaved(editor.author).get(form.place)
        if kept is not None:
            go_on_with(form, kept, _as_it_was(content, current, kept.item.version))
    except ContentError as error:
        _log.error("The drafts cannot be read: %s", error)
        st.warning(f"The drafts cannot be read now; there may be one of this item. {problem_words(error)}")


def _as_it_was(content: Content, item: CatalogItem, version: int) -> CatalogItem:
    """The item that a draft began from, out of its history."""
    if version == item.version:
        return item
    for revision in content.store.history(item.item_id, limit=1000):
        if revision.version == version and revision.item is not None:
            return revision.item
    # Without it every difference counts as theirs and mine, and each is asked about.
    return replace(item, version=version)


def _refused(content: Content, form: OpenForm, error: ContentError) -> None:
    match error:
        case DraftConflictError() if form.base is not None:
            form.theirs = content.store.drafts().get(form.base.item_id)
            form.conflict = error.current
            st.rerun()
        case ConflictError():
            form.conflict = error.current
            st.rerun()
        case ItemNotFoundError():
            form.revives = error.item_id
            form.base = form.draft = None
            st.warning(DELETED_MEANWHILE)
        case ItemExistsError():
            form.revives = ""
            st.warning(ADDED_MEANWHILE)
        case _:
            say_failed(NOT_SAVED, error)
