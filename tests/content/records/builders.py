"""A decision and an event as they are recorded, with anything in any field."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from content.records.impressions import DecisionRecord, EventName, ImpressionEvent
from content.types import Arm, Kind, Reader, Strategy
from emotion.labels import Emotion
from emotion.types import EmotionScores

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HAPPY = Emotion.HAPPY


def a_decision(decision_id: str = "d1", session_id: str = "s1", **fields) -> DecisionRecord:
    record = DecisionRecord(
        decision_id, session_id, "lobby", Kind.AD, "tea", 3, 12, "m@1", "weighted_random", Arm.MOOD, 0.9,
        0.25, Strategy.MATCH, False, Reader.DEVICE, True, "happy", EmotionScores.certain(HAPPY, 0.8),
        (("tea", 0.25), ("sun", 0.75)), 2, NOW,
    )  # fmt: skip
    return replace(record, **fields)


def an_event(name: EventName, at_s: float = 0.0, **fields) -> ImpressionEvent:
    event = ImpressionEvent(
        uuid.uuid4().hex, "i1", "d1", "s1", name, NOW + timedelta(seconds=at_s), int(at_s * 1000), "happy",
        EmotionScores.certain(HAPPY, 0.7),
    )  # fmt: skip
    return replace(event, **fields)
