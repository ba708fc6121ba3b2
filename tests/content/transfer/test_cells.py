"""Tables as spreadsheets and people write them: read where there is one meaning, else refused."""

from __future__ import annotations

import io
import zipfile

import pytest

from content.errors import TransferFileError
from content.transfer.cells import moment_cell, share_cell, time_cell, yes_or_no
from content.transfer.exchange import read_catalog_file
from content.transfer.workbook import is_workbook

SHEET = """<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<sheetData>{rows}</sheetData></worksheet>"""
_OFFICE = "openxmlformats-officedocument"
_SCHEMAS = "http://schemas.openxmlformats.org"
PARTS = {
    "[Content_Types].xml": f'<?xml version="1.0"?><Types xmlns="{_SCHEMAS}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    f'ContentType="application/vnd.{_OFFICE}.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{_SCHEMAS}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_SCHEMAS}/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{_SCHEMAS}/spreadsheetml/2006/main" '
    f'xmlns:r="{_SCHEMAS}/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Ads" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<?xml version="1.0"?><Relationships xmlns="{_SCHEMAS}/package/2006/'
    f'relationships"><Relationship Id="rId1" Type="{_SCHEMAS}/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}


def workbook(*rows: tuple[object, ...]) -> bytes:
    cells = []
    for row in rows:
        inner = "".join(
            f"<c><v>{value}</v></c>"
            if isinstance(value, (int, float))
            else f'<c t="inlineStr"><is><t>{value}</t></is></c>'
            for value in row
        )
        cells.append(f"<row>{inner}</row>")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        archive.writestr("xl/worksheets/sheet1.xml", SHEET.format(rows="".join(cells)))
    return file.getvalue()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("8:00", "08:00"),
        ("18:00:00", "18:00"),
        ("8.30", "08:30"),
        ("8:15 PM", "20:15"),
        ("12:00 am", "00:00"),
        ("25:00", "25:00"),
        ("noon", "noon"),
    ],
)
def test_times(written: str, read: str) -> None:
    assert time_cell(written) == read


@pytest.mark.parametrize(
    ("written", "begins", "ends"),
    [
        ("01.12.2026", "2026-12-01T00:00:00", "2026-12-02T00:00:00"),
        ("2026-12-31", "2026-12-31T00:00:00", "2027-01-01T00:00:00"),
        ("31.12.2026 18:00", "2026-12-31T18:00:00", "2026-12-31T18:00:00"),
        ("13/1/2026 8:00", "2026-01-13T08:00:00", "2026-01-13T08:00:00"),
        ("5/5/2026", "2026-05-05T00:00:00", "2026-05-06T00:00:00"),
        ("12/1/2026 8:00", "12/1/2026 8:00", "12/1/2026 8:00"),
        ("31.02.2026", "31.02.2026", "31.02.2026"),
        ("2026-12-01T09:00:00+01:00", "2026-12-01T09:00:00+01:00", "2026-12-01T09:00:00+01:00"),
        ("soon", "soon", "soon"),
    ],
)
def test_days(written: str, begins: str, ends: str) -> None:
    """A last day is inclusive; a day that could be two is left for the row's check to refuse."""
    assert moment_cell(written) == begins
    assert moment_cell(written, is_end=True) == ends


def test_words_and_shares() -> None:
    assert [yes_or_no(w) for w in ("WAHR", "TRUE", "Ja", "FALSCH", "non", "perhaps")] == [
        "yes", "yes", "yes", "no", "no", "perhaps",
    ]  # fmt: skip
    assert [share_cell(w) for w in ("80%", "12,5 %", "0.8", "80")] == ["0.8", "0.125", "0.8", "80"]


def test_a_spreadsheet_is_read_as_a_table_with_the_headers_people_write() -> None:
    data = workbook(
        ("Item", "Kind", "Title", "Happy", "From time", "Until time"),
        ("tea", "Ad", "Tea", 1, "8:00", "18:00:00"),
    )
    assert is_workbook(data)
    bundle = read_catalog_file(data)
    (row,) = bundle.rows
    assert bundle.problems == ()
    assert row.item_id == "tea"
    assert row.cells is not None
    read = {
        "kind": "ad", "title": "Tea", "targets.happy": "1", "schedule.from_time": "08:00",
        "schedule.until_time": "18:00",
    }  # fmt: skip
    assert {name: row.cells[name] for name in read} == read


def test_a_spreadsheet_that_cannot_be_read_says_what_to_bring() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(TransferFileError, match="CSV UTF-8"):
        read_catalog_file(file.getvalue())
    with pytest.raises(TransferFileError, match="without any filled cell"):
        read_catalog_file(workbook())
