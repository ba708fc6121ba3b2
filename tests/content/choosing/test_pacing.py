from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from content.choosing.eligibility import History, by_weight, shelve
from content.choosing.pacing import CORRECTION, chances, paced
from content.choosing.picker import Picker, PickerOptions
from content.choosing.policies import POLICIES
from content.types import Arm, Audience, Catalog, CatalogItem, Kind, Pacing, PickContext
from emotion.labels import EMOTIONS, Emotion
from tests.content.builders import ad, catalog, moment, mood, rng

HAPPY, SAD = Emotion.HAPPY, Emotion.SAD


def shared(item_id: str, share: float, **fields) -> CatalogItem:
    return ad(item_id, HAPPY, pacing=Pacing(share=share), **fields)


def draw(*items, history=None, last=None, at_s=0.0):
    shelf = shelve(catalog(*items), Kind.AD)
    position = None if last is None else shelf.positions[last]
    fit = by_weight(shelf, np.arange(len(items)))
    return shelf, paced(shelf, fit, history or History(), position, at_s)


def ids(*items, **state):
    shelf, left = draw(*items, **state)
    return [shelf.ids[n] for n in left.positions]


def odds(*items, policy="weighted_random", history=None, last=None):
    shelf, left = draw(*items, history=history, last=last)
    probabilities, shares = chances(shelf, left, history or History(), POLICIES[policy])
    assert probabilities.sum() == pytest.approx(1)
    return {shelf.ids[n]: p for n, p in zip(left.positions, probabilities, strict=True)}, shares


def test_what_rests_is_left_out_until_its_time_has_come():
    history = History(rests_until={"a": 60.0, "gone": 99.0})
    assert ids(ad("a"), ad("b"), history=history, at_s=59.9) == ["b"]
    assert ids(ad("a"), ad("b"), history=history, at_s=60.0) == ["a", "b"]
    assert ids(ad("a"), history=history, at_s=0.0) == []


def test_the_last_one_gives_way_where_another_is_left():
    assert ids(ad("a"), ad("b"), last="a") == ["b"]
    assert ids(ad("a"), last="a") == ["a"]
    # The other one rests, so there is no other.
    assert ids(ad("a"), ad("b"), last="a", history=History(rests_until={"b": 9.0})) == ["a"]


def test_an_item_with_a_share_may_come_twice_in_a_row():
    assert ids(shared("s", 0.8), ad("b"), last="s") == ["s", "b"]


def test_a_cool_down_begins_when_the_item_leaves():
    item = ad("a", pacing=Pacing(cool_down_s=30.0))
    history = History().with_left(item, 100.0).with_left(ad("b"), 110.0)
    assert history.rests_until == {"a": 130.0}
    # What is over is forgotten.
    other = ad("c", pacing=Pacing(cool_down_s=5.0))
    assert history.with_left(other, 130.0).rests_until == {"c": 135.0}


def test_without_shares_the_policy_alone_decides():
    assert odds(ad("a", weight=1.0), ad("b", weight=3.0)) == ({"a": 0.25, "b": 0.75}, {})


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_the_policy_divides_what_shares_leave(policy):
    found, shares = odds(shared("s", 0.4), ad("a", weight=1.0), ad("b", weight=3.0), policy=policy)
    assert shares == {"s": 0.4}
    assert found["s"] == pytest.approx(0.4)
    expected = {
        "weighted_random": {"a": 0.15, "b": 0.45},
        "best_score": {"a": 0.0, "b": 0.6},
    }
    assert {k: found[k] for k in "ab"} == pytest.approx(expected[policy])


def test_shares_beyond_the_whole_are_cut_and_alone_they_are_stretched():
    found, shares = odds(shared("s", 0.9), shared("t", 0.6), ad("a"))
    assert shares == pytest.approx({"s": 0.6, "t": 0.4})
    assert found == pytest.approx({"s": 0.6, "t": 0.4, "a": 0.0})
    found, shares = odds(shared("s", 0.3), shared("t", 0.1))
    assert shares == pytest.approx({"s": 0.75, "t": 0.25})
    assert found == pytest.approx(shares)
    assert odds(shared("s", 0.2)) == ({"s": 1.0}, {"s": 1.0})


