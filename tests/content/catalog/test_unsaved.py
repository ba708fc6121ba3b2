import logging
from datetime import timedelta

import pytest
from sqlalchemy import update

from content import actions
from content.actions import Edit
from content.catalog.unsaved import Unsaved
from content.database import writing
from content.errors import ItemInvalidError
from content.tables import unsaved
from content.types import Asset, AssetType
from tests.content.builders import START_UTC, ad
from tests.content.hand import Hand

FILE = Asset(AssetType.IMAGE, "media/new.png", "image/png")
TYPED = ad("a", title="", weight=-1.0, asset=FILE)
"""What breaks rules can be kept all the same."""


@pytest.fixture
def store(engine) -> Hand:
    """With one published item, at an hour that stands still."""
    store = Hand(engine, lambda: START_UTC)
    store.create(ad("a"))
    return store


def test_what_is_typed_is_kept_for_its_editor_alone_and_leaves_no_trace(store):
    seen, past = store.load(), store.history()
    kept = store.keep_unsaved("a", "ann", TYPED, START_UTC)
    assert kept == Unsaved("a", "ann", TYPED, START_UTC, START_UTC)
    assert store.unsaved("ann") == {"a": kept}
    assert store.unsaved("ben") == {}
    assert store.load() is seen
    assert store.history() == past
    assert store.locations() == {FILE.location}


def test_the_last_that_was_typed_counts(store):
    store.keep_unsaved("a", "ann", TYPED)
    store.keep_unsaved("a", "ann", ad("a", title="Better"))
    assert store.unsaved("ann")["a"].item.title == "Better"
    store.forget_unsaved("a", "ann")
    assert store.unsaved("ann") == {}


@pytest.mark.parametrize("act", [actions.publish, actions.archive, actions.keep_as_draft])
def test_it_is_forgotten_with_the_save_and_kept_where_that_fails(store, act):
    store.keep_unsaved("a", "ann", TYPED)
    theirs = store.keep_unsaved("a", "ben", TYPED)
    with pytest.raises(ItemInvalidError):
        act(store, Edit(TYPED, "ann", unsaved="a"))
    assert set(store.unsaved("ann")) == {"a"}
    act(store, Edit(ad("a", title="Better"), "ann", unsaved="a"))
    assert store.unsaved("ann") == {}
    assert store.unsaved("ben") == {"a": theirs}


def test_what_nobody_touched_for_ninety_days_goes(engine):
    now = [START_UTC]
    store = Hand(engine, lambda: now[0])
    store.keep_unsaved("old", "ann", TYPED)
    now[0] += timedelta(days=1)
    recent = store.keep_unsaved("new.1", "ann", TYPED)
    now[0] += timedelta(days=89)
    assert store.forget_abandoned() == 0, "the ninetieth day is not over"
    now[0] += timedelta(seconds=1)
    assert store.forget_abandoned() == 1
    assert store.unsaved("ann") == {"new.1": recent}
    now[0] += timedelta(days=1)
    theirs = store.keep_unsaved("b", "ben", TYPED)
    assert (store.unsaved("ann"), store.unsaved("ben")) == ({}, {"b": theirs})


def test_what_someone_spoilt_by_hand_is_left_out(store, engine, caplog):
    store.keep_unsaved("a", "ann", TYPED)
    with writing(engine) as connection:
        connection.execute(update(unsaved).values(item={"title": "No item"}))
    with caplog.at_level(logging.WARNING):
        assert store.unsaved("ann") == {}
    assert "Left out what was typed for 'a'" in caplog.text
