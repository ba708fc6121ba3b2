"""What the live page would have shown beside a clip: its programme, run on the clip's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from content.choosing.picker import Picker
from content.choosing.programme import ProgrammeState, Showing, advance
from content.types import Catalog, CatalogItem, Decision, Kind, Moment, PickContext, Strategy
from emotion.video.analyze import VideoReading

TICK_S = 0.5


@dataclass(frozen=True, slots=True)
class Shown:
    """One item in one slot.

    Attributes:
        slot: where.
        item: what; None where the catalog had nothing.
        decision: why.
        starts_s, ends_s: in the clip.
    """

    slot: Kind
    item: CatalogItem | None
    decision: Decision
    starts_s: float
    ends_s: float


def replay(
    readings: Sequence[VideoReading],
    end_s: float,
    catalog: Catalog,
    picker: Picker,
    *,
    strategy: Strategy,
    began_utc: datetime,
    rng: np.random.Generator,
    site: str = "local",
    session_id: str = "",
    min_confidence: float = 0.30,
    model_version: str = "",
) -> tuple[Shown, ...]:
    """Lets the live programme follow the moods of a clip.

    Args:
        readings: in the order of time.
        end_s: where the last of them ends.
        catalog: what there is to show.
        picker: chooses from it.
        strategy: match the expression or lift it.
        began_utc: the calendar's time at the clip's beginning, for items with hours.
        rng: for the choices; the same state gives the same result.
        site: where the session is.
        session_id: of the viewer's session.
        min_confidence: the lowest probability at which smoothing keeps a mood, see ``PickContext``.
        model_version: of the model that read the clip.

    Returns:
        What would have been on, by its beginning and then by slot.
    """
    found: list[Shown] = []
    on: dict[Kind, Showing] = {}
    state = ProgrammeState()
    next_tick_s = -np.inf
    for reading in readings:
        # The live page looks twice a second, however often a face is read.
        if reading.t_s < next_tick_s - 1e-6:
            continue
        next_tick_s = reading.t_s + TICK_S
        context = PickContext(
            mood=reading.mood,
            strategy=strategy,
            site=site,
            session_id=session_id,
            min_confidence=min_confidence,
            model_version=model_version,
        )
        now = Moment(reading.t_s, began_utc + timedelta(seconds=reading.t_s))
        state = advance(state, catalog, picker, context, now, rng)
        for slot in Kind:
            showing = state.showing(slot)
            before = on.get(slot)
            if showing is None or (
                before is not None and before.decision.decision_id == showing.decision.decision_id
            ):
                continue
            if before is not None:
                found.append(_shown(slot, before, reading.t_s))
            on[slot] = showing
    found.extend(_shown(slot, showing, end_s) for slot, showing in on.items())
    order = list(Kind)
    return tuple(sorted(found, key=lambda s: (s.starts_s, order.index(s.slot))))


def _shown(slot: Kind, showing: Showing, ends_s: float) -> Shown:
    return Shown(slot, showing.item, showing.decision, showing.since_s, max(showing.since_s, ends_s))
