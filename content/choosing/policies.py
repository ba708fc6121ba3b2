"""How one of the items that fit is chosen: each policy is a probability for every one of them.

A choice is a draw from those probabilities, so the propensity on record is true by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from content.choosing.eligibility import Indices, Vector

Policy = Callable[[Vector, Indices, "int | None"], Vector]
"""``(scores (k,) > 0, positions (k,) rising, last position or None) -> probabilities (k,)``, k ≥ 1."""


def weighted_random(scores: Vector, positions: Indices, last: int | None) -> Vector:
    """By chance, in proportion to the scores."""
    shares: Vector = scores / scores.sum()
    return shares


def best_score(scores: Vector, positions: Indices, last: int | None) -> Vector:
    """Always the best; of equals the first in the catalog."""
    return _certain(len(scores), int(scores.argmax()))


def fixed_order(scores: Vector, positions: Indices, last: int | None) -> Vector:
    """The one that follows the last shown in catalog order, and after the last one the first."""
    after = 0 if last is None else int(np.searchsorted(positions, last, side="right"))
    return _certain(len(scores), after % len(scores))


def _certain(count: int, chosen: int) -> Vector:
    probabilities = np.zeros(count)
    probabilities[chosen] = 1.0
    return probabilities


POLICIES: Mapping[str, Policy] = {
    "weighted_random": weighted_random,
    "fixed_order": fixed_order,
    "best_score": best_score,
}
"""The policies by the name that a decision records."""

CONTROL_POLICY = "weighted_random"
"""How the control arm draws, in every slot: any rule that prefers the best would always show the same."""
