"""What editors typed into the grid and have not saved, judged.

An edit is a mapping from a *cell* to the value typed into it. Everything goes through
``content.catalog.editing`` before it becomes an item, so that grid, form and catalog files are judged by the
same rules. Pure; no Streamlit here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from content.catalog.editing import item_data, parse_item
from content.errors import ItemInvalidError
from content.types import Catalog, CatalogItem
from emotion.labels import EMOTIONS, LABELS, Emotion
from ui.catalog.problems import field_words
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
    "tags",
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
        "tags": list(item.tags),
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
        elif cell == "tags":
            data["tags"] = value or ()
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
class Typed:
    """What an editor typed for one item and has not saved.

    Attributes:
        base: the item that the editor began with.
        cells: cell → value as typed.
    """

    base: CatalogItem
    cells: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CellError:
    """One refused cell.

    Attributes:
        row: its number on the page, from 1; 0 where the filters hide it.
        title: of the item.
        column: in words.
        needs: what it needs, in a sentence.
    """

    row: int
    title: str
    column: str
    needs: str

    def __str__(self) -> str:
        """Where and why, on one line."""
        return f"{f'Row {self.row}: ' if self.row else ''}“{self.title}”, {self.column}. {self.needs}"


def absorb(
    typed: Mapping[str, Typed],
    shown: Sequence[CatalogItem],
    edited_rows: Mapping[int | str, Mapping[str, Any]],
) -> dict[str, Typed]:
    """What was typed before together with what the grid holds now.

    The grid reports cells that differ from what it was given, by position; unsaved cells know items by id, so
    that they outlive filters, sorting and pages. A cell typed back to what the item has is no edit.

    Args:
        typed: item id → what was typed before.
        shown: the grid's rows, as they are in the catalog that it was made from.
        edited_rows: position → cell → value, as Streamlit's data editor keeps it.
    """
    merged = {item_id: Typed(one.base, dict(one.cells)) for item_id, one in typed.items()}
    for position, cells in edited_rows.items():
        item = shown[int(position)]
        one = merged.setdefault(item.item_id, Typed(item, {}))
        one.cells.update(
            {c: _date_cell(value) if c in _DATES else value for c, value in cells.items() if c in GRID_CELLS}
        )
    for item_id, one in list(merged.items()):
        original = grid_row(one.base)
        one.cells = {cell: value for cell, value in one.cells.items() if value != original[cell]}
        if not one.cells:
            del merged[item_id]
    return merged


@dataclass(frozen=True, slots=True)
class Checked:
    """Unsaved cells judged.

    Attributes:
        ready: items that can be saved.
        errors: refused cells.
        conflicts: ids of items that somebody else changed meanwhile.
        gone: ids of items that somebody else deleted meanwhile.
    """

    ready: tuple[CatalogItem, ...]
    errors: tuple[CellError, ...]
    conflicts: tuple[str, ...]
    gone: tuple[str, ...]


def check_typed(typed: Mapping[str, Typed], catalog: Catalog, rows: Mapping[str, int]) -> Checked:
    """Judge what was typed by the rules, and against the catalog as it is now.

    Args:
        typed: item id → what was typed.
        catalog: now.
        rows: item id → row number on the page, from 1; those that are filtered out have none.
    """
    ready, errors, conflicts, gone = [], [], [], []
    for item_id, one in typed.items():
        current = catalog.get(item_id)
        if current is None:
            gone.append(item_id)
        elif current.version != one.base.version:
            conflicts.append(item_id)
        else:
            try:
                ready.append(with_cells(one.base, one.cells))
            except ItemInvalidError as error:
                errors += [
                    CellError(rows.get(item_id, 0), one.base.title, field_name(e.field), field_words(e))
                    for e in error.errors
                ]
    return Checked(tuple(ready), tuple(errors), tuple(conflicts), tuple(gone))
