"""Shared words: names are whole, and numbers and times are written as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from content.types import Kind, Strategy
from emotion.labels import EMOTIONS
from emotion.types import Problem
from ui.look import words

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 5, 3, 12, 5, tzinfo=UTC)


def test_everything_that_is_shared_has_a_name() -> None:
    assert set(words.EXPRESSIONS) == {*EMOTIONS, None}
    assert set(words.EXPRESSIONS_BY_LABEL) == {*(e.value for e in EMOTIONS), "unknown"}
    assert set(words.STRATEGIES) == set(Strategy)
    assert set(words.KINDS) == set(words.KIND_PLURALS) == set(Kind)
    assert set(words.PROBLEMS) == set(words.CAMERA_NEEDS) == set(Problem)
    for names in (
        *(words.EXPRESSIONS, words.STRATEGIES, words.KINDS, words.KIND_PLURALS),
        *(words.PROBLEMS, words.CAMERA_NEEDS),
    ):
        assert len(set(names.values())) == len(names)
        assert all(name[:1].isupper() for name in names.values())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (words.percent(0.873), "87%"),
        (words.percent(0.6951, 1), "69.5%"),
        (words.percent(0.0), "0%"),
        (words.chance(0.004), "under 1%"),
        (words.chance(0.0), "0%"),
        (words.chance(0.006), "1%"),
        (words.chance(0.42), "42%"),
        (words.chance(1.0), "100%"),
        (words.thousands(1_234_567), "1,234,567"),
        (words.per_hundred(0.0432), "4.3"),
        (words.per_hundred(0.5), "50"),
        (words.number(999), "999"),
        (words.number(12_345), "12,345"),
        (words.number(1_234_567), "1.23 million"),
        (words.counted(0, "face"), "no faces"),
        (words.counted(1, "face"), "1 face"),
        (words.counted(1234, "copy", "copies"), "1,234 copies"),
        (words.file_size(0), "0 bytes"),
        (words.file_size(1), "1 byte"),
        (words.file_size(900), "900 bytes"),
        (words.file_size(1536), "1.5 kB"),
        (words.file_size(200 * 2**20), "200 MB"),
        (words.file_size(5 * 2**30), "5 GB"),
    ],
)
def test_numbers(given: str, expected: str) -> None:
    assert given == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (words.duration(-3), "0 s"),
        (words.duration(0.4), "0 s"),
        (words.duration(59.4), "59 s"),
        (words.duration(59.94, decimals=1), "59.9 s"),
        (words.duration(2.3, decimals=1), "2.3 s"),
        (words.duration(8.0, decimals=1), "8 s"),
        (words.duration(60), "1 min"),
        (words.duration(80), "1 min 20 s"),
        (words.duration(59.99, decimals=1), "1 min"),
        (words.duration(119.4), "1 min 59 s"),
        (words.duration(119.9), "2 min"),
        (words.duration(5400), "1 h 30 min"),
        (words.duration(3661), "1 h 1 min 1 s"),
        (words.duration(3661, units=2), "1 h 1 min"),
        (words.duration(3_600_000), "1,000 h"),
        (words.long_duration(timedelta(hours=6)), "6 hours"),
        (words.long_duration(timedelta(days=1)), "1 day"),
        (words.long_duration(timedelta(days=7)), "7 days"),
        (words.long_duration(timedelta(seconds=10)), "10 seconds"),
        (words.long_duration(timedelta(minutes=3)), "3 minutes"),
        (words.time_left(None), "Working out how long this takes …"),
        (words.time_left(2), "Nearly done"),
        (words.time_left(20), "About 20 seconds left"),
        (words.time_left(61), "About a minute left"),
        (words.time_left(600), "About 10 minutes left"),
        (words.clip_time(-1), "0:00"),
        (words.clip_time(7.9), "0:07"),
        (words.clip_time(750), "12:30"),
        (words.clip_time(3723), "1:02:03"),
    ],
)
def test_lengths_of_time(given: str, expected: str) -> None:
    assert given == expected


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=61), "a minute ago"),
        (timedelta(minutes=3, seconds=10), "3 minutes ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(minutes=59, seconds=50), "today, 13:05"),
        (timedelta(hours=5), "today, 9:05"),
        # Midnight in Zurich is 22:00 UTC of the day before.
        (timedelta(hours=14, minutes=4), "today, 0:01"),
        (timedelta(hours=14, minutes=6), "yesterday, 23:59"),
        (timedelta(days=2), "1 May 2026, 14:05"),
    ],
)
def test_how_long_ago(past: timedelta, expected: str) -> None:
    assert words.ago(NOW - past, NOW, ZURICH) == expected


def test_moments() -> None:
    assert words.day(date(2026, 5, 3)) == "3 May 2026"
    assert words.moment(NOW, ZURICH) == "3 May 2026, 14:05"
    assert words.moment(NOW, ZURICH, with_zone=True) == "3 May 2026, 14:05 Zurich time"
    assert words.moment(NOW.replace(tzinfo=None), ZoneInfo("UTC"), with_zone=True) == "3 May 2026, 12:05 UTC"
    assert words.zone_name("America/Argentina/Buenos_Aires") == "Buenos Aires time"


def test_how_sure_how_pleasant_and_how_lively() -> None:
    assert [words.sureness(c) for c in (0.9, 0.7, 0.5, 0.2)] == [
        "quite sure",
        "fairly sure",
        "not very sure",
        "a guess",
    ]
    assert [words.pleasantness(v) for v in (0.6, 0.2, 0.0, -0.2, -0.6)] == [
        "clearly pleasant",
        "rather pleasant",
        "neither pleasant nor unpleasant",
        "rather unpleasant",
        "clearly unpleasant",
    ]
    assert [words.energy(a) for a in (0.6, 0.3, 0.0, -0.2)] == ["lively", "awake", "calm", "subdued"]


def test_lists_and_sentences() -> None:
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b"], "or") == "a or b"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.sentence("no faces found") == "No faces found"
    assert words.sentence("") == ""


def test_text_from_outside_is_not_formatted_by_markdown() -> None:
    assert words.escape_markdown("*a*_b_ [c](d) `e` $f$ :red[g]") == (
        r"\*a\*\_b\_ \[c\]\(d\) \`e\` \$f\$ \:red\[g\]"
    )
    assert words.escape_markdown("Café 12 %") == "Café 12 %"
