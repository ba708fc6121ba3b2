"""What editors typed into the grid and have not saved, judged and merged; and one change to many items.

An edit is a mapping from a *cell* to the value typed into it. Everything goes through
``content.catalog.editing`` before it becomes an item, so that grid, form and catalog files are judged by the
same rules. Pure; no Streamlit here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from content.catalog.editing import check_item, item_data, parse_item
from content.catalog.history import Draft as WorkingDraft
from content.errors import ItemInvalidError
from content.types import Catalog, CatalogItem, Status
from emotion.labels import EMOTIONS, LABELS, Emotion
from ui.catalog.words import STATUS_NAMES, field_name

GRID_CELLS: Final[tuple[str, ...]] = (
    "title",
    "status",
    "weight",
    *LABELS,
    "starts",
    "ends",
    "frequency_cap",
    "daily_cap",
)
_DATES: Final[Mapping[str, str]] = {"starts": "starts_at_utc", "ends": "ends_at_utc"}


# -- one item ------------------------------------------------------------------------------------------


def grid_row(item: CatalogItem) -> dict[str, Any]:
    """An item's cells as the grid shows them; dates as ISO 8601 in UTC, without a zone."""
    return {
        "title": item.title,
        "status": STATUS_NAMES[item.status],
        "weight": float(item.weight),
        **{e.value: float(item.targets.get(e, 0.0)) for e in EMOTIONS},
        "starts": _date_cell(item.schedule.starts_at_utc),
        "ends": _date_cell(item.schedule.ends_at_utc),
        "frequency_cap": item.frequency_cap,
        "daily_cap": item.daily_cap,
    }


