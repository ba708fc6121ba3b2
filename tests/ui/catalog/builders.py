"""Small items and one with every field set, and what a card's menu offers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

from streamlit.testing.v1 import AppTest

from content.types import Asset, AssetType, Audience, CatalogItem, Kind, Pacing, Region, Schedule, Status
from emotion.labels import Emotion

TEA = CatalogItem("tea", Kind.AD, "Meadow tea", headline="A calmer cup", targets={Emotion.ANGRY: 1.0})
SUN = CatalogItem("sun", Kind.AD, "Sun hats", headline="For bright days", targets={Emotion.HAPPY: 1.0})
FULL = replace(
    TEA,
    item_id="full",
    title="Everything set",
    targets={},
    region=Region(-0.333, 0.4, -0.2, 0.815),
    min_confidence=0.37,
    audience=Audience.ONE,
    weight=2.25,
    schedule=Schedule(
        starts_at_utc=datetime(2026, 10, 25, 0, 30, 17, tzinfo=UTC),  # 02:30 in Zurich, the first of two
        ends_at_utc=datetime(2027, 3, 1, 12, 0, tzinfo=UTC),
        weekdays=(0, 1, 2, 3, 4),
        from_time=time(9, 0, 30),
        until_time=time(17, 10),
        time_zone="Europe/Zurich",
    ),
    frequency_cap=3,
    daily_cap=100,
    pacing=Pacing(min_dwell_s=4.5, cool_down_s=61.0, wait_for_end=True, share=0.07),
    tags=("Summer sale", "lobby"),
)


MEADOW = replace(TEA, targets={Emotion.ANGRY: 1.0, Emotion.SAD: 0.3}, tags=("Summer sale",))
HATS = replace(SUN, weight=3.0, tags=("Lobby", "summer sale"))
LAKE = CatalogItem(
    "lake",
    Kind.MEDIA,
    "A lake",
    asset=Asset(AssetType.IMAGE, "media/lake.webp", "image/webp"),
    alt_text="Still water at dawn",
    status=Status.DRAFT,
)
CATALOG_ITEMS = (MEADOW, HATS, LAKE)
"""Two published ads and a draft of a media item."""


def more(page: AppTest, item_id: str, action: str) -> AppTest:
    """Chooses something in the menu of an item's card."""
    return page.menu_button(key=f"more-{item_id}").click(action).run()
