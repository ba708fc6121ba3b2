import math
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.choosing.picker import Picker
from content.choosing.programme import ProgrammeOptions, ProgrammeState, Showing, advance, play_time_s
from content.types import (
    Arm,
    Catalog,
    Kind,
    Moment,
    Pacing,
    PickContext,
    Region,
    Schedule,
    Status,
    Strategy,
)
from emotion.labels import EMOTIONS, Emotion
from emotion.smoothing import estimate, initial_state, update
from emotion.types import EmotionScores, FaceBox, FaceReading, SmoothingOptions
from tests.content.builders import START_UTC, ad, catalog, full_catalog, media, moment, mood, rng, theme

HAPPY, SAD = Emotion.HAPPY, Emotion.SAD
OPTIONS = ProgrammeOptions()


@dataclass
class Session:
    """A page that ticks: keeps the state and every showing of each slot."""

    items: Catalog
    options: ProgrammeOptions = OPTIONS
    seed: int = 7

    def __post_init__(self) -> None:
        self.state = ProgrammeState()
        self.shown: dict[Kind, list[Showing]] = {k: [] for k in Kind}
        self.at_s = 0.0
        self._rng = rng(self.seed)
        self._picker = Picker(lambda: self.items)

    def tick(self, at_s: float, estimate=None, **context) -> ProgrammeState:
        self.at_s = at_s
        before = self.state
        self.state = advance(
            before,
            self.items,
            self._picker,
            PickContext(estimate, **context),
            moment(at_s),
            self._rng,
            self.options,
        )
        for slot in Kind:
            now = self.state.showing(slot)
            assert now is not None
            if not self.shown[slot] or now.decision is not self.shown[slot][-1].decision:
                self.shown[slot].append(now)
        return self.state

    def run(self, until_s: float, estimate=None, every_s: float = 0.5, **context) -> ProgrammeState:
        while self.at_s + every_s <= until_s:
            self.tick(self.at_s + every_s, estimate, **context)
        return self.state

    def ids(self, slot: Kind) -> list[str | None]:
        return [s.decision.item_id for s in self.shown[slot]]

    def times(self, slot: Kind) -> list[float]:
        return [s.since_s for s in self.shown[slot]]


def test_the_first_tick_fills_every_slot_with_defaults():
    state = Session(full_catalog()).tick(0.0)
    for slot in Kind:
        assert state.item(slot).item_id.startswith("default-")
        assert state.showing(slot).decision.item_id == state.item(slot).item_id


def test_nothing_changes_between_ticks_not_even_the_object():
    session = Session(full_catalog())
    state = session.tick(0.0, mood(HAPPY))
    for at_s in (0.5, 1.0, 2.9, 3.0, 4.0):
        assert session.tick(at_s, mood(HAPPY)) is state


def test_a_new_mood_changes_all_slots_after_the_dwell_and_no_sooner():
    session = Session(full_catalog())
    state = session.tick(0.0)
    assert session.tick(2.9, mood(HAPPY)) is state
    state = session.tick(3.0, mood(HAPPY))
    assert all(state.item(slot).item_id.startswith("happy-") for slot in Kind)


def test_a_new_mood_changes_content_within_the_tick_once_the_dwell_is_long_over():
    session = Session(full_catalog())
    session.run(8.0, mood(HAPPY))
    state = session.tick(8.1, mood(SAD))
    assert all(state.item(slot).item_id.startswith("sad-") for slot in (Kind.AD, Kind.THEME))


def test_a_mood_that_comes_back_within_the_dwell_changes_nothing():
    session = Session(full_catalog())
    state = session.tick(0.0, mood(HAPPY))
    assert session.tick(1.0, mood(SAD)) is state
    assert session.tick(2.0, mood(HAPPY)) is state
    assert session.tick(4.0, mood(HAPPY)) is state


