"""What the impressions add up to: reports that the database adds up itself and that read no events.

Each of the three statements reads one covering index from one end to the other and sends back a few hundred
rows, so a report over a million impressions takes about a second (``python -m bench insights``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    case,
    func,
    literal,
    null,
    select,
    union_all,
)

from content.database import reading
from content.records.comparison import SEED, Comparison, Pattern, compare
from content.records.impressions import QUARTILES, EventName
from content.tables import impressions
from content.types import Arm, Kind, Reader
from emotion.labels import LABELS, UNKNOWN

MOODS: tuple[str, ...] = (*LABELS, UNKNOWN)
WHOLE = QUARTILES[EventName.COMPLETE]
MOST_BINS = 60
BIN_WIDTHS = tuple(
    timedelta(seconds=s)
    for s in (10, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 86_400, 7 * 86_400, 28 * 86_400, 364 * 86_400)
)
_BY_THE_CLOCK = timedelta(hours=1)
"""Bins as wide as this and wider begin as clocks on the wall do; all zones share narrower ones."""
_EPOCH = datetime(1970, 1, 5)  # noqa: DTZ001 (a wall clock's)
"""A Monday, so that weeks begin as weeks do."""


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which impressions a report is about; None asks for all.

    Attributes:
        since_utc: the first moment.
        until_utc: the first moment after it.
        item_id: of one item.
        site: name of one place.
        slot: ads, media or themes.
        reader: where expressions were read.
        with_demo: visits in which a person picked the expression by hand count too.
    """

    since_utc: datetime | None = None
    until_utc: datetime | None = None
    item_id: str | None = None
    site: str | None = None
    slot: Kind | None = None
    with_demo: bool = False
    reader: Reader | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As conditions on the impressions."""
        c = impressions.c
        found: list[ColumnElement[bool]] = []
        if self.since_utc is not None:
            found.append(c.started_at_utc >= self.since_utc)
        if self.until_utc is not None:
            found.append(c.started_at_utc < self.until_utc)
        if self.item_id is not None:
            found.append(c.item_id == self.item_id)
        if self.site is not None:
            found.append(c.site == self.site)
        if self.slot is not None:
            found.append(c.slot == self.slot.value)
        if self.reader is not None:
            found.append(c.reader == self.reader.value)
        if not self.with_demo:
            found.append(~c.picked)
        return found


@dataclass(frozen=True, slots=True)
class Figures:
    """What a group of impressions adds up to.

    Attributes:
        impressions: showings that were seen.
        visible_ms: how long at least half of the item was in view, all together, in milliseconds.
        completions: played or seen to the end.
        clicks: taps on a link; the others are taps on their buttons.
    """

    impressions: int = 0
    visible_ms: int = 0
    completions: int = 0
    clicks: int = 0
    likes: int = 0
    dislikes: int = 0
    skips: int = 0

    def share(self, count: int) -> float:
        """``count`` of these impressions, in [0, 1] where it is one an impression."""
        return count / self.impressions if self.impressions else 0.0

    @property
    def completion_rate(self) -> float:
        """Share finished."""
        return self.share(self.completions)

    @property
    def dwell_s(self) -> float:
        """Mean time in view of an impression, in seconds."""
        return self.visible_ms / 1000 / self.impressions if self.impressions else 0.0


@dataclass(frozen=True, slots=True)
class MoodBin:
    """A stretch of time.

    Attributes:
        starts_utc: when it begins.
        ends_utc: when the next one begins.
        counts: mood's label → impressions that were decided by it; all of ``MOODS``.
    """

    starts_utc: datetime
    ends_utc: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """All that the insights page shows.

    Attributes:
        total: of all impressions that the filter leaves.
        sessions: how many visits they are of.
        by_item: item's id → its figures, most impressions first; the next two alike.
        by_mood: by the mood that the decision answered.
        by_site: by place.
        bins: stretches of time of one width by the wall clock, without gaps; empty without impressions.
        bin_width: how long each is.
        comparison: mood against control; expressions picked by hand are left out of it.
    """

    total: Figures
    sessions: int
    by_item: Mapping[str, Figures]
    by_mood: Mapping[str, Figures]
    by_site: Mapping[str, Figures]
    bins: tuple[MoodBin, ...]
    bin_width: timedelta
    comparison: Comparison


def read_report(
    engine: Engine, wanted: ReportFilter | None = None, *, zone: tzinfo = UTC, seed: int = SEED
) -> Report:
    """Ask the database for a report.

    Args:
        engine: of a migrated database.
        wanted: which impressions; None for all but the demo's.
        zone: by whose days and hours the bins begin.
        seed: of the comparison's resampling; the same data and seed give the same report.

    Raises:
        DatabaseError: it cannot be read.
    """
    wanted = wanted or ReportFilter()
    # Side by side, as each keeps a processor of the database busy; what comes in between them is not missed
    # for long.
    with ThreadPoolExecutor(3, "content-reports") as side_by_side:
        asked = [
            side_by_side.submit(_asked, engine, wanted, ask)
            for ask in (_breakdowns, partial(_mood_bins, zone=zone), _sessions)
        ]
        groups, (bins, width), (patterns, sessions) = (answer.result() for answer in asked)
    return Report(
        total=added(groups["site"].values()),
        sessions=sessions,
        by_item=groups["item_id"],
        by_mood=groups["mood"],
        by_site=groups["site"],
        bins=bins,
        bin_width=width,
        comparison=compare(patterns[Arm.MOOD], patterns[Arm.CONTROL], np.random.default_rng(seed)),
    )


def added(groups: Iterable[Figures]) -> Figures:
    """What several groups add up to."""
    found = tuple(groups)
    return Figures(*(sum(getattr(g, f.name) for g in found) for f in fields(Figures)))


def by_tag(by_item: Mapping[str, Figures], tags: Mapping[str, Sequence[str]]) -> dict[str, Figures]:
    """The figures of each tag's items, most impressions first; an item counts for each of its tags.

    Args:
        by_item: item's id → its figures.
        tags: item's id → its tags, one spelling each.
    """
    members: dict[str, list[Figures]] = {}
    for item_id, figures in by_item.items():
        for tag in tags.get(item_id, ()):
            members.setdefault(tag, []).append(figures)
    sums = [(tag, added(found)) for tag, found in members.items()]
    return dict(sorted(sums, key=lambda pair: (-pair[1].impressions, pair[0])))


def _asked(engine: Engine, wanted: ReportFilter, ask: Callable[[Connection, ReportFilter], Any]) -> Any:
    with reading(engine) as connection:
        return ask(connection, wanted)


def sites_and_items(engine: Engine) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sites and the items that have impressions, by name.

    Raises:
        DatabaseError: it cannot be read.
    """
    pairs = select(impressions.c.item_id, impressions.c.site).distinct()
    with reading(engine) as connection:
        found = connection.execute(pairs).all()
    return tuple(sorted({row.site for row in found})), tuple(sorted({row.item_id for row in found}))


