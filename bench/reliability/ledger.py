"""What viewers were promised against what the database holds, and what the servers held over time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import linear_regression

from content.records.impressions import EventName

AGAIN = {EventName.CLICK, EventName.LIKE, EventName.DISLIKE}
"""A viewer may tap again; any other event happens once while an item is shown."""

_TRACE = "Traceback (most recent call last):"
_VARIES = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8}[0-9a-f-]{8,}|\d+(?:[.:,-]\d+)*|/[\w./-]+|'[^']*'")


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event as the database has it."""

    event_id: str
    impression_id: str
    name: str


@dataclass(frozen=True, slots=True)
class KeptImpression:
    """An impression as the database has it."""

    impression_id: str
    decision_id: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """How the promises stand.

    Attributes:
        events: acknowledged ones.
        impressions: they belong to.
        events_missing, impressions_missing: acknowledged and not in the database. Of an event its name.
        again: acknowledged events that were told before under another id, and are there under that one.
        twice: events of one impression that can happen once and are there twice; decisions with two
            impressions; ids that are there twice.
        invented: events in the database that no viewer has sent.
    """

    events: int
    impressions: int
    events_missing: tuple[str, ...]
    again: tuple[str, ...]
    impressions_missing: tuple[str, ...]
    twice: tuple[str, ...]
    invented: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether nothing is missing, nothing is there twice and nothing is there that nobody sent."""
        return not (self.events_missing or self.impressions_missing or self.twice or self.invented)


def settle(
    acknowledged: Mapping[str, str],
    told: Mapping[str, str],
    events: Sequence[KeptEvent],
    impressions: Sequence[KeptImpression],
) -> Ledger:
    """Compares both sides.

    Args:
        acknowledged: events that a server said it has taken, id → id of the impression.
        told: all events that were ever sent, id → name.
        events: of the database.
        impressions: of the database.
    """
    kept = {event.event_id for event in events}
    rows = {row.impression_id for row in impressions}
    promised = set(acknowledged.values())
    happened = {(event.impression_id, event.name) for event in events if event.name not in AGAIN}
    missing = acknowledged.keys() - kept
    again = {e for e in missing if (acknowledged[e], told.get(e)) in happened}
    twice = [
        *_repeated(event.event_id for event in events),
        *_repeated(f"{e.name} of {e.impression_id}" for e in events if e.name not in AGAIN),
        *_repeated(row.impression_id for row in impressions),
        *_repeated(f"impressions of decision {row.decision_id}" for row in impressions),
    ]
    return Ledger(
        events=len(acknowledged),
        impressions=len(promised),
        events_missing=tuple(sorted(told.get(event, "an event") for event in missing - again)),
        again=tuple(sorted(again)),
        impressions_missing=tuple(sorted(promised - rows)),
        twice=tuple(twice),
        invented=tuple(sorted(kept - set(told))),
    )


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def slope_an_hour(samples: Sequence[tuple[float, float]]) -> float | None:
    """By how much a value grows in an hour, by least squares.

    Args:
        samples: of seconds and the value then.

    Returns:
        None where all samples are of one moment, or there are none.
    """
    if len({at_s for at_s, _ in samples}) < 2:
        return None
    return 3600 * linear_regression(*zip(*samples, strict=True)).slope


def lowest_each(samples: Sequence[tuple[float, float]], every_s: float) -> list[float]:
    """The lowest value of each span of that many seconds, in order: what is left when nobody is busy.

    Args:
        samples: of seconds and the value then, in order of time.
        every_s: length of a span, counted from the first sample; a last one of less than half of it is left
            out.
    """
    spans: dict[int, list[float]] = {}
    for at_s, value in samples:
        spans.setdefault(int((at_s - samples[0][0]) / every_s), []).append(value)
    if len(spans) > 1 and (samples[-1][0] - samples[0][0]) % every_s < every_s / 2:
        spans.popitem()
    return [min(values) for values in spans.values()]


def kinds_of(log: str) -> Counter[str]:
    """What a server has said, counted by kind: a trace by its last line, numbers and names left out.

    What Streamlit says of where it runs is no fault and is left out.
    """
    found: Counter[str] = Counter()
    lines = iter(log.splitlines())
    for line in lines:
        if line.strip() == _TRACE:
            line = next((one for one in lines if one and not one[0].isspace()), "a trace without an end")
            if ": " in line or line.isidentifier():
                line = f"trace: {line}"
        said = _VARIES.sub("…", line).strip()[:110]
        if said and not line.startswith("  ") and not said.startswith("… Did not auto detect"):
            found[said] += 1
    return found
