"""What differs between versions of an item, field by field and in words. Pure; no Streamlit here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

from content.catalog import history
from content.catalog.editing import item_data
from content.catalog.history import FieldChange
from content.types import CatalogItem
from ui.catalog.browse import field_name, same_value
from ui.catalog.form.theme import COLOR_NAMES
from ui.catalog.words import DAYS, EMPTY, moment, seconds, value_words

_PARTS: Final[Mapping[str, str]] = {
    "schedule.starts_at_utc": "Shows from",
    "schedule.ends_at_utc": "Shows until",
    "schedule.weekdays": "Days of the week",
    "schedule.from_time": "Hours from",
    "schedule.until_time": "Hours until",
    "schedule.time_zone": "Time zone",
    "region.valence_min": "Pleasant from",
    "region.valence_max": "Pleasant to",
    "region.arousal_min": "Lively from",
    "region.arousal_max": "Lively to",
    "pacing.min_dwell_s": "Stays at least",
    "pacing.cool_down_s": "Rests afterwards",
    "pacing.wait_for_end": "Waits for its end",
    "pacing.share": "Share of its place",
    "asset.type": "How the file is shown",
    "asset.location": "File",
    "asset.mime_type": "Kind of file",
    "asset.duration_s": "Length of the file",
    "asset.poster": "Still picture",
    "colors.font": "Letters",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two people changed, or that one of them did.

    Attributes:
        field: its name for people.
        before: when both began.
        theirs: as saved meanwhile.
        mine: as typed here.
    """

    field: str
    before: str
    theirs: str
    mine: str


def differences(before: CatalogItem, theirs: CatalogItem, mine: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Every field in which the three are not the same, in words."""
    old, other = item_data(before), item_data(theirs)
    found = []
    for name in old:
        own = mine.get(name, old[name])
        if not (same_value(old[name], other[name]) and same_value(old[name], own)):
            words = (value_words(name, value) for value in (old[name], other[name], own))
            found.append(Difference(field_name(name), *words))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an item before and after, in words."""

    field: str
    before: str
    after: str


def change_words(changes: Iterable[FieldChange]) -> tuple[Change, ...]:
    """Changes as the history and catalog files state them, in words."""
    return tuple(
        Change(_part_name(c.field), _part_words(c.field, c.before), _part_words(c.field, c.after))
        for c in changes
    )


def changed(before: CatalogItem, after: CatalogItem) -> tuple[Change, ...]:
    """Every field in which two versions of an item differ, in words."""
    return change_words(history.differences(before, after))


def _part_name(field: str) -> str:
    top, _, part = field.partition(".")
    if top == "colors" and part in COLOR_NAMES:
        return f"Colour of “{COLOR_NAMES[part]}”"
    return _PARTS.get(field) or field_name(field)


def _part_words(field: str, value: Any) -> str:
    """A value in words, also of one part of a field that has several."""
    top, _, part = field.partition(".")
    if not part:
        return value_words(field, value)
    if value is None or value == "" or value == []:
        return "0%" if top == "targets" else EMPTY
    if field in ("schedule.starts_at_utc", "schedule.ends_at_utc"):
        return f"{moment(datetime.fromisoformat(str(value)), ZoneInfo('UTC'))} UTC"
    if field == "schedule.weekdays":
        return ", ".join(DAYS[day] for day in value)
    if field in ("schedule.from_time", "schedule.until_time"):
        return str(value)[:5]
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if top == "targets" or field == "pacing.share":
        return f"{value:.0%}"
    if field.endswith("_s"):
        return seconds(float(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def differences_html(before: CatalogItem, theirs: CatalogItem, mine: Mapping[str, Any]) -> str:
    """A table of the fields in which what was, what they saved and what was typed here are not the same."""
    rows = "".join(
        f"<tr><th>{escape(d.field)}</th><td>{escape(d.before)}</td><td>{escape(d.theirs)}</td>"
        f"<td>{escape(d.mine)}</td></tr>"
        for d in differences(before, theirs, mine)
    )
    return (
        '<table class="at-table at-diff" data-testid="conflict"><thead><tr><th>Field</th><th>Before</th>'
        f"<th>Saved by someone else</th><th>Yours</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def changes_html(found: Iterable[Change], *, before: str = "Before", after: str = "After") -> str:
    """A table of changed fields."""
    rows = "".join(
        f"<tr><th>{escape(c.field)}</th><td>{escape(c.before)}</td><td>{escape(c.after)}</td></tr>"
        for c in found
    )
    return (
        f'<table class="at-table at-diff" data-testid="changes"><thead><tr><th>Field</th><th>{escape(before)}'
        f"</th><th>{escape(after)}</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def change_list_html(found: Sequence[Change], most: int = 6) -> str:
    """Changed fields one a line, what was and what is; the rest by their number."""
    lines = "".join(
        f"<li><b>{escape(c.field)}</b> <del>{escape(c.before)}</del> <ins>{escape(c.after)}</ins></li>"
        for c in found[:most]
    )
    more = len(found) - most
    return f'<ul class="at-changes">{lines}{f"<li>and {more} more</li>" if more > 0 else ""}</ul>'
