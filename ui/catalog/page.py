"""The parts of the catalog page: sections, coverage, filters, cards, one change to many, and the way back."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

import streamlit as st

from content.bootstrap import Content
from content.catalog.history import Action
from content.errors import ContentError
from content.types import Catalog, CatalogItem, Kind, Status
from emotion.labels import EMOTIONS, Emotion, label_of
from ui.access.signin import editor as signed_in_editor
from ui.app.state import session
from ui.catalog.browse import (
    CatalogFilter,
    CatalogIndex,
    Coverage,
    MoodFilter,
    Order,
    coverage,
    index_catalog,
    matching,
)
from ui.catalog.cards import browse_card_html
from ui.catalog.drafts import BulkChange, Draft, Undo, change_all, undo_of
from ui.catalog.standing import Standings, show_standings, standing_html
from ui.catalog.state import CARDS, GRID, HISTORY, ITEMS, TRANSFER, EditorState
from ui.catalog.words import STATUS_NAMES, gap_words
from ui.look.words import EXPRESSIONS, KINDS, escape_markdown

_log = logging.getLogger(__name__)

CARDS_A_PAGE = 24
CARDS_A_ROW = 4
ALL = "all"
EDIT, DUPLICATE, PUBLISH, ARCHIVE, DRAFT, PAST, DELETE = (
    ":material/edit: Edit",
    ":material/content_copy: Duplicate",
    ":material/visibility: Publish",
    ":material/archive: Archive",
    ":material/edit_note: Make it a draft",
    ":material/history: History",
    ":material/delete: Delete",
)
_STATUS_OF = {PUBLISH: Status.PUBLISHED, ARCHIVE: Status.ARCHIVED, DRAFT: Status.DRAFT}
_DONE = {Status.PUBLISHED: "Published", Status.ARCHIVED: "Archived", Status.DRAFT: "Made a draft of"}
NEVER, LATER = "never", "later"
_STANDING_NAMES = {LATER: "Shows later", NEVER: "Can never show"}
_MOODS: tuple[Emotion | MoodFilter, ...] = (MoodFilter.ANY, *EMOTIONS, MoodFilter.DEFAULT)
_MOOD_NAMES: dict[Emotion | MoodFilter, str] = {
    MoodFilter.ANY: "Any mood",
    MoodFilter.DEFAULT: "Default items",
    **{e: EXPRESSIONS[e] for e in EMOTIONS},
}


def editor_state() -> EditorState:
    """This viewer's editor, made on first use."""
    return session().page(EditorState)


@dataclass(frozen=True, slots=True, eq=False)
class CatalogView:
    """What is worked out once for a version of the catalog, for all editors."""

    catalog: Catalog
    index: CatalogIndex
    coverage: Coverage


def catalog_view(catalog: Catalog) -> CatalogView:
    """The catalog laid out for this page; the same object until the catalog changes."""
    # A kept view holds its catalog, so no other catalog can have the same identity meanwhile.
    return _view(id(catalog), catalog)


@st.cache_resource(max_entries=4, show_spinner=False)
def _view(identity: int, _catalog: Catalog) -> CatalogView:
    return CatalogView(_catalog, index_catalog(_catalog.items), coverage(_catalog.items))


def show_sections(editor: EditorState) -> str:
    """Items, history, or import and export. Returns which."""
    picked = st.segmented_control(
        "Section",
        (ITEMS, HISTORY, TRANSFER),
        default=editor.section,
        label_visibility="collapsed",
        key=f"catalog-section-{editor.sections_opened}",
    )
    editor.section = picked or editor.section
    return editor.section


# -- what just happened --------------------------------------------------------------------------------


