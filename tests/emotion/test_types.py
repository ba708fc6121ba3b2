"""The seven expressions in their one order, and what crosses the package's border."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.labels import EMOTIONS, LABELS, Emotion
from emotion.types import VALENCE_AROUSAL, EmotionScores, FaceBox

shares = st.lists(st.floats(0, 1e3), min_size=7, max_size=7).filter(lambda p: sum(p) > 1e-3)


def test_the_order_is_that_of_fer_2013():
    """The ``emotion`` column of fer2013.csv: 0 angry to 6 neutral."""
    assert LABELS == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    assert [e.index for e in EMOTIONS] == list(range(7))
    assert [Emotion(label) for label in LABELS] == list(EMOTIONS)


@given(shares)
def test_scores_are_a_read_only_belief(p):
    scores = EmotionScores(np.array(p, np.float32))
    assert scores.probabilities.dtype == np.float32
    assert scores.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert scores[scores.top] == scores.confidence == scores.probabilities.max()
    assert -1 <= scores.valence <= 1
    assert -1 <= scores.arousal <= 1
    assert list(scores.as_dict()) == list(LABELS)
    with pytest.raises(ValueError, match="read-only"):
        scores.probabilities[0] = 1


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros(7),
        np.ones(6),
        np.ones((7, 1)),
        [1, 1, 1, 1, 1, 1, -0.1],
        [np.nan] * 7,
        [np.inf, 0, 0, 0, 0, 0, 0],
    ],
)
def test_what_is_no_belief_is_refused(bad):
    with pytest.raises(ValueError, match="Received: "):
        EmotionScores(np.asarray(bad, np.float32))


def test_the_given_array_is_not_shared():
    mine = np.full(7, 1 / 7, np.float32)
    scores = EmotionScores(mine)
    mine[0] = 9
    assert scores == EmotionScores.uniform()
    assert hash(scores) == hash(EmotionScores.uniform())


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_certainty_has_the_valence_and_arousal_of_its_word(emotion):
    scores = EmotionScores.certain(emotion)
    assert (scores.top, scores.confidence) == (emotion, 1.0)
    assert (scores.valence, scores.arousal) == pytest.approx(VALENCE_AROUSAL[emotion], abs=1e-6)
    assert EmotionScores.certain(emotion, 0.4)[emotion] == pytest.approx(0.4)


def test_a_box_knows_its_area():
    assert FaceBox(1, 2, 30, 40, 0.5).area_px == 1200
