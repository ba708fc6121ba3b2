"""What one viewer's page shows at a moment: the mood of now, the content that follows it, and what is new.

The stage asks in its runs (``ui.live.stage``), and the page's pulse between them (``ui.live.pulse``), in the
server's own thread. So nothing here draws.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from attune_settings import settings
from content.bootstrap import Content
from content.choosing.arms import assign_arm
from content.choosing.eligibility import History
from content.choosing.programme import ProgrammeOptions, ProgrammeState, advance, played_out, skipped
from content.types import Arm, Catalog, Kind, Moment, PickContext, Strategy
from emotion.baseline import SessionCalibration
from emotion.labels import label_of
from emotion.tracker import LiveSnapshot
from emotion.types import EmotionScores, MoodEstimate
from ui.app.setup import IN_THE_LOG
from ui.app.state import Preferences, Session, session
from ui.live import cameras, personal, resume
from ui.live.impressions import SessionLog, Taken
from ui.live.pulse import Seen
from ui.live.state import LiveState, Resting, Source
from ui.live.trouble import TROUBLES
from ui.live.visit import NEW_VISIT
from ui.live.wire import Batch
from ui.look import moods, theming
from ui.look.words import CAMERA_NEEDS, counted, sentence

PROGRAMME = ProgrammeOptions(start_up_s=2.0)
"""A clip ends when the browser has played it; two seconds after it should have, it ends anyway."""

TIMELINE_S, TIMELINE_BIN_S = 180.0, 3.0
RECORD_AGAIN_S, FILE_AGAIN_S = 30.0, 2.0

_ANY_CHANCE = np.random.default_rng(0)
"""For choices that are thrown away."""


_UNIFORM = EmotionScores.uniform()
_picked_scores = lru_cache(maxsize=256)(EmotionScores.certain)
"""Asked for once a second for each page."""


def demo_mood(state: LiveState, now_s: float) -> MoodEstimate:
    """The picked mood as if it had been read from one face."""
    picked = state.demo_mood
    scores = _picked_scores(picked, state.demo_strength) if picked else _UNIFORM
    return MoodEstimate(
        scores=scores,
        dominant=picked,
        confidence=scores.confidence,
        since_s=state.demo_since_s,
        updated_at_s=now_s,
        faces_seen=1 if picked else 0,
    )


def mood_now(state: LiveState, now_s: float) -> tuple[MoodEstimate | None, str, float]:
    """The mood of this session, one line about where it comes from, and readings a second."""
    if state.source is Source.DEMO:
        words = (
            "You are picking the expression by hand." if state.demo_mood else "Pick an expression to begin."
        )
        return demo_mood(state, now_s), words, 0.0
    if state.feed is None:
        return None, "The camera is off. General content is shown.", 0.0
    if state.feed.trouble is not None:
        return None, state.feed.trouble.sentence, 0.0
    snapshot, status = state.feed.snapshot(now_s), state.feed.status(now_s)
    if snapshot is None or not status.live:
        if status.connecting:
            return None, TROUBLES["starting"].sentence, 0.0
        return None, "Press “Start camera” to let the page read your expression.", 0.0
    if snapshot.error:
        return None, f"Expressions cannot be read right now. {IN_THE_LOG}", 0.0
    faces = snapshot.mood.faces_seen
    together = ", read together" if faces > 1 else ""
    words = NEW_VISIT if state.new_visit else f"{sentence(counted(faces, 'face'))} in view{together}."
    if snapshot.problem is not None:
        words = CAMERA_NEEDS[snapshot.problem]
    return snapshot.mood, words, snapshot.readings_per_s


def context_of(viewer: Session, state: LiveState, mood: MoodEstimate | None, now_s: float) -> PickContext:
    """For whom content is chosen now; without today's counts, which only a run of the stage asks for."""
    preferences = viewer.page(Preferences)
    picked = state.source is Source.DEMO
    snapshot = state.feed.snapshot(now_s) if state.feed is not None and not picked else None
    arm, arm_share = drawn_arm(viewer)
    return PickContext(
        mood=mood,
        strategy=preferences.strategy,
        arm=arm,
        arm_share=arm_share,
        today=state.today,
        site=settings().site,
        session_id=viewer.session_id,
        min_confidence=preferences.smoothing.held_from,
        model_version=snapshot.model_version if snapshot is not None else "",
        reader=state.feed.reader if state.feed is not None and snapshot is not None else None,
        picked=picked,
    )


