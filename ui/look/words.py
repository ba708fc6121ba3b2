"""Shared names, and how numbers and times are written: once, for every page. Pure; no Streamlit here.

Names of one room's own things stay with it: the catalog's fields are in ``ui/catalog/words.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import humanize

from content.choosing.reasons import LOOKS
from content.types import Kind, Reader, Strategy
from emotion.labels import EMOTIONS, UNKNOWN, Emotion, label_of
from emotion.types import Problem

# -- names -----------------------------------------------------------------------------------------------

EXPRESSIONS: Final[Mapping[Emotion | None, str]] = {
    **{emotion: LOOKS[emotion].capitalize() for emotion in EMOTIONS},
    None: UNKNOWN.capitalize(),
}
"""What a person reads for each expression; None is *unknown*."""

EXPRESSIONS_BY_LABEL: Final[Mapping[str, str]] = {label_of(m): word for m, word in EXPRESSIONS.items()}
"""The same by the label that is stored: ``happy`` → ``Happy``, ``unknown`` → ``Unknown``."""

STRATEGIES: Final[Mapping[Strategy, str]] = {Strategy.MATCH: "Match it", Strategy.LIFT: "Lift it"}
STRATEGY_QUESTION: Final = "What content does with the expression"
STRATEGY_HELP: Final = "Match it: content that suits the expression. Lift it: content meant to brighten it."

READERS: Final[Mapping[Reader, str]] = {
    Reader.DEVICE: "On viewers’ devices",
    Reader.SERVER: "On the server",
}

KINDS: Final[Mapping[Kind, str]] = {Kind.AD: "Ad", Kind.MEDIA: "Media", Kind.THEME: "Theme"}
"""One item of each kind, and the place of the page that shows it."""
KIND_PLURALS: Final[Mapping[Kind, str]] = {Kind.AD: "Ads", Kind.MEDIA: "Media items", Kind.THEME: "Themes"}

PROBLEMS: Final[Mapping[Problem, str]] = {problem: problem.words.capitalize() for problem in Problem}
"""Why a face's picture is too poor to read."""

CAMERA_NEEDS: Final[Mapping[Problem, str]] = {
    Problem.TOO_DARK: "It is too dark to read your expression. Turn on a light, or face a window.",
    Problem.TOO_BRIGHT: "The picture is too bright to read your expression. Turn away from the light.",
    Problem.COVERED: "Part of your face is covered. Move until the camera sees all of it.",
    Problem.BLOCKY: "The picture is too coarse to read your expression. Come closer to the camera.",
    Problem.BLURRED: "The picture is too blurred to read your expression. Hold still, and wipe the lens.",
    Problem.TOO_SMALL: "Your face is too small to read its expression. Come closer to the camera.",
}
"""What a camera needs to be of use again, in one line."""

CAMERA_SAYS: Final[Mapping[str, str]] = {
    "asking": "Your browser asks whether this page may use the camera. Please answer its question.",
    "denied": (
        "Your browser blocked the camera. Allow it with the camera symbol in the address bar, then start "
        "it again."
    ),
    "missing": "No camera was found. Connect one, and it starts by itself.",
    "busy": "Another program uses the camera, or it does not answer.",
    "insecure": "Browsers allow the camera only for pages on this computer or at an https address.",
    "failed": "The camera did not start.",
}
"""What keeps a camera from being seen on any page; each page says what it does about it."""


def sureness(confidence: float) -> str:
    """A calibrated probability in [0, 1] as people say it."""
    if confidence >= 0.85:
        return "quite sure"
    if confidence >= 0.6:
        return "fairly sure"
    if confidence >= 0.4:
        return "not very sure"
    return "a guess"


def pleasantness(valence: float) -> str:
    """Valence in [-1, 1] as people say it."""
    if valence >= 0.5:
        return "clearly pleasant"
    if valence >= 0.15:
        return "rather pleasant"
    if valence > -0.15:
        return "neither pleasant nor unpleasant"
    if valence > -0.4:
        return "rather unpleasant"
    return "clearly unpleasant"


def energy(arousal: float) -> str:
    """Arousal in [-1, 1] as people say it; the expressions reach from -0.27 (sad) to 0.67 (surprise)."""
    if arousal >= 0.45:
        return "lively"
    if arousal >= 0.2:
        return "awake"
    if arousal > -0.1:
        return "calm"
    return "subdued"


# -- numbers ---------------------------------------------------------------------------------------------


def percent(share: float, decimals: int = 0) -> str:
    """``0.873`` as ``87%``, or ``87.3%`` with one decimal."""
    return f"{share:.{decimals}%}"


def chance(probability: float) -> str:
    """``42%``; a small chance is ``under 1%``, never ``0%``."""
    return "under 1%" if 0 < probability < 0.005 else percent(probability)


