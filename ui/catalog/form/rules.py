"""Whom an item is for, when it shows and how often: the form's second and third part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from enum import StrEnum
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from content.types import Audience, CatalogItem, Schedule
from emotion.labels import EMOTIONS
from ui.catalog.dates import DayAndTime, ends_at_utc, first_day, last_day, starts_at_utc
from ui.catalog.form.fields import show_errors
from ui.catalog.form.region import region_field
from ui.catalog.state import OpenForm
from ui.catalog.words import AUDIENCE_NAMES, DAYS, fit_words
from ui.look.words import EXPRESSIONS, percent
from ui.look.words import day as day_words

STARTS, ENDS, FROM, UNTIL = "starts_at_utc", "ends_at_utc", "from-time", "until-time"
NOT_WHOLE_TIME: Final = "“{}” is not a whole time. Type the hour and the minutes, or clear both."
NOT_WHOLE_DAY: Final = (
    "“{}” is not a whole date, so it was not kept. Type the day, the month and all four digits of the year."
)
_DAY_LABELS: Final[Mapping[str, tuple[str, str, str]]] = {
    STARTS: ("First day", "Begins at", "Empty: the first day counts from midnight."),
    ENDS: ("Last day", "Ends at", "Empty: the last day counts whole, up to midnight."),
}


class Aim(StrEnum):
    """The three ways to say for whom an item is."""

    MOODS = "Expressions"
    REGION = "A region of the map"
    DEFAULT = "No expression in particular"


def _aim_of(item: CatalogItem, *, new: bool) -> Aim:
    if item.region is not None:
        return Aim.REGION
    return Aim.MOODS if item.targets or new else Aim.DEFAULT


# -- whom it is for -------------------------------------------------------------------------------------


def audience_fields(form: OpenForm) -> dict[str, Any]:
    """Expressions with weights or a region of the map, how sure the reading must be, how many people."""
    seed = form.seed
    aim = st.segmented_control(
        "For which expressions",
        list(Aim),
        default=_aim_of(seed, new=form.base is None),
        required=True,
        format_func=str,
        key=form.key("aim"),
        persist_state="session",
    )
    data: dict[str, Any] = {"targets": {}, "region": None}
    with st.container():
        if aim is Aim.REGION:
            data["region"] = region_field(form)
        elif aim is Aim.MOODS:
            data["targets"] = _weights(form)
        else:
            st.html(
                '<p class="at-text">A default item: shown while no expression is clear, and where nothing '
                "else fits.</p>"
            )
    show_errors(form, "targets", "region")
    audience, least = st.columns(2, gap="medium")
    with audience:
        data["audience"] = st.selectbox(
            "For how many people",
            list(Audience),
            list(Audience).index(seed.audience),
            format_func=AUDIENCE_NAMES.__getitem__,
            key=form.key("audience"),
            persist_state="session",
        )
        show_errors(form, "audience")
    with least:
        data["min_confidence"] = st.slider(
            "How sure the reading must be",
            0.0,
            1.0,
            float(seed.min_confidence),
            0.05,
            format="percent",
            key=form.key("least"),
            persist_state="session",
        )
        least_share = data["min_confidence"]
        st.caption(
            f"Shown only when the reading is at least {percent(least_share)} sure."
            if least_share > 0
            else "Shown with every reading that the app takes for clear."
        )
        show_errors(form, "min_confidence")
    return data


def _weights(form: OpenForm) -> dict[str, float]:
    st.html(
        '<p class="at-text">How well it suits each expression. With all at 0% it is a default item: shown '
        "while no expression is clear, and where nothing else fits.</p>"
    )
    # Two by two: on a phone they stand one below the other in this order.
    columns = [column for _ in range(0, len(EMOTIONS), 2) for column in st.columns(2, gap="medium")]
    shares = {}
    for n, e in enumerate(EMOTIONS):
        with columns[n]:
            shares[e.value] = st.slider(
                EXPRESSIONS[e],
                0.0,
                1.0,
                float(form.seed.targets.get(e, 0.0)),
                0.05,
                format="percent",
                key=form.key(f"target-{e.value}"),
                persist_state="session",
            )
            st.caption(fit_words(shares[e.value]))
    return shares


# -- when and how often ---------------------------------------------------------------------------------


def schedule_fields(form: OpenForm) -> dict[str, Any]:
    """Dates, days of the week, hours and the time zone that all of them are in."""
    seed = form.seed.schedule
    zones = _zones() if seed.time_zone in _zones() else (seed.time_zone, *_zones())
    zone = st.selectbox(
        "Time zone of the dates and hours below",
        zones,
        zones.index(seed.time_zone),
        format_func=lambda name: name.replace("_", " "),
        key=form.key("zone"),
        placeholder="Type a city",
        help="Click and type a city to search, such as Zurich.",
        persist_state="session",
    )
    show_errors(form, "schedule.time_zone")
    weekdays = st.pills(
        "Days of the week (none picked: every day)",
        list(range(7)),
        selection_mode="multi",
        default=list(seed.weekdays),
        format_func=lambda day: DAYS[day][:3],
        key=form.key("weekdays"),
        persist_state="session",
    )
    show_errors(form, "schedule.weekdays")
    left, right = st.columns(2, gap="medium")
    from_time = left.time_input(
        "From this hour", seed.from_time, key=form.key(FROM), step=900, persist_state="session"
    )
    until_time = right.time_input(
        "Until this hour",
        seed.until_time,
        key=form.key(UNTIL),
        step=900,
        help="Earlier than the first hour: it runs into the next morning.",
        persist_state="session",
    )
    for name, place, at in (
        (FROM, "schedule.from_time", from_time),
        (UNTIL, "schedule.until_time", until_time),
    ):
        if half := form.left_half(name, at):
            form.unfinished[place] = NOT_WHOLE_TIME.format(half)
        show_errors(form, place, more=form.unfinished.get(place, ""))
    starts = _day_fields(form, STARTS, first_day(seed.starts_at_utc, ZoneInfo(seed.time_zone)))
    ends = _day_fields(form, ENDS, last_day(seed.ends_at_utc, ZoneInfo(seed.time_zone)))
    return {
        "starts_at_utc": _starts(starts, seed, zone),
        "ends_at_utc": _ends(ends, seed, zone),
        "weekdays": tuple(sorted(weekdays)),
        "from_time": _hour(from_time, seed.from_time),
        "until_time": _hour(until_time, seed.until_time),
        "time_zone": zone,
    }


@cache
def _zones() -> tuple[str, ...]:
    """UTC, then every place by its name; the old short names are left out."""
    return ("UTC", *sorted(z for z in available_timezones() if "/" in z and not z.startswith("Etc/")))


def new_schedule() -> Schedule:
    """At any time, by the clock of the browser that asks, where it names a zone that is known."""
    zone = st.context.timezone
    return Schedule(time_zone=zone) if zone in _zones() else Schedule()


def _day_fields(form: OpenForm, place: str, shown: DayAndTime) -> DayAndTime:
    """A day and, apart from it, the time on it; as it was shown where nobody touched it.

    A time without its day says nothing: that stops the saving, and the words for it stand at the field.
    """
    day_label, time_label, help_words = _DAY_LABELS[place]
    left, right = st.columns(2, gap="medium")
    day = left.date_input(
        day_label, shown[0], key=form.key(f"{place}-day"), format="DD.MM.YYYY", persist_state="session"
    )
    at = right.time_input(
        time_label,
        shown[1],
        key=form.key(f"{place}-time"),
        step=900,
        help=help_words,
        persist_state="session",
    )
    field = f"schedule.{place}"
    half_day, half_time = form.left_half(f"{place}-day", day), form.left_half(f"{place}-time", at)
    if half_day:
        form.unfinished[field] = NOT_WHOLE_DAY.format(half_day)
    elif half_time:
        form.unfinished[field] = NOT_WHOLE_TIME.format(half_time)
    elif at is not None and day is None:
        form.unfinished[field] = f"Needs the {day_label.lower()} too, or no time."
    show_errors(form, field, more=form.unfinished.get(field, ""))
    with st.container():
        if half_day:
            st.button(
                f"Keep {day_words(day)}" if day else f"Leave “{day_label}” empty",
                key=form.key(f"{place}-as-it-is"),
                on_click=form.let_be,
                args=(f"{place}-day",),
            )
    return day, _hour(at, shown[1])


def _starts(typed: DayAndTime, seed: Schedule, zone: str) -> datetime | None:
    """When it begins; a begin that nobody touched is exactly what it was."""
    if zone == seed.time_zone and typed == first_day(seed.starts_at_utc, ZoneInfo(zone)):
        return seed.starts_at_utc
    day, at = typed
    return None if day is None else starts_at_utc(day, at, ZoneInfo(zone))


def _ends(typed: DayAndTime, seed: Schedule, zone: str) -> datetime | None:
    """When it ends; an end that nobody touched is exactly what it was."""
    if zone == seed.time_zone and typed == last_day(seed.ends_at_utc, ZoneInfo(zone)):
        return seed.ends_at_utc
    day, at = typed
    return None if day is None else ends_at_utc(day, at, ZoneInfo(zone))


def _hour(typed: time | None, before: time | None) -> time | None:
    """As typed; a time with seconds that nobody touched stays as it is."""
    if typed is None or before is None:
        return typed
    return before if (typed.hour, typed.minute) == (before.hour, before.minute) else typed


def pacing_fields(form: OpenForm) -> dict[str, Any]:
    """Weight, caps, and how the item shares its place with time and with its peers."""
    seed, pace = form.seed, form.seed.pacing
    left, right = st.columns(2, gap="medium")
    with left:
        cap = st.number_input(
            "Times a visit, at most",
            value=seed.frequency_cap,
            step=1,
            placeholder="No limit",
            key=form.key("cap"),
            persist_state="session",
        )
        show_errors(form, "frequency_cap")
    with right:
        daily = st.number_input(
            "Times a day, all viewers together",
            value=seed.daily_cap,
            step=1,
            placeholder="No limit",
            key=form.key("daily-cap"),
            persist_state="session",
        )
        show_errors(form, "daily_cap")
    left, right = st.columns(2, gap="medium")
    with left:
        dwell = st.number_input(
            "Stays at least (seconds)",
            value=pace.min_dwell_s,
            step=1.0,
            placeholder="As the page does",
            format="%g",
            key=form.key("dwell"),
            persist_state="session",
        )
        show_errors(form, "pacing.min_dwell_s")
    with right:
        cool_down = st.number_input(
            "Not again for (seconds)",
            value=float(pace.cool_down_s),
            step=10.0,
            format="%g",
            key=form.key("cool-down"),
            help="For so long the same viewer does not see it again. 0: it may come back at once.",
            persist_state="session",
        )
        show_errors(form, "pacing.cool_down_s")
    left, right = st.columns(2, gap="medium")
    with left:
        weight = st.number_input(
            "Weight",
            value=float(seed.weight),
            step=0.5,
            format="%g",
            key=form.key("weight"),
            help="How much it counts against its peers: 2 is drawn about twice as often as 1.",
            persist_state="session",
        )
        show_errors(form, "weight")
    with right:
        share = st.number_input(
            "Share of the time (percent)",
            value=None if pace.share is None else pace.share * 100,
            step=5.0,
            placeholder="By its weight",
            format="%g",
            key=form.key("share"),
            help="How often it is shown where several items fit: 20: one time in five. Empty: by its weight.",
            persist_state="session",
        )
        show_errors(form, "pacing.share")
    waits = st.segmented_control(
        "When the expression changes while it shows",
        [False, True],
        default=pace.wait_for_end,
        required=True,
        format_func=lambda wait: "Let it play to its end" if wait else "Change at once",
        key=form.key("waits"),
        persist_state="session",
    )
    return {
        "weight": weight,
        "frequency_cap": cap,
        "daily_cap": daily,
        "pacing": {
            "min_dwell_s": dwell,
            "cool_down_s": cool_down,
            "wait_for_end": bool(waits),
            "share": _share(share, pace.share),
        },
    }


def _share(percent: float | None, before: float | None) -> float | None:
    if percent is None:
        return None
    # Percent and back need not give the very same number; an untouched one does.
    return before if before is not None and percent == before * 100 else percent / 100
