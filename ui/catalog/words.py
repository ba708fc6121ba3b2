"""Every name and sentence of the catalog: kinds of status, fields, values, when an item shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from content.catalog.tags import joined_tags
from content.themes import Contrast
from content.types import Audience, CatalogItem, Fit, Kind, Region, Schedule, Status
from emotion.labels import EMOTIONS, Emotion
from emotion.types import VALENCE_AROUSAL
from ui.catalog.dates import last_day
from ui.look.words import (
    EXPRESSIONS,
    KINDS,
    day,
    duration,
    listed,
    moment,
    percent,
    zone_name,
)

STATUS_NAMES: Final[Mapping[Status, str]] = {
    Status.PUBLISHED: "Published",
    Status.DRAFT: "Draft",
    Status.ARCHIVED: "Archived",
}
"""In the order in which lists sort by status."""
FIELD_NAMES: Final[Mapping[str, str]] = {
    "item_id": "Id",
    "kind": "Kind",
    "status": "Status",
    "title": "Title",
    "targets": "Expressions",
    "min_confidence": "How sure the reading must be",
    "audience": "For how many people",
    "weight": "Weight",
    "schedule": "Schedule",
    "frequency_cap": "Times per visit",
    "daily_cap": "Times per day",
    "region": "Range of expressions",
    "pacing": "Pace",
    "asset": "Picture, video or sound",
    "framing": "How it fills its place",
    "alt_text": "Description for people who cannot see it",
    "headline": "Headline",
    "body": "Text",
    "call_to_action": "Button",
    "link_url": "Link",
    "colors": "Colours",
    "credit": "Credit",
    "tags": "Tags",
    **{f"targets.{e.value}": EXPRESSIONS[e] for e in EMOTIONS},
}
COLOR_NAMES: Final[Mapping[str, str]] = {
    "background": "Page",
    "gradient_to": "Page, far end",
    "surface": "Cards",
    "border": "Lines",
    "text": "Words",
    "muted_text": "Quiet words",
    "accent": "Buttons",
    "accent_text": "Words on buttons",
}
_PAIR_NAMES: Final[Mapping[tuple[str, str], str]] = {
    ("text", "background"): "Words on the page",
    ("text", "surface"): "Words on cards",
    ("muted_text", "background"): "Quiet words on the page",
    ("muted_text", "surface"): "Quiet words on cards",
    ("accent_text", "accent"): "Words on buttons",
    ("accent", "background"): "Buttons on the page",
    ("accent", "surface"): "Links on cards",
}
_PART_NAMES: Final[Mapping[str, str]] = {
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
    "pacing.cool_down_s": "Not again for",
    "pacing.wait_for_end": "Waits for its end",
    "pacing.share": "Share of the time",
    "asset.type": "How the file is shown",
    "asset.location": "File",
    "asset.mime_type": "Kind of file",
    "asset.duration_s": "Length of the file",
    "asset.poster": "Still picture",
    "framing.fit": "How it fills its place",
    "framing.focus_x": "In view, from the left",
    "framing.focus_y": "In view, from the top",
    "colors.font": "Letters",
}
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
AUDIENCE_NAMES: Final[Mapping[Audience, str]] = {
    Audience.ANY: "Any number of people",
    Audience.ONE: "One person",
    Audience.SEVERAL: "Several people",
}
FIT_NAMES: Final[Mapping[Fit, str]] = {Fit.FILL: "Fill it, cut the edges", Fit.FIT: "Show all of it"}
EMPTY: Final = "(empty)"
NO_TARGETS: Final = "Default: for no clear expression"
_LOOKS: Final = {
    Audience.ANY: "anyone who looks",
    Audience.ONE: "one viewer who looks",
    Audience.SEVERAL: "several viewers who together look",
}
_LESS = 0.75
"""A weight below this share of the strongest is said to be less so."""


# -- names ----------------------------------------------------------------------------------------------


def field_name(field: str) -> str:
    """A field's name; a part of one has the name of the whole."""
    return FIELD_NAMES.get(field) or FIELD_NAMES.get(field.split(".", 1)[0]) or field or "Item"


def part_name(field: str) -> str:
    """A field's name, also of one part of a field that has several."""
    top, _, part = field.partition(".")
    if top == "colors" and part in COLOR_NAMES:
        return f"Colour of “{COLOR_NAMES[part]}”"
    return _PART_NAMES.get(field) or field_name(field)


def pair_name(pair: Contrast) -> str:
    """The name of a pair of colours that has to be told apart."""
    return _PAIR_NAMES[pair.front, pair.behind]


