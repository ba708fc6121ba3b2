"""A session's own calibration: a resting face reads as neutral, a correction moves what was wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.baseline import (
    MAX_SHIFT,
    MIN_READINGS,
    SessionCalibration,
    corrected,
    resting_calibration,
)
from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores

NEUTRAL, SAD, HAPPY, ANGRY = Emotion.NEUTRAL, Emotion.SAD, Emotion.HAPPY, Emotion.ANGRY

distributions = st.lists(st.floats(1e-6, 1), min_size=7, max_size=7).map(
    lambda p: EmotionScores(np.array(p, np.float32))
)


def sad_at_rest() -> EmotionScores:
    p = np.full(7, 0.02, np.float32)
    p[SAD.index], p[NEUTRAL.index] = 0.55, 0.35
    return EmotionScores(p)


def test_without_a_baseline_nothing_changes():
    scores = sad_at_rest()
    assert SessionCalibration().apply(scores) is scores


def test_a_face_that_rests_sadly_reads_as_neutral_afterwards():
    calibration = resting_calibration([sad_at_rest()] * 10)
    after = calibration.apply(sad_at_rest())
    assert sad_at_rest().top is SAD and after.top is NEUTRAL
    assert after[NEUTRAL] > 0.5 and calibration.has_baseline


def test_an_expression_still_shows_through_the_baseline():
    calibration = resting_calibration([sad_at_rest()] * 10)
    for emotion in EMOTIONS:
        assert calibration.apply(EmotionScores.certain(emotion, 0.93)).top is emotion


def test_a_neutral_face_at_rest_changes_next_to_nothing():
    calibration = resting_calibration([EmotionScores.certain(NEUTRAL, 0.7)] * 10)
    assert calibration.is_none


def test_too_few_readings_are_refused():
    with pytest.raises(ValueError, match=rf"Received: {MIN_READINGS - 1}"):
        resting_calibration([sad_at_rest()] * (MIN_READINGS - 1))


def test_a_new_baseline_keeps_the_count_of_corrections():
    once = corrected(SessionCalibration(), SAD)
    assert resting_calibration([sad_at_rest()] * 10, once).corrections == 1


def test_a_correction_lowers_what_was_shown_and_lifts_what_is_right():
    scores = EmotionScores(np.array([0.4, 0.02, 0.02, 0.02, 0.1, 0.04, 0.4], np.float32))
    calibration = corrected(SessionCalibration(), ANGRY, NEUTRAL)
    after = calibration.apply(scores)
    assert after[ANGRY] < scores[ANGRY] and after[NEUTRAL] > scores[NEUTRAL]
    assert calibration.corrections == 1
    with pytest.raises(ValueError, match="another expression"):
        corrected(calibration, SAD, SAD)


def test_corrections_are_bounded():
    calibration = SessionCalibration()
    for _ in range(20):
        calibration = corrected(calibration, ANGRY, HAPPY)
    assert calibration.shift[ANGRY.index] == -MAX_SHIFT and calibration.shift[HAPPY.index] == MAX_SHIFT
    assert calibration.corrections == 20


@given(st.lists(distributions, min_size=MIN_READINGS, max_size=8), distributions)
def test_a_calibrated_reading_is_a_distribution(at_rest, reading):
    after = resting_calibration(at_rest).apply(reading)
    assert np.isfinite(after.probabilities).all()
    assert after.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_a_shift_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="7 finite logits"):
        SessionCalibration((0.0,))
