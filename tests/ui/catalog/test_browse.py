"""The editor's logic: filters, coverage, drafts from a grid, and two editors on one item."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from content.catalog.editing import item_data, parse_item
from content.catalog.history import Draft as WorkingDraft
from content.errors import ItemInvalidError
from content.types import Asset, AssetType, Catalog, CatalogItem, Kind, Schedule, Status
from emotion.labels import EMOTIONS, Emotion
from ui.catalog.browse import (
    CatalogFilter,
    MoodFilter,
    Order,
    coverage,
    index_catalog,
    matching,
    rebase,
)
from ui.catalog.differences import differences
from ui.catalog.drafts import (
    GRID_CELLS,
    Draft,
    absorb,
    change_all,
    check_drafts,
    grid_row,
    undo_of,
    with_cells,
)
from ui.catalog.words import field_name, gap_words

TEA = CatalogItem(
    "tea", Kind.AD, "Meadow tea", headline="A calmer cup", targets={Emotion.ANGRY: 1.0, Emotion.SAD: 0.3}
)
SUN = CatalogItem(
    "sun", Kind.AD, "Sun hats", headline="For bright days", targets={Emotion.HAPPY: 1.0}, weight=3.0
)
LAKE = CatalogItem(
    "lake",
    Kind.MEDIA,
    "A lake",
    asset=Asset(AssetType.IMAGE, "media/lake.webp", "image/webp"),
    alt_text="Still water at dawn",
    status=Status.DRAFT,
)
ITEMS = (TEA, SUN, LAKE)
CATALOG = Catalog(7, ITEMS)


def ids(items) -> list[str]:
    return [i.item_id for i in items]


# -- browsing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (CatalogFilter(), ["tea", "sun", "lake"]),
        (CatalogFilter(text="  CALMER "), ["tea"]),
        (CatalogFilter(text="water dawn"), ["lake"]),
        (CatalogFilter(text="water dusk"), []),
        (CatalogFilter(kinds=(Kind.AD,)), ["tea", "sun"]),
        (CatalogFilter(statuses=(Status.DRAFT,)), ["lake"]),
        (CatalogFilter(mood=Emotion.SAD), ["tea"]),
        (CatalogFilter(mood=MoodFilter.DEFAULT), ["lake"]),
        (CatalogFilter(only=frozenset({"sun", "lake"}), kinds=(Kind.AD,)), ["sun"]),
        (CatalogFilter(order=Order.NEWEST), ["lake", "sun", "tea"]),
        (CatalogFilter(order=Order.KIND), ["tea", "sun", "lake"]),
        (CatalogFilter(order=Order.TITLE), ["lake", "tea", "sun"]),
        (CatalogFilter(order=Order.WEIGHT), ["sun", "tea", "lake"]),
        (CatalogFilter(order=Order.STATUS), ["tea", "sun", "lake"]),
    ],
)
def test_filters(wanted: CatalogFilter, expected: list[str]) -> None:
    assert ids(matching(index_catalog(ITEMS), wanted)) == expected


# -- coverage ------------------------------------------------------------------------------------------


def test_coverage_counts_published_items_only() -> None:
    found = coverage(ITEMS)
    assert found.counts[Kind.AD][Emotion.ANGRY] == 1
    assert found.counts[Kind.AD][Emotion.FEAR] == 0
    assert found.counts[Kind.MEDIA][None] == 0, "a draft covers nothing"
    assert (Kind.AD, Emotion.FEAR) in found.gaps
    assert (Kind.AD, Emotion.HAPPY) not in found.gaps


def test_coverage_counts_what_would_show_and_no_neighbour() -> None:
    found = coverage([CatalogItem("a", Kind.AD, "x", targets={Emotion.SURPRISE: 1.0, Emotion.HAPPY: 0.3})])
    assert found.counts[Kind.AD][Emotion.SURPRISE] == 1
    assert (Kind.AD, Emotion.HAPPY) in found.gaps


def test_coverage_in_words() -> None:
    everything = [
        CatalogItem(f"{kind}-{mood}", kind, "x", targets={mood: 1.0} if mood else {})
        for kind in Kind
        for mood in (*EMOTIONS, None)
    ]
    assert gap_words(coverage(everything).gaps).startswith("Every mood has")
    words = gap_words(coverage([i for i in everything if i.item_id != "media-disgust"]).gaps)
    assert "no media for disgusted" in words
    assert "no ad" not in words


# -- grid ----------------------------------------------------------------------------------------------


def test_cells_of_an_untouched_row_change_nothing() -> None:
    for item in ITEMS:
        assert with_cells(item, grid_row(item)) == item


def test_cells_change_title_weight_status_and_targets() -> None:
    changed = with_cells(
        TEA, {"title": " Green tea ", "weight": 2, "status": "Archived", "sad": None, "happy": 0.5}
    )
    assert changed.title == "Green tea"
    assert changed.weight == 2
    assert changed.status is Status.ARCHIVED
    assert changed.targets == {Emotion.ANGRY: 1.0, Emotion.HAPPY: 0.5}
    assert changed.version == TEA.version


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"title": None}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"weight": 0}, "weight"),
        ({"weight": None}, "weight"),
        ({"weight": float("nan")}, "weight"),
        ({"happy": 1.5}, "targets.happy"),
        ({"happy": -0.1}, "targets.happy"),
        ({"status": "Live"}, "status"),
        ({"frequency_cap": 0}, "frequency_cap"),
        ({"daily_cap": 2.5}, "daily_cap"),
        ({"starts": "soon"}, "schedule.starts_at_utc"),
        ({"starts": "2026-05-02T00:00:00", "ends": "2026-05-01T00:00:00"}, "schedule.ends_at_utc"),
    ],
)
def test_a_wrong_cell_names_its_field(cells: dict[str, object], field: str) -> None:
    with pytest.raises(ItemInvalidError) as caught:
        with_cells(TEA, cells)
    assert [e.field for e in caught.value.errors] == [field]


def test_an_unknown_cell_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="item_id"):
        with_cells(TEA, {"item_id": "other"})


def test_cells_change_dates_and_limits_and_leave_the_week_alone() -> None:
    weekly = replace(TEA, schedule=Schedule(weekdays=(0, 4), time_zone="Europe/Zurich"), daily_cap=9)
    changed = with_cells(weekly, {"starts": "2026-05-01T09:00:00.000", "frequency_cap": 3, "daily_cap": None})
    assert changed.schedule == replace(weekly.schedule, starts_at_utc=datetime(2026, 5, 1, 9, tzinfo=UTC))
    assert (changed.frequency_cap, changed.daily_cap) == (3, None)


def test_a_date_typed_again_as_it_was_is_no_edit() -> None:
    dated = replace(TEA, schedule=Schedule(starts_at_utc=datetime(2026, 5, 1, 9, tzinfo=UTC)))
    assert absorb({}, [dated], {0: {"starts": "2026-05-01T09:00:00.000"}}) == {}
    assert absorb({}, [dated], {0: {"starts": "2026-05-01T11:00:00+02:00"}}) == {}
    assert absorb({}, [dated], {0: {"starts": None}})["tea"].cells == {"starts": None}


def test_drafts_know_items_not_positions() -> None:
    drafts = absorb({}, [SUN, TEA], {1: {"title": "Green tea"}, "0": {"weight": 5.0}})
    assert drafts["tea"].cells == {"title": "Green tea"}
    assert drafts["sun"].cells == {"weight": 5.0}
    # The list is filtered and sorted anew; what was typed stays with its item, and more comes to it.
    again = absorb(drafts, [TEA], {0: {"happy": 0.4}})
    assert again["tea"].cells == {"title": "Green tea", "happy": 0.4}
    assert again["sun"].cells == {"weight": 5.0}


def test_typing_the_old_value_back_is_no_edit() -> None:
    drafts = absorb({"tea": Draft(TEA, {"title": "Green tea"})}, [TEA], {0: {"title": "Meadow tea"}})
    assert drafts == {}


def test_ticks_and_foreign_columns_are_no_edits() -> None:
    assert absorb({}, [TEA], {0: {"pick": True, "picture": "x"}}) == {}
    assert "pick" not in GRID_CELLS


def test_absorbing_leaves_the_drafts_it_was_given_alone() -> None:
    carried = {"tea": Draft(TEA, {"title": "Green tea"})}
    absorb(carried, [TEA], {0: {"title": "Black tea"}})
    assert carried["tea"].cells == {"title": "Green tea"}


def test_good_rows_are_ready_and_bad_ones_are_named_by_row_column_and_reason() -> None:
    drafts = {"tea": Draft(TEA, {"title": "Green tea"}), "sun": Draft(SUN, {"weight": -1, "happy": 7})}
    checked = check_drafts(drafts, CATALOG, {"tea": 1, "sun": 2})
    assert [i.title for i in checked.ready] == ["Green tea"]
    said = [str(e) for e in checked.errors]
    assert said[0] == "Row 2 (“Sun hats”), Happy: Expected a number of at most 1. Received: 7"
    assert said[1].startswith("Row 2 (“Sun hats”), Weight: Expected a number greater than 0.")


def test_a_row_that_someone_else_changed_or_deleted_is_neither_saved_nor_lost() -> None:
    now = Catalog(9, (replace(TEA, title="Their tea", version=2),))
    drafts = {"tea": Draft(TEA, {"weight": 2.0}), "sun": Draft(SUN, {"weight": 2.0})}
    checked = check_drafts(drafts, now, {})
    assert checked.ready == ()
    assert checked.conflicts == ("tea",)
    assert checked.gone == ("sun",)


# -- one change to many items --------------------------------------------------------------------------


def test_one_change_to_many_leaves_alone_what_has_it_and_names_what_it_would_break() -> None:
    picture = replace(LAKE, asset=None)
    changed = change_all([TEA, replace(SUN, status=Status.DRAFT), picture], status=Status.PUBLISHED)
    assert ids(changed.before) == ids(changed.after) == ["sun"]
    assert changed.after[0].status is Status.PUBLISHED
    assert [(e.row, e.title, e.column) for e in changed.refused] == [(3, "A lake", "Picture, video or sound")]


def test_a_weight_that_is_none_is_refused_for_each() -> None:
    changed = change_all([TEA, SUN], weight=0)
    assert changed.after == ()
    assert [e.title for e in changed.refused] == ["Meadow tea", "Sun hats"]


def test_undo_goes_on_top_of_the_versions_that_the_change_made() -> None:
    undo = undo_of("Archived 1 item.", [TEA], [replace(TEA, status=Status.ARCHIVED, version=2)])
    assert undo.saved == (replace(TEA, version=2),)
    assert undo.draft is None


@pytest.mark.parametrize(("began_from", "goes_on_from"), [(1, 3), (7, 7)])
def test_a_draft_goes_on_from_what_undo_brings_back_if_it_began_there(began_from, goes_on_from) -> None:
    at_utc = datetime(2026, 5, 1, tzinfo=UTC)
    draft = WorkingDraft(replace(TEA, version=began_from), began_from, "ann", at_utc)
    undo = undo_of("Published.", [TEA], [replace(TEA, headline="New", version=2)], draft)
    assert undo.draft is not None
    assert (undo.draft.base_version, undo.draft.item.version) == (goes_on_from, goes_on_from)


# -- names of fields ------------------------------------------------------------------------------------


def test_fields_have_names_for_people() -> None:
    assert field_name("targets.happy") == "Happy"
    assert field_name("asset.mime_type") == "Picture, video or sound"
    assert field_name("") == "Item"


# -- two editors ---------------------------------------------------------------------------------------


def test_changes_of_different_fields_go_together() -> None:
    theirs = replace(TEA, title="Their tea", targets={Emotion.ANGRY: 0.5, Emotion.SAD: 0.3}, version=2)
    mine = {**item_data(TEA), "weight": 4.0, "targets": {Emotion.ANGRY: 1.0, Emotion.SAD: 0.9}}
    merged = parse_item(rebase(TEA, mine, theirs), theirs.version)
    assert merged.title == "Their tea"
    assert merged.weight == 4.0
    assert merged.targets == {Emotion.ANGRY: 0.5, Emotion.SAD: 0.9}
    assert merged.version == 2


def test_where_both_changed_a_field_mine_is_kept_and_both_are_shown() -> None:
    theirs = replace(TEA, title="Their tea", version=2)
    mine = {**item_data(TEA), "title": "My tea"}
    assert rebase(TEA, mine, theirs)["title"] == "My tea"
    (only,) = differences(TEA, theirs, mine)
    assert (only.field, only.before, only.theirs, only.mine) == ("Title", "Meadow tea", "Their tea", "My tea")


def test_differences_name_every_field_that_either_changed() -> None:
    theirs = replace(TEA, headline="", status=Status.DRAFT, version=2)
    mine = {**item_data(TEA), "targets": {Emotion.HAPPY: 1.0}}
    found = {d.field: d for d in differences(TEA, theirs, mine)}
    assert set(found) == {"Headline", "Status", "Moods"}
    assert found["Headline"].theirs == "(empty)"
    assert found["Status"].theirs == "Draft"
    assert found["Moods"].mine == "Happy 100%"


def test_a_file_that_was_replaced_is_a_difference() -> None:
    theirs = replace(LAKE, asset=Asset(AssetType.IMAGE, "media/other.webp", "image/webp"), version=2)
    (only,) = differences(LAKE, theirs, item_data(LAKE))
    assert only.theirs == "Image: media/other.webp"
