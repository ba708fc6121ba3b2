"""The catalog's items: coverage, filters, and cards with what can be done with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from content.bootstrap import RETRY_AFTER_S, Content
from content.catalog.tags import distinct, tag_key
from content.types import Catalog, CatalogItem, Kind, Status
from emotion.labels import EMOTIONS, Emotion
from ui.app.fragment import fragment
from ui.catalog.browse import (
    CatalogFilter,
    CatalogIndex,
    MoodFilter,
    Order,
    TagFilter,
    index_catalog,
    matching,
)
from ui.catalog.cards import browse_card_html
from ui.catalog.change import ask_to_delete, give_status
from ui.catalog.form.rules import new_schedule
from ui.catalog.standing import Standings, show_standings, standing_words
from ui.catalog.state import CARDS, GRID, EditorState
from ui.catalog.words import STATUS_NAMES, gap_words
from ui.look.button_names import name_buttons
from ui.look.html import render
from ui.look.words import EXPRESSIONS, KINDS, counted

CARDS_A_PAGE = 24
CARDS_A_ROW = 4
ALL = "all"
DUPLICATE, PUBLISH, ARCHIVE, DRAFT, PAST, DELETE = (
    ":material/content_copy: Duplicate",
    ":material/visibility: Publish",
    ":material/archive: Archive",
    ":material/edit_note: Make it a draft",
    ":material/history: History",
    ":material/delete: Delete",
)
_STATUS_OF = {PUBLISH: Status.PUBLISHED, ARCHIVE: Status.ARCHIVED, DRAFT: Status.DRAFT}
NEVER, LATER = "never", "later"
_STANDING_NAMES = {LATER: "Shows later", NEVER: "Can never show"}
_EXPRESSION_FILTERS: tuple[Emotion | MoodFilter, ...] = (MoodFilter.ANY, *EMOTIONS, MoodFilter.DEFAULT)
_FILTER_NAMES: dict[Emotion | MoodFilter, str] = {
    MoodFilter.ANY: "Any expression",
    MoodFilter.DEFAULT: "Default items",
    **{e: EXPRESSIONS[e] for e in EMOTIONS},
}
_TAG_FILTERS = {TagFilter.ANY: "Any tag", TagFilter.NONE: "No tag"}


@dataclass(frozen=True, slots=True, eq=False)
class CatalogView:
    """What is worked out once for a version of the catalog, for all editors."""

    catalog: Catalog
    index: CatalogIndex


def catalog_view(catalog: Catalog) -> CatalogView:
    """The catalog laid out for this page; the same object until the catalog changes."""
    # A kept view holds its catalog, so no other catalog can have the same identity meanwhile.
    return _view(id(catalog), catalog)


@st.cache_resource(max_entries=4, show_spinner=False)
def _view(identity: int, _catalog: Catalog) -> CatalogView:
    return CatalogView(_catalog, index_catalog(_catalog.items))


# -- coverage ------------------------------------------------------------------------------------------


def show_coverage(view: CatalogView, stood: Standings, at_utc: datetime) -> None:
    """How many published items each expression can draw on, by kind; gaps stand out; and what cannot show."""
    found = stood.coverage
    gaps = len(found.gaps)
    words = (
        f"Coverage: {counted(gaps, 'gap')}" if gaps else "Coverage: every expression has items of each kind"
    )
    with st.expander(words, icon=":material/warning:" if gaps else ":material/check:", key="coverage"):
        st.html(
            render(
                "catalog/coverage.html",
                moods=(*EMOTIONS, None),
                counts=found.counts,
                words=gap_words(found.gaps, stood.covered_until_utc),
            )
        )
    show_standings(stood, view.catalog, at_utc)


# -- filters -------------------------------------------------------------------------------------------


def show_toolbar(editor: EditorState, view: CatalogView, stood: Standings) -> str:
    """The search, the other filters and the order, and cards or table. Returns the view."""
    was = editor.filter
    kinds: list[Kind | str] = [ALL, *Kind]
    statuses: list[Status | str] = [ALL, *Status, *_STANDING_NAMES]
    orders = list(Order)
    with (
        st.container(key="panel-toolbar"),
        st.container(horizontal=True, vertical_alignment="center", key="catalog-filters"),
    ):
        typed = st.text_input(
            "Search",
            was.text,
            placeholder="Title, headline, description …",
            icon=":material/search:",
            label_visibility="collapsed",
            key="catalog-text",
            width=330,
        )
        with st.popover(_filter_words(editor), icon=":material/filter_list:", key="catalog-more-filters"):
            kind = st.selectbox(
                "Kind",
                kinds,
                kinds.index(was.kinds[0]) if was.kinds else 0,
                format_func=lambda k: "All kinds" if k == ALL else KINDS[Kind(k)],
                key="catalog-kind",
            )
            mood = st.selectbox(
                "Expression",
                _EXPRESSION_FILTERS,
                _EXPRESSION_FILTERS.index(was.mood),
                format_func=_FILTER_NAMES.__getitem__,
                key="catalog-mood",
            )
            tag = _choose_tag(view, was.tag)
            status = st.selectbox(
                "Status",
                statuses,
                statuses.index(was.statuses[0] if was.statuses else editor.standing or ALL),
                format_func=_status_name,
                key="catalog-status",
            )
            order = st.selectbox(
                "Sort by", orders, orders.index(was.order), format_func=str, key="catalog-order"
            )
        shown_as = st.segmented_control(
            "View", (CARDS, GRID), default=editor.view, label_visibility="collapsed", key="catalog-view"
        )
    editor.view = shown_as or editor.view
    editor.standing = status if status in _STANDING_NAMES else ""
    before, editor.filter = (
        editor.filter,
        CatalogFilter(
            typed,
            () if kind == ALL else (Kind(kind),),
            (status,) if isinstance(status, Status) else (),
            mood,
            tag,
            order,
            frozenset(i.item_id for i in _standing_items(stood, editor.standing))
            if editor.standing
            else None,
        ),
    )
    if editor.filter != before:
        # What the button says of the filters was drawn before they were read.
        st.rerun()
    return editor.view


def _choose_tag(view: CatalogView, was: str | TagFilter) -> str | TagFilter:
    """The filter by tag, where there is any tag to filter by."""
    tags = distinct((*((was,) if isinstance(was, str) else ()), *view.index.tags))
    if not tags and was is TagFilter.ANY:
        return was
    choices: tuple[str | TagFilter, ...] = (TagFilter.ANY, *sorted(tags, key=tag_key), TagFilter.NONE)
    return st.selectbox("Tag", choices, choices.index(was), format_func=_tag_name, key="catalog-tag")


def _tag_name(tag: str | TagFilter) -> str:
    return tag if isinstance(tag, str) else _TAG_FILTERS[tag]


def show_add(editor: EditorState) -> None:
    """The button for a new item, of the kind that the list is filtered by."""
    if st.button("Add an item", type="primary", icon=":material/add:", key="add-item"):
        kind = editor.filter.kinds[0] if editor.filter.kinds else Kind.AD
        editor.open_form(None, CatalogItem("new", kind, "", schedule=new_schedule()))
        st.rerun()


def _filter_words(editor: EditorState) -> str:
    """What the list is filtered by, apart from the search."""
    now = editor.filter
    named = [KINDS[kind] for kind in now.kinds]
    named += [_FILTER_NAMES[now.mood]] if now.mood is not MoodFilter.ANY else []
    named += [_tag_name(now.tag)] if now.tag is not TagFilter.ANY else []
    named += [_status_name(s) for s in now.statuses or ((editor.standing,) if editor.standing else ())]
    return f"Filter: {', '.join(named)}" if named else "Filter and sort"


def _status_name(status: Status | str) -> str:
    if status == ALL:
        return "Any status"
    return STATUS_NAMES[status] if isinstance(status, Status) else _STANDING_NAMES[status]


def _standing_items(stood: Standings, standing: str) -> tuple[CatalogItem, ...]:
    return stood.never if standing == NEVER else stood.later


def page_of(
    editor: EditorState, items: Sequence[CatalogItem], size: int, pager: DeltaGenerator
) -> Sequence[CatalogItem]:
    """The part of a long list that is shown; the pager appears when it is needed.

    Args:
        editor: whose list it is. It keeps its place while something else is on the page, and goes to the item
            that the editor comes back to.
        items: the list.
        size: of a part.
        pager: where it is drawn.
    """
    back_to, editor.back_to = editor.back_to, ""
    pages = max(1, -(-len(items) // size))
    wanted = min(editor.page_number, pages)
    for place, item in enumerate(items):
        if item.item_id == back_to:
            wanted = place // size + 1
    if wanted != editor.page_number:
        editor.page_number = wanted
        editor.page_jumps += 1
    if pages > 1:
        # Another key begins with another default.
        key = f"catalog-page-{editor.page_jumps}"
        editor.page_number = int(pager.pagination(pages, default=wanted, key=key) or 1)
    start = (editor.page_number - 1) * size
    return items[start : start + size]


@fragment(run_every=RETRY_AFTER_S)
def _look_again(content: Content) -> None:
    content.catalog()
    if content.failure is None:
        st.rerun()


def show_nothing(view: CatalogView, content: Content) -> None:
    """What stands where no item is: no item fits, the database does not answer, or the catalog is empty."""
    if view.catalog.items:
        st.html('<div class="at-none" data-testid="no-items">No item fits these filters.</div>')
        return
    if content.failure is not None:
        st.html(
            '<div class="at-none" data-testid="no-items"><b>The items cannot be read now.</b><br>The '
            "database does not answer. Nothing is lost: they appear here by themselves when it is back.</div>"
        )
        _look_again(content)
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
    st.caption(f"{len(found):,} of {counted(len(view.catalog.items), 'item')}")
    if not found:
        show_nothing(view, content)
        return
    cards, pager = st.container(), st.container()
    shown = page_of(editor, found, CARDS_A_PAGE, pager)
    with cards:
        _show_cards(content, editor, view, stood, at_utc, shown)
    names = {f"{key}-{i.item_id}": f"{word} {i.title}" for i in shown for key, word in _CARD_BUTTONS.items()}
    name_buttons(names)


def _show_cards(
    content: Content,
    editor: EditorState,
    view: CatalogView,
    stood: Standings,
    at_utc: datetime,
    shown: Sequence[CatalogItem],
) -> None:
    for start in range(0, len(shown), CARDS_A_ROW):
        for column, item in zip(st.columns(CARDS_A_ROW), shown[start : start + CARDS_A_ROW], strict=False):
            with column, st.container(key=f"item-card-{item.item_id}"):
                standing = stood.found[item.item_id]
                why = standing_words(standing, item, view.catalog, at_utc)
                st.html(browse_card_html(content.assets, item, (standing.state.value, why)))
                _show_card_buttons(content, editor, item)


_CARD_BUTTONS = {"edit": "Edit", "more": "More"}


def _show_card_buttons(content: Content, editor: EditorState, item: CatalogItem) -> None:
    with st.container(horizontal=True, gap="small"):
        if st.button(
            _CARD_BUTTONS["edit"], key=f"edit-{item.item_id}", icon=":material/edit:", width="stretch"
        ):
            editor.open_form(item, item)
            st.rerun()
        others = [words for words, status in _STATUS_OF.items() if status is not item.status]
        chosen = st.menu_button(
            _CARD_BUTTONS["more"], [DUPLICATE, *others, PAST, DELETE], key=f"more-{item.item_id}"
        )
    if chosen is None:
        return
    if chosen == DUPLICATE:
        editor.open_copy(item)
        st.rerun()
    if chosen == PAST:
        editor.show_history_of(item.item_id)
        st.rerun()
    if chosen == DELETE:
        ask_to_delete(editor, (item,))
    if chosen in _STATUS_OF:
        give_status(content, editor, (item,), _STATUS_OF[chosen])
