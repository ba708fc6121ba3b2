"""Which items can show at all: now, later, or never, and what keeps them from it.

Pure, and worked out with what choosing itself uses. *Never* is said only where it is sure: an item counts
as kept out by others only when those others are always there (no dates, no caps, no cool-down, any number of
people) and win for every one of a thousand beliefs that cover what a reading can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt

from content.choosing.eligibility import MATCH_SHARE, Shelf, Vector, closeness, region_bounds, shelve
from content.choosing.schedules import find_zone, in_schedule
from content.types import Audience, Catalog, CatalogItem, Kind, Schedule, Status
from emotion.labels import EMOTIONS
from emotion.types import VALENCE_AROUSAL, SmoothingOptions

KNOWN_FROM = SmoothingOptions().held_from
"""The least top probability of a belief that counts as a mood, see ``PickContext.min_confidence``."""

MOST_SURE = 0.99
"""No reading is surer: probabilities are calibrated, and smoothing blends them over time."""

RARELY = 1e-4
"""An item that is drawn less often than this, where it fits best, counts as never shown."""

Mask = npt.NDArray[np.bool_]

_DAYS_AHEAD = 15
_CHUNK = 256
_HAIR = 1e-9
_VA = np.array([VALENCE_AROUSAL[e] for e in EMOTIONS])


class State(StrEnum):
    """Whether an item shows when somebody's mood fits it."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


