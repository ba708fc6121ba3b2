"""The table: every field, every dialect of spreadsheets, no formula."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.errors import TransferFileError, TransferRefusedError
from content.transfer import csv_table
from content.transfer.csv_table import COLUMNS, form_data, item_cells, read_table, write_table
from content.transfer.exchange import plan_import, read_csv
from content.types import Catalog, CatalogItem, Pacing, Region, Schedule
from emotion.labels import Emotion
from tests.content import builders
from tests.content.catalogs import items
from tests.content.transfer.builders import EMPTY, NOWHERE, wrong

FULL = builders.ad(
    "full",
    region=Region(-0.5, 0.25, -1.0, 0.0),
    schedule=Schedule(
        datetime(2026, 3, 1, tzinfo=UTC), None, (0, 6), time(22, 0), time(2, 30), "Europe/Zurich"
    ),
    pacing=Pacing(2.5, 60.0, True, 0.1),
    body="- one\n- two; three, “four”",
    weight=0.1 + 0.2,
    tags=("Summer sale", "= Lobby", "Grüße"),
)
DANGEROUS = tuple("=+-@\t\r＝＋－＠")


def cells_of(data: bytes, delimiter: str = ",") -> list[list[str]]:
    """As a spreadsheet reads it."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def read(data: bytes) -> tuple[CatalogItem, ...]:
    plan = plan_import(read_csv(data), EMPTY, NOWHERE)
    assert plan.invalid == ()
    return plan.created


def test_a_column_for_every_field() -> None:
    stems = {column.split(".")[0] for column in COLUMNS}
    assert stems == {f.name for f in fields(CatalogItem)} - {"version"}
    assert {c for c in COLUMNS if c.startswith("targets.")} == {f"targets.{e.value}" for e in Emotion}
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_a_table_is_what_a_person_expects() -> None:
    [header, row] = cells_of(write_table([FULL]))
    cells = dict(zip(header, row, strict=True))
    assert cells["schedule.weekdays"] == "mon sun"
    assert cells["schedule.from_time"] == "22:00:00"
    assert cells["pacing.wait_for_end"] == "yes"
    assert cells["pacing.cool_down_s"] == "60"
    assert cells["tags"] == "Summer sale, = Lobby, Grüße"
    # A negative number is no formula.
    assert cells["region.valence_min"] == "-0.5"
    assert read(write_table([FULL])) == (FULL,)


# --- formulas ----------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=40)
@given(items())
def test_no_cell_of_any_export_is_a_formula(item) -> None:
    for row in cells_of(write_table([item]))[1:]:
        for column, cell in zip(COLUMNS, row, strict=True):
            number = column in csv_table._DECIMALS and re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", cell)
            assert number or not cell.startswith(DANGEROUS)


@settings(max_examples=40)
@given(items(), st.sampled_from([";", "\t", "|"]))
def test_a_spreadsheet_that_expects_another_separator_finds_no_formula(item, separator) -> None:
    # It takes the file apart at its own separators and at line breaks, wherever quotes stand.
    text = write_table([item]).decode("utf-8-sig")
    for cell in re.split(rf"[{re.escape(separator)}\r\n]", text):
        assert not cell.startswith(tuple("=+@＝＋－＠"))
        assert not re.match(r"-[^0-9]", cell)


def test_formulas_that_someone_typed_are_text_when_read() -> None:
    table = b'item_id,kind,title,headline\r\na,ad,=1+1,"=HYPERLINK(""https://example.org"",""x"")"\r\n'
    [item] = read(table)
    assert (item.title, item.headline) == ("=1+1", '=HYPERLINK("https://example.org","x")')


# --- what spreadsheets save --------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
def test_every_dialect_is_read(encoding, delimiter, ending) -> None:
    item = replace(FULL, title="Grüße 😀 “;,”")
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerows(cells_of(write_table([item])))
    data = text.getvalue().encode(encoding)
    if encoding in ("utf-16-le", "utf-16-be"):
        assert not data.startswith((b"\xff\xfe", b"\xfe\xff"))
    assert read(data) == (item,)


def test_decimal_commas_of_a_table_with_semicolons() -> None:
    table = b"item_id;kind;title;headline;weight;min_confidence\na;ad;1,5;h;2,5;0,25\n"
    [item] = read(table)
    assert (item.title, item.weight, item.min_confidence) == ("1,5", 2.5, 0.25)


def test_the_line_that_tells_excel_its_separator() -> None:
    assert [i.item_id for i in read(b"sep=;\r\nitem_id;kind;title;headline\r\na;ad;t;h\r\n")] == ["a"]


def test_names_of_columns_and_days_in_any_case_and_order() -> None:
    table = b"Title, Item_ID ,headline,KIND,schedule.weekdays\na,one,h,ad,Saturday; SUN\n"
    [item] = read(table)
    assert (item.item_id, item.title, item.schedule.weekdays) == ("one", "a", (5, 6))


def test_tags_stand_in_one_cell_and_a_wrong_one_is_named() -> None:
    cells = ["Sale; Lobby ;sale", "", f"Sale; {'x' * 41}", ";".join("abcdefghijklm")]
    rows = "".join(f"{name},ad,A,h,{cell}\n" for name, cell in zip("abcd", cells, strict=True))
    plan = plan_import(read_csv(f"item_id,kind,title,headline,Tags\n{rows}".encode()), EMPTY, NOWHERE)
    assert [item.tags for item in plan.created] == [("Sale", "Lobby"), ()]
    assert wrong(plan) == [(4, "c", "tags"), (5, "d", "tags")]
    assert [p.message.partition(" Received")[0] for p in plan.invalid] == [
        "Expected at most 40 characters.",
        "Expected at most 12 tags.",
    ]