def test_a_mood_that_smoothing_holds_at_its_threshold_keeps_its_content():
    # 0.30 ± 0.03: above and below the level at which smoothing names a mood, above the one where it drops it.
    options = SmoothingOptions()
    state, session = initial_state(0.0), Session(full_catalog())
    for n in range(240):
        at_s = n / 4
        certainty = 0.45 if n < 20 else 0.30 + 0.03 * math.sin(n)
        face = FaceReading(FaceBox(0, 0, 90, 90, 1.0), EmotionScores.certain(HAPPY, certainty), at_s)
        state = update(state, [face], at_s, options)
        seen = estimate(state, at_s, options)
        assert seen.dominant is HAPPY
        session.tick(at_s, seen)
    assert session.ids(Kind.THEME) == ["happy-theme"]
    assert all(name.startswith("happy-") for name in session.ids(Kind.AD))


def test_content_waits_while_one_mood_takes_over_from_another():
    session = Session(full_catalog())
    session.run(10.0, mood(HAPPY))
    leaving = replace(mood(SAD, 0.9), dominant=HAPPY, confidence=0.02)
    session.run(11.0, leaving)
    session.run(20.0, mood(SAD, 0.9))
    assert session.ids(Kind.THEME) == ["happy-theme", "sad-theme"]


def test_a_mood_that_was_picked_gives_way_to_the_same_mood_read_from_a_face():
    session = Session(full_catalog())
    session.tick(0.0, mood(HAPPY), picked=True)
    assert "you picked happy" in session.state.theme.decision.reason
    session.tick(5.0, mood(HAPPY))
    assert session.ids(Kind.THEME) == ["happy-theme", "happy-theme"]
    assert "you picked" not in session.state.theme.decision.reason


def test_the_face_leaves_and_defaults_come():
    session = Session(full_catalog())
    session.run(5.0, mood(HAPPY))
    state = session.run(10.0, mood(None, faces_seen=0))
    assert all(state.item(slot).item_id.startswith("default-") for slot in Kind)


def test_while_a_mood_holds_the_ad_rotates_media_plays_out_and_the_theme_stays():
    session = Session(full_catalog())
    session.tick(0.0, mood(HAPPY))
    session.run(120.0, mood(HAPPY))
    assert session.times(Kind.AD) == [12.0 * n for n in range(11)]
    assert session.ids(Kind.THEME) == ["happy-theme"]
    for earlier, later in pairwise(session.shown[Kind.MEDIA]):
        duration_s = earlier.item.asset.duration_s
        played_s = later.since_s - earlier.since_s
        assert played_s >= OPTIONS.media_min_s
        assert played_s % duration_s == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize(
    ("duration_s", "plays_s"), [(None, 20.0), (4.0, 12.0), (10.0, 10.0), (10.5, 10.5), (95.0, 95.0)]
)
def test_how_long_media_plays(duration_s, plays_s):
    assert play_time_s(media("m", duration_s=duration_s), Kind.MEDIA, OPTIONS) == plays_s
    assert play_time_s(ad("a"), Kind.AD, OPTIONS) == 12.0
    assert play_time_s(theme("t"), Kind.THEME, OPTIONS) == math.inf


def test_the_strategy_is_answered_after_the_dwell():
    session = Session(full_catalog())
    session.run(2.0, mood(SAD))
    assert session.run(3.0, mood(SAD), strategy=Strategy.LIFT).item(Kind.AD).item_id.startswith("sad-")
    assert session.run(4.0, mood(SAD), strategy=Strategy.LIFT).item(Kind.AD).item_id.startswith("neutral-")


def test_the_control_arm_does_not_follow_the_mood():
    session = Session(full_catalog())
    session.tick(0.0, mood(SAD), arm=Arm.CONTROL)
    state = session.tick(5.0, mood(HAPPY), arm=Arm.CONTROL)
    assert state is session.tick(6.0, None, arm=Arm.CONTROL)
    assert len(session.shown[Kind.AD]) == 1


def edited(items: Catalog, item_id: str, **fields) -> Catalog:
    changed = tuple(
        replace(i, version=i.version + 1, **fields) if i.item_id == item_id else i for i in items.items
    )
    return Catalog(items.version + 1, changed)


def test_new_words_appear_at_once_and_nothing_restarts():
    session = Session(full_catalog())
    before = session.tick(0.0, mood(HAPPY)).ad
    session.items = edited(session.items, before.item.item_id, headline="New words")
    state = session.tick(0.5, mood(HAPPY))
    assert state.ad.item.headline == "New words"
    assert (state.ad.decision, state.ad.since_s, state.ad.until_s) == (before.decision, 0.0, 12.0)
    assert session.tick(1.0, mood(HAPPY)) is state


