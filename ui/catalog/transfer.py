"""The whole catalog as a file: taking it away, and bringing one in after a report of what would change."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

import pandas as pd
import streamlit as st

from content.bootstrap import Content
from content.errors import (
    ConflictError,
    ContentError,
    ItemExistsError,
    ItemNotFoundError,
    RowProblem,
    TransferError,
)
from content.media.assets import AssetStore
from content.transfer.exchange import (
    CatalogBundle,
    ImportPlan,
    ItemChange,
    apply_import,
    export_csv,
    export_zip,
    files_of,
    plan_import,
    read_catalog_file,
)
from content.types import Catalog, CatalogItem
from ui.catalog.differences import change_list_html, change_words
from ui.catalog.drafts import Undo
from ui.catalog.page import drafts_that_go
from ui.catalog.state import EditorState
from ui.catalog.words import STATUS_NAMES, field_name
from ui.look.words import KINDS, escape_markdown

_log = logging.getLogger(__name__)

LISTED = 50
_STEPS = 50


@dataclass(slots=True)
class OpenImport:
    """A file that somebody brought, and what importing it would change.

    Attributes:
        file_id: Streamlit's name of the upload.
        name: of the file.
        bundle: the file as read.
        plan: against the catalog of ``version``.
        replace: items that the file does not have are to go.
    """

    file_id: str
    name: str
    bundle: CatalogBundle
    plan: ImportPlan
    version: int
    replace: bool


def show_transfer(content: Content, editor: EditorState, catalog: Catalog, at_utc: datetime) -> None:
    """Downloads, then an upload with its report and the button that imports."""
    with st.container(key="panel-export"):
        _show_export(content, catalog, at_utc)
    with st.container(key="panel-import"):
        _show_import(content, editor, catalog)


# -- taking it away ------------------------------------------------------------------------------------


def _show_export(content: Content, catalog: Catalog, at_utc: datetime) -> None:
    st.html(
        '<p class="at-eyebrow">Take the catalog away</p><p class="at-text">The zip holds every item with its '
        "pictures, videos and sounds, and can be brought back here or into another installation. The table "
        "holds every field of every item, for a spreadsheet.</p>"
    )
    if missing := missing_files(content.assets, catalog):
        listed = "".join(
            f"<li>{escape(location)}, of {escape(titles)}</li>" for location, titles in missing[:LISTED]
        )
        st.html(
            f'<div class="at-refused" role="alert" data-testid="missing-files"><b>The zip will be without '
            f"{len(missing):,} file{'s' * (len(missing) != 1)} that items show and that are not there:</b>"
            f"<ul>{listed}{_more(len(missing))}</ul></div>"
        )
    day = f"{at_utc:%Y-%m-%d}"
    with st.container(horizontal=True):
        st.download_button(
            "Download everything (zip)",
            data=lambda: zip_bytes(content, catalog),
            file_name=f"catalog-{day}.zip",
            mime="application/zip",
            icon=":material/folder_zip:",
            type="primary",
            on_click="ignore",
            key="export-zip",
        )
        st.download_button(
            "Download the table (CSV)",
            data=lambda: export_csv(catalog),
            file_name=f"catalog-{day}.csv",
            mime="text/csv",
            icon=":material/table:",
            on_click="ignore",
            key="export-csv",
        )


def missing_files(assets: AssetStore, catalog: Catalog) -> tuple[tuple[str, str], ...]:
    """Files that items show and that are not there, each with the items' titles.

    None for a store on another machine, which nobody's page waits for; the log tells of them when the zip is
    made.
    """
    if assets.is_remote:
        return ()
    shown: dict[str, list[str]] = {}
    for item in catalog.items:
        for location in files_of(item):
            shown.setdefault(location, []).append(f"“{item.title}”")
    return tuple((at, ", ".join(by)) for at, by in sorted(shown.items()) if assets.path(at) is None)


def zip_bytes(content: Content, catalog: Catalog) -> bytes:
    """The catalog as a zip; files that are missing are logged and left out."""
    target = io.BytesIO()
    missing = export_zip(catalog, content.assets, target)
    if missing:
        _log.warning("The export is without %d files that are not there: %s", len(missing), missing[:5])
    return target.getvalue()


# -- bringing one in -----------------------------------------------------------------------------------


def _show_import(content: Content, editor: EditorState, catalog: Catalog) -> None:
    st.html(
        '<p class="at-eyebrow">Bring a catalog in</p><p class="at-text">First you see what would change and '
        "which rows are wrong. Nothing is changed before you press “Import”.</p>"
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
    except TransferError as error:
        st.error(f"**{escape_markdown(file.name)}** cannot be imported. {escape_markdown(str(error))}")
        return
    except ContentError as error:
        _log.error("A catalog file was not compared: %s", error)
        st.error(f"The file cannot be compared with the catalog now. {escape_markdown(str(error))}")
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
    """The file as read and compared; read once, compared anew when the catalog or the wish changes."""
    known = editor.importing
    if known is not None and known.file_id != file_id:
        _close(editor)
        known = None
    if known is not None and (known.version, known.replace) == (catalog.version, swap):
        return known
    if known is not None and known.version != catalog.version:
        st.info("Someone changed the catalog meanwhile, so this is a new report.", icon=":material/sync:")
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
    counts = (
        ("new", len(plan.created), "created"),
        ("changed", len(plan.changed), "changed"),
        ("as they are", len(plan.unchanged), "unchanged"),
        ("to be deleted", len(plan.deleted), "deleted"),
        ("wrong rows", plan.invalid_rows, "invalid"),
    )
    tiles = "".join(
        f'<div class="at-tile at-tile-{key}{"" if count else " at-tile-none"}" data-testid="import-{key}">'
        f"<b>{count:,}</b><span>{words}</span></div>"
        for words, count, key in counts
    )
    st.html(f'<div class="at-tiles" data-testid="import-report">{tiles}</div>')
    if plan.missing_columns:
        columns = ", ".join(dict.fromkeys(field_name(c) for c in plan.missing_columns))
        st.caption(f"The table has no column for: {columns}. Known items keep theirs.")
    if plan.invalid:
        with st.expander(
            f"{_rows(plan.invalid_rows)}, field by field",
            expanded=True,
        ):
            st.dataframe(problem_table(plan.invalid), hide_index=True, width="stretch", key="import-problems")
    if plan.changed:
        with st.expander(f"{len(plan.changed):,} changed"):
            st.html(changed_html(plan.changed))
    for items, words in ((plan.created, "new"), (plan.deleted, "to be deleted")):
        if items:
            with st.expander(f"{len(items):,} {words}"):
                st.html(items_html(items))


def problem_table(problems: Sequence[RowProblem]) -> pd.DataFrame:
    """Every wrong field of every wrong row."""
    return pd.DataFrame(
        {
            "Row": [p.row or None for p in problems],
            "Item": [p.item_id for p in problems],
            "Field": [field_name(p.field) for p in problems],
            "What is wrong": [p.message for p in problems],
        }
    ).astype({"Row": "Int64"})


def changed_html(changed: Sequence[ItemChange]) -> str:
    """The items that an import changes, field by field."""
    rows = "".join(
        f"<li><b>{escape(c.after.title)}</b>{change_list_html(change_words(c.changes))}</li>"
        for c in changed[:LISTED]
    )
    return f'<ul class="at-imported" data-testid="import-changes">{rows}{_more(len(changed))}</ul>'


def items_html(items: Sequence[CatalogItem]) -> str:
    """Titles with kind and status."""
    rows = "".join(
        f"<li><b>{escape(i.title)}</b> <small>{KINDS[i.kind]}, {STATUS_NAMES[i.status].lower()}</small></li>"
        for i in items[:LISTED]
    )
    return f'<ul class="at-imported">{rows}{_more(len(items))}</ul>'


def _more(count: int) -> str:
    return f"<li>and {count - LISTED:,} more</li>" if count > LISTED else ""


def _rows(count: int) -> str:
    return f"{count:,} wrong row{'s' * (count != 1)}"


def _show_decision(content: Content, editor: EditorState, opened: OpenImport) -> None:
    plan = opened.plan
    if not plan.does_something and not plan.invalid:
        st.success("The catalog is already as this file says. There is nothing to import.")
        return
    skip = False
    if plan.invalid:
        st.warning(
            "Some rows are wrong, so nothing is imported as it stands. Mend them in the file and drop it "
            "again, or leave them out."
        )
        skip = st.checkbox(
            f"Leave out {_rows(plan.invalid_rows)} and import the rest",
            key=f"import-skip-{opened.file_id}",
        )
    if lost := drafts_that_go(content, plan.deleted):
        st.warning(lost)
    count = len(plan.created) + len(plan.changed)
    parts = [f"Import {count:,} item{'s' * (count != 1)}"] if count or not plan.deleted else []
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
        with _progress("Importing; all of it or nothing …") as progress:
            done = apply_import(
                plan,
                opened.bundle,
                content.store,
                content.assets,
                author=editor.author,
                skip_invalid=skip,
                progress=progress,
            )
            now = {item.item_id: item for item in content.store.load().items}
    except (ConflictError, ItemExistsError, ItemNotFoundError):
        _close(editor)
        editor.notice = "Someone changed the catalog meanwhile. Nothing was imported: look at the new report."
        st.rerun()
    except ContentError as error:
        _log.error("A catalog file was not imported: %s", error)
        st.error(f"Nothing was imported. {escape_markdown(str(error))}")
        return
    counts = f"{done.created:,} new, {done.changed:,} changed, {done.deleted:,} deleted"
    left_out = f", {_rows(done.skipped)} left out" if done.skipped else ""
    editor.undo = Undo(
        f"Imported {opened.name}: {counts}{left_out}.",
        saved=tuple(
            replace(c.before, version=now[c.before.item_id].version)
            for c in plan.changed
            if c.before.item_id in now
        ),
        created=plan.deleted,
        deleted={i.item_id: now[i.item_id].version for i in plan.created if i.item_id in now},
    )
    _close(editor)
    editor.imports_done += 1
    editor.begin_grid()
    st.rerun()
