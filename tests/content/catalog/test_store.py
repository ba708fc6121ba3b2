import logging
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text, update

from content.catalog.editing import parse_item
from content.database import migrate, open_engine
from content.errors import (
    ConflictError,
    DatabaseUnavailableError,
    ItemExistsError,
    ItemInvalidError,
    ItemNotFoundError,
)
from content.tables import catalog_state, items
from content.themes import DEFAULT_THEME
from content.types import Asset, AssetType, Audience, Schedule, Status
from emotion.labels import Emotion
from tests.content.builders import ad, media, theme
from tests.content.catalogs import items as any_item
from tests.content.hand import Hand

RICH = media(
    "rich",
    targets={Emotion.HAPPY: 0.5, Emotion.FEAR: 0.25},
    title="Käse & <b>日本</b>",
    min_confidence=0.4,
    audience=Audience.SEVERAL,
    weight=2.5,
    schedule=Schedule(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, 12, 30, tzinfo=UTC)),
    frequency_cap=3,
    asset=Asset(AssetType.VIDEO, "media/v.mp4", "video/mp4", 7.25, "media/v.jpg"),
    body="two\nlines",
    link_url="https://example.org",
    credit="CC0",
)


def test_a_new_catalog_is_empty(store):
    assert store.load().items == ()


def test_what_is_saved_comes_back(store):
    for item in (RICH, ad("a"), theme("t", Emotion.SAD)):
        assert store.create(item) == item
    assert store.load().items == (RICH, ad("a"), theme("t", Emotion.SAD))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(item=any_item())
def test_every_valid_item_survives_the_database(store, item):
    created = store.create(item)
    assert created == replace(item, version=created.version)
    assert store.load().get(item.item_id) == created
    assert store.history(item.item_id, limit=1)[0].item == created
    store.delete(item.item_id)


def test_each_change_counts_the_version_up_and_load_is_cached_between(store):
    first = store.load()
    assert store.load() is first
    assert store.version() == first.version
    store.create(ad("a"))
    second = store.load()
    assert second.version == store.version() == first.version + 1
    store.save(ad("a", title="B"), 1)
    store.delete("a")
    assert store.version() == first.version + 3


def test_saving_counts_the_items_version_up_unless_nothing_differs(store):
    store.create(ad("a"))
    saved = store.save(ad("a", title="New"), expected_version=1)
    assert (saved.title, saved.version) == ("New", 2)
    assert store.save(saved, 2).version == 2
    assert store.load().get("a") == saved


def test_items_keep_their_order(store):
    for name in "cab":
        store.create(ad(name))
    store.save(ad("c", title="Changed"), 1)
    assert [i.item_id for i in store.load().items] == ["c", "a", "b"]


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(store):
    store.create(ad("a"))
    store.save(ad("a", title="First"), 1)
    with pytest.raises(ConflictError, match=r"version 1\. Received: version 2") as caught:
        store.save(ad("a", title="Second"), 1)
    assert caught.value.current.title == "First"
    with pytest.raises(ConflictError):
        store.delete("a", expected_version=1)
    assert store.load().get("a").title == "First"


def test_an_item_that_is_gone_is_named(store):
    for change in (lambda: store.save(ad("a"), 1), lambda: store.delete("a")):
        with pytest.raises(ItemNotFoundError, match="'a'"):
            change()


def test_an_id_is_given_once(store):
    store.create(ad("a"))
    with pytest.raises(ItemExistsError, match="'a'"):
        store.create(ad("a", title="Other"))
    with pytest.raises(ItemExistsError, match="'b'"):
        store.save_many(created=[ad("b"), ad("b")])
    assert [i.item_id for i in store.load().items] == ["a"]


def test_a_wrong_item_never_reaches_the_database(store):
    with pytest.raises(ItemInvalidError, match="weight"):
        store.create(ad("a", weight=0.0))
    store.create(ad("b"))
    version = store.version()
    with pytest.raises(ItemInvalidError, match="title"):
        store.save(ad("b", title=""), 1)
    assert store.version() == version


