"""What one session's page shows from moment to moment: pure, driven by a tick.

Each tick hands the state and the time in and gets the state back; where nothing changes it is the same
object, so a page can leave what is playing alone. Rules, in order:

1. An item that was deleted, archived, moved out of its schedule or re-targeted is replaced at once; one
   that was only reworded keeps its place, its decision and its time, and shows its new words.
2. Nothing else changes before the minimum dwell is over: the item's own, or else the programme's.
3. A new mood (or strategy, or arm) brings new content in every slot; an item that waits plays out first.
4. While the mood holds an ad rotates, media plays to its end, and the theme stays until another one that
   would be preferred to it becomes available: published, its hours begun, or the mood sure enough for it.

Dwell, rotation and cool-downs go by the monotonic clock, schedules by the calendar. A calendar that is set
back or forward, or a zone that changes its time, moves schedules and nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from content.choosing.eligibility import History, Shelf, is_known
from content.choosing.picker import Picker
from content.choosing.schedules import in_schedule
from content.types import Arm, Catalog, CatalogItem, Decision, Kind, Moment, Pacing, PickContext, Strategy
from emotion.labels import Emotion


@dataclass(frozen=True, slots=True)
class ProgrammeOptions:
    """How long things stay.

    Attributes:
        min_dwell_s: how long an item is shown at least, whatever the mood does, where it does not say itself.
        ad_rotation_s: how long an ad stays while a mood holds; an empty slot is tried again as often.
        still_media_s: how long a picture without a duration stays as media.
        media_min_s: a shorter clip is repeated, whole, until it has played this long.
        start_up_s: added to how long ads and media stay, for a browser that begins to play late and says
            when it is done, see ``played_out``.

    Raises:
        ValueError: a negative dwell, or another time that is not positive.
    """

    min_dwell_s: float = 3.0
    ad_rotation_s: float = 12.0
    still_media_s: float = 20.0
    media_min_s: float = 10.0
    start_up_s: float = 0.0

    def __post_init__(self) -> None:
        positive = min(self.ad_rotation_s, self.still_media_s, self.media_min_s) > 0
        if min(self.min_dwell_s, self.start_up_s) < 0 or not positive:
            raise ValueError(f"Expected times above 0 s (dwell and start-up may be 0). Received: {self}")


@dataclass(frozen=True, slots=True)
class Cue:
    """What content answers to; content changes when this does.

    A mood that was picked and the same mood read from a face are two cues: the reasons differ.
    """

    dominant: Emotion | None
    strategy: Strategy
    arm: Arm
    picked: bool = False


@dataclass(frozen=True, slots=True)
class Showing:
    """What one slot shows.

    Attributes:
        decision: why; its ``decision_id`` stays the same for as long as this is one showing.
        item: what, as the catalog has it now; None where there is nothing to show.
        since_s: when it appeared.
        until_s: when the next one is due while the mood holds; infinite for themes.
        cue: the mood that it answers.
        offered: of a theme, the catalog's version and the themes on offer when it was last asked whether
            another one should take its place.
    """

    decision: Decision
    item: CatalogItem | None
    since_s: float
    until_s: float
    cue: Cue
    offered: tuple[int, bytes] = (0, b"")


@dataclass(frozen=True, slots=True)
class ProgrammeState:
    """All three slots of one session; ``ProgrammeState()`` has shown nothing yet."""

    ad: Showing | None = None
    media: Showing | None = None
    theme: Showing | None = None
    history: History = field(default_factory=History)
    catalog_version: int | None = None

    def showing(self, slot: Kind) -> Showing | None:
        """What a slot shows."""
        match slot:
            case Kind.AD:
                return self.ad
            case Kind.MEDIA:
                return self.media
            case Kind.THEME:
                return self.theme

    def item(self, slot: Kind) -> CatalogItem | None:
        """The item in a slot, or None."""
        showing = self.showing(slot)
        return showing.item if showing else None


def cue(context: PickContext) -> Cue:
    """What this context asks content to answer; a mood too unsure to be answered is no mood."""
    mood = context.mood
    # In the control arm nothing follows the mood, so neither it nor how to answer it is a reason to change.
    if context.arm is Arm.CONTROL:
        return Cue(None, Strategy.MATCH, context.arm)
    dominant = mood.dominant if mood is not None and is_known(context) else None
    return Cue(dominant, context.strategy, context.arm, context.picked)


def play_time_s(item: CatalogItem | None, slot: Kind, options: ProgrammeOptions) -> float:
    """How long an item stays in a slot while the mood holds, in seconds."""
    if item is None:
        return options.ad_rotation_s
    if slot is Kind.THEME:
        return math.inf
    if slot is Kind.AD:
        return options.ad_rotation_s
    duration_s = item.asset.duration_s if item.asset else None
    if duration_s is None or duration_s <= 0:
        return options.still_media_s
    return math.ceil(options.media_min_s / duration_s) * duration_s


def advance(
    state: ProgrammeState,
    catalog: Catalog,
    picker: Picker,
    context: PickContext,
    now: Moment,
    rng: np.random.Generator,
    options: ProgrammeOptions | None = None,
) -> ProgrammeState:
    """The state after one tick; the same object where nothing changed.

    Args:
        state: before the tick.
        catalog: as it is now.
        picker: chooses from ``catalog``.
        context: mood and settings of this session.
        now: the tick's time.
        rng: for the choices.
        options: dwell and rotation.
    """
    options = options or ProgrammeOptions()
    wanted = cue(context)
    edited = state.catalog_version != catalog.version
    slots: dict[Kind, Showing] = {}
    history = state.history.within(catalog) if edited else state.history
    for slot in Kind:
        current = state.showing(slot)
        if current is not None and current.item is not None:
            current = _kept(current, current.item, picker.shelf(catalog, slot) if edited else None, now)
        offered = (catalog.version, picker.offer(catalog, slot, now)) if slot is Kind.THEME else (0, b"")
        if current is not None and slot is Kind.THEME and _may_go(current, now.at_s, options):
            current = _unless_outdone(current, offered, picker, context, history, now, catalog)
        if current is None or _is_due(current, catalog, wanted, now.at_s, options):
            leaving = state.item(slot)
            if leaving is not None:
                history = history.with_left(leaving, now.at_s)
            decision = picker.pick(slot, context, history, now, rng, catalog=catalog)
            item = None
            if decision.item_id is not None:
                shelf = picker.shelf(catalog, slot)
                item = shelf.items[shelf.positions[decision.item_id]]
                history = history.with_shown(slot, item.item_id, decision.shares)
            until_s = now.at_s + play_time_s(item, slot, options) + options.start_up_s
            current = Showing(decision, item, now.at_s, until_s, wanted, offered)
        slots[slot] = current
    if not edited and all(slots[k] is state.showing(k) for k in Kind):
        return state
    return ProgrammeState(
        ad=slots[Kind.AD],
        media=slots[Kind.MEDIA],
        theme=slots[Kind.THEME],
        history=history,
        catalog_version=catalog.version,
    )


def skipped(state: ProgrammeState, slot: Kind, at_s: float) -> ProgrammeState:
    """The state after a viewer asked for something else in a slot: the next tick fills it anew."""
    leaving = state.item(slot)
    history = state.history if leaving is None else state.history.with_left(leaving, at_s)
    return _with_showing(replace(state, history=history), slot, None)


def played_out(
    state: ProgrammeState, decision_id: str, at_s: float, options: ProgrammeOptions
) -> ProgrammeState:
    """The state after a browser has played an item to its end: what was added for its start is taken back.

    The same state where the decision is not on any more.
    """
    for slot in (Kind.AD, Kind.MEDIA):
        showing = state.showing(slot)
        if showing is not None and showing.decision.decision_id == decision_id:
            until_s = min(showing.until_s, max(at_s, showing.until_s - options.start_up_s))
            return _with_showing(state, slot, replace(showing, until_s=until_s))
    return state


def _with_showing(state: ProgrammeState, slot: Kind, showing: Showing | None) -> ProgrammeState:
    match slot:
        case Kind.AD:
            return replace(state, ad=showing)
        case Kind.MEDIA:
            return replace(state, media=showing)
        case Kind.THEME:
            return replace(state, theme=showing)


def _kept(showing: Showing, item: CatalogItem, edited_shelf: Shelf | None, now: Moment) -> Showing | None:
    """The showing with its item as the catalog has it now, or None where it may not stay."""
    if edited_shelf is not None:
        position = edited_shelf.positions.get(item.item_id)
        if position is None:
            return None
        as_it_is = edited_shelf.items[position]
        if _aim(as_it_is) != _aim(item):
            return None
        if as_it_is != item:
            item = as_it_is
            # The decision stays as it was made: it records the version that was chosen.
            showing = replace(showing, item=item)
    return showing if in_schedule(item, now.at_utc) else None


def _aim(item: CatalogItem) -> tuple[object, ...]:
    return dict(item.targets), item.region, item.min_confidence, item.audience


def _unless_outdone(
    current: Showing,
    offered: tuple[int, bytes],
    picker: Picker,
    context: PickContext,
    history: History,
    now: Moment,
    catalog: Catalog,
) -> Showing | None:
    """A theme's showing, or None where another one should take its place while the mood holds.

    Asked when the offer has changed, and at every tick while a general theme stands in for a mood that has
    none. Scores follow the belief, so between two themes of one mood they are asked no more often than that.
    """
    stands_in = current.cue.dominant is not None and not current.decision.by_mood
    renewed = offered != current.offered
    if current.item is None or current.cue != cue(context) or context.arm is Arm.CONTROL:
        return current
    if not (renewed or stands_in):
        return current
    draw = picker.draw(Kind.THEME, context, history, now, catalog)
    position = picker.shelf(catalog, Kind.THEME).positions[current.item.item_id]
    mine = draw.scores[draw.positions == position]
    if (stands_in and draw.by_mood) or (len(mine) and draw.scores.max() > mine[0]):
        return None
    return replace(current, offered=offered) if renewed else current


def _may_go(current: Showing, at_s: float, options: ProgrammeOptions) -> bool:
    """Whether the minimum dwell is over."""
    pacing = current.item.pacing if current.item else Pacing()
    dwell_s = options.min_dwell_s if pacing.min_dwell_s is None else pacing.min_dwell_s
    return at_s - current.since_s >= dwell_s


def _is_due(current: Showing, catalog: Catalog, wanted: Cue, at_s: float, options: ProgrammeOptions) -> bool:
    if current.item is None and current.decision.catalog_version != catalog.version:
        return True
    if not _may_go(current, at_s, options):
        return False
    if at_s >= current.until_s:
        return True
    pacing = current.item.pacing if current.item else Pacing()
    waits = pacing.wait_for_end and math.isfinite(current.until_s)
    return current.cue != wanted and not waits
