"""Two editors on one item: what each changed, and the item that comes of a choice for each field."""

from __future__ import annotations

from dataclasses import replace

from content.types import Asset, AssetType, CatalogItem, Region, Status
from emotion.labels import Emotion
from tests.ui.catalog.builders import FULL, LAKE, MEADOW
from ui.catalog.merge import MINE, THEIRS, clashes, merged


def choices(before: CatalogItem, theirs: CatalogItem, mine: CatalogItem) -> dict[tuple[str, ...], str]:
    """As the view begins: mine where I changed a field, theirs elsewhere."""
    return {c.fields: MINE if c.by_me else THEIRS for c in clashes(before, theirs, mine)}


def test_changes_of_different_fields_go_together() -> None:
    theirs = replace(MEADOW, title="Their tea", targets={Emotion.ANGRY: 0.5, Emotion.SAD: 0.3}, version=2)
    mine = replace(MEADOW, weight=4.0, targets={Emotion.ANGRY: 1.0, Emotion.SAD: 0.9})
    both = merged(theirs, mine, choices(MEADOW, theirs, mine))
    assert both == replace(theirs, weight=4.0, targets={Emotion.ANGRY: 0.5, Emotion.SAD: 0.9})


def test_where_both_changed_a_field_all_three_are_shown_and_either_can_be_kept() -> None:
    theirs, mine = replace(MEADOW, title="Their tea", version=2), replace(MEADOW, title="My tea")
    (only,) = clashes(MEADOW, theirs, mine)
    assert (only.name, only.before, only.theirs, only.mine) == ("Title", "Meadow tea", "Their tea", "My tea")
    assert (only.by_me, only.by_them) == (True, True)
    assert merged(theirs, mine, {only.fields: MINE}).title == "My tea"
    assert merged(theirs, mine, {only.fields: THEIRS}) == theirs


def test_every_field_that_either_changed_is_named() -> None:
    theirs = replace(MEADOW, headline="", status=Status.DRAFT, version=2)
    mine = replace(MEADOW, targets={Emotion.HAPPY: 1.0, Emotion.SAD: 0.3})
    found = {c.name: c for c in clashes(MEADOW, theirs, mine)}
    assert set(found) == {"Headline", "Status", "Angry", "Happy"}
    assert (found["Headline"].theirs, found["Status"].theirs) == ("(empty)", "Draft")
    assert (found["Angry"].mine, found["Happy"].before, found["Happy"].mine) == ("0%", "0%", "100%")


def test_what_both_changed_alike_is_no_choice() -> None:
    same = replace(MEADOW, title="Same")
    assert clashes(MEADOW, replace(same, version=2), same) == ()


def test_a_weight_taken_away_is_gone() -> None:
    theirs = replace(MEADOW, title="Their tea", version=2)
    mine = replace(MEADOW, targets={Emotion.ANGRY: 1.0})
    assert merged(theirs, mine, choices(MEADOW, theirs, mine)).targets == {Emotion.ANGRY: 1.0}


def test_expressions_and_a_region_are_one_choice() -> None:
    """Taking their region with my expressions would make an item that aims at both."""
    theirs = replace(MEADOW, targets={}, region=Region(-1, 0, -1, 0), version=2)
    mine = replace(MEADOW, targets={Emotion.HAPPY: 1.0})
    (only,) = clashes(MEADOW, theirs, mine)
    assert only.fields == ("targets", "region")
    for side, wanted in ((MINE, mine), (THEIRS, theirs)):
        both = merged(theirs, mine, {only.fields: side})
        assert (both.targets, both.region) == (wanted.targets, wanted.region)


def test_a_file_and_its_description_are_one_choice() -> None:
    other = Asset(AssetType.IMAGE, "media/other.webp", "image/webp")
    theirs = replace(LAKE, asset=other, alt_text="A boat", version=2)
    (only,) = clashes(LAKE, theirs, replace(LAKE, alt_text="Mist"))
    assert (only.theirs, only.fields) == ("Image: media/other.webp “A boat”", ("asset", "alt_text"))


def test_an_item_with_every_field_goes_through_unharmed() -> None:
    assert clashes(FULL, FULL, FULL) == ()
    theirs = replace(FULL, title="Theirs", version=2)
    assert merged(theirs, FULL, choices(FULL, theirs, FULL)) == theirs
