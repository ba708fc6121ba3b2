from dataclasses import replace
from datetime import time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.choosing.eligibility import (
    LIFT_GOALS,
    MATCH_SHARE,
    REGION_EDGE,
    History,
    answers,
    goal_belief,
    is_known,
    matched,
    region_closeness,
    servable,
    shelve,
)
from content.types import Audience, Kind, PickContext, Region, Schedule, Status, Strategy
from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores
from tests.content.builders import START_UTC, ad, belief, catalog, media, mood

HAPPY, SAD, ANGRY, SURPRISE = Emotion.HAPPY, Emotion.SAD, Emotion.ANGRY, Emotion.SURPRISE

beliefs = st.lists(st.floats(0, 1, width=32), min_size=7, max_size=7).filter(lambda p: sum(p) > 0.01)


def served(*items, estimate=None, history=None, at_utc=START_UTC, today=None):
    shelf = shelve(catalog(*items), Kind.AD)
    return [shelf.ids[n] for n in servable(shelf, estimate, history or History(), at_utc, today)]


def fitting(estimate, *items, strategy=Strategy.MATCH, share=0.5, least=0.3):
    shelf = shelve(catalog(*items), Kind.AD)
    found = matched(
        shelf, np.arange(len(items)), PickContext(estimate, strategy, min_confidence=least), share
    )
    return {shelf.ids[n]: s for n, s in zip(found.positions, found.scores, strict=True)}


def test_a_shelf_holds_the_published_items_of_its_kind_in_order():
    shelf = shelve(
        catalog(
            ad("b", HAPPY), media("m"), ad("x", status=Status.DRAFT), ad("a"), ad("y", status=Status.ARCHIVED)
        ),
        Kind.AD,
    )
    assert shelf.ids == ("b", "a")
    assert shelf.targets[0, HAPPY.index] == 1
    assert shelf.targets.sum() == 1
    assert shelf.is_default.tolist() == [False, True]


def test_an_empty_shelf_serves_nothing():
    assert served() == []


@pytest.mark.parametrize(
    ("faces", "shown"),
    [(None, {"any"}), (0, {"any"}), (1, {"any", "one"}), (2, {"any", "several"}), (9, {"any", "several"})],
)
def test_audience_is_the_number_of_faces(faces, shown):
    items = [ad(a.value, audience=a) for a in Audience]
    estimate = None if faces is None else mood(HAPPY, faces_seen=faces)
    assert set(served(*items, estimate=estimate)) == shown


def test_a_cap_counts_this_sessions_showings():
    item, free = ad("a", frequency_cap=2), ad("b")
    history = History()
    for left in (True, True, False):
        assert ("a" in served(item, free, history=history)) is left
        history = history.with_shown(Kind.AD, "a")
    assert history.last == {Kind.AD: "a"}


def test_a_daily_cap_counts_all_sessions_of_today():
    items = ad("a", daily_cap=100), ad("b", daily_cap=100, frequency_cap=1), ad("c")
    for today, left in [
        (None, {"a", "b", "c"}),
        ({"a": 99, "c": 5000, "gone": 7}, {"a", "b", "c"}),
        ({"a": 100}, {"b", "c"}),
        ({"a": 101, "b": 100}, {"c"}),
    ]:
        assert set(served(*items, today=today)) == left
    assert set(served(*items, today={"a": 100}, history=History(counts={"b": 1}))) == {"c"}


def test_what_is_out_of_its_hours_is_not_served():
    night = Schedule(from_time=time(22), until_time=time(6), time_zone="Europe/Zurich")
    assert served(ad("night", schedule=night), ad("b")) == ["b"]
    assert served(ad("night", schedule=night), ad("b"), at_utc=START_UTC + timedelta(hours=12)) == [
        "night",
        "b",
    ]


BRIGHT = Region(0.5, 1.0, 0.2, 0.8)
"""Holds the point of happy, and of no other expression."""


def test_a_region_counts_as_much_as_a_target_for_the_likeliest_expression():
    estimate = mood(HAPPY, 0.9)
    scores = fitting(estimate, ad("r", region=BRIGHT, weight=2.0), ad("t", HAPPY, weight=2.0))
    assert scores == {"r": pytest.approx(1.8), "t": pytest.approx(1.8)}


