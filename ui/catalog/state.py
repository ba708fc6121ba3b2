"""What one editor has on the catalog page and has not saved."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time

from content.actions import Done, Refusal, Upload
from content.catalog.history import Draft, Revision
from content.catalog.unsaved import Unsaved
from content.catalog.work import Undo
from content.transfer.exchange import CatalogBundle, ImportPlan
from content.types import Asset, CatalogItem, Region, Status
from ui.app.state import PageState, session
from ui.catalog.browse import CatalogFilter, Order
from ui.catalog.cells import CellError, Typed
from ui.catalog.half_typed import HalfTyped

CARDS, GRID = "Cards", "Table"
ITEMS, HISTORY, TRANSFER = "Items", "History", "Import and export"
AS_IT_IS = object()
NOTHING_CHANGED = "Nothing was changed: it is like that already."


@dataclass(slots=True)
class OpenForm:
    """One item in the single form.

    Attributes:
        form_id: part of every widget's key, so that each opening begins afresh.
        name: by which a new item is known in the page's address, as long as it has no id.
        base: the item as it was opened, or None for a new one.
        seed: where the widgets begin; differs from ``base`` after a duplicate or a merge.
        blank: what ``seed`` is compared with where it holds what was typed for a new item; else None.
        kept: what was typed, as it is kept for its editor; None where nothing was typed.
        not_kept: why it could not be kept the last time; empty where it could.
        stored: the file that was dropped, and as what it is stored with what was typed.
        at_risk: something was typed that is not kept either.
        errors: messages by field, from the last attempt to save.
        conflict: the item as somebody else saved it meanwhile, or None.
        draft: the working draft of ``base`` that the form began with, or None.
        theirs: the working draft that somebody else saved meanwhile, where that is the conflict.
        begun: it was looked whether there is a draft.
        leaving: where to, while the editor is asked what becomes of unsaved changes; empty else.
        revives: id of the item that somebody else deleted meanwhile; saved again it goes on under that id.
        unfinished: what fields lack that hold only a half, by field; found again whenever they are drawn.
        half: the fields that were left with half a date or time in them, by the end of their keys.
        half_values: by their number, what those fields held then: with another value they are whole again.
        upload: the file that ``seed`` shows and that is not stored yet, or None.
        dropped: the file that was dropped last, kept while another page is shown, or None.
        map_number: counts the maps of the region that were made; a drag on one makes no new one.
        map_begin: the region that the map on the page began with, or None before there was one.
    """

    form_id: int
    base: CatalogItem | None
    seed: CatalogItem
    errors: dict[str, list[str]] = field(default_factory=dict)
    conflict: CatalogItem | None = None
    draft: Draft | None = None
    theirs: Draft | None = None
    begun: bool = False
    leaving: str = ""
    revives: str = ""
    unfinished: dict[str, str] = field(default_factory=dict)
    half: Mapping[str, HalfTyped] = field(default_factory=dict)
    half_values: dict[int, object] = field(default_factory=dict)
    blank: CatalogItem | None = None
    kept: Unsaved | None = None
    not_kept: str = ""
    stored: tuple[Upload, Asset] | None = None
    at_risk: bool = False
    name: str = field(default_factory=lambda: f"new.{uuid.uuid4().hex[:12]}")
    upload: Upload | None = None
    dropped: tuple[Asset, Upload] | None = None
    map_number: int = 0
    map_begin: Region | None = None

    def key(self, name: str) -> str:
        """The key of one of the form's widgets."""
        return f"item{self.form_id}-{name}"

    @property
    def place(self) -> str:
        """What the form is known by: the item's id, or the name of a new one."""
        return self.base.item_id if self.base else self.revives or self.name

    @staticmethod
    def is_name(place: str) -> bool:
        """Whether that is the name of a new item; no id has a dot."""
        return "." in place

    def left_half(self, name: str, value: date | time | None) -> str:
        """What stands in a field that was left with half a date or time in it; empty where it is whole.

        Args:
            name: the end of its key.
            value: what the field holds, for Streamlit.
        """
        half = self.half.get(name)
        return half.text if half and self.half_values.setdefault(half.number, value) == value else ""

    def let_be(self, name: str) -> None:
        """Take a field for whole as it is."""
        self.half_values[self.half[name].number] = AS_IT_IS


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


