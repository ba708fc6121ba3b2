"""Items as cards: as viewers see them, and as small ones for editors.

Every word of an item is escaped, every colour was checked to be ``#rrggbb``, and links are made by
``ui.look.cards``, which lets http(s) through alone. So what an editor types is text in every page.
"""

from __future__ import annotations

import io
import logging
import re
import struct
from html import escape
from pathlib import Path
from urllib.parse import quote

import streamlit as st
from PIL import Image
from streamlit.runtime import get_instance
from streamlit.runtime.media_file_storage import MediaFileStorageError

from content.bootstrap import Content
from content.catalog.editing import is_https
from content.media.assets import AssetStore
from content.types import Asset, AssetType, CatalogItem, Kind, Status, ThemeColors
from emotion.labels import EMOTIONS
from ui.catalog.browse import KIND_NAMES, STATUS_NAMES
from ui.look import cards
from ui.look.moods import WORDS
from ui.look.theming import FONTS

_log = logging.getLogger(__name__)

SMALL_FILE_BYTES = 300_000
THUMBNAIL_SIZE = (640, 360)
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def asset_url(assets: AssetStore, location: str, mime_type: str, place: str) -> str | None:
    """The address of a stored file or of an https link; None when the file is not there."""
    path = assets.path(location)
    if path is not None:
        try:
            return cards.media_url(path, mime_type, place)
        except MediaFileStorageError as error:
            _log.warning("No address of %s: %s", location, error)
            return None
    return location if is_https(location) else None


def item_card_html(content: Content, item: CatalogItem, *, place: str) -> str:
    """An item as its slot of the live page shows it; a theme as a small page in its colours.

    Args:
        content: where the files are.
        item: what to show.
        place: names the spot of the page, see ``ui.look.cards.media_url``.
    """
    if item.kind is Kind.THEME:
        swatch = theme_preview_html(item.colors) if item.colors else ""
        return (
            f'<article class="at-card" data-testid="slot-theme" data-item-id="{escape(item.item_id)}">'
            f'<span class="at-tag">{KIND_NAMES[Kind.THEME]}</span><div class="at-frame">{swatch}</div>'
            f'<div class="at-words"><h3 class="at-headline">{escape(item.title)}</h3></div></article>'
        )
    shown = viewer_asset_html(content.assets, item, f"{place}.{item.kind.value}")
    return cards.ad_html(item, shown) if item.kind is Kind.AD else cards.media_html(item, shown)


def viewer_asset_html(assets: AssetStore, item: CatalogItem, place: str) -> str:
    """An item's picture, video or sound; a plain colour where it has none."""
    asset = item.asset
    if asset is None:
        return '<div class="at-asset at-cover"></div>'
    url = asset_url(assets, asset.location, asset.mime_type, place)
    if url is None:
        return _missing_html()
    poster = asset_url(assets, asset.poster, "", f"{place}.poster") if asset.poster else None
    return cards.asset_html(asset, url, item.alt_text or item.title, poster)


def browse_card_html(assets: AssetStore, item: CatalogItem) -> str:
    """A small card for editors: thumbnail, kind, status, title, what it is for, how much it weighs."""
    moods = "".join(
        cards.chip_html(f"{WORDS[e]} {cards.percent(item.targets[e])}", e, testid="target")
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
        f'<span class="at-tag">{KIND_NAMES[item.kind]}</span>{status}</div>'
        f'<h3 class="at-itemtitle">{escape(item.title)}</h3>'
        f'<p class="at-itemfacts">{moods}<small>{weight}</small></p></article>'
    )


def thumbnail_html(assets: AssetStore, item: CatalogItem) -> str:
    """A still picture of an item; nothing in it plays."""
    if item.kind is Kind.THEME:
        return theme_preview_html(item.colors) if item.colors else '<div class="at-asset at-cover"></div>'
    asset = item.asset
    if asset is None:
        return f'<div class="at-asset at-cover at-wordcover">{escape(item.headline or item.title)}</div>'
    alt = escape(item.alt_text or item.title)
    place = f"thumb.{item.item_id}"
    still = asset.location if asset.type is AssetType.IMAGE else asset.poster
    if still is not None:
        url = _still_url(assets, still, asset if asset.type is AssetType.IMAGE else None, place)
        if url is None:
            return _missing_html()
        return f'<img class="at-asset" loading="lazy" src="{escape(url)}" alt="{alt}">{_badge_html(asset)}'
    url = asset_url(assets, asset.location, asset.mime_type, place)
    if url is None:
        return _missing_html()
    if asset.type is AssetType.VIDEO:
        return (
            f'<video class="at-asset" src="{escape(url)}#t=0.5" preload="metadata" muted playsinline '
            f'aria-label="{alt}"></video>{_badge_html(asset)}'
        )
    return f'<div class="at-asset at-cover" role="img" aria-label="{alt}"></div>{_badge_html(asset)}'