def test_a_region_fits_less_with_each_step_away_from_it():
    assert region_closeness(BRIGHT, 0.7, 0.5) == 1
    assert region_closeness(BRIGHT, 0.5, 0.2) == 1
    assert region_closeness(BRIGHT, 0.4, 0.5) == pytest.approx(1 - 0.1 / REGION_EDGE)
    assert region_closeness(BRIGHT, 0.2, -0.2) == pytest.approx(0, abs=1e-9)
    assert region_closeness(BRIGHT, -1, -1) == 0
    # Nearer than half the edge is near enough to be drawn, with a lower score.
    for probability, fits in [(0.95, True), (0.7, True), (0.5, False)]:
        estimate = mood(HAPPY, probability)
        assert (fitting(estimate, ad("r", region=BRIGHT), ad("d")).keys() == {"r"}) is fits


def test_a_region_may_lie_where_no_single_expression_is():
    between = ad("r", region=Region(0.3, 0.5, 0.15, 0.35))
    assert set(fitting(belief(happy=0.5, neutral=0.5), between, ad("d"))) == {"r"}
    assert set(fitting(belief(happy=1.0), between, ad("d"))) == {"d"}


def test_lift_looks_for_the_region_where_the_mood_is_led():
    calm = ad("calm", region=Region(-0.2, 0.2, -0.2, 0.2))
    gloomy = ad("gloomy", region=Region(-0.9, -0.4, -0.6, 0.0))
    assert set(fitting(mood(SAD, 1.0), calm, gloomy)) == {"gloomy"}
    assert set(fitting(mood(SAD, 1.0), calm, gloomy, strategy=Strategy.LIFT)) == {"calm"}


def test_an_item_with_a_region_is_no_default_and_asks_for_its_certainty():
    picky = ad("r", region=BRIGHT, min_confidence=0.95)
    assert set(fitting(None, picky, ad("d"))) == {"d"}
    assert set(fitting(mood(HAPPY, 0.9), picky, ad("d"))) == {"d"}
    assert set(fitting(mood(HAPPY, 0.96), picky, ad("d"))) == {"r"}


bounds = st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(sorted)


@given(bounds, bounds, st.sampled_from(EMOTIONS))
def test_a_region_answers_an_expression_when_it_shows_for_it_alone(valence, arousal, seen):
    item = ad("a", region=Region(*valence, *arousal))
    shown = matched(
        shelve(catalog(item), Kind.AD), np.arange(1), PickContext(belief(**{seen.value: 1.0})), MATCH_SHARE
    )
    assert answers(item, seen) is shown.by_mood


def test_score_is_weight_times_fit_over_the_whole_belief():
    estimate = belief(happy=0.5, surprise=0.3, sad=0.2)
    scores = fitting(
        estimate, ad("both", targets={HAPPY: 1.0, SURPRISE: 0.5}, weight=2.0), ad("one", HAPPY, weight=0.1)
    )
    assert scores == {"both": pytest.approx(2 * (0.5 + 0.15)), "one": pytest.approx(0.05)}


def test_what_fits_far_worse_than_the_best_is_no_match_however_heavy():
    estimate = belief(happy=0.8, sad=0.2)
    assert set(fitting(estimate, ad("h", HAPPY), ad("s", SAD, weight=1000.0), ad("d"))) == {"h"}
    assert set(fitting(belief(happy=0.55, sad=0.45), ad("h", HAPPY), ad("s", SAD))) == {"h", "s"}
    assert set(fitting(estimate, ad("h", HAPPY), ad("s", SAD), share=0.25)) == {"h", "s"}


@pytest.mark.parametrize(
    "estimate", [None, mood(None), mood(HAPPY, 0.25)], ids=["no face", "unknown", "below the minimum"]
)
def test_without_a_mood_the_defaults_show(estimate):
    assert not is_known(PickContext(estimate, min_confidence=0.3))
    assert fitting(estimate, ad("h", HAPPY), ad("d", weight=3.0)) == {"d": 3.0}


def test_a_mood_that_nothing_fits_gets_the_defaults():
    assert set(fitting(belief(angry=1.0), ad("h", HAPPY), ad("d"))) == {"d"}


@pytest.mark.parametrize("strategy", Strategy)
def test_what_is_meant_for_another_mood_never_stands_in_for_a_missing_one(strategy):
    # Seven ads, one for each expression; the one for the goal is archived. A belief has mass everywhere.
    for seen in EMOTIONS:
        goal = LIFT_GOALS[seen] if strategy is Strategy.LIFT else seen
        others = [ad(e.value, e, weight=1000.0) for e in EMOTIONS if e is not goal]
        assert set(fitting(mood(seen, 0.97), *others, ad("d"), strategy=strategy)) == {"d"}
        assert fitting(mood(seen, 0.97), *others, strategy=strategy) == {}