def show_notice(content: Content, editor: EditorState) -> None:
    """What was just done, what of it was refused, and the way back."""
    if editor.notice:
        st.toast(escape_markdown(editor.notice))
        editor.notice = ""
    if editor.refused:
        with st.container(horizontal=True, vertical_alignment="center", key="refused"):
            listed = "".join(
                f"<li>“{escape(e.title)}”, {escape(e.column)}: {escape(e.message)}</li>"
                for e in editor.refused[:20]
            )
            more = f"<li>and {len(editor.refused) - 20} more</li>" if len(editor.refused) > 20 else ""
            st.html(
                f'<div class="at-refused" role="alert" data-testid="refused"><b>Left as they were, because '
                f"something is missing:</b><ul>{listed}{more}</ul></div>"
            )
            if st.button("Dismiss", key="dismiss-refused"):
                editor.refused = ()
                st.rerun()
    undo = editor.undo
    if undo is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="panel-undo"):
        st.html(
            f'<p class="at-done" role="status" data-testid="done">{escape(undo.words)}</p>', width="stretch"
        )
        if st.button("Undo", icon=":material/undo:", key="undo"):
            take_back(content, editor, undo)
        if st.button("Dismiss", key="dismiss-undo"):
            editor.undo = None
            st.rerun()


def take_back(content: Content, editor: EditorState, undo: Undo) -> None:
    """Put everything as it was before the last change."""
    try:
        if undo.saved or undo.created or undo.deleted:
            content.store.save_many(
                undo.saved,
                created=undo.created,
                deleted=undo.deleted,
                author=editor.author,
                action=Action.RESTORED,
            )
            # Where the draft cannot be brought back now, it is all that another try has to do.
            editor.undo = Undo(undo.words, draft=undo.draft)
        if undo.draft is not None:
            content.store.save_draft(undo.draft.item, undo.draft.author)
    except ContentError as error:
        st.error(f"It could not be taken back. {error}")
        return
    if undo.created:
        editor.notice = "It was taken back; what was deleted stands at the end of the list now."
    elif undo.draft is not None:
        editor.notice = "It was taken back; the draft waits to be published."
    else:
        editor.notice = "It was taken back; everything is as before."
    editor.undo = None
    editor.begin_grid()
    st.rerun()


def named(items: Sequence[CatalogItem]) -> str:
    """One item by its title, several by their number."""
    return f"“{items[0].title}”" if len(items) == 1 else f"{len(items):,} items"


def drafts_that_go(content: Content, items: Sequence[CatalogItem]) -> str:
    """In words for a Markdown message: which waiting drafts go with these items; empty for none."""
    drafts = content.store.drafts()
    drafted = [item for item in items if item.item_id in drafts]
    if not drafted:
        return ""
    if len(drafted) == 1:
        one = escape_markdown(named(drafted))
        return f"A draft of {one} waits to be published. It goes too; Undo brings back both."
    return f"Drafts of {named(drafted)} wait to be published. They go too; Undo brings back all."


# -- coverage ------------------------------------------------------------------------------------------


def show_coverage(view: CatalogView, stood: Standings, at_utc: datetime) -> None:
    """How many published items each mood can draw on, by kind; gaps stand out; and what cannot show."""
    found = view.coverage
    moods: tuple[Emotion | None, ...] = (*EMOTIONS, None)
    head = "".join(
        f'<th scope="col" role="columnheader" data-mood="{label_of(m)}">'
        f'<span class="at-dot" aria-hidden="true"></span>{EXPRESSIONS[m] if m else "Default"}</th>'
        for m in moods
    )
    rows = "".join(
        f'<tr role="row"><th scope="row" role="rowheader">{KINDS[kind]}</th>'
        + "".join(
            f'<td role="cell" data-mood="{label_of(m)}" data-testid="coverage-{kind.value}-{label_of(m)}"'
            + (' class="at-gap">none</td>' if n == 0 else f">{n:,}</td>")
            for m, n in found.counts[kind].items()
        )
        + "</tr>"
        for kind in Kind
    )
    with st.container(key="panel-coverage"):
        st.html(
            '<p class="at-eyebrow">Coverage: published items for each expression</p>'
            # Roles are written out: on a phone the sheet takes the table apart.
            '<table class="at-coverage" role="table" data-testid="coverage">'
            f'<thead role="rowgroup"><tr role="row"><td role="cell"></td>{head}</tr></thead>'
            f'<tbody role="rowgroup">{rows}</tbody></table>'
            f'<p class="at-coverage-words" data-testid="coverage-words">{escape(gap_words(found.gaps))}</p>'
        )
        show_standings(stood, view.catalog, at_utc)


# -- filters -------------------------------------------------------------------------------------------