def test_a_table_from_before_there_were_tags_leaves_them_alone() -> None:
    old = b"item_id,kind,title,headline\nfull,ad,New,h\nadded,ad,Added,h\n"
    plan = plan_import(read_csv(old), Catalog(1, (FULL,)), NOWHERE)
    assert plan.changed[0].after.tags == FULL.tags
    assert plan.created[0].tags == ()
    emptied = plan_import(read_csv(b"item_id,tags\nfull,\n"), Catalog(1, (FULL,)), NOWHERE)
    assert emptied.changed[0].after == replace(FULL, tags=())


def test_line_breaks_of_windows_within_a_cell() -> None:
    [item] = read(b'item_id,kind,title,headline,body\r\na,ad,t,h,"one\r\ntwo"\r\n')
    assert item.body == "one\ntwo"


def test_rows_are_numbered_as_in_a_spreadsheet() -> None:
    table = b'item_id,kind,title,headline,body\na,ad,t,h,"two\nlines"\n,,,,\nb,advert,t,h,\n'
    plan = plan_import(read_csv(table), EMPTY, NOWHERE)
    assert [i.item_id for i in plan.created] == ["a"]
    assert wrong(plan) == [(4, "b", "kind")]


# --- what is wrong with a table ----------------------------------------------------------------------


def test_columns_that_there_are_not_and_columns_left_out_are_named() -> None:
    bundle = read_csv(b"item_id,kind,titel,headline,headline\na,ad,t,h,h\n")
    assert [(p.row, p.field) for p in bundle.problems] == [(1, "titel"), (1, "headline")]
    assert "title is meant, perhaps" in bundle.problems[0].message
    assert set(bundle.missing_columns) == set(COLUMNS) - {"item_id", "kind", "headline"}
    plan = plan_import(bundle, EMPTY, NOWHERE)
    assert (2, "a", "title") in wrong(plan)


def test_wrong_cells_are_named_by_column() -> None:
    cells = item_cells(FULL) | {
        "weight": "heavy",
        "targets.sad": "110%",
        "schedule.weekdays": "mon caturday",
        "schedule.from_time": "25:00",
        "pacing.wait_for_end": "perhaps",
        "frequency_cap": "1.5",
    }
    text = io.StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, [cells[c] for c in COLUMNS]])
    plan = plan_import(read_csv(text.getvalue().encode()), EMPTY, NOWHERE)
    named = {p.field: p.message for p in plan.invalid}
    assert set(named) >= {
        "weight", "targets.sad", "schedule.weekdays", "schedule.from_time", "pacing.wait_for_end",
        "frequency_cap",
    }  # fmt: skip
    assert named["schedule.weekdays"].endswith("Received: 'mon caturday'")


def test_a_row_of_another_length_is_named() -> None:
    plan = plan_import(read_csv(b"item_id,kind,title,headline\na,ad,t,h\nb,ad\nc,ad,t,h,x\n"), EMPTY, NOWHERE)
    assert [i.item_id for i in plan.created] == ["a"]
    assert wrong(plan) == [(3, "b", ""), (4, "c", "")]


def test_empty_columns_at_the_end_are_no_matter() -> None:
    assert len(read(b"item_id,kind,title,headline,,\na,ad,t,h,,\nb,ad,t,h\n")) == 2


@pytest.mark.parametrize("cut", range(len("Europe/Zurich") + 3, 170, 7))
def test_a_table_cut_off_is_told(cut) -> None:
    # Google's tables end without a line break, so within the last cell it cannot be told.
    whole = write_table([FULL, replace(FULL, item_id="last")])
    try:
        plan = plan_import(read_csv(whole[:-cut]), EMPTY, NOWHERE)
    except TransferFileError:
        return
    assert [i.item_id for i in plan.created] == ["full"]
    assert wrong(plan) == [(3, "last", "")]


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "empty file"),
        (b"\n\n", "nothing"),
        (b"name,age\n1,2\n", "'name', 'age'"),
        ("item_id,title\na,caf\xe9\n".encode("latin-1"), "0xe9"),
        (b'item_id,title\na,"no end\n', "row 2"),
        (b"\xff\xfei\x00t", "0x74"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "0x89"),
        (b"item_id,title\na," + b"x" * 200_000, "row 2"),
    ],
    ids=["empty", "blank", "columns", "latin-1", "quote", "utf-16 cut", "picture", "huge cell"],
)
def test_what_is_no_table_is_refused(data, part) -> None:
    with pytest.raises(TransferFileError, match=re.escape(part)):
        read_table(data)


def test_a_table_larger_than_any_catalog_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(csv_table, "MAX_BYTES", 1000)
    with pytest.raises(TransferRefusedError, match="at most"):
        read_table(write_table([FULL]) * 2)


def test_cells_and_forms_agree() -> None:
    assert form_data(item_cells(FULL))["schedule"]["weekdays"] == [0, 6]
    assert form_data({"item_id": "a", "asset.location": "", "region.valence_min": ""}) == {
        "item_id": "a",
        "asset": None,
        "region": None,
    }
