"""``python -m tools.starter``: make the pictures, videos, sounds and ``starter.json`` of the starter catalog.

With names (or parts of names) as arguments only those files are made again; the catalog file always is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import tools.starter.pictures  # noqa: F401 (registers the pictures)
from content.bootstrap import read_starter_catalog
from tools.starter import catalog, contact_sheet
from tools.starter.browser import draw, open_page, save_webp
from tools.starter.drawing import HEIGHT_PX, WIDTH_PX
from tools.starter.gallery import PICTURES, paint
from tools.starter.loops import LOOPS, SIZE_PX, encode, frames, load_scenes, picture_at
from tools.starter.music import PIECES
from tools.starter.music import encode as encode_sound

SHEET = Path(__file__).resolve().parents[2] / "docs" / "starter-catalog.webp"


def _wanted(name: str, only: list[str]) -> bool:
    return not only or any(part in name for part in only)


def make_pictures(only: list[str]) -> None:
    """Draw the illustrations and save them as WebP."""
    names = [name for name in PICTURES if _wanted(name, only)]
    if not names:
        return
    with open_page(WIDTH_PX, HEIGHT_PX) as page:
        for name in names:
            quality = save_webp(draw(page, paint(name)), catalog.ASSETS / f"{name}.webp")
            print(f"{name}.webp quality {quality}")


def make_videos(only: list[str]) -> None:
    """Draw and encode the video loops and their posters."""
    wanted = [loop for loop in LOOPS if _wanted(loop.name, only)]
    if not wanted:
        return
    with open_page(*SIZE_PX) as page:
        load_scenes(page)
        for loop in wanted:
            poster = picture_at(page, loop.scene, loop.poster_phase)
            save_webp(poster, catalog.ASSETS / f"{loop.name}.webp", limit_bytes=40_000)
            rate_factor = encode(
                list(frames(page, loop)), catalog.ASSETS / f"{loop.name}.mp4", loop.rate_factor
            )
            print(f"{loop.name}.mp4 rate factor {rate_factor}")


def make_sounds(only: list[str]) -> None:
    """Play and encode the sound loops; their covers are among the pictures."""
    for name, piece in PIECES.items():
        if _wanted(name, only):
            encode_sound(piece(), catalog.ASSETS / f"{name}.mp3")
            print(f"{name}.mp3")


def main(only: list[str]) -> None:
    """Make what is wanted and write the catalog."""
    catalog.ASSETS.mkdir(parents=True, exist_ok=True)
    make_pictures(only)
    make_videos(only)
    make_sounds(only)
    print(f"starter.json: {catalog.write()} items")
    contact_sheet.write(read_starter_catalog(), catalog.ASSETS, SHEET)


if __name__ == "__main__":
    main(sys.argv[1:])