def gap_words(gaps: Sequence[tuple[Kind, Emotion | None]], until_utc: datetime | None = None) -> str:
    """In one sentence: the kinds and expressions for which no item shows.

    Args:
        gaps: those.
        until_utc: when the next one opens, as an item ends with nothing in its place; None where none does.
    """
    later = f" That ends on {date_words(until_utc, ZoneInfo('UTC'))}." if until_utc else ""
    if not gaps:
        return f"Every expression has an ad, a media item and a theme now, and there are defaults.{later}"
    parts = []
    for kind in Kind:
        moods = [mood for k, mood in gaps if k is kind]
        if moods:
            named = ", ".join(
                "no clear expression (default)" if m is None else EXPRESSIONS[m].lower() for m in moods
            )
            parts.append(f"no {KINDS[kind].lower()} for {named}")
    bare = any(mood is None for _, mood in gaps)
    instead = "; where there is none, its place stays empty" if bare else ""
    return f"Missing now: {'; '.join(parts)}. Where nothing fits, a default item is shown{instead}."


# -- when an item shows ---------------------------------------------------------------------------------


def when_words(item: CatalogItem) -> str:
    """One sentence that sums up when the item shows, to whom and how often."""
    parts = [_time(item.schedule), _people(item)]
    if item.min_confidence > 0:
        parts.append(f"when the reading is at least {percent(item.min_confidence)} sure")
    if caps := _caps(item):
        parts.append(caps)
    parts += _paces(item)
    return ", ".join(parts) + "."


def _time(schedule: Schedule) -> str:
    zone = ZoneInfo(schedule.time_zone)
    words = [_days(schedule.weekdays)] if schedule.weekdays else []
    if schedule.from_time is not None and schedule.until_time is not None:
        hours = f"{clock(schedule.from_time)}–{clock(schedule.until_time)}"
        over_night = " (into the next morning)" if schedule.until_time <= schedule.from_time else ""
        words.append(f"{hours}{over_night}" if words else f"Every day {hours}{over_night}")
    if schedule.starts_at_utc is not None:
        words.append(f"from {date_words(schedule.starts_at_utc, zone)}")
    if schedule.ends_at_utc is not None:
        words.append(f"until {end_words(schedule.ends_at_utc, zone)}")
    if not words:
        return "At any time"
    said = " ".join([*words, zone_name(schedule.time_zone)])
    return said[0].upper() + said[1:]


def _days(days: Sequence[int]) -> str:
    if tuple(days) == (0, 1, 2, 3, 4):
        return "Weekdays"
    if tuple(days) == (5, 6):
        return "Weekends"
    names = [f"{DAYS[d]}s" for d in days]
    if len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
        return f"{names[0]} to {names[-1]}"
    return listed(names, "and")


def _people(item: CatalogItem) -> str:
    if item.is_default:
        who = {Audience.ONE: "one viewer", Audience.SEVERAL: "several viewers together"}.get(
            item.audience, "anyone"
        )
        return f"for {who} whose expression is unclear or has nothing of its own"
    who = _LOOKS[item.audience]
    if item.region is not None:
        return f"for {who} {region_words(item.region)}"
    strongest = max(item.targets.values(), default=0.0)
    ranked = sorted(
        (e for e in EMOTIONS if item.targets.get(e, 0) > 0), key=lambda e: (-item.targets[e], e.index)
    )
    mostly = [EXPRESSIONS[e].lower() for e in ranked if item.targets[e] >= _LESS * strongest]
    less = [EXPRESSIONS[e].lower() for e in ranked if item.targets[e] < _LESS * strongest]
    return f"for {who} {listed(mostly, 'or')}" + (f", less so {listed(less, 'or')}" if less else "")


def fit_words(share: float) -> str:
    """What an item's weight for an expression means."""
    if share <= 0:
        return "Not for it"
    if share >= 1:
        return "Made for it"
    return "Suits it well" if share >= 0.5 else "Suits it a little"


def region_words(region: Region) -> str:
    """The expressions inside a region; where there are none, how it lies in the plane."""
    inside = [
        EXPRESSIONS[e].lower()
        for e, (valence, arousal) in VALENCE_AROUSAL.items()
        if region.valence_min <= valence <= region.valence_max
        and region.arousal_min <= arousal <= region.arousal_max
    ]
    if inside:
        return f"{listed(inside, 'or')} (a region of the map)"
    valence = (region.valence_min + region.valence_max) / 2
    arousal = (region.arousal_min + region.arousal_max) / 2
    pleasant = "pleased" if valence > 0.15 else "displeased" if valence < -0.15 else "neither pleased nor not"
    lively = "lively" if arousal > 0.15 else "calm" if arousal < -0.15 else "neither calm nor lively"
    return f"{pleasant} and {lively} (a region of the map)"


def _caps(item: CatalogItem) -> str:
    caps = [
        f"{times(count)} a {span}"
        for count, span in ((item.frequency_cap, "visit"), (item.daily_cap, "day"))
        if count is not None
    ]
    return f"at most {' and '.join(caps)}" if caps else ""


