import logging
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from sqlalchemy import insert, select, text, update

from content.bootstrap import STARTER_AUTHOR, load_starter_once, read_starter_catalog
from content.catalog.history import Action, author_name, differences, item_json
from content.database import _alembic, migrate, open_engine, writing
from content.errors import (
    ConflictError,
    ItemExistsError,
    ItemInvalidError,
    ItemNotFoundError,
    RevisionNotFoundError,
)
from content.tables import items, revisions
from content.types import Asset, AssetType, Pacing, Region, Schedule, Status
from emotion.labels import Emotion
from tests.content.builders import PICTURE, START_UTC, ad, media, old_row, theme
from tests.content.catalogs import items as any_item
from tests.content.hand import Hand

RICH = media(
    "rich",
    title="Käse & <b>日本</b>",
    region=Region(-0.5, 0.5, 0.0, 1.0),
    schedule=Schedule(START_UTC, START_UTC + timedelta(days=9), (0, 4), time(9), time(17), "Europe/Zurich"),
    pacing=Pacing(2.0, 60.0, True, 0.25),
    frequency_cap=3,
    daily_cap=500,
    asset=Asset(AssetType.VIDEO, "media/v.mp4", "video/mp4", 7.25, "media/v.jpg"),
)


class Clock:
    """A calendar that goes on a minute with each look."""

    def __init__(self):
        self.now = START_UTC

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def store(engine) -> Hand:
    return Hand(engine, Clock())


def told(store, item_id=None) -> list[tuple]:
    """Who did what to which version, oldest first."""
    return [(r.item_id, r.version, r.action.value, r.author) for r in reversed(store.history(item_id))]


def test_who_did_what_when_is_kept(store):
    store.create(ad("a", status=Status.DRAFT), author="ann@example.org")
    store.save(ad("a", status=Status.DRAFT, title="B"), 1, author="ben")
    store.save(ad("a", title="B"), 2, author="ann@example.org")
    store.save(ad("a", title="B", status=Status.ARCHIVED), 3)
    store.delete("a", 4, author="ben")
    assert told(store) == [
        ("a", 1, "created", "ann@example.org"),
        ("a", 2, "saved", "ben"),
        ("a", 3, "published", "ann@example.org"),
        ("a", 4, "archived", ""),
        ("a", 5, "deleted", "ben"),
    ]
    newest, *_, oldest = store.history()
    assert oldest.at_utc == START_UTC + timedelta(minutes=1)
    assert newest.at_utc - oldest.at_utc == timedelta(minutes=4)
    assert newest.at_utc.tzinfo is UTC
    assert newest.item is None
    assert newest.title == "B"
    assert oldest.item == ad("a", status=Status.DRAFT)


def test_each_changed_field_is_named_with_both_values(store):
    store.create(ad("a", Emotion.HAPPY, Emotion.SAD, title="Old"))
    starts = datetime(2026, 5, 1, 8, tzinfo=timezone(timedelta(hours=2)))
    wanted = ad(
        "a",
        Emotion.SAD,
        title="New",
        schedule=Schedule(starts, weekdays=(5, 6)),
        asset=PICTURE,
        alt_text="A field",
        pacing=Pacing(share=0.5),
    )
    store.save(wanted, 1)
    changes = {c.field: (c.before, c.after) for c in store.history()[0].changes}
    assert changes.pop("asset")[1]["location"] == PICTURE.location
    assert changes == {
        "title": ("Old", "New"),
        "targets.happy": (1.0, None),
        "schedule.starts_at_utc": (None, "2026-05-01T06:00:00Z"),
        "schedule.weekdays": ([], [5, 6]),
        "alt_text": ("", "A field"),
        "pacing.share": (None, 0.5),
    }
    assert store.history()[1].changes == ()


def test_a_save_that_changes_nothing_is_no_entry(store):
    store.create(ad("a"))
    store.save(ad("a"), 1)
    assert told(store) == [("a", 1, "created", "")]


@pytest.mark.parametrize(
    "changes",
    [
        {"saved": [ad("a", title="X"), ad("b", version=9)]},
        {"saved": [ad("a", title="X")], "deleted": {"zz": None}},
        {"saved": [ad("a", title="X")], "created": [ad("c"), ad("b")]},
        {"deleted": {"a": None}, "created": [ad("c"), ad("c")]},
        {"saved": [ad("a", title="X"), ad("a", title="Y")]},
    ],
    ids=["conflict", "gone", "taken", "twice", "saved twice"],
)
def test_a_refused_change_leaves_no_entry(store, changes):
    store.save_many(created=[ad("a"), ad("b")])
    before, version = store.history(), store.version()
    with pytest.raises((ConflictError, ItemNotFoundError, ItemExistsError)):
        store.save_many(**changes, author="x")
    assert store.history() == before
    assert store.version() == version


