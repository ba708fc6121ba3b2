from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.choosing.eligibility import History
from content.choosing.picker import Picker, PickerOptions
from content.types import (
    Arm,
    Audience,
    Candidate,
    Catalog,
    Funnel,
    Kind,
    Pacing,
    PickContext,
    Status,
    Strategy,
)
from emotion.labels import EMOTIONS, Emotion
from tests.content.builders import ad, catalog, full_catalog, media, moment, mood, rng, theme

HAPPY, SAD = Emotion.HAPPY, Emotion.SAD


def pick(items: Catalog, estimate=None, slot=Kind.AD, history=None, seed=7, policy=None, **settings):
    options = PickerOptions()
    if policy:
        options = PickerOptions({**options.policies, slot: policy})
    picker = Picker(lambda: items, options)
    return picker.pick(slot, PickContext(estimate, **settings), history or History(), moment(5.0), rng(seed))


def test_the_decision_records_how_it_was_made():
    decision = pick(replace(full_catalog(), version=9), mood(HAPPY), model_version="model-1")
    assert decision.item_id.startswith("happy-ad-")
    assert (decision.slot, decision.policy, decision.arm) == (Kind.AD, "weighted_random", Arm.MOOD)
    assert (decision.catalog_version, decision.item_version, decision.model_version) == (9, 1, "model-1")
    assert decision.propensity == pytest.approx(1 / 3)
    assert decision.mood == mood(HAPPY)
    assert decision.decided_at == moment(5.0)
    assert not decision.picked
    assert pick(full_catalog(), mood(HAPPY), picked=True).picked


def test_with_every_ad_for_the_mood_archived_a_default_one_shows_with_a_true_chance_and_words():
    items = full_catalog()
    archived = tuple(
        replace(i, status=Status.ARCHIVED) if HAPPY in i.targets else i for i in items.of_kind(Kind.AD)
    )
    decision = pick(catalog(*archived), mood(HAPPY, 0.97))
    assert {c.item_id for c in decision.eligible} == {f"default-ad-{n}" for n in range(3)}
    assert decision.propensity == pytest.approx(1 / 3)
    assert "no ad fits that right now, so this is a general one" in decision.reason


def test_the_same_seed_makes_the_same_decision_id_included():
    assert pick(full_catalog(), mood(SAD)) == pick(full_catalog(), mood(SAD))
    ids = {pick(full_catalog(), mood(SAD), seed=s).decision_id for s in range(50)}
    assert len(ids) == 50


def test_eligible_is_the_draw_best_first():
    items = catalog(ad("low", HAPPY, weight=1.0), ad("high", HAPPY, weight=3.0), ad("other", SAD))
    decision = pick(items, mood(HAPPY, 1.0))
    assert list(decision.eligible) == [Candidate("high", 3.0, 0.75), Candidate("low", 1.0, 0.25)]
    assert decision.eligible[0] == Candidate("high", 3.0, 0.75)
    assert list(decision.eligible[1:]) == [Candidate("low", 1.0, 0.25)]
    assert len(decision.eligible) == 2
    assert "high" in repr(decision.eligible)
    assert hash(decision.eligible) == hash(pick(items, mood(HAPPY, 1.0)).eligible)


def test_propensity_is_how_often_it_happens():
    items = catalog(ad("a", HAPPY, weight=1.0), ad("b", HAPPY, weight=2.0), ad("c", HAPPY, weight=5.0))
    history = History(last={Kind.AD: "a"})
    picker, generator = Picker(lambda: items), rng()
    context = PickContext(mood(HAPPY))
    n = 3000
    decisions = [picker.pick(Kind.AD, context, history, moment(0), generator) for _ in range(n)]
    counts = Counter(d.item_id for d in decisions)
    assert set(counts) == {"b", "c"}
    for item_id, count in counts.items():
        stated = next(d.propensity for d in decisions if d.item_id == item_id)
        # Five standard deviations of a binomial share.
        assert abs(count / n - stated) < 5 * np.sqrt(stated * (1 - stated) / n)


@pytest.mark.parametrize("policy", ["weighted_random", "best_score"])
def test_not_the_same_twice_where_another_fits(policy):
    items = catalog(ad("a", HAPPY, weight=9.0), ad("b", HAPPY))
    for seed in range(20):
        assert (
            pick(items, mood(HAPPY), history=History({Kind.AD: "a"}), seed=seed, policy=policy).item_id == "b"
        )


def test_the_only_one_that_fits_may_come_again():
    decision = pick(catalog(ad("a", HAPPY), ad("s", SAD)), mood(HAPPY), history=History({Kind.AD: "a"}))
    assert (decision.item_id, decision.propensity) == ("a", 1.0)


def test_themes_are_certain_and_may_come_again():
    items = catalog(theme("a", HAPPY), theme("b", HAPPY, weight=2.0))
    for seed in range(10):
        decision = pick(items, mood(HAPPY), Kind.THEME, History({Kind.THEME: "b"}), seed)
        assert (decision.item_id, decision.propensity, decision.policy) == ("b", 1.0, "best_score")


def test_lift_answers_sadness_with_neutral_content():
    assert pick(full_catalog(), mood(SAD), strategy=Strategy.LIFT).item_id.startswith("neutral-ad-")
    assert pick(full_catalog(), None, strategy=Strategy.LIFT).item_id.startswith("default-ad-")


def test_the_control_arm_is_blind_to_the_mood():
    items = full_catalog()
    decision = pick(items, mood(HAPPY), arm=Arm.CONTROL)
    assert {c.item_id for c in decision.eligible} == {i.item_id for i in items.of_kind(Kind.AD)}
    assert decision.propensity == pytest.approx(1 / 24)
    assert (
        pick(items, None, arm=Arm.CONTROL, seed=3).item_id
        == pick(items, mood(SAD), arm=Arm.CONTROL, seed=3).item_id
    )


