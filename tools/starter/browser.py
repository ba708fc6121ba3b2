"""Turns SVG and canvas scenes into pixels with headless Chromium."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """Path of an installed Chromium or Chrome (``CHROMIUM`` overrides); None for Playwright's own."""
    named = os.environ.get("CHROMIUM")
    return named or next((found for name in CANDIDATES if (found := shutil.which(name))), None)


@contextmanager
def open_page(width_px: int, height_px: int) -> Iterator[Page]:
    """A blank page of that size."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(),
            args=["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--disable-lcd-text"],
        )
        try:
            yield browser.new_page(viewport={"width": width_px, "height": height_px})
        finally:
            browser.close()


def draw(page: Page, svg: str) -> Image.Image:
    """The SVG as it looks in a browser, RGB."""
    page.set_content(f'<body style="margin:0;overflow:hidden">{svg}</body>')
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def save_webp(picture: Image.Image, target: Path, limit_bytes: int = 60_000) -> int:
    """Save at the best quality that fits the limit; returns the quality.

    Raises:
        ValueError: when even the lowest acceptable quality is too big.
    """
    for quality in (88, 84, 80, 76, 72, 68, 64, 60, 55, 50):
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=quality, method=6)
        if buffer.tell() <= limit_bytes:
            target.write_bytes(buffer.getvalue())
            return quality
    raise ValueError(f"Expected {target.name} to fit {limit_bytes} bytes. Received: {buffer.tell()} bytes.")
