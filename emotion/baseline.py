"""A session's own calibration: one viewer's resting face, and corrections of wrong readings.

Some people's resting faces read as sad or angry all day. Three seconds of a resting face show by how much,
and the session's readings are shifted by that: in logits, where a bias of the model is a sum. A tap on
"that's not how I look" moves the shown label down by a step, and the right one up if the viewer names it.
Everything here ends with the session.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores

BASELINE_S = 3.0
"""How long a resting face is measured."""

MIN_READINGS = 5
RESTING = 0.6
"""How neutral a resting face should read; the rest is spread evenly."""

MAX_SHIFT = 1.5
"""No label moves by more logits than this (a factor of 4.5 in odds): a grin at the start undoes no model."""

CORRECTION_STEP = 0.5
_TINY = 1e-4


@dataclass(frozen=True, slots=True)
class SessionCalibration:
    """A session's shift of each label, in logits, in the order of ``EMOTIONS``.

    Attributes:
        shift: added to the logarithm of each probability.
        has_baseline: a resting face was measured.
        corrections: how often the viewer said that a reading was wrong.
    """

    shift: tuple[float, ...] = (0.0,) * len(EMOTIONS)
    has_baseline: bool = False
    corrections: int = 0

    def __post_init__(self) -> None:
        if len(self.shift) != len(EMOTIONS) or not all(math.isfinite(s) for s in self.shift):
            raise ValueError(f"Expected {len(EMOTIONS)} finite logits. Received: {self.shift}")

    @property
    def is_none(self) -> bool:
        """True when it changes no reading."""
        return not any(self.shift)

    def apply(self, scores: EmotionScores) -> EmotionScores:
        """The scores with the session's shift: softmax(log p + shift)."""
        if self.is_none:
            return scores
        logits = np.log(np.maximum(scores.probabilities.astype(np.float64), _TINY)) + np.array(self.shift)
        shares = np.exp(logits - logits.max())
        return EmotionScores((shares / shares.sum()).astype(np.float32))


def resting_calibration(
    readings: Sequence[EmotionScores], before: SessionCalibration | None = None
) -> SessionCalibration:
    """The calibration under which the resting face of ``readings`` reads as neutral.

    Args:
        readings: the model's own scores of ``BASELINE_S`` seconds of a resting face.
        before: keeps its count of corrections; its shift is replaced.

    Raises:
        ValueError: fewer than ``MIN_READINGS`` readings.
    """
    if len(readings) < MIN_READINGS:
        raise ValueError(
            f"Expected a face in view for {BASELINE_S:g} s, at least {MIN_READINGS} readings. "
            f"Received: {len(readings)}"
        )
    stacked = np.stack([r.probabilities for r in readings]).astype(np.float64)
    seen = np.log(np.maximum(stacked, _TINY)).mean(axis=0)
    wanted = np.log(EmotionScores.certain(Emotion.NEUTRAL, RESTING).probabilities.astype(np.float64))
    # A label that reads low at rest is not moved up: that would make every twitch a smile. So labels move
    # down where they read too high, and neutral moves up where it reads too low.
    shift = np.minimum(wanted - seen, 0.0)
    shift[Emotion.NEUTRAL.index] = max(0.0, (wanted - seen)[Emotion.NEUTRAL.index])
    counted = before.corrections if before is not None else 0
    return SessionCalibration(_bounded(shift), has_baseline=True, corrections=counted)


def corrected(
    calibration: SessionCalibration, shown: Emotion, right: Emotion | None = None
) -> SessionCalibration:
    """The calibration after the viewer said that ``shown`` is wrong, and perhaps what is ``right``.

    Raises:
        ValueError: both are the same.
    """
    if right is shown:
        raise ValueError(f"Expected another expression than the one that was shown. Received: {right}")
    shift = np.array(calibration.shift)
    shift[shown.index] -= CORRECTION_STEP
    if right is not None:
        shift[right.index] += CORRECTION_STEP
    return replace(calibration, shift=_bounded(shift), corrections=calibration.corrections + 1)


def _bounded(shift: np.typing.NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(s) for s in np.clip(shift, -MAX_SHIFT, MAX_SHIFT))
