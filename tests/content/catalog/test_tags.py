import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import actions
from content.catalog.editing import item_data, parse_item
from content.catalog.history import FieldChange
from content.catalog.tags import (
    has_tag,
    joined_tags,
    spelt_as_in_use,
    split_tags,
    tags_in_use,
    with_tags,
    without_tags,
)
from content.errors import ItemInvalidError
from tests.content.builders import ad
from tests.content.catalogs import tags


@pytest.mark.parametrize("spelling", ["Café", "CAFÉ", "cafe\u0301", " café  "])
def test_case_blanks_and_the_way_accents_are_stored_make_no_other_tag(spelling):
    item = ad("a", tags=("Café", "Lobby"))
    assert has_tag(item, spelling)
    assert with_tags(item, [spelling]) == item
    assert without_tags(item, [spelling]).tags == ("Lobby",)


@given(st.lists(tags, max_size=12))
def test_tags_come_back_from_one_text(found):
    assert split_tags(joined_tags(found)) == tuple(" ".join(tag.split()) for tag in found)


def test_tags_in_use_are_sorted_and_spelt_as_most_items_do():
    items = [ad("a", tags=("sale", "Lobby")), ad("b", tags=("Sale",)), ad("c", tags=("Sale", "autumn"))]
    assert tags_in_use(items) == ("autumn", "Lobby", "Sale")


def test_what_is_typed_is_taken_apart_and_spelt_as_in_use():
    assert spelt_as_in_use(["SALE, new one", "Sale"], ["Sale", "Lobby"]) == ("Sale", "new one")


def test_tags_are_in_the_history_and_given_and_taken_by_one_change_with_its_way_back(store):
    before = [store.create(ad("a", tags=("Sale",))), store.create(ad("b"))]
    done = actions.change_each(store, before, lambda item: with_tags(item, ["Lobby"]), author="ann")
    assert [i.tags for i in store.load().items] == [("Sale", "Lobby"), ("Lobby",)]
    assert store.history("a")[0].changes == (FieldChange("tags", ["Sale"], ["Sale", "Lobby"]),)
    actions.undo(store, done.undo)
    assert [i.tags for i in store.load().items] == [("Sale",), ()]


def test_an_item_that_has_as_many_as_it_may_is_named_and_left_alone(store):
    full = store.create(ad("full", tags=tuple(f"Tag {n}" for n in range(12))))
    few = store.create(ad("few"))
    done = actions.change_each(store, [full, few], lambda item: with_tags(item, ["One more"]))
    assert [r.item for r in done.refused] == [full]
    assert [i.item_id for i in done.items] == ["few"]
    with pytest.raises(ItemInvalidError, match="at most 12 tags"):
        actions.save_all(store, [with_tags(full, ["One more"])])


@pytest.mark.parametrize("endless", [itertools.count(), itertools.repeat("new")], ids=["numbers", "words"])
def test_tags_without_an_end_are_refused_at_once(endless):
    with pytest.raises(ItemInvalidError, match="tags: Expected a list"):
        parse_item(item_data(ad("a")) | {"tags": endless})
