"""Why an item does not show: in words for people, and on the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from content.bootstrap import Content
from content.catalog.coverage import standings
from content.types import Catalog, CatalogItem, Kind, Region, Schedule, Status
from emotion.labels import Emotion
from tests.content.hand import hand
from tests.ui.catalog.builders import SUN, TEA
from tests.ui.pages import field, words
from ui.catalog.standing import opening_words, shown_words, stand, standing_words

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("opens", "said"),
    [
        (NOW + timedelta(hours=10), "today at 23:00"),
        (NOW + timedelta(hours=20), "tomorrow at 9:00"),
        (datetime(2026, 11, 22, 23, tzinfo=UTC), "Monday"),
        (datetime(2026, 11, 27, 8, tzinfo=UTC), "27 November 2026, 9:00"),
    ],
)
def test_when_something_opens_by_the_clock_of_its_own_zone(opens: datetime, said: str) -> None:
    assert opening_words(opens, NOW, "Europe/Zurich") == said


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (TEA, ""),
        (replace(TEA, status=Status.DRAFT), ""),
        (
            replace(TEA, schedule=Schedule(starts_at_utc=NOW + timedelta(days=20))),
            "Shows from 10 December 2026",
        ),
        (
            replace(TEA, schedule=Schedule(from_time=time(9), until_time=time(11))),
            "Shows again from tomorrow at 9:00.",
        ),
        (replace(TEA, schedule=Schedule(ends_at_utc=NOW)), "it ended on 20 November 2026, 12:00"),
        (
            replace(
                TEA,
                schedule=Schedule(
                    ends_at_utc=datetime(2026, 11, 19, 23, tzinfo=UTC), time_zone="Europe/Zurich"
                ),
            ),
            "its last day was 19 November 2026.",
        ),
        (replace(TEA, schedule=Schedule(weekdays=(0,), ends_at_utc=NOW + timedelta(1))), "days and hours"),
        (replace(TEA, schedule=Schedule(time_zone="Atlantis/Capital")), "time zone Atlantis/Capital"),
        (replace(TEA, min_confidence=1.0), "100% sure, and none is surer than 99%"),
        (replace(TEA, targets={}, region=Region(-1, -0.9, -1, -0.9)), "no expression reaches its region"),
        (replace(SUN, targets={Emotion.HAPPY: 0.3}), "“Sun hats for all” always fits better"),
        (replace(SUN, weight=0.001), "its weight of 0.001"),
    ],
)
def test_why_in_words(item: CatalogItem, said: str) -> None:
    rival = replace(SUN, item_id="rival", title="Sun hats for all", weight=100.0)
    catalog = Catalog(1, (item, rival))
    found = standing_words(standings(catalog, NOW)[item.item_id], item, catalog, NOW)
    assert (said in found) if said else found == ""


def test_what_can_never_show_is_listed_with_its_reason_and_found_by_a_filter(visit, content: Content) -> None:
    ended = Schedule(ends_at_utc=datetime(2026, 1, 2, tzinfo=UTC))
    hand(content).create(CatalogItem("old", Kind.AD, "Old <b>news</b>", headline="x", schedule=ended))
    page = visit()
    assert [e.label for e in page.expander] == ["Coverage: 22 gaps", "1 published item can never show"]
    said = words(page)
    assert 'data-testid="standings-never"' in said
    assert "<b><bdi>Old &lt;b&gt;news&lt;/b&gt;</bdi></b>" in said
    assert said.count("Its time is over: its last day was 1 January 2026.") == 2, (
        "in the list and on its card"
    )
    field(page, "selectbox", "Status").select("never").run()
    assert "1 of 3 items" in words(page)
    assert "Meadow tea" not in words(page)


def test_where_everything_can_show_nothing_is_said(visit, content: Content) -> None:
    page = visit()
    assert [e.label for e in page.expander] == ["Coverage: 22 gaps"]
    assert 'data-testid="standing"' not in words(page)


def test_what_is_said_after_saving_is_true_at_that_moment() -> None:
    over = replace(TEA, item_id="over", schedule=Schedule(ends_at_utc=NOW - timedelta(days=3)))
    later = replace(TEA, item_id="later", schedule=Schedule(starts_at_utc=NOW + timedelta(days=40)))
    ending = replace(TEA, item_id="ending", schedule=Schedule(ends_at_utc=NOW + timedelta(days=2)))
    kept = replace(TEA, item_id="kept", status=Status.DRAFT)
    catalog = Catalog(1, (TEA, over, later, ending, kept))
    assert shown_words([TEA], catalog, NOW) == "Live pages show it now."
    assert shown_words([ending], catalog, NOW).startswith("Live pages show it now, until 22 November 2026")
    assert "do not show it now" in shown_words([over], catalog, NOW)
    assert "ended on 17 November 2026" in shown_words([over], catalog, NOW)
    assert "Shows from 30 December 2026" in shown_words([later], catalog, NOW)
    assert shown_words([kept], catalog, NOW) == "Viewers do not see this."
    assert shown_words([TEA, over], catalog, NOW).startswith("Live pages show 1 of 2 now")


def test_coverage_counts_what_shows_now_and_says_until_when() -> None:
    theme = replace(SUN, item_id="theme", targets={Emotion.HAPPY: 1.0}, schedule=Schedule())
    over = Catalog(7, (replace(theme, schedule=Schedule(ends_at_utc=NOW - timedelta(days=1))),))
    assert stand(over, NOW).coverage.counts[theme.kind][Emotion.HAPPY] == 0
    ending = Catalog(8, (replace(theme, schedule=Schedule(ends_at_utc=NOW + timedelta(days=1))),))
    found = stand(ending, NOW)
    assert found.coverage.counts[theme.kind][Emotion.HAPPY] == 1
    assert found.covered_until_utc == NOW + timedelta(days=1)
    assert stand(Catalog(9, (theme,)), NOW).covered_until_utc is None
