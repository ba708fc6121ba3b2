"""How often items with a daily cap were shown today, all sessions together, at hand for every tick."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from content.errors import DatabaseError
from content.types import Catalog, CatalogItem, Moment

REFRESH_S = 5.0

_log = logging.getLogger(__name__)


class TodayCounts:
    """Asks the database every few seconds; while it does not answer, the last counts go on.

    A day that ends in an outage is not noticed before the outage ends: caps then hold a little longer, and
    are never exceeded. Safe to share between threads.

    Args:
        count: as ``content.records.recorder.Recorder.impressions_today``.
        refresh_s: how long counts are used.
    """

    def __init__(
        self,
        count: Callable[[Iterable[CatalogItem], datetime], Mapping[str, int]],
        *,
        refresh_s: float = REFRESH_S,
    ) -> None:
        self._count = count
        self._refresh_s = refresh_s
        self._lock = threading.Lock()
        self._counts: Mapping[str, int] = {}
        self._asked_at_s: float | None = None

    def counts(self, catalog: Catalog, now: Moment) -> Mapping[str, int]:
        """Item → impressions today, for ``PickContext.today``; never raises, cheap enough for every tick."""
        # While one page waits for a slow database the others go on with what they have.
        if not self._lock.acquire(blocking=False):
            return self._counts
        try:
            if self._asked_at_s is None or not 0 <= now.at_s - self._asked_at_s < self._refresh_s:
                self._asked_at_s = now.at_s
                capped = [item for item in catalog.items if item.daily_cap is not None]
                try:
                    self._counts = dict(self._count(capped, now.at_utc)) if capped else {}
                except DatabaseError as error:
                    _log.warning("Daily caps go by the last counts: %s", error)
            return self._counts
        finally:
            self._lock.release()