def follow(state: LiveState, content: Content, mood: MoodEstimate | None, now: Moment) -> Catalog:
    """Lets what is on follow the mood; returns the catalog it was chosen from."""
    viewer, catalog = session(), content.catalog()
    state.today = content.today(catalog, now)
    context = context_of(viewer, state, mood, now.at_s)
    heard = [state.heard.popleft() for _ in range(len(state.heard))]
    before = after_heard(state.programme or ProgrammeState(), heard)
    state.programme = advance(before, catalog, content.picker, context, now, viewer.rng, PROGRAMME)
    theme = state.programme.item(Kind.THEME)
    state.colors = theme.colors if theme and theme.colors else theming.DEFAULT_THEME
    return catalog


def is_due(
    viewer: Session, state: LiveState, content: Content, mood: MoodEstimate | None, now: Moment
) -> bool:
    """Whether ``follow`` would change what is on; changes nothing."""
    if state.programme is None:
        return True
    context = context_of(viewer, state, mood, now.at_s)
    catalog = content.recent_catalog()
    programme = after_heard(state.programme, tuple(state.heard))
    return advance(programme, catalog, content.picker, context, now, _ANY_CHANCE, PROGRAMME) is not programme


def hear(viewer: Session, state: LiveState, content: Content, batch: Batch) -> None:
    """Keeps what the browser saw of the content; the next run of the stage follows it. From any thread."""
    now = Moment(time.monotonic(), datetime.now(UTC))
    taken = session_log(viewer, state).take(batch, content.recorder, now)
    if taken.skipped or taken.completed:
        state.heard.append(taken)


def after_heard(programme: ProgrammeState, heard: Iterable[Taken]) -> ProgrammeState:
    """The programme once the browser has told of items that were skipped or have played out."""
    for taken in heard:
        for slot, decision_id in taken.skipped:
            showing = programme.showing(slot)
            if showing is not None and showing.decision.decision_id == decision_id:
                programme = skipped(programme, slot, taken.at_s)
        for decision_id in taken.completed:
            programme = played_out(programme, decision_id, taken.at_s, PROGRAMME)
    return programme


def drawn_arm(viewer: Session) -> tuple[Arm, float]:
    """The arm of this visit and its probability.

    Who picks an expression by hand asks to see what follows it; only the camera's visits are compared.
    """
    picked = viewer.page(LiveState).source is Source.DEMO
    return assign_arm(viewer.session_id, 0.0 if picked else settings().control_share)


def watch_attendance(state: LiveState, now_s: float) -> None:
    """Notes whether somebody is in view, and whether the visit's last person has left."""
    if state.source is not Source.CAMERA or state.feed is None:
        return
    snapshot = state.feed.snapshot(now_s) if state.feed.status(now_s).live else None
    faces = snapshot.mood.faces_seen if snapshot is not None else None
    ended = state.attendance.note(faces, now_s)
    state.visit_over = state.visit_over or ended
    state.new_visit = (state.new_visit or ended) and not faces


def end_visit(state: LiveState) -> None:
    """What belongs to one person ends, and the next visit begins: its own number, and so its own arm."""
    viewer = session()
    viewer.renew()
    viewer.page(Preferences).strategy, state.strategy_back = Strategy.MATCH, True
    state.calibration, state.resting = SessionCalibration(), Resting.OFFERED
    state.last_shown, state.doubt = None, None
    if state.feed is not None:
        state.feed.set_calibration(state.calibration)
    state.mood_log = None
    state.delete_asked = state.visit_over = False
    # The new visit chooses for itself; what was on just before does not come again at once.
    last = state.programme.history.last if state.programme is not None else {}
    state.programme = ProgrammeState(history=History(last=last))


def session_log(viewer: Session, state: LiveState) -> SessionLog:
    """What this session's page has shown and heard so far."""
    if state.log is None:
        state.log = SessionLog(viewer.session_id, settings().site)
    state.log.session_id = viewer.session_id
    return state.log