def still_url(assets: AssetStore, item: CatalogItem) -> str | None:
    """The address of a still picture of an item, where it has one; of a theme its colours in stripes."""
    if item.colors is not None:
        return _stripes(item.colors)
    asset = item.asset
    if asset is None:
        return None
    still = asset.location if asset.type is AssetType.IMAGE else asset.poster
    if still is None:
        return None
    return _still_url(
        assets, still, asset if asset.type is AssetType.IMAGE else None, f"thumb.{item.item_id}"
    )


def _stripes(colors: ThemeColors) -> str:
    shown = (colors.background, colors.gradient_to, colors.surface, colors.accent, colors.text)
    bars = "".join(
        f"<rect x='{n * 32}' width='32' height='90' fill='{color}'/>"
        for n, color in enumerate(shown)
        if _COLOR.fullmatch(color)
    )
    return "data:image/svg+xml," + quote(
        f"<svg xmlns='http://www.w3.org/2000/svg' width='160' height='90'>{bars}</svg>"
    )


def theme_preview_html(colors: ThemeColors) -> str:
    """A small page that wears the colours, with words in each of them."""
    for name in (
        "background",
        "surface",
        "text",
        "muted_text",
        "accent",
        "accent_text",
        "border",
        "gradient_to",
    ):
        if not _COLOR.fullmatch(getattr(colors, name)):
            return '<div class="at-asset at-cover"></div>'
    font = escape(FONTS.get(colors.font, FONTS["sans"]))
    return (
        f'<div class="at-asset at-themepreview" style="background:linear-gradient(160deg,{colors.background},'
        f'{colors.gradient_to});color:{colors.text};font-family:{font}">'
        f'<div style="background:{colors.surface};border:1px solid {colors.border};color:{colors.text}">'
        f"<b>A page in these colours</b>"
        f'<span style="color:{colors.muted_text}">and its quieter words</span>'
        f'<i style="background:{colors.accent};color:{colors.accent_text}">Button</i></div></div>'
    )


def _badge_html(asset: Asset) -> str:
    if asset.type is AssetType.IMAGE:
        return ""
    length = f" {asset.duration_s:.0f} s" if asset.duration_s else ""
    sign, word = ("▶", "Video") if asset.type is AssetType.VIDEO else ("♪", "Sound")
    return f'<span class="at-playbadge">{sign} {word}{length}</span>'


def _missing_html() -> str:
    return '<div class="at-asset at-missing">The file is missing or damaged</div>'


def _still_url(assets: AssetStore, location: str, asset: Asset | None, place: str) -> str | None:
    """A picture's address: of the file itself when it is small, else of a reduced copy in memory.

    None where there is no such file, or one that was damaged after it was taken.
    """
    path = assets.path(location)
    if path is None:
        return location if is_https(location) else None
    try:
        status = path.stat()
        if status.st_size <= SMALL_FILE_BYTES:
            return cards.media_url(path, asset.mime_type if asset else "", place)
        small = _reduced(path, status.st_mtime)
    except (MediaFileStorageError, OSError, ValueError, SyntaxError, struct.error) as error:
        _log.warning("No small picture of %s: %s", location, error)
        return None
    return get_instance().media_file_mgr.add(small, "image/webp", f"attune.{place}")


@st.cache_data(max_entries=512, show_spinner=False)
def _reduced(path: Path, _changed: float) -> bytes:
    buffer = io.BytesIO()
    with Image.open(path) as image:
        image.thumbnail(THUMBNAIL_SIZE)
        image.convert("RGBA" if image.has_transparency_data else "RGB").save(buffer, "WEBP", quality=80)
    return buffer.getvalue()
