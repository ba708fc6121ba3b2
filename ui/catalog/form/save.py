"""Publishing an item, keeping it as a draft, putting it away; on any refusal the form stays as it is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

import streamlit as st

from content.bootstrap import Content
from content.catalog.editing import new_item_id, parse_item
from content.catalog.history import Action, Draft
from content.errors import (
    ConflictError,
    ContentError,
    DraftConflictError,
    ItemExistsError,
    ItemInvalidError,
    ItemNotFoundError,
)
from content.transfer.exchange import take_back
from content.types import Asset, CatalogItem, Status
from ui.catalog.drafts import Undo, undo_of
from ui.catalog.form.fields import ChosenAsset, errors_by_place
from ui.catalog.state import EditorState, OpenForm

_log = logging.getLogger(__name__)


class Intent(StrEnum):
    """What becomes of the item when it is saved."""

    PUBLISH = "publish"
    DRAFT = "draft"
    ARCHIVE = "archive"


_STATUS = {
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
    """Check, keep the upload, write.

    Args:
        content: where to.
        editor: whose form it is; the list comes back after a success, with the way back.
        form: gets the errors and the conflict of a refusal.
        data: the form's fields, as ``content.catalog.editing`` takes them.
        chosen: the file.
        intent: published, a draft that viewers do not see, or archived.
    """
    fields = dict(data) | {"status": _STATUS[intent]}
    form.errors = {"asset": []} if chosen.problem else {}  # the words stand at the field already
    if form.base is None:
        taken = {item.item_id for item in content.catalog().items}
        fields["item_id"] = form.revives or new_item_id(data["title"], taken)
    version = form.base.version if form.base else 1
    try:
        item = parse_item(fields, version)
    except ItemInvalidError as error:
        form.errors |= errors_by_place(error.errors)
    if form.errors:
        st.rerun()
    stored: Asset | None = None
    try:
        if chosen.upload is not None:
            stored = content.assets.add(*chosen.upload)
            item = replace(item, asset=stored)
        done = _write(content, form, item, intent, editor.author)
    except ContentError as error:
        if stored is not None:
            take_back([stored], content.store, content.assets)
        _refused(content, form, error)
        return
    editor.form = None
    if isinstance(done, Undo):
        editor.undo = done
    else:
        editor.notice = done
    st.rerun()


def _write(content: Content, form: OpenForm, item: CatalogItem, intent: Intent, author: str) -> Undo | str:
    """Write the item; returns what was done in words, with the way back where the catalog was changed."""
    store, base = content.store, form.base
    if base is not None and intent is Intent.DRAFT and base.status is Status.PUBLISHED:
        store.save_draft(item, author, replacing=form.draft)
        return f"Kept “{item.title}” as a draft. Viewers go on seeing the published one."
    words = {
        Intent.PUBLISH: f"Published “{item.title}”. Live pages show it now.",
        Intent.DRAFT: f"Kept “{item.title}” as a draft. Viewers do not see it.",
        Intent.ARCHIVE: f"Archived “{item.title}”. Live pages no longer show it.",
    }[intent]
    if base is None:
        # One that is added again brings the draft with it that waited when somebody deleted it.
        action = Action.RESTORED if form.revives else None
        (done,) = store.save_many(created=[item], author=author, action=action)
        return Undo(words, deleted={done.item_id: done.version})
    done = store.save(item, item.version, author=author)
    dropped = _drop_draft(content, form)
    # Nothing differed: there is no way back from where one is.
    if done.version == base.version:
        return Undo(words, draft=dropped) if dropped else words
    return undo_of(words, [base], [done], dropped)


def _drop_draft(content: Content, form: OpenForm) -> Draft | None:
    """Throw the form's working draft away; returns it, or None where it stays or there was none."""
    if form.base is None or form.draft is None:
        return None
    try:
        content.store.discard_draft(form.base.item_id, expected=form.draft)
    except DraftConflictError:
        # Somebody saved a newer one; they will be shown what was published meanwhile.
        _log.info("The draft of %r is another by now and stays", form.base.item_id)
        return None
    return form.draft


def discard_draft(content: Content, editor: EditorState, form: OpenForm) -> None:
    """Throw the working draft away and show the item as viewers see it."""
    try:
        dropped = _drop_draft(content, form)
    except ContentError as error:
        st.error(f"The draft was not discarded. {error}")
        return
    current = content.store.load().get(form.base.item_id) if form.base else None
    if current is not None:
        editor.open_form(current, current)
    else:
        editor.form = None
    if dropped is not None:
        editor.undo = Undo(f"Discarded the draft of “{dropped.item.title}”.", draft=dropped)
    st.rerun()


def begin(content: Content, form: OpenForm) -> None:
    """Go on with the working draft of an item, where there is one; called once a form."""
    form.begun = True
    if form.base is None:
        return
    try:
        form.draft = content.store.drafts().get(form.base.item_id)
        if form.draft is None:
            return
        form.seed = form.draft.item
        if form.draft.base_version != form.base.version:
            form.base = _as_it_was(content, form.base, form.draft.base_version)
    except ContentError as error:
        _log.error("The drafts cannot be read: %s", error)
        st.warning(f"Whether there is a draft of this item cannot be told. {error}")


def _as_it_was(content: Content, item: CatalogItem, version: int) -> CatalogItem:
    """The item that a draft began from, out of its history."""
    for revision in content.store.history(item.item_id, limit=1000):
        if revision.version == version and revision.item is not None:
            return revision.item
    # Without it every difference counts as theirs and mine, and each is asked about.
    return replace(item, version=version)


def _refused(content: Content, form: OpenForm, error: ContentError) -> None:
    if isinstance(error, DraftConflictError) and form.base is not None:
        form.theirs = content.store.drafts().get(form.base.item_id)
        form.conflict = error.current
        st.rerun()
    elif isinstance(error, ConflictError):
        form.conflict = error.current
        st.rerun()
    elif isinstance(error, ItemNotFoundError):
        form.revives = error.item_id
        form.base = form.draft = None
        st.warning("Someone else deleted this item meanwhile. “Publish” adds it again, as you see it here.")
    elif isinstance(error, ItemExistsError):
        form.revives = ""
        st.warning("Someone else has just added an item of that name. Please press the button once more.")
    else:
        _log.error("A catalog item was not saved: %s", error)
        st.error(f"Not saved; what you typed is still here. {error}")