@pytest.mark.parametrize("slot", list(Kind))
def test_the_control_arm_draws_by_weight_in_every_slot(slot):
    make = {Kind.AD: ad, Kind.MEDIA: media, Kind.THEME: theme}[slot]
    items = catalog(
        make("h", HAPPY, weight=3.0), make("s", SAD), make("d"), make("picky", min_confidence=1.0)
    )
    seen = set()
    for seed in range(60):
        decision = pick(items, mood(HAPPY), slot, seed=seed, arm=Arm.CONTROL, policy="best_score")
        assert (decision.policy, decision.by_mood) == ("weighted_random", False)
        assert {c.item_id: c.chance for c in decision.eligible} == pytest.approx(
            {"h": 1 / 2, "s": 1 / 6, "d": 1 / 6, "picky": 1 / 6}
        )
        seen.add(decision.item_id)
    assert seen == {"h", "s", "d", "picky"}


def test_the_arm_and_its_probability_are_on_record():
    decision = pick(full_catalog(), mood(HAPPY), arm=Arm.CONTROL, arm_share=0.1)
    assert (decision.arm, decision.arm_share) == (Arm.CONTROL, 0.1)
    assert pick(full_catalog(), mood(HAPPY)).arm_share == 1.0


def test_each_stage_says_how_many_it_left():
    items = catalog(
        *full_catalog().of_kind(Kind.AD),
        ad("draft", HAPPY, status=Status.DRAFT),
        ad("over", HAPPY, daily_cap=5),
        ad("company", HAPPY, audience=Audience.SEVERAL),
        ad("resting", HAPPY),
    )
    history = History(last={Kind.AD: "happy-ad-0"}, rests_until={"resting": 60.0})
    decision = pick(items, mood(HAPPY), history=history, today={"over": 5}, strategy=Strategy.MATCH)
    assert decision.funnel == Funnel(published=27, servable=25, matched=4, paced=2)
    assert len(decision.eligible) == 2
    assert (decision.by_mood, decision.strategy) == (True, Strategy.MATCH)
    control = pick(items, mood(HAPPY), history=history, today={"over": 5}, arm=Arm.CONTROL)
    assert control.funnel == Funnel(published=27, servable=25, matched=25, paced=23)


def test_where_all_that_fit_are_cooling_down_the_defaults_show():
    items = catalog(ad("h", HAPPY), ad("d"), ad("e"))
    history = History(rests_until={"h": 60.0, "e": 60.0})
    decision = pick(items, mood(HAPPY), history=history)
    assert (decision.item_id, decision.by_mood) == ("d", False)
    assert decision.funnel == Funnel(published=3, servable=3, matched=2, paced=1)
    assert "so this is a general one" in decision.reason
    everything = History(rests_until=dict.fromkeys("hde", 60.0))
    assert pick(items, mood(HAPPY), history=everything).item_id is None
    assert pick(items, mood(HAPPY), history=everything).funnel.paced == 0


def test_the_shares_that_were_sought_are_on_record():
    items = catalog(ad("s", HAPPY, pacing=Pacing(share=0.25)), ad("a", HAPPY), ad("b", HAPPY))
    decision = pick(items, mood(HAPPY, 1.0))
    assert decision.shares == {"s": 0.25}
    assert {c.item_id: c.chance for c in decision.eligible} == {"s": 0.25, "a": 0.375, "b": 0.375}
    chosen = next(c for c in decision.eligible if c.item_id == decision.item_id)
    assert (decision.propensity, decision.score) == (chosen.chance, chosen.score)
    assert pick(full_catalog(), mood(HAPPY)).shares == {}


@pytest.mark.parametrize("items", [catalog(), catalog(ad("h", HAPPY))], ids=["empty", "no default"])
def test_nothing_to_show_is_a_decision_too(items):
    decision = pick(items, None)
    assert (decision.item_id, decision.item_version, len(decision.eligible)) == (None, 0, 0)
    assert decision.reason.startswith("Nothing is shown here")


def test_a_new_catalog_is_seen_at_once():
    current = catalog(ad("a"))
    picker = Picker(lambda: current)
    assert picker.pick(Kind.AD, PickContext(None), History(), moment(0), rng()).item_id == "a"
    current = catalog(ad("b"), version=2)
    assert picker.pick(Kind.AD, PickContext(None), History(), moment(0), rng()).item_id == "b"


def test_options_are_checked():
    for bad in ({Kind.AD: "random"}, dict.fromkeys(Kind, "luck")):
        with pytest.raises(ValueError, match="Received"):
            PickerOptions(bad)
    with pytest.raises(ValueError, match="match_share"):
        PickerOptions(match_share=0.0)


@settings(max_examples=200)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(EMOTIONS),
    st.floats(0.15, 1),
    st.sampled_from(Strategy),
    st.sampled_from(Arm),
    st.sampled_from(Kind),
    st.sampled_from(["weighted_random", "best_score"]),
)
def test_what_is_chosen_was_eligible_with_a_true_chance(seed, seen, p, strategy, arm, slot, policy):
    decision = pick(full_catalog(), mood(seen, p), slot, seed=seed, policy=policy, strategy=strategy, arm=arm)
    assert decision.item_id in {c.item_id for c in decision.eligible}
    assert 0 < decision.propensity <= 1
    scores = [c.score for c in decision.eligible]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0
    assert decision.reason.endswith(".")
    assert "feel" not in decision.reason
