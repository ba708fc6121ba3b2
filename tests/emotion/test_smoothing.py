"""Smoothing is a pure function of readings and time stamps; these are its promises."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emotion.labels import EMOTIONS, Emotion
from emotion.smoothing import MoodState, estimate, initial_state, merge_faces, update
from emotion.types import EmotionScores, FaceBox, FaceReading, SmoothingOptions
from tests.fakes import a_reading

OPTIONS = SmoothingOptions(
    half_life_s=0.7, enter_margin=0.1, exit_margin=0.05, min_hold_s=0.6, min_confidence=0.35
)
HAPPY, SAD = Emotion.HAPPY, Emotion.SAD

shares = st.lists(st.floats(0, 1), min_size=7, max_size=7).filter(lambda p: sum(p) > 0.01)
scores = shares.map(lambda p: EmotionScores(np.array(p, np.float32)))
faces = st.builds(
    lambda s, w, h: FaceReading(FaceBox(0, 0, w, h, 0.9), s, 0.0),
    scores,
    st.floats(0, 500),
    st.floats(0, 500),
)
options = st.builds(
    SmoothingOptions,
    half_life_s=st.floats(0, 5),
    enter_margin=st.floats(0, 0.5),
    exit_margin=st.floats(0, 0.3),
    min_hold_s=st.floats(0, 2),
    forget_after_s=st.floats(0, 5),
    min_confidence=st.floats(0, 0.9),
)
steps = st.lists(st.tuples(st.floats(-2, 4), st.lists(faces, max_size=3)), max_size=25)


def steady(
    state: MoodState, reading: FaceReading, from_s: float, for_s: float, rate_hz: float, o: SmoothingOptions
) -> MoodState:
    for k in range(1, round(for_s * rate_hz) + 1):
        state = update(state, (reading,), from_s + k / rate_hz, o)
    return state


class TestBelief:
    @given(
        segments=st.lists(st.tuples(scores, st.integers(1, 15)), min_size=1, max_size=6),
        half_life_s=st.floats(0.05, 5),
    )
    @settings(max_examples=60, deadline=None)
    def test_is_the_same_at_5_and_30_readings_a_second(self, segments, half_life_s):
        o = replace(OPTIONS, half_life_s=half_life_s)
        ends = []
        for rate_hz in (5, 30):
            state, now = (
                update(initial_state(0.0), (FaceReading(FaceBox(0, 0, 9, 9, 1), segments[0][0], 0),), 0.0, o),
                0.0,
            )
            for belief, fifths in segments:
                reading = FaceReading(FaceBox(0, 0, 9, 9, 1), belief, now)
                state = steady(state, reading, now, fifths / 5, rate_hz, o)
                now += fifths / 5
            ends.append(state.belief.probabilities)
        np.testing.assert_allclose(ends[0], ends[1], atol=1e-4)

    def test_halves_the_old_in_one_half_life(self):
        o = replace(OPTIONS, half_life_s=0.8)
        state = update(initial_state(0.0), (a_reading(HAPPY, 1.0),), 0.0, o)
        state = update(state, (a_reading(SAD, 1.0),), 0.8, o)
        assert state.belief[HAPPY] == pytest.approx(0.5, abs=1e-5)
        assert state.belief[SAD] == pytest.approx(0.5, abs=1e-5)

    def test_no_half_life_means_no_smoothing(self):
        o = replace(OPTIONS, half_life_s=0.0)
        state = update(initial_state(0.0), (a_reading(HAPPY),), 0.0, o)
        state = update(state, (a_reading(SAD),), 0.05, o)
        assert state.belief == a_reading(SAD).scores

    @given(steps=steps, o=options)
    @settings(max_examples=150, deadline=None)
    def test_stays_a_belief_whatever_comes(self, steps, o):
        state, now = initial_state(0.0), 0.0
        for dt, readings in steps:
            now += dt
            state = update(state, readings, now, o)
            mood = estimate(state, now, o)
            p = mood.scores.probabilities
            assert np.isfinite(p).all()
            assert (p >= 0).all()
            assert p.sum() == pytest.approx(1, abs=1e-5)
            assert 0 <= mood.confidence <= 1
            assert mood.since_s <= max(now, state.at_s) + 1e-9
            assert mood.faces_seen == state.faces_seen
            assert mood.dominant is None or mood.dominant in EMOTIONS

    @given(steps=steps)
    @settings(max_examples=60, deadline=None)
    def test_lies_between_its_readings_and_knowing_nothing(self, steps):
        state, now = initial_state(0.0), 0.0
        seen = [np.full(7, 1 / 7)]
        for dt, readings in steps:
            now += abs(dt)
            state = update(state, readings, now, OPTIONS)
            if readings:
                seen.append(merge_faces(readings).probabilities)
            p = estimate(state, now, OPTIONS).scores.probabilities
            assert (p >= np.min(seen, axis=0) - 1e-5).all()
            assert (p <= np.max(seen, axis=0) + 1e-5).all()


class TestTime:
    @given(first=scores, second=scores)
    def test_standing_still_changes_no_belief(self, first, second):
        box = FaceBox(0, 0, 9, 9, 1)
        state = update(initial_state(5.0), (FaceReading(box, first, 5.0),), 5.0, OPTIONS)
        again = update(state, (FaceReading(box, second, 5.0),), 5.0, OPTIONS)
        np.testing.assert_allclose(again.belief.probabilities, state.belief.probabilities, atol=1e-6)

    def test_an_older_reading_is_left_out(self):
        state = update(initial_state(0.0), (a_reading(HAPPY),), 5.0, OPTIONS)
        assert update(state, (a_reading(SAD),), 4.9, OPTIONS) is state
        assert estimate(state, 1.0, OPTIONS) == estimate(state, 5.0, OPTIONS)

    def test_after_a_long_gap_only_the_new_reading_counts(self):
        state = steady(initial_state(0.0), a_reading(HAPPY), 0.0, 3.0, 10, OPTIONS)
        assert state.dominant is HAPPY
        state = update(state, (a_reading(SAD),), 500.0, OPTIONS)
        assert state.belief == a_reading(SAD).scores
        assert state.dominant is None
        assert state.since_s == pytest.approx(5.0, abs=1.1)

    @pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
    def test_must_be_finite(self, bad):
        state = initial_state(0.0)
        for call in (
            lambda: initial_state(bad),
            lambda: update(state, (), bad, OPTIONS),
            lambda: estimate(state, bad, OPTIONS),
        ):
            with pytest.raises(ValueError, match="Received: "):
                call()

    @given(
        looks=st.lists(st.floats(0, 6), max_size=12),
        belief=scores,
        o=options,
        returns_after_s=st.floats(0, 6),
    )
    @settings(max_examples=100, deadline=None)
    def test_empty_frames_in_between_change_nothing(self, looks, belief, o, returns_after_s):
        """How often a frame without a face was analysed makes no difference to the mood."""
        start = steady(initial_state(0.0), FaceReading(FaceBox(0, 0, 9, 9, 1), belief, 0), 0.0, 3.0, 10, o)
        watched = start
        for gap_s in sorted(looks):
            watched = update(watched, (), 3.0 + gap_s, o)
            unwatched = replace(start, faces_seen=watched.faces_seen)
            assert estimate(watched, 3.0 + gap_s, o) == estimate(unwatched, 3.0 + gap_s, o)
        back_s = 3.0 + max([*looks, returns_after_s])
        reading = (a_reading(SAD, at_s=back_s),)
        assert update(watched, reading, back_s, o) == update(start, reading, back_s, o)


class TestHysteresis:
    @given(belief=scores, o=options)
    @settings(max_examples=100, deadline=None)
    def test_takes_the_same_mood_at_5_and_30_readings_a_second(self, belief, o):
        p = np.sort(belief.probabilities)
        assume(o.forget_after_s > 0.5)
        assume(abs(p[-1] - o.min_confidence) > 1e-3)
        assume(abs(p[-1] - p[-2] - o.enter_margin) > 1e-3)
        reading = FaceReading(FaceBox(0, 0, 9, 9, 1), belief, 0.0)
        slow, fast = (steady(initial_state(0.0), reading, 0.0, 6.0, hz, o) for hz in (5, 30))
        assert slow.dominant is fast.dominant
        assert slow.since_s == pytest.approx(fast.since_s, abs=0.45)

    def test_a_mood_needs_its_hold(self):
        state = update(initial_state(0.0), (a_reading(HAPPY),), 0.0, OPTIONS)
        state = update(state, (a_reading(HAPPY),), OPTIONS.min_hold_s - 0.01, OPTIONS)
        assert state.dominant is None
        state = update(state, (a_reading(HAPPY),), OPTIONS.min_hold_s, OPTIONS)
        assert (state.dominant, state.since_s) == (HAPPY, OPTIONS.min_hold_s)

    @pytest.mark.parametrize("rate_hz", [5, 30])
    def test_a_short_flash_changes_nothing(self, rate_hz):
        state = steady(initial_state(0.0), a_reading(HAPPY), 0.0, 3.0, rate_hz, OPTIONS)
        for from_s, emotion, for_s in ((3.0, SAD, 0.4), (3.4, HAPPY, 1.0)):
            for k in range(1, round(for_s * rate_hz) + 1):
                state = update(state, (a_reading(emotion),), from_s + k / rate_hz, OPTIONS)
                assert state.dominant is HAPPY

    @pytest.mark.parametrize("rate_hz", [5, 30])
    def test_a_lasting_change_takes_over_without_unknown_in_between(self, rate_hz):
        state = steady(initial_state(0.0), a_reading(HAPPY), 0.0, 3.0, rate_hz, OPTIONS)
        held = []
        for k in range(1, 3 * rate_hz + 1):
            state = update(state, (a_reading(SAD),), 3.0 + k / rate_hz, OPTIONS)
            held.append(state.dominant)
        assert held[-1] is SAD
        assert set(held) == {HAPPY, SAD}

    def test_a_close_race_does_not_flap(self):
        rng = np.random.default_rng(0)
        state = steady(initial_state(0.0), a_reading(HAPPY), 0.0, 3.0, 15, OPTIONS)
        moods = []
        for k in range(600):
            p = np.full(7, 0.01)
            p[HAPPY.index], p[SAD.index] = 0.475 + rng.normal(0, 0.1, 2)
            reading = FaceReading(FaceBox(0, 0, 9, 9, 1), EmotionScores(np.clip(p, 0, 1)), 0.0)
            state = update(state, (reading,), 3.0 + k / 15, OPTIONS)
            moods.append(state.dominant)
        assert set(moods) == {HAPPY}

    def test_a_mood_that_fades_is_dropped_below_the_exit_level_only(self):
        o = replace(OPTIONS, min_confidence=0.5, exit_margin=0.1, half_life_s=0.0)
        state = steady(initial_state(0.0), a_reading(HAPPY, 0.8), 0.0, 2.0, 10, o)
        state = update(state, (a_reading(HAPPY, 0.42),), 2.1, o)
        assert state.dominant is HAPPY
        state = update(state, (a_reading(HAPPY, 0.38),), 2.2, o)
        assert (state.dominant, state.since_s) == (None, 2.2)
        state = steady(state, a_reading(HAPPY, 0.45), 2.2, 2.0, 10, o)
        assert state.dominant is None

    def test_an_even_belief_is_no_mood(self):
        reading = FaceReading(FaceBox(0, 0, 9, 9, 1), EmotionScores.uniform(), 0.0)
        assert steady(initial_state(0.0), reading, 0.0, 5.0, 10, OPTIONS).dominant is None


class TestAbsence:
    def test_before_any_face_the_mood_is_unknown(self):
        mood = estimate(initial_state(2.0), 9.0, OPTIONS)
        assert (mood.dominant, mood.since_s, mood.updated_at_s, mood.faces_seen) == (None, 2.0, 9.0, 0)
        assert mood.scores == EmotionScores.uniform()

    def test_a_blink_of_the_detector_changes_nothing(self):
        state = steady(initial_state(0.0), a_reading(HAPPY), 0.0, 3.0, 10, OPTIONS)
        before = estimate(state, 3.0, OPTIONS)
        state = update(state, (), 3.4, OPTIONS)
        after = estimate(state, 3.4, OPTIONS)
        assert (after.scores, after.dominant, after.since_s) == (before.scores, HAPPY, before.since_s)
        assert after.faces_seen == 0

    @given(belief=scores, later_s=st.floats(0, 100), o=options)
    @settings(max_examples=60, deadline=None)
    def test_after_forgetting_the_mood_is_unknown(self, belief, later_s, o):
        state = steady(initial_state(0.0), FaceReading(FaceBox(0, 0, 9, 9, 1), belief, 0), 0.0, 4.0, 10, o)
        mood = estimate(state, 4.0 + o.forget_after_s + 1e-6 + later_s, o)
        assert mood.dominant is None
        assert mood.scores == EmotionScores.uniform()
        assert mood.since_s <= 4.0 + o.forget_after_s + 1e-6

    def test_confidence_falls_evenly_and_never_rises(self):
        state = steady(initial_state(0.0), a_reading(HAPPY), 0.0, 3.0, 10, OPTIONS)
        seen = [estimate(state, 3.0 + t, OPTIONS).scores[HAPPY] for t in np.linspace(0, 3, 61)]
        assert all(a >= b - 1e-6 for a, b in pairwise(seen))
        assert seen[-1] == pytest.approx(1 / 7, abs=1e-6)


class TestMergeFaces:
    def test_nobody_is_nothing(self):
        assert merge_faces(()) is None

    def test_weighs_by_area(self):
        merged = merge_faces((a_reading(HAPPY, 1.0, side_px=200), a_reading(SAD, 1.0, side_px=100)))
        assert merged[HAPPY] == pytest.approx(0.8, abs=1e-5)
        assert merged[SAD] == pytest.approx(0.2, abs=1e-5)

    @given(st.permutations([a_reading(e, 0.7, side_px=40 + 10 * i) for i, e in enumerate(EMOTIONS)]))
    def test_order_does_not_matter(self, readings):
        merged = merge_faces(readings)
        expected = merge_faces(sorted(readings, key=lambda r: r.box.area_px))
        np.testing.assert_allclose(merged.probabilities, expected.probabilities, atol=1e-6)

    @pytest.mark.parametrize("side", [0.0, -3.0, float("nan"), float("inf")])
    def test_boxes_without_a_size_count_alike(self, side):
        readings = [
            FaceReading(FaceBox(0, 0, side, 1.0, 0.9), EmotionScores.certain(e), 0.0) for e in (HAPPY, SAD)
        ]
        assert merge_faces(readings)[HAPPY] == pytest.approx(0.5, abs=1e-5)
