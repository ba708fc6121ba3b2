"""What happened to the catalog, who did it, the way back to any version, and drafts that wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from content import actions
from content.bootstrap import Content
from content.catalog.history import Action, Draft, Revision
from content.catalog.store import CatalogStore
from content.errors import ContentError, ItemInvalidError
from content.types import Catalog, CatalogItem
from ui.catalog.differences import change_words, changed, changes_html
from ui.catalog.outcome import ask_again, say_failed
from ui.catalog.standing import shown_words
from ui.catalog.state import EditorState, editor_state
from ui.look.cards import item_html
from ui.look.html import Markup, render
from ui.look.words import ago, counted, escape_markdown

NOT_RESTORED, NOT_PUBLISHED, NOT_DISCARDED = (
    "Nothing was restored.",
    "Nothing was published.",
    "Nothing was discarded.",
)
CHANGED_SINCE = "The published item was changed since this draft began."
UNREADABLE_ITEM = "The item of this draft cannot be read."
ROWS_A_TIME = 20
LOOKED_THROUGH = 2_000
"""Entries that a search by words goes through; older ones are found by an item's own history."""

_PAGE = 200
_DID: Final = {
    Action.CREATED: "added",
    Action.SAVED: "changed",
    Action.PUBLISHED: "published",
    Action.ARCHIVED: "archived",
    Action.DELETED: "deleted",
    Action.RESTORED: "restored",
    Action.IMPORTED: "imported",
    Action.UNREADABLE: "did something that cannot be read any more to",
}
_SIGNS: Final = {
    Action.CREATED: "+",
    Action.DELETED: "−",
    Action.RESTORED: "↺",
    Action.IMPORTED: "⇩",
    Action.PUBLISHED: "●",
    Action.ARCHIVED: "▣",
    Action.UNREADABLE: "?",
}


@dataclass(frozen=True, slots=True)
class Sought:
    """What an editor looks for in the history.

    Attributes:
        item_id: of one item, or empty.
        words: each must occur in the item's title or id.
        author: must occur in the author's name.
    """

    item_id: str = ""
    words: str = ""
    author: str = ""

    def fits(self, revision: Revision) -> bool:
        """True for an entry that is looked for."""
        own = f"{revision.title}\n{revision.item_id}".casefold()
        return self.author.casefold().strip() in revision.author.casefold() and all(
            word in own for word in self.words.casefold().split()
        )


def find_revisions(store: CatalogStore, sought: Sought, count: int) -> tuple[tuple[Revision, ...], bool]:
    """The newest entries that fit, and whether there are more.

    Raises:
        DatabaseError: the history cannot be read.
    """
    found: list[Revision] = []
    for revision in _entries(store, sought.item_id):
        if sought.fits(revision):
            if len(found) == count:
                return tuple(found), True
            found.append(revision)
    return tuple(found), False


