"""The map of expressions and what comes back from it."""

from __future__ import annotations

from typing import Any

import pytest

from content.types import Region
from emotion.types import VALENCE_AROUSAL
from ui.catalog.form.region import BRUSH, drawn_region, region_chart
from ui.look.words import EXPRESSIONS


def test_a_drawn_rectangle_is_a_region_to_two_decimals() -> None:
    drawn = drawn_region({"valence": [0.40123, -0.2], "arousal": [-0.305, 0.999]})
    assert drawn == Region(-0.2, 0.4, -0.3, 1.0)


def test_a_rectangle_that_leaves_the_map_ends_at_its_edge() -> None:
    assert drawn_region({"valence": [-1.4, 0], "arousal": [0, 2]}) == Region(-1.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"valence": [0, 1]},
        {"valence": [0, 1], "arousal": []},
        {"valence": "high", "arousal": [0, 1]},
        {"valence": [None, 1], "arousal": [0, 1]},
    ],
)
def test_what_is_no_rectangle_is_none(selection: dict[str, Any]) -> None:
    assert drawn_region(selection) is None


def test_the_map_names_the_seven_expressions_and_begins_with_the_region() -> None:
    spec = region_chart(Region(-0.5, 0.25, 0.0, 1.0)).to_dict()
    (data,) = spec["datasets"].values()
    assert {row["word"]: (row["valence"], row["arousal"]) for row in data} == {
        EXPRESSIONS[e]: place for e, place in VALENCE_AROUSAL.items()
    }
    (brush,) = [p for p in spec["params"] if p["name"] == BRUSH]
    assert brush["value"] == {"x": [-0.5, 0.25], "y": [0.0, 1.0]}
