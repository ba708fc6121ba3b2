"""The catalog's history under AppTest: who did what, any version back, drafts that wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from content.bootstrap import Content
from content.catalog.history import Action
from content.themes import DEFAULT_THEME
from content.types import Asset, AssetType, CatalogItem, Kind, Pacing, Region, Schedule, Status
from emotion.labels import Emotion
from tests.content.hand import hand
from tests.ui.catalog.builders import SUN, TEA, more
from tests.ui.pages import field, press, words
from ui.access.signin import THIS_COMPUTER
from ui.catalog.differences import changed
from ui.catalog.history import NOT_PUBLISHED
from ui.catalog.list import PAST
from ui.catalog.outcome import NOT_TAKEN_BACK
from ui.look.words import escape_markdown


def history(page: AppTest) -> AppTest:
    return page.button_group(key="catalog-section-0").set_value("History").run()


def entry(content: Content, item_id: str, action: Action) -> int:
    return next(r.revision_id for r in content.store.history(item_id) if r.action is action)


# -- words ---------------------------------------------------------------------------------------------


def test_every_changed_field_is_told_in_words() -> None:
    before = replace(
        TEA, asset=Asset(AssetType.IMAGE, "media/a.png", "image/png"), colors=None, weight=1.0, credit="me"
    )
    after = replace(
        before,
        targets={Emotion.HAPPY: 0.5},
        schedule=Schedule(datetime(2026, 5, 1, tzinfo=UTC), weekdays=(0, 4)),
        pacing=Pacing(min_dwell_s=8, wait_for_end=True, share=0.2),
        asset=Asset(AssetType.IMAGE, "media/b.png", "image/png"),
        min_confidence=0.4,
        status=Status.ARCHIVED,
        credit="",
        daily_cap=5,
    )
    told = {c.field: (c.before, c.after) for c in changed(before, after)}
    assert told == {
        "Angry": ("100%", "0%"),
        "Happy": ("0%", "50%"),
        "Shows from": ("(empty)", "1 May 2026 UTC"),
        "Days of the week": ("(empty)", "Monday, Friday"),
        "Stays at least": ("(empty)", "8 s"),
        "Waits for its end": ("No", "Yes"),
        "Share of the time": ("(empty)", "20%"),
        "File": ("media/a.png", "media/b.png"),
        "How sure the reading must be": ("0%", "40%"),
        "Status": ("Published", "Archived"),
        "Credit": ("me", "(empty)"),
        "Times per day": ("(empty)", "5"),
    }


def test_a_region_and_colours_are_told_in_words() -> None:
    theme = CatalogItem("t", Kind.THEME, "T", colors=DEFAULT_THEME)
    (only,) = changed(theme, replace(theme, colors=replace(DEFAULT_THEME, text="#000000")))
    assert (only.field, only.after) == ("Colour of “Words”", "#000000")
    aimed = replace(TEA, targets={}, region=Region(0, 0.5, -0.5, 0))
    told = {c.field: c.after for c in changed(replace(TEA, targets={}), aimed)}
    assert told["Range of expressions"] == "Pleasant +0.00 to +0.50, lively -0.50 to +0.00"


# -- what happened -------------------------------------------------------------------------------------


def test_a_change_is_listed_with_who_and_field_by_field(visit, content: Content) -> None:
    hand(content).save(replace(TEA, title="Green <b>tea</b>"), 1, author="ada@example.org")
    said = words(history(visit()))
    assert "ada@example.org</bdi></b> changed <b><bdi>Green &lt;b&gt;tea&lt;/b&gt;" in said
    assert "<del>Meadow tea</del> <ins>Green &lt;b&gt;tea&lt;/b&gt;</ins>" in said


def test_what_the_page_saves_is_signed(visit, content: Content) -> None:
    page = more(visit(), "tea", ":material/archive: Archive")
    assert not page.exception
    latest = content.store.history("tea")[0]
    assert (latest.author, latest.action) == (THIS_COMPUTER.name, Action.ARCHIVED)


def test_the_history_is_searched_by_item_and_by_author(visit, content: Content) -> None:
    hand(content).save(replace(TEA, weight=2.0), 1, author="ada@example.org")
    hand(content).save(replace(SUN, weight=3.0), 1, author="ben@example.org")
    page = history(visit())
    field(page, "text_input", "Item").input("sun").run()
    said = words(page)
    assert "<b><bdi>Sun hats</bdi></b>" in said
    assert "<b><bdi>Meadow tea</bdi></b>" not in said
    field(page, "text_input", "Item").input("").run()
    field(page, "text_input", "Who").input("ADA").run()
    said = words(page)
    assert "ada@example.org</bdi></b> changed" in said
    assert "ben@example.org" not in said
    field(page, "text_input", "Who").input("nobody").run()
    assert "Nothing in the history fits." in words(page)


def test_a_card_leads_to_its_own_history(visit, content: Content) -> None:
    hand(content).save(replace(TEA, weight=2.0), 1, author="ada@example.org")
    page = more(visit(), "tea", PAST)
    said = words(page)
    assert "History of **Meadow tea**" in said
    assert "<b><bdi>Sun hats</bdi></b>" not in said
    press(page, "Show all items")
    assert "<b><bdi>Sun hats</bdi></b>" in words(page)


def test_older_changes_come_on_demand(visit, content: Content) -> None:
    item = TEA
    for n in range(30):
        item = hand(content).save(replace(item, weight=2.0 + n), item.version)
    page = history(visit())
    assert len([b for b in page.button if b.label == "View"]) == 20
    press(page, "Show older changes")
    assert len([b for b in page.button if b.label == "View"]) > 30


# -- the way back --------------------------------------------------------------------------------------


def test_a_version_is_looked_at_and_restored(visit, content: Content) -> None:
    hand(content).save(replace(TEA, title="Spoilt tea"), 1, author="ben@example.org")
    page = history(visit())
    page.button(key=f"look-{entry(content, 'tea', Action.CREATED)}").click().run()
    said = words(page)
    assert "Spoilt tea</td><td>Meadow tea</td>" in said
    assert content.store.load().get("tea").title == "Spoilt tea", "looking changes nothing"
    press(page, "Restore this version")
    assert not page.exception
    restored = content.store.load().get("tea")
    assert (restored.title, restored.version) == ("Meadow tea", 3)
    assert content.store.history("tea")[0].action is Action.RESTORED
    press(page, "Undo")
    assert content.store.load().get("tea").title == "Spoilt tea"


def test_a_deleted_item_comes_back_from_the_history(visit, content: Content) -> None:
    hand(content).delete("tea", author="ben@example.org")
    page = history(visit())
    page.button(key=f"look-{entry(content, 'tea', Action.DELETED)}").click().run()
    assert "not in the catalog" in words(page)
    press(page, "Restore this version")
    back = content.store.load().get("tea")
    assert back is not None
    assert replace(back, version=1) == TEA


def test_the_version_that_is_now_cannot_be_restored(visit, content: Content) -> None:
    page = history(visit())
    page.button(key=f"look-{entry(content, 'tea', Action.CREATED)}").click().run()
    assert "is now" in words(page)
    assert next(b for b in page.button if b.label == "Restore this version").disabled


def test_a_restore_does_not_run_over_what_someone_saved_meanwhile(visit, content: Content) -> None:
    hand(content).save(replace(TEA, title="Spoilt tea"), 1)
    page = history(visit())
    page.button(key=f"look-{entry(content, 'tea', Action.CREATED)}").click().run()
    hand(content).save(replace(TEA, title="Their tea"), 2)
    press(page, "Restore this version")
    assert content.store.load().get("tea").title == "Their tea"
    assert "Their tea</td><td>Meadow tea</td>" in words(page), "the comparison is with what is now"
    press(page, "Restore this version")
    assert content.store.load().get("tea").title == "Meadow tea"


# -- drafts that wait ----------------------------------------------------------------------------------


def test_a_waiting_draft_is_shown_and_published(visit, content: Content) -> None:
    hand(content).save_draft(replace(TEA, headline="A new cup"), "ada@example.org")
    page = history(visit())
    said = words(page)
    assert "1 draft waiting to be published" in said
    assert "<del>A calmer cup</del> <ins>A new cup</ins>" in said
    assert "saved by ada@example.org" in said
    press(page, "Publish")
    published = content.store.load().get("tea")
    assert (published.headline, published.status) == ("A new cup", Status.PUBLISHED)
    assert content.store.drafts() == {}
    press(page, "Undo")
    assert content.store.load().get("tea").headline == "A calmer cup"
    assert content.store.drafts()["tea"].author == "ada@example.org"
    press(page, "Publish")
    assert content.store.load().get("tea").headline == "A new cup"


def test_a_draft_is_discarded(visit, content: Content) -> None:
    hand(content).save_draft(replace(TEA, headline="A new cup"))
    page = press(history(visit()), "Discard")
    assert content.store.drafts() == {}
    assert "waiting to be published" not in words(page)
    assert content.store.load().get("tea") == TEA
    press(page, "Undo")
    assert content.store.drafts()["tea"].item.headline == "A new cup"
    assert "waiting to be published" in words(page)


def test_a_discarded_draft_does_not_come_back_over_a_newer_one(visit, content: Content) -> None:
    hand(content).save_draft(replace(TEA, headline="A new cup"))
    page = press(history(visit()), "Discard")
    hand(content).save_draft(replace(TEA, headline="Their cup"), "ben")
    press(page, "Undo")
    assert NOT_TAKEN_BACK in words(page)
    assert content.store.drafts()["tea"].item.headline == "Their cup"


def test_a_draft_that_lacks_something_says_what(visit, content: Content) -> None:
    hand(content).save_draft(replace(TEA, headline=""))
    page = press(history(visit()), "Publish")
    said = words(page)
    assert NOT_PUBLISHED in said
    assert escape_markdown("Headline: Needs a headline or a picture before publishing.") in said
    assert "tea" in content.store.drafts()


def test_a_draft_that_someone_else_dealt_with_meanwhile(visit, content: Content) -> None:
    hand(content).save_draft(replace(TEA, headline="A new cup"))
    page = history(visit())
    hand(content).delete("tea")
    press(page, "Publish")
    assert not page.exception
    assert content.store.load().get("tea") is None


def test_a_draft_of_an_older_version_is_opened_not_published(visit, content: Content) -> None:
    hand(content).save_draft(replace(TEA, headline="A new cup"))
    hand(content).save(replace(TEA, title="Their tea"), 1)
    page = history(visit())
    assert "was changed since this draft began" in words(page)
    assert not [b for b in page.button if b.label == "Publish"]
    press(page, "Open")
    assert not page.exception
