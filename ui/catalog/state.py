"""What one editor has on the catalog page and has not saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from content.catalog.history import Draft as WorkingDraft
from content.catalog.history import Revision
from content.types import CatalogItem, Region
from ui.app.state import PageState
from ui.catalog.browse import CatalogFilter
from ui.catalog.drafts import CellError, Draft, Undo

if TYPE_CHECKING:
    from ui.catalog.transfer import OpenImport

CARDS, GRID = "Cards", "Table"
ITEMS, HISTORY, TRANSFER = "Items", "History", "Import and export"


@dataclass(slots=True)
class OpenForm:
    """One item in the single form.

    Attributes:
        form_id: part of every widget's key, so that each opening begins afresh.
        base: the item as it was opened, or None for a new one.
        seed: where the widgets begin; differs from ``base`` after a duplicate or a merge.
        errors: messages by field, from the last attempt to save.
        conflict: the item as somebody else saved it meanwhile, or None.
        draft: the working draft of ``base`` that the form began with, or None.
        theirs: the working draft that somebody else saved meanwhile, where that is the conflict.
        begun: it was looked whether there is a draft.
        leaving: where to, while the editor is asked what becomes of unsaved changes; empty else.
        revives: id of the item that somebody else deleted meanwhile; saved again it goes on under that id.
        upload: bytes and name of the file that ``seed`` shows and that is not stored yet, or None.
        map_number: counts the maps of the region that were made; a drag on one makes no new one.
        map_begin: the region that the map on the page began with, or None before there was one.
    """

    form_id: int
    base: CatalogItem | None
    seed: CatalogItem
    errors: dict[str, list[str]] = field(default_factory=dict)
    conflict: CatalogItem | None = None
    draft: WorkingDraft | None = None
    theirs: WorkingDraft | None = None
    begun: bool = False
    leaving: str = ""
    revives: str = ""
    upload: tuple[bytes, str] | None = None
    map_number: int = 0
    map_begin: Region | None = None

    def key(self, name: str) -> str:
        """The key of one of the form's widgets."""
        return f"item{self.form_id}-{name}"


@dataclass(slots=True)
class EditorState(PageState):
    """One editor's session on the catalog page.

    Attributes:
        author: who edits, for the history; empty where nobody signed in.
        section: the items, their history, or import and export.
        sections_opened: counts the times that the section was changed by something else than its control.
        history_of: the item whose history is shown; empty for all.
        history_rows: how many entries of the history are shown.
        importing: the catalog file that is looked at, or None.
        imports_done: counts imports, so that each upload begins afresh.
        revision: the version of the past that is looked at, or None.
        filter: what the list shows.
        standing: of which only those that never or later show, or empty.
        view: cards or the table.
        drafts: unsaved cells by item id; they outlive filters, pages and conflicts.
        carried: the drafts as they were when the grid began; what the grid reports comes on top.
        grid_revision: counts up whenever the grid is to begin afresh.
        grid_basis: what the grid was made from; a change makes it begin afresh.
        grid_items: the items in the grid's rows, as the editor began with them.
        errors: refused cells of the last attempt to save.
        form: the single form, or None while the list is shown.
        forms_opened: counts openings.
        refused: what the last change to many items would have broken, and so left alone.
        asking: what is about to be deleted, while the editor is asked.
        undo: the way back from what was done last, or None.
        notice: one sentence about what just happened.
    """

    author: str = ""
    section: str = ITEMS
    sections_opened: int = 0
    history_of: str = ""
    history_rows: int = 20
    revision: Revision | None = None
    importing: OpenImport | None = None
    imports_done: int = 0
    filter: CatalogFilter = field(default_factory=CatalogFilter)
    standing: str = ""
    view: str = CARDS
    drafts: dict[str, Draft] = field(default_factory=dict)
    carried: dict[str, Draft] = field(default_factory=dict)
    grid_revision: int = 0
    grid_basis: tuple[object, ...] = ()
    grid_items: tuple[CatalogItem, ...] = ()
    errors: tuple[CellError, ...] = ()
    form: OpenForm | None = None
    forms_opened: int = 0
    refused: tuple[CellError, ...] = ()
    asking: tuple[CatalogItem, ...] = ()
    undo: Undo | None = None
    notice: str = ""

    def open_form(self, base: CatalogItem | None, seed: CatalogItem) -> OpenForm:
        """Show one item in the form; ``base`` is None for a new one."""
        self.forms_opened += 1
        self.form = OpenForm(self.forms_opened, base, seed)
        return self.form

    def go_to(self, section: str) -> None:
        """Show another section."""
        self.section = section
        self.sections_opened += 1

    def show_history_of(self, item_id: str) -> None:
        """Show what happened to one item."""
        self.history_of, self.form = item_id, None
        self.go_to(HISTORY)

    def begin_grid(self) -> None:
        """Make the grid begin afresh from the catalog and the drafts."""
        self.grid_revision += 1
        self.carried, self.grid_items = self.drafts, ()