def _paces(item: CatalogItem) -> list[str]:
    pacing, words = item.pacing, []
    if pacing.min_dwell_s is not None:
        words.append(f"for at least {_span(pacing.min_dwell_s)} at a time")
    if pacing.wait_for_end:
        words.append("played to its end")
    if pacing.cool_down_s > 0:
        words.append(f"then not again for {_span(pacing.cool_down_s)}")
    if pacing.share is not None:
        words.append(f"aiming at {percent(pacing.share)} of its place")
    return words


# -- values ---------------------------------------------------------------------------------------------


def value_words(field: str, value: Any) -> str:
    """One field's value, for a person.

    Args:
        field: of an item, as ``content.catalog.editing.item_data`` names it.
        value: in the shape that it has there.
    """
    if value is None or value in ("", {}, [], ()):
        return {"region": "None", "targets": NO_TARGETS}.get(field, EMPTY)
    match field:
        case "kind":
            return KINDS[Kind(value)]
        case "status":
            return STATUS_NAMES[Status(value)]
        case "audience":
            return AUDIENCE_NAMES[Audience(value)]
        case "targets":
            return _weights(value)
        case "region":
            return _corners(Region(**value))
        case "schedule":
            return _time(Schedule(**value))
        case "pacing":
            return _pacing(value)
        case "asset":
            return f"{str(value['type']).capitalize()}: {value['location']}"
        case "framing":
            return _framing(value)
        case "colors":
            return ", ".join(str(v) for v in value.values())
        case "min_confidence":
            return percent(value)
        case "tags":
            return joined_tags(value)
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 160 else text[:157] + "…"


def _weights(targets: Mapping[Emotion, float]) -> str:
    meant = [(e, targets[e]) for e in EMOTIONS if targets.get(e, 0) > 0]
    meant.sort(key=lambda pair: -pair[1])
    return ", ".join(f"{EXPRESSIONS[e]} {percent(share)}" for e, share in meant) or NO_TARGETS


def _corners(region: Region) -> str:
    return (
        f"Pleasant {region.valence_min:+.2f} to {region.valence_max:+.2f}, "
        f"lively {region.arousal_min:+.2f} to {region.arousal_max:+.2f}"
    )


def _pacing(pacing: Mapping[str, Any]) -> str:
    words = []
    if pacing["min_dwell_s"] is not None:
        words.append(f"at least {_span(pacing['min_dwell_s'])}")
    if pacing["cool_down_s"]:
        words.append(f"a rest of {_span(pacing['cool_down_s'])}")
    words.append("waits for its end" if pacing["wait_for_end"] else "a new expression interrupts it")
    if pacing["share"] is not None:
        words.append(f"{percent(pacing['share'])} of its place")
    return ", ".join(words).capitalize()


def _framing(framing: Mapping[str, Any]) -> str:
    if Fit(framing["fit"]) is Fit.FIT:
        return FIT_NAMES[Fit.FIT]
    across, down = percent(framing["focus_x"]), percent(framing["focus_y"])
    return f"{FIT_NAMES[Fit.FILL]}; in view: {across} from the left, {down} from the top"


def part_words(field: str, value: Any) -> str:
    """A value in words, also of one part of a field that has several."""
    top, _, part = field.partition(".")
    if not part:
        return value_words(field, value)
    if value is None or value == "" or value == []:
        return "0%" if top == "targets" else EMPTY
    if field == "schedule.starts_at_utc":
        return f"{date_words(datetime.fromisoformat(str(value)), ZoneInfo('UTC'))} UTC"
    if field == "schedule.ends_at_utc":
        return f"{end_words(datetime.fromisoformat(str(value)), ZoneInfo('UTC'))} UTC"
    if field == "schedule.weekdays":
        return ", ".join(DAYS[day] for day in value)
    if field in ("schedule.from_time", "schedule.until_time"):
        return str(value)[:5]
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if field == "framing.fit":
        return FIT_NAMES[Fit(value)]
    if top in ("targets", "framing") or field == "pacing.share":
        return percent(value)
    if field.endswith("_s"):
        return _span(float(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def clock(moment_of_day: time) -> str:
    """``9`` for nine o'clock, ``9:30`` half an hour later."""
    minutes = f":{moment_of_day.minute:02d}" if moment_of_day.minute else ""
    return f"{moment_of_day.hour}{minutes}"


def date_words(at_utc: datetime, zone: ZoneInfo) -> str:
    """``3 May 2026``, with the time of day where that is not midnight."""
    local = (at_utc if at_utc.tzinfo else at_utc.replace(tzinfo=UTC)).astimezone(zone)
    return day(local) if (local.hour, local.minute) == (0, 0) else moment(at_utc, zone)


def end_words(ends_at_utc: datetime, zone: ZoneInfo) -> str:
    """``30 November 2026`` where that day is the last one, whole; else the day and the time of day."""
    last, at = last_day(ends_at_utc, zone)
    return day(last) if last is not None and at is None else moment(ends_at_utc, zone)


def _span(span_s: float) -> str:
    return duration(span_s, decimals=1)


def times(count: int) -> str:
    """``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