def look(viewer: Session, state: LiveState, content: Content) -> Seen:
    """The world of one page now, for its pulse; called in the server's own thread, so nothing in it waits."""
    now = Moment(time.monotonic(), datetime.now(UTC))
    watch_attendance(state, now.at_s)
    mood, words, rate = mood_now(state, now.at_s)
    note(viewer, state, mood, now.at_s)
    waits = state.visit_over or state.page_is_late or cameras.switch_is_late(state, viewer.model)
    waits = waits or session_log(viewer, state).is_due(now.at_s)
    return Seen(
        shows=shows(viewer, state, content, mood, words, now.at_s),
        due=waits or is_due(viewer, state, content, mood, now),
        news={
            **news(state, mood, now.at_s, rate),
            "visit": visit_token(viewer, state, content, now.at_s),
            "taken": session_log(viewer, state).acknowledged,
        },
    )


def visit_token(viewer: Session, state: LiveState, content: Content, now_s: float) -> str:
    """What the tab keeps, to go on when this server is gone."""
    return resume.token(viewer, state, content.recent_catalog(), content.secret, now_s)


def shows(
    viewer: Session, state: LiveState, content: Content, mood: MoodEstimate | None, words: str, now_s: float
) -> tuple[object, ...]:
    """What a run of the stage shows beside the content, as far as it changes by itself."""
    return (
        mood.dominant if mood is not None else None,
        words,
        state.feed is not None and state.feed.status(now_s).live,
        viewer.session_id,
        personal.shows(state, now_s),
        cameras.needs_other_passwords(state),
        content.problem is None,
        # What cannot be recorded, or has not arrived yet, is tried again now and then.
        content.recording_problem is None or now_s // RECORD_AGAIN_S,
        state.awaits_file and now_s // FILE_AGAIN_S,
    )


def note(viewer: Session, state: LiveState, mood: MoodEstimate | None, now_s: float) -> None:
    """Keeps the mood of this moment, for the timeline and for what the browser tells of it later."""
    if state.mood_log is None:
        state.mood_log = moods.MoodLog()
    if state.mood_log.add(mood, now_s):
        session_log(viewer, state).feel(mood, now_s)


def shown_scores(mood: MoodEstimate | None) -> EmotionScores | None:
    """The belief that the bars show.

    Of faces that are not clear enough nothing is read, and seven even bars would say otherwise.
    """
    if mood is None or (mood.dominant is None and mood.scores == _UNIFORM):
        return None
    return mood.scores


def timeline(state: LiveState, now_s: float) -> tuple[moods.Column, ...]:
    """The moods of the last minutes."""
    log = state.mood_log or moods.MoodLog()
    return log.columns(now_s, TIMELINE_S, TIMELINE_BIN_S)


def faces(snapshot: LiveSnapshot | None, size: tuple[int, int] | None) -> dict[str, object]:
    """What stands at the boxes that the browser draws; a face that has just appeared is held back."""
    readings = snapshot.readings if snapshot is not None else ()
    return {
        "size": size,
        "boxes": [
            {
                "box": [round(side) for side in (r.box.x_px, r.box.y_px, r.box.width_px, r.box.height_px)],
                "label": r.label,
                "poor": r.is_poor,
            }
            for r in readings
        ],
    }


def news(state: LiveState, mood: MoodEstimate | None, now_s: float, rate: float) -> dict[str, object]:
    """What the browser draws between two runs of the stage, for ``draw.js``."""
    scores = shown_scores(mood)
    feed = state.feed
    return {
        "faces": feed and faces(feed.snapshot(now_s), feed.size),
        "mood": mood
        and {
            "label": label_of(mood.dominant),
            "sure": round(mood.confidence, 2),
            "since": round(mood.since_s, 2),
            "rate": round(rate, 1),
        },
        "bars": scores and [round(float(p), 3) for p in scores.probabilities],
        "timeline": [
            (None, 0) if column.empty else (label_of(column.mood), max(8, round(100 * column.confidence)))
            for column in timeline(state, now_s)
        ],
    }
