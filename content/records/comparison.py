"""Whether content that followed the expression was finished more often, and how sure that is.

What one viewer finishes hangs together, so impressions are not independent: a session is what is drawn at
random, and sessions are what is resampled (B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap,
1993, chapters 8 and 13; cluster resampling). Sessions with as many impressions and as many completions are
alike here, so a draw of all of them is one draw of how often each such pattern comes: a multinomial, exact
and as fast for a million sessions as for a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

MIN_SESSIONS = 50
"""Sessions an arm needs: with fewer, intervals by resampling are too narrow."""
MIN_EACH = 10
"""Finished and unfinished impressions an arm needs, so that resampling has something to vary."""
LEVEL = 0.95
DRAWS = 2000
SEED = 5
_CELLS_AT_ONCE = 2_000_000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pattern:
    """How many sessions had so many impressions, and finished so many of them."""

    impressions: int
    completions: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and between what it plausibly lies, 95%."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """What one arm adds up to."""

    sessions: int
    impressions: int
    completions: int

    @property
    def rate(self) -> float:
        """Share of the impressions that were finished, in [0, 1]; 0 where there are none."""
        return self.completions / self.impressions if self.impressions else 0.0

    @property
    def is_enough(self) -> bool:
        """Enough to say something about it."""
        unfinished = self.impressions - self.completions
        return self.sessions >= MIN_SESSIONS and min(self.completions, unfinished) >= MIN_EACH


class Verdict(StrEnum):
    """What the data supports."""

    NOT_ENOUGH = "not enough data"
    HIGHER = "higher"
    LOWER = "lower"
    NO_DIFFERENCE = "no difference shown"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mood against control on completion.

    Attributes:
        mood: sessions whose content followed the expression.
        control: sessions whose content was drawn blind to it.
        mood_rate: share finished, with its interval; None without enough data, as the next two.
        control_rate: the same of the control arm.
        difference: mood minus control, in [-1, 1].
    """

    mood: ArmFigures
    control: ArmFigures
    mood_rate: Interval | None = None
    control_rate: Interval | None = None
    difference: Interval | None = None

    @property
    def verdict(self) -> Verdict:
        """What the data supports."""
        if self.difference is None:
            return Verdict.NOT_ENOUGH
        if self.difference.low > 0:
            return Verdict.HIGHER
        return Verdict.LOWER if self.difference.high < 0 else Verdict.NO_DIFFERENCE

    @property
    def sentence(self) -> str:
        """The verdict for a person, with its figures."""
        if self.difference is None:
            return f"Not enough data yet. {_missing(self.mood, self.control)}"
        value, low, high = (
            100 * v for v in (self.difference.value, self.difference.low, self.difference.high)
        )
        match self.verdict:
            case Verdict.HIGHER:
                most, least, middle, word = high, low, value, "more"
            case Verdict.LOWER:
                most, least, middle, word = -low, -high, -value, "fewer"
            case _:
                return (
                    "The data does not show a difference: anything between "
                    f"{_signed(low)} and {_signed(high)} finished in 100 is plausible when content follows "
                    "the expression."
                )
        digits = 0 if min(least, middle) >= 1 and round(least) < round(most) else 1
        return (
            f"Viewers finished {_number(middle, digits)} {word} in 100 when content followed their "
            f"expression; between {_number(least, digits)} and {_number(most, digits)} {word} is plausible."
        )


def _number(value: float, digits: int) -> str:
    # Never "0 more": the verdict says that it is not nought.
    return f"{value:.{digits}f}" if digits == 0 else f"{max(value, 0.1):.1f}"


def _signed(value: float) -> str:
    shown = f"{abs(value):.0f}" if abs(value) >= 1 else f"{abs(value):.1f}"
    return f"{shown} {'fewer' if value < 0 else 'more'}"


def _missing(mood: ArmFigures, control: ArmFigures) -> str:
    if min(mood.sessions, control.sessions) < MIN_SESSIONS:
        return (
            f"A comparison needs {MIN_SESSIONS} visits of each kind. So far there are {mood.sessions:,} "
            f"whose content followed the expression and {control.sessions:,} that got random content."
        )
    return (
        f"A comparison needs {MIN_EACH} items finished and {MIN_EACH} unfinished of each kind. So far "
        f"{mood.completions:,} of {mood.impressions:,} were finished when content followed the expression, "
        f"and {control.completions:,} of {control.impressions:,} when it was random."
    )


def compare(mood: Sequence[Pattern], control: Sequence[Pattern], rng: np.random.Generator) -> Comparison:
    """Mood against control, with intervals by resampling sessions.

    Args:
        mood: patterns of the sessions whose content followed the expression.
        control: patterns of those drawn blind to it.
        rng: the draws' randomness.
    """
    figures = _added(mood), _added(control)
    if not all(arm.is_enough for arm in figures):
        return Comparison(*figures)
    draws = resampled_rates(mood, rng), resampled_rates(control, rng)
    return Comparison(
        *figures,
        _interval(figures[0].rate, draws[0]),
        _interval(figures[1].rate, draws[1]),
        _interval(figures[0].rate - figures[1].rate, draws[0] - draws[1]),
    )


def _added(patterns: Sequence[Pattern]) -> ArmFigures:
    return ArmFigures(
        sum(p.sessions for p in patterns),
        sum(p.sessions * p.impressions for p in patterns),
        sum(p.sessions * p.completions for p in patterns),
    )


def _interval(value: float, draws: Floats) -> Interval:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))


def resampled_rates(patterns: Sequence[Pattern], rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """Shares finished in so many draws of as many sessions, with putting back.

    Args:
        patterns: at least one, with impressions in it.
        rng: the draws' randomness.
        draws: how many.

    Returns:
        float64 ``(draws,)``, each in [0, 1].
    """
    counts = np.array([p.sessions for p in patterns], np.int64)
    sizes = np.array([p.impressions for p in patterns], np.float64)
    finished = np.array([p.completions for p in patterns], np.float64)
    total = int(counts.sum())
    step = max(1, _CELLS_AT_ONCE // len(patterns))
    rates = []
    for start in range(0, draws, step):
        drawn = rng.multinomial(total, counts / total, size=min(step, draws - start))
        rates.append((drawn @ finished) / (drawn @ sizes))
    return np.concatenate(rates)
