"""Import and export under AppTest: the report first, then all or nothing."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from content.bootstrap import Content
from content.catalog.history import Action
from content.transfer.exchange import export_csv, read_catalog_file
from tests.content.hand import hand
from tests.content.media_files import picture
from tests.ui.catalog.builders import SUN, TEA
from tests.ui.pages import press, words
from ui.access.signin import THIS_COMPUTER
from ui.catalog.export import zip_bytes
from ui.catalog.transfer import NEW_REPORT, NOTHING_TO_IMPORT


def transfer(page: AppTest) -> AppTest:
    return page.button_group(key="catalog-section-0").set_value("Import and export").run()


def drop(page: AppTest, name: str, data: bytes) -> AppTest:
    kind = "application/zip" if name.endswith("zip") else "text/csv"
    return page.file_uploader[0].upload(name, data, kind).run()


def table(content: Content, **cells: dict[str, str]) -> bytes:
    """The catalog's table with other cells: item id → column → value; a new id is a copy of ``tea``."""
    rows = list(csv.DictReader(io.StringIO(export_csv(content.store.load()).decode("utf-8-sig"))))
    by_id = {row["item_id"]: row for row in rows}
    for item_id, values in cells.items():
        by_id.setdefault(item_id, {**by_id["tea"], "item_id": item_id}).update(values)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(by_id.values())
    return out.getvalue().encode()


def count(page: AppTest, what: str) -> int:
    said = words(page)
    start = said.index("<b>", said.index(f'data-testid="import-{what}"')) + 3
    return int(said[start : said.index("</b>", start)])


def test_the_report_comes_first_and_the_button_imports(visit, content: Content) -> None:
    data = table(content, tea={"title": "Green <i>tea</i>"}, mint={"title": "Mint"})
    page = drop(transfer(visit()), "catalog.csv", data)
    assert not page.exception
    assert [count(page, w) for w in ("created", "changed", "unchanged", "deleted", "invalid")] == [
        1,
        1,
        1,
        0,
        0,
    ]
    assert "<del>Meadow tea</del> <ins>Green &lt;i&gt;tea&lt;/i&gt;</ins>" in words(page)
    assert content.store.load().get("tea") == TEA, "the report changes nothing"
    press(page, "Import 2 items")
    assert not page.exception
    now = content.store.load()
    assert now.get("tea").title == "Green <i>tea</i>"
    assert now.get("mint").title == "Mint"
    latest = content.store.history("mint")[0]
    assert (latest.action, latest.author) == (Action.IMPORTED, THIS_COMPUTER.name)
    press(page, "Undo")
    now = content.store.load()
    assert now.get("mint") is None
    assert now.get("tea").title == "Meadow tea"


def test_wrong_rows_are_named_and_keep_everything_out_unless_left_out(visit, content: Content) -> None:
    data = table(content, mint={"title": "Mint"}, tea={"weight": "-1", "title": ""})
    page = drop(transfer(visit()), "catalog.csv", data)
    shown = page.dataframe[0].value
    assert list(shown["Row"]) == [2, 2]
    assert set(shown["Field"]) == {"Title", "Weight"}
    assert next(b for b in page.button if b.label == "Import 1 item").disabled
    page.checkbox[0].check().run()
    press(page, "Import 1 item")
    now = content.store.load()
    assert now.get("mint") is not None
    assert now.get("tea") == TEA
    assert "1 wrong row left out" in words(page)


def test_only_on_request_does_an_import_delete(visit, content: Content) -> None:
    rows = table(content).decode().splitlines()
    data = "\n".join(r for r in rows if not r.startswith("sun")).encode()
    page = drop(transfer(visit()), "catalog.csv", data)
    assert count(page, "deleted") == 0
    assert [s.value for s in page.success] == [NOTHING_TO_IMPORT]
    page.toggle[0].set_value(True).run()
    assert count(page, "deleted") == 1
    assert not page.warning
    hand(content).save_draft(replace(SUN, title="Drafted"))
    assert "A draft of" in "\n".join(w.value for w in page.run().warning)
    press(page, "Delete 1")
    assert content.store.load().get("sun") is None
    press(page, "Undo")
    assert content.store.load().get("sun").title == SUN.title
    assert content.store.drafts()["sun"].item.title == "Drafted"


def test_columns_that_are_missing_are_named_once_each(visit, content: Content) -> None:
    page = drop(transfer(visit()), "weights.csv", b"item_id,weight\ntea,2\n")
    (said,) = [c.value for c in page.caption if c.value.startswith("The table has no column for")]
    named = said.split(": ")[1].split(". ")[0].split(", ")
    assert "Pace" in named
    assert len(named) == len(set(named))


def test_a_file_that_is_no_catalog_is_one_clear_message(visit, content: Content) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("../../evil.json", "{}")
        file.writestr("catalog.json", json.dumps({"items": []}))
    for name, data in (("broken.zip", b"PK\x03\x04nonsense"), ("evil.zip", archive.getvalue())):
        page = drop(transfer(visit()), name, data)
        assert not page.exception
        assert f"{name.replace('.', chr(92) + '.')}** cannot be imported" in words(page)
        assert not [b for b in page.button if b.label.startswith("Import ")]


def test_what_someone_else_saved_since_the_report_is_not_overwritten(visit, content: Content) -> None:
    page = drop(transfer(visit()), "catalog.csv", table(content, tea={"title": "Green tea"}))
    hand(content).save(replace(TEA, weight=5.0), 1)
    press(page, "Import 1 item")
    assert NEW_REPORT in words(page)
    assert content.store.load().get("tea").title == "Meadow tea", "nobody saw what this would have done"
    assert "<b>Weight</b> <del>5</del> <ins>1</ins>" in words(page)
    press(page, "Import 1 item")
    assert content.store.load().get("tea").title == "Green tea"


def test_files_that_the_zip_will_lack_are_named_before(visit, content: Content) -> None:
    assert "missing-files" not in words(transfer(visit()))
    kept = content.assets.add(picture())
    hand(content).create(replace(SUN, item_id="pear", title="Pear", asset=kept, alt_text="A pear"))
    content.assets.remove(kept)
    assert f"{kept.location}, of “Pear”" in words(transfer(visit()))


def test_the_zip_holds_the_whole_catalog(content: Content) -> None:
    catalog = content.store.load()
    with read_catalog_file(zip_bytes(content, catalog)) as bundle:
        assert [row.item_id for row in bundle.rows] == [item.item_id for item in catalog.items]
