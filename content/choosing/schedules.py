"""When items may show: between dates, on days of the week and in hours of the day.

Days and hours are what the clock on the wall says in the item's own time zone. Where that clock is put
forward, an hour that does not exist shows nothing; where it is put back, an hour that comes twice counts
twice. Both follow from asking the moment in UTC what time it is there, and from keeping nothing in between,
so a clock that was wrong and is set right needs no repair here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from content.types import CatalogItem, Schedule

DAY_US = 24 * 3600 * 1_000_000
_EVERY_DAY = 0b111_1111


@lru_cache(maxsize=1024)
def find_zone(name: str) -> tzinfo | None:
    """The time zone of that IANA name, or None where this machine does not know it."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def in_schedule(item: CatalogItem, at_utc: datetime) -> bool:
    """True when the item may show at that moment; never in a zone that this machine does not know."""
    schedule = item.schedule
    if schedule.starts_at_utc is not None and at_utc < schedule.starts_at_utc:
        return False
    if schedule.ends_at_utc is not None and schedule.ends_at_utc <= at_utc:
        return False
    if _always_open(schedule):
        return True
    zone = find_zone(schedule.time_zone)
    if zone is None:
        return False
    local = at_utc.astimezone(zone)
    today = not schedule.weekdays or local.weekday() in schedule.weekdays
    begin, end, now = schedule.from_time, schedule.until_time, local.time()
    if begin is None or end is None:
        return today
    if begin < end:
        return today and begin <= now < end
    yesterday = not schedule.weekdays or (local.weekday() - 1) % 7 in schedule.weekdays
    return (today and begin <= now) or (yesterday and now < end)


def _always_open(schedule: Schedule) -> bool:
    return not schedule.weekdays and (schedule.from_time is None or schedule.until_time is None)


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The schedules of ``n`` items as arrays, of which ``t`` have days or hours.

    Attributes:
        starts_s, ends_s: ``(n,)`` UTC seconds since 1970, infinite where open.
        timed: ``(t,)`` positions of the items with days or hours.
        days: uint8 ``(t,)``, bit 0 is Monday; 0 where the zone is not known here.
        from_us, until_us: int64 ``(t,)`` microseconds of the local day.
        zone_of: ``(t,)`` positions in ``zones``.
        zones: each zone once.
    """

    starts_s: npt.NDArray[np.float64]
    ends_s: npt.NDArray[np.float64]
    timed: npt.NDArray[np.intp]
    days: npt.NDArray[np.uint8]
    from_us: npt.NDArray[np.int64]
    until_us: npt.NDArray[np.int64]
    zone_of: npt.NDArray[np.intp]
    zones: tuple[tzinfo, ...]


def lay_out(items: Sequence[CatalogItem]) -> Calendar:
    """The schedules of those items as arrays."""
    timed = [n for n, item in enumerate(items) if not _always_open(item.schedule)]
    schedules = [items[n].schedule for n in timed]
    zones: dict[str, int] = {}
    days, known = [], []
    for schedule in schedules:
        zone = find_zone(schedule.time_zone)
        if zone is None:
            days.append(0)
        else:
            days.append(sum(1 << day for day in set(schedule.weekdays)) or _EVERY_DAY)
            if schedule.time_zone not in zones:
                zones[schedule.time_zone] = len(zones)
                known.append(zone)
    return Calendar(
        starts_s=np.array([_seconds(i.schedule.starts_at_utc, -np.inf) for i in items], np.float64),
        ends_s=np.array([_seconds(i.schedule.ends_at_utc, np.inf) for i in items], np.float64),
        timed=np.array(timed, np.intp),
        days=np.array(days, np.uint8),
        from_us=np.array([_microseconds(s.from_time, 0) for s in schedules], np.int64),
        until_us=np.array([_microseconds(s.until_time, DAY_US) for s in schedules], np.int64),
        # An unknown zone takes the first one's clock, and has no day on which that would count.
        zone_of=np.array([zones.get(s.time_zone, 0) for s in schedules], np.intp),
        zones=tuple(known) or (UTC,),
    )


def _seconds(moment: datetime | None, when_open: float) -> float:
    return when_open if moment is None else moment.timestamp()


def _microseconds(clock: time | None, when_open: int) -> int:
    if clock is None:
        return when_open
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond


def open_at(calendar: Calendar, at_utc: datetime) -> npt.NDArray[np.bool_]:
    """``in_schedule`` of all items at once: bool ``(n,)``."""
    now_s = at_utc.timestamp()
    is_open: npt.NDArray[np.bool_] = (calendar.starts_s <= now_s) & (now_s < calendar.ends_s)
    if not len(calendar.timed):
        return is_open
    clocks = [at_utc.astimezone(zone) for zone in calendar.zones]
    weekdays = np.array([clock.weekday() for clock in clocks])
    now_us = np.array([_microseconds(clock.time(), 0) for clock in clocks])[calendar.zone_of]
    today = (calendar.days & (1 << weekdays).astype(np.uint8)[calendar.zone_of]) != 0
    yesterday = (calendar.days & (1 << (weekdays - 1) % 7).astype(np.uint8)[calendar.zone_of]) != 0
    begun, not_over = calendar.from_us <= now_us, now_us < calendar.until_us
    past_midnight = calendar.until_us <= calendar.from_us
    is_open[calendar.timed] &= np.where(
        past_midnight, (today & begun) | (yesterday & not_over), today & begun & not_over
    )
    return is_open
