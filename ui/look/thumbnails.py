"""Small still pictures of items, for lists and tables; nothing in them plays."""

from __future__ import annotations

import io
import logging
import re
import struct
from pathlib import Path
from urllib.parse import quote

import streamlit as st
from PIL import Image

from content.catalog.editing import is_https
from content.media.assets import AssetStore
from content.types import Asset, AssetType, CatalogItem, Kind, ThemeColors
from ui.look.files import file_url, serve
from ui.look.html import Markup, render
from ui.look.theming import FONTS
from ui.look.words import duration

_log = logging.getLogger(__name__)

SMALL_FILE_BYTES = 300_000
THUMBNAIL_SIZE = (640, 360)
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_COLORS = (
    "background",
    "surface",
    "text",
    "muted_text",
    "accent",
    "accent_text",
    "border",
    "gradient_to",
)
NO_PICTURE = Markup('<div class="at-asset at-cover"></div>')
_MISSING = Markup('<div class="at-asset at-missing">The file is missing or damaged</div>')


def thumbnail_html(assets: AssetStore, item: CatalogItem) -> Markup:
    """A still picture of an item."""
    if item.kind is Kind.THEME:
        return theme_preview_html(item.colors) if item.colors else NO_PICTURE
    asset = item.asset
    if asset is None:
        return render("look/word_cover.html", text=item.headline or item.title)
    still = _still_of(asset)
    url = _still_url(assets, still, _place(item)) if still else file_url(asset.location, assets)
    if url is None:
        return _MISSING
    return render(
        "look/thumbnail.html",
        alt=item.alt_text or item.title,
        still=url if still else None,
        video=url if not still and asset.type is AssetType.VIDEO else None,
        badge=_badge(asset),
    )


def still_url(assets: AssetStore, item: CatalogItem) -> str | None:
    """The address of a still picture of an item, if it has one; for a theme, its colours in stripes."""
    if item.colors is not None:
        return _stripes(item.colors)
    still = _still_of(item.asset) if item.asset else None
    return _still_url(assets, still, _place(item)) if still is not None else None


def theme_preview_html(colors: ThemeColors) -> Markup:
    """A small page in these colours, with words in each of them."""
    if not all(_COLOR.fullmatch(getattr(colors, name)) for name in _COLORS):
        return NO_PICTURE
    return render("look/theme_preview.html", colors=colors, font=FONTS.get(colors.font, FONTS["sans"]))


def _place(item: CatalogItem) -> str:
    return f"thumb.{item.item_id}"


def _still_of(asset: Asset) -> str | None:
    """Location of the picture that stands for a file."""
    return asset.location if asset.type is AssetType.IMAGE else asset.poster or None


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


def _badge(asset: Asset) -> str:
    if asset.type is AssetType.IMAGE:
        return ""
    length = f" {duration(asset.duration_s)}" if asset.duration_s else ""
    return f"{'▶ Video' if asset.type is AssetType.VIDEO else '♪ Sound'}{length}"


def _still_url(assets: AssetStore, location: str, place: str) -> str | None:
    """A picture's address: the file itself if it is small, else a reduced copy in memory.

    None if there is no such file, or if it was damaged after the upload.
    """
    path = assets.path(location)
    if path is None:
        return location if is_https(location) else None
    try:
        status = path.stat()
        if status.st_size <= SMALL_FILE_BYTES:
            return file_url(location, assets)
        small = _reduced(path, status.st_mtime)
    except (OSError, ValueError, SyntaxError, struct.error) as error:
        _log.warning("No small picture of %s: %s", location, error)
        return None
    return serve(small, "image/webp", place)


@st.cache_data(max_entries=512, show_spinner=False)
def _reduced(path: Path, _changed: float) -> bytes:
    buffer = io.BytesIO()
    with Image.open(path) as image:
        image.thumbnail(THUMBNAIL_SIZE)
        image.convert("RGBA" if image.has_transparency_data else "RGB").save(buffer, "WEBP", quality=80)
    return buffer.getvalue()