def test_many_changes_are_kept_one_by_one(store):
    store.save_many(created=[ad("a"), ad("b")], author="import", action=Action.IMPORTED)
    store.save_many(
        [ad("a", title="X")], created=[ad("c")], deleted={"b": 1}, author="m", action=Action.IMPORTED
    )
    assert told(store) == [
        ("a", 1, "imported", "import"),
        ("b", 1, "imported", "import"),
        ("a", 2, "imported", "m"),
        ("b", 2, "deleted", "m"),
        ("c", 1, "imported", "m"),
    ]


def test_an_id_may_be_taken_out_and_given_anew_in_one_change(store):
    store.create(ad("a", title="Old"))
    store.save_many(created=[ad("b")], deleted={"a": 1})
    (again,) = store.save_many(created=[ad("a", title="Third")])
    assert again.version == 3
    (swapped,) = store.save_many(created=[ad("a", title="Fourth")], deleted={"a": 3})
    assert swapped == ad("a", title="Fourth", version=5)
    assert store.load().get("a") == swapped


def test_more_items_than_fit_one_statement(store):
    made = store.save_many(created=[ad(f"a-{n}") for n in range(603)])
    changed = store.save_many([replace(i, title="New") for i in made[:-1]], deleted={"a-602": 1})
    assert {i.version for i in changed} == {2}
    assert len(store.load().items) == 602
    assert {i.title for i in store.load().items} == {"New"}
    assert len(store.history(limit=5000)) == 603 * 2


def test_the_history_of_one_item_and_page_by_page(store):
    for n in range(4):
        store.create(ad(f"a-{n}"))
        store.save(ad(f"a-{n}", title="T"), 1)
    assert [r.item_id for r in store.history("a-2")] == ["a-2", "a-2"]
    assert store.history("nobody") == ()
    pages, before = [], None
    while page := store.history(limit=3, before=before):
        pages.append(page)
        before = page[-1].revision_id
    assert [len(p) for p in pages] == [3, 3, 2]
    assert tuple(r for page in pages for r in page) == store.history()


@pytest.mark.parametrize("item", [RICH, ad("a", Emotion.FEAR), theme("t")], ids=lambda i: i.item_id)
def test_a_version_is_restored_as_it_was(store, item):
    store.create(item, author="ann")
    store.save(replace(item, title="Worse", weight=3.0), 1, author="ben")
    restored = store.restore(store.history()[-1].revision_id, "cleo", expected_version=2)
    assert restored == replace(item, version=3)
    assert store.load().get(item.item_id) == restored
    newest = store.history()[0]
    assert (newest.action, newest.author, newest.item) == (Action.RESTORED, "cleo", restored)
    assert {c.field for c in newest.changes} == {"title", "weight"}


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(item=any_item())
def test_every_item_survives_its_deletion(store, item):
    created = store.create(item)
    store.delete(item.item_id)
    back = store.restore(store.history(limit=1)[0].revision_id)
    assert back == replace(created, version=created.version + 2)
    assert store.load().get(item.item_id) == back
    store.delete(item.item_id)


def test_a_deleted_item_comes_back_in_any_of_its_versions_and_counts_on(store):
    store.create(ad("a", title="One"))
    store.save(ad("a", title="Two"), 1)
    store.create(ad("b"))
    store.delete("a")
    deletion, _, second, first = store.history()
    assert store.restore(first.revision_id, "x") == ad("a", title="One", version=4)
    assert store.restore(deletion.revision_id) == ad("a", title="Two", version=5)
    assert store.restore(second.revision_id) == ad("a", title="Two", version=5)
    assert [i.item_id for i in store.load().items] == ["b", "a"]
    assert [v for _, v, *_ in told(store, "a")] == [1, 2, 3, 4, 5]


def test_an_editor_of_a_deleted_item_is_told_after_it_came_back(store):
    mine = store.create(ad("a"))
    store.delete("a")
    store.restore(store.history()[0].revision_id)
    with pytest.raises(ConflictError):
        store.save(replace(mine, title="Mine"), mine.version)


def test_restoring_over_someones_change_is_refused_and_loses_nothing(store):
    store.create(ad("a"))
    store.save(ad("a", title="Two"), 1)
    store.save(ad("a", title="Theirs"), 2)
    first = store.history()[-1].revision_id
    with pytest.raises(ConflictError) as caught:
        store.restore(first, expected_version=2)
    assert caught.value.current.title == "Theirs"
    assert caught.value.yours.title == "a"
    store.delete("a")
    with pytest.raises(ItemNotFoundError):
        store.restore(first, expected_version=3)
    with pytest.raises(RevisionNotFoundError, match="number 999"):
        store.restore(999)


def test_what_todays_rules_refuse_is_told_but_not_restored(engine, store, caplog):
    store.create(ad("a"))
    store.save(ad("a", title="Two"), 1)
    store.delete("a")
    with writing(engine) as connection:
        spoilt = item_json(ad("a")) | {"weight": -1}
        connection.execute(update(revisions).where(revisions.c.version == 1).values(item=spoilt))
        connection.execute(update(revisions).where(revisions.c.version == 3).values(item=None))
    with caplog.at_level(logging.WARNING):
        deletion, second, first = store.history()
    assert (first.item, first.title) == (None, "a")
    assert "cannot be restored" in caplog.text
    assert second.item is not None
    for revision in (first, deletion):
        with pytest.raises(ItemInvalidError):
            store.restore(revision.revision_id)
    assert store.load().items == ()