def test_an_edit_elsewhere_leaves_everything_alone():
    session = Session(full_catalog())
    before = session.tick(0.0, mood(HAPPY))
    session.items = edited(session.items, "angry-ad-0", title="Else")
    after = session.tick(0.5, mood(HAPPY))
    assert all(after.showing(slot) is before.showing(slot) for slot in Kind)


@pytest.mark.parametrize("slot", list(Kind))
@pytest.mark.parametrize(
    "change",
    [
        {"status": Status.ARCHIVED},
        {"status": Status.DRAFT},
        {"targets": {SAD: 1.0}},
        {"schedule": Schedule(ends_at_utc=START_UTC)},
        {"min_confidence": 0.99},
        "delete",
    ],
    ids=str,
)
def test_what_may_not_stay_is_replaced_at_once(slot, change):
    session = Session(full_catalog())
    shown = session.tick(0.0, mood(HAPPY)).item(slot)
    if change == "delete":
        left = tuple(i for i in session.items.items if i is not shown)
        session.items = Catalog(2, left)
    else:
        session.items = edited(session.items, shown.item_id, **change)
    state = session.tick(0.1, mood(HAPPY))
    assert state.item(slot) is not None
    assert state.item(slot).item_id != shown.item_id
    others = [k for k in Kind if k is not slot]
    assert all(state.showing(k).since_s == 0.0 for k in others)


def test_an_item_leaves_when_its_schedule_ends():
    until = START_UTC + timedelta(seconds=2)
    session = Session(catalog(ad("brief", schedule=Schedule(ends_at_utc=until)), ad("later", weight=1e-9)))
    session.seed = 1
    assert session.tick(0.0).item(Kind.AD).item_id == "brief"
    assert session.tick(1.9).item(Kind.AD).item_id == "brief"
    assert session.tick(2.0).item(Kind.AD).item_id == "later"


def test_an_empty_catalog_shows_nothing_until_something_is_added():
    session = Session(catalog())
    state = session.tick(0.0)
    assert state.item(Kind.AD) is None
    assert state.ad.decision.reason.startswith("Nothing is shown here")
    assert session.tick(1.0) is state
    session.items = catalog(ad("first"), version=2)
    assert session.tick(1.5).item(Kind.AD).item_id == "first"


def test_a_cap_holds_over_the_whole_session():
    session = Session(catalog(ad("rare", frequency_cap=2, weight=1000.0), ad("b"), ad("c")))
    session.tick(0.0)
    session.run(600.0)
    assert session.ids(Kind.AD).count("rare") == 2


def test_when_all_are_capped_the_slot_stays_empty():
    session = Session(catalog(ad("once", frequency_cap=1)))
    session.tick(0.0)
    state = session.run(13.0)
    assert state.item(Kind.AD) is None


def paced_ads(**pacing) -> Catalog:
    """For each mood one ad with that pacing and two without."""
    return catalog(
        *[ad(f"{e.value}-paced", e, weight=1e6, pacing=Pacing(**pacing)) for e in EMOTIONS],
        *[ad(f"{e.value}-{n}", e) for e in EMOTIONS for n in range(2)],
    )


def test_an_item_may_ask_for_a_longer_or_a_shorter_dwell():
    for dwell_s, first_change_s in [(10.0, 10.0), (0.0, 0.5), (None, 3.0), (30.0, 30.0)]:
        session = Session(paced_ads(min_dwell_s=dwell_s))
        session.tick(0.0, mood(HAPPY))
        session.run(40.0, mood(SAD))
        assert session.ids(Kind.AD)[0] == "happy-paced"
        assert session.times(Kind.AD)[1] == first_change_s


def test_a_dwell_longer_than_the_rotation_holds_while_the_mood_does():
    session = Session(paced_ads(min_dwell_s=30.0))
    session.tick(0.0, mood(HAPPY))
    session.run(31.0, mood(HAPPY))
    assert session.times(Kind.AD) == [0.0, 30.0]


