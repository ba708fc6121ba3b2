"""Items as small cards for editors."""

from __future__ import annotations

from typing import Final

from content.media.assets import AssetStore
from content.types import CatalogItem, Status
from emotion.labels import EMOTIONS, Emotion
from ui.catalog.words import STATUS_NAMES
from ui.look.html import Markup, render
from ui.look.thumbnails import thumbnail_html
from ui.look.words import EXPRESSIONS, percent

MOST_TAGS: Final = 3
"""On a card; the number of the others stands behind them."""


def browse_card_html(assets: AssetStore, item: CatalogItem, standing: tuple[str, str] = ("", "")) -> Markup:
    """A small card: thumbnail, kind, status, title, what it is for, how much it weighs.

    Args:
        assets: where its files lie.
        item: what to show.
        standing: how it stands, and why it does not show now; see ``ui.catalog.standing``.
    """
    aims: list[tuple[Emotion | None, str]] = [
        (e, f"{EXPRESSIONS[e]} {percent(item.targets[e])}") for e in EMOTIONS if item.targets.get(e, 0) > 0
    ]
    state, words = standing
    return render(
        "catalog/item.html",
        item=item,
        thumbnail=thumbnail_html(assets, item),
        status="" if item.status is Status.PUBLISHED else STATUS_NAMES[item.status],
        aims=aims or [(None, "Default" if item.is_default else "A region of the map")],
        most_tags=MOST_TAGS,
        state=state,
        standing=words,
    )