@pytest.mark.parametrize(
    "change",
    [
        "action = 'exploded'",
        "at_utc = 'soon'",
        "at_utc = x'00'",
        "version = 'x'",
        "author = x'fffe'",
        "item = '{'",
        "item = '[1]'",
        'item = \'{"title": "\\ud800"}\'',
        "changes = '{'",
        'changes = \'[3, {}, {"field": "title", "before": "\\ud800", "more": 1}]\'',
    ],
)
def test_a_spoilt_entry_is_told_as_far_as_it_can_be_and_hides_no_other(tmp_path, change):
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    migrate(engine)
    store = Hand(engine, Clock())
    store.create(ad("good"), author="ann")
    store.create(ad("bad"), author="ben")
    whole = store.history("good")
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE revisions SET {change} WHERE item_id = 'bad'")
    (spoilt,) = store.history("bad")
    assert store.history() == (spoilt, *whole)
    repr(spoilt).encode()  # half a character would not go out to a page
    if change.startswith("action"):
        assert (spoilt.action, spoilt.item) == (Action.UNREADABLE, None)
    if change.startswith("at_utc"):
        assert spoilt.at_utc is None
    # The item itself is unharmed, and can be changed, deleted and brought back.
    store.save(ad("bad", title="Two"), 1)
    store.delete("bad")
    store.restore(store.history("bad")[1].revision_id)
    assert store.load().get("bad").title == "Two"
    engine.dispose()


def test_both_sides_of_a_conflict_are_there(store):
    store.create(ad("a"))
    store.save(ad("a", title="Theirs"), 1)
    with pytest.raises(ConflictError) as caught:
        store.save(ad("a", title="Mine"), 1)
    assert (caught.value.current.title, caught.value.yours.title) == ("Theirs", "Mine")


def test_a_row_that_is_no_item_may_be_replaced_or_deleted_and_that_is_kept(engine, store):
    store.save_many(created=[ad("a"), ad("b")])
    with writing(engine) as connection:
        connection.execute(update(items).values(kind="film"))
    store.delete("a", author="x")
    assert store.save(ad("b", title="Mended"), 1).version == 2
    assert told(store)[2:] == [("a", 2, "deleted", "x"), ("b", 2, "saved", "")]


def test_the_loading_of_the_starter_catalog_is_kept(engine, store):
    load_starter_once(engine)
    starter = read_starter_catalog()
    kept = list(reversed(store.history(limit=1000)))
    assert [r.item for r in kept] == list(starter)
    assert {(r.action, r.author) for r in kept} == {(Action.IMPORTED, STARTER_AUTHOR)}


def test_files_of_what_can_be_restored_are_not_swept(store):
    store.create(RICH)
    store.save(replace(RICH, asset=PICTURE), 1)
    store.delete("rich")
    assert store.locations() == {"media/v.mp4", "media/v.jpg", PICTURE.location}


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("ann@example.org", "ann@example.org"),
        (" Ann\nB.\x00 ", "Ann B."),
        ("é" * 300, "é" * 200),
        ("\ud800", ""),
        ("<script>", "<script>"),
    ],
)
def test_an_authors_name_fits_every_database(store, given_name, kept):
    assert author_name(given_name) == kept
    store.create(ad("a"), author=given_name)
    assert store.history()[0].author == kept


@pytest.mark.slow
@given(any_item(), any_item())
def test_differences_are_none_exactly_where_items_are_equal(one, two):
    assert differences(one, replace(one, version=one.version + 1)) == ()
    two = replace(two, item_id=one.item_id, kind=one.kind, version=one.version)
    assert (differences(one, two) == ()) == (one == two)


def test_what_was_in_the_catalog_before_there_was_a_history_can_be_restored(database_url):
    engine = open_engine(database_url)
    with engine.begin() as connection:
        command.upgrade(_alembic(connection), "0002")
        old = [RICH, ad("a", version=7), theme("t"), ad("spoilt")]
        connection.execute(insert(items), [old_row(item, n) for n, item in enumerate(old)])
        broken = "'[1'" if engine.dialect.name == "sqlite" else "'[1]'::json"
        connection.execute(text(f"UPDATE items SET hours = {broken} WHERE item_id = 'spoilt'"))
    migrate(engine)
    store = Hand(engine)
    assert [r.item for r in reversed(store.history())] == old[:3]
    for item in old[:3]:
        store.save(replace(item, title="New"), item.version)
    for revision in store.history()[3:]:
        restored = store.restore(revision.revision_id)
        assert restored == replace(revision.item, version=revision.version + 2)
    assert {RICH.asset.location, RICH.asset.poster} <= store.locations()
    with engine.connect() as connection:
        assert len(connection.execute(select(revisions.c.revision_id)).all()) == 9
    engine.dispose()
