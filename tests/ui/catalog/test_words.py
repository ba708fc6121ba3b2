"""Rules and values in the words of people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from content.catalog.editing import item_data
from content.types import Asset, AssetType, Audience, CatalogItem, Kind, Pacing, Region, Schedule
from emotion.labels import Emotion
from tests.ui.catalog.builders import FULL
from ui.catalog.words import value_words, when_words

HATS = CatalogItem("hats", Kind.AD, "Hats", targets={Emotion.HAPPY: 1.0})
ZURICH = "Europe/Zurich"


def test_the_sentence_of_the_whole() -> None:
    item = replace(
        HATS,
        schedule=Schedule(
            weekdays=(0, 1, 2, 3, 4), from_time=time(9), until_time=time(17), time_zone="Europe/Zurich"
        ),
        audience=Audience.ONE,
        frequency_cap=3,
    )
    assert when_words(item) == (
        "Weekdays 9–17 Zurich time, for one viewer who looks happy, at most 3 times a visit."
    )


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (Schedule(), "At any time"),
        (Schedule(weekdays=(5, 6)), "Weekends UTC"),
        (Schedule(weekdays=(1, 2, 3), time_zone=ZURICH), "Tuesdays to Thursdays Zurich time"),
        (Schedule(weekdays=(0, 6), time_zone=ZURICH), "Mondays and Sundays Zurich time"),
        (
            Schedule(from_time=time(22, 30), until_time=time(6), time_zone="America/New_York"),
            "Every day 22:30–6 (into the next morning) New York time",
        ),
        (
            Schedule(
                starts_at_utc=datetime(2026, 5, 2, 22, tzinfo=UTC),
                ends_at_utc=datetime(2026, 6, 1, 10, 5, tzinfo=UTC),
                time_zone=ZURICH,
            ),
            "From 3 May 2026 until 1 June 2026, 12:05 Zurich time",
        ),
    ],
)
def test_the_time(schedule: Schedule, said: str) -> None:
    assert when_words(replace(HATS, schedule=schedule)) == f"{said}, for anyone who looks happy."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"targets": {Emotion.HAPPY: 1.0, Emotion.SURPRISE: 0.9}}, "for anyone who looks happy or surprised"),
        ({"targets": {Emotion.HAPPY: 1.0, Emotion.SAD: 0.2}}, "for anyone who looks happy, less so sad"),
        ({"targets": {}}, "for anyone whose expression is unclear or has nothing of its own"),
        ({"audience": Audience.SEVERAL}, "for several viewers who together look happy"),
        ({"min_confidence": 0.6}, "for anyone who looks happy, when the reading is at least 60% sure"),
        (
            {"targets": {}, "region": Region(-1, 0.1, -0.1, 0.1)},
            "for anyone who looks neutral (a region of the map)",
        ),
        (
            {"targets": {}, "region": Region(0.1, 1, -1, -0.3)},
            "for anyone who looks pleased and calm (a region of the map)",
        ),
        (
            {"frequency_cap": 1, "daily_cap": 50},
            "for anyone who looks happy, at most once a visit and 50 times a day",
        ),
        (
            {"pacing": Pacing(min_dwell_s=5, cool_down_s=90, wait_for_end=True, share=0.3)},
            (
                "for anyone who looks happy, for at least 5 s at a time, played to its end, "
                "then not again for 1 min 30 s, aiming at 30% of its place"
            ),
        ),
    ],
)
def test_whom_and_how_often(changes: dict[str, object], said: str) -> None:
    assert when_words(replace(HATS, **changes)) == f"At any time, {said}."  # type: ignore[arg-type]


def test_every_field_of_an_item_has_words() -> None:
    picture = Asset(AssetType.IMAGE, "media/a.webp", "image/webp")
    data = item_data(replace(FULL, asset=picture))
    said = {name: value_words(name, value) for name, value in data.items()}
    assert said["asset"] == "Image: media/a.webp"
    assert said["region"] == "Pleasant -0.33 to +0.40, lively -0.20 to +0.81"
    assert said["pacing"] == "At least 4.5 s, a rest of 1 min 1 s, waits for its end, 7% of its place"
    assert said["framing"] == "Fill it, cut the edges; in view: 50% from the left, 50% from the top"
    assert said["targets"] == "Default: for no clear expression"
    assert said["status"] == "Published"
    assert said["tags"] == "Summer sale, lobby"
    assert all(words and "{" not in words for words in said.values())