def test_an_item_that_waits_plays_out_before_a_new_mood_is_answered():
    session = Session(
        catalog(
            media("clip", HAPPY, duration_s=25.0, pacing=Pacing(wait_for_end=True)),
            media("sad", SAD, duration_s=25.0),
        )
    )
    session.tick(0.0, mood(HAPPY))
    session.run(60.0, mood(SAD))
    assert session.ids(Kind.MEDIA)[:2] == ["clip", "sad"]
    assert session.times(Kind.MEDIA)[1] == 25.0
    # Without the wish it is interrupted once its dwell is over.
    session.run(70.0, mood(HAPPY))
    assert session.shown[Kind.MEDIA][-1].since_s == 60.5


def test_a_theme_has_no_end_to_wait_for():
    waiting = Pacing(wait_for_end=True)
    session = Session(catalog(theme("h", HAPPY, pacing=waiting), theme("s", SAD, pacing=waiting)))
    session.tick(0.0, mood(HAPPY))
    session.run(4.0, mood(SAD))
    assert session.ids(Kind.THEME) == ["h", "s"]


def test_what_waits_is_still_replaced_when_it_is_deleted_or_its_hours_end():
    until = START_UTC + timedelta(seconds=5)
    clip = media(
        "clip",
        HAPPY,
        duration_s=60.0,
        weight=1e9,
        pacing=Pacing(wait_for_end=True, min_dwell_s=60.0),
        schedule=Schedule(ends_at_utc=until),
    )
    session = Session(catalog(clip, media("other", HAPPY, duration_s=60.0)))
    assert session.tick(0.0, mood(HAPPY)).item(Kind.MEDIA).item_id == "clip"
    assert session.tick(5.0, mood(HAPPY)).item(Kind.MEDIA).item_id == "other"


def test_a_cool_down_keeps_an_item_away_from_when_it_left():
    session = Session(
        catalog(ad("a", HAPPY, weight=1e6, pacing=Pacing(cool_down_s=60.0)), ad("b", HAPPY), ad("c", HAPPY))
    )
    session.tick(0.0, mood(HAPPY))
    session.run(400.0, mood(HAPPY))
    shown = session.shown[Kind.AD]
    times = [s.since_s for s in shown if s.decision.item_id == "a"]
    assert len(times) >= 4
    # It stays for 12 s, and 60 s later the next change may bring it.
    assert all(72.0 <= later - earlier <= 84.0 for earlier, later in pairwise(times))


def test_an_empty_slot_is_tried_again_also_the_theme_s():
    opens = Schedule(starts_at_utc=START_UTC + timedelta(seconds=20))
    session = Session(catalog(theme("t", schedule=opens), ad("a", schedule=opens)))
    session.tick(0.0)
    state = session.run(25.0)
    assert (state.item(Kind.THEME).item_id, state.item(Kind.AD).item_id) == ("t", "a")


def archived(items: Catalog, item_id: str) -> Catalog:
    return edited(items, item_id, status=Status.ARCHIVED)


def test_a_restored_theme_takes_its_fallback_s_place_while_the_mood_holds():
    session = Session(archived(full_catalog(), "happy-theme"))
    assert session.run(6.0, mood(HAPPY)).item(Kind.THEME).item_id == "default-theme"
    session.items = edited(session.items, "happy-theme", status=Status.PUBLISHED)
    assert session.tick(6.5, mood(HAPPY)).item(Kind.THEME).item_id == "happy-theme"
    session.run(60.0, mood(HAPPY))
    assert session.ids(Kind.THEME) == ["default-theme", "happy-theme"]


def test_a_restored_theme_waits_for_its_fallback_s_dwell_and_is_not_forgotten_meanwhile():
    session = Session(archived(full_catalog(), "happy-theme"))
    session.tick(0.0, mood(HAPPY))
    session.items = edited(session.items, "happy-theme", status=Status.PUBLISHED)
    session.run(10.0, mood(HAPPY))
    assert session.ids(Kind.THEME) == ["default-theme", "happy-theme"]
    assert session.times(Kind.THEME) == [0.0, 3.0]


def test_a_theme_s_hours_begin_while_the_mood_holds():
    opens = Schedule(starts_at_utc=START_UTC + timedelta(seconds=20))
    session = Session(catalog(theme("default"), theme("evening", HAPPY, schedule=opens)))
    session.run(60.0, mood(HAPPY))
    assert session.ids(Kind.THEME) == ["default", "evening"]
    assert session.times(Kind.THEME)[1] == 20.0


