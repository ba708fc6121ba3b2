"""Catalogs as files: round trips, what an import would change, and what it does."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from content.actions import import_catalog
from content.catalog.history import Action, item_json
from content.errors import (
    AssetStoreError,
    ConflictError,
    DatabaseUnavailableError,
    ImportInvalidError,
    ItemExistsError,
    TransferFileError,
    TransferRefusedError,
)
from content.media.assets import AssetStore
from content.transfer import exchange as transfer
from content.transfer.exchange import (
    export_csv,
    export_zip,
    plan_import,
    read_catalog_file,
    read_csv,
    read_zip,
)
from content.types import Asset, AssetType, Catalog
from emotion.labels import Emotion
from tests.content import builders
from tests.content.catalogs import catalogs
from tests.content.hand import Hand
from tests.content.media_files import picture
from tests.content.transfer.builders import EMPTY, NOWHERE, wrong


@pytest.fixture
def assets(tmp_path) -> AssetStore:
    return AssetStore(tmp_path / "media", tmp_path / "starter")


@pytest.fixture
def elsewhere(tmp_path) -> AssetStore:
    """The files of another installation."""
    return AssetStore(tmp_path / "elsewhere", tmp_path / "starter")


def zipped(catalog: Catalog, assets: AssetStore = NOWHERE) -> io.BytesIO:
    file = io.BytesIO()
    export_zip(catalog, assets, file)
    return file


def made(members: dict[str, bytes | str]) -> io.BytesIO:
    """A zip as anybody may make one."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def listing(*items: dict) -> str:
    return json.dumps({"items": list(items)})


def shown(assets: AssetStore, content: bytes | None = None, item_id: str = "shown"):
    """An item with a picture that is kept."""
    return builders.media(item_id, asset=assets.add(content or picture()))


def export_json(catalog: Catalog) -> bytes:
    with zipfile.ZipFile(zipped(catalog)) as archive:
        return archive.read("catalog.json")


@pytest.mark.slow
@given(catalogs())
def test_any_catalog_comes_back_from_a_zip(catalog: Catalog) -> None:
    plan = plan_import(read_zip(zipped(catalog)), EMPTY, NOWHERE)
    assert (plan.created, plan.invalid) == (catalog.items, ())


@pytest.mark.slow
@settings(max_examples=40)
@given(catalogs())
def test_any_catalog_comes_back_from_a_table(catalog: Catalog) -> None:
    plan = plan_import(read_csv(export_csv(catalog)), EMPTY, NOWHERE)
    assert (plan.created, plan.invalid) == (catalog.items, ())


@pytest.mark.slow
@settings(max_examples=40)
@given(catalogs())
def test_an_own_export_changes_nothing(catalog: Catalog) -> None:
    for bundle in (read_zip(zipped(catalog)), read_csv(export_csv(catalog))):
        plan = plan_import(bundle, catalog, NOWHERE, replace=True)
        assert plan.unchanged == catalog.items
        assert not plan.does_something
        assert not plan.invalid


def test_the_same_catalog_gives_the_same_zip(assets) -> None:
    catalog = builders.catalog(shown(assets))
    assert zipped(catalog, assets).getvalue() == zipped(catalog, assets).getvalue()


def test_files_travel_to_another_installation(store, assets, elsewhere) -> None:
    film, still = assets.add(picture(color="red")), assets.add(picture(color="blue"))
    asset = Asset(AssetType.IMAGE, film.location, "image/png", poster=still.location)
    before = builders.catalog(builders.media("shown", asset=asset), builders.theme("calm"))
    bundle = read_zip(zipped(before, assets))
    plan = plan_import(bundle, store.load(), elsewhere)
    assert plan.new_files == tuple(sorted([film.location, still.location]))
    done = import_catalog(store, elsewhere, plan, bundle, author="editor@example.org")
    assert [i.item_id for i in done.items] == [i.item_id for i in plan.created]
    assert len(plan.new_files) == 2
    item = store.load().get("shown")
    assert item is not None and item.asset is not None
    assert elsewhere.read_bytes(item.asset.location) == picture(color="red")
    assert elsewhere.read_bytes(item.asset.poster) == picture(color="blue")
    # Under names of the other installation's own, so nothing of it can be written over.
    assert item.asset.location != film.location
    again = plan_import(read_zip(zipped(before, assets)), store.load(), elsewhere)
    assert not again.does_something
    assert [r.action for r in store.history()] == [Action.IMPORTED] * 2
    assert {r.author for r in store.history()} == {"editor@example.org"}


