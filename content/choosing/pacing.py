"""Spreading items over time: what rests, what was on just before, and who is owed a showing.

The stage after *matched*. What it takes away and whose odds it shifts depends on the session's history alone,
and its odds are the ones the draw is made with, so the propensity on record stays true.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from content.choosing.eligibility import History, Matched, Shelf, Vector
from content.choosing.policies import Policy

CORRECTION = 0.25
"""How much of what an item is owed is added to its odds at the next draw.

With it the count of its showings swings about ``share · draws`` with a variance of some
``share · (1 - share) / (2 · CORRECTION)`` however long it runs, the stationary one of
``owed' = owed + share - shown`` with ``P(shown) = share + CORRECTION · owed``; with odds that stay the same
it would grow with the number of draws.
"""

ROOM = 0.25
"""What must be left of an item's share of the odds, and of its peers', so that none is ever sure to come."""


def paced(shelf: Shelf, fit: Matched, history: History, last: int | None, at_s: float) -> Matched:
    """Leave out what rests, and what was on just before where anything else fits.

    An item with a share may come twice in a row: its share alone says how often it comes.

    Args:
        shelf: the items of one kind.
        fit: the matched ones.
        history: what this session was shown.
        last: position of what must not come twice in a row, or None.
        at_s: now.
    """
    resting = [
        shelf.positions[item_id]
        for item_id, until_s in history.rests_until.items()
        if at_s < until_s and item_id in shelf.positions
    ]
    if resting:
        fit = _without(fit, resting)
    if last is not None and len(fit.positions) > 1 and not shelf.shares[last]:
        fit = _without(fit, [last])
    return fit


def _without(fit: Matched, positions: list[int]) -> Matched:
    kept = ~np.isin(fit.positions, positions)
    return Matched(fit.positions[kept], fit.scores[kept], fit.by_mood)


def chances(
    shelf: Shelf, draw: Matched, history: History, policy: Policy
) -> tuple[Vector, Mapping[str, float]]:
    """The probability of each item of the draw, and the shares that were sought.

    Without shares the policy gives the odds. An item with a share ``s`` gets ``s + CORRECTION · owed``, kept
    within ``ROOM``; ``owed`` counts, over the draws it was in, the shares sought less the showings it got.
    The policy divides what is left among the others. Shares that come to more than 1 are cut in proportion;
    where all items of the draw have one they are stretched to 1.

    Args:
        shelf: the items of one kind.
        draw: at least one of them.
        history: what they are owed.
        policy: for the items without a share.

    Returns:
        ``(k,)`` summing to 1, and item → share sought, in (0, 1], of the items that have one.
    """
    wanted = shelf.shares[draw.positions]
    shared = wanted > 0
    if not shared.any():
        return policy(draw.scores), {}
    sought = wanted[shared]
    alone = bool(shared.all())
    sought = sought / (sought.sum() if alone else max(1.0, sought.sum()))
    ids = [shelf.ids[n] for n in draw.positions[shared]]
    owed = np.array([history.owed.get(item_id, 0.0) for item_id in ids])
    odds = np.clip(sought + CORRECTION * owed, ROOM * sought, 1 - ROOM * (1 - sought))
    most = 1 - ROOM * max(0.0, 1 - float(sought.sum()))
    if alone or odds.sum() > most:
        odds *= most / odds.sum()
    probabilities = np.zeros(len(wanted))
    probabilities[shared] = odds
    if not alone:
        others = policy(draw.scores[~shared])
        probabilities[~shared] = others * max(0.0, 1 - odds.sum())
    return probabilities / probabilities.sum(), dict(zip(ids, sought.tolist(), strict=True))
