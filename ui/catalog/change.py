"""One change to one item or many: their status, their weight, and taking them out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from content import actions
from content.actions import Done
from content.bootstrap import Content
from content.catalog.tags import with_tags, without_tags
from content.errors import ContentError
from content.types import CatalogItem, Status
from emotion.labels import Emotion
from ui.catalog.dates import ends_at_utc, starts_at_utc
from ui.catalog.outcome import ask_again, named, say_failed
from ui.catalog.state import EditorState, editor_state
from ui.look.html import render
from ui.look.words import EXPRESSIONS, KINDS, day, escape_markdown, listed

NOTHING_DELETED = "Nothing was deleted."
_DONE: Final = {
    Status.PUBLISHED: "Published",
    Status.ARCHIVED: "Archived",
    Status.DRAFT: "Made a draft of",
}
_LISTED = 12

_log = logging.getLogger(__name__)


def give_status(content: Content, editor: EditorState, items: Sequence[CatalogItem], status: Status) -> None:
    """Publish, archive or draft items; those that may not be are named and left as they are."""
    _change(
        editor,
        lambda: actions.set_status(content.store, items, status, author=editor.author),
        _DONE[status],
    )


def give_weight(content: Content, editor: EditorState, items: Sequence[CatalogItem], weight: float) -> None:
    """Give items the same weight."""
    _change(
        editor,
        lambda: actions.set_weight(content.store, items, weight, author=editor.author),
        f"Weight {weight:g} given to",
    )


def give_dates(
    content: Content,
    editor: EditorState,
    items: Sequence[CatalogItem],
    first: date | None,
    last: date | None,
) -> None:
    """Give items the same first and last day, each by its own clock; None is no limit."""

    def dated(item: CatalogItem) -> CatalogItem:
        zone = ZoneInfo(item.schedule.time_zone)
        starts = starts_at_utc(first, None, zone) if first else None
        ends = ends_at_utc(last, None, zone) if last else None
        return replace(item, schedule=replace(item.schedule, starts_at_utc=starts, ends_at_utc=ends))

    _change(
        editor,
        lambda: actions.change_each(content.store, items, dated, author=editor.author),
        f"{_days(first, last)} given to",
    )


def _days(first: date | None, last: date | None) -> str:
    words = [f"First day {day(first)}"] if first else []
    words += [f"last day {day(last)}"] if last else []
    said = ", ".join(words) or "No first and no last day"
    return said[0].upper() + said[1:]


def give_expressions(
    content: Content, editor: EditorState, items: Sequence[CatalogItem], targets: Mapping[Emotion, float]
) -> None:
    """Give items the same expressions, in place of those or of the region that they have."""
    named = listed([EXPRESSIONS[e] for e in targets]) if targets else "No expression"
    _change(
        editor,
        lambda: actions.change_each(
            content.store,
            items,
            lambda item: replace(item, targets=targets, region=None),
            author=editor.author,
        ),
        f"{named} given to",
    )


def give_tags(
    content: Content, editor: EditorState, items: Sequence[CatalogItem], tags: Sequence[str]
) -> None:
    """Give items more tags; an item that has as many as it may is named and left as it is."""
    _change(
        editor,
        lambda: actions.change_each(
            content.store, items, lambda item: with_tags(item, tags), author=editor.author
        ),
        f"{_quoted(tags)} added to",
    )


def take_tags(
    content: Content, editor: EditorState, items: Sequence[CatalogItem], tags: Sequence[str]
) -> None:
    """Take tags from the items that have them."""
    _change(
        editor,
        lambda: actions.change_each(
            content.store, items, lambda item: without_tags(item, tags), author=editor.author
        ),
        f"{_quoted(tags)} removed from",
    )


def _quoted(tags: Sequence[str]) -> str:
    return f"{'Tag' if len(tags) == 1 else 'Tags'} {listed([f'“{tag}”' for tag in tags], 'and')}"


def _change(editor: EditorState, act: Callable[[], Done], words: str) -> None:
    try:
        done = act()
    except ContentError as error:
        say_failed("Nothing was changed.", error)
        return
    editor.has_done(f"{words} {named(done.items)}.", done)
    st.rerun()


# -- deleting ------------------------------------------------------------------------------------------


def ask_to_delete(editor: EditorState, items: tuple[CatalogItem, ...]) -> None:
    """Begin to ask; the question stays until it is answered."""
    editor.asking = items
    st.rerun()


def show_question(content: Content, editor: EditorState) -> None:
    """The question before a deletion, while there is one."""
    if editor.asking:
        _confirm_delete(content, editor)


def drafts_that_go(content: Content, items: Sequence[CatalogItem]) -> str:
    """In words for a Markdown message: which waiting drafts go with these items; empty for none.

    Raises:
        DatabaseError: the drafts cannot be read.
    """
    drafts = content.store.drafts()
    drafted = [item for item in items if item.item_id in drafts]
    if not drafted:
        return ""
    if len(drafted) == 1:
        one = escape_markdown(named(drafted))
        return f"A draft of {one} waits to be published. It goes too; Undo brings back both."
    return f"Drafts of {named(drafted)} wait to be published. They go too; Undo brings back all."


def _stop_asking() -> None:
    editor_state().asking = ()


@st.dialog("Delete from the catalog?", on_dismiss=_stop_asking)
def _confirm_delete(content: Content, editor: EditorState) -> None:
    ask_again()
    items = editor.asking
    lines = [(item.title, KINDS[item.kind]) for item in items]
    st.html(render("catalog/titles.html", lines=lines, most=_LISTED))
    st.caption("Live pages stop showing it at once. You can undo this right after.")
    try:
        lost = drafts_that_go(content, items)
    except ContentError as error:
        _log.error("The drafts cannot be read: %s", error)
        lost = "The drafts cannot be read now. If one waits to be published, it goes too."
    if lost:
        st.warning(lost)
    yes, no = st.columns(2)
    if yes.button("Delete", type="primary", icon=":material/delete:", key="confirm-delete", width="stretch"):
        try:
            done = actions.delete(content.store, items, author=editor.author)
            if editor.form is not None:
                content.store.forget_unsaved(editor.form.place, editor.author)
        except ContentError as error:
            say_failed(NOTHING_DELETED, error)
            return
        editor.close_form()
        editor.asking = ()
        for item in items:
            editor.typed.pop(item.item_id, None)
        editor.has_done(f"Deleted {named(items)}.", done)
        st.rerun()
    if no.button("Keep", key="cancel-delete", width="stretch"):
        editor.asking = ()
        st.rerun()