def test_the_mood_becomes_sure_enough_for_its_theme_and_the_theme_then_stays():
    session = Session(catalog(theme("default"), theme("sure", HAPPY, min_confidence=0.7)))
    session.run(5.0, mood(HAPPY, 0.6))
    for n in range(40):
        session.tick(5.5 + n, mood(HAPPY, 0.75 if n % 2 else 0.6))
    assert session.ids(Kind.THEME) == ["default", "sure"]


def test_a_preferred_theme_of_the_same_mood_comes_when_it_is_published_and_not_by_a_change_of_belief():
    items = catalog(
        theme("joy", HAPPY, weight=2.0), theme("mixed", HAPPY, SAD), theme("better", HAPPY, weight=9.0)
    )
    session = Session(archived(items, "better"))
    session.run(5.0, mood(HAPPY, 0.9))
    leaning = EmotionScores.certain(HAPPY, 0.4).probabilities.copy()
    leaning[SAD.index] = 0.39
    session.run(20.0, replace(mood(HAPPY), scores=EmotionScores(leaning / leaning.sum())))
    session.items = edited(session.items, "better", status=Status.PUBLISHED)
    session.run(40.0, mood(HAPPY, 0.9))
    assert session.ids(Kind.THEME) == ["joy", "better"]


def test_an_edit_elsewhere_leaves_the_theme_s_decision_alone_after_its_dwell_too():
    session = Session(full_catalog())
    before = session.run(6.0, mood(HAPPY))
    session.items = edited(session.items, "angry-ad-0", title="Else")
    after = session.tick(6.5, mood(HAPPY))
    assert after.theme.decision is before.theme.decision
    assert session.tick(7.0, mood(HAPPY)).theme is after.theme


def test_a_theme_in_the_control_arm_stays_whatever_is_published():
    session = Session(archived(full_catalog(), "happy-theme"))
    before = session.run(6.0, mood(HAPPY), arm=Arm.CONTROL)
    session.items = edited(session.items, "happy-theme", status=Status.PUBLISHED, weight=50.0)
    assert session.run(20.0, mood(HAPPY), arm=Arm.CONTROL).theme.decision is before.theme.decision


def test_a_theme_that_rests_is_not_asked_for_over_and_over():
    resting = theme("happy", HAPPY, pacing=Pacing(cool_down_s=3600.0))
    session = Session(catalog(theme("default"), resting, theme("sad", SAD)))
    session.run(5.0, mood(HAPPY))
    session.run(10.0, mood(SAD))
    session.run(40.0, mood(HAPPY))
    assert session.ids(Kind.THEME) == ["happy", "sad", "default"]


def test_a_new_region_is_a_new_aim():
    bright, dark = Region(0.5, 1, 0.2, 0.8), Region(-1, -0.5, 0.2, 0.8)
    session = Session(catalog(ad("r", region=bright, weight=1e9), ad("h", HAPPY)))
    assert session.tick(0.0, mood(HAPPY, 0.95)).item(Kind.AD).item_id == "r"
    session.items = edited(session.items, "r", region=dark)
    assert session.tick(0.5, mood(HAPPY, 0.95)).item(Kind.AD).item_id == "h"


def test_what_was_deleted_is_forgotten_and_what_was_reworded_is_not():
    session = Session(paced_ads(cool_down_s=600.0, share=0.5))
    session.tick(0.0, mood(HAPPY))
    session.run(30.0, mood(HAPPY))
    history = session.state.history
    assert {"happy-paced"} == set(history.owed) == set(history.rests_until)
    session.items = edited(session.items, "happy-paced", title="Reworded")
    assert session.tick(30.5, mood(HAPPY)).history == history
    session.items = Catalog(9, tuple(i for i in session.items.items if i.item_id != "happy-paced"))
    forgotten = session.tick(31.0, mood(HAPPY)).history
    assert "happy-paced" not in forgotten.counts
    assert not forgotten.owed
    assert not forgotten.rests_until