def _entries(store: CatalogStore, item_id: str) -> Iterator[Revision]:
    before = None
    for _ in range(LOOKED_THROUGH // _PAGE):
        page = store.history(item_id or None, limit=_PAGE, before=before)
        yield from page
        if len(page) < _PAGE:
            return
        before = page[-1].revision_id


# -- the section ---------------------------------------------------------------------------------------


def show_history(content: Content, editor: EditorState, catalog: Catalog, at_utc: datetime) -> None:
    """Drafts that wait, then every change, newest first."""
    zone = _zone()
    try:
        _show_drafts(content, editor, catalog, zone, at_utc)
        sought = _show_search(editor, catalog)
        found, more = find_revisions(content.store, sought, editor.history_rows)
    except ContentError as error:
        say_failed("The history cannot be read now.", error)
        return
    if not found:
        nothing = sought == Sought()
        st.html(
            '<div class="at-none" data-testid="no-history">'
            + ("Nothing has been changed yet. " if nothing else "Nothing in the history fits. ")
            + ("Every change will be listed here, with who made it." if nothing else "")
            + "</div>"
        )
        return
    with st.container(key="panel-history"):
        for revision in found:
            _show_revision(editor, revision, zone, at_utc)
        if more and st.button("Show older changes", icon=":material/expand_more:", key="history-more"):
            editor.history_rows += ROWS_A_TIME
            st.rerun()
    if editor.revision is not None:
        _look(content, editor, editor.revision)


def _zone() -> ZoneInfo:
    return ZoneInfo(st.context.timezone or "UTC")


def _show_search(editor: EditorState, catalog: Catalog) -> Sought:
    if editor.history_of:
        with st.container(horizontal=True, vertical_alignment="center", key="history-one"):
            item = catalog.get(editor.history_of)
            st.markdown(
                f"History of **{escape_markdown(item.title if item else editor.history_of)}**",
                width="stretch",
            )
            if st.button("Show all items", icon=":material/close:", key="history-all"):
                editor.history_of, editor.history_rows = "", ROWS_A_TIME
                st.rerun()
        return Sought(item_id=editor.history_of)
    with st.container(horizontal=True, key="history-filters"):
        words = st.text_input(
            "Item",
            placeholder="Title or id …",
            icon=":material/search:",
            key="history-item",
            width=330,
        )
        author = st.text_input(
            "Who", placeholder="Name or address …", icon=":material/person:", key="history-author", width=260
        )
    return Sought(words=words, author=author)


def _show_revision(editor: EditorState, revision: Revision, zone: ZoneInfo, at_utc: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"revision-{revision.revision_id}"):
        st.html(revision_html(revision, at_utc, zone), width="stretch")
        if st.button("View", icon=":material/visibility:", key=f"look-{revision.revision_id}"):
            editor.revision = revision
            st.rerun()


def revision_html(revision: Revision, now_utc: datetime, zone: ZoneInfo, *, brief: bool = False) -> Markup:
    """Who did what to which item, and when; below it, unless ``brief``, field by field what changed."""
    return render(
        "catalog/revision.html",
        revision=revision,
        sign=_SIGNS.get(revision.action, "✎"),
        did=_DID[revision.action],
        when=ago(revision.at_utc, now_utc, zone) if revision.at_utc else "at an unknown time",
        changes=() if brief else change_words(revision.changes),
    )


# -- one version ---------------------------------------------------------------------------------------


def _stop_looking() -> None:
    editor_state().revision = None


def item_then(store: CatalogStore, revision: Revision) -> CatalogItem | None:
    """The item after a change; of a deletion the item that was deleted; None where it cannot be read."""
    if revision.item is not None or revision.action is not Action.DELETED:
        return revision.item
    earlier = store.history(revision.item_id, limit=1, before=revision.revision_id)
    return earlier[0].item if earlier else None


@st.dialog("A version of the past", width="large", on_dismiss=_stop_looking)
def _look(content: Content, editor: EditorState, revision: Revision) -> None:
    ask_again()
    try:
        then, now = item_then(content.store, revision), content.store.load().get(revision.item_id)
    except ContentError as error:
        say_failed("This version cannot be read now.", error)
        return
    if then is None:
        st.warning("This version can no longer be read as an item, so it cannot be restored.")
        return
    st.html(revision_html(revision, datetime.now(UTC), _zone(), brief=True))
    left, right = st.columns([1, 1.3], gap="large")
    with left:
        st.html(item_html(then, content.assets))
    with right:
        differs = changed(now, then) if now is not None else ()
        if now is None:
            st.markdown("The item is **not in the catalog** now. Restoring brings it back, at the end.")
        elif not differs:
            st.markdown("This is how the item **is now**. There is nothing to restore.")
        else:
            st.markdown("Restoring makes a new version of the item; nothing of the history is lost.")
            st.html(changes_html(differs, before="Now", after="Then"))
        yes, no = st.columns(2)
        if yes.button(
            "Restore this version",
            type="primary",
            icon=":material/history:",
            disabled=now is not None and not differs,
            # What was compared is part of the key: a click on a comparison that is out of date goes nowhere.
            key=f"confirm-restore-{now.version if now else 0}",
            width="stretch",
        ):
            _restore(content, editor, revision, now)
        if no.button("Close", key="cancel-restore", width="stretch"):
            editor.revision = None
            st.rerun()


def _restore(content: Content, editor: EditorState, revision: Revision, now: CatalogItem | None) -> None:
    try:
        done = actions.restore(
            content.store,
            revision.revision_id,
            author=editor.author,
            expected_version=now.version if now else None,
        )
    except ItemInvalidError as error:
        say_failed(f"{NOT_RESTORED} Today's rules refuse this version.", error)
        return
    except ContentError as error:
        say_failed(f"{NOT_RESTORED} Close this and look again.", error)
        return
    editor.revision = None
    how = f"as it was in version {revision.version}" if now is not None else "at the end of the list"
    editor.has_done(f"Restored “{revision.title}” {how}.", done)
    st.rerun()


# -- drafts that wait ----------------------------------------------------------------------------------


def _show_drafts(
    content: Content, editor: EditorState, catalog: Catalog, zone: ZoneInfo, at_utc: datetime
) -> None:
    drafts = content.store.drafts()
    if not drafts:
        return
    with st.container(key="panel-drafts"):
        st.html(
            f'<p class="at-eyebrow">{counted(len(drafts), "draft")} waiting to be published</p>'
            '<p class="at-text">Viewers go on seeing the published version until then.</p>'
        )
        for item_id, draft in drafts.items():
            _show_draft(content, editor, draft, catalog.get(item_id), zone, at_utc)


def _show_draft(
    content: Content,
    editor: EditorState,
    draft: Draft,
    current: CatalogItem | None,
    zone: ZoneInfo,
    at_utc: datetime,
) -> None:
    item_id = draft.item.item_id
    changes = changed(current, replace(draft.item, status=current.status)) if current else ()
    # What was seen is part of the buttons' keys: a click on what is out of date goes nowhere.
    seen = f"{item_id}-{draft.saved_at_utc.timestamp()}-{current.version if current else 0}"
    moved_on = current is not None and current.version != draft.base_version
    note = CHANGED_SINCE if moved_on else UNREADABLE_ITEM if current is None else ""
    with st.container(horizontal=True, vertical_alignment="center", key=f"draft-{item_id}"):
        when = ago(draft.saved_at_utc, at_utc, zone)
        st.html(
            render("catalog/draft.html", draft=draft, when=when, changes=changes, note=note), width="stretch"
        )
        if current is not None and st.button("Open", icon=":material/edit:", key=f"open-draft-{item_id}"):
            editor.open_form(current, current)
            st.rerun()
        if (
            current is not None
            and not moved_on
            and st.button("Publish", type="primary", icon=":material/publish:", key=f"publish-{seen}")
        ):
            _publish(content, editor, draft)
        if st.button("Discard", icon=":material/delete:", key=f"discard-{seen}"):
            _discard(content, editor, draft)


def _publish(content: Content, editor: EditorState, draft: Draft) -> None:
    try:
        done = actions.publish_draft(content.store, draft, author=editor.author)
    except ContentError as error:
        say_failed(f"{NOT_PUBLISHED} The draft is kept: open it to go on.", error)
        return
    shown = shown_words(done.items, content.catalog(), datetime.now(UTC))
    editor.has_done(f"Published “{draft.item.title}”. {shown}", done)
    st.rerun()


def _discard(content: Content, editor: EditorState, draft: Draft) -> None:
    try:
        done = actions.discard_draft(content.store, draft)
    except ContentError as error:
        say_failed(NOT_DISCARDED, error)
        return
    editor.has_done(f"Discarded the draft of “{draft.item.title}”.", done)
    st.rerun()
