"""What a simulated viewer has to tell of the content it saw, until the server has taken it.

As ``Outbox`` in ``ui/live/impressions.js``: one batch at a time is on its way, it is sent again where no
answer comes, and the id of each event lets the server see that it came twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BATCH_S, AGAIN_S = 4.0, 5.0
MOST, KEPT = 6, 500
"""As in ``impressions.js``."""

EVENTS = ("impression", "start", "firstQuartile", "midpoint", "thirdQuartile", "complete")
"""Of a showing, in this order."""


@dataclass(slots=True)
class Showing:
    """One decision on the page, and what was told of it.

    Attributes:
        attributes: of its element on the page.
        since_s: when it came, monotonic seconds.
        visit: number of the visit that it came in.
        told: so many of its events have happened.
    """

    attributes: Mapping[str, str]
    since_s: float
    visit: int
    told: int = 0

    def due(self, now_s: float) -> str | None:
        """The next event of it that has happened by now."""
        if self.told == len(EVENTS):
            return None
        planned_s = max(1.0, float(self.attributes.get("data-planned-ms", 10_000)) / 1000)
        after_s = (1.0, 1.2, *(planned_s * quarter / 4 for quarter in range(1, 5)))[self.told]
        return EVENTS[self.told] if now_s - self.since_s >= after_s else None


@dataclass(slots=True)
class Outbox:
    """Keeps events until they are taken, and remembers which ones were.

    Attributes:
        told: events that were sent at least once, id → name.
        acknowledged: those that the server said it has taken, id → id of the impression.
        disowned: those it took when the visit that saw them had ended: it keeps no such event.
    """

    told: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)
    disowned: set[str] = field(default_factory=set)
    _waiting: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    _sent: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    _number: int = 0
    _sent_at_s: float = -math.inf

    def __len__(self) -> int:
        """Events that the server has not taken yet."""
        return len(self._waiting) + len(self._sent)

    def put(self, visit: int, event: dict[str, Any]) -> None:
        """Adds an event; of very many the oldest goes.

        Args:
            visit: number of the visit that saw it.
            event: as the page tells it, but with ``at_s``, when it happened, for ``age_ms``.
        """
        self._waiting = [*self._waiting, (visit, event)][-KEPT:]

    def taken(self, number: int, visit: int) -> None:
        """The server has taken that batch; ``visit`` is the number of the one that is on."""
        if not self._sent or number != self._number:
            return
        for of, event in self._sent:
            if of == visit:
                self.acknowledged[event["event_id"]] = event["impression_id"]
            else:
                self.disowned.add(event["event_id"])
        if len(self._sent) == MOST:
            # A full batch was not all.
            self._sent_at_s = -math.inf
        self._sent = []

    def due(self, now_s: float) -> dict[str, Any] | None:
        """The next batch to send, or None."""
        since_s = now_s - self._sent_at_s
        if self._sent and since_s >= AGAIN_S:
            self._waiting, self._sent = [*self._sent, *self._waiting], []
        if self._sent or not self._waiting or since_s < BATCH_S:
            return None
        self._number, self._sent_at_s = self._number + 1, now_s
        self._sent, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        self.told |= {event["event_id"]: event["name"] for _, event in self._sent}
        events = [
            {"age_ms": 1000 * (now_s - event["at_s"])} | {k: v for k, v in event.items() if k != "at_s"}
            for _, event in self._sent
        ]
        return {"number": self._number, "events": events}
