"""Days as people say them, and what is kept for them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from ui.catalog.dates import ends_at_utc, first_day, last_day, starts_at_utc

ZURICH, CAIRO = ZoneInfo("Europe/Zurich"), ZoneInfo("Africa/Cairo")


@pytest.mark.parametrize(
    ("ends", "zone", "said"),
    [
        (datetime(2026, 11, 30, 23, tzinfo=UTC), ZURICH, (date(2026, 11, 30), None)),
        (datetime(2026, 7, 31, 22, tzinfo=UTC), ZURICH, (date(2026, 7, 31), None)),
        (datetime(2026, 11, 30, 17, tzinfo=UTC), ZURICH, (date(2026, 11, 30), time(18))),
        (datetime(2026, 11, 30, 23, 0, 5, tzinfo=UTC), ZURICH, (date(2026, 12, 1), time(0, 0, 5))),
        # On 24 April 2026 the clocks of Cairo leave midnight out.
        (datetime(2026, 4, 23, 22, tzinfo=UTC), CAIRO, (date(2026, 4, 23), None)),
        (None, ZURICH, (None, None)),
    ],
)
def test_a_last_day_is_inclusive_there_and_back(ends: datetime | None, zone: ZoneInfo, said: object) -> None:
    day, at = last_day(ends, zone)
    assert (day, at) == said
    assert day is None or ends_at_utc(day, at, zone) == ends


@pytest.mark.parametrize(
    ("starts", "zone", "said"),
    [
        (datetime(2026, 11, 27, 23, tzinfo=UTC), ZURICH, (date(2026, 11, 28), None)),
        (datetime(2026, 11, 28, 8, tzinfo=UTC), ZURICH, (date(2026, 11, 28), time(9))),
        (datetime(2026, 4, 23, 22, tzinfo=UTC), CAIRO, (date(2026, 4, 24), None)),
        (None, ZURICH, (None, None)),
    ],
)
def test_a_first_day_begins_at_midnight_there_and_back(
    starts: datetime | None, zone: ZoneInfo, said: object
) -> None:
    day, at = first_day(starts, zone)
    assert (day, at) == said
    assert day is None or starts_at_utc(day, at, zone) == starts