class Cause(StrEnum):
    """What keeps an item from showing.

    ``DRAFT`` and ``ARCHIVED`` are the editors' own wish. Of the others ``NOT_YET`` and ``CLOSED`` pass by
    themselves, and the rest do not.
    """

    DRAFT = "draft"
    ARCHIVED = "archived"
    NOT_YET = "not yet"
    CLOSED = "closed"
    ENDED = "ended"
    NO_HOUR = "no hour"
    UNKNOWN_ZONE = "unknown zone"
    TOO_SURE = "too sure"
    NO_MOOD = "no mood"
    OUTDONE = "outdone"
    TOO_LIGHT = "too light"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an item shows, and if not, why.

    Attributes:
        cause: None for an item that shows now.
        next_utc: when its schedule opens next; None where it is open, or never opens again.
        rival_id: the item that keeps it out, where one does.
    """

    state: State
    cause: Cause | None = None
    next_utc: datetime | None = None
    rival_id: str = ""


def next_opening(schedule: Schedule, at_utc: datetime) -> datetime | None:
    """The first moment from ``at_utc`` on at which the schedule is open; None where there is none.

    Days and hours come round every week, so two weeks from the later of now and the start tell.
    """
    probe = CatalogItem("probe", Kind.AD, "probe", schedule=schedule)
    begin = max(at_utc, schedule.starts_at_utc or at_utc)
    if in_schedule(probe, begin):
        return begin
    zone = find_zone(schedule.time_zone)
    if zone is None:
        return None
    first = begin.astimezone(zone).date()
    for day in range(_DAYS_AHEAD):
        opens = datetime.combine(first + timedelta(day), schedule.from_time or time(), zone)
        opens = opens.astimezone(begin.tzinfo)
        if opens >= begin and in_schedule(probe, opens):
            return opens
    return None


def standings(
    catalog: Catalog,
    at_utc: datetime,
    *,
    best_only: frozenset[Kind] = frozenset({Kind.THEME}),
    match_share: float = MATCH_SHARE,
) -> Mapping[str, Standing]:
    """How every item of the catalog stands.

    Args:
        catalog: now.
        at_utc: now.
        best_only: the kinds of which always the best score shows, not a draw.
        match_share: as the picker has it.

    Returns:
        Item id → standing, of all items, in catalog order.
    """
    found: dict[str, Standing] = {}
    for item in catalog.items:
        found[item.item_id] = _alone(item, at_utc, match_share)
    for kind in Kind:
        open_ids = {i.item_id for i in catalog.of_kind(kind) if found[i.item_id].state is not State.NEVER}
        shelf = shelve(catalog, kind)
        for item_id, kept_out in _among_peers(shelf, open_ids, kind in best_only, match_share):
            found[item_id] = kept_out
    return found


def _alone(item: CatalogItem, at_utc: datetime, match_share: float) -> Standing:
    """What can be said of an item without its peers."""
    if item.status is not Status.PUBLISHED:
        return Standing(State.NEVER, Cause.DRAFT if item.status is Status.DRAFT else Cause.ARCHIVED)
    schedule = item.schedule
    if find_zone(schedule.time_zone) is None:
        return Standing(State.NEVER, Cause.UNKNOWN_ZONE)
    if schedule.ends_at_utc is not None and schedule.ends_at_utc <= at_utc:
        return Standing(State.NEVER, Cause.ENDED)
    opens = next_opening(schedule, at_utc)
    if opens is None:
        return Standing(State.NEVER, Cause.NO_HOUR)
    if not item.is_default:
        if item.min_confidence > MOST_SURE:
            return Standing(State.NEVER, Cause.TOO_SURE)
        if not _meant_for_any(item, match_share):
            return Standing(State.NEVER, Cause.NO_MOOD)
    if opens > at_utc:
        begun = schedule.starts_at_utc is None or schedule.starts_at_utc <= at_utc
        return Standing(State.LATER, Cause.CLOSED if begun else Cause.NOT_YET, opens)
    return Standing(State.NOW)


def _meant_for_any(item: CatalogItem, match_share: float) -> bool:
    if item.region is None:
        return bool(item.targets)
    goals = _beliefs()
    sure = goals[goals.max(axis=1) >= max(item.min_confidence, KNOWN_FROM) - _HAIR]
    close = closeness(np.array(region_bounds(item.region)), sure @ _VA)
    return bool(close.max(initial=0.0) >= match_share * (1 - _HAIR))


# -- among peers ---------------------------------------------------------------------------------------


def _among_peers(
    shelf: Shelf, open_ids: set[str], best_only: bool, match_share: float
) -> Iterator[tuple[str, Standing]]:
    """The items that their peers keep out of every draw, or all but out."""
    contenders = np.array([item_id in open_ids for item_id in shelf.ids], np.bool_)
    steady = contenders & np.array([_is_always_there(item) for item in shelf.items], np.bool_)
    # An item with a share is drawn for its share's sake, however its peers score.
    must_win = (shelf.shares == 0) & best_only
    sweep = _Sweep(shelf, contenders & ~shelf.is_default, steady & ~shelf.is_default, must_win, match_share)
    yield from sweep.kept_out()
    yield from _defaults(shelf, contenders & shelf.is_default, steady & shelf.is_default, must_win)


def _is_always_there(item: CatalogItem) -> bool:
    return (
        item.schedule == Schedule(time_zone=item.schedule.time_zone)
        and item.audience is Audience.ANY
        and item.frequency_cap is None
        and item.daily_cap is None
        and not item.pacing.cool_down_s
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sweep:
    """Goes over the beliefs and looks which items are ever in a draw.

    Attributes:
        members: bool ``(n,)``: the items in question, none of them a default item.
        rivals: bool ``(n,)``: those of them that are always there.
        must_win: bool ``(n,)``: items that show only where they have the best score.
    """

    shelf: Shelf
    members: Mask
    rivals: Mask
    must_win: Mask
    match_share: float

    def kept_out(self) -> Iterator[tuple[str, Standing]]:
        """The items that are never in a draw, each with one that outdoes it, and those hardly ever drawn."""
        shelf, beliefs = self.shelf, _beliefs()
        # Who asks for a surer reading meets more rivals; steps of a tenth are fine enough to be fair.
        floors = np.maximum(KNOWN_FROM, np.floor(shelf.min_confidences * 10 + _HAIR) / 10)
        undecided = self.members.copy()
        for goals in np.split(beliefs, list(range(len(EMOTIONS), len(beliefs), _CHUNK))):
            for rows, drawn, _ in self._draws(goals, floors, undecided):
                undecided[rows[drawn.any(axis=1)]] = False
        for row, rival_id in self._rivals_of(np.flatnonzero(undecided).tolist(), floors):
            yield shelf.ids[row], Standing(State.NEVER, Cause.OUTDONE, rival_id=rival_id)
        plain = self.members & ~undecided & ~self.must_win & (shelf.shares == 0)
        sure = np.eye(len(EMOTIONS))
        chance, any_draw = np.zeros(len(shelf.items)), np.zeros(len(shelf.items), np.bool_)
        for rows, drawn, total in self._draws(sure, floors, plain, totals=True):
            own = (shelf.targets @ sure.T)[rows] * shelf.weights[rows, None]
            odds = np.where(drawn, own / np.maximum(np.maximum(own, total), np.finfo(np.float64).tiny), 0.0)
            chance[rows] = np.maximum(chance[rows], odds.max(axis=1))
            any_draw[rows] |= drawn.any(axis=1)
        for row in np.flatnonzero(any_draw & (chance < RARELY) & (shelf.targets.any(axis=1))).tolist():
            yield shelf.ids[row], Standing(State.NEVER, Cause.TOO_LIGHT)

    def _draws(
        self, goals: Vector, floors: Vector, asked: Mask, *, totals: bool = False
    ) -> Iterator[tuple[npt.NDArray[np.intp], Mask, Vector]]:
        """Rows that are asked for, in which beliefs' draws each is, and the sum of the rivals' scores."""
        if not asked.any():
            return
        shelf, share, top = self.shelf, self.match_share * (1 - _HAIR), goals.max(axis=1)
        aims, fits = _fits(shelf, goals)
        meant = aims >= share * top
        theirs = np.where(meant & self.rivals[:, None], fits, 0.0)
        best, met = np.zeros(len(goals)), np.zeros(len(self.rivals), np.bool_)
        for floor in np.unique(floors[asked]):
            new = self.rivals & (shelf.min_confidences <= floor + _HAIR) & ~met
            best, met = np.maximum(best, theirs[new].max(axis=0, initial=0.0)), met | new
            rows = np.flatnonzero(asked & (floors == floor))
            sure = shelf.min_confidences[rows, None] <= top + _HAIR
            fit = fits[rows]
            drawn = meant[rows] & sure & (fit > 0) & (fit >= share * best)
            total = np.zeros(len(goals))
            if met.any() and (totals or self.must_win[rows].any()):
                there = np.flatnonzero(met)
                in_draw = np.where(theirs[there] >= share * best, theirs[there], 0.0)
                scores = in_draw * shelf.weights[there, None]
                drawn &= self._wins(rows, fits, there, scores) | ~self.must_win[rows, None]
                total = scores.sum(axis=0)
            yield rows, drawn, total

    def _wins(
        self, rows: npt.NDArray[np.intp], fits: Vector, there: npt.NDArray[np.intp], scores: Vector
    ) -> Mask:
        """Where a row's score is the best, of equals the first; or where it is not sure that it is not."""
        winner, most = there[scores.argmax(axis=0)], scores.max(axis=0)
        own = fits[rows] * self.shelf.weights[rows, None]
        first = rows[:, None] <= winner[None, :]
        wins = (own > most * (1 + _HAIR)) | ((own >= most * (1 - _HAIR)) & first)
        # A fit that much better would push the winner itself out of the draw.
        pushes = self.match_share * fits[rows] > fits[winner, np.arange(fits.shape[1])]
        either: Mask = wins | pushes
        return either

    def _rivals_of(self, rows: list[int], floors: Vector) -> Iterator[tuple[int, str]]:
        """Of each row an item that keeps it out where the row is meant most."""
        shelf, beliefs = self.shelf, _beliefs()
        regions = dict(zip(shelf.regional.tolist(), shelf.regions, strict=True))
        known: dict[tuple[int, float, bool], str] = {}
        for row in rows:
            close = closeness(regions[row], beliefs @ _VA) if row in regions else shelf.targets[row]
            at = int(close.argmax())
            key = (at, float(floors[row]), bool(self.must_win[row]))
            if key not in known:
                goal = beliefs[at]
                there = np.flatnonzero(self.rivals & (shelf.min_confidences <= key[1] + _HAIR))
                aims, fits = _fits(shelf, goal[None, :])
                theirs = np.where(aims[there, 0] >= self.match_share * goal.max(), fits[there, 0], 0.0)
                strength = theirs * shelf.weights[there] if key[2] else theirs
                known[key] = shelf.ids[there[int(strength.argmax())]] if len(there) else ""
            yield row, known[key]


