"""Counts for daily caps: asked every few seconds, the last ones in an outage."""

from datetime import timedelta

import numpy as np
import pytest

from content.choosing.eligibility import History
from content.choosing.picker import Picker
from content.errors import DatabaseUnavailableError
from content.records.today import REFRESH_S, TodayCounts
from content.types import Catalog, Kind
from emotion.labels import Emotion
from tests.content.builders import ad, context, moment, mood

CAPPED = Catalog(1, (ad("a", Emotion.HAPPY, daily_cap=2), ad("b", Emotion.HAPPY)))


class Counter:
    """Answers with what it holds, or fails as told, and notes what it was asked."""

    def __init__(self):
        self.counts, self.error, self.asked = {"a": 1}, None, []

    def __call__(self, items, at_utc):
        self.asked.append(([item.item_id for item in items], at_utc))
        if self.error:
            raise self.error
        return self.counts


@pytest.fixture
def counter() -> Counter:
    return Counter()


def test_items_with_a_cap_are_counted_every_few_seconds(counter):
    today = TodayCounts(counter)
    for at_s in (0.0, 0.5, REFRESH_S - 0.1, REFRESH_S):
        assert today.counts(CAPPED, moment(at_s)) == {"a": 1}
    assert counter.asked == [(["a"], moment(0).at_utc), (["a"], moment(REFRESH_S).at_utc)]


def test_without_caps_nobody_is_asked(counter):
    assert TodayCounts(counter).counts(Catalog(1, (ad("b"),)), moment(0)) == {}
    assert counter.asked == []


def test_an_outage_keeps_the_last_counts_and_asks_no_more_often(counter):
    today = TodayCounts(counter)
    today.counts(CAPPED, moment(0))
    counter.error = DatabaseUnavailableError("Expected a database. Received: nothing")
    for tick in range(120):
        assert today.counts(CAPPED, moment(REFRESH_S + tick / 2)) == {"a": 1}
    assert len(counter.asked) <= 2 + 60 / REFRESH_S
    counter.error, counter.counts = None, {"a": 2}
    assert today.counts(CAPPED, moment(200)) == {"a": 2}


def test_a_calendar_set_back_does_not_stop_the_counting(counter):
    today = TodayCounts(counter)
    today.counts(CAPPED, moment(100))
    later = moment(100 + REFRESH_S)
    back = type(later)(later.at_s, later.at_utc - timedelta(hours=1))
    today.counts(CAPPED, back)
    assert len(counter.asked) == 2


def test_a_cap_bites(counter):
    today = TodayCounts(counter)
    counter.counts = {"a": 2}
    picked = context(mood(Emotion.HAPPY), today=today.counts(CAPPED, moment(0)))
    picker, rng = Picker(lambda: CAPPED), np.random.default_rng(1)
    drawn = {picker.pick(Kind.AD, picked, History(), moment(0), rng).item_id for _ in range(30)}
    assert drawn == {"b"}
