"""The form under AppTest: fields, rules in words, themes, drafts, two editors on one item, the preview."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from content.bootstrap import Content, open_content
from content.catalog.store import CatalogStore
from content.catalog.work import Work
from content.errors import DatabaseUnavailableError
from content.themes import DEFAULT_THEME, check_theme
from content.types import (
    Asset,
    AssetType,
    Audience,
    CatalogItem,
    Fit,
    Framing,
    Kind,
    Region,
    Schedule,
    Status,
)
from emotion.labels import Emotion
from tests.content.hand import hand
from tests.content.media_files import picture
from tests.ui.catalog.builders import FULL, TEA
from tests.ui.pages import LOCAL, field, html, press, words
from ui.access import password as catalog_access
from ui.catalog.form.fields import NONE, UPLOAD
from ui.catalog.form.rules import Aim
from ui.catalog.form.save import ADDED_MEANWHILE, DELETED_MEANWHILE, NOT_SAVED
from ui.catalog.leaving import ASKS, ASKS_NOT, ASKS_WHILE_TYPING
from ui.live import stage as live
from ui.look import theming
from ui.look.thumbnails import NO_PICTURE

PEAR = Asset(AssetType.IMAGE, "https://example.com/pear.webp", "image/webp")
FOG = CatalogItem("fog", Kind.THEME, "Fog", targets={Emotion.SAD: 1.0}, colors=DEFAULT_THEME)
ITEMS = (TEA, FULL, FOG)


@pytest.fixture
def content() -> Content:
    """The page's own database, with three items in it."""
    opened = open_content()
    hand(opened).save_many(created=ITEMS, deleted={i.item_id: None for i in opened.catalog().items})
    return opened


@pytest.fixture
def edit(visit, content: Content):
    """``edit("tea")``: the form of that item; ``edit(None)``: of a new one."""

    def open_form(item_id: str | None) -> AppTest:
        page = visit()
        if item_id is None:
            return press(page, "Add an item")
        return page.button(key=f"edit-{item_id}").click().run()

    return open_form


def choose(page: AppTest, name: str, value: object) -> AppTest:
    return page.button_group(key=f"item1-{name}").set_value(value).run()


# -- fields --------------------------------------------------------------------------------------------


