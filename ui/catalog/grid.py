"""The catalog as a table to type into: cells, rows picked for one change, and two editors on one item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from content import actions
from content.actions import Done, Edit
from content.bootstrap import Content
from content.catalog.tags import spelt_as_in_use, tags_in_use
from content.errors import ConflictError, ContentError, ItemInvalidError, ItemNotFoundError
from content.types import Catalog, CatalogItem, Status
from emotion.labels import EMOTIONS, Emotion
from ui.catalog.browse import matching
from ui.catalog.cells import Typed, absorb, check_typed, grid_row, with_cells
from ui.catalog.change import (
    ask_to_delete,
    give_dates,
    give_expressions,
    give_status,
    give_tags,
    give_weight,
    take_tags,
)
from ui.catalog.list import CatalogView, page_of, show_nothing
from ui.catalog.merge import choose, clashes, merged
from ui.catalog.outcome import named, say_failed
from ui.catalog.problems import error_html, problem_words
from ui.catalog.standing import shown_words
from ui.catalog.state import EditorState
from ui.catalog.words import STATUS_NAMES
from ui.look.thumbnails import still_url
from ui.look.words import EXPRESSIONS, KINDS, counted, escape_markdown

NOT_SAVED = "Nothing was saved; what you typed is still here."
FORGET = "Forget my changes"
ROWS_A_PAGE = 100
ALL_PUBLISH, ALL_ARCHIVE, ALL_DRAFT = (
    ":material/visibility: Publish",
    ":material/archive: Archive",
    ":material/edit_note: Make drafts",
)
_STATUS_OF = {ALL_PUBLISH: Status.PUBLISHED, ALL_ARCHIVE: Status.ARCHIVED, ALL_DRAFT: Status.DRAFT}


def _grid_key(editor: EditorState) -> str:
    return f"catalog-grid-{editor.grid_revision}"


def keep_typed(editor: EditorState) -> None:
    """Take over what the grid on the browser's side holds, before this run may draw another one or none.

    A cell and a filter that change in quick succession arrive in one run: the grid is rebuilt then, and what
    was typed into the old one would be gone.
    """
    if editor.grid_items and _grid_key(editor) in st.session_state:
        edited = st.session_state[_grid_key(editor)].get("edited_rows", {})
        editor.typed = absorb(editor.carried, editor.grid_items, edited)


# -- the table -----------------------------------------------------------------------------------------


def show_grid(content: Content, editor: EditorState, view: CatalogView) -> None:
    """The items that pass the filters, as a table to type into; nothing is saved before "Save"."""
    found = matching(view.index, editor.filter)
    shown = page_of(editor, found, ROWS_A_PAGE, st.container())
    basis = tuple((item.item_id, item.version) for item in shown)
    # Streamlit forgets a grid that a run did not draw; the next one begins with what was typed.
    if basis != editor.grid_basis or _grid_key(editor) not in st.session_state:
        editor.grid_basis = basis
        editor.begin_grid()
    based = tuple(editor.carried[i.item_id].base if i.item_id in editor.carried else i for i in shown)
    editor.grid_items = based
    st.caption(
        f"{len(found):,} of {counted(len(view.catalog.items), 'item')}. Double-click a cell to change it. "
        "Expressions go from 0 (not for it) to 1 (made for it); an item without any is a default item."
    )
    picked: tuple[CatalogItem, ...] = ()
    if shown:
        key = _grid_key(editor)
        st.data_editor(
            _frame(content, based, editor),
            key=key,
            hide_index=True,
            num_rows="fixed",
            disabled=("picture", "kind"),
            column_config=_columns(view.index.tags),
            width="stretch",
            height=min(560, 36 * (len(based) + 1) + 3),
            placeholder="",
            alt="The catalog's items, one a row",
        )
        edited: dict[int | str, dict[str, Any]] = st.session_state.get(key, {}).get("edited_rows", {})
        editor.typed = absorb(editor.carried, based, edited)
        picked = tuple(shown[int(n)] for n, cells in edited.items() if cells.get("pick"))
    else:
        show_nothing(view, content)
    rows = {item.item_id: n for n, item in enumerate(shown, start=1)}
    _show_save_buttons(content, editor, view.catalog, rows)
    if shown:
        _show_change_all(content, editor, view, picked, found)
    for error in editor.errors:
        st.html(error_html(str(error), "cell-error"))
    _show_conflicts(content, editor, view.catalog)


def _frame(content: Content, items: Sequence[CatalogItem], editor: EditorState) -> pd.DataFrame:
    rows = []
    for item in items:
        typed = editor.carried.get(item.item_id)
        rows.append(
            {
                "pick": False,
                "picture": still_url(content.assets, item),
                "kind": KINDS[item.kind],
                **grid_row(item),
                **(typed.cells if typed else {}),
            }
        )
    frame = pd.DataFrame(rows)
    for name in ("starts", "ends"):
        frame[name] = pd.to_datetime(frame[name], format="ISO8601", errors="coerce")
    for name in ("frequency_cap", "daily_cap"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce").astype("Int64")
    return frame


def _columns(tags: Sequence[str]) -> dict[str, Any]:
    column = st.column_config
    return {
        "pick": column.CheckboxColumn("✓", width=60, help="Pick rows to change them all at once"),
        "picture": column.ImageColumn("Picture", width=70),
        "kind": column.TextColumn("Kind", width=70),
        "title": column.TextColumn("Title", width="medium"),
        "status": column.SelectboxColumn(
            "Status", options=list(STATUS_NAMES.values()), width=100, required=True
        ),
        "weight": column.NumberColumn(
            "Weight", width=90, help="How much it counts against its peers; above 0"
        ),
        **{
            e.value: column.NumberColumn(EXPRESSIONS[e], width=112, format="%.2f", step=0.01)
            for e in EMOTIONS
        },
        "starts": column.DatetimeColumn(
            "From (UTC)", width=130, format="D MMM YYYY, HH:mm", help="Shown from then on; empty: at once"
        ),
        "ends": column.DatetimeColumn(
            "Until (UTC)", width=130, format="D MMM YYYY, HH:mm", help="Shown until then; empty: for good"
        ),
        "frequency_cap": column.NumberColumn(
            "Per visit", width=90, step=1, help="Shown so many times a visit at most; empty: no limit"
        ),
        "daily_cap": column.NumberColumn(
            "Per day", width=90, step=1, help="Shown so many times a day at most; empty: no limit"
        ),
        "tags": column.MultiselectColumn(
            "Tags",
            width="medium",
            options=tags,
            accept_new_options=True,
            help="To find items and change them together",
        ),
    }


def _show_save_buttons(content: Content, editor: EditorState, catalog: Catalog, rows: dict[str, int]) -> None:
    number = len(editor.typed)
    with st.container(horizontal=True, vertical_alignment="center"):
        words = f"Save {counted(number, 'changed item')}" if number else "Nothing to save"
        if st.button(words, type="primary", disabled=not number, icon=":material/save:", key="grid-save"):
            _save_typed(content, editor, catalog, rows)
        if st.button("Discard changes", disabled=not number, icon=":material/undo:", key="grid-discard"):
            editor.typed, editor.errors = {}, ()
            editor.begin_grid()
            st.rerun()
        if number:
            st.caption(f"{counted(number, 'item')} changed and not saved yet")


def _show_change_all(
    content: Content,
    editor: EditorState,
    view: CatalogView,
    picked: Sequence[CatalogItem],
    found: Sequence[CatalogItem],
) -> None:
    """One change to all picked rows, or to all items that the filters let through."""
    with st.container(horizontal=True, vertical_alignment="center", key="panel-bulk"):
        everything = st.toggle(
            f"All {len(found):,} found",
            key=f"grid-all-{editor.grid_revision}",
            help="Change every item that the filters let through, on all pages, instead of the ticked rows",
        )
        items = tuple(found) if everything else tuple(picked)
        chosen = f"<b>{len(items):,} picked</b>" if items else "Tick rows to change them all at once"
        st.html(f'<p class="at-text" data-testid="picked">{chosen}</p>', width="stretch")
        status = st.menu_button(
            "Set status", list(_STATUS_OF), disabled=not items, key=f"grid-status-{editor.grid_revision}"
        )
        dates, expressions = _dates(editor, items), _expressions(editor, items)
        added, removed = _tags(editor, items, view.index.tags)
        with st.popover("Set weight", disabled=not items, key="grid-weight"):
            weight = st.number_input(
                "Weight of all picked", 0.01, 1000.0, 1.0, 0.5, key=f"weight-{editor.grid_revision}"
            )
            weigh = st.button(f"Give it to {len(items):,}", type="primary", key="grid-give-weight")
        delete = st.button("Delete", disabled=not items, icon=":material/delete:", key="grid-delete")
    if status is not None:
        give_status(content, editor, items, _STATUS_OF[status])
    if dates is not None:
        give_dates(content, editor, items, *dates)
    if expressions is not None:
        give_expressions(content, editor, items, expressions)
    if added:
        give_tags(content, editor, items, added)
    if removed:
        take_tags(content, editor, items, removed)
    if weigh:
        give_weight(content, editor, items, float(weight))
    if delete:
        ask_to_delete(editor, items)


def _dates(editor: EditorState, items: Sequence[CatalogItem]) -> tuple[date | None, date | None] | None:
    """The first and the last day for all picked items, once they are given; None before."""
    with st.popover("Set dates", disabled=not items, key="grid-dates"):
        first = st.date_input("First day", None, format="DD.MM.YYYY", key=f"first-{editor.grid_revision}")
        last = st.date_input("Last day", None, format="DD.MM.YYYY", key=f"last-{editor.grid_revision}")
        st.caption("Both count whole, by each item’s own clock. Empty: no first or no last day.")
        given = st.button(f"Give them to {len(items):,}", type="primary", key="grid-give-dates")
    return (first, last) if given else None


def _expressions(editor: EditorState, items: Sequence[CatalogItem]) -> dict[Emotion, float] | None:
    """The expressions for all picked items, once they are given; None before."""
    with st.popover("Set expressions", disabled=not items, key="grid-expressions"):
        chosen: list[Emotion] = st.multiselect(
            "Made for",
            list(EMOTIONS),
            format_func=EXPRESSIONS.__getitem__,
            placeholder="No expression: default items",
            key=f"expressions-{editor.grid_revision}",
        )
        share = st.slider("How well they suit", 0.05, 1.0, 1.0, 0.05, format="percent", key="grid-share")
        st.caption("Takes the place of the expressions, or of the region, that the items have now.")
        given = st.button(f"Give them to {len(items):,}", type="primary", key="grid-give-expressions")
    return {Emotion(e): float(share) for e in chosen} if given else None


def _tags(
    editor: EditorState, items: Sequence[CatalogItem], in_use: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]]:
    """The tags to add to all picked items, and those to remove, once they are given; none before."""
    with st.popover("Set tags", disabled=not items, key="grid-tags"):
        more = st.multiselect(
            "Add tags",
            in_use,
            accept_new_options=True,
            select_all=False,
            placeholder="Choose a tag, or type a new one",
            key=f"tags-add-{editor.grid_revision}",
        )
        add = st.button(f"Add to {len(items):,}", type="primary", disabled=not more, key="grid-add-tags")
        fewer = st.multiselect(
            "Remove tags",
            tags_in_use(items),
            placeholder="Of those that they have",
            key=f"tags-remove-{editor.grid_revision}",
        )
        remove = st.button(f"Remove from {len(items):,}", disabled=not fewer, key="grid-remove-tags")
    return spelt_as_in_use(more, in_use) if add else (), fewer if remove else ()


# -- saving --------------------------------------------------------------------------------------------


def _save_typed(content: Content, editor: EditorState, catalog: Catalog, rows: dict[str, int]) -> None:
    """Save what can be saved; what cannot keeps its place in the grid and is named below it."""
    checked = check_typed(editor.typed, catalog, rows)
    editor.errors = checked.errors
    if not checked.ready:
        return
    try:
        done = actions.save_all(content.store, checked.ready, author=editor.author)
    except (ConflictError, ItemNotFoundError):
        # Somebody saved between the check and now; the next run shows who has what.
        st.rerun()
    except ContentError as error:
        say_failed(NOT_SAVED, error)
        return
    _saved(content, editor, [item.item_id for item in checked.ready], done)


def _saved(content: Content, editor: EditorState, item_ids: Iterable[str], done: Done) -> None:
    for item_id in item_ids:
        editor.typed.pop(item_id, None)
    shown = shown_words(done.items, content.catalog(), datetime.now(UTC))
    editor.has_done(f"Saved {named(done.items)}. {shown}", done)
    st.rerun()


# -- two editors on one item ---------------------------------------------------------------------------


def _show_conflicts(content: Content, editor: EditorState, catalog: Catalog) -> None:
    """Unsaved cells whose item somebody else saved or deleted meanwhile: what changed, and the ways on."""
    checked = check_typed(editor.typed, catalog, {})
    for item_id in checked.gone:
        _show_gone(content, editor, editor.typed[item_id])
    for item_id in checked.conflicts:
        theirs = catalog.get(item_id)
        if theirs is not None:
            _show_conflict(content, editor, editor.typed[item_id], theirs)


def _show_gone(content: Content, editor: EditorState, typed: Typed) -> None:
    item_id = typed.base.item_id
    st.warning(
        f"Someone else deleted **{escape_markdown(typed.base.title)}** while you were typing. Nothing of "
        "yours is lost."
    )
    again, drop = st.columns(2)
    if again.button("Add it again with my changes", key=f"revive-{item_id}", width="stretch"):
        try:
            item = with_cells(typed.base, typed.cells)
            done = actions.save(content.store, Edit(item, editor.author, revived=True))
        except ContentError as error:
            say_failed(NOT_SAVED, error)
            return
        _saved(content, editor, [item_id], done)
    if drop.button(FORGET, key=f"forget-{item_id}", width="stretch"):
        _drop(editor, item_id)


def _show_conflict(content: Content, editor: EditorState, typed: Typed, theirs: CatalogItem) -> None:
    item_id = theirs.item_id
    with st.container(key=f"panel-conflict-{item_id}"):
        st.warning(
            f"**Someone else saved “{escape_markdown(theirs.title)}” while you were typing.** Nothing of "
            "yours is lost: choose what to keep, field by field."
        )
        try:
            mine = with_cells(typed.base, typed.cells)
        except ItemInvalidError as error:
            st.error(f"First correct what you typed. {escape_markdown(problem_words(error))}")
            return
        taken = choose(
            clashes(typed.base, theirs, mine), lambda name: f"grid-{item_id}-{theirs.version}-{name}"
        )
        keep, drop = st.columns(2)
        if keep.button("Save these", type="primary", icon=":material/merge:", key=f"keep-{item_id}"):
            try:
                done = actions.save_all(content.store, [merged(theirs, mine, taken)], author=editor.author)
            except ContentError as error:
                say_failed(NOT_SAVED, error)
                return
            _saved(content, editor, [item_id], done)
        if drop.button(FORGET, key=f"forget-{item_id}"):
            _drop(editor, item_id)


def _drop(editor: EditorState, item_id: str) -> None:
    editor.typed.pop(item_id, None)
    editor.begin_grid()
    st.rerun()