def test_many_changes_are_one(store):
    store.save_many(created=[ad("a"), ad("b"), ad("c")])
    version = store.version()
    done = store.save_many([ad("a", title="A2")], created=[ad("d")], deleted={"b": None, "c": 1})
    assert [(i.item_id, i.version) for i in done] == [("a", 2), ("d", 1)]
    assert store.version() == version + 1
    assert [i.item_id for i in store.load().items] == ["a", "d"]


@pytest.mark.parametrize(
    "changes",
    [
        {"saved": [ad("a", title="X"), ad("b", version=9)]},
        {"saved": [ad("a", title="X"), ad("zz")]},
        {"saved": [ad("a", title="X")], "deleted": {"zz": None}},
        {"saved": [ad("a", title="X")], "created": [ad("b")]},
        {"saved": [ad("a", title="X"), ad("b", title="")]},
    ],
    ids=["conflict", "gone", "delete gone", "taken", "wrong"],
)
def test_many_changes_are_all_or_none(store, changes):
    store.save_many(created=[ad("a"), ad("b")])
    before = store.load()
    with pytest.raises((ConflictError, ItemNotFoundError, ItemExistsError, ItemInvalidError)):
        store.save_many(**changes)
    assert store.load() is before


def test_editors_at_once_lose_no_update(store):
    store.create(ad("shared", body="0"))
    failed: list[Exception] = []

    def count_up() -> None:
        for _ in range(5):
            while True:
                current = store.load().get("shared")
                assert current is not None
                try:
                    store.save(replace(current, body=str(int(current.body) + 1)), current.version)
                    break
                except ConflictError:
                    continue
                except Exception as error:  # noqa: BLE001
                    failed.append(error)
                    return

    editors = [threading.Thread(target=count_up) for _ in range(4)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert failed == []
    assert store.load().get("shared").body == "20"
    assert store.load().get("shared").version == 21


def test_a_process_that_is_killed_while_it_saves_leaves_nothing_half(database_url, store):
    store.create(ad("before"))
    program = (
        "import sys; from sqlalchemy import text\n"
        "from content.database import open_engine, writing\n"
        "with writing(open_engine(sys.argv[1])) as connection:\n"
        "    connection.execute(text('UPDATE catalog_state SET version = 99'))\n"
        "    connection.execute(text('DELETE FROM items'))\n"
        "    print('half', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, database_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.kill()
    assert store.load().items == (ad("before"),)
    store.create(ad("after"))
    assert [i.item_id for i in store.load().items] == ["before", "after"]


def test_two_stores_on_one_database_see_each_others_changes(engine):
    one, two = Hand(engine), Hand(engine)
    one.load()
    two.create(ad("a"))
    assert one.load().get("a") == ad("a")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "film"),
        ("status", "?"),
        ("targets", {"joy": 1}),
        ("targets", []),
        ("colors", {"text": "#000000"}),
        ("colors", asdict(replace(DEFAULT_THEME, accent="url(x)"))),
        ("targets", {"happy": 7}),
        ("targets", {"happy": "often"}),
        ("weight", 2000.0),
        ("title", "two\nlines"),
        ("item_id", "No Id!"),
        ("version", 0),
        ("link_url", "javascript:alert(1)"),
        ("tags", "Sale"),
        ("tags", ["x" * 41]),
        ("asset_location", "../../etc/passwd"),
        ("frequency_cap", -1),
        ("ends_at_utc", datetime(1999, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_row_that_is_no_item_is_left_out_and_logged(engine, caplog, column, value):
    store = Hand(engine)
    bad = theme("bad") if column == "colors" else ad("bad")
    bad = replace(bad, schedule=Schedule(datetime(2000, 1, 1, tzinfo=UTC)))
    store.save_many(created=[ad("good"), bad])
    with engine.begin() as connection:
        connection.execute(update(items).where(items.c.item_id == "bad").values({column: value}))
        connection.execute(update(catalog_state).values(version=catalog_state.c.version + 1))
    name = value if column == "item_id" else "bad"
    assert_left_out(store, name, caplog)
    store.delete(name)
    store.load()
    assert store.left_out == ()


@pytest.mark.parametrize(("column", "value"), [("kind", "film"), ("version", 0)])
def test_what_is_created_takes_the_place_of_a_row_that_is_no_item(engine, column, value):
    store = Hand(engine)
    store.create(ad("bad"))
    with engine.begin() as connection:
        connection.execute(update(items).where(items.c.item_id == "bad").values({column: value}))
        connection.execute(update(catalog_state).values(version=catalog_state.c.version + 1))
    assert store.load().items == ()
    mended = store.create(ad("bad", title="Mended"))
    assert mended.version == 2
    assert store.load().items == (mended,)
    assert store.left_out == ()
    assert [(r.version, r.title) for r in store.history("bad")] == [(2, "Mended"), (1, ad("bad").title)]
    with pytest.raises(ItemExistsError):
        store.create(ad("bad"))


def assert_left_out(store: Hand, name: str, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        assert [i.item_id for i in store.load().items] == ["good"]
    assert repr(name) in caplog.text
    assert store.left_out == (name,)


@pytest.mark.parametrize(
    "change",
    [
        "targets = '{not json'",
        "targets = ''",
        "targets = '[[[[' || hex(zeroblob(100000))",
        "targets = replace(hex(zeroblob(50000)), '0', '[')",
        "targets = '{\"happy\": NaN}'",
        "targets = '{\"happy\": 1e999}'",
        "targets = x'ff00'",
        "targets = 3",
        "colors = '{'",
        "starts_at_utc = 'soon'",
        "starts_at_utc = ''",
        "ends_at_utc = '2026-13-45 99:00'",
        "weight = 'heavy'",
        "weight = 9e999",
        "min_confidence = 0.5, version = 'x'",
        "frequency_cap = 'often'",
        "frequency_cap = 1.5",
        "title = CAST(x'fffe' AS TEXT)",
        "title = x'00'",
        "asset_location = 'media/a.png', asset_type = 'film', asset_mime_type = 'image/png'",
        "asset_location = 'media/a.png', asset_type = 'image'",
    ],
)
def test_values_that_only_sqlite_would_hold_spoil_their_own_row_alone(tmp_path, caplog, change):
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    migrate(engine)
    store = Hand(engine)
    store.save_many(created=[ad("good"), ad("bad")])
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE items SET {change} WHERE item_id = 'bad'")
        connection.exec_driver_sql("UPDATE catalog_state SET version = version + 1")
    assert_left_out(store, "bad", caplog)
    # An editor can mend it, or take it away.
    if "version" not in change:
        assert store.save(ad("bad"), 1).version == 2
        assert [i.item_id for i in store.load().items] == ["good", "bad"]
    store.delete("bad")
    assert store.load().items == (ad("good"),)
    engine.dispose()


def test_a_time_that_never_comes_spoils_its_own_row_alone(engine, caplog):
    if engine.dialect.name != "postgresql":
        pytest.skip("only PostgreSQL knows this time")
    store = Hand(engine)
    store.save_many(created=[ad("good"), ad("bad")])
    with engine.begin() as connection:
        connection.execute(text("UPDATE items SET ends_at_utc = 'infinity' WHERE item_id = 'bad'"))
        connection.execute(text("UPDATE catalog_state SET version = version + 1"))
    assert_left_out(store, "bad", caplog)


def test_rows_that_read_as_before_are_not_checked_again(store, monkeypatch):
    store.save_many(created=[ad(f"a-{n}") for n in range(5)])
    store.load()
    checked = []
    real = parse_item
    monkeypatch.setattr(
        "content.catalog.rows.parse_item", lambda data, v: checked.append(data["item_id"]) or real(data, v)
    )
    store.save(ad("a-3", title="New"), 1)
    checked.clear()
    assert store.load().get("a-3").title == "New"
    assert checked == ["a-3"]


def test_a_database_without_tables_is_named(engine):
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE catalog_state"))
    with pytest.raises(DatabaseUnavailableError, match="Received: "):
        Hand(engine).load()


def test_a_lost_version_row_is_named(engine):
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM catalog_state"))
    for read in (Hand(engine).load, Hand(engine)._read):
        with pytest.raises(DatabaseUnavailableError, match="no row"):
            read()


def test_status_changes_are_saved(store):
    store.create(ad("a"))
    assert store.save(ad("a", status=Status.ARCHIVED), 1).status is Status.ARCHIVED
    assert store.load().get("a").status is Status.ARCHIVED
