"""A whole catalog brought in as a file, after a report of what would change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
import streamlit as st

from content import actions
from content.bootstrap import Content
from content.errors import (
    ConflictError,
    ContentError,
    FieldError,
    ItemExistsError,
    ItemNotFoundError,
    RowProblem,
)
from content.transfer.exchange import ImportPlan, ItemChange, plan_import, read_catalog_file
from content.types import Catalog, CatalogItem
from ui.catalog.change import drafts_that_go
from ui.catalog.differences import change_words
from ui.catalog.outcome import say_failed
from ui.catalog.problems import field_words
from ui.catalog.state import EditorState, OpenImport
from ui.catalog.words import STATUS_NAMES, field_name
from ui.look.html import Markup, render
from ui.look.words import KINDS, counted, escape_markdown

NEW_REPORT = "Someone else changed the catalog meanwhile. This is a new report: look at it again."
NOTHING_TO_IMPORT = "The catalog is already as this file says. There is nothing to import."
NOTHING_IMPORTED = "Nothing was imported; the catalog is as it was."
LISTED = 50
_STEPS = 50


def show_import(content: Content, editor: EditorState, catalog: Catalog) -> None:
    """An upload, the report of what it would change, and the button that imports."""
    with st.container(key="panel-import"):
        _show_import(content, editor, catalog)


def _show_import(content: Content, editor: EditorState, catalog: Catalog) -> None:
    st.html(
        '<p class="at-eyebrow">Bring a catalog in</p><p class="at-text">First you see what would change and '
        "which rows are wrong. Nothing changes before you press “Import”.</p>"
    )
    file = st.file_uploader(
        "Drop a zip, a CSV table or a spreadsheet here",
        type=["zip", "csv", "xlsx", "ods"],
        key=f"import-file-{editor.imports_done}",
    )
    st.caption(
        f"Up to {st.get_option('server.maxUploadSize')} MB here. Larger files: "
        "`python -m content import FILE.zip` on the computer that runs this app."
    )
    if file is None:
        _close(editor)
        return
    swap = st.toggle(
        "Make the catalog exactly as the file",
        key=f"import-replace-{editor.imports_done}",
        help="Also delete the items that the file does not have. Otherwise they stay.",
    )
    try:
        opened = _opened(content, editor, catalog, file.file_id, file.name, file.getvalue(), swap)
    except ContentError as error:
        say_failed(f"**{escape_markdown(file.name)}** cannot be imported.", error)
        return
    _show_report(opened.plan)
    _show_decision(content, editor, opened)


def _opened(
    content: Content,
    editor: EditorState,
    catalog: Catalog,
    file_id: str,
    name: str,
    data: bytes,
    swap: bool,
) -> OpenImport:
    """The file as read and compared; read once, compared again when the catalog or the wish changes."""
    known = editor.importing
    if known is not None and known.file_id != file_id:
        _close(editor)
        known = None
    if known is not None and (known.version, known.replace) == (catalog.version, swap):
        return known
    if known is not None and known.version != catalog.version:
        st.info(NEW_REPORT, icon=":material/sync:")
    with _progress("Reading the file and comparing it with the catalog …") as progress:
        bundle = known.bundle if known is not None else read_catalog_file(data)
        plan = plan_import(bundle, catalog, content.assets, replace=swap, progress=progress)
    editor.importing = OpenImport(file_id, name, bundle, plan, catalog.version, swap)
    return editor.importing


@contextmanager
def _progress(words: str) -> Iterator[Callable[[float], None]]:
    """A bar for work that takes a while; it goes when the work is done."""
    bar, shown = st.progress(0.0, words), 0

    def show(share: float) -> None:
        nonlocal shown
        # Each step is a message to the browser.
        if int(share * _STEPS) > shown:
            shown = int(share * _STEPS)
            bar.progress(min(1.0, share), words)

    try:
        yield show
    finally:
        bar.empty()


def _close(editor: EditorState) -> None:
    if editor.importing is not None:
        editor.importing.bundle.close()
        editor.importing = None


def _show_report(plan: ImportPlan) -> None:
    tiles = (
        ("created", len(plan.created), "new"),
        ("changed", len(plan.changed), "changed"),
        ("unchanged", len(plan.unchanged), "as they are"),
        ("deleted", len(plan.deleted), "to be deleted"),
        ("invalid", plan.invalid_rows, "wrong rows"),
    )
    st.html(render("catalog/report.html", tiles=tiles))
    if plan.missing_columns:
        columns = ", ".join(dict.fromkeys(field_name(c) for c in plan.missing_columns))
        st.caption(f"The table has no column for: {columns}. Known items keep theirs.")
    if plan.invalid:
        with st.expander(
            f"{_rows(plan.invalid_rows)}, field by field",
            expanded=True,
        ):
            table = problem_table(plan.invalid)
            st.dataframe(table, hide_index=True, width="stretch", key="import-problems")
    if plan.changed:
        with st.expander(f"{len(plan.changed):,} changed"):
            st.html(changed_html(plan.changed))
    for items, words in ((plan.created, "new"), (plan.deleted, "to be deleted")):
        if items:
            with st.expander(f"{len(items):,} {words}"):
                st.html(items_html(items))


def problem_table(problems: Sequence[RowProblem]) -> pd.DataFrame:
    """Every wrong field of every wrong row, with what it needs."""
    return pd.DataFrame(
        {
            "Row": [p.row or None for p in problems],
            "Item": [p.item_id for p in problems],
            "Field": [field_name(p.field) for p in problems],
            "What it needs": [field_words(FieldError(p.field, p.message)) for p in problems],
        }
    ).astype({"Row": "Int64"})


def changed_html(changed: Sequence[ItemChange]) -> Markup:
    """The items that an import changes, field by field."""
    items = [(c.after.title, change_words(c.changes)) for c in changed]
    return render("catalog/changed_items.html", items=items, most=LISTED)


def items_html(items: Sequence[CatalogItem]) -> Markup:
    """Titles with kind and status."""
    lines = [(i.title, f"{KINDS[i.kind]}, {STATUS_NAMES[i.status].lower()}") for i in items]
    return render("catalog/titles.html", lines=lines, most=LISTED)


def _rows(number: int) -> str:
    return counted(number, "wrong row")


def _show_decision(content: Content, editor: EditorState, opened: OpenImport) -> None:
    plan = opened.plan
    if not plan.does_something and not plan.invalid:
        st.success(NOTHING_TO_IMPORT)
        return
    skip = False
    if plan.invalid:
        st.warning(
            "Some rows are wrong, so nothing can be imported yet. Correct them in the file and drop it "
            "again, or leave them out."
        )
        skip = st.checkbox(
            f"Leave out {_rows(plan.invalid_rows)} and import the rest",
            key=f"import-skip-{opened.file_id}",
        )
    if lost := drafts_that_go(content, plan.deleted):
        st.warning(lost)
    changes = len(plan.created) + len(plan.changed)
    parts = [f"Import {counted(changes, 'item')}"] if changes or not plan.deleted else []
    if plan.deleted:
        parts.append(f"{'delete' if parts else 'Delete'} {len(plan.deleted):,}")
    ready = plan.does_something and (skip or not plan.invalid)
    if st.button(
        " and ".join(parts),
        type="primary",
        icon=":material/upload:",
        disabled=not ready,
        # A click on a report that is no longer true goes nowhere: the new one is another button.
        key=f"import-now-{opened.version}-{opened.replace}",
    ):
        _import(content, editor, opened, skip=skip)


def _import(content: Content, editor: EditorState, opened: OpenImport, *, skip: bool) -> None:
    plan = opened.plan
    try:
        with _progress("Importing …") as progress:
            done = actions.import_catalog(
                content.store,
                content.assets,
                plan,
                opened.bundle,
                author=editor.author,
                skip_invalid=skip,
                progress=progress,
            )
    except (ConflictError, ItemExistsError, ItemNotFoundError):
        _close(editor)
        editor.notice = f"Nothing was imported. {NEW_REPORT}"
        st.rerun()
    except ContentError as error:
        say_failed(NOTHING_IMPORTED, error)
        return
    counts = f"{len(plan.created):,} new, {len(plan.changed):,} changed, {len(plan.deleted):,} deleted"
    left_out = f", {_rows(plan.invalid_rows)} left out" if plan.invalid else ""
    _close(editor)
    editor.imports_done += 1
    editor.has_done(f"Imported {opened.name}: {counts}{left_out}.", done)
    st.rerun()
