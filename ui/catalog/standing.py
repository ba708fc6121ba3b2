"""Which items show now, later or never: in words on their cards, and at a glance above the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from content.catalog.coverage import MOST_SURE, Cause, Standing, State, standings
from content.types import Catalog, CatalogItem, Status
from ui.catalog.browse import Coverage, coverage
from ui.catalog.dates import last_day
from ui.catalog.words import DAYS, date_words, end_words
from ui.look.html import render
from ui.look.words import counted

LISTED = 30
_WISHED: Final = frozenset({Cause.DRAFT, Cause.ARCHIVED})
_FRESH_S: Final = 60


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """How all items stand at a moment.

    Attributes:
        found: item id → standing.
        later: published items that will show by themselves, in catalog order.
        never: published items that cannot show, in catalog order.
        coverage: what each expression can draw on at this moment.
        covered_until_utc: when the first of that ends with nothing in its place; None where it goes on.
    """

    found: Mapping[str, Standing]
    later: tuple[CatalogItem, ...]
    never: tuple[CatalogItem, ...]
    coverage: Coverage
    covered_until_utc: datetime | None


def stand(catalog: Catalog, at_utc: datetime) -> Standings:
    """How all items stand; worked out again once a minute."""
    # A kept answer holds its catalog, so no other catalog can have the same identity meanwhile.
    return _stand(id(catalog), int(at_utc.timestamp() // _FRESH_S), catalog)[1]


@st.cache_resource(max_entries=4, show_spinner=False)
def _stand(identity: int, minute: int, _catalog: Catalog) -> tuple[Catalog, Standings]:
    found = standings(_catalog, datetime.fromtimestamp(minute * _FRESH_S, UTC))
    of = {state: [i for i in _catalog.items if found[i.item_id].state is state] for state in State}
    never = tuple(i for i in of[State.NEVER] if found[i.item_id].cause not in _WISHED)
    covered = coverage(of[State.NOW])
    until = _covered_until(of[State.NOW], covered)
    return _catalog, Standings(found, tuple(of[State.LATER]), never, covered, until)


def _covered_until(live: Sequence[CatalogItem], covered: Coverage) -> datetime | None:
    ends = sorted({i.schedule.ends_at_utc for i in live if i.schedule.ends_at_utc is not None})
    for end in ends:
        left = [i for i in live if i.schedule.ends_at_utc is None or i.schedule.ends_at_utc > end]
        if len(coverage(left).gaps) > len(covered.gaps):
            return end
    return None


def opening_words(opens_utc: datetime, at_utc: datetime, time_zone: str) -> str:
    """``today at 22:00``, ``Monday``, ``Monday at 9:00``, ``3 May 2026``: when something opens."""
    zone = ZoneInfo(time_zone)
    local, today = opens_utc.astimezone(zone), at_utc.astimezone(zone).date()
    hour = "" if (local.hour, local.minute) == (0, 0) else f" at {local.hour}:{local.minute:02d}"
    if local.date() == today:
        return f"today{hour}"
    if local.date() == today + timedelta(1):
        return f"tomorrow{hour}"
    if local.date() < today + timedelta(7):
        return f"{DAYS[local.weekday()]}{hour}"
    return date_words(opens_utc, zone)


def standing_words(standing: Standing, item: CatalogItem, catalog: Catalog, at_utc: datetime) -> str:
    """Why an item does not show now, in a sentence; empty for one that does or that editors keep back."""
    rival = catalog.get(standing.rival_id) if standing.rival_id else None
    name = f"“{rival.title}”" if rival else "Another item"
    match standing.cause:
        case Cause.NOT_YET | Cause.CLOSED if standing.next_utc is not None:
            again = "Shows" if standing.cause is Cause.NOT_YET else "Shows again"
            return f"{again} from {opening_words(standing.next_utc, at_utc, item.schedule.time_zone)}."
        case Cause.ENDED if item.schedule.ends_at_utc is not None:
            return f"Its time is over: {_ended(item.schedule.ends_at_utc, item.schedule.time_zone)}."
        case Cause.NO_HOUR:
            return "Never shows: its days and hours do not fall between its dates."
        case Cause.UNKNOWN_ZONE:
            return f"Never shows: this computer does not know the time zone {item.schedule.time_zone}."
        case Cause.TOO_SURE:
            return (
                f"Never shows: it asks for a reading that is {item.min_confidence:.0%} sure, and none is "
                f"surer than {MOST_SURE:.0%}."
            )
        case Cause.NO_MOOD:
            return "Never shows: no expression reaches its region of the map."
        case Cause.OUTDONE:
            return f"Never shows: {name} always fits better, or as well and comes first."
        case Cause.TOO_LIGHT:
            return (
                f"All but never shows: next to its peers its weight of {item.weight:g} is drawn less than "
                "once in 10,000 times."
            )
    return ""


def _ended(ends_at_utc: datetime, time_zone: str) -> str:
    """``its last day was 30 November 2026``, or when on a day it ended, by the clocks of the item's zone."""
    zone = ZoneInfo(time_zone)
    verb = "its last day was" if last_day(ends_at_utc, zone)[1] is None else "it ended on"
    return f"{verb} {end_words(ends_at_utc, zone)}"


def shown_words(items: Iterable[CatalogItem], catalog: Catalog, at_utc: datetime) -> str:
    """What viewers see of items that were just saved, in a sentence that is true at this moment.

    Args:
        items: as they are now.
        catalog: that holds them.
        at_utc: now.
    """
    found = standings(catalog, at_utc)
    live = [item for item in items if item.status is Status.PUBLISHED]
    held = [item for item in live if found[item.item_id].state is not State.NOW]
    if not live:
        return "Viewers do not see this."
    if not held:
        ends = [item.schedule.ends_at_utc for item in live]
        if len(live) == 1 and ends[0] is not None:
            until = end_words(ends[0], ZoneInfo(live[0].schedule.time_zone))
            return f"Live pages show it now, until {until}."
        return "Live pages show it now." if len(live) == 1 else "Live pages show them now."
    if len(live) == 1:
        why = standing_words(found[held[0].item_id], held[0], catalog, at_utc)
        return f"Live pages do not show it now. {why}".strip()
    return f"Live pages show {len(live) - len(held)} of {len(live)} now; the list says why not the others."


def show_standings(stood: Standings, catalog: Catalog, at_utc: datetime) -> None:
    """What can never show and what will show later, each with its reason."""
    for items, words, key in (
        (stood.never, f"{counted(len(stood.never), 'published item')} can never show", "never"),
        (stood.later, f"{counted(len(stood.later), 'published item')} will show later", "later"),
    ):
        if not items:
            continue
        with st.expander(words, key=f"standing-{key}"):
            lines = [
                (item, standing_words(stood.found[item.item_id], item, catalog, at_utc)) for item in items
            ]
            st.html(render("catalog/standings.html", key=key, lines=lines, most=LISTED))
