"""Writes ``starter.json`` from the words, the palette and the files that were made."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av

from content.catalog.editing import CatalogFile
from emotion.labels import EMOTIONS, Emotion
from tools.starter.palette import THEMES
from tools.starter.words import ADS, MEDIA

CREDIT = "Made by the Attune project, MIT licence"
FOLDER = Path(__file__).resolve().parents[2] / "content" / "starter"
ASSETS = FOLDER / "assets"
MIME_TYPES = {".webp": "image/webp", ".mp4": "video/mp4", ".mp3": "audio/mpeg"}


def duration_s(clip: Path) -> float:
    """Length of a video or sound file."""
    with av.open(str(clip)) as container:
        if container.duration is None:
            raise ValueError(f"Expected a clip of known length. Received: {clip.name}.")
        return round(container.duration / av.time_base, 2)


def asset(name: str) -> dict[str, Any]:
    """The asset made under that name: a picture, or a clip with its poster."""
    kind, ending = {"video": ("video", ".mp4"), "audio": ("audio", ".mp3")}.get(
        name.split("-")[0], ("image", ".webp")
    )
    described: dict[str, Any] = {
        "type": kind,
        "location": f"starter/{name}{ending}",
        "mime_type": MIME_TYPES[ending],
    }
    if kind != "image":
        described |= {"duration_s": duration_s(ASSETS / f"{name}{ending}"), "poster": f"starter/{name}.webp"}
    return described


def items() -> list[dict[str, Any]]:
    """Every item, themes first, each mood's own together."""
    found: list[dict[str, Any]] = []
    for mood, (title, colors) in THEMES.items():
        found.append(
            {
                "item_id": f"theme-{mood.value if mood else 'default'}",
                "kind": "theme",
                "title": title,
                "targets": {mood.value: 1.0} if mood else {},
                "alt_text": "",
                "colors": asdict(colors),
                "credit": CREDIT,
            }
        )
    for ad in ADS:
        found.append(
            {
                "item_id": ad.picture,
                "kind": "ad",
                "title": ad.title,
                "targets": {e.value: w for e, w in ad.targets.items()},
                "headline": ad.headline,
                "body": ad.body,
                "call_to_action": ad.call_to_action,
                "asset": asset(ad.picture),
                "alt_text": ad.alt_text,
                "credit": CREDIT,
            }
        )
    for media in MEDIA:
        found.append(
            {
                "item_id": media.name,
                "kind": "media",
                "title": media.title,
                "targets": {e.value: w for e, w in media.targets.items()},
                "body": media.body,
                "asset": asset(media.name),
                "alt_text": media.alt_text,
                "credit": CREDIT,
            }
        )
    order: list[Emotion | None] = [*EMOTIONS, None]
    found.sort(key=lambda item: (order.index(_own_mood(item)), ("theme", "ad", "media").index(item["kind"])))
    return found


def _own_mood(item: dict[str, Any]) -> Emotion | None:
    targets: dict[str, float] = item["targets"]
    return Emotion(max(targets, key=lambda e: targets[e])) if targets else None


def write() -> int:
    """Check the catalog as the app will and write it; returns the number of items."""
    data = {"items": items()}
    CatalogFile.model_validate(data)
    (FOLDER / "starter.json").write_text(
        json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return len(data["items"])
