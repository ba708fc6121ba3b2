"""What a tab needs to go on in another process: a signed token that the tab keeps for itself.

Everything about a viewer is in the session of one process. When that process is gone, as after a crash or an
update, the page connects to another one, which knows nothing of it. The tab then hands over the last token it
was given, and the visit goes on: consent, choices, calibration, what was shown as far as caps and shares need
it, and the showings that the browser may still tell of.

The token is in the tab's own session storage and is worth nothing after ``ui.live.tab_token.VALID_S``. It is
no cookie, and it ends with the visit. It is signed with the secret that all replicas share.
"""

from __future__ import annotations

import logging
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from content.choosing.eligibility import History
from content.choosing.programme import ProgrammeState
from content.records.impressions import DecisionRecord
from content.records.recorder import decode, encode
from content.types import Catalog, Kind, Reader, Strategy
from emotion.baseline import SessionCalibration
from emotion.labels import Emotion
from emotion.types import SmoothingOptions
from ui.app.state import Preferences, Session
from ui.live import tab_token
from ui.live.impressions import SessionLog
from ui.live.state import LiveState, Resting, Source

_log = logging.getLogger(__name__)

_Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class ShownBefore(BaseModel):
    """A showing of which the browser may still tell something.

    Attributes:
        impression_id: of its events, so that they count once, whoever hears of them.
        age_s: for how long it had been on.
        record: of its decision, as ``content.records.recorder.encode`` writes it.
    """

    model_config = ConfigDict(frozen=True)

    impression_id: _Id
    age_s: float
    record: str


class Visit(BaseModel):
    """One viewer's visit, as far as another process needs it; times are seconds from when it was written."""

    # A newer version of the app beside this one may say more.
    model_config = ConfigDict(frozen=True, extra="ignore")

    session_id: _Id
    consented: bool
    source: Source
    camera_on: bool
    reader: Reader | None
    moved: bool
    demo_mood: Emotion | None
    demo_strength: Annotated[float, Field(ge=0, le=1)]
    strategy: Strategy
    smoothing: SmoothingOptions
    calibration: SessionCalibration
    resting: Resting
    last: dict[Kind, str]
    counts: dict[str, int]
    rests_s: dict[str, float]
    owed: dict[str, float]
    shown: tuple[ShownBefore, ...]


def token(viewer: Session, state: LiveState, catalog: Catalog, secret: str | None, now_s: float) -> str:
    """What the tab should keep now; empty where there is nothing to go on with, or no secret.

    Quick where nothing has changed, and callable from any thread.

    Args:
        viewer: whose visit.
        state: of the live page.
        catalog: says which items have caps.
        secret: that all replicas share.
        now_s: monotonic seconds.
    """
    if secret is None or not (state.consented or state.source is Source.DEMO):
        return ""
    choices = viewer.page(Preferences)
    said = (
        (viewer.session_id, state.consented, state.source, state.demo_mood, state.demo_strength),
        (state.reader, state.moved, camera_on(state, now_s), state.calibration, state.resting),
        (choices.strategy, choices.smoothing),
        # With each decision the history changes as well.
        tuple(record.decision_id for record in _latest(state)),
    )
    return state.token.renew(
        said,
        now_s,
        lambda: tab_token.sign(_visit(viewer, state, catalog, now_s).model_dump(mode="json"), secret),
    )


def read(sent: object, secret: str) -> tuple[Visit, float] | None:
    """The visit of a token and how old it is in seconds; None where it is no token, or too old.

    Args:
        sent: by a browser.
        secret: that all replicas share.
    """
    found = tab_token.read(sent, secret)
    try:
        return (Visit.model_validate(found[0]), found[1]) if found is not None else None
    except ValidationError as error:
        _log.warning("A tab came with another version's visit, and is asked again: %s", error)
        return None


def go_on(viewer: Session, state: LiveState, visit: Visit, age_s: float, site: str, now_s: float) -> None:
    """Lets a new session go on with a visit.

    Args:
        viewer: the new session.
        state: of its live page.
        visit: from the token.
        age_s: how long ago the token was written.
        site: where the page is shown.
        now_s: monotonic seconds.
    """
    viewer.session_id = visit.session_id
    choices = viewer.page(Preferences)
    choices.strategy, choices.smoothing = visit.strategy, visit.smoothing
    state.consented, state.ended = visit.consented, False
    state.source, state.demo_mood, state.demo_strength = visit.source, visit.demo_mood, visit.demo_strength
    state.demo_since_s = now_s
    state.reader, state.moved, state.starts = visit.reader, visit.moved, visit.camera_on
    state.calibration, state.resting = visit.calibration, visit.resting
    rests = {item_id: now_s + left_s - age_s for item_id, left_s in visit.rests_s.items()}
    state.programme = ProgrammeState(
        history=History(last=visit.last, counts=visit.counts, rests_until=rests, owed=visit.owed)
    )
    state.log = SessionLog(visit.session_id, site)
    for before in visit.shown:
        if (record := _record(before)) is not None:
            state.log.go_on(record, before.impression_id, now_s - age_s - before.age_s)


def camera_on(state: LiveState, now_s: float) -> bool:
    """Whether the camera runs, so that it should run on."""
    return state.feed is not None and state.feed.status(now_s).live


def _latest(state: LiveState) -> tuple[DecisionRecord, ...]:
    return state.log.latest if state.log is not None else ()


def _visit(viewer: Session, state: LiveState, catalog: Catalog, now_s: float) -> Visit:
    choices = viewer.page(Preferences)
    history = state.programme.history if state.programme is not None else History()
    capped = {item.item_id for item in catalog.items if item.frequency_cap is not None}
    return Visit(
        session_id=viewer.session_id,
        consented=state.consented,
        source=state.source,
        camera_on=camera_on(state, now_s),
        reader=state.reader,
        moved=state.moved,
        demo_mood=state.demo_mood,
        demo_strength=state.demo_strength,
        strategy=choices.strategy,
        smoothing=choices.smoothing,
        calibration=state.calibration,
        resting=Resting.OFFERED if state.resting is Resting.LOOKING else state.resting,
        last=dict(history.last),
        counts={item_id: count for item_id, count in history.counts.items() if item_id in capped},
        rests_s={
            i: round(until_s - now_s, 1) for i, until_s in history.rests_until.items() if until_s > now_s
        },
        owed=dict(history.owed),
        shown=tuple(_shown_before(state, now_s)),
    )


def _shown_before(state: LiveState, now_s: float) -> list[ShownBefore]:
    log, found = state.log, []
    for record in _latest(state):
        shown = log.shown(record.decision_id) if log is not None else None
        if shown is not None:
            age_s = round(now_s - shown.since_s, 2)
            found.append(ShownBefore(impression_id=shown.impression_id, age_s=age_s, record=encode(record)))
    return found


def _record(before: ShownBefore) -> DecisionRecord | None:
    try:
        record = decode(before.record)
    except (ValueError, KeyError, TypeError) as error:
        _log.warning("A showing of another version is not gone on with: %s", error)
        return None
    return record if isinstance(record, DecisionRecord) else None
