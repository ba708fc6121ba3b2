"""The catalog page under AppTest: browsing, the form, deleting, conflicts, and the closed door."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from content.bootstrap import Content
from content.types import CatalogItem, Kind, Region, Schedule, Status
from emotion.labels import Emotion
from tests.content.hand import hand
from tests.content.media_files import picture
from tests.ui.catalog.builders import SUN, TEA, more
from tests.ui.pages import ELSEWHERE, field, press, words
from ui.access.signin import THIS_COMPUTER
from ui.catalog import outcome
from ui.catalog.grid import ALL_ARCHIVE
from ui.catalog.list import ARCHIVE, DELETE, DUPLICATE, PUBLISH
from ui.catalog.outcome import LEFT_ALONE, NOT_TAKEN_BACK
from ui.look.thumbnails import SMALL_FILE_BYTES

# -- browsing ------------------------------------------------------------------------------------------


def test_items_are_cards_and_gaps_are_named(visit, content: Content) -> None:
    page = visit()
    assert not page.exception
    said = words(page)
    assert "Meadow tea" in said
    assert "Sun hats" in said
    assert 'data-testid="coverage-ad-angry">1<' in said
    assert "no ad for disgusted, fearful" in said


def test_a_damaged_picture_spoils_its_own_card_alone(visit, content: Content) -> None:
    kept = content.assets.add(picture("PNG"))
    hand(content).create(replace(SUN, item_id="pear", title="Pear", asset=kept, alt_text="A pear"))
    place = content.assets.path(kept)
    assert place is not None
    place.write_bytes(bytes(SMALL_FILE_BYTES + 1))
    page = visit()
    assert not page.exception
    assert "The file is missing or damaged" in words(page)
    assert "Meadow tea" in words(page)


def test_an_item_for_a_region_is_no_default_item(visit, content: Content) -> None:
    hand(content).save(replace(TEA, targets={}, region=Region(0.2, 0.9, 0.0, 0.9)), 1)
    said = words(visit())
    assert "A region of the map</span>" in said
    assert "Default</span>" not in said


def test_a_search_narrows_the_cards(visit, content: Content) -> None:
    page = visit()
    field(page, "text_input", "Search").input("bright").run()
    said = words(page)
    assert "Sun hats" in said
    assert "Meadow tea" not in said
    assert "1 of 2 items" in said
    field(page, "text_input", "Search").input("zebra").run()
    assert "No item fits these filters." in words(page)


def test_filters_outlive_a_visit_to_the_form(visit, content: Content) -> None:
    page = visit()
    field(page, "selectbox", "Expression").select(Emotion.HAPPY).run()
    page.button(key="edit-sun").click().run()
    press(page, "Back to the catalog")
    assert "1 of 2 items" in words(page)


def test_the_table_view_draws(visit, content: Content) -> None:
    page = visit()
    page.button_group(key="catalog-view").set_value("Table").run()
    assert not page.exception
    assert any(b.label == "Nothing to save" and b.disabled for b in page.button)


def test_an_empty_catalog_says_what_to_do(visit, content: Content) -> None:
    hand(content).save_many(deleted={"tea": None, "sun": None})
    assert "The catalog is empty." in words(visit())


def test_many_items_come_in_pages(visit, content: Content) -> None:
    hand(content).save_many(created=[replace(TEA, item_id=f"tea-{n}") for n in range(40)])
    page = visit()
    shown = [b for b in page.button if b.label == "Edit"]
    assert len(shown) == 24
    assert "42 of 42 items" in words(page)


def test_one_comes_back_to_the_page_of_the_list_that_one_left(visit, content: Content) -> None:
    hand(content).save_many(created=[replace(TEA, item_id=f"tea-{n}") for n in range(40)])
    page = visit()
    page.get("pagination")[0].set_value(2).run()
    page.button(key="edit-tea-3").click().run()
    press(page, "Back to the catalog")
    assert page.button(key="edit-tea-3")
    press(page, "Add an item")
    field(page, "text_input", "Title").input("Pears").run()
    press(page, "Save as draft")
    assert page.button(key="edit-pears"), "what is new is seen at once"


# -- what a card offers --------------------------------------------------------------------------------


def test_an_item_is_archived_from_its_card_and_taken_back(visit, content: Content) -> None:
    page = more(visit(), "tea", ARCHIVE)
    assert not page.exception
    assert content.store.load().get("tea").status is Status.ARCHIVED
    assert "Archived “Meadow tea”." in words(page)
    press(page, "Undo")
    back = content.store.load().get("tea")
    assert back is not None
    assert replace(back, version=1) == TEA
    assert "Archived “Meadow tea”." not in words(page)


def test_what_someone_else_changed_meanwhile_is_not_taken_back(visit, content: Content) -> None:
    page = more(visit(), "tea", ARCHIVE)
    archived = content.store.load().get("tea")
    assert archived is not None
    theirs = replace(archived, title="Their tea")
    hand(content).save(theirs, expected_version=2)
    press(page, "Undo")
    assert NOT_TAKEN_BACK in words(page)
    assert content.store.load().get("tea").title == "Their tea"


def test_a_draft_that_lacks_something_is_not_published_and_says_why(visit, content: Content) -> None:
    hand(content).create(CatalogItem("bare", Kind.MEDIA, "Bare", status=Status.DRAFT))
    page = more(visit(), "bare", PUBLISH)
    said = words(page)
    assert LEFT_ALONE in said
    assert "Needs a picture, video or sound before publishing" in said
    assert content.store.load().get("bare").status is Status.DRAFT


def test_a_card_is_duplicated_and_deleted(visit, content: Content) -> None:
    page = more(visit(), "tea", DUPLICATE)
    press(page, "Save as draft")
    assert content.store.load().get("meadow-tea-copy") is not None
    press(page, "Undo")
    assert content.store.load().get("meadow-tea-copy") is None
    page = more(visit(), "sun", DELETE)
    page.button(key="confirm-delete").click().run()
    assert content.store.load().get("sun") is None
    press(page, "Undo")
    assert content.store.load().get("sun") is not None


# -- one change to many --------------------------------------------------------------------------------


def all_found(page: AppTest) -> AppTest:
    page.button_group(key="catalog-view").set_value("Table").run()
    return next(t for t in page.toggle if t.label.endswith("found")).set_value(True).run()


def test_everything_found_is_archived_at_once_and_taken_back(visit, content: Content) -> None:
    page = all_found(visit())
    next(m for m in page.menu_button if m.label == "Set status").click(ALL_ARCHIVE).run()
    assert {i.status for i in content.store.load().items} == {Status.ARCHIVED}
    assert "Archived 2 items." in words(page)
    press(page, "Undo")
    assert {i.status for i in content.store.load().items} == {Status.PUBLISHED}


def test_all_get_the_same_days_by_their_own_clocks_and_it_is_taken_back(visit, content: Content) -> None:
    in_zurich = replace(TEA, item_id="zurich", schedule=Schedule(time_zone="Europe/Zurich"))
    hand(content).create(in_zurich)
    page = all_found(visit())
    next(d for d in page.date_input if d.label == "First day").set_value(date(2026, 12, 1))
    next(d for d in page.date_input if d.label == "Last day").set_value(date(2026, 12, 24)).run()
    page.button(key="grid-give-dates").click().run()
    assert "First day 1 December 2026, last day 24 December 2026 given to 3 items." in words(page)
    found = {i.item_id: i.schedule for i in content.store.load().items}
    assert found["tea"].starts_at_utc == datetime(2026, 12, 1, tzinfo=UTC)
    assert found["zurich"].starts_at_utc == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert found["zurich"].ends_at_utc == datetime(2026, 12, 24, 23, tzinfo=UTC)
    press(page, "Undo")
    assert {i.schedule.starts_at_utc for i in content.store.load().items} == {None}


def test_all_get_the_same_expressions_and_it_is_taken_back(visit, content: Content) -> None:
    page = all_found(visit())
    page.multiselect[0].set_value([Emotion.SAD, Emotion.FEAR]).run()
    page.button(key="grid-give-expressions").click().run()
    assert "Sad and Fearful given to 2 items." in words(page)
    assert {tuple(i.targets.items()) for i in content.store.load().items} == {
        ((Emotion.FEAR, 1.0), (Emotion.SAD, 1.0))
    }
    press(page, "Undo")
    assert content.store.load().get("tea").targets == TEA.targets


def test_all_get_a_tag_and_it_is_taken_back(visit, content: Content) -> None:
    hand(content).save(replace(TEA, tags=("Summer sale",)), 1)
    page = all_found(visit())
    field(page, "multiselect", "Add tags").set_value(["SUMMER SALE, Lobby"]).run()
    page.button(key="grid-add-tags").click().run()
    assert "Tags “Summer sale” and “Lobby” added to 2 items." in words(page)
    assert [i.tags for i in content.store.load().items] == [("Summer sale", "Lobby")] * 2
    press(page, "Undo")
    assert [i.tags for i in content.store.load().items] == [("Summer sale",), ()]


def test_a_tag_is_taken_from_those_that_have_it(visit, content: Content) -> None:
    hand(content).save(replace(TEA, tags=("Lobby", "Summer sale")), 1)
    page = all_found(visit())
    fewer = field(page, "multiselect", "Remove tags")
    assert fewer.options == ["Lobby", "Summer sale"]
    fewer.set_value(["Lobby"]).run()
    page.button(key="grid-remove-tags").click().run()
    assert "Tag “Lobby” removed from “Meadow tea”." in words(page)
    assert content.store.load().get("tea").tags == ("Summer sale",)


def test_tags_stand_on_cards_and_filter_them(visit, content: Content) -> None:
    page = visit()
    assert not [s for s in page.selectbox if s.label == "Tag"], "there is none to choose"
    hand(content).save(replace(TEA, tags=("a", "b", "<i>c", "d", "e")), 1)
    page.run()
    said = words(page)
    assert "&lt;i&gt;c</span>" in said
    assert 'title="d, e">+2</span>' in said
    field(page, "selectbox", "Tag").set_value("b").run()
    assert "Filter: b" in [p.proto.popover.label for p in page.get("popover")]
    assert "Meadow tea" in words(page) and "Sun hats" not in words(page)
    hand(content).save(replace(TEA, tags=()), 2)
    page.run()
    assert "No item fits these filters" in words(page), (
        "the filter stays when the last item with the tag goes"
    )


def test_a_filter_bounds_what_is_changed(visit, content: Content) -> None:
    page = visit()
    field(page, "text_input", "Search").input("bright").run()
    page = all_found(page)
    field(page, "number_input", "Weight of all picked").set_value(3.0).run()
    press(page, "Give it to 1")
    assert (content.store.load().get("sun").weight, content.store.load().get("tea").weight) == (3.0, 1.0)


# -- deleting ------------------------------------------------------------------------------------------


def test_delete_asks_and_can_be_undone(visit, content: Content) -> None:
    page = visit()
    page.button(key="edit-tea").click().run()
    press(page, "Delete")
    assert content.store.load().get("tea") is not None
    page.button(key="confirm-delete").click().run()
    assert content.store.load().get("tea") is None
    assert "Deleted" in words(page)
    press(page, "Undo")
    back = content.store.load().get("tea")
    assert back is not None
    assert replace(back, version=1) == TEA


def test_delete_says_that_a_waiting_draft_goes_too_and_undo_brings_back_both(visit, content: Content) -> None:
    page = more(visit(), "sun", DELETE)
    assert "draft" not in "\n".join(w.value for w in page.warning)
    page.button(key="cancel-delete").click().run()
    hand(content).save_draft(replace(TEA, headline="A new cup"))
    page = more(page, "tea", DELETE)
    assert "A draft of “Meadow tea” waits to be published" in "\n".join(w.value for w in page.warning)
    page.button(key="confirm-delete").click().run()
    assert content.store.drafts() == {}
    press(page, "Undo")
    assert content.store.load().get("tea") is not None
    assert content.store.drafts()["tea"].item.headline == "A new cup"
    assert hand(content).publish_draft("tea").headline == "A new cup"


def test_a_dialog_that_outlives_the_sign_in_deletes_nothing(visit, content: Content, monkeypatch) -> None:
    page = visit()
    page.button(key="edit-tea").click().run()
    press(page, "Delete")
    # A click in a dialog runs the dialog alone: only its own question can find that the sign-in is over.
    answers = iter([None])
    monkeypatch.setattr(outcome, "signed_in_editor", lambda: next(answers, THIS_COMPUTER))
    page.button(key="confirm-delete").click().run()
    assert not page.exception
    assert content.store.load().get("tea") is not None


# -- the door ------------------------------------------------------------------------------------------


def unlock(page: AppTest, password: str) -> AppTest:
    page.text_input[0].input(password)
    return press(page, "Open the editor")


def test_shut_elsewhere_without_a_password(visit, content: Content) -> None:
    page = visit(ELSEWHERE)
    said = words(page)
    assert "The catalog editor is closed here" in said
    assert "Meadow tea" not in said
    assert not page.text_input


def test_elsewhere_the_password_opens_and_a_wrong_one_does_not(visit, content: Content) -> None:
    page = visit(ELSEWHERE, password="correct horse")
    assert "Meadow tea" not in words(page)
    unlock(page, "wrong")
    said = words(page)
    assert "That is not the editor password." in said
    assert "Meadow tea" not in said
    unlock(page, "correct horse")
    assert "Meadow tea" in words(page)


def test_guessing_is_slowed_down(visit, content: Content) -> None:
    page = visit(ELSEWHERE, password="correct horse")
    for _ in range(5):
        unlock(page, "wrong")
    unlock(page, "correct horse")
    said = words(page)
    assert "Too many wrong passwords" in said
    assert "Meadow tea" not in said


def test_a_broken_database_is_one_clear_message(visit, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database, and long enough to be taken for one " * 40)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{broken}")
    page = visit()
    assert not page.exception
    assert len(page.warning) == 1
    assert "The items cannot be read now" in words(page)
    assert "The catalog is empty" not in words(page)