def show_toolbar(editor: EditorState, stood: Standings) -> str:
    """Text, kind, mood and status filters, the order, and cards or table. Returns the view."""
    was = editor.filter
    kinds: list[Kind | str] = [ALL, *Kind]
    statuses: list[Status | str] = [ALL, *Status, *_STANDING_NAMES]
    orders = list(Order)
    with st.container(key="panel-toolbar"):
        with st.container(horizontal=True, vertical_alignment="bottom", key="catalog-filters"):
            typed = st.text_input(
                "Search",
                was.text,
                placeholder="Title, headline, description …",
                icon=":material/search:",
                key="catalog-text",
                width=330,
            )
            kind = st.selectbox(
                "Kind",
                kinds,
                kinds.index(was.kinds[0]) if was.kinds else 0,
                format_func=lambda k: "All kinds" if k == ALL else KINDS[Kind(k)],
                key="catalog-kind",
                width=150,
            )
            mood = st.selectbox(
                "Mood",
                _MOODS,
                _MOODS.index(was.mood),
                format_func=_MOOD_NAMES.__getitem__,
                key="catalog-mood",
                width=150,
            )
            status = st.selectbox(
                "Status",
                statuses,
                statuses.index(was.statuses[0] if was.statuses else editor.standing or ALL),
                format_func=_status_name,
                key="catalog-status",
                width=150,
            )
            order = st.selectbox(
                "Sort by", orders, orders.index(was.order), format_func=str, key="catalog-order", width=150
            )
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            view = st.segmented_control(
                "View", (CARDS, GRID), default=editor.view, label_visibility="collapsed", key="catalog-view"
            )
            if st.button("Add an item", type="primary", icon=":material/add:", key="add-item"):
                new_kind = Kind.AD if kind == ALL else Kind(kind)
                editor.open_form(None, CatalogItem(item_id="new", kind=new_kind, title=""))
                st.rerun()
    editor.view = view or editor.view
    editor.standing = status if status in _STANDING_NAMES else ""
    editor.filter = CatalogFilter(
        typed,
        () if kind == ALL else (Kind(kind),),
        (status,) if isinstance(status, Status) else (),
        mood,
        order,
        frozenset(i.item_id for i in _standing_items(stood, editor.standing)) if editor.standing else None,
    )
    return editor.view


def _status_name(status: Status | str) -> str:
    if status == ALL:
        return "Any status"
    return STATUS_NAMES[status] if isinstance(status, Status) else _STANDING_NAMES[status]


def _standing_items(stood: Standings, standing: str) -> tuple[CatalogItem, ...]:
    return stood.never if standing == NEVER else stood.later