def test_a_kept_file_under_the_same_name_is_compared_by_its_bytes(store, assets) -> None:
    item = store.create(shown(assets))
    location = item.asset.location
    # Somebody unpacked an export, put another picture in and packed it again.
    altered = made(
        {"catalog.json": export_json(store.load()), location: picture(color="green"), "notes.txt": "not ours"}
    )
    bundle = read_zip(altered)
    plan = plan_import(bundle, store.load(), assets)
    assert plan.new_files == (location,)
    # The name alone does not tell: the item changes when its picture does.
    assert [change.before for change in plan.changed] == [item]
    import_catalog(store, assets, plan, bundle)
    after = store.load().get("shown").asset
    assert after.location != location
    assert assets.read_bytes(after) == picture(color="green")
    assert assets.read_bytes(location) == picture()


def test_two_items_may_show_one_file(store, assets, elsewhere) -> None:
    first = shown(assets)
    catalog = builders.catalog(first, replace(first, item_id="second"))
    bundle = read_zip(zipped(catalog, assets))
    plan = plan_import(bundle, EMPTY, elsewhere)
    import_catalog(store, elsewhere, plan, bundle)
    assert len(plan.new_files) == 1
    assert len({item.asset.location for item in store.load().items}) == 1


def test_an_export_names_the_files_that_are_missing(assets, tmp_path) -> None:
    item = shown(assets)
    assets.remove(item.asset)
    target = tmp_path / "catalog.zip"
    assert export_zip(builders.catalog(item), assets, target) == (item.asset.location,)
    with read_catalog_file(target) as bundle:
        assert wrong(plan_import(bundle, EMPTY, assets)) == [(1, "shown", "asset.location")]


def test_an_export_that_fails_leaves_the_old_file(assets, tmp_path) -> None:
    class Stopped(Exception):
        pass

    class Stopping(AssetStore):
        def read_bytes(self, asset) -> bytes:
            raise Stopped

    item = shown(assets)
    target = tmp_path / "catalog.zip"
    target.write_bytes(b"the last export")
    with pytest.raises(Stopped):
        export_zip(builders.catalog(item), Stopping(tmp_path / "media", tmp_path), target)
    assert target.read_bytes() == b"the last export"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["catalog.zip"]


def test_an_export_to_nowhere_says_so(assets, tmp_path) -> None:
    with pytest.raises(TransferFileError, match="able to write"):
        export_zip(EMPTY, assets, tmp_path / "no" / "folder.zip")


# --- the dry run -------------------------------------------------------------------------------------


def test_a_plan_lists_what_would_change() -> None:
    same, other, gone = builders.ad("same"), builders.ad("other", Emotion.HAPPY), builders.ad("gone")
    current = builders.catalog(same, replace(other, version=4), gone)
    new = builders.theme("new")
    file = builders.catalog(same, replace(other, targets={Emotion.HAPPY: 0.5}, weight=2.0), new)
    for bundle in (read_zip(zipped(file)), read_csv(export_csv(file))):
        plan = plan_import(bundle, current, NOWHERE)
        assert (plan.created, plan.unchanged, plan.deleted) == ((new,), (same,), ())
        [change] = plan.changed
        assert change.before.version == change.after.version == 4
        assert {(c.field, c.before, c.after) for c in change.changes} == {
            ("targets.happy", 1.0, 0.5),
            ("weight", 1.0, 2.0),
        }
        assert plan_import(bundle, current, NOWHERE, replace=True).deleted == (gone,)


def test_every_wrong_field_of_every_wrong_row_is_named() -> None:
    file = made(
        {
            "catalog.json": listing(
                {"item_id": "good", "kind": "ad", "title": "Good", "headline": "Words"},
                {"item_id": "two wrong", "kind": "ad", "title": ""},
                {"kind": "ad", "title": "No id", "headline": "Words"},
                {"item_id": "html", "kind": "ad", "title": "t", "headline": "h", "link_url": "javascript:1"},
                {"item_id": "extra", "kind": "ad", "title": "t", "headline": "h", "script": "x"},
                {"item_id": "good", "kind": "ad", "title": "Again", "headline": "Words"},
                {"item_id": "nan", "kind": "ad", "title": "t", "headline": "h", "weight": float("nan")},
            )
        }
    )
    plan = plan_import(read_zip(file), EMPTY, NOWHERE)
    assert [item.title for item in plan.created] == ["Good"]
    assert wrong(plan) == [
        (2, "two wrong", "item_id"),
        (2, "two wrong", "title"),
        (2, "two wrong", "headline"),
        (3, "", "item_id"),
        (4, "html", "link_url"),
        (5, "extra", "script"),
        (6, "good", "item_id"),
        (7, "nan", "weight"),
    ]
    assert plan.invalid_rows == 6


