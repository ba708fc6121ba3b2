"""What is typed into the grid: taken over, judged, and kept through filters and other editors."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from content.errors import ItemInvalidError
from content.types import Catalog, Schedule, Status
from emotion.labels import Emotion
from tests.ui.catalog.builders import CATALOG_ITEMS, HATS, MEADOW
from ui.catalog.cells import GRID_CELLS, Typed, absorb, check_typed, grid_row, with_cells

CATALOG = Catalog(7, CATALOG_ITEMS)


def test_cells_of_an_untouched_row_change_nothing() -> None:
    for item in CATALOG_ITEMS:
        assert with_cells(item, grid_row(item)) == item


def test_cells_change_title_weight_status_and_targets() -> None:
    changed = with_cells(
        MEADOW, {"title": " Green tea ", "weight": 2, "status": "Archived", "sad": None, "happy": 0.5}
    )
    assert changed.title == "Green tea"
    assert changed.weight == 2
    assert changed.status is Status.ARCHIVED
    assert changed.targets == {Emotion.ANGRY: 1.0, Emotion.HAPPY: 0.5}
    assert changed.version == MEADOW.version


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
        with_cells(MEADOW, cells)
    assert [e.field for e in caught.value.errors] == [field]


def test_an_unknown_cell_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="item_id"):
        with_cells(MEADOW, {"item_id": "other"})


def test_cells_change_dates_and_limits_and_leave_the_week_alone() -> None:
    weekly = replace(MEADOW, schedule=Schedule(weekdays=(0, 4), time_zone="Europe/Zurich"), daily_cap=9)
    changed = with_cells(weekly, {"starts": "2026-05-01T09:00:00.000", "frequency_cap": 3, "daily_cap": None})
    assert changed.schedule == replace(weekly.schedule, starts_at_utc=datetime(2026, 5, 1, 9, tzinfo=UTC))
    assert (changed.frequency_cap, changed.daily_cap) == (3, None)


def test_a_date_typed_again_as_it_was_is_no_edit() -> None:
    dated = replace(MEADOW, schedule=Schedule(starts_at_utc=datetime(2026, 5, 1, 9, tzinfo=UTC)))
    assert absorb({}, [dated], {0: {"starts": "2026-05-01T09:00:00.000"}}) == {}
    assert absorb({}, [dated], {0: {"starts": "2026-05-01T11:00:00+02:00"}}) == {}
    assert absorb({}, [dated], {0: {"starts": None}})["tea"].cells == {"starts": None}


def test_typed_know_items_not_positions() -> None:
    typed = absorb({}, [HATS, MEADOW], {1: {"title": "Green tea"}, "0": {"weight": 5.0}})
    assert typed["tea"].cells == {"title": "Green tea"}
    assert typed["sun"].cells == {"weight": 5.0}
    # The list is filtered and sorted anew; what was typed stays with its item, and more comes to it.
    again = absorb(typed, [MEADOW], {0: {"happy": 0.4}})
    assert again["tea"].cells == {"title": "Green tea", "happy": 0.4}
    assert again["sun"].cells == {"weight": 5.0}


def test_typing_the_old_value_back_is_no_edit() -> None:
    typed = absorb({"tea": Typed(MEADOW, {"title": "Green tea"})}, [MEADOW], {0: {"title": "Meadow tea"}})
    assert typed == {}


def test_ticks_and_foreign_columns_are_no_edits() -> None:
    assert absorb({}, [MEADOW], {0: {"pick": True, "picture": "x"}}) == {}
    assert "pick" not in GRID_CELLS


def test_absorbing_leaves_the_typed_it_was_given_alone() -> None:
    carried = {"tea": Typed(MEADOW, {"title": "Green tea"})}
    absorb(carried, [MEADOW], {0: {"title": "Black tea"}})
    assert carried["tea"].cells == {"title": "Green tea"}


def test_good_rows_are_ready_and_bad_ones_are_named_by_row_column_and_reason() -> None:
    typed = {"tea": Typed(MEADOW, {"title": "Green tea"}), "sun": Typed(HATS, {"weight": -1, "happy": 7})}
    checked = check_typed(typed, CATALOG, {"tea": 1, "sun": 2})
    assert [i.title for i in checked.ready] == ["Green tea"]
    said = [str(e) for e in checked.errors]
    assert said == [
        "Row 2: “Sun hats”, Happy. Needs a number of at most 1, not 7.",
        "Row 2: “Sun hats”, Weight. Needs a number greater than 0, not -1.",
    ]
    hidden = check_typed(typed, CATALOG, {}).errors[0]
    assert str(hidden).startswith("“Sun hats”, Happy.")


def test_a_row_that_someone_else_changed_or_deleted_is_neither_saved_nor_lost() -> None:
    now = Catalog(9, (replace(MEADOW, title="Their tea", version=2),))
    typed = {"tea": Typed(MEADOW, {"weight": 2.0}), "sun": Typed(HATS, {"weight": 2.0})}
    checked = check_typed(typed, now, {})
    assert checked.ready == ()
    assert checked.conflicts == ("tea",)
    assert checked.gone == ("sun",)


def test_tags_are_a_cell_too() -> None:
    tagged = with_cells(HATS, {"tags": ["Lobby", "new one"]})
    assert tagged.tags == ("Lobby", "new one")
    assert with_cells(HATS, {"tags": None}).tags == ()
    same = absorb({}, [HATS], {0: {"tags": list(HATS.tags)}})
    assert same == {}, "typed back"
    with pytest.raises(ItemInvalidError, match="without commas"):
        with_cells(HATS, {"tags": ["a, b"]})