def page_of(items: Sequence[CatalogItem], size: int, key: str) -> Sequence[CatalogItem]:
    """The part of a long list that is shown; the pager appears when it is needed."""
    pages = max(1, -(-len(items) // size))
    page = 1
    if pages > 1:
        page = int(st.pagination(pages, key=key) or 1)
    start = (min(page, pages) - 1) * size
    return items[start : start + size]


def show_nothing(editor: EditorState, view: CatalogView) -> None:
    """What stands where no item is: the catalog is empty, or no item fits."""
    if view.catalog.items:
        st.html('<div class="at-none" data-testid="no-items">No item fits these filters.</div>')
        return
    st.html(
        '<div class="at-none" data-testid="no-items"><b>The catalog is empty.</b><br>Viewers see a plain '
        "page until there is something to show. Add a first item above, or bring in a whole catalog under "
        "“Import and export”.</div>"
    )


# -- cards ---------------------------------------------------------------------------------------------


def show_cards(
    content: Content, editor: EditorState, view: CatalogView, stood: Standings, at_utc: datetime
) -> None:
    """The items that pass the filters, as cards with a thumbnail and what can be done with each."""
    found = matching(view.index, editor.filter)
    st.caption(f"{len(found):,} of {len(view.catalog.items):,} items")
    if not found:
        show_nothing(editor, view)
        return
    shown = page_of(found, CARDS_A_PAGE, "cards-page")
    for start in range(0, len(shown), CARDS_A_ROW):
        for column, item in zip(st.columns(CARDS_A_ROW), shown[start : start + CARDS_A_ROW], strict=False):
            with column, st.container(key=f"item-card-{item.item_id}"):
                note = standing_html(stood, item, view.catalog, at_utc)
                st.html(browse_card_html(content.assets, item) + note)
                _show_card_buttons(content, editor, item)


def _show_card_buttons(content: Content, editor: EditorState, item: CatalogItem) -> None:
    with st.container(horizontal=True, gap="small"):
        if st.button("Edit", key=f"edit-{item.item_id}", icon=":material/edit:", width="stretch"):
            editor.open_form(item, item)
            st.rerun()
        others = [words for words, status in _STATUS_OF.items() if status is not item.status]
        chosen = st.menu_button("More", [DUPLICATE, *others, PAST, DELETE], key=f"more-{item.item_id}")
    if chosen is None:
        return
    if chosen == DUPLICATE:
        editor.open_form(None, replace(item, title=f"{item.title} (copy)"[:120], status=Status.DRAFT))
        st.rerun()
    if chosen == PAST:
        editor.show_history_of(item.item_id)
        st.rerun()
    if chosen == DELETE:
        ask_to_delete(editor, (item,))
    if chosen in _STATUS_OF:
        give_status(content, editor, (item,), _STATUS_OF[chosen])


# -- one change to many --------------------------------------------------------------------------------


def give_status(content: Content, editor: EditorState, items: Sequence[CatalogItem], status: Status) -> None:
    """Publish, archive or draft items; those that may not be are named and left as they are."""
    _change(content, editor, change_all(items, status=status), _DONE[status])


def give_weight(content: Content, editor: EditorState, items: Sequence[CatalogItem], weight: float) -> None:
    """Give items the same weight."""
    _change(content, editor, change_all(items, weight=weight), f"Weight {weight:g} given to")


def _change(content: Content, editor: EditorState, change: BulkChange, done: str) -> None:
    editor.refused = change.refused
    if change.after:
        try:
            now = content.store.save_many(change.after, author=editor.author)
        except ContentError as error:
            _log.error("A change to %d catalog items was not saved: %s", len(change.after), error)
            st.error(f"Nothing was changed. {error}")
            return
        editor.undo = undo_of(f"{done} {named(change.before)}.", change.before, now)
        # What was typed for these items and not saved goes on from what they are now.
        for item in now:
            if item.item_id in editor.drafts:
                editor.drafts[item.item_id] = Draft(item, editor.drafts[item.item_id].cells)
    elif not change.refused:
        editor.notice = "They are so already; nothing was changed."
    editor.begin_grid()
    st.rerun()


def ask_again() -> None:
    """Go back to the page's door when this viewer may not edit any more.

    A click in a dialog runs the dialog alone, and not the page that asked who edits.
    """
    if signed_in_editor() is None:
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


def _stop_asking() -> None:
    editor_state().asking = ()


@st.dialog("Delete from the catalog?", on_dismiss=_stop_asking)
def _confirm_delete(content: Content, editor: EditorState) -> None:
    ask_again()
    items = editor.asking
    listed = "".join(f"<li>{escape(item.title)}</li>" for item in items[:12])
    more = f"<li>and {len(items) - 12:,} more</li>" if len(items) > 12 else ""
    st.html(f"<ul>{listed}{more}</ul>")
    st.caption("Live pages stop showing it at once. You can undo this right after.")
    try:
        lost = drafts_that_go(content, items)
    except ContentError as error:
        _log.error("The drafts cannot be read: %s", error)
        lost = "Whether a draft waits to be published cannot be told. It would go too."
    if lost:
        st.warning(lost)
    yes, no = st.columns(2)
    if yes.button("Delete", type="primary", icon=":material/delete:", key="confirm-delete", width="stretch"):
        try:
            content.store.save_many(
                deleted={item.item_id: item.version for item in items}, author=editor.author
            )
        except ContentError as error:
            st.error(f"Nothing was deleted. {error}")
            return
        editor.undo, editor.form, editor.asking = Undo(f"Deleted {named(items)}.", created=items), None, ()
        editor.drafts = {i: d for i, d in editor.drafts.items() if i not in {item.item_id for item in items}}
        editor.begin_grid()
        st.rerun()
    if no.button("Keep", key="cancel-delete", width="stretch"):
        editor.asking = ()
        st.rerun()