def test_rows_that_are_no_items_are_named() -> None:
    file = made({"catalog.json": '{"items": [3, null, {"item_id": ["x"]}], "version": 2}'})
    plan = plan_import(read_zip(file), EMPTY, NOWHERE)
    named = {(p.row, p.field) for p in plan.invalid}
    assert named >= {(0, "version"), (1, ""), (2, ""), (3, "item_id")}


def test_what_is_shown_of_a_file_holds_no_control_characters() -> None:
    listed = '{"items": [{"item_id": "\\u001b[2J\\ud800", "\\u0007": 1}, "\\u001b[2J"]}'
    table = b"item_id,\x1b[2J,kind\nx\x1b[2J,,ad\n"
    for bundle in (read_zip(made({"catalog.json": listed})), read_csv(table)):
        plan = plan_import(bundle, EMPTY, NOWHERE)
        for problem in plan.invalid:
            assert (problem.item_id + problem.field + problem.message).isprintable()


def test_items_of_wrong_rows_are_not_deleted(store, assets) -> None:
    store.save_many(created=[builders.ad("wrong"), builders.ad("gone")])
    file = read_zip(made({"catalog.json": listing({"item_id": "wrong", "kind": "ad", "title": ""})}))
    plan = plan_import(file, store.load(), assets, replace=True)
    assert [item.item_id for item in plan.deleted] == ["gone"]
    import_catalog(store, assets, plan, file, skip_invalid=True)
    assert [item.item_id for item in store.load().items] == ["wrong"]


@pytest.mark.parametrize("item_id", ["", "Tea", 7, None])
def test_nothing_is_deleted_for_a_wrong_row_that_could_be_any_item(item_id) -> None:
    tea, sun = builders.ad("tea"), builders.ad("sun")
    rows = listing({**item_json(sun), "weight": 2}, {**item_json(tea), "item_id": item_id})
    plan = plan_import(read_zip(made({"catalog.json": rows})), Catalog(1, (tea, sun)), NOWHERE, replace=True)
    assert plan.invalid_rows == 1
    assert plan.deleted == ()
    assert [change.after.item_id for change in plan.changed] == ["sun"]


def test_files_that_are_only_compared_are_not_decoded(assets, monkeypatch) -> None:
    catalog = Catalog(1, (shown(assets),))
    monkeypatch.setattr(transfer, "inspect", None)
    assert plan_import(read_zip(zipped(catalog, assets)), catalog, assets).unchanged == catalog.items


def test_a_short_table_leaves_the_other_fields_alone() -> None:
    current = builders.catalog(builders.ad("one", Emotion.SAD, credit="Kept", weight=3.0))
    plan = plan_import(read_csv(b"item_id,title\r\none,New title\r\n"), current, NOWHERE)
    [change] = plan.changed
    assert change.after == replace(current.items[0], title="New title")
    assert "credit" in plan.missing_columns and "title" not in plan.missing_columns


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"<html><script>alert(1)</script></html>", "none of these"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "SVG"),
        (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "none of these"),
        (b"", "empty"),
    ],
    ids=["html", "svg", "html behind a PNG's first bytes", "empty"],
)
def test_a_file_in_the_zip_passes_the_checks_of_an_upload(store, assets, content, part) -> None:
    asset = {"type": "image", "location": "media/a.png", "mime_type": "image/png"}
    item = {"item_id": "x", "kind": "media", "title": "t", "asset": asset, "alt_text": "a"}
    bundle = read_zip(made({"catalog.json": listing(item), "media/a.png": content}))
    plan = plan_import(bundle, EMPTY, assets)
    assert wrong(plan) == [(1, "x", "asset.location")]
    assert part in plan.invalid[0].message
    done = import_catalog(store, assets, plan, bundle, skip_invalid=True)
    assert (done.items, done.undo, plan.invalid_rows, plan.new_files) == ((), None, 1, ())
    assert assets.listing() == ()


