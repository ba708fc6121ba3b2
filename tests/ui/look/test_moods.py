from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores, MoodEstimate
from ui.look import moods
from ui.look.moods import MoodLog, MoodSample, columns


def mood(dominant: Emotion | None, confidence: float = 0.8) -> MoodEstimate:
    return MoodEstimate(EmotionScores.uniform(), dominant, confidence, 0.0, 0.0, 1)


def test_every_mood_has_a_colour_and_a_face() -> None:
    for each in (*EMOTIONS, None):
        assert moods.face_svg(each).startswith("<svg")
    assert len(set(moods.COLORS.values())) == 8


@given(st.lists(st.floats(0.01, 5), max_size=200))
def test_the_log_keeps_the_last_minutes_at_its_own_pace(steps: list[float]) -> None:
    log, now_s = MoodLog(span_s=60, step_s=0.5), 0.0
    for step in steps:
        now_s += step
        log.add(mood(Emotion.HAPPY), now_s)
    times = [s.at_s for s in log.samples]
    assert times == sorted(times)
    assert all(now_s - t <= 60 + 5 for t in times)
    assert all(b - a >= 0.4 for a, b in pairwise(times))


@given(st.lists(st.tuples(st.floats(0.01, 8), st.sampled_from([*EMOTIONS, None])), max_size=60))
def test_the_log_shows_what_all_its_samples_would(
    steps: list[tuple[float, Emotion | None]],
) -> None:
    log, now_s = MoodLog(span_s=60, step_s=0.5), 0.0
    for step_s, shown in steps:
        now_s += step_s
        log.add(mood(shown), now_s)
        assert log.columns(now_s, 30, 3) == columns(log.samples, now_s, 30, 3)


def test_an_unknown_mood_is_logged_without_confidence() -> None:
    log = MoodLog()
    log.add(None, 1.0)
    log.add(mood(None), 2.0)
    assert [(s.mood, s.confidence) for s in log.samples] == [(None, 0.0), (None, 0.0)]


def test_columns_show_the_mood_that_lasted_longest_and_gaps_as_gaps() -> None:
    samples = [
        MoodSample(100.0, Emotion.HAPPY, 0.6),
        MoodSample(100.5, Emotion.HAPPY, 0.8),
        MoodSample(101.0, Emotion.SAD, 0.9),
        MoodSample(107.0, None, 0.0),
    ]
    shown = columns(samples, now_s=107.9, span_s=12, bin_s=3)
    assert [c.empty for c in shown] == [True, False, True, False]
    assert shown[1].mood is Emotion.HAPPY
    assert abs(shown[1].confidence - 0.7) < 1e-9
    assert shown[3].mood is None


def test_the_picture_moves_once_a_bin() -> None:
    samples = [MoodSample(100.0, Emotion.HAPPY, 0.6)]
    assert columns(samples, 102.1, 30, 3) == columns(samples, 104.9, 30, 3)