def thousands(value: int) -> str:
    """``1234567`` as ``1,234,567``."""
    return f"{value:,}"


def number(value: int) -> str:
    """``12345`` as ``12,345``, ``1234567`` as ``1.23 million``."""
    return humanize.intword(value, "%.2f") if abs(value) >= 1_000_000 else thousands(value)


def per_hundred(share: float) -> str:
    """A share as so many of 100: ``50``, ``4.3``; small ones get a decimal."""
    value = 100 * share
    return f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.1f}"


def counted(value: int, one: str, many: str = "") -> str:
    """``no faces``, ``1 face``, ``1,234 faces``.

    Args:
        value: how many.
        one: the word for one of them.
        many: the word for several, where that is not ``one`` with an s.
    """
    return f"{'no' if value == 0 else thousands(value)} {one if value == 1 else many or f'{one}s'}"


def file_size(n_bytes: int) -> str:
    """``900 bytes``, ``1.5 MB``; a step is 1024 of the one below, as Windows and Streamlit count."""
    words = humanize.naturalsize(n_bytes, binary=True).replace("iB", "B").replace("Byte", "byte")
    return words.replace(".0 ", " ").replace("KB", "kB")


# -- times -----------------------------------------------------------------------------------------------


def duration(span_s: float, *, decimals: int = 0, units: int = 3) -> str:
    """``8 s``, ``1 min 20 s``, ``1 h 30 min``.

    Args:
        span_s: the length in seconds; below zero counts as zero.
        decimals: of the seconds, for spans below a minute; zeros at the end are left out.
        units: so many of hours, minutes and seconds at most, the larger ones first.
    """
    rounded_s = round(max(0.0, span_s), decimals)
    if rounded_s < 60:
        return f"{rounded_s:g} s"
    minutes, seconds = divmod(round(span_s), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{n:,} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (seconds, "s")) if n]
    return " ".join(parts[:units])


def long_duration(span: timedelta) -> str:
    """``6 hours``, ``1 day``: in full words, for a sentence."""
    return humanize.precisedelta(span, format="%.0f")


def time_left(span_s: float | None) -> str:
    """How long somebody still has to wait; None while nobody can tell."""
    if span_s is None:
        return "Working out how long this takes …"
    if span_s < 3:
        return "Nearly done"
    return f"About {humanize.naturaldelta(span_s)} left"


def clip_time(at_s: float) -> str:
    """``0:07``, ``12:30``, ``1:02:03``: a place in a clip, as players show it."""
    minutes, seconds = divmod(max(0, int(at_s)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def day(date_: date) -> str:
    """``3 May 2026``."""
    return f"{date_.day} {date_:%B %Y}"


def zone_name(zone: str) -> str:
    """``Zurich time`` for ``Europe/Zurich``."""
    return "UTC" if zone == "UTC" else f"{zone.rsplit('/', 1)[-1].replace('_', ' ')} time"


def moment(at_utc: datetime, zone: ZoneInfo, *, with_zone: bool = False) -> str:
    """``3 May 2026, 14:05``, with ``Zurich time`` after it where the reader cannot know whose clock it is.

    Args:
        at_utc: taken as UTC where it names no zone.
        zone: by whose clock.
        with_zone: add the zone's name.
    """
    local = (at_utc if at_utc.tzinfo else at_utc.replace(tzinfo=UTC)).astimezone(zone)
    return f"{day(local)}, {_clock(local)}{f' {zone_name(zone.key)}' if with_zone else ''}"


def ago(then_utc: datetime, now_utc: datetime, zone: ZoneInfo) -> str:
    """``just now``, ``3 minutes ago``, ``today, 9:05``, ``yesterday, 14:05``, ``3 May 2026, 14:05``."""
    past = now_utc - then_utc
    if past < timedelta(minutes=1):
        return "just now"
    if past < timedelta(minutes=59, seconds=30):
        return humanize.naturaltime(past)
    local, today = then_utc.astimezone(zone), now_utc.astimezone(zone).date()
    near = {today: "today", today - timedelta(days=1): "yesterday"}
    return f"{near.get(local.date()) or day(local)}, {_clock(local)}"


def _clock(at: datetime) -> str:
    return f"{at.hour}:{at.minute:02d}"


# -- text ------------------------------------------------------------------------------------------------


def listed(words: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``; ``last`` stands before the last one."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def escape_markdown(text: str) -> str:
    """Text from outside for a Markdown message: it is shown as typed, never formatted."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:])", r"\\\1", text)


def sentence(text: str) -> str:
    """Begins with a capital, whatever ``text`` begins with."""
    return text[:1].upper() + text[1:]