def test_a_file_is_what_its_content_says() -> None:
    jpeg = {"type": "image", "location": "media/a.jpg", "mime_type": "image/jpeg"}
    item = {"item_id": "x", "kind": "media", "title": "t", "asset": jpeg, "alt_text": "a"}
    plan = plan_import(
        read_zip(made({"catalog.json": listing(item), "media/a.jpg": picture()})), EMPTY, NOWHERE
    )
    assert wrong(plan) == [(1, "x", "asset.mime_type")]
    assert "image/png" in plan.invalid[0].message


def test_a_file_that_is_nowhere_is_named_with_its_row() -> None:
    table = export_csv(builders.catalog(builders.ad("a"), builders.media("b")))
    assert wrong(plan_import(read_csv(table), EMPTY, NOWHERE)) == [(3, "b", "asset.location")]


# --- the import --------------------------------------------------------------------------------------


def test_nothing_is_imported_unless_asked(store, assets) -> None:
    item = {"item_id": "fine", "kind": "ad", "title": "Fine", "headline": "Words"}
    bundle = read_zip(made({"catalog.json": listing(item, {"item_id": "wrong"})}))
    plan = plan_import(bundle, store.load(), assets)
    assert store.load().items == ()
    with pytest.raises(ImportInvalidError, match=r"1 wrong row\(s\): 2") as caught:
        import_catalog(store, assets, plan, bundle)
    assert caught.value.problems == plan.invalid
    assert store.load().items == ()
    done = import_catalog(store, assets, plan, bundle, skip_invalid=True)
    assert (len(done.items), plan.invalid_rows) == (1, 1)
    assert [i.item_id for i in store.load().items] == ["fine"]


def test_how_far_it_is_is_told_from_nothing_towards_all(store, assets, elsewhere) -> None:
    media = [shown(assets, picture(color=colour), colour) for colour in ("red", "blue", "green")]
    bundle = read_zip(zipped(builders.catalog(*media), assets))
    told: list[float] = []
    plan = plan_import(bundle, store.load(), elsewhere, progress=told.append)
    assert told == pytest.approx([0, 1 / 3, 2 / 3])
    told.clear()
    import_catalog(store, elsewhere, plan, bundle, progress=told.append)
    assert told == pytest.approx([0, 1 / 4, 2 / 4, 3 / 4])


def test_an_import_adds_changes_and_replaces(store, assets) -> None:
    store.save_many(created=[builders.ad("same"), builders.ad("other"), builders.ad("gone")])
    file = builders.catalog(builders.ad("same"), builders.ad("other", weight=2.0), builders.ad("new"))
    bundle = read_csv(export_csv(file))
    plan = plan_import(bundle, store.load(), assets, replace=True)
    import_catalog(store, assets, plan, bundle, author="ed")
    assert [len(part) for part in (plan.created, plan.changed, plan.unchanged, plan.deleted)] == [1, 1, 1, 1]
    items = {i.item_id: i for i in store.load().items}
    assert {name: item.version for name, item in items.items()} == {"same": 1, "other": 2, "new": 1}
    assert items["other"].weight == 2.0


def test_someone_who_saved_since_the_plan_loses_nothing(store, assets) -> None:
    item = store.create(builders.ad("one"))
    file = builders.catalog(replace(item, title="From the file"), shown(assets, item_id="new"))
    bundle = read_zip(zipped(file, assets))
    elsewhere = AssetStore(Path(assets.path(file.items[1].asset).parent.parent / "other"), Path("/nowhere"))
    plan = plan_import(bundle, store.load(), elsewhere)
    store.save(replace(item, title="Theirs"), item.version)
    with pytest.raises(ConflictError):
        import_catalog(store, elsewhere, plan, bundle)
    assert [i.title for i in store.load().items] == ["Theirs"]
    # The file that was kept for the new item has gone again.
    assert elsewhere.listing() == ()


def test_someone_who_took_the_id_since_the_plan_loses_nothing(store, assets) -> None:
    bundle = read_csv(export_csv(builders.catalog(builders.ad("one"), builders.ad("two"))))
    plan = plan_import(bundle, store.load(), assets)
    theirs = store.create(builders.ad("two", title="Theirs"))
    with pytest.raises(ItemExistsError):
        import_catalog(store, assets, plan, bundle)
    assert store.load().items == (theirs,)