def test_the_control_arm_shows_the_same_whatever_the_mood_does():
    """Two visits with one seed, one with a steady mood and one that flips: not one difference."""
    steady, flipping = Session(full_catalog()), Session(full_catalog())
    for tick in range(600):
        at_s = tick / 2
        steady.tick(at_s, mood(HAPPY), arm=Arm.CONTROL)
        flipping.tick(
            at_s,
            mood(EMOTIONS[int(at_s) % 7], 0.5 + (tick % 5) / 10),
            arm=Arm.CONTROL,
            strategy=list(Strategy)[tick // 7 % 2],
        )
    for slot in Kind:
        assert flipping.ids(slot) == steady.ids(slot)
        assert flipping.times(slot) == steady.times(slot)
    assert len(set(steady.ids(Kind.AD))) > 10


def test_two_sessions_with_one_seed_show_the_same():
    one, two = Session(full_catalog()), Session(full_catalog())
    for session in (one, two):
        session.run(30.0, mood(HAPPY))
        session.run(60.0, mood(SAD))
    assert one.state == two.state


def test_options_are_checked():
    with pytest.raises(ValueError, match="Received"):
        ProgrammeOptions(ad_rotation_s=0)
    with pytest.raises(ValueError, match="Received"):
        ProgrammeOptions(min_dwell_s=-1)


def assert_rules(session: Session) -> None:
    for slot, shown in session.shown.items():
        for earlier, later in pairwise(shown):
            gap_s = later.since_s - earlier.since_s
            assert gap_s >= session.options.min_dwell_s
            if later.cue == earlier.cue:
                assert later.since_s >= earlier.until_s
                assert slot is not Kind.THEME
            if slot is not Kind.THEME and later.decision.item_id == earlier.decision.item_id:
                assert len(later.decision.eligible) <= 1


ticks: st.SearchStrategy[Sequence[tuple]] = st.lists(
    st.tuples(
        st.floats(0.05, 15.0),
        st.none() | st.sampled_from(EMOTIONS),
        st.floats(0.2, 1.0),
        st.sampled_from(Strategy),
    ),
    max_size=60,
)


@settings(max_examples=150)
@given(ticks, st.integers(1, 3), st.integers(0, 1000))
def test_dwell_and_not_twice_hold_whatever_the_mood_does(steps, each, seed):
    session = Session(full_catalog(each), seed=seed)
    at_s = 0.0
    for gap_s, seen, confidence, strategy in steps:
        at_s += gap_s
        session.tick(at_s, mood(seen, confidence) if seen else None, strategy=strategy)
    assert_rules(session)


def test_a_mood_that_flips_every_second_for_an_hour_changes_content_no_faster_than_the_dwell():
    paced = (
        ad("happy-capped", HAPPY, weight=9.0, frequency_cap=5),
        ad("happy-slow", HAPPY, weight=9.0, pacing=Pacing(min_dwell_s=8.0, cool_down_s=90.0)),
        ad("sad-share", SAD, pacing=Pacing(share=0.4)),
        media("happy-whole", HAPPY, duration_s=14.0, pacing=Pacing(wait_for_end=True)),
    )
    session = Session(catalog(*full_catalog().items, *paced))
    sizes = []
    for tick in range(7200):
        at_s = tick / 2
        session.tick(at_s, mood(HAPPY if int(at_s) % 2 else SAD, since_s=float(int(at_s))))
        if tick % 3600 == 3599:
            sizes.append(len(pickle.dumps(session.state)))
    for slot in Kind:
        shown = session.shown[slot]
        assert 100 < len(shown) <= 3600 / OPTIONS.min_dwell_s + 1
        for earlier, later in pairwise(shown):
            assert earlier.item is not None
            dwell_s = earlier.item.pacing.min_dwell_s or OPTIONS.min_dwell_s
            if earlier.item.pacing.wait_for_end:
                dwell_s = earlier.until_s - earlier.since_s
            assert later.since_s - earlier.since_s >= dwell_s
    ads = session.ids(Kind.AD)
    assert ads.count("happy-capped") == 5
    slow = [s.since_s for s in session.shown[Kind.AD] if s.decision.item_id == "happy-slow"]
    assert all(later - earlier >= 98.0 for earlier, later in pairwise(slow))
    # What a session remembers is bounded by the catalog, not by time.
    assert len(session.state.history.counts) <= len(session.items.items)
    assert len(session.state.history.rests_until) <= 1
    assert sizes[1] <= 1.2 * sizes[0]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["archive", "reword", "publish"])), max_size=40)
)
def test_what_is_shown_is_always_published_whatever_editors_do(edits):
    session = Session(full_catalog(1))
    for n, (position, what) in enumerate(edits):
        item = session.items.items[position % len(session.items.items)]
        fields = {
            "archive": {"status": Status.ARCHIVED},
            "publish": {"status": Status.PUBLISHED},
            "reword": {"title": f"Title {n}"},
        }[what]
        session.items = edited(session.items, item.item_id, **fields)
        state = session.tick(n * 0.7, mood(EMOTIONS[n % 7]))
        for slot in Kind:
            shown = state.item(slot)
            assert shown is None or session.items.get(shown.item_id) == shown
            assert shown is None or shown.status is Status.PUBLISHED