def test_what_is_owed_shifts_the_odds_and_leaves_everyone_a_chance():
    items = shared("s", 0.4), ad("a")
    for owed, expected in [(0.0, 0.4), (0.5, 0.4 + CORRECTION / 2), (-0.5, 0.4 - CORRECTION / 2)]:
        assert odds(*items, history=History(owed={"s": owed}))[0]["s"] == pytest.approx(expected)
    for owed, expected in [(50.0, 0.85), (-50.0, 0.1)]:
        assert odds(*items, history=History(owed={"s": owed}))[0]["s"] == pytest.approx(expected)


shares_or_none = st.none() | st.floats(0.01, 1.0)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(shares_or_none, st.floats(0.01, 100), st.floats(-20, 20)), min_size=1, max_size=9),
    st.sampled_from(sorted(POLICIES)),
)
def test_the_odds_are_always_a_distribution(made, policy):
    items = [
        ad(f"a{n}", weight=weight, pacing=Pacing(share=share)) for n, (share, weight, _) in enumerate(made)
    ]
    found, shares = odds(
        *items, policy=policy, history=History(owed={f"a{n}": owed for n, (_, _, owed) in enumerate(made)})
    )
    assert min(found.values()) >= 0
    assert set(shares) == {i.item_id for i in items if i.pacing.share}
    assert sum(shares.values()) <= 1 + 1e-9
    assert all(found[item_id] > 0 for item_id in shares)


# --- over a session ------------------------------------------------------------------------------------


@dataclass
class Visit:
    """One session's draws, one after the other, as the programme keeps its history."""

    items: Catalog
    seed: int
    arm: Arm = Arm.MOOD
    policy: str = "weighted_random"

    def __post_init__(self) -> None:
        self.rng, self.history = rng(self.seed), History()
        policies = {**PickerOptions().policies, Kind.AD: self.policy}
        self.picker = Picker(lambda: self.items, PickerOptions(policies))

    def next(self, at_s: float, seen: Emotion = HAPPY):
        shown = self.items.get(self.history.last.get(Kind.AD, ""))
        if shown is not None:
            self.history = self.history.with_left(shown, at_s)
        decision = self.picker.pick(
            Kind.AD, PickContext(mood(seen), arm=self.arm), self.history, moment(at_s), self.rng
        )
        if decision.item_id is not None:
            self.history = self.history.with_shown(Kind.AD, decision.item_id, decision.shares)
        return decision


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.8, 1.0])
@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_an_item_gets_its_share_far_closer_than_chance_would_bring_it(share, policy):
    items = catalog(shared("s", share, weight=0.01), *[ad(f"a{n}", HAPPY) for n in range(3)])
    draws = 600
    visit = Visit(items, seed=3, policy=policy)
    got = sum(visit.next(12.0 * n).item_id == "s" for n in range(draws))
    # Five of its own deviations; with odds that stay the same, one deviation would be more than that.
    own, unsteered = np.sqrt(share * (1 - share) * np.array([1 / (2 * CORRECTION), draws]))
    assert unsteered >= 5 * own
    assert abs(got - share * draws) <= 5 * own + 1e-9


def test_a_share_counts_only_where_the_item_fits():
    items = catalog(shared("s", 0.5), ad("h", HAPPY), ad("h2", HAPPY), ad("x", SAD), ad("y", SAD))
    visit = Visit(items, seed=5)
    for n in range(300):
        assert visit.next(12.0 * n, SAD).item_id in {"x", "y"}
    got = [visit.next(3600.0 + 12.0 * n).item_id for n in range(200)]
    # No showing was owed from the time when it did not fit: no run of showings makes up for it.
    assert got[:20].count("s") <= 14
    assert abs(got.count("s") - 100) <= 5


def test_a_share_holds_in_the_control_arm_too():
    items = catalog(shared("s", 0.5), *[ad(e.value, e, weight=5.0) for e in EMOTIONS])
    visit = Visit(items, seed=5, arm=Arm.CONTROL)
    shown = [visit.next(12.0 * n, EMOTIONS[n % 7]).item_id for n in range(300)]
    assert abs(shown.count("s") - 150) <= 5