def test_a_file_that_cannot_be_kept_stops_the_import(store, assets, tmp_path) -> None:
    class Full(AssetStore):
        left = 1

        def add(self, content: bytes, filename_hint: str = "") -> Asset:
            if self.left == 0:
                raise AssetStoreError("Expected room on the disk. Received: none")
            self.left -= 1
            return super().add(content, filename_hint)

    file = builders.catalog(
        shown(assets, picture(color="red"), "one"), shown(assets, picture(color="blue"), "two")
    )
    bundle = read_zip(zipped(file, assets))
    full = Full(tmp_path / "full", tmp_path)
    with pytest.raises(AssetStoreError, match="room"):
        import_catalog(store, full, plan_import(bundle, EMPTY, full), bundle)
    assert store.load().items == ()
    assert full.listing() == ()


def test_files_wait_for_the_sweep_when_nobody_knows_what_was_saved(store, assets, elsewhere) -> None:
    class Gone(Hand):
        def transaction(self, *args, **settings):
            raise DatabaseUnavailableError("Expected an answer. Received: none")

        def locations(self):
            raise DatabaseUnavailableError("Expected an answer. Received: none")

    bundle = read_zip(zipped(builders.catalog(shown(assets)), assets))
    gone = Gone(store._engine)
    with pytest.raises(DatabaseUnavailableError):
        import_catalog(gone, elsewhere, plan_import(bundle, EMPTY, elsewhere), bundle)
    assert len(elsewhere.listing()) == 1


# --- files that are no catalogs ----------------------------------------------------------------------


def test_the_content_tells_a_zip_from_a_table(tmp_path) -> None:
    catalog = builders.catalog(builders.ad("one"))
    for content in (zipped(catalog).getvalue(), export_csv(catalog)):
        path = tmp_path / "anything.txt"
        path.write_bytes(content)
        for source in (path, content):
            with read_catalog_file(source) as bundle:
                assert plan_import(bundle, EMPTY, NOWHERE).created == catalog.items


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"hello", b"PK\x03\x04 and no more"])
def test_other_files_are_refused(tmp_path, content) -> None:
    with pytest.raises(TransferFileError, match="Received"):
        read_catalog_file(content)
    path = tmp_path / "file.zip"
    path.write_bytes(content)
    with pytest.raises(TransferFileError, match="Received"):
        read_catalog_file(path)


def test_a_list_of_items_beyond_all_bounds_is_refused(monkeypatch) -> None:
    file = zipped(builders.full_catalog())
    monkeypatch.setattr(transfer, "CATALOG_BYTES", 1000)
    with pytest.raises(TransferRefusedError, match="at most 1,000 bytes"):
        read_zip(file)
    with pytest.raises(TransferRefusedError, match="at most 1,000 bytes"):
        zipped(builders.full_catalog())


def test_a_large_file_is_not_read_to_its_end(tmp_path) -> None:
    path = tmp_path / "film.csv"
    with path.open("wb") as file:
        file.write(b"item_id,title\n")
        file.seek(10 * 1024**3)  # a hole: it takes no room
        file.write(b"x")
    with pytest.raises(TransferRefusedError, match="at most 64 MB"):
        read_catalog_file(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path) -> None:
    for path in (tmp_path, tmp_path / "missing.zip"):
        with pytest.raises(TransferFileError, match="catalog file"):
            read_catalog_file(path)


@pytest.mark.parametrize(
    "text",
    ["", "[1]", "{}", '{"items": {}}', '{"items": [', "[" * 100_000, '{"items": [1' + "0" * 5000 + "]}"],
    ids=["empty", "list", "no items", "no list", "cut", "deep", "huge number"],
)
def test_other_json_is_refused(text) -> None:
    with pytest.raises(TransferFileError, match=r"catalog\.json"):
        read_zip(made({"catalog.json": text}))


def test_the_example_of_the_documents_is_a_catalog() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "catalog-files.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    plan = plan_import(read_zip(made({"catalog.json": example})), EMPTY, NOWHERE)
    assert [item.item_id for item in plan.created] == ["sun-hats"]
    assert plan.invalid == ()


def test_json_with_a_mark_in_utf_16_is_read() -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        assert (
            read_zip(made({"catalog.json": listing({"item_id": "é"}).encode(encoding)})).rows[0].item_id
            == "é"
        )
