"""What one viewer's face looks like at rest, and when the reading was wrong: a session's own calibration.

A resting face may read as sad or angry on somebody all day. Three seconds of it tell by how much, and the
session's readings are shifted by that: in logits, because there a bias of the model is a sum. A tap on
"that's not how I look" moves the label that was shown down by a step, and the right one up where it is told.
Everything here lives and ends with the session.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores

BASELINE_S = 3.0
"""How long a resting face is looked at."""

MIN_READINGS = 5
RESTING = 0.6
"""What a resting face should read as: so much neutral, the rest spread evenly."""

MAX_SHIFT = 1.5
"""No label moves by more logits than this (a factor of 4.5 in odds): a grin at the start undoes no model."""

CORRECTION_STEP = 0.5
_TINY = 1e-4


@dataclass(frozen=True, slots=True)
class SessionCalibration:
    """A session's shift of each label, in logits, in the order of ``EMOTIONS``.

    Attributes:
        shift: added to the logarithm of each probability.
        has_baseline: a resting face was looked at.
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
        """True when readings stay as they are."""
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
    # A label that reads low at rest needs no lift: it would make every twitch a smile. So labels are moved
    # down where they read too high, and neutral up where it reads too low.
    shift = np.minimum(wanted - seen, 0.0)
    shift[Emotion.NEUTRAL.index] = max(0.0, (wanted - seen)[Emotion.NEUTRAL.index])
    counted = before.corrections if before is not None else 0
    return SessionCalibration(_bounded(shift), has_baseline=True, corrections=counted)


def corrected(
    calibration: SessionCalibration, shown: Emotion, right: Emotion | None = None
) -> SessionCalibration:
    """After the viewer said that ``shown`` is not how they look, and maybe what is ``right``.

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
