"""From single readings to a mood that holds: pure functions of (readings, time).

**Belief.** Exponential smoothing by time stamps: after ``dt`` seconds the old belief keeps the share
``2 ** (-dt / half_life_s)`` and the new reading gets the rest, as if it had held since the one before. So
steady input gives the same belief at 5 and at 30 readings a second.

**Dominant mood**, with hysteresis. A new mood must be the likeliest, reach ``min_confidence`` and lead
by ``enter_margin`` (over the current mood; from unknown, over the runner-up), and keep that lead for
``min_hold_s``. The current mood becomes unknown when its probability falls below ``min_confidence -
exit_margin`` and no other mood takes over.

**Absence.** For the first half of ``forget_after_s`` without a face, the belief stays (the detector may miss
a face now and then). Then it fades evenly into the uniform belief, and at ``forget_after_s`` the mood is
unknown. The fade depends on time alone, not on how often somebody asks, as long as ``forget_after_s`` spans a
few readings.

A poor picture of a face (``FaceReading.quality``) counts as none: the belief stays, then fades.

Time never goes backward: a reading that is older than the state is left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores, FaceReading, MoodEstimate, SmoothingOptions

_UNIFORM = EmotionScores.uniform()


@dataclass(frozen=True, slots=True)
class MoodState:
    """Everything that smoothing remembers.

    Attributes:
        at_s: time of the latest update.
        belief: as of the latest reading with a face; None before the first and once forgotten.
        last_face_s: time of that reading, or None before the first.
        faces_seen: faces in the latest update, including those with poor pictures.
        dominant: the current mood, or None for unknown.
        since_s: when ``dominant`` began to hold.
        candidate: a mood that leads but has not led for long enough, or None.
        candidate_since_s: when its lead began; meaningful only with a ``candidate``.
    """

    at_s: float
    belief: EmotionScores | None
    last_face_s: float | None
    faces_seen: int
    dominant: Emotion | None
    since_s: float
    candidate: Emotion | None
    candidate_since_s: float


def smoothing_for(rate_hz: float, options: SmoothingOptions | None = None) -> SmoothingOptions:
    """The options with ``forget_after_s`` long enough for a few readings even at a low rate."""
    options = options or SmoothingOptions()
    return replace(options, forget_after_s=max(options.forget_after_s, 3 / rate_hz))


def initial_state(at_s: float) -> MoodState:
    """Unknown since ``at_s``.

    Raises:
        ValueError: the time is not finite.
    """
    _check_time(at_s)
    return MoodState(at_s, None, None, 0, None, at_s, None, at_s)


def merge_faces(readings: Sequence[FaceReading]) -> EmotionScores | None:
    """One belief for everyone in view: the faces' mean scores, weighted by box area; None without a face.

    The nearest face fills the most pixels, so it is read best and counts most. Faces with poor pictures do
    not count.
    """
    readings = [r for r in readings if not r.is_poor]
    if len(readings) < 2:
        return readings[0].scores if readings else None
    areas = np.array([r.box.area_px for r in readings], np.float64)
    areas = np.where(np.isfinite(areas) & (areas > 0), areas, 0.0)
    if areas.sum() <= 0:
        areas = np.ones(len(readings))
    stacked = np.stack([r.scores.probabilities for r in readings]).astype(np.float64)
    return EmotionScores(((areas / areas.max()) @ stacked).astype(np.float32))


def update(
    state: MoodState, readings: Sequence[FaceReading], at_s: float, options: SmoothingOptions
) -> MoodState:
    """The state after the frame of ``at_s``, which shows ``readings`` (none: no face).

    Raises:
        ValueError: the time is not finite.
    """
    _check_time(at_s)
    if at_s < state.at_s:
        return state
    merged = merge_faces(readings)
    # First the time without a face: it may have ended the mood before this reading came.
    state = replace(_settle(state, at_s, options), at_s=at_s, faces_seen=len(readings))
    if merged is None:
        return state
    if state.belief is None or state.last_face_s is None:
        belief = merged
    else:
        old = _faded(state.belief, at_s - state.last_face_s, options)
        kept = 2.0 ** (-(at_s - state.last_face_s) / options.half_life_s) if options.half_life_s > 0 else 0.0
        belief = _blend(old, merged, kept)
    return _choose(replace(state, belief=belief, last_face_s=at_s), belief, at_s, options)


def estimate(state: MoodState, at_s: float, options: SmoothingOptions) -> MoodEstimate:
    """The mood at ``at_s`` (a time before the latest update counts as the time of that update).

    Raises:
        ValueError: the time is not finite.
    """
    _check_time(at_s)
    at_s = max(at_s, state.at_s)
    state = _settle(state, at_s, options)
    if state.belief is None or state.last_face_s is None:
        scores = _UNIFORM
    else:
        scores = _faded(state.belief, at_s - state.last_face_s, options)
    return MoodEstimate(
        scores=scores,
        dominant=state.dominant,
        confidence=scores.confidence if state.dominant is None else scores[state.dominant],
        since_s=state.since_s,
        updated_at_s=at_s if state.last_face_s is None else state.last_face_s,
        faces_seen=state.faces_seen,
    )


def _check_time(at_s: float) -> None:
    if not math.isfinite(at_s):
        raise ValueError(f"Expected a finite time in seconds. Received: {at_s!r}")


def _blend(old: EmotionScores, new: EmotionScores, kept: float) -> EmotionScores:
    mixed = kept * old.probabilities.astype(np.float64) + (1 - kept) * new.probabilities
    return EmotionScores(mixed.astype(np.float32))


def _standing(gap_s: float, options: SmoothingOptions) -> float:
    """The share of the belief that is left after ``gap_s`` without a face, in [0, 1]."""
    if gap_s <= 0:
        return 1.0
    if gap_s >= options.forget_after_s:
        return 0.0
    return min(1.0, 2.0 - 2.0 * gap_s / options.forget_after_s)


def _faded(belief: EmotionScores, gap_s: float, options: SmoothingOptions) -> EmotionScores:
    standing = _standing(gap_s, options)
    return belief if standing == 1.0 else _blend(belief, _UNIFORM, standing)


def _unknown_after_s(probability: float, options: SmoothingOptions) -> float:
    """How long after the last face the fading ``probability`` falls below the exit level."""
    floor = 1 / len(EMOTIONS)
    level = options.held_from
    if level <= floor or probability <= floor:
        return options.forget_after_s
    standing = (level - floor) / (probability - floor)
    return options.forget_after_s * (1 - min(standing, 1.0) / 2)


def _settle(state: MoodState, at_s: float, options: SmoothingOptions) -> MoodState:
    """The state after the time without a face up to ``at_s``, with changes dated to when they happened."""
    if state.belief is None or state.last_face_s is None:
        return state
    gap_s = at_s - state.last_face_s
    if state.dominant is not None:
        ends_after_s = _unknown_after_s(state.belief[state.dominant], options)
        # A gap of zero is the reading itself, which _choose has judged.
        if gap_s > 0 and gap_s >= ends_after_s:
            state = replace(state, dominant=None, since_s=state.last_face_s + ends_after_s, candidate=None)
    if gap_s > 0 and gap_s >= options.forget_after_s:
        state = replace(state, belief=None, candidate=None)
    return state


def _choose(state: MoodState, belief: EmotionScores, at_s: float, options: SmoothingOptions) -> MoodState:
    """Applies the hysteresis to the new belief."""
    top = belief.top
    if top != state.dominant:
        runner_up = float(np.sort(belief.probabilities)[-2])
        lead = belief.confidence - (runner_up if state.dominant is None else belief[state.dominant])
        if belief.confidence >= options.min_confidence and lead >= options.enter_margin:
            since = state.candidate_since_s if state.candidate is top else at_s
            if at_s - since >= options.min_hold_s:
                return replace(state, dominant=top, since_s=at_s, candidate=None)
            return replace(state, candidate=top, candidate_since_s=since)
    state = replace(state, candidate=None)
    if state.dominant is not None and belief[state.dominant] < options.held_from:
        return replace(state, dominant=None, since_s=at_s)
    return state
