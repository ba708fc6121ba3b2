"""The catalog as a table: a row for each item, a column for each field, safe to open in a spreadsheet.

Columns bear the dotted names that forms and messages use (``title``, ``targets.happy``,
``schedule.starts_at_utc``). A table carries every field of an item; files and links it carries by name.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, time
from typing import Any

from content.catalog.editing import item_data
from content.catalog.tags import joined_tags, split_tags
from content.errors import FieldError, RowProblem, TransferFileError, TransferRefusedError
from content.transfer.cells import READERS, share_cell
from content.types import Asset, CatalogItem, Framing, Pacing, Region, Schedule, ThemeColors
from emotion.labels import LABELS
from spreadsheet_text import guarded, unguarded

MAX_BYTES = 64 * 1024 * 1024
_PARTS: Mapping[str, tuple[str, ...]] = {
    "targets": tuple(LABELS),
    **{
        name: tuple(f.name for f in fields(of))
        for name, of in (
            ("region", Region),
            ("pacing", Pacing),
            ("asset", Asset),
            ("framing", Framing),
            ("colors", ThemeColors),
            ("schedule", Schedule),
        )
    },
}
_OPTIONAL = ("region", "asset", "colors")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TEXTS = ("title", "alt_text", "headline", "body", "call_to_action", "link_url", "colors.font", "credit")
"""Columns whose empty cell says "no text"; elsewhere it says "the usual"."""
_DECIMALS = (
    *(f"targets.{label}" for label in LABELS),
    *(f"region.{part}" for part in _PARTS["region"]),
    "min_confidence",
    "weight",
    "pacing.min_dwell_s",
    "pacing.cool_down_s",
    "pacing.share",
    "asset.duration_s",
    "framing.focus_x",
    "framing.focus_y",
)
_NUMBER = re.compile(r"-?[0-9.]+(e[+-]?[0-9]+)?")
_DELIMITERS = (",", ";", "\t")


def _columns() -> Iterator[str]:
    names = [f.name for f in fields(CatalogItem) if f.name not in ("version", "schedule")]
    # The last cell of a row, the time zone, is never empty: a row that ends too early can be told.
    for name in (*names, "schedule"):
        if name in _PARTS:
            yield from (f"{name}.{part}" for part in _PARTS[name])
        else:
            yield name


COLUMNS: tuple[str, ...] = tuple(_columns())
"""All columns, in the order of an export."""


def _aliases() -> dict[str, str]:
    parts = [column.rpartition(".")[2] for column in COLUMNS]
    alone = {part: column for part, column in zip(parts, COLUMNS, strict=True) if parts.count(part) == 1}
    return {**{c: c for c in COLUMNS}, "item": "item_id", "id": "item_id", "tag": "tags", **alone}


_ALIASES: Mapping[str, str] = _aliases()
"""Names of columns as people write them: ``Item``, ``Happy``, ``Time zone``."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read, cell by cell, unchecked.

    Attributes:
        rows: number as in a spreadsheet (1 is the row of column names) → column → cell.
        missing: columns that the file does not have.
        problems: columns that are none, rows of the wrong length.
    """

    rows: Mapping[int, Mapping[str, str]]
    missing: tuple[str, ...]
    problems: tuple[RowProblem, ...]


def item_cells(item: CatalogItem) -> dict[str, str]:
    """An item's fields as cells, column → text, unguarded."""
    cells = dict.fromkeys(COLUMNS, "")
    for name, value in item_data(item).items():
        if isinstance(value, Mapping):
            cells.update({f"{name}.{part}": _cell(v) for part, v in value.items()})
        elif name == "tags":
            cells[name] = joined_tags(value)
        elif name not in _PARTS:
            cells[name] = _cell(value)
    return cells


def form_data(cells: Mapping[str, str]) -> dict[str, Any]:
    """Cells as a form takes them; what is empty is left to the form's own defaults."""
    data: dict[str, Any] = {}
    for column, cell in cells.items():
        name, _, part = column.partition(".")
        if column == "tags":
            data[name] = split_tags(cell)
            continue
        if not part:
            if cell or column in _TEXTS:
                data[name] = cell
            continue
        group = data.setdefault(name, {})
        if column == "schedule.weekdays":
            group[part] = [_weekday(word) for word in re.split(r"[\s,;]+", cell.strip()) if word]
        elif cell or column in _TEXTS:
            group[part] = cell
    for name in _OPTIONAL:
        if name in data and not any(data[name].values()):
            data[name] = None
    return data


def column_error(error: FieldError, cells: Mapping[str, str]) -> FieldError:
    """A form's message at the column it is about."""
    if error.field.startswith("schedule.weekdays"):
        received = cells.get("schedule.weekdays", "")
        message = f"Expected days of the week such as: mon tue sun. Received: {received!r}"
        return FieldError("schedule.weekdays", message)
    if error.field.startswith("tags."):
        return FieldError("tags", error.message)
    return error


