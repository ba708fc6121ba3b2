"""What shows now, later or never: each cause, and that *never* is never said of what some belief draws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest

from content.catalog.coverage import Cause, State, next_opening, standings
from content.choosing.eligibility import History, matched, servable, shelve
from content.choosing.policies import best_score
from content.types import Audience, Catalog, CatalogItem, Kind, Pacing, PickContext, Region, Schedule, Status
from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores, MoodEstimate
from tests.content.builders import ad, catalog, theme

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday
DAY = timedelta(days=1)
HAPPY, SAD = Emotion.HAPPY, Emotion.SAD


def standing(item: CatalogItem, *others: CatalogItem):
    return standings(catalog(item, *others), NOW)[item.item_id]


def weak(item_id: str, **fields) -> CatalogItem:
    return replace(ad(item_id), targets={HAPPY: 0.4}, **fields)


# -- one item by itself --------------------------------------------------------------------------------


def test_a_plain_item_shows_now() -> None:
    assert standing(ad("a", HAPPY)).state is State.NOW
    assert standing(ad("default")).state is State.NOW


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"status": Status.DRAFT}, Cause.DRAFT),
        ({"status": Status.ARCHIVED}, Cause.ARCHIVED),
        ({"schedule": Schedule(ends_at_utc=NOW)}, Cause.ENDED),
        ({"schedule": Schedule(starts_at_utc=NOW + DAY, ends_at_utc=NOW)}, Cause.ENDED),
        ({"schedule": Schedule(starts_at_utc=NOW + 2 * DAY, ends_at_utc=NOW + DAY)}, Cause.NO_HOUR),
        ({"schedule": Schedule(weekdays=(0,), ends_at_utc=NOW + DAY)}, Cause.NO_HOUR),
        ({"schedule": Schedule(time_zone="Atlantis/Capital")}, Cause.UNKNOWN_ZONE),
        ({"min_confidence": 1.0}, Cause.TOO_SURE),
        ({"targets": {}, "region": Region(-1, -0.9, -1, -0.9)}, Cause.NO_MOOD),
        ({"targets": {}, "region": Region(-0.1, 0.1, -0.1, 0.1), "min_confidence": 0.9}, None),
        ({"targets": {}, "region": Region(0.2, 0.3, 0.3, 0.4)}, None),
        ({"audience": Audience.SEVERAL}, None),
    ],
)
def test_what_keeps_an_item_from_showing(fields: dict[str, object], cause: Cause | None) -> None:
    found = standing(ad("a", HAPPY, **fields))
    assert found.cause is cause
    assert (found.state is State.NEVER) is (cause is not None)


@pytest.mark.parametrize(
    ("schedule", "opens"),
    [
        (Schedule(starts_at_utc=NOW + DAY), NOW + DAY),
        (Schedule(weekdays=(0,)), datetime(2026, 11, 23, tzinfo=UTC)),
        (Schedule(from_time=time(9), until_time=time(11)), datetime(2026, 11, 21, 9, tzinfo=UTC)),
        (Schedule(from_time=time(22), until_time=time(2)), datetime(2026, 11, 20, 22, tzinfo=UTC)),
        (
            Schedule(weekdays=(0,), from_time=time(9), until_time=time(10), time_zone="Europe/Zurich"),
            datetime(2026, 11, 23, 8, tzinfo=UTC),
        ),
        # The clock is put forward on that Sunday: half past two does not exist, and shows a week later.
        (
            Schedule(
                starts_at_utc=datetime(2027, 3, 27, 22, tzinfo=UTC),
                weekdays=(6,),
                from_time=time(2, 15),
                until_time=time(2, 45),
                time_zone="Europe/Zurich",
            ),
            datetime(2027, 4, 4, 0, 15, tzinfo=UTC),
        ),
    ],
)
def test_what_shows_again_later_says_when(schedule: Schedule, opens: datetime) -> None:
    assert next_opening(schedule, NOW) == opens
    found = standing(ad("a", HAPPY, schedule=schedule))
    assert (found.state, found.next_utc) == (State.LATER, opens)
    assert found.cause is (Cause.NOT_YET if schedule.starts_at_utc else Cause.CLOSED)


# -- among peers ---------------------------------------------------------------------------------------


def test_an_item_that_another_always_outdoes_is_named_with_it() -> None:
    found = standing(weak("weak"), ad("strong", HAPPY))
    assert (found.state, found.cause, found.rival_id) == (State.NEVER, Cause.OUTDONE, "strong")


@pytest.mark.parametrize(
    "strong",
    [
        ad("strong", HAPPY, frequency_cap=3),
        ad("strong", HAPPY, daily_cap=3),
        ad("strong", HAPPY, audience=Audience.SEVERAL),
        ad("strong", HAPPY, schedule=Schedule(ends_at_utc=NOW + DAY)),
        ad("strong", HAPPY, pacing=Pacing(cool_down_s=60)),
        ad("strong", HAPPY, min_confidence=0.8),
        # A mood that was named at 30% goes on holding when it is less sure than this rival asks.
        ad("strong", HAPPY, min_confidence=0.25),
        ad("strong", HAPPY, status=Status.DRAFT),
        ad("strong", SAD),
    ],
)
def test_an_item_shows_where_its_better_is_not_always_there(strong: CatalogItem) -> None:
    assert standing(weak("weak"), strong).state is State.NOW


def test_a_surer_rival_counts_for_an_item_that_asks_for_as_much() -> None:
    assert standing(weak("weak", min_confidence=0.8), ad("strong", HAPPY, min_confidence=0.7)).cause is (
        Cause.OUTDONE
    )


def test_of_two_equal_themes_the_first_shows() -> None:
    first, second = theme("first", HAPPY), theme("second", HAPPY)
    found = standings(catalog(first, second), NOW)
    assert found["first"].state is State.NOW
    assert (found["second"].cause, found["second"].rival_id) == (Cause.OUTDONE, "first")
    heavier = standings(catalog(first, replace(second, weight=2.0)), NOW)
    assert (heavier["first"].cause, heavier["second"].state) == (Cause.OUTDONE, State.NOW)


def test_of_two_default_themes_the_heavier_shows() -> None:
    found = standings(catalog(theme("a"), theme("b", weight=2.0)), NOW)
    assert (found["a"].cause, found["a"].rival_id) == (Cause.OUTDONE, "b")
    assert found["b"].state is State.NOW


def test_an_item_that_weighs_next_to_nothing_is_never_drawn() -> None:
    assert standing(ad("light", HAPPY, weight=0.001), ad("heavy", HAPPY, weight=100.0)).cause is (
        Cause.TOO_LIGHT
    )
    assert standing(ad("light", weight=0.001), ad("heavy", weight=100.0)).cause is Cause.TOO_LIGHT
    assert standing(ad("light", HAPPY, weight=0.1), ad("heavy", HAPPY, weight=10.0)).state is State.NOW


def test_an_item_with_a_share_gets_it_whatever_it_weighs() -> None:
    light = ad("light", HAPPY, weight=0.001, pacing=Pacing(share=0.1))
    assert standing(light, ad("heavy", HAPPY, weight=100.0)).state is State.NOW


def test_never_is_never_said_of_an_item_that_some_belief_draws() -> None:
    """Random catalogs and random beliefs, chosen by the stages that viewers' pages use."""
    rng = np.random.default_rng(3)
    for _ in range(12):
        items = [random_item(f"i{n}", rng) for n in range(14)]
        made = Catalog(1, tuple(items))
        never = {i for i, s in standings(made, NOW).items() if s.cause is Cause.OUTDONE}
        for kind in (Kind.AD, Kind.THEME):
            shelf = shelve(made, kind)
            for _ in range(400):
                scores = EmotionScores(rng.dirichlet(np.full(7, rng.choice([0.1, 0.4, 1.0]))))
                mood = MoodEstimate(scores, scores.top, scores.confidence, 0.0, 0.0, int(rng.integers(1, 3)))
                fit = matched(shelf, servable(shelf, mood, History(), NOW), PickContext(mood), 0.5)
                shown = [shelf.ids[n] for n in fit.positions]
                if kind is Kind.THEME and shown:
                    odds = best_score(fit.scores)
                    shown = [shown[int(odds.argmax())]]
                assert not never & set(shown)


def random_item(item_id: str, rng: np.random.Generator) -> CatalogItem:
    make = ad if rng.random() < 0.5 else theme
    item = make(
        item_id, weight=float(rng.uniform(0.5, 3)), min_confidence=float(rng.choice([0, 0, 0.2, 0.5, 0.8]))
    )
    if rng.random() < 0.2:
        low = rng.uniform(-0.8, 0.4, 2)
        return replace(item, region=Region(low[0], low[0] + 0.4, low[1], low[1] + 0.4))
    aims = rng.choice(EMOTIONS, size=int(rng.integers(0, 4)), replace=False)
    return replace(item, targets={Emotion(str(e)): float(rng.uniform(0.1, 1)) for e in aims})
