"""A schedule's begin and end as people say them: a day, and a time of day only where it is not the whole day.

Kept is ``[starts, ends)`` in UTC. A first day begins at its midnight, and a last day is inclusive: it ends at
the midnight that follows it. Pure.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DayAndTime = tuple[date | None, time | None]
"""A day and the time on it; without a time the whole day is meant."""
NO_DAY: DayAndTime = (None, None)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins, in UTC; where a clock leaves midnight out, the moment at which it does."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def first_day(starts_at_utc: datetime | None, zone: ZoneInfo) -> DayAndTime:
    """The day on which something begins, as the clocks of ``zone`` say it."""
    if starts_at_utc is None:
        return NO_DAY
    local = _aware(starts_at_utc).astimezone(zone)
    return local.date(), None if _is_midnight(starts_at_utc, zone) else local.time()


def last_day(ends_at_utc: datetime | None, zone: ZoneInfo) -> DayAndTime:
    """The last day of something: the day before a midnight at which it ends."""
    if ends_at_utc is None:
        return NO_DAY
    local = _aware(ends_at_utc).astimezone(zone)
    if _is_midnight(ends_at_utc, zone):
        return local.date() - timedelta(days=1), None
    return local.date(), local.time()


def starts_at_utc(day: date, at: time | None, zone: ZoneInfo) -> datetime:
    """When something begins whose first day this is."""
    return midnight(day, zone) if at is None else datetime.combine(day, at, zone).astimezone(UTC)


def ends_at_utc(day: date, at: time | None, zone: ZoneInfo) -> datetime:
    """When something ends whose last day this is: at ``at``, or when the day is over."""
    return starts_at_utc(day + timedelta(days=1) if at is None else day, at, zone)


def _is_midnight(at_utc: datetime, zone: ZoneInfo) -> bool:
    return _aware(at_utc) == midnight(_aware(at_utc).astimezone(zone).date(), zone)


def _aware(at_utc: datetime) -> datetime:
    return at_utc if at_utc.tzinfo else at_utc.replace(tzinfo=UTC)
