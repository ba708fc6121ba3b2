"""One choice for one slot: from catalog, mood and history to a decision that says why."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np

from content.choosing.eligibility import (
    MATCH_SHARE,
    History,
    Indices,
    Matched,
    Shelf,
    Vector,
    by_weight,
    defaults,
    is_known,
    matched,
    servable,
    shelve,
)
from content.choosing.pacing import chances, paced
from content.choosing.policies import CONTROL_POLICY, POLICIES
from content.choosing.reasons import explain, explain_nothing
from content.choosing.schedules import open_at
from content.types import Arm, Candidate, Catalog, Decision, Funnel, Kind, Moment, PickContext


@dataclass(frozen=True, slots=True)
class PickerOptions:
    """How to choose.

    Attributes:
        policies: slot → name of a policy in ``POLICIES``. Themes take the best score, so that the page
            does not change its colours by chance.
        match_share: share of the best fit that an item needs to be in the draw, in (0, 1]; see ``matched``.

    Raises:
        ValueError: an unknown policy, a slot without one, or a share outside (0, 1].
    """

    policies: Mapping[Kind, str] = field(
        default_factory=lambda: {
            Kind.AD: "weighted_random",
            Kind.MEDIA: "weighted_random",
            Kind.THEME: "best_score",
        }
    )
    match_share: float = MATCH_SHARE

    def __post_init__(self) -> None:
        if set(self.policies) != set(Kind) or not set(self.policies.values()) <= set(POLICIES):
            raise ValueError(
                f"Expected for each of {', '.join(Kind)} one of {', '.join(POLICIES)}. "
                f"Received: {dict(self.policies)}"
            )
        if not 0 < self.match_share <= 1:
            raise ValueError(f"Expected a match_share in (0, 1]. Received: {self.match_share}")


class Ranking(Sequence[Candidate]):
    """The items of a draw with their scores and chances, best first; made into ``Candidate``s when read.

    A decision over thousands of items keeps three arrays instead of thousands of objects.
    """

    __slots__ = ("_chances", "_ids", "_scores")

    def __init__(self, ids: tuple[str, ...], scores: Vector, chances: Vector) -> None:
        self._ids = ids
        self._scores = scores
        self._chances = chances

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Candidate]: ...
    def __getitem__(self, index: int | slice) -> Candidate | Sequence[Candidate]:
        if isinstance(index, slice):
            return Ranking(self._ids[index], self._scores[index], self._chances[index])
        return Candidate(self._ids[index], float(self._scores[index]), float(self._chances[index]))

    def __iter__(self) -> Iterator[Candidate]:
        return map(Candidate, self._ids, self._scores.tolist(), self._chances.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash((self._ids, self._scores.tobytes(), self._chances.tobytes()))

    def __repr__(self) -> str:
        return f"Ranking({tuple(self)!r})"


class Picker:
    """Chooses from a catalog; keeps its arrays until the catalog changes. Safe to share between threads.

    Args:
        load_catalog: gives the catalog to choose from; cheap, as it is asked at every pick.
        options: policies and thresholds.
    """

    def __init__(
        self,
        load_catalog: Callable[[], Catalog],
        options: PickerOptions | None = None,
    ) -> None:
        self.options = options or PickerOptions()
        self._load_catalog = load_catalog
        # One tuple, replaced as a whole: two threads may both prepare a new catalog, none sees half of it.
        self._prepared: tuple[Catalog, Mapping[Kind, Shelf]] | None = None

    def shelf(self, catalog: Catalog, kind: Kind) -> Shelf:
        """The catalog's items of one kind as arrays."""
        prepared = self._prepared
        if prepared is None or prepared[0] is not catalog:
            prepared = (catalog, {k: shelve(catalog, k) for k in Kind})
            self._prepared = prepared
        return prepared[1][kind]

    def offer(self, catalog: Catalog, kind: Kind, now: Moment) -> bytes:
        """Which items of one kind their schedules allow now: changes when somebody's hours begin or end."""
        return open_at(self.shelf(catalog, kind).calendar, now.at_utc).tobytes()

    def pick(
        self,
        slot: Kind,
        context: PickContext,
        history: History,
        now: Moment,
        rng: np.random.Generator,
        *,
        catalog: Catalog | None = None,
    ) -> Decision:
        """Choose the item for a slot.

        The item that the slot showed last is left out where another one fits (ads and media; themes may
        stay). In the control arm every servable item is in the draw, by weight alone. Where all that fit the
        mood are cooling down, the default items show.

        Args:
            slot: where it will show.
            context: for whom.
            history: what this session has seen.
            now: for schedules, cool-downs and the record.
            rng: the only source of chance, the decision's id included.
            catalog: what to choose from instead of what ``load_catalog`` gives.

        Returns:
            The decision; its ``item_id`` is None where nothing can be shown.
        """
        if catalog is None:
            catalog = self._load_catalog()
        shelf = self.shelf(catalog, slot)
        policy = CONTROL_POLICY if context.arm is Arm.CONTROL else self.options.policies[slot]
        positions, fit, draw = self._draw(shelf, slot, context, history, now)

        decision_id = str(uuid.UUID(bytes=rng.bytes(16), version=4))
        probabilities = draw.scores
        shares: Mapping[str, float] = {}
        if not len(draw.positions):
            item_id, version, propensity, score = None, 0, 1.0, 0.0
            reason = explain_nothing(slot, known=is_known(context), picked=context.picked)
        else:
            probabilities, shares = chances(shelf, draw, history, POLICIES[policy])
            chosen = int(rng.choice(len(probabilities), p=probabilities))
            item = shelf.items[draw.positions[chosen]]
            item_id, version = item.item_id, item.version
            propensity, score = float(probabilities[chosen]), float(draw.scores[chosen])
            reason = explain(
                item,
                context,
                now.at_s,
                by_mood=draw.by_mood,
                drawn_from=len(probabilities),
                policy=policy,
                share=shares.get(item_id),
            )
        best_first = np.argsort(-draw.scores, kind="stable")
        return Decision(
            decision_id=decision_id,
            slot=slot,
            item_id=item_id,
            item_version=version,
            catalog_version=catalog.version,
            model_version=context.model_version,
            policy=policy,
            arm=context.arm,
            arm_share=context.arm_share,
            propensity=propensity,
            score=score,
            mood=context.mood,
            eligible=Ranking(
                tuple(shelf.ids[n] for n in draw.positions[best_first]),
                draw.scores[best_first],
                probabilities[best_first],
            ),
            shares=shares,
            funnel=Funnel(len(shelf.items), len(positions), len(fit.positions), len(draw.positions)),
            by_mood=draw.by_mood,
            strategy=context.strategy,
            reason=reason,
            decided_at=now,
            picked=context.picked,
            reader=context.reader,
        )

    def draw(
        self, slot: Kind, context: PickContext, history: History, now: Moment, catalog: Catalog
    ) -> Matched:
        """What ``pick`` would draw from now, with its scores; takes no chance and decides nothing."""
        return self._draw(self.shelf(catalog, slot), slot, context, history, now)[2]

    def _draw(
        self, shelf: Shelf, slot: Kind, context: PickContext, history: History, now: Moment
    ) -> tuple[Indices, Matched, Matched]:
        """The servable positions, what of them fits, and what of that is in the draw."""
        not_again = None if slot is Kind.THEME else shelf.positions.get(history.last.get(slot, ""))
        positions = servable(shelf, context.mood, history, now.at_utc, context.today)
        if context.arm is Arm.CONTROL:
            fit = by_weight(shelf, positions)
        else:
            fit = matched(shelf, positions, context, self.options.match_share)
        drawn = paced(shelf, fit, history, not_again, now.at_s)
        if fit.by_mood and not len(drawn.positions):
            fit = defaults(shelf, positions)
            drawn = paced(shelf, fit, history, not_again, now.at_s)
        return positions, fit, drawn
