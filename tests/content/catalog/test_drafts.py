import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from content import actions
from content.bootstrap import open_content
from content.catalog.history import Action, Draft
from content.database import migrate, open_engine, writing
from content.errors import (
    ConflictError,
    DraftConflictError,
    DraftNotFoundError,
    ItemInvalidError,
    ItemNotFoundError,
)
from content.tables import drafts, items
from content.themes import DEFAULT_THEME
from content.types import Asset, AssetType, Status
from tests.content.builders import START_UTC, ad, media, theme
from tests.content.hand import Hand, hand

EDITED = ad("a", title="Edited", body="a < b & c")


@pytest.fixture
def store(engine) -> Hand:
    """With one published item, at an hour that stands still."""
    store = Hand(engine, lambda: START_UTC)
    store.create(ad("a"))
    return store


def test_a_draft_is_kept_and_viewers_do_not_see_it(store):
    seen = store.load()
    draft = store.save_draft(EDITED, "ann")
    assert draft == Draft(replace(EDITED, status=Status.DRAFT), 1, "ann", START_UTC)
    assert store.drafts() == {"a": draft}
    # Not even a reload: the catalog's version is the same.
    assert store.load() is seen
    assert [r.action for r in store.history()] == [Action.CREATED]


def test_publishing_shows_the_draft_and_keeps_who_did_it(store):
    store.save_draft(EDITED, "ann")
    published = store.publish_draft("a", "ben")
    assert published == replace(EDITED, version=2)
    assert store.load().get("a") == published
    assert store.drafts() == {}
    newest = store.history()[0]
    assert (newest.action, newest.author) == (Action.PUBLISHED, "ben")
    assert [c.field for c in newest.changes] == ["title", "body"]


def test_a_draft_that_changes_nothing_is_published_without_a_version(store):
    store.save_draft(ad("a"))
    assert store.publish_draft("a") == ad("a")
    assert store.drafts() == {}
    assert len(store.history()) == 1


def test_publishing_over_a_newer_version_is_refused_with_both_sides(store):
    draft = store.save_draft(EDITED, "ann")
    store.save(ad("a", title="Theirs"), 1, author="ben")
    version = store.version()
    with pytest.raises(ConflictError, match=r"version 1\. Received: version 2") as caught:
        store.publish_draft("a", "ann")
    assert caught.value.current.title == "Theirs"
    assert caught.value.yours.title == "Edited"
    assert store.load().get("a").title == "Theirs"
    assert store.drafts() == {"a": draft}
    assert store.version() == version
    # Having seen both, the editor keeps the own side.
    store.save_draft(replace(EDITED, version=2), "ann", replacing=draft)
    assert store.publish_draft("a", "ann") == replace(EDITED, version=3)


def test_two_editors_of_one_draft_lose_nothing(store):
    first = store.save_draft(EDITED, "ann")
    for began_with in (None, replace(first, author="zoe")):
        with pytest.raises(DraftConflictError, match="one by ann") as caught:
            store.save_draft(replace(EDITED, title="Mine"), "ben", replacing=began_with)
        assert (caught.value.current.title, caught.value.yours.title) == ("Edited", "Mine")
    assert store.drafts() == {"a": first}
    second = store.save_draft(replace(EDITED, title="Ours"), "ben", replacing=first)
    for change in (actions.publish_draft, actions.discard_draft):
        with pytest.raises(DraftConflictError, match="one by ben"):
            change(store, first)
    assert store.drafts() == {"a": second}
    assert actions.publish_draft(store, second).items[0].title == "Ours"


def test_a_draft_that_someone_published_meanwhile_is_kept_and_then_refused(store):
    first = store.save_draft(EDITED, "ann")
    store.publish_draft("a", "ben")
    mine = store.save_draft(replace(EDITED, title="More"), "ann", replacing=first)
    with pytest.raises(ConflictError):
        store.publish_draft("a", "ann")
    assert store.drafts() == {"a": mine}


def test_a_draft_goes_with_its_item_and_with_no_other(store):
    store.create(ad("b"))
    draft = store.save_draft(EDITED)
    others = store.save_draft(ad("b", title="Others"))
    store.delete("a")
    assert store.drafts() == {"b": others}
    with pytest.raises(DraftNotFoundError, match="deleted the item"):
        actions.publish_draft(store, draft)
    with pytest.raises(ItemNotFoundError):
        store.save_draft(EDITED, replacing=draft)
    # Whatever else takes the id begins without, and so does the old item that comes back after it.
    store.create(ad("a", title="Another"))
    assert store.drafts() == {"b": others}
    store.delete("a")
    store.restore(store.history("a")[0].revision_id)
    assert store.drafts() == {"b": others}


@pytest.mark.parametrize("by_undo", [True, False])
def test_a_draft_comes_back_with_its_item_and_can_be_published(store, by_undo):
    store.save(ad("a", body="Two"), 1)
    draft = store.save_draft(replace(EDITED, version=2), "ann")
    store.delete("a")
    if by_undo:
        store.save_many(created=[ad("a", body="Two")], action=Action.RESTORED)
    else:
        store.restore(store.history("a")[0].revision_id)
    assert store.drafts() == {"a": replace(draft, item=replace(draft.item, version=4), base_version=4)}
    assert store.publish_draft("a", "ben") == replace(EDITED, version=5)


