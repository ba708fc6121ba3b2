"""Cells as people and spreadsheets write them, brought to the one form that the catalog takes.

A cell that can mean two things is left as it is, and the row's check then says what to write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

_TIME: Final = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)
_DAY: Final = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{2,4})")
_PERCENT: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")
_YES: Final = frozenset(
    ["yes", "true", "wahr", "ja", "vrai", "oui", "verdadero", "sí", "si", "vero", "sì", "prawda", "x"]
)
_NO: Final = frozenset(["no", "false", "falsch", "nein", "faux", "non", "falso", "nie", "fałsz"])


def time_cell(cell: str) -> str:
    """``8:00``, ``8.30``, ``8:00 PM`` → ``08:00``, ``08:30``, ``20:00``."""
    found = _TIME.fullmatch(cell.strip())
    if found is None:
        return cell
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            return cell
        hour = hour % 12 + (12 if found[4].lower() == "p" else 0)
    try:
        return time(hour, minute, second).isoformat("seconds" if second else "minutes")
    except ValueError:
        return cell


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    first, mark, second, third = int(found[1]), found[2], int(found[3]), int(found[4])
    try:
        if len(found[1]) == 4:
            return date(first, second, third)
        if len(found[4]) != 4:
            return None
        if mark == ".":
            return date(third, second, first)
        # With slashes and dashes some write the day first, some the month: only one of them may be possible.
        possible = {(day, month) for day, month in ((first, second), (second, first)) if month <= 12}
        if len(possible) != 1:
            return None
        ((day, month),) = possible
        return date(third, month, day)
    except ValueError:
        return None


def moment_cell(cell: str, *, is_end: bool = False) -> str:
    """``01.12.2026``, ``31.12.2026 18:00``, ``2026-12-31`` → ISO.

    Args:
        cell: as written.
        is_end: a day without a time is the last one, so it ends at the following midnight.
    """
    text, _, clock = cell.strip().replace("T", " ").partition(" ")
    day = _day(text)
    if day is None:
        return cell
    if not clock.strip():
        return (day + timedelta(days=1) if is_end else day).isoformat() + "T00:00:00"
    at = time_cell(clock.strip())
    try:
        return datetime.combine(day, time.fromisoformat(at)).isoformat()
    except ValueError:
        return cell


def yes_or_no(cell: str) -> str:
    """``WAHR``, ``TRUE``, ``ja`` → ``yes``; ``FALSCH``, ``non`` → ``no``."""
    word = cell.strip().casefold()
    return "yes" if word in _YES else "no" if word in _NO else cell


def share_cell(cell: str) -> str:
    """``80%`` → ``0.8``."""
    found = _PERCENT.fullmatch(cell.strip())
    return cell if found is None else f"{float(found[1].replace(',', '.')) / 100:g}"


def word_cell(cell: str) -> str:
    """``Ad`` → ``ad``: the machine's words are in small letters."""
    return cell.strip().lower()


READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "kind": word_cell,
    "status": word_cell,
    "audience": word_cell,
    "asset.type": word_cell,
    "framing.fit": word_cell,
    "pacing.wait_for_end": yes_or_no,
    "schedule.from_time": time_cell,
    "schedule.until_time": time_cell,
    "schedule.starts_at_utc": moment_cell,
    "schedule.ends_at_utc": lambda cell: moment_cell(cell, is_end=True),
}
"""Column → how its cell is read."""
