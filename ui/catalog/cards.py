"""Items as small cards for editors. Every word of an item is escaped: what an editor types is text."""

from __future__ import annotations

from html import escape

from content.media.assets import AssetStore
from content.types import CatalogItem, Status
from emotion.labels import EMOTIONS
from ui.catalog.words import STATUS_NAMES
from ui.look import cards
from ui.look.thumbnails import thumbnail_html
from ui.look.words import EXPRESSIONS, KINDS, percent


def browse_card_html(assets: AssetStore, item: CatalogItem) -> str:
    """A small card for editors: thumbnail, kind, status, title, what it is for, how much it weighs."""
    moods = "".join(
        cards.chip_html(f"{EXPRESSIONS[e]} {percent(item.targets[e])}", e, testid="target")
        for e in EMOTIONS
        if item.targets.get(e, 0) > 0
    ) or cards.chip_html("Default" if item.is_default else "A region of the map", None, testid="target")
    status = (
        ""
        if item.status is Status.PUBLISHED
        else (f'<span class="at-status at-status-{item.status.value}">{STATUS_NAMES[item.status]}</span>')
    )
    weight = f"Weight {item.weight:g}" if item.weight != 1 else ""
    return (
        f'<article class="at-item" data-testid="item-card" data-item-id="{escape(item.item_id)}">'
        f'<div class="at-thumb">{thumbnail_html(assets, item)}'
        f'<span class="at-tag">{KINDS[item.kind]}</span>{status}</div>'
        f'<h3 class="at-itemtitle">{escape(item.title)}</h3>'
        f'<p class="at-itemfacts">{moods}<small>{weight}</small></p></article>'
    )