@dataclass(frozen=True, slots=True)
class Offer:
    """What was done, in a sentence, and what takes it back."""

    words: str
    undo: Undo


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
        typed: unsaved cells by item id; they outlive filters, pages and conflicts.
        carried: the unsaved cells when the grid began; what the grid reports comes on top.
        grid_revision: counts up whenever the grid is to begin afresh.
        grid_basis: what the grid was made from; a change makes it begin afresh.
        grid_items: the items in the grid's rows, as the editor began with them.
        errors: refused cells of the last attempt to save.
        form: the single form, or None while the list is shown.
        forms_opened: counts openings.
        refused: what the last change to many items would have broken, and so left alone.
        asking: what is about to be deleted, while the editor is asked.
        offer: the way back from what was done last, or None.
        notice: one sentence about what just happened.
        page_number: the part of the list that is shown, from 1.
        page_jumps: counts the times that it was changed by something else than the pager.
        back_to: the item that the list is to come back to, with the page that has it; empty once it has.
        returned: how often the form was left for the list, and the item that it was left with.
        thrown: what was typed and then thrown away, as long as it can be brought back; else None.
        address: the item that the page's address names since the last run; None while another page is shown.
        shown: this run shows the page.
    """

    author: str = ""
    section: str = ITEMS
    sections_opened: int = 0
    history_of: str = ""
    history_rows: int = 20
    revision: Revision | None = None
    importing: OpenImport | None = None
    imports_done: int = 0
    filter: CatalogFilter = field(default_factory=lambda: CatalogFilter(order=Order.NEWEST))
    standing: str = ""
    view: str = CARDS
    typed: dict[str, Typed] = field(default_factory=dict)
    carried: dict[str, Typed] = field(default_factory=dict)
    grid_revision: int = 0
    grid_basis: tuple[object, ...] = ()
    grid_items: tuple[CatalogItem, ...] = ()
    errors: tuple[CellError, ...] = ()
    form: OpenForm | None = None
    forms_opened: int = 0
    refused: tuple[Refusal, ...] = ()
    asking: tuple[CatalogItem, ...] = ()
    offer: Offer | None = None
    notice: str = ""
    page_number: int = 1
    page_jumps: int = 0
    back_to: str = ""
    returned: tuple[int, str] = (0, "")
    thrown: Unsaved | None = None
    address: str | None = None
    shown: bool = False

    def begin_run(self) -> None:
        """A run begins that may show the page."""
        self.shown = False

    def end_run(self) -> None:
        """Another page was shown, and has an address of its own."""
        if not self.shown:
            self.address = None

    def open_form(self, base: CatalogItem | None, seed: CatalogItem) -> OpenForm:
        """Show one item in the form; ``base`` is None for a new one."""
        self.forms_opened += 1
        self.form = OpenForm(self.forms_opened, base, seed)
        return self.form

    def close_form(self, item_id: str = "") -> None:
        """Go back to the list, to where the item is.

        Args:
            item_id: the item that was saved; empty for the one that the form was opened with.
        """
        if self.form is not None:
            self.back_to = item_id or (self.form.base.item_id if self.form.base else "")
            self.returned = self.returned[0] + 1, self.back_to
        self.form = None

    def open_copy(self, item: CatalogItem) -> OpenForm:
        """Show a copy of an item in the form."""
        return self.open_form(None, replace(item, title=f"{item.title} (copy)"[:120], status=Status.DRAFT))

    def go_to(self, section: str) -> None:
        """Show another section."""
        self.section = section
        self.sections_opened += 1

    def show_history_of(self, item_id: str) -> None:
        """Show what happened to one item."""
        self.history_of, self.form = item_id, None
        self.go_to(HISTORY)

    def begin_grid(self) -> None:
        """Make the grid begin afresh from the catalog and the unsaved cells."""
        self.grid_revision += 1
        self.carried, self.grid_items = self.typed, ()

    def has_done(self, words: str, done: Done) -> None:
        """Say what an action did, and offer the way back.

        Args:
            words: what it did, in a sentence.
            done: what it returned.
        """
        self.refused = done.refused
        if done.undo is not None:
            self.offer = Offer(words, done.undo)
        elif not done.refused:
            self.notice = NOTHING_CHANGED
        # What was typed for these items and not saved goes on from what they are now.
        for item in done.items:
            if item.item_id in self.typed:
                self.typed[item.item_id] = Typed(item, self.typed[item.item_id].cells)
        self.begin_grid()


def editor_state() -> EditorState:
    """This viewer's editor, made on first use."""
    return session().page(EditorState)
