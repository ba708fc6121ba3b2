"""The types that this package gives to others: scores, boxes, readings, moods.

All are frozen. Names state units, colour order and clock: ``_px`` pixels of the unmirrored
frame with the origin top-left, ``_s`` seconds of a monotonic clock, ``_bgr`` OpenCV's channel order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from emotion.labels import EMOTIONS, Emotion

FloatVector = npt.NDArray[np.float32]

VALENCE_AROUSAL: Mapping[Emotion, tuple[float, float]] = {
    Emotion.ANGRY: (-0.51, 0.59),
    Emotion.DISGUST: (-0.60, 0.35),
    Emotion.FEAR: (-0.64, 0.60),
    Emotion.HAPPY: (0.81, 0.51),
    Emotion.SAD: (-0.63, -0.27),
    Emotion.SURPRISE: (0.40, 0.67),
    Emotion.NEUTRAL: (0.0, 0.0),
}
"""Pleasure and arousal of each expression's word, in [-1, 1]: J. A. Russell and A. Mehrabian, "Evidence for a
three-factor theory of emotions", Journal of Research in Personality 11 (1977), 273-294, the mean
ratings of angry, disgusted, fearful, happy, sad and surprised; neutral is the origin."""

_VA = np.array([VALENCE_AROUSAL[e] for e in EMOTIONS], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class EmotionScores:
    """A belief over the seven expressions.

    Attributes:
        probabilities: float32 ``(7,)`` in the order of ``EMOTIONS``, sums to 1, read-only.

    Raises:
        ValueError: not seven finite numbers of at least 0 with a positive sum.
    """

    probabilities: FloatVector

    def __post_init__(self) -> None:
        p = np.array(self.probabilities, np.float32)
        total = p.sum()
        # Made a dozen times a second for each viewer, so checked in two sums: NaN is not >= 0 either.
        if p.shape != (len(EMOTIONS),) or not p.min() >= 0 or not 0 < total < np.inf:
            raise ValueError(
                f"Expected {len(EMOTIONS)} finite probabilities >= 0 with a positive sum. Received: {p!r}"
            )
        p /= total
        p.setflags(write=False)
        object.__setattr__(self, "probabilities", p)

    @classmethod
    def uniform(cls) -> EmotionScores:
        """The belief without any knowledge: seven equal probabilities."""
        return cls(np.full(len(EMOTIONS), 1 / len(EMOTIONS), np.float32))

    @classmethod
    def certain(cls, emotion: Emotion, probability: float = 1.0) -> EmotionScores:
        """``probability`` on one expression, the rest spread evenly."""
        p = np.full(len(EMOTIONS), (1 - probability) / (len(EMOTIONS) - 1), np.float32)
        p[emotion.index] = probability
        return cls(p)

    def __getitem__(self, emotion: Emotion) -> float:
        return float(self.probabilities[emotion.index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EmotionScores) and np.array_equal(self.probabilities, other.probabilities)

    def __hash__(self) -> int:
        return hash(self.probabilities.tobytes())

    @property
    def top(self) -> Emotion:
        """The most probable expression."""
        return EMOTIONS[int(self.probabilities.argmax())]

    @property
    def confidence(self) -> float:
        """Probability of ``top``, in [0, 1]."""
        return float(self.probabilities.max())

    @property
    def valence(self) -> float:
        """Expected pleasure in [-1, 1] (see ``VALENCE_AROUSAL``)."""
        return float(self.probabilities @ _VA[:, 0])

    @property
    def arousal(self) -> float:
        """Expected arousal in [-1, 1] (see ``VALENCE_AROUSAL``)."""
        return float(self.probabilities @ _VA[:, 1])

    def as_dict(self) -> dict[str, float]:
        """Label → probability, in the order of ``EMOTIONS``."""
        return {e.value: float(p) for e, p in zip(EMOTIONS, self.probabilities, strict=True)}


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Where a face is in the unmirrored frame, and how sure the detector is (``confidence`` in [0, 1])."""

    x_px: float
    y_px: float
    width_px: float
    height_px: float
    confidence: float

    @property
    def area_px(self) -> float:
        """Width times height, in square pixels."""
        return self.width_px * self.height_px


class Problem(StrEnum):
    """Why a face cannot be read well from its picture; measured by ``emotion.quality``."""

    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    COVERED = "covered"
    BLOCKY = "blocky"
    BLURRED = "blurred"
    TOO_SMALL = "too_small"

    @property
    def words(self) -> str:
        """``too dark``: the words on a box's label and on the command line."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class FaceReading:
    """One face at one moment.

    Attributes:
        box: where it is.
        scores: what was read.
        captured_at_s: when.
        quality: what is wrong with its picture; empty for a good one. The scores of a poor one are a guess
            and count for no mood and no choice.
    """

    box: FaceBox
    scores: EmotionScores
    captured_at_s: float
    quality: tuple[Problem, ...] = ()

    @property
    def is_poor(self) -> bool:
        """Whether the picture is too poor for the reading to count."""
        return bool(self.quality)

    @property
    def label(self) -> str:
        """What stands at the face's box: expression and percent, or why it is not read."""
        if self.quality:
            return f"Not read: {self.quality[0].words}"
        return f"{self.scores.top.value.capitalize()} {self.scores.confidence:.0%}"


@dataclass(frozen=True, slots=True)
class MoodEstimate:
    """The smoothed mood of everyone in view.

    Attributes:
        scores: the smoothed belief.
        dominant: the current mood, or None for *unknown*.
        confidence: the smoothed probability of ``dominant`` (of the top expression when unknown), in [0, 1].
        since_s: when ``dominant`` began to hold.
        updated_at_s: when a face was last read (or when the estimate was made, if none ever was).
        faces_seen: faces in the latest reading.
    """

    scores: EmotionScores
    dominant: Emotion | None
    confidence: float
    since_s: float
    updated_at_s: float
    faces_seen: int


@dataclass(frozen=True, slots=True)
class SmoothingOptions:
    """How readings become a mood. The defaults are chosen from ``docs/smoothing.md``.

    Attributes:
        half_life_s: the age at which a reading counts half.
        enter_margin: lead in probability that a new mood needs over the current one (or, from unknown, over
            the runner-up).
        exit_margin: a mood becomes unknown when its smoothed probability falls this far below the enter
            level and no other mood leads; see ``emotion.smoothing``.
        min_hold_s: how long the new mood must keep its lead before it takes over.
        forget_after_s: after this time without a face, the mood is unknown.
        min_confidence: below this smoothed probability no mood is named.
    """

    half_life_s: float = 0.6
    enter_margin: float = 0.12
    exit_margin: float = 0.15
    min_hold_s: float = 0.0
    forget_after_s: float = 2.0
    min_confidence: float = 0.30

    @property
    def held_from(self) -> float:
        """The lowest smoothed probability at which the current mood stays."""
        return self.min_confidence - self.exit_margin