def test_a_title_is_edited_and_published(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Title").input("Green tea").run()
    press(page, "Publish")
    assert not page.exception
    saved = content.store.load().get("tea")
    assert saved is not None
    assert (saved.title, saved.version, saved.status) == ("Green tea", 2, Status.PUBLISHED)
    assert (saved.headline, saved.targets) == (TEA.headline, TEA.targets)
    (revision,) = content.store.history("tea", limit=1)
    assert revision.author == "this computer"
    press(page, "Undo")
    assert content.store.load().get("tea") == replace(TEA, version=3)


def test_what_is_archived_in_the_form_can_be_taken_back(edit, content: Content) -> None:
    page = press(edit("tea"), "Archive")
    assert content.store.load().get("tea").status is Status.ARCHIVED
    press(page, "Undo")
    assert content.store.load().get("tea").status is Status.PUBLISHED


def test_an_upload_of_a_save_that_failed_goes_unless_it_was_saved_after_all(
    edit, content: Content, monkeypatch
) -> None:
    page = edit("tea")
    page.file_uploader[0].upload("pear.png", picture("PNG"), "image/png").run()
    field(page, "text_input", "Description for people who cannot see it").input("A pear").run()
    transaction = CatalogStore.transaction

    @contextmanager
    def saves_and_breaks(store: CatalogStore, *args: Any) -> Iterator[Work]:
        with transaction(store, *args) as work:
            yield work
        raise DatabaseUnavailableError("Expected the end of it. Received: a connection that broke")

    monkeypatch.setattr(CatalogStore, "transaction", saves_and_breaks)
    press(page, "Publish")
    shown = content.store.load().get("tea").asset
    assert content.assets.path(shown) is not None

    def breaks(*args: Any) -> Iterator[Work]:
        raise DatabaseUnavailableError("Expected a database. Received: none")

    monkeypatch.setattr(CatalogStore, "transaction", transaction)
    hand(content).save_many(deleted={"tea": None})
    hand(content).create(TEA)
    monkeypatch.setattr(CatalogStore, "transaction", breaks)
    page = edit("tea")
    page.file_uploader[0].upload("fig.png", picture("PNG", (9, 9)), "image/png").run()
    field(page, "text_input", "Description for people who cannot see it").input("A fig").run()
    kept = {path.name for path in content.assets.path(shown).parent.iterdir()}
    press(page, "Publish")
    assert NOT_SAVED in words(page)
    assert {path.name for path in content.assets.path(shown).parent.iterdir()} == kept


@pytest.mark.parametrize("item", ITEMS, ids=lambda i: i.item_id)
def test_an_untouched_form_changes_nothing(edit, content: Content, item: CatalogItem) -> None:
    """Not a second of a schedule, not a digit of a share is lost on the way through the widgets."""
    page = edit(item.item_id)
    press(page, "Publish")
    assert not page.exception
    assert content.store.load().get(item.item_id) == item


def test_an_error_stands_at_its_field_and_nothing_is_lost(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Where it leads").input("javascript:alert(1)").run()
    field(page, "number_input", "Times a visit, at most").set_value(-1).run()
    field(page, "text_input", "Title").input("").run()
    press(page, "Publish")
    said = words(page)
    assert "Needs a link that begins with https://" in said
    assert "Needs a number of at least 1" in said
    assert "Not saved: 3 fields need a change" in said
    assert "Times per visit (“When and how often”)" in said
    assert field(page, "text_input", "Where it leads").value == "javascript:alert(1)"
    assert content.store.load().get("tea") == TEA


def test_an_item_is_added(edit, content: Content) -> None:
    page = edit(None)
    field(page, "text_input", "Title").input("Späte Äpfel").run()
    field(page, "text_input", "Headline").input("Picked this morning").run()
    field(page, "slider", "Happy").set_value(0.8).run()
    press(page, "Publish")
    added = content.store.load().get("spate-apfel")
    assert added is not None
    assert added.targets == {Emotion.HAPPY: 0.8}
    assert (added.kind, added.status) == (Kind.AD, Status.PUBLISHED)


def test_a_linked_picture_needs_https_and_words(edit, content: Content) -> None:
    page = edit(None)
    field(page, "text_input", "Title").input("Pears").run()
    choose(page, "asset-way", "Link to a file")
    field(page, "text_input", "Link").input("http://example.com/pear.webp").run()
    assert "Needs a link that begins with https://" in words(page)
    field(page, "text_input", "Link").input(PEAR.location).run()
    assert "Please describe the picture" in words(page)
    press(page, "Publish")
    assert "Needs a short description of the picture" in words(page)
    field(page, "text_input", "Description for people who cannot see it").input("Two pears").run()
    press(page, "Publish")
    added = content.store.load().get("pears")
    assert added is not None
    assert added.asset == PEAR


def test_rules_are_set_and_said_in_a_sentence(edit, content: Content) -> None:
    page = edit("tea")
    assert "At any time, for anyone who looks angry." in words(page)
    field(page, "selectbox", "Time zone of the dates and hours below").select("Europe/Zurich")
    page.button_group(key="item1-weekdays").set_value([0, 1, 2, 3, 4])
    field(page, "time_input", "From this hour").set_value(time(9))
    field(page, "time_input", "Until this hour").set_value(time(17))
    field(page, "number_input", "Times a visit, at most").set_value(3)
    field(page, "selectbox", "For how many people").select(Audience.ONE)
    page.run()
    said = "Weekdays 9–17 Zurich time, for one viewer who looks angry, at most 3 times a visit."
    assert said in words(page)
    press(page, "Publish")
    saved = content.store.load().get("tea")
    assert saved is not None
    assert saved.schedule == Schedule(
        weekdays=(0, 1, 2, 3, 4), from_time=time(9), until_time=time(17), time_zone="Europe/Zurich"
    )
    assert (saved.frequency_cap, saved.audience) == (3, Audience.ONE)


def test_hours_by_half_are_refused_at_their_field(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "time_input", "From this hour").set_value(time(9)).run()
    assert "Some of its rules need a change first." in words(page)
    press(page, "Publish")
    assert "Needs two times or none." in words(page)
    assert content.store.load().get("tea") == TEA


def test_a_last_day_is_shown_whole_and_said_as_that_day(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "selectbox", "Time zone of the dates and hours below").select("Europe/Zurich")
    field(page, "date_input", "First day").set_value(date(2026, 11, 28))
    field(page, "date_input", "Last day").set_value(date(2026, 11, 30)).run()
    assert "From 28 November 2026 until 30 November 2026 Zurich time" in words(page)
    press(page, "Publish")
    saved = content.store.load().get("tea").schedule
    assert saved.starts_at_utc == datetime(2026, 11, 27, 23, tzinfo=UTC)
    assert saved.ends_at_utc == datetime(2026, 11, 30, 23, tzinfo=UTC)
    page.button(key="edit-tea").click().run()
    assert field(page, "date_input", "Last day").value == date(2026, 11, 30)
    assert field(page, "time_input", "Ends at").value is None
    field(page, "time_input", "Ends at").set_value(time(18)).run()
    assert "until 30 November 2026, 18:00 Zurich time" in words(page)
    press(page, "Publish")
    assert content.store.load().get("tea").schedule.ends_at_utc == datetime(2026, 11, 30, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "needs"),
    [
        ("Begins at", "Needs the first day too, or no time."),
        ("Ends at", "Needs the last day too, or no time."),
    ],
)
def test_a_time_without_its_day_stops_publishing(edit, content: Content, label: str, needs: str) -> None:
    page = edit("tea")
    field(page, "time_input", label).set_value(time(9)).run()
    assert needs in words(page)
    assert "Some of its rules need a change first." in words(page)
    press(page, "Publish")
    assert "Not saved: 1 field needs a change: Schedule (“When and how often”)." in words(page)
    assert needs in words(page)
    assert content.store.load().get("tea") == TEA
    field(page, "time_input", label).set_value(None).run()
    press(page, "Publish")
    assert "Not saved" not in words(page)


@pytest.mark.parametrize(
    ("browser", "zone"), [("Europe/Zurich", "Europe/Zurich"), ("Nowhere/Land", "UTC"), (None, "UTC")]
)
def test_a_new_item_goes_by_the_browsers_clock(
    visit, content: Content, browser: str | None, zone: str
) -> None:
    page = visit()
    page.context["timezone"] = browser
    press(page, "Add an item")
    assert field(page, "selectbox", "Time zone of the dates and hours below").value == zone


def test_a_region_takes_the_place_of_the_moods(edit, content: Content) -> None:
    page = edit("tea")
    choose(page, "aim", Aim.REGION)
    field(page, "slider", "Displeased to pleased").set_value((-1.0, -0.4)).run()
    field(page, "slider", "Calm to lively").set_value((-0.5, 0.4)).run()
    assert "for anyone who looks disgusted or sad (a region of the map)" in words(page)
    press(page, "Publish")
    saved = content.store.load().get("tea")
    assert saved is not None
    assert (saved.region, saved.targets) == (Region(-1.0, -0.4, -0.5, 0.4), {})


def test_a_region_without_room_is_refused(edit, content: Content) -> None:
    page = edit("full")
    field(page, "slider", "Calm to lively").set_value((0.5, 0.5)).run()
    press(page, "Publish")
    assert "Needs a number above 0.5" in words(page)
    assert content.store.load().get("full") == FULL


def test_weights_outlive_a_look_at_the_map(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "slider", "Sad").set_value(0.4).run()
    choose(page, "aim", Aim.REGION)
    choose(page, "aim", Aim.MOODS)
    press(page, "Publish")
    assert content.store.load().get("tea").targets == {Emotion.ANGRY: 1.0, Emotion.SAD: 0.4}


@pytest.fixture
def cannot_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that keeps nothing of what is typed."""

    def breaks(*args: Any) -> None:
        raise DatabaseUnavailableError("Expected a database. Received: none")

    monkeypatch.setattr(CatalogStore, "keep_unsaved", breaks)


@pytest.mark.usefixtures("cannot_keep")
def test_what_cannot_be_kept_is_asked_about_before_it_is_left(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Title").input("My tea").run()
    assert "What you typed cannot be kept now" in words(page)
    press(page, "Back to the catalog")
    assert "What you changed would be lost" in words(page)
    press(page, "Stay here")
    assert field(page, "text_input", "Title").value == "My tea"
    press(page, "Back to the catalog")
    press(page, "Leave without saving")
    assert any(b.label == "Add an item" for b in page.button)
    assert content.store.load().get("tea") == TEA


@pytest.mark.parametrize("item", [*ITEMS, None], ids=lambda i: i.item_id if i else "new")
def test_an_untouched_form_is_left_without_a_question(edit, item: CatalogItem | None) -> None:
    page = press(edit(item.item_id if item else None), "Back to the catalog")
    assert any(b.label == "Add an item" for b in page.button)


# -- what is kept ---------------------------------------------------------------------------------------


@pytest.fixture
def catalog_page(open_app, content: Content, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The catalog's page within the whole app, opened by who may edit."""
    monkeypatch.setattr(catalog_access, "read_visitor", lambda: LOCAL)
    return open_app().switch_page("pages/catalog.py").run()


def look_elsewhere(page: AppTest) -> AppTest:
    page.switch_page("pages/model.py").run()
    return page.switch_page("pages/catalog.py").run()


def test_an_open_form_keeps_what_was_typed_while_one_looks_at_another_page(catalog_page: AppTest) -> None:
    page = press(catalog_page, "Add an item")
    choose(page, "asset-way", UPLOAD)
    page.file_uploader[0].upload("pear_1.png", picture("PNG"), "image/png").run()
    typed: dict[tuple[str, str], object] = {
        ("text_input", "Title"): "Pears",
        ("text_input", "Headline"): "Ripe",
        ("text_area", "Text"): "Picked today",
        ("text_input", "Where it leads"): "https://example.com",
        ("text_input", "Description for people who cannot see it"): "Two pears",
        ("slider", "Sad"): 0.4,
        ("slider", "How sure the reading must be"): 0.5,
        ("selectbox", "For how many people"): Audience.ONE,
        ("selectbox", "Time zone of the dates and hours below"): "Europe/Zurich",
        ("time_input", "From this hour"): time(9),
        ("time_input", "Until this hour"): time(17),
        ("date_input", "First day"): date(2026, 11, 28),
        ("date_input", "Last day"): date(2026, 11, 30),
        ("number_input", "Times a visit, at most"): 3,
        ("number_input", "Weight"): 2.0,
    }
    for (kind, label), value in typed.items():
        field(page, kind, label).set_value(value)
    page.button_group(key="item1-weekdays").set_value([0, 4])
    page.run()
    look_elsewhere(page)
    assert {key: field(page, *key).value for key in typed} == typed
    assert page.button_group(key="item1-weekdays").value == [0, 4]
    assert "“pear\\_1\\.png” is kept" in words(page)
    press(page, "Publish")
    saved = open_content().catalog().get("pears")
    assert saved is not None
    assert saved.asset is not None and saved.schedule.weekdays == (0, 4)


def test_a_file_that_is_taken_away_by_hand_is_not_kept(edit) -> None:
    page = edit(None)
    page.file_uploader[0].upload("pear.png", picture("PNG"), "image/png").run()
    page.file_uploader[0].set_value([]).run()
    assert "is kept" not in words(page)


def test_colours_and_a_region_are_kept_too(catalog_page: AppTest) -> None:
    page = catalog_page.button(key="edit-fog").click().run()
    field(page, "color_picker", "Words").set_value("#112233").run()
    choose(page, "aim", Aim.REGION)
    field(page, "slider", "Calm to lively").set_value((-0.5, 0.4)).run()
    look_elsewhere(page)
    assert field(page, "color_picker", "Words").value == "#112233"
    assert field(page, "slider", "Calm to lively").value == (-0.5, 0.4)


def test_what_was_typed_is_there_in_a_new_session(edit, visit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Title").input("").run()  # no rule has to be kept
    field(page, "text_input", "Headline").input("A cup").run()
    field(page, "number_input", "Weight").set_value(-3.0).run()
    assert "Not saved yet.</b> Draft kept for you at " in html(page)
    assert page.query_params["item"] == "tea"
    later = visit()
    assert f"<b>Not saved yet:</b> <bdi>“{TEA.title}”</bdi>" in html(later)
    press(later, "Go on")
    assert field(later, "text_input", "Headline").value == "A cup"
    assert field(later, "number_input", "Weight").value == -3.0
    field(later, "text_input", "Title").input("My tea")
    field(later, "number_input", "Weight").set_value(2.0).run()
    press(later, "Publish")
    saved = content.store.load().get("tea")
    assert (saved.title, saved.headline, saved.weight) == ("My tea", "A cup", 2.0)
    assert content.store.unsaved("this computer") == {}
    assert not any(b.label == "Go on" for b in visit().button)


def test_a_new_item_is_kept_with_its_file(edit, visit, content: Content) -> None:
    page = edit(None)
    field(page, "text_input", "Title").input("Pears").run()
    page.file_uploader[0].upload("pear.png", picture("PNG"), "image/png").run()
    field(page, "text_input", "Description for people who cannot see it").input("Two pears").run()
    later = visit(item=page.query_params["item"])
    assert field(later, "text_input", "Title").value == "Pears"
    press(later, "Publish")
    saved = open_content().catalog().get("pears")
    assert saved is not None
    assert content.assets.path(saved.asset) is not None
    assert len(content.assets.listing()) == 1


def test_what_was_typed_is_thrown_away_and_brought_back(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Title").input("My tea").run()
    press(page, "Throw it away")
    assert field(page, "text_input", "Title").value == TEA.title
    assert content.store.unsaved("this computer") == {}
    press(page, "Undo")
    assert field(page, "text_input", "Title").value == "My tea"
    field(page, "text_input", "Title").input(TEA.title).run()
    assert content.store.unsaved("this computer") == {}, "typed back by hand"


def test_what_was_typed_goes_on_against_what_others_saved_meanwhile(edit, visit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Title").input("My tea").run()
    hand(content).save(replace(TEA, headline="Theirs"), 1)
    later = visit(item="tea")
    assert "saved this item while you were typing" in words(later)
    press(later, "Go on with these")
    assert field(later, "text_input", "Title").value == "My tea"
    assert field(later, "text_input", "Headline").value == "Theirs"


def test_what_was_typed_for_an_item_that_others_deleted_is_kept(edit, visit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Title").input("My tea").run()
    hand(content).delete("tea")
    later = visit()
    assert "which somebody else has deleted" in html(later)
    press(press(later, "Go on"), "Publish")
    assert content.store.load().get("tea").title == "My tea"


def test_the_address_opens_an_item_and_closes_it(visit, content: Content) -> None:
    page = visit(item="tea")
    assert field(page, "text_input", "Title").value == TEA.title
    page.query_params.pop("item")  # as the browser's Back does
    page.run()
    assert any(b.label == "Add an item" for b in page.button)
    assert "not in the catalog any more" in visit(item="gone").toast[0].value


@pytest.mark.usefixtures("cannot_keep")
def test_the_browser_asks_before_it_leaves_what_is_not_kept(edit) -> None:
    page = edit("tea")
    assert ASKS not in html(page)
    assert ASKS_WHILE_TYPING in html(page)
    field(page, "text_input", "Title").input("My tea").run()
    assert ASKS in html(page)
    press(press(page, "Back to the catalog"), "Leave without saving")
    assert ASKS not in html(page)
    assert ASKS_NOT in html(page)


def test_a_theme_that_cannot_be_read_is_named_mended_and_then_published(edit, content: Content) -> None:
    page = edit("fog")
    field(page, "color_picker", "Words").set_value("#eeeeee").run()
    said = words(page)
    assert "Not readable enough to publish: words on the page (1.0 : 1), words on cards (1.1 : 1)." in said
    press(page, "Publish")
    assert content.store.load().get("fog") == FOG
    press(page, "Mend “Words”")
    assert "Readable for everyone" in words(page)
    press(page, "Publish")
    saved = content.store.load().get("fog")
    assert saved is not None
    assert saved.colors is not None
    assert saved.colors.text != DEFAULT_THEME.text
    assert check_theme(saved.colors) == []


def test_an_unreadable_theme_may_be_kept_as_a_draft(edit, content: Content) -> None:
    page = edit("fog")
    field(page, "color_picker", "Quiet words").set_value("#ffffff").run()
    press(page, "Save as draft")
    assert content.store.drafts()["fog"].item.colors.muted_text == "#ffffff"
    assert content.store.load().get("fog") == FOG


# -- drafts --------------------------------------------------------------------------------------------


def test_a_draft_of_a_published_item_is_unseen_until_it_is_published(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Headline").input("A braver cup").run()
    press(page, "Save as draft")
    assert content.store.load().get("tea") == TEA
    page.button(key="edit-tea").click().run()
    assert "You see a draft" in words(page)
    assert field(page, "text_input", "Headline").value == "A braver cup"
    press(page, "Publish")
    saved = content.store.load().get("tea")
    assert saved is not None
    assert (saved.headline, saved.status) == ("A braver cup", Status.PUBLISHED)
    assert content.store.drafts() == {}


def test_a_draft_is_discarded(edit, content: Content) -> None:
    hand(content).save_draft(replace(TEA, headline="Not this"))
    page = edit("tea")
    assert field(page, "text_input", "Headline").value == "Not this"
    press(page, "Discard the draft")
    assert field(page, "text_input", "Headline").value == TEA.headline
    assert content.store.drafts() == {}
    press(page, "Undo")
    assert content.store.drafts()["tea"].item.headline == "Not this"


def test_what_published_a_draft_is_taken_back_with_the_draft(edit, content: Content) -> None:
    hand(content).save_draft(replace(TEA, headline="Too early"), "ann")
    page = edit("tea")
    press(page, "Publish")
    assert content.store.load().get("tea").headline == "Too early"
    press(page, "Undo")
    assert content.store.load().get("tea").headline == TEA.headline
    draft = content.store.drafts()["tea"]
    assert (draft.item.headline, draft.author) == ("Too early", "ann")
    # It can be published as before: nobody saved the item meanwhile.
    assert hand(content).publish_draft("tea").headline == "Too early"


def test_a_draft_that_the_item_has_overtaken_is_compared_with_what_it_began_from(
    edit, content: Content
) -> None:
    hand(content).save_draft(replace(TEA, headline="Drafted"))
    hand(content).save(replace(TEA, title="Retitled"), expected_version=1)
    page = edit("tea")
    said = words(page)
    assert "Someone else saved this item while you were typing" in said
    press(page, "Go on with these")
    press(page, "Publish")
    saved = content.store.load().get("tea")
    assert saved is not None
    assert (saved.title, saved.headline) == ("Retitled", "Drafted")
    assert content.store.drafts() == {}


def test_a_new_item_is_kept_as_a_draft(edit, content: Content) -> None:
    page = edit(None)
    field(page, "text_input", "Title").input("Half an idea").run()
    press(page, "Save as draft")
    assert content.store.load().get("half-an-idea").status is Status.DRAFT


def test_an_item_is_archived(edit, content: Content) -> None:
    press(edit("tea"), "Archive")
    assert content.store.load().get("tea").status is Status.ARCHIVED


def test_a_duplicate_is_a_draft_of_its_own(edit, content: Content) -> None:
    page = press(edit("tea"), "Duplicate")
    press(page, "Save as draft")
    copied = content.store.load().get("meadow-tea-copy")
    assert copied is not None
    assert copied.status is Status.DRAFT
    assert copied.targets == TEA.targets


# -- two editors ---------------------------------------------------------------------------------------


def test_the_second_of_two_editors_chooses_field_by_field_and_loses_nothing(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Title").input("My tea").run()
    field(page, "text_input", "Headline").input("My headline").run()
    hand(content).save(replace(TEA, headline="Their headline", weight=3.0), expected_version=1)
    press(page, "Publish")
    said = words(page)
    assert "Someone else saved this item while you were typing" in said
    for value in ("A calmer cup", "Their headline", "My headline", "My tea"):
        assert value in said
    page.button_group(key="item1-clash-headline").set_value("Theirs").run()
    press(page, "Go on with these")
    assert field(page, "text_input", "Headline").value == "Their headline"
    press(page, "Publish")
    saved = content.store.load().get("tea")
    assert saved is not None
    assert (saved.title, saved.headline, saved.weight) == ("My tea", "Their headline", 3.0)
    assert saved.version == 3


@pytest.mark.parametrize(
    ("button", "title"), [("Take all of mine", "My tea"), ("Take all of theirs", "Their tea")]
)
def test_all_of_one_side_at_once(edit, content: Content, button: str, title: str) -> None:
    page = edit("tea")
    field(page, "text_input", "Title").input("My tea").run()
    hand(content).save(replace(TEA, title="Their tea"), expected_version=1)
    press(page, "Publish")
    press(page, button)
    press(page, "Go on with these")
    assert field(page, "text_input", "Title").value == title


def test_two_editors_on_one_draft(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Title").input("My tea").run()
    hand(content).save_draft(replace(TEA, headline="Their draft"), "ann@example.org")
    press(page, "Save as draft")
    said = words(page)
    assert "saved a draft of this item while you were typing" in said
    assert "ann@example\\.org" in said
    press(page, "Go on with these")
    press(page, "Save as draft")
    draft = content.store.drafts()["tea"].item
    assert (draft.title, draft.headline) == ("My tea", "Their draft")


def test_moods_and_region_are_one_choice(edit, content: Content) -> None:
    """Taking their region with my moods would make an item that aims at both."""
    page = edit("tea")
    field(page, "slider", "Sad").set_value(0.5).run()
    hand(content).save(replace(TEA, targets={}, region=Region(-1, 0, -1, 0)), expected_version=1)
    press(page, "Publish")
    page.button_group(key="item1-clash-targets").set_value("Theirs").run()
    press(page, "Go on with these")
    press(page, "Publish")
    saved = content.store.load().get("tea")
    assert saved is not None
    assert (saved.targets, saved.region) == ({}, Region(-1, 0, -1, 0))


def test_an_item_that_was_deleted_meanwhile_can_be_added_again(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Title").input("My tea").run()
    hand(content).delete("tea")
    press(page, "Publish")
    assert DELETED_MEANWHILE in words(page)
    press(page, "Publish")
    back = content.store.load().get("tea")
    assert back is not None, "under its own id, so its history and its figures go on"
    assert (back.title, back.version) == ("My tea", 3)


def test_an_id_that_was_given_away_meanwhile_is_not_taken_back(edit, content: Content) -> None:
    page = edit("tea")
    field(page, "text_input", "Title").input("My tea").run()
    hand(content).delete("tea")
    press(page, "Publish")
    hand(content).create(replace(TEA, title="Their tea"))
    press(page, "Publish")
    assert ADDED_MEANWHILE in words(page)
    press(page, "Publish")
    now = content.store.load()
    assert [now.get(i).title for i in ("tea", "my-tea")] == ["Their tea", "My tea"]


# -- preview -------------------------------------------------------------------------------------------


def test_the_preview_is_drawn_by_the_live_page_s_own_function(edit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same HTML: it comes from ``show_programme``, which the live page's stage calls."""
    assert "show_programme" in live.stage.__wrapped__.__code__.co_names
    drawn = []
    real = live.show_programme

    def noted(state, content, catalog, programme, mood_html):
        drawn.append((programme.ad.item, mood_html))
        real(state, content, catalog, programme, mood_html)

    monkeypatch.setattr(live, "show_programme", noted)
    page = edit("tea")
    field(page, "text_input", "Headline").input("A braver cup").run()
    item, mood_html = drawn[-1]
    assert item.headline == "A braver cup"
    assert 'data-mood="angry"' in mood_html
    assert live.cards.card_html(item, NO_PICTURE) in words(page)


def test_the_preview_wears_any_theme_and_shows_any_mood(edit, content: Content) -> None:
    night = replace(
        DEFAULT_THEME, background="#101418", gradient_to="#101418", surface="#182028", text="#f0f0f0"
    )
    hand(content).save(replace(FOG, colors=night, status=Status.DRAFT), expected_version=1)
    page = edit("tea")
    page.selectbox(key="item1-preview-theme").select("fog").run()
    page.selectbox(key="item1-preview-mood").select("happy").run()
    said = words(page)
    assert theming.theme_css(night, ".st-key-preview-computer") in said
    assert "For “Happy” the page shows something else now." in said
    choose(page, "preview-device", "Phone")
    assert theming.theme_css(night, ".st-key-preview-phone") in words(page)
    assert theming.phone_css(".st-key-preview-phone") in words(page)


def test_what_breaks_a_rule_is_shown_all_the_same(edit) -> None:
    page = edit("tea")
    field(page, "text_input", "Where it leads").input("javascript:alert(1)").run()
    field(page, "number_input", "Weight").set_value(-5.0).run()
    assert not page.exception
    assert 'data-testid="slot-ad"' in words(page)
    assert 'href="javascript' not in words(page)


# -- files that are refused, and what viewers see ---------------------------------------------------------


def current(content: Content, item_id: str) -> CatalogItem:
    found = content.store.load().get(item_id)
    assert found is not None
    return found


MATROSKA = b"\x1aE\xdf\xa3" + b"x" * 90


@pytest.fixture
def pear(content: Content) -> CatalogItem:
    """An ad with a picture, which viewers see."""
    return hand(content).save(replace(TEA, asset=PEAR, alt_text="A pear"), 1)


@pytest.mark.parametrize(("name", "refused"), [("clip.mkv", MATROSKA), ("notes.txt", b"no clip")])
def test_a_refused_file_stops_publishing_and_the_old_picture_stays(
    edit, content: Content, pear: CatalogItem, name: str, refused: bytes
) -> None:
    page = edit(pear.item_id)
    choose(page, "asset-way", UPLOAD)
    page.file_uploader[0].upload(name, refused, "video/x-matroska").run()
    assert "HandBrake or VLC" in words(page)
    press(page, "Publish")
    assert "Not saved" in words(page) and "Live pages" not in words(page)
    assert current(content, pear.item_id) == pear


def test_an_old_file_goes_only_when_none_is_chosen(edit, content: Content, pear: CatalogItem) -> None:
    page = edit(pear.item_id)
    choose(page, "asset-way", UPLOAD)
    press(page, "Publish")
    assert current(content, pear.item_id).asset == PEAR, "nothing was dropped, so nothing was replaced"
    page = page.button(key=f"edit-{pear.item_id}").click().run()
    page.button_group(key="item2-asset-way").set_value(NONE).run()
    press(page, "Publish")
    assert current(content, pear.item_id).asset is None


def test_a_new_ad_does_not_go_live_without_its_refused_video(edit, content: Content) -> None:
    page = edit(None)
    field(page, "text_input", "Title").input("Plum").run()
    page.file_uploader[0].upload("plum.mkv", MATROSKA, "video/x-matroska").run()
    press(page, "Publish")
    assert "Not saved" in words(page)
    assert [i.title for i in content.store.load().items if i.title == "Plum"] == []


# -- files of another shape than their place --------------------------------------------------------------


def test_a_portrait_poster_is_not_cropped_without_a_word(edit, content: Content) -> None:
    page = edit("tea")
    page.file_uploader[0].upload("poster.png", picture("PNG", (108, 192)), "image/png").run()
    field(page, "text_input", "Description for people who cannot see it").input("A poster").run()
    assert "taller than its place, which is 16:9. 32% of it is in view; top and bottom are cut" in words(page)
    field(page, "slider", "Part in view, from the top").set_value(0.2).run()
    assert "object-position:50% 20%" in html(page), "the preview shows that part"
    press(page, "Publish")
    assert current(content, "tea").framing == Framing(Fit.FILL, 0.5, 0.2)
    page = page.button(key="edit-tea").click().run()
    page.button_group(key="item2-fit").set_value(Fit.FIT).run()
    assert "All of it is in view, with bars at its sides." in words(page)
    assert "at-frame at-whole" in html(page)
    press(page, "Publish")
    assert not page.exception
    assert current(content, "tea").framing.fit is Fit.FIT


def test_a_picture_of_its_places_shape_asks_nothing(edit) -> None:
    page = edit("tea")
    page.file_uploader[0].upload("wide.png", picture("PNG", (160, 90)), "image/png").run()
    assert "16:9" not in words(page)
    page.file_uploader[0].upload("banner.png", picture("PNG", (320, 90)), "image/png").run()
    assert "50% of it is in view; left and right are cut off." in words(page)


# -- tags ----------------------------------------------------------------------------------------------


def test_tags_are_chosen_or_typed_kept_at_once_and_published(edit, visit, content: Content) -> None:
    page = edit("tea")
    tags = field(page, "multiselect", "Tags")
    assert tags.options == ["lobby", "Summer sale"]
    tags.set_value(["SUMMER SALE, new one", "Summer sale"]).run()
    assert not page.exception
    assert field(page, "multiselect", "Tags").value == ["Summer sale", "new one"]
    again = visit(item="tea")
    assert field(again, "multiselect", "Tags").value == ["Summer sale", "new one"]
    press(again, "Publish")
    assert content.store.load().get("tea").tags == ("Summer sale", "new one")
    press(again, "Undo")
    assert content.store.load().get("tea").tags == ()


def test_a_wrong_tag_stands_at_its_field(edit, content: Content) -> None:
    page = edit("full")
    field(page, "multiselect", "Tags").set_value(["lobby", "x" * 41]).run()
    press(page, "Publish")
    assert "Needs at most 40 characters" in words(page)
    field(page, "multiselect", "Tags").set_value([f"Tag {n}" for n in range(13)]).run()
    press(page, "Publish")
    assert "Needs at most 12 tags" in words(page)
    assert content.store.load().get("full").tags == FULL.tags


def test_a_copy_has_the_same_tags(edit, content: Content) -> None:
    page = press(edit("full"), "Duplicate")
    press(page, "Save as draft")
    assert content.store.load().items[-1].tags == FULL.tags