def _date_cell(value: object) -> object:
    """A date as the grid keeps it; what is none stays as it is, for the form to refuse."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if not isinstance(value, datetime):
        return value
    return (value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)).isoformat()


def with_cells(item: CatalogItem, cells: Mapping[str, Any]) -> CatalogItem:
    """The item with edited cells.

    Args:
        item: as it was; its version stays.
        cells: cell → value as typed; None is a cleared cell.

    Raises:
        ItemInvalidError: with every field that is wrong.
        KeyError: a cell that the grid does not have.
    """
    data = item_data(item)
    targets: dict[Emotion, Any] = dict(data["targets"])
    schedule: dict[str, Any] = dict(data["schedule"])
    for cell, value in cells.items():
        if cell in LABELS:
            targets[Emotion(cell)] = 0.0 if value is None else value
        elif cell == "status":
            data["status"] = next((s for s, name in STATUS_NAMES.items() if name == value), value)
        elif cell == "title":
            data["title"] = "" if value is None else value
        elif cell in _DATES:
            schedule[_DATES[cell]] = value
        elif cell in GRID_CELLS:
            data[cell] = value
        else:
            raise KeyError(f"Expected one of {', '.join(GRID_CELLS)}. Received: {cell!r}")
    data["targets"], data["schedule"] = targets, schedule
    return parse_item(data, item.version)


# -- what was typed ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Draft:
    """What an editor typed for one item and has not saved.

    Attributes:
        base: the item that the editor began with.
        cells: cell → value as typed.
    """

    base: CatalogItem
    cells: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CellError:
    """One refused cell: which row, which column, and what was expected."""

    row: int
    title: str
    column: str
    message: str

    def __str__(self) -> str:
        return f"Row {self.row} (“{self.title}”), {self.column}: {self.message}"


def absorb(
    drafts: Mapping[str, Draft],
    shown: Sequence[CatalogItem],
    edited_rows: Mapping[int | str, Mapping[str, Any]],
) -> dict[str, Draft]:
    """The drafts together with what the grid holds now.

    The grid reports cells that differ from what it was given, by position; drafts know items by id, so that
    they outlive filters, sorting and pages. A cell typed back to what the item has is no edit.

    Args:
        drafts: what was typed before.
        shown: the grid's rows, as they are in the catalog that it was made from.
        edited_rows: position → cell → value, as Streamlit's data editor keeps it.
    """
    merged = {item_id: Draft(d.base, dict(d.cells)) for item_id, d in drafts.items()}
    for position, cells in edited_rows.items():
        item = shown[int(position)]
        draft = merged.setdefault(item.item_id, Draft(item, {}))
        draft.cells.update(
            {c: _date_cell(value) if c in _DATES else value for c, value in cells.items() if c in GRID_CELLS}
        )
    for item_id, draft in list(merged.items()):
        original = grid_row(draft.base)
        draft.cells = {cell: value for cell, value in draft.cells.items() if value != original[cell]}
        if not draft.cells:
            del merged[item_id]
    return merged


@dataclass(frozen=True, slots=True)
class Checked:
    """Drafts judged: items ready to save, refused cells, and items that somebody else changed or deleted."""

    ready: tuple[CatalogItem, ...]
    errors: tuple[CellError, ...]
    conflicts: tuple[str, ...]
    gone: tuple[str, ...]


def check_drafts(drafts: Mapping[str, Draft], catalog: Catalog, rows: Mapping[str, int]) -> Checked:
    """Judge every draft against the rules and against the catalog as it is now.

    Args:
        drafts: item id → draft.
        catalog: now.
        rows: item id → row number on the page, from 1; 0 for a row that is filtered out.
    """
    ready, errors, conflicts, gone = [], [], [], []
    for item_id, draft in drafts.items():
        current = catalog.get(item_id)
        if current is None:
            gone.append(item_id)
            continue
        if current.version != draft.base.version:
            conflicts.append(item_id)
            continue
        try:
            ready.append(with_cells(draft.base, draft.cells))
        except ItemInvalidError as error:
            errors += [
                CellError(rows.get(item_id, 0), draft.base.title, field_name(e.field), e.message)
                for e in error.errors
            ]
    return Checked(tuple(ready), tuple(errors), tuple(conflicts), tuple(gone))


# -- one change to many items --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BulkChange:
    """One change to many items, judged item by item.

    Attributes:
        before: the items that change, as they are.
        after: the same ones as they would be.
        refused: the items that the change would break, each with what was expected.
    """

    before: tuple[CatalogItem, ...]
    after: tuple[CatalogItem, ...]
    refused: tuple[CellError, ...]


def change_all(
    items: Iterable[CatalogItem], *, status: Status | None = None, weight: float | None = None
) -> BulkChange:
    """Give many items a status or a weight; items that have it already are left out."""
    before, after, refused = [], [], []
    for row, item in enumerate(items, start=1):
        wanted = replace(
            item,
            status=item.status if status is None else status,
            weight=item.weight if weight is None else weight,
        )
        if wanted == item:
            continue
        try:
            after.append(check_item(wanted))
            before.append(item)
        except ItemInvalidError as error:
            refused += [CellError(row, item.title, field_name(e.field), e.message) for e in error.errors]
    return BulkChange(tuple(before), tuple(after), tuple(refused))


@dataclass(frozen=True, slots=True)
class Undo:
    """The way back from what was just done.

    Attributes:
        words: what was done, as ``Archived 3 items``.
        saved: items as they were, with the version they have now.
        created: items that were deleted.
        deleted: id and version of the items that were added.
        draft: the working draft that went with it, or None.
    """

    words: str
    saved: tuple[CatalogItem, ...] = ()
    created: tuple[CatalogItem, ...] = ()
    deleted: Mapping[str, int | None] = field(default_factory=dict)
    draft: WorkingDraft | None = None


def undo_of(
    words: str,
    before: Sequence[CatalogItem],
    now: Iterable[CatalogItem],
    draft: WorkingDraft | None = None,
) -> Undo:
    """The way back from a change: the items as they were, on top of the versions that they have now.

    Args:
        words: what was done.
        before: the items as they were.
        now: as they are.
        draft: the working draft that went with the change, of one of them.
    """
    versions = {item.item_id: item.version for item in now}
    for item in before:
        if draft and (item.item_id, item.version) == (draft.item.item_id, draft.base_version):
            # What it began from comes back as the next version.
            next_one = versions[item.item_id] + 1
            draft = replace(draft, item=replace(draft.item, version=next_one), base_version=next_one)
    return Undo(words, tuple(replace(i, version=versions[i.item_id]) for i in before), draft=draft)
