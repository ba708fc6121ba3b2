"""Which items may be shown: pure stages from a whole catalog to the ones that fit.

*Servable* asks nothing of the mood's name: published, in schedule, under its caps, right number of
people. *Matched* asks how well an item's targets, or its region of the valence-arousal plane, meet the belief
over all seven expressions. What comes after them is in ``content.choosing.pacing`` and
``content.choosing.policies``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from content.choosing.schedules import Calendar, lay_out, open_at
from content.types import Audience, Catalog, CatalogItem, Kind, PickContext, Region, Status, Strategy
from emotion.labels import EMOTIONS, Emotion
from emotion.types import VALENCE_AROUSAL, EmotionScores, MoodEstimate

Indices = npt.NDArray[np.intp]
Vector = npt.NDArray[np.float64]

LIFT_GOALS: Mapping[Emotion, Emotion] = {
    Emotion.ANGRY: Emotion.NEUTRAL,
    Emotion.DISGUST: Emotion.NEUTRAL,
    Emotion.FEAR: Emotion.NEUTRAL,
    Emotion.SAD: Emotion.NEUTRAL,
    Emotion.NEUTRAL: Emotion.HAPPY,
    Emotion.SURPRISE: Emotion.HAPPY,
    Emotion.HAPPY: Emotion.HAPPY,
}
"""Where *lift* leads from each expression."""

MATCH_SHARE = 0.5
"""How much of the best that could fit an item must reach to be shown for a mood."""

REGION_EDGE = 0.5
"""How far outside a region, on the plane, a mood has to be to fit it not at all."""

_VA = np.array([VALENCE_AROUSAL[e] for e in EMOTIONS])
_LIFT = np.zeros((len(EMOTIONS), len(EMOTIONS)))
for _seen, _goal in LIFT_GOALS.items():
    _LIFT[_seen.index, _goal.index] = 1.0


@dataclass(frozen=True, slots=True)
class History:
    """What one session was shown, in as little as the rules need: bounded by the catalog, not by time.

    Attributes:
        last: slot → item shown there last.
        counts: item → how often it was shown.
        rests_until: item → when its cool-down is over, on the monotonic clock; only while it lasts.
        owed: item with a share → shares sought less showings got, over the draws it was in.
    """

    last: Mapping[Kind, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    rests_until: Mapping[str, float] = field(default_factory=dict)
    owed: Mapping[str, float] = field(default_factory=dict)

    def with_shown(self, slot: Kind, item_id: str, shares: Mapping[str, float] | None = None) -> History:
        """The history after ``item_id`` was drawn for ``slot``, and ``shares`` were sought in that draw."""
        owed = dict(self.owed)
        for shared, share in (shares or {}).items():
            owed[shared] = owed.get(shared, 0.0) + share - (shared == item_id)
        return replace(
            self,
            last={**self.last, slot: item_id},
            counts={**self.counts, item_id: self.counts.get(item_id, 0) + 1},
            owed=owed,
        )

    def with_left(self, item: CatalogItem, at_s: float) -> History:
        """The history after ``item`` has left its slot: its cool-down begins."""
        if not item.pacing.cool_down_s:
            return self
        resting = {name: until_s for name, until_s in self.rests_until.items() if at_s < until_s}
        resting[item.item_id] = at_s + item.pacing.cool_down_s
        return replace(self, rests_until=resting)

    def within(self, catalog: Catalog) -> History:
        """Without the items that the catalog no longer has; one that comes back begins anew."""
        known = {item.item_id for item in catalog.items}
        if known >= self.counts.keys() | self.rests_until.keys() | self.owed.keys():
            return self
        return replace(
            self,
            counts={name: n for name, n in self.counts.items() if name in known},
            rests_until={name: s for name, s in self.rests_until.items() if name in known},
            owed={name: n for name, n in self.owed.items() if name in known},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """The published items of one kind as arrays, in catalog order; made once a catalog.

    Attributes:
        items: the ``n`` items.
        ids: their ids.
        positions: id → position in ``items``.
        targets: ``(n, 7)`` in [0, 1], zero rows for default items and regions.
        aims: ``targets`` with each row scaled so that its largest is 1.
        regional: ``(r,)`` positions of the items with a region.
        regions: ``(r, 4)``: least and most valence, least and most arousal.
        weights: ``(n,)`` > 0.
        min_confidences: ``(n,)`` in [0, 1].
        is_default: bool ``(n,)``.
        one, several: bool ``(n,)``: fits one face, fits several; without a face an item must fit both.
        calendar: the schedules.
        caps: id → impressions a session at most, of the items that have a cap.
        daily_caps: id → impressions a day at most, likewise.
        shares: ``(n,)`` in [0, 1]; 0 where an item asks for none.
    """

    items: tuple[CatalogItem, ...]
    ids: tuple[str, ...]
    positions: Mapping[str, int]
    targets: Vector
    aims: Vector
    regional: Indices
    regions: Vector
    weights: Vector
    min_confidences: Vector
    is_default: npt.NDArray[np.bool_]
    one: npt.NDArray[np.bool_]
    several: npt.NDArray[np.bool_]
    calendar: Calendar
    caps: Mapping[str, int]
    daily_caps: Mapping[str, int]
    shares: Vector


def shelve(catalog: Catalog, kind: Kind) -> Shelf:
    """Lay out the published items of one kind for fast choosing."""
    items = tuple(i for i in catalog.items if i.kind is kind and i.status is Status.PUBLISHED)
    targets = np.zeros((len(items), len(EMOTIONS)))
    for row, item in enumerate(items):
        for emotion, share in item.targets.items():
            targets[row, emotion.index] = share
    ids = tuple(i.item_id for i in items)
    regions = {n: i.region for n, i in enumerate(items) if i.region is not None}
    return Shelf(
        items=items,
        ids=ids,
        positions={item_id: n for n, item_id in enumerate(ids)},
        targets=targets,
        aims=targets / np.where(targets.any(axis=1), targets.max(axis=1), 1.0)[:, None],
        regional=np.array(list(regions), np.intp),
        regions=np.array([region_bounds(r) for r in regions.values()], np.float64).reshape(-1, 4),
        weights=np.array([i.weight for i in items], np.float64),
        min_confidences=np.array([i.min_confidence for i in items], np.float64),
        is_default=np.array([i.is_default for i in items], np.bool_),
        one=np.array([i.audience is not Audience.SEVERAL for i in items], np.bool_),
        several=np.array([i.audience is not Audience.ONE for i in items], np.bool_),
        calendar=lay_out(items),
        caps={i.item_id: i.frequency_cap for i in items if i.frequency_cap is not None},
        daily_caps={i.item_id: i.daily_cap for i in items if i.daily_cap is not None},
        shares=np.array([i.pacing.share or 0.0 for i in items], np.float64),
    )


def region_bounds(region: Region) -> tuple[float, float, float, float]:
    """Least and most valence, least and most arousal."""
    return region.valence_min, region.valence_max, region.arousal_min, region.arousal_max


def servable(
    shelf: Shelf,
    mood: MoodEstimate | None,
    history: History,
    at_utc: datetime,
    today: Mapping[str, int] | None = None,
) -> Indices:
    """Positions of the items in schedule, under their caps, and right for the number of faces in view.

    Args:
        shelf: the items of one kind.
        mood: for the number of faces alone.
        history: for the caps a session.
        at_utc: now.
        today: item → its impressions today, for the caps a day; see ``PickContext.today``.
    """
    fits = open_at(shelf.calendar, at_utc)
    faces = mood.faces_seen if mood is not None else 0
    if faces <= 1:
        fits &= shelf.one
    if faces != 1:
        fits &= shelf.several
    used_up = [*_reached(shelf.caps, history.counts), *_reached(shelf.daily_caps, today or {})]
    fits[[shelf.positions[item_id] for item_id in used_up]] = False
    return np.flatnonzero(fits)


def _reached(caps: Mapping[str, int], counts: Mapping[str, int]) -> list[str]:
    return [item_id for item_id in caps.keys() & counts.keys() if counts[item_id] >= caps[item_id]]


def goal_belief(scores: EmotionScores, strategy: Strategy) -> Vector:
    """The belief that content should answer, ``(7,)``, sums to 1.

    *Match* takes the belief as it is. *Lift* moves the probability of each expression to where it
    should lead (``LIFT_GOALS``): the whole belief, not its top label.
    """
    belief = scores.probabilities.astype(np.float64)
    belief /= belief.sum()
    return belief @ _LIFT if strategy is Strategy.LIFT else belief


def is_known(context: PickContext) -> bool:
    """True when there is a mood to answer: one that is named, from a belief that is sure of something.

    Whoever named the mood has judged it, with hysteresis; a second threshold on its probability would
    undo that. So the floor asks the belief's top only: while a new mood is taking over, the one that
    holds may be small, and content waits for the new name.
    """
    mood = context.mood
    return mood is not None and mood.dominant is not None and mood.scores.confidence >= context.min_confidence


def region_closeness(region: Region, valence: float, arousal: float) -> float:
    """How well a point of the plane fits a region: 1 inside, evenly down to 0 at ``REGION_EDGE`` outside."""
    return float(closeness(np.array(region_bounds(region)), np.array([valence, arousal])))


def closeness(regions: Vector, points: Vector) -> Vector:
    """``region_closeness`` of bounds ``(…, 4)`` and points ``(…, 2)``, broadcast against each other."""
    outside = np.maximum(regions[..., 0::2] - points, points - regions[..., 1::2]).clip(min=0.0)
    close: Vector = (1 - np.hypot(outside[..., 0], outside[..., 1]) / REGION_EDGE).clip(min=0.0)
    return close


def answers(item: CatalogItem, emotion: Emotion, match_share: float = MATCH_SHARE) -> bool:
    """True when the item fits a mood of that expression alone, as ``matched`` judges it."""
    if item.region is not None:
        return region_closeness(item.region, *VALENCE_AROUSAL[emotion]) >= match_share * (1 - 1e-9)
    return bool(item.targets) and item.targets.get(emotion, 0.0) >= match_share * max(item.targets.values())


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """What fits, and how well.

    Attributes:
        positions: ``(k,)`` in the shelf, in catalog order.
        scores: ``(k,)`` > 0: weight times fit; of default items the weight alone.
        by_mood: False when these are the default items, or were not asked for the mood.
    """

    positions: Indices
    scores: Vector
    by_mood: bool


def by_weight(shelf: Shelf, positions: Indices) -> Matched:
    """Those items with their weights as scores, whatever the mood."""
    return Matched(positions, shelf.weights[positions], by_mood=False)


def defaults(shelf: Shelf, positions: Indices) -> Matched:
    """The default items among those positions."""
    return by_weight(shelf, positions[shelf.is_default[positions]])


def matched(shelf: Shelf, positions: Indices, context: PickContext, match_share: float) -> Matched:
    """Keep the items that fit the mood, or the default items where no mood is known or none fits.

    An item's score is weight × fit. Its fit is Σ p(emotion)·target(emotion) over the whole goal belief; with
    a region it is the likeliest expression's p times how close the belief's point of the plane (its expected
    valence and arousal) is to the region. So a region around the mood counts as much as a target meant
    wholly for the likeliest expression, and the two can stand in one draw.

    A belief always has some mass everywhere, so an ad for a mood of 3% would be drawn now and then, or
    always where it is alone. An item fits when

    * the mood is at least as sure as the item asks,
    * what it is meant for is there: Σ p(emotion)·target(emotion)/max(target) is at least ``match_share``
      of the likeliest expression's p, which an item meant for that expression alone would reach whole; of a
      region, that the point is within ``(1 - match_share) · REGION_EDGE`` of it,
    * and its fit is at least ``match_share`` of the best one's.

    Args:
        shelf: the items of one kind.
        positions: the servable ones.
        context: mood and strategy.
        match_share: in (0, 1].
    """
    if context.mood is not None and is_known(context):
        goal = goal_belief(context.mood.scores, context.strategy)
        aims, fits = shelf.aims @ goal, shelf.targets @ goal
        if len(shelf.regional):
            aims[shelf.regional] = fits[shelf.regional] = goal.max() * closeness(shelf.regions, goal @ _VA)
        sure = positions[shelf.min_confidences[positions] <= context.mood.confidence]
        # A hair less than the share: sums in another order must not decide.
        share = match_share * (1 - 1e-9)
        meant = sure[aims[sure] >= share * goal.max()]
        fit = fits[meant]
        best = fit >= share * fit.max(initial=0.0)
        if best.any():
            kept = meant[best]
            # Two tiny shares may multiply to zero, and a draw needs something to draw from.
            scores = np.maximum(shelf.weights[kept] * fit[best], np.finfo(np.float64).tiny)
            return Matched(kept, scores, by_mood=True)
    return defaults(shelf, positions)