def tick_at(session: Session, at_s: float, at_utc: datetime, estimate=None) -> ProgrammeState:
    """A tick whose calendar does not go with its monotonic clock."""
    picker = Picker(lambda: session.items)
    session.state = advance(
        session.state, session.items, picker, PickContext(estimate), Moment(at_s, at_utc), rng()
    )
    return session.state


def test_the_calendar_may_be_set_back_while_the_monotonic_clock_goes_on():
    session = Session(full_catalog())
    state = session.tick(0.0, mood(HAPPY))
    assert tick_at(session, 1.0, START_UTC - timedelta(hours=1), mood(HAPPY)) is state


def test_a_clock_set_back_an_hour_moves_schedules_and_neither_dwell_nor_cool_downs():
    hour = timedelta(hours=1)
    lunch = Schedule(from_time=time(12), until_time=time(12, 30))
    session = Session(
        catalog(
            ad("lunch", weight=1e9, schedule=lunch, pacing=Pacing(cool_down_s=20.0, min_dwell_s=6.0)),
            ad("always"),
        )
    )
    assert tick_at(session, 0.0, START_UTC).item(Kind.AD).item_id == "lunch"
    # Set back to 11: out of its hours, so it goes at once, and rests for 20 s of real time.
    assert tick_at(session, 1.0, START_UTC - hour).item(Kind.AD).item_id == "always"
    assert session.state.history.rests_until == {"lunch": 21.0}
    # Set right again, it may come, but not before the other's rotation and its own cool-down are over.
    for at_s, shown in [
        (2.0, "always"),
        (13.0, "always"),
        (20.0, "always"),
        (25.0, "lunch"),
        (30.9, "lunch"),
    ]:
        state = tick_at(session, at_s, START_UTC + timedelta(seconds=at_s))
        assert state.item(Kind.AD).item_id == shown
    assert session.state.ad.since_s == 25.0


def test_a_zone_that_puts_its_clock_forward_at_midnight_ends_the_night_s_items():
    # In Cairo the hour after the midnight of 2026-04-23 does not exist.
    late = Schedule(weekdays=(3,), from_time=time(22), until_time=time(0, 30), time_zone="Africa/Cairo")
    morning = Schedule(from_time=time(1), until_time=time(5), time_zone="Africa/Cairo")
    session = Session(catalog(ad("late", schedule=late), ad("early", schedule=morning)))
    midnight = datetime(2026, 4, 23, 22, 0, tzinfo=UTC)
    shown = [
        tick_at(session, second, midnight + timedelta(seconds=second - 3)).item(Kind.AD).item_id
        for second in range(6)
    ]
    assert shown == ["late", "late", "late", "early", "early", "early"]


def test_a_daily_cap_that_is_reached_meanwhile_leaves_what_plays_alone():
    session = Session(catalog(ad("rare", daily_cap=10, weight=1e9), ad("b"), ad("c")))
    assert session.tick(0.0, today={"rare": 9}).item(Kind.AD).item_id == "rare"
    assert session.tick(6.0, today={"rare": 10}).item(Kind.AD).item_id == "rare"
    for n in range(1, 9):
        session.tick(12.0 * n, today={"rare": 10})
    assert session.ids(Kind.AD).count("rare") == 1
    # A new day begins its count anew.
    session.tick(108.0, today={})
    assert session.ids(Kind.AD)[-1] == "rare"
