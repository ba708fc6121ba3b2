"""How one of the items that fit is chosen: each policy is a probability for every one of them.

A choice is a draw from those probabilities, so the propensity on record is true by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from content.choosing.eligibility import Vector

Policy = Callable[[Vector], Vector]
"""``scores (k,) > 0 -> probabilities (k,)``, k ≥ 1."""


def weighted_random(scores: Vector) -> Vector:
    """By chance, in proportion to the scores."""
    shares: Vector = scores / scores.sum()
    return shares


def best_score(scores: Vector) -> Vector:
    """Always the best; of equals the first in the catalog."""
    probabilities = np.zeros(len(scores))
    probabilities[int(scores.argmax())] = 1.0
    return probabilities


POLICIES: Mapping[str, Policy] = {"weighted_random": weighted_random, "best_score": best_score}
"""The policies by the name that a decision records."""

CONTROL_POLICY = "weighted_random"
"""How the control arm draws, in every slot: any rule that prefers the best would always show the same."""