def test_a_neighbour_of_the_mood_is_not_an_item_for_it():
    neighbour = ad("n", targets={SURPRISE: 1.0, HAPPY: 0.3})
    assert set(fitting(mood(HAPPY, 0.97), neighbour, ad("d"))) == {"d"}
    assert set(fitting(belief(happy=0.55, surprise=0.45), neighbour, ad("d"))) == {"n"}


@given(st.dictionaries(st.sampled_from(Emotion), st.floats(0.01, 1)), st.sampled_from(EMOTIONS))
def test_what_answers_an_expression_is_what_shows_for_it_alone(targets, seen):
    item = ad("a", targets=targets)
    shown = matched(
        shelve(catalog(item), Kind.AD), np.arange(1), PickContext(belief(**{seen.value: 1.0})), MATCH_SHARE
    )
    assert answers(item, seen) is shown.by_mood


def test_a_weak_target_is_still_the_items_own():
    assert set(fitting(mood(HAPPY, 0.97), ad("h", targets={HAPPY: 0.1}), ad("d"))) == {"h"}


def test_a_mixed_belief_finds_what_answers_its_second_expression():
    estimate = belief(happy=0.6, sad=0.4)
    assert set(fitting(estimate, ad("s", SAD), ad("d"))) == {"s"}
    assert set(fitting(belief(happy=0.8, sad=0.2), ad("s", SAD), ad("d"))) == {"d"}


def test_shares_too_small_to_multiply_still_make_a_draw():
    scores = fitting(mood(HAPPY), ad("h", targets={HAPPY: 1e-300}, weight=1e-300))
    assert scores["h"] > 0


def test_a_named_mood_is_known_while_another_is_taking_over():
    # Smoothing holds happy until sad has led for long enough; by then little of it is left.
    leaving = replace(belief(happy=0.1, sad=0.9), dominant=HAPPY, confidence=0.1)
    assert is_known(PickContext(leaving))
    assert not is_known(PickContext(replace(leaving, dominant=None)))


def test_an_item_may_ask_for_more_certainty():
    picky = ad("picky", HAPPY, min_confidence=0.9)
    assert set(fitting(mood(HAPPY, 0.95), picky, ad("d"))) == {"picky"}
    assert set(fitting(mood(HAPPY, 0.85), picky, ad("d"))) == {"d"}


def test_lift_leads_each_expression_where_it_should():
    for seen, goal in LIFT_GOALS.items():
        assert set(fitting(mood(seen, 1.0), *[ad(e.value, e) for e in EMOTIONS], strategy=Strategy.LIFT)) == {
            goal.value
        }
    assert set(LIFT_GOALS) == set(Emotion)


def test_lift_moves_the_whole_belief_and_not_the_top_label():
    # Each negative expression alone loses to surprise; together they are most of the belief.
    estimate = belief(surprise=0.4, sad=0.3, angry=0.3)
    goal = goal_belief(estimate.scores, Strategy.LIFT)
    assert goal[Emotion.NEUTRAL.index] == pytest.approx(0.6)
    assert goal[HAPPY.index] == pytest.approx(0.4)


@given(beliefs, st.sampled_from(Strategy))
def test_a_goal_is_a_belief(p, strategy):
    goal = goal_belief(EmotionScores(np.array(p, np.float32)), strategy)
    assert goal.sum() == pytest.approx(1, abs=1e-6)
    assert (goal >= 0).all()


@given(beliefs, st.data())
def test_scores_are_the_formula(p, data):
    items = [
        ad(
            f"a{n}",
            targets=data.draw(st.dictionaries(st.sampled_from(Emotion), st.floats(0.01, 1), min_size=1)),
            weight=data.draw(st.floats(0.01, 10)),
        )
        for n in range(4)
    ]
    scores = EmotionScores(np.array(p, np.float32))
    estimate = belief(**scores.as_dict())
    found = fitting(estimate, *items, least=0.0)
    plain = {i.item_id: sum(estimate.scores[e] * t for e, t in i.targets.items()) for i in items}
    aims = {i.item_id: plain[i.item_id] / max(i.targets.values()) for i in items}
    likeliest = max(estimate.scores.probabilities)
    best = max((plain[name] for name in found), default=0.0)
    for item in items:
        if item.item_id in found:
            assert found[item.item_id] == pytest.approx(
                item.weight * plain[item.item_id], rel=1e-5, abs=1e-12
            )
        else:
            out_of_place = aims[item.item_id] <= 0.5 * likeliest * (1 + 1e-5)
            assert out_of_place or plain[item.item_id] <= 0.5 * best * (1 + 1e-5)
