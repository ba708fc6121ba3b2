"""Spreadsheets as they are saved (.xlsx, .ods), read as a table: the one file that imports calamine."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, time
from typing import Final

from content.errors import TransferFileError, TransferRefusedError

_PARTS: Final = ("xl/workbook.xml", "content.xml")
MOST_BYTES: Final = 256 * 1024 * 1024
"""How large a workbook may be unpacked."""


def is_workbook(data: bytes) -> bool:
    """Whether a zip holds a spreadsheet of Excel or LibreOffice."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(part in archive.namelist() for part in _PARTS)
    except (zipfile.BadZipFile, OSError):
        return False


def workbook_as_csv(data: bytes) -> bytes:
    """The first sheet that holds anything, as CSV in UTF-8.

    Raises:
        TransferFileError: it cannot be read, or no sheet holds anything.
        TransferRefusedError: it unpacks to more than any catalog.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > MOST_BYTES:
        raise TransferRefusedError(
            f"Expected a spreadsheet of at most {MOST_BYTES // 1024**2} MB unpacked. "
            f"Received: {size / 1024**2:.0f} MB"
        )
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
        rows = next((sheet for sheet in sheets if any(any(row) for row in sheet)), None)
    except (CalamineError, OSError, ValueError) as error:
        raise TransferFileError(
            "Expected a spreadsheet that can be read; save it as “CSV UTF-8” and bring that. "
            f"Received: {error}"
        ) from error
    if rows is None:
        raise TransferFileError("Expected a spreadsheet with a table. Received: one without any filled cell.")
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8")


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    # A length, as some programs keep a time of day, reads as one: 8:00:00.
    return str(value)
