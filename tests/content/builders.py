"""Small items, moods and moments for the tests of this package."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from content.catalog.rows import item_row
from content.themes import DEFAULT_THEME
from content.types import (
    Asset,
    AssetType,
    Catalog,
    CatalogItem,
    Kind,
    Moment,
    PickContext,
)
from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores, MoodEstimate

START_UTC = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PICTURE = Asset(AssetType.IMAGE, "media/a.png", "image/png")


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


def moment(at_s: float) -> Moment:
    return Moment(at_s, START_UTC + timedelta(seconds=at_s))


def mood(
    dominant: Emotion | None, probability: float = 0.8, *, since_s: float = 0.0, faces_seen: int = 1
) -> MoodEstimate:
    scores = EmotionScores.certain(dominant, probability) if dominant else EmotionScores.uniform()
    return MoodEstimate(scores, dominant, scores.confidence, since_s, since_s, faces_seen)


def belief(**shares: float) -> MoodEstimate:
    scores = EmotionScores(np.array([shares.get(e.value, 0.0) for e in EMOTIONS], np.float32))
    return MoodEstimate(scores, scores.top, scores.confidence, 0.0, 0.0, 1)


def context(estimate: MoodEstimate | None, **settings) -> PickContext:
    return PickContext(estimate, **settings)


def ad(item_id: str, *targets: Emotion, **fields) -> CatalogItem:
    item = CatalogItem(item_id, Kind.AD, item_id, targets=dict.fromkeys(targets, 1.0), headline="Words")
    return replace(item, **fields)


def media(item_id: str, *targets: Emotion, duration_s: float | None = None, **fields) -> CatalogItem:
    asset = PICTURE
    if duration_s is not None:
        asset = Asset(AssetType.VIDEO, f"media/{item_id}.mp4", "video/mp4", duration_s)
    item = CatalogItem(
        item_id, Kind.MEDIA, item_id, targets=dict.fromkeys(targets, 1.0), asset=asset, alt_text="A picture"
    )
    return replace(item, **fields)


def theme(item_id: str, *targets: Emotion, **fields) -> CatalogItem:
    item = CatalogItem(
        item_id, Kind.THEME, item_id, targets=dict.fromkeys(targets, 1.0), colors=DEFAULT_THEME
    )
    return replace(item, **fields)


def catalog(*items: CatalogItem, version: int = 1) -> Catalog:
    return Catalog(version, items)


def full_catalog(each: int = 3) -> Catalog:
    """For every expression and for none: ``each`` ads and media, one theme."""
    items: list[CatalogItem] = []
    for targets in [(e,) for e in EMOTIONS] + [()]:
        name = targets[0].value if targets else "default"
        items += [ad(f"{name}-ad-{n}", *targets) for n in range(each)]
        items += [media(f"{name}-media-{n}", *targets, duration_s=6.0 + n) for n in range(each)]
        items.append(theme(f"{name}-theme", *targets))
    return catalog(*items)


def old_row(item: CatalogItem, position: int) -> dict[str, Any]:
    """An item's row with the columns that there were at revision 0002."""
    row = {**item_row(item), "position": position}
    del row["framing"], row["tags"]
    return row