STATES = {
    "nothing shown yet": History(),
    "after one of them": History(last={Kind.AD: "b"}),
    "one cools down": History(last={Kind.AD: "b"}, rests_until={"c": 100.0}),
    "owed two": History(owed={"s": 2.0}),
    "ahead by two": History(owed={"s": -2.0, "t": 1.0}),
    "the last has a share": History(last={Kind.AD: "s"}, owed={"s": -0.6}),
    "all with a share cool down": History(rests_until={"s": 100.0, "t": 100.0}),
    "capped": History(counts={"a": 3}),
    "all that fit cool down": History(rests_until=dict.fromkeys("abcst", 100.0)),
}
DRAWS = 2000


@pytest.mark.parametrize("arm", list(Arm))
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("policy", ["weighted_random", "best_score"])
def test_the_propensity_on_record_is_how_often_it_happens(state, arm, policy):
    items = catalog(
        ad("a", HAPPY, weight=1.0, frequency_cap=3),
        ad("b", HAPPY, weight=2.0),
        ad("c", HAPPY, weight=5.0),
        shared("s", 0.3),
        shared("t", 0.1),
        ad("sad", SAD, weight=3.0),
        ad("d", weight=2.0),
        ad("e", weight=1.0),
        ad("company", HAPPY, audience=Audience.SEVERAL, weight=9.0),
    )
    picker = Picker(lambda: items, PickerOptions({**PickerOptions().policies, Kind.AD: policy}))
    context, generator = PickContext(mood(HAPPY, 0.9), arm=arm), rng(11)
    decisions = [picker.pick(Kind.AD, context, STATES[state], moment(5.0), generator) for _ in range(DRAWS)]
    stated = {c.item_id: c.chance for c in decisions[0].eligible}
    for decision in decisions:
        assert decision.propensity == stated[decision.item_id]
    counts = Counter(d.item_id for d in decisions)
    possible = [item_id for item_id, chance in stated.items() if chance > 0]
    assert set(counts) <= set(possible)
    if len(possible) > 1:
        found = chisquare([counts[i] for i in possible], [stated[i] * DRAWS for i in possible])
        assert found.pvalue > 0.001
    resting = {i for i, until_s in STATES[state].rests_until.items() if until_s > 5.0}
    assert not resting & set(stated)
    assert "company" not in stated


def test_whole_sessions_with_cool_downs_and_shares_happen_as_often_as_their_decisions_say():
    items = catalog(
        ad("a", HAPPY, weight=2.0, pacing=Pacing(cool_down_s=40.0)),
        ad("b", HAPPY, weight=4.0, pacing=Pacing(cool_down_s=25.0)),
        ad("c", HAPPY, weight=1.0),
        ad("f", HAPPY, weight=8.0, frequency_cap=4),
        ad("s", HAPPY, pacing=Pacing(share=0.35)),
        ad("t", HAPPY, pacing=Pacing(share=0.15, cool_down_s=30.0)),
    )
    claims: dict[int, list[tuple[float, bool]]] = {}
    for seed in range(150):
        visit = Visit(items, seed)
        for n in range(25):
            decision = visit.next(12.0 * n)
            for candidate in decision.eligible:
                tenth = int(candidate.chance * 10)
                claims.setdefault(tenth, []).append((candidate.chance, candidate.item_id == decision.item_id))
    judged = {tenth: made for tenth, made in claims.items() if len(made) >= 200}
    assert len(judged) >= 5
    for made in judged.values():
        chance, happened = np.array(made).T
        # Given what came before, each happens with its chance: the sum of the differences has this deviation.
        deviation = np.sqrt((chance * (1 - chance)).sum())
        assert abs((happened - chance).sum()) <= 4 * deviation


def test_what_a_session_remembers_is_bounded_by_the_catalog():
    items = catalog(
        *[ad(f"a{n}", HAPPY, pacing=Pacing(cool_down_s=5.0, share=0.05 if n < 4 else None)) for n in range(9)]
    )
    visit = Visit(items, seed=1)
    for n in range(2000):
        visit.next(2.0 * n)
    history = visit.history
    assert max(len(history.counts), len(history.owed), len(history.rests_until)) <= 9
    assert all(abs(owed) < 10 for owed in history.owed.values())
    left = history.within(catalog(*items.items[:3], version=2))
    assert set(left.counts) == {"a0", "a1", "a2"}
    assert set(left.owed) | set(left.rests_until) <= {"a0", "a1", "a2"}
    assert left.within(catalog(*items.items[:3], version=3)) is left