def has_impressions(engine: Engine) -> bool:
    """Whether anything was seen yet.

    Raises:
        DatabaseError: it cannot be read.
    """
    with reading(engine) as connection:
        return connection.execute(select(literal(1)).select_from(impressions).limit(1)).first() is not None


def _finished() -> ColumnElement[int]:
    return func.sum(case((impressions.c.quarters >= WHOLE, 1), else_=0))


def _scanned(conditions: list[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    # A condition in this form is only ever checked. In its plain form it may lead a database to another
    # index, from which every row has to be looked up in the table, many times slower for a wide range.
    return [case((condition, 1), else_=0) == 1 for condition in conditions]


def _breakdowns(connection: Connection, wanted: ReportFilter) -> dict[str, dict[str, Figures]]:
    c = impressions.c
    sums = [
        func.count().label("impressions"),
        func.sum(c.visible_ms).label("visible_ms"),
        _finished().label("completions"),
        *(func.sum(c[f.name]).label(f.name) for f in fields(Figures)[3:]),
    ]
    keys = ("item_id", "site", "mood")
    fine = (
        select(*(c[key] for key in keys), *sums)
        .where(*_scanned(wanted.conditions()))
        .group_by(*(c[key] for key in keys))
        .cte("fine")
    )
    names = [f.name for f in fields(Figures)]
    coarse = union_all(
        *(
            select(
                literal(key).label("dimension"),
                fine.c[key].label("value"),
                *(func.sum(fine.c[name]).label(name) for name in names),
            ).group_by(fine.c[key])
            for key in keys
        )
    )
    groups: dict[str, dict[str, Figures]] = {key: {} for key in keys}
    for row in connection.execute(coarse).mappings():
        groups[row["dimension"]][row["value"]] = Figures(*(int(row[name]) for name in names))
    return {
        key: dict(sorted(found.items(), key=lambda pair: (-pair[1].impressions, pair[0])))
        for key, found in groups.items()
    }


def bin_width(first: datetime, last: datetime) -> timedelta:
    """The narrowest width of ``BIN_WIDTHS`` that needs at most ``MOST_BINS`` bins, or else the widest."""
    return next((w for w in BIN_WIDTHS if (last - first) / w < MOST_BINS - 1), BIN_WIDTHS[-1])


def bin_edges(first: datetime, last: datetime, width: timedelta, zone: tzinfo) -> list[datetime]:
    """Where bins of that width begin, from the one of ``first``, and where the one of ``last`` ends, in UTC.

    Bins of an hour and more follow the zone's wall clock: a day is from midnight to midnight, so 23 or 25
    hours long when the clocks change.
    """
    clock = zone if width >= _BY_THE_CLOCK else UTC
    begin, end = (at.astimezone(clock).replace(tzinfo=None) for at in (first, last))
    start = _EPOCH + (begin - _EPOCH) // width * width
    walls = (start + n * width for n in range((end - start) // width + 2))
    # An hour that a clock leaves out begins and ends at once: it is no bin.
    return sorted({wall.replace(tzinfo=clock).astimezone(UTC) for wall in walls})


def _mood_bins(
    connection: Connection, wanted: ReportFilter, zone: tzinfo
) -> tuple[tuple[MoodBin, ...], timedelta]:
    when = impressions.c.started_at_utc
    others = wanted.conditions()
    ends = [
        connection.execute(select(when).where(*others).order_by(order).limit(1)).scalar_one_or_none()
        for order in (when.asc(), when.desc())
    ]
    if ends[0] is None or ends[1] is None:
        return (), BIN_WIDTHS[0]
    width = bin_width(ends[0], ends[1])
    edges = list(pairwise(bin_edges(ends[0], ends[1], width, zone)))
    counts = [func.coalesce(func.sum(case((impressions.c.mood == mood, 1), else_=0)), 0) for mood in MOODS]
    query = union_all(
        *(
            select(literal(n), *counts).where(when >= begin, when < end, *others)
            for n, (begin, end) in enumerate(edges)
        )
    )
    rows = sorted(tuple(int(v) for v in row) for row in connection.execute(query))
    return (
        tuple(MoodBin(*edges[row[0]], dict(zip(MOODS, row[1:], strict=True))) for row in rows),
        width,
    )


def _sessions(connection: Connection, wanted: ReportFilter) -> tuple[dict[Arm, list[Pattern]], int]:
    c = impressions.c
    arm = case((~c.picked, c.arm), else_=null())
    one: Select[Any] = (
        select(
            # A session that was in both arms, as by a setting that changed meanwhile, is in neither.
            case((func.min(arm) == func.max(arm), func.max(arm)), else_="").label("arm"),
            func.sum(case((~c.picked, 1), else_=0)).label("impressions"),
            func.sum(case((~c.picked & (c.quarters >= WHOLE), 1), else_=0)).label("completions"),
        )
        .where(*_scanned(wanted.conditions()))
        .group_by(c.session_id)
    )
    each = one.subquery("each")
    columns = each.c.arm, each.c.impressions, each.c.completions
    patterns: dict[Arm, list[Pattern]] = {a: [] for a in Arm}
    sessions = 0
    query = select(*columns, func.count()).group_by(*columns).order_by(*columns)
    for name, seen, finished, count in connection.execute(query):
        sessions += int(count)
        if name:
            patterns[Arm(name)].append(Pattern(int(seen), int(finished), int(count)))
    return patterns, sessions
