"""What was decided and what became of it: the records that insights are drawn from.

No frame, no face and no name is in any of them. A session is a random number, linked to nothing else. The
events are the browser's own (its media element, its viewport, a tap); a server's timer is no event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from content.types import Arm, Decision, Kind, Reader, Strategy
from emotion.labels import UNKNOWN, label_of
from emotion.types import EmotionScores


class EventName(StrEnum):
    """The field's standard names (IAB's VAST for media, the viewport's for impressions)."""

    IMPRESSION = "impression"
    START = "start"
    FIRST_QUARTILE = "firstQuartile"
    MIDPOINT = "midpoint"
    THIRD_QUARTILE = "thirdQuartile"
    COMPLETE = "complete"
    CLICK = "click"
    LIKE = "like"
    DISLIKE = "dislike"
    SKIP = "skip"


QUARTILES = {
    EventName.START: 0,
    EventName.FIRST_QUARTILE: 1,
    EventName.MIDPOINT: 2,
    EventName.THIRD_QUARTILE: 3,
    EventName.COMPLETE: 4,
}
"""How many quarters of an item have played at each event."""


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as it is kept, before anything of it is seen.

    Attributes:
        session_id: random, of one visit.
        mood: label of the mood it answered, or ``unknown``.
        scores: the belief then; None where nothing was read.
        eligible: id and chance of each item of the draw, best first (see ``KEPT_CANDIDATES``).
        eligible_count: how many there were.

    The other fields are the decision's own.
    """

    decision_id: str
    session_id: str
    site: str
    slot: Kind
    item_id: str | None
    item_version: int
    catalog_version: int
    model_version: str
    policy: str
    arm: Arm
    arm_share: float
    propensity: float
    strategy: Strategy
    picked: bool
    reader: Reader | None
    by_mood: bool
    mood: str
    scores: EmotionScores | None
    eligible: tuple[tuple[str, float], ...]
    eligible_count: int
    decided_at_utc: datetime


KEPT_CANDIDATES = 50
"""Of a draw from thousands the likeliest are kept, with the number of all."""


def record_of(decision: Decision, session_id: str, site: str) -> DecisionRecord:
    """A decision with whose it was, ready to be kept."""
    mood = decision.mood
    return DecisionRecord(
        decision_id=decision.decision_id,
        session_id=session_id,
        site=site,
        slot=decision.slot,
        item_id=decision.item_id,
        item_version=decision.item_version,
        catalog_version=decision.catalog_version,
        model_version=decision.model_version,
        policy=decision.policy,
        arm=decision.arm,
        arm_share=decision.arm_share,
        propensity=decision.propensity,
        strategy=decision.strategy,
        picked=decision.picked,
        reader=decision.reader,
        by_mood=decision.by_mood,
        mood=mood_label(decision),
        scores=mood.scores if mood is not None else None,
        eligible=tuple((c.item_id, c.chance) for c in decision.eligible[:KEPT_CANDIDATES]),
        eligible_count=len(decision.eligible),
        decided_at_utc=decision.decided_at.at_utc,
    )


def mood_label(decision: Decision) -> str:
    """The name of the mood that a decision answered, or ``unknown``."""
    mood = decision.mood
    return label_of(mood.dominant if mood is not None else None)


@dataclass(frozen=True, slots=True)
class ImpressionEvent:
    """One thing that a viewer's browser saw happen.

    Attributes:
        event_id: random, made in the browser: the same event sent twice is kept once; its impression's
            visible time grows where the second one knows of more.
        impression_id: of this showing; the same for all its events.
        decision_id: of the decision that put the item there.
        at_utc: when it happened, by this server's clock (the browser says how long ago).
        visible_ms: how long at least half of the item has been in view by then, in milliseconds.
        mood: label of the mood at that moment, or ``unknown``.
        scores: the belief at that moment, or None.
    """

    event_id: str
    impression_id: str
    decision_id: str
    session_id: str
    name: EventName
    at_utc: datetime
    visible_ms: int
    mood: str = UNKNOWN
    scores: EmotionScores | None = None