def test_a_draft_that_began_from_another_version_is_not_published_over_what_came_back(store):
    store.save(ad("a", title="Theirs"), 1)
    draft = store.save_draft(EDITED, "ann")
    oldest = store.history("a")[-1].revision_id
    store.delete("a")
    store.restore(store.history("a")[0].revision_id)
    assert store.drafts() == {"a": draft}
    store.delete("a")
    store.restore(oldest)
    assert store.drafts() == {"a": draft}
    with pytest.raises(ConflictError):
        store.publish_draft("a")


def test_a_deletion_that_is_refused_leaves_the_draft(store):
    draft = store.save_draft(EDITED)
    with pytest.raises(ConflictError):
        store.delete("a", 7)
    assert store.drafts() == {"a": draft}


def test_a_draft_whose_item_was_taken_out_by_hand_waits_unseen_and_comes_back_with_it(engine, store):
    draft = store.save_draft(EDITED)
    with writing(engine) as connection:
        connection.execute(delete(items))
    with pytest.raises(DraftNotFoundError):
        actions.publish_draft(store, draft)
    assert store.drafts() == {}
    store.restore(store.history("a")[0].revision_id)
    assert store.drafts() == {"a": draft}
    # What came back is another version, so nothing is published over it by chance.
    with pytest.raises(ConflictError):
        store.publish_draft("a")


def test_a_draft_may_lack_what_publishing_asks_for(store):
    store.save_many(created=[media("m"), theme("t")])
    grey = replace(DEFAULT_THEME, text=DEFAULT_THEME.background)
    drafted = [media("m", asset=None, alt_text=""), theme("t", colors=grey), ad("a", headline="")]
    for item, field in zip(drafted, ("asset", "colors", "headline"), strict=True):
        store.save_draft(item)
        before = store.load()
        with pytest.raises(ItemInvalidError, match=field):
            store.publish_draft(item.item_id)
        assert store.load() is before
    assert set(store.drafts()) == {"a", "m", "t"}


def test_what_no_draft_may_hold_is_refused(store):
    with pytest.raises(ItemInvalidError, match="weight"):
        store.save_draft(ad("a", weight=-1.0))
    with pytest.raises(ItemInvalidError, match="link_url"):
        store.save_draft(ad("a", link_url="javascript:alert(1)"))
    assert store.drafts() == {}


def test_what_is_not_there_is_named(store):
    with pytest.raises(ItemNotFoundError, match="'nobody'"):
        store.save_draft(ad("nobody"))
    nobodys = Draft(replace(EDITED, status=Status.DRAFT), 1, "ann", START_UTC)
    for change in (actions.publish_draft, actions.discard_draft):
        with pytest.raises(DraftNotFoundError, match="'a'"):
            change(store, nobodys)


def test_a_discarded_draft_is_gone_and_the_item_stays(store):
    draft = store.save_draft(EDITED)
    actions.discard_draft(store, draft)
    assert store.drafts() == {}
    assert store.load().get("a") == ad("a")


def test_an_archived_item_is_published_by_its_draft(store):
    store.save(ad("a", status=Status.ARCHIVED), 1)
    store.save_draft(replace(EDITED, version=2))
    assert store.publish_draft("a") == replace(EDITED, version=3)


def test_a_draft_that_is_no_item_any_more_is_left_out_and_can_be_replaced(engine, store, caplog):
    spoilt = store.save_draft(EDITED)
    with writing(engine) as connection:
        connection.execute(update(drafts).values(item={"title": 3}))
    with caplog.at_level(logging.WARNING):
        assert store.drafts() == {}
    assert "Left out the draft of item 'a'" in caplog.text
    with pytest.raises(DraftNotFoundError):
        actions.publish_draft(store, spoilt)
    draft = store.save_draft(EDITED)
    assert store.drafts() == {"a": draft}


@pytest.mark.parametrize(
    "change", ["saved_at_utc = 'soon'", "base_version = 'x'", "author = x'fffe'", "saved_at_utc = x'00'"]
)
def test_a_spoilt_draft_does_not_hide_the_others(tmp_path, change):
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    migrate(engine)
    store = Hand(engine, lambda: START_UTC)
    store.save_many(created=[ad("good"), ad("bad")])
    draft = store.save_draft(ad("good", title="Edited"))
    store.save_draft(ad("bad", title="Edited"))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE drafts SET {change} WHERE item_id = 'bad'")
    assert store.drafts()["good"] == draft
    assert set(store.drafts()) <= {"good", "bad"}
    # The form opens without it, and what is saved takes its place.
    seen = store.drafts().get("bad")
    store.save_draft(ad("bad", title="Mended"), replacing=seen)
    assert store.drafts()["bad"].item.title == "Mended"
    engine.dispose()


def test_files_of_drafts_are_not_swept(store):
    store.save_draft(ad("a", asset=Asset(AssetType.IMAGE, "media/new.png", "image/png"), alt_text="New"))
    assert store.locations() == {"media/new.png"}


def test_the_calendar_is_utc_where_no_other_is_given(database_url, tmp_path):
    content = open_content(database_url, tmp_path / "media")
    item = content.catalog().items[0]
    before = datetime.now(UTC) - timedelta(seconds=1)
    draft = hand(content).save_draft(replace(item, title="New"))
    assert before <= draft.saved_at_utc <= datetime.now(UTC)
    assert content.store.drafts()[item.item_id] == draft
    content.close()