def _fits(shelf: Shelf, goals: Vector) -> tuple[Vector, Vector]:
    """``(n, m)`` twice: how far what an item is meant for is there, and how well it fits, by belief."""
    aims, fits = shelf.aims @ goals.T, shelf.targets @ goals.T
    if len(shelf.regional):
        close = closeness(shelf.regions[:, None], goals @ _VA)
        aims[shelf.regional] = fits[shelf.regional] = goals.max(axis=1) * close
    return aims, fits


def _defaults(
    shelf: Shelf,
    contenders: Mask,
    steady: Mask,
    must_win: Mask,
) -> Iterator[tuple[str, Standing]]:
    """Default items know no mood: the weight alone decides."""
    rivals = np.flatnonzero(steady)
    if not len(rivals):
        return
    weights = shelf.weights[rivals]
    winner, total = int(rivals[weights.argmax()]), float(weights.sum())
    for member in np.flatnonzero(contenders).tolist():
        weight = float(shelf.weights[member])
        loses = (weight, -member) < (float(shelf.weights[winner]), -winner)
        if must_win[member] and loses:
            yield shelf.ids[member], Standing(State.NEVER, Cause.OUTDONE, rival_id=shelf.ids[winner])
        elif not must_win[member] and not shelf.shares[member]:
            others = total - (weight if member in rivals else 0.0)
            if weight < RARELY * (weight + others):
                yield shelf.ids[member], Standing(State.NEVER, Cause.TOO_LIGHT)


@cache
def _beliefs() -> Vector:
    """``(m, 7)``: what counts as a mood, widely sampled: one expression, two or three mixed, and blurred."""
    count = len(EMOTIONS)
    found: list[Vector] = list(np.eye(count))
    for a, b in permutations(range(count), 2):
        for part in (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 2 / 3, 0.6, 0.55, 0.5):
            found.append(_mix(count, {a: part, b: 1 - part}))
    for a, b, c in permutations(range(count), 3):
        for parts in ((0.6, 0.3, 0.1), (0.5, 0.3, 0.2), (0.4, 0.35, 0.25)):
            found.append(_mix(count, dict(zip((a, b, c), parts, strict=True))))
    for size in (2, 3):
        for group in combinations(range(count), size):
            found.append(_mix(count, dict.fromkeys(group, 1 / size)))
    for a in range(count):
        for part in (KNOWN_FROM, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99):
            rest = (1 - part) / (count - 1)
            found.append(_mix(count, {e: part if e == a else rest for e in range(count)}))
    beliefs = np.array(found)
    beliefs.setflags(write=False)
    return beliefs


def _mix(count: int, parts: Mapping[int, float]) -> Vector:
    mixed = np.zeros(count)
    for position, part in parts.items():
        mixed[position] = part
    return mixed
