"""The editor's list: filters, coverage and names."""

from __future__ import annotations

import pytest

from content.types import CatalogItem, Kind, Status
from emotion.labels import EMOTIONS, Emotion
from tests.ui.catalog.builders import CATALOG_ITEMS
from ui.catalog.browse import CatalogFilter, MoodFilter, Order, TagFilter, coverage, index_catalog, matching
from ui.catalog.words import field_name, gap_words


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
        (CatalogFilter(tag="SUMMER sale"), ["tea", "sun"]),
        (CatalogFilter(tag="Lobby", mood=Emotion.HAPPY), ["sun"]),
        (CatalogFilter(tag=TagFilter.NONE), ["lake"]),
        (CatalogFilter(text="lobby"), ["sun"]),
        (CatalogFilter(only=frozenset({"sun", "lake"}), kinds=(Kind.AD,)), ["sun"]),
        (CatalogFilter(order=Order.NEWEST), ["lake", "sun", "tea"]),
        (CatalogFilter(order=Order.KIND), ["tea", "sun", "lake"]),
        (CatalogFilter(order=Order.TITLE), ["lake", "tea", "sun"]),
        (CatalogFilter(order=Order.WEIGHT), ["sun", "tea", "lake"]),
        (CatalogFilter(order=Order.STATUS), ["tea", "sun", "lake"]),
    ],
)
def test_filters(wanted: CatalogFilter, expected: list[str]) -> None:
    assert ids(matching(index_catalog(CATALOG_ITEMS), wanted)) == expected


# -- coverage ------------------------------------------------------------------------------------------


def test_coverage_counts_published_items_only() -> None:
    found = coverage(CATALOG_ITEMS)
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
    assert gap_words(coverage(everything).gaps).startswith("Every expression has")
    words = gap_words(coverage([i for i in everything if i.item_id != "media-disgust"]).gaps)
    assert "no media for disgusted" in words
    assert "no ad" not in words


# -- names of fields ------------------------------------------------------------------------------------


def test_fields_have_names_for_people() -> None:
    assert field_name("targets.happy") == "Happy"
    assert field_name("asset.mime_type") == "Picture, video or sound"
    assert field_name("") == "Item"