def write_table(items: Iterable[CatalogItem]) -> bytes:
    """Items as CSV: UTF-8 with a mark that Excel looks for, commas, one row each.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, which ``read_table``
    takes away again.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for item in items:
        writer.writerow([_guarded(column, cell) for column, cell in item_cells(item).items()])
    return codecs.BOM_UTF8 + text.getvalue().encode("utf-8")


def read_table(data: bytes) -> Table:
    """Read CSV with commas, semicolons or tabs, in UTF-8 or UTF-16.

    Raises:
        TransferFileError: it is no such text, it is cut off, or it has no column ``item_id``.
        TransferRefusedError: it is larger than any catalog.
    """
    if len(data) > MAX_BYTES:
        raise TransferRefusedError(
            f"Expected a table of at most {MAX_BYTES // 1024**2} MB. Received: {len(data) / 1024**2:.1f} MB"
        )
    text = _decoded(data)
    if first := re.match(r"sep=(.)\r?\n", text):
        # A line by which Excel tells itself the separator.
        text = text[first.end() :]
    delimiter = _delimiter(text)
    records = _records(text, delimiter)
    header = [_column(name) for name in next(records, [])]
    while header and not header[-1]:
        header.pop()
    if "item_id" not in header:
        shown = ", ".join(repr(name[:40]) for name in header[:5]) or "nothing"
        raise TransferFileError(
            f"Expected a table whose first row names its columns, item_id among them. Received: {shown}"
        )
    problems = list(_header_problems(header))
    rows: dict[int, Mapping[str, str]] = {}
    for number, record in enumerate(records, start=2):
        if not any(record):
            continue
        while len(record) > len(header) and not record[-1]:
            record.pop()
        if len(record) != len(header):
            place = header.index("item_id")
            problems.append(
                RowProblem(
                    number,
                    unguarded(record[place]).strip() if place < len(record) else "",
                    "",
                    f"Expected {len(header)} cells, as there are columns. Received: {len(record)}",
                )
            )
            continue
        # Of a column that is there twice, the first counts.
        pairs = reversed(list(zip(header, record, strict=True)))
        rows[number] = {c: _read_cell(c, cell, delimiter) for c, cell in pairs if c in COLUMNS}
    missing = tuple(column for column in COLUMNS if column not in header)
    return Table(rows, missing, tuple(problems))


def _column(name: str) -> str:
    """The column that a header names: by its own name, or by a last part that no other column has."""
    word = name.strip().lower()
    return _ALIASES.get(re.sub(r"[\s_-]+", "_", word), word)


def _header_problems(header: Sequence[str]) -> Iterator[RowProblem]:
    for place, name in enumerate(header):
        if name in header[:place]:
            yield RowProblem(1, "", name, f"Expected each column once. Received: {name!r} twice")
        elif name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"; {near[0]} is meant, perhaps" if near else ""
            yield RowProblem(1, "", name, f"There is no such column{hint}. Received: {name!r}")


def _decoded(data: bytes) -> str:
    if not data:
        raise TransferFileError("Expected a table as CSV. Received: an empty file.")
    if data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in data[:2]:
        # Column names are ASCII, so UTF-16 without its mark shows in every second byte.
        encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
    else:
        encoding = "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise TransferFileError(
            f"Expected text in UTF-8 or UTF-16; a spreadsheet saves it as “CSV UTF-8”. "
            f"Received: a byte {data[error.start]:#04x} at place {error.start:,} that is none"
        ) from error


def _delimiter(text: str) -> str:
    """The one that makes the most columns of the first line."""
    line = re.split(r"[\r\n]", text, maxsplit=1)[0]
    return max(_DELIMITERS, key=lambda d: sum(n.strip(' "').lower() in COLUMNS for n in line.split(d)))


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):  # noqa: B007 (the message names it)
            yield record
    except csv.Error as error:
        raise TransferFileError(
            f"Expected a whole CSV table. Received: row {number + 1}, with which reading stopped ({error})"
        ) from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, datetime | time):
        return value.isoformat()
    if isinstance(value, tuple):
        return " ".join(_WEEKDAYS[day] for day in value)
    return str(value)


def _weekday(word: str) -> int | str:
    short = word.lower()[:3]
    return _WEEKDAYS.index(short) if short in _WEEKDAYS else word


def _guarded(column: str, cell: str) -> str:
    if column in _DECIMALS and _NUMBER.fullmatch(cell):
        return cell
    return guarded(cell)


def _read_cell(column: str, cell: str, delimiter: str) -> str:
    cell = unguarded(cell.replace("\r\n", "\n"))
    # Where commas part decimals, spreadsheets write other delimiters between the cells.
    if column in _DECIMALS and delimiter != "," and re.fullmatch(r"-?\d+,\d+", cell):
        return cell.replace(",", ".")
    if column in _TEXTS:
        return cell
    cell = cell.strip()
    if column in _DECIMALS:
        return share_cell(cell)
    return READERS[column](cell) if column in READERS else cell
