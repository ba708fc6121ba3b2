"""One picture of the whole starter catalog: a row for each mood, its theme's colours at the left."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from content.types import CatalogItem, Kind, ThemeColors
from emotion.labels import EMOTIONS, Emotion
from tools.starter.browser import save_webp

TILE_PX = (184, 115)
GAP_PX = 6
THEME_PX = 92
LIMIT_BYTES = 300_000


def _own(item: CatalogItem) -> Emotion | None:
    return max(item.targets, key=lambda e: item.targets[e]) if item.targets else None


def _swatch(colors: ThemeColors) -> Image.Image:
    swatch = Image.new("RGB", (THEME_PX, TILE_PX[1]), colors.background)
    pen = ImageDraw.Draw(swatch)
    pen.polygon([(THEME_PX, 0), (THEME_PX, TILE_PX[1]), (0, TILE_PX[1])], fill=colors.gradient_to)
    pen.rounded_rectangle(
        (12, 16, THEME_PX - 12, TILE_PX[1] - 16), 8, fill=colors.surface, outline=colors.border
    )
    pen.rounded_rectangle((22, 28, 66, 34), 3, fill=colors.text)
    pen.rounded_rectangle((22, 42, 58, 46), 2, fill=colors.muted_text)
    pen.rounded_rectangle((22, 62, 70, 84), 6, fill=colors.accent)
    pen.rounded_rectangle((32, 71, 60, 75), 2, fill=colors.accent_text)
    return swatch


def _still(item: CatalogItem, assets: Path) -> Image.Image:
    assert item.asset is not None
    location = item.asset.poster or item.asset.location
    with Image.open(assets / location.partition("/")[2]) as picture:
        # Video posters are wider than the tiles: cut their sides.
        wide = round(picture.height * TILE_PX[0] / TILE_PX[1])
        left = max((picture.width - wide) // 2, 0)
        part = picture.convert("RGB").crop((left, 0, picture.width - left, picture.height))
        return part.resize(TILE_PX, Image.Resampling.LANCZOS)


def write(items: tuple[CatalogItem, ...], assets: Path, target: Path) -> None:
    """Arrange every item of the catalog and save the sheet."""
    moods: list[Emotion | None] = [*EMOTIONS, None]
    rows = [[i for i in items if _own(i) is mood] for mood in moods]
    columns = max(len([i for i in row if i.asset]) for row in rows)
    width = THEME_PX + GAP_PX + columns * (TILE_PX[0] + GAP_PX) + GAP_PX
    sheet = Image.new("RGB", (width, len(rows) * (TILE_PX[1] + GAP_PX) + GAP_PX), "#ffffff")
    for r, row in enumerate(rows):
        y = GAP_PX + r * (TILE_PX[1] + GAP_PX)
        for theme in row:
            if theme.kind is Kind.THEME and theme.colors:
                sheet.paste(_swatch(theme.colors), (GAP_PX, y))
        for k, item in enumerate(i for i in row if i.asset):
            sheet.paste(_still(item, assets), (2 * GAP_PX + THEME_PX + k * (TILE_PX[0] + GAP_PX), y))
    save_webp(sheet, target, LIMIT_BYTES)
