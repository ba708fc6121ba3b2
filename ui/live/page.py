"""The live page's parts: notice, camera or demo, controls, and the stage that follows the mood.

The stage is one fragment. It runs when something has changed that only a run can show (``ui.live.pulse``);
what moves all the time the browser draws. All that the stage draws has a fixed place, and what is drawn
depends on the decision alone, so the browser leaves a playing clip, an open "why this?" and the camera as
they are until a decision really changes.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from attune_settings import settings
from content.bootstrap import Content
from content.choosing.arms import assign_arm
from content.choosing.eligibility import History
from content.choosing.programme import (
    ProgrammeOptions,
    ProgrammeState,
    Showing,
    advance,
    played_out,
    skipped,
)
from content.types import Arm, Catalog, Kind, Moment, PickContext, Strategy
from emotion.baseline import SessionCalibration
from emotion.labels import EMOTIONS, Emotion, label_of
from emotion.tracker import LiveSnapshot
from emotion.types import EmotionScores, MoodEstimate, SmoothingOptions
from ui.app.services import catalog_service
from ui.app.setup import IN_THE_LOG
from ui.app.state import Preferences, Session, session
from ui.live import cameras, impressions, personal, reading, resume
from ui.live import your_data as session_data
from ui.live.admission import admission
from ui.live.explain import why
from ui.live.impressions import SessionLog, Taken
from ui.live.linked import keep_linked
from ui.live.pulse import Pulse, Seen
from ui.live.scripts import script
from ui.live.state import LiveState, Resting, Source
from ui.live.trouble import TROUBLES
from ui.live.visit import NEW_VISIT
from ui.look import cards, moods, theming
from ui.look.html import Markup, render
from ui.look.strategy import choose_strategy
from ui.look.words import CAMERA_NEEDS, EXPRESSIONS, counted, listed, long_duration, sentence

if TYPE_CHECKING:
    pass

PROGRAMME = ProgrammeOptions(start_up_s=2.0)
"""A clip ends when the browser has played it; two seconds after it should have, it ends anyway."""

TIMELINE_S, TIMELINE_BIN_S = 180.0, 3.0
READ_S, PICKED_S = 0.2, 0.5
"""How often it is looked what is new on a page: where a face is read, and where a person picks."""
RECORD_AGAIN_S, FILE_AGAIN_S = 30.0, 2.0

_consent = st.components.v2.component("attune_consent", js=script("turns", "consent"))

PACES: dict[str, SmoothingOptions] = {
    "Instant": SmoothingOptions(half_life_s=0.15, enter_margin=0.05),
    "Quick": SmoothingOptions(half_life_s=0.35),
    "Balanced": SmoothingOptions(),
    "Calm": SmoothingOptions(half_life_s=1.2, min_hold_s=0.4),
    "Very calm": SmoothingOptions(half_life_s=2.5, min_hold_s=1.0, forget_after_s=3.0),
}
"""How fast the mood follows the face, from a slider's left to its right."""

# --- notice --------------------------------------------------------------------------------------------


def notice(state: LiveState) -> None:
    """What is analysed and what happens to it, before anything of the camera is loaded."""
    story, card = st.columns([1.1, 1], gap="large", vertical_alignment="center")
    with story:
        st.html(render("live/hero.html", expressions=EMOTIONS))
    with card, st.container(key="panel-notice"):
        if state.farewell:
            st.success(state.farewell, icon=":material/delete:")
            state.farewell = ""
        st.html(
            render(
                "live/notice.html",
                expressions=listed([EXPRESSIONS[e].lower() for e in EMOTIONS]),
                reader=reading.reader_of(state).value,
                device_may_read=reading.device_may_read(),
            )
        )
        agree, demo = st.columns(2)
        if agree.button("I agree, show the camera", type="primary", key="consent", width="stretch"):
            agree_to_camera(state)
        if demo.button("Demo without camera", key="demo", width="stretch"):
            start_demo(state)
        with st.container(key="unseen-consent"):
            # A session that has shown something is in no need of another one's visit: it asks for consent.
            forget = state.ended or state.programme is not None
            remembered = _consent(key="consent-memory", data={"forget": forget}, on_visit_change=lambda: None)
        if remembered.visit:
            go_on(state, remembered.visit)


def go_on(state: LiveState, sent: object) -> None:
    """The visit of this very tab goes on: its server has gone, or the page was loaded again."""
    content = catalog_service()
    if content is None or content.secret is None:
        return
    found = resume.read(sent, content.secret)
    if found is None:
        state.ended = True
    else:
        resume.go_on(session(), state, *found, settings().site, time.monotonic())
        admission().ask(state.link, ahead=True)
    st.rerun()


def agree_to_camera(state: LiveState) -> None:
    """The notice was read and the camera allowed."""
    state.consented, state.ended = True, False
    st.rerun()


def start_demo(state: LiveState) -> None:
    """Switches to the demo in which a person picks the mood."""
    state.source = Source.DEMO
    state.demo_since_s = time.monotonic()
    st.rerun()


def use_camera(state: LiveState) -> None:
    """Switches to the camera; the notice comes first where it was not agreed to."""
    state.source = Source.CAMERA
    st.rerun()


def stop(state: LiveState) -> None:
    """Back to the notice: no camera, no mood, the default look."""
    state.source = Source.CAMERA
    state.consented, state.ended, state.starts = False, True, False
    state.programme = None
    state.mood_log = None
    state.demo_mood = None
    state.colors = theming.DEFAULT_THEME
    st.rerun()


# --- where the mood comes from ---------------------------------------------------------------------------


def source_panel(state: LiveState) -> None:
    """The camera, or the picker of moods."""
    with st.container(key="panel-source"):
        if state.source is Source.DEMO:
            demo_picker()
        else:
            cameras.camera(state)
        with st.container(key="source-buttons", horizontal=True, gap="small"):
            if state.source is Source.DEMO:
                if st.button("Use the camera", icon=":material/videocam:", key="use-camera", width="stretch"):
                    use_camera(state)
            elif st.button("Demo without camera", icon=":material/touch_app:", key="demo", width="stretch"):
                start_demo(state)
            if st.button("End", icon=":material/stop_circle:", key="stop", width="stretch"):
                stop(state)
        if state.source is Source.CAMERA:
            cameras.reader_switch(state)
        if state.source is Source.CAMERA and photo_page_exists():
            st.page_link(
                "pages/photo.py", label="No camera at hand? Use a photo", icon=":material/photo_camera:"
            )


@st.fragment
def demo_picker() -> None:
    """A person picks the mood."""
    state = session().page(LiveState)
    st.html('<p class="at-eyebrow">Demo without camera</p>')
    moods_by_label = {label_of(mood): mood for mood in (*EMOTIONS, None)}
    st.pills(
        "Pick an expression",
        list(moods_by_label),
        default=label_of(state.demo_mood),
        required=True,
        format_func=lambda name: EXPRESSIONS[moods_by_label[name]],
        key="demo-mood",
        on_change=pick_mood,
    )
    st.slider(
        "How clearly it shows",
        40,
        100,
        round(state.demo_strength * 100),
        5,
        format="%d%%",
        key="demo-strength",
        on_change=pick_strength,
    )


# Callbacks take over what is chosen, not the place where its control is drawn: where the browser sends a
# choice together with something of another fragment, Streamlit draws that fragment alone.


def pick_mood() -> None:
    """Takes over the picked mood."""
    state = session().page(LiveState)
    label = st.session_state["demo-mood"]
    state.demo_mood = Emotion(label) if label in set(EMOTIONS) else None
    state.demo_since_s = time.monotonic()
    state.link.wake()


def pick_strength() -> None:
    """Takes over how clearly the picked mood shows."""
    state = session().page(LiveState)
    state.demo_strength = st.session_state["demo-strength"] / 100
    state.link.wake()


def your_data(state: LiveState, content: Content | None) -> None:
    """The button to what is kept about this visit."""
    session_data.your_data(content, lambda words: forget(state, words))


def forget(state: LiveState, farewell: str) -> None:
    """The visit whose records were deleted ends; what is known of the viewer goes with it."""
    end_visit(state)
    state.log = None
    state.farewell = farewell
    stop(state)


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


def watch_attendance(state: LiveState, now_s: float) -> None:
    """Notes whether somebody is in view, and whether the visit's last person has left."""
    if state.source is not Source.CAMERA or state.feed is None:
        return
    snapshot = state.feed.snapshot(now_s) if state.feed.status(now_s).live else None
    faces = snapshot.mood.faces_seen if snapshot is not None else None
    ended = state.attendance.note(faces, now_s)
    state.visit_over = state.visit_over or ended
    state.new_visit = (state.new_visit or ended) and not faces


@st.fragment
def controls() -> None:
    """Strategy and smoothing."""
    preferences, state = session().page(Preferences), session().page(LiveState)
    with st.container(key="panel-controls"):
        if state.strategy_back:
            st.session_state["strategy"], state.strategy_back = preferences.strategy, False
        choose_strategy(preferences.strategy, key="strategy", on_change=take_strategy)
        if drawn_arm(session())[0] is Arm.CONTROL:
            st.html(render("live/control_arm.html"))
        now = next((name for name, options in PACES.items() if options == preferences.smoothing), "Balanced")
        st.select_slider(
            "How fast the page reacts",
            list(PACES),
            now,
            help="Left: every flicker of the face counts. Right: only what lasts does.",
            key="pace",
            on_change=take_pace,
        )


def take_strategy() -> None:
    """Takes over the chosen strategy; a page that is loaded again may send none."""
    session().page(Preferences).strategy = (
        st.session_state["strategy"] or session().page(Preferences).strategy
    )
    session().page(LiveState).link.wake()


def take_pace() -> None:
    """Takes over how fast the page reacts."""
    preferences, state = session().page(Preferences), session().page(LiveState)
    preferences.smoothing = PACES[st.session_state["pace"]]
    if state.feed is not None:
        state.feed.set_options(preferences.smoothing)


def demo_mood(state: LiveState, now_s: float) -> MoodEstimate:
    """The picked mood as if it had been read from one face."""
    picked = state.demo_mood
    scores = EmotionScores.certain(picked, state.demo_strength) if picked else EmotionScores.uniform()
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


# --- the stage -------------------------------------------------------------------------------------------


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
    before = state.programme or ProgrammeState()
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
    # What it would choose is thrown away, so any chance will do.
    chance = np.random.default_rng(0)
    catalog = content.recent_catalog()
    return (
        advance(state.programme, catalog, content.picker, context, now, chance, PROGRAMME)
        is not state.programme
    )


def drawn_arm(viewer: Session) -> tuple[Arm, float]:
    """The arm of this visit and its probability.

    Who picks an expression by hand asks to see what follows it; only the camera's visits are compared.
    """
    picked = viewer.page(LiveState).source is Source.DEMO
    return assign_arm(viewer.session_id, 0.0 if picked else settings().control_share)


def look(viewer: Session, state: LiveState, content: Content) -> Seen:
    """The world of one page now, for its pulse; called in the server's own thread, so nothing in it waits."""
    now = Moment(time.monotonic(), datetime.now(UTC))
    watch_attendance(state, now.at_s)
    mood, words, rate = mood_now(state, now.at_s)
    note(viewer, state, mood, now.at_s)
    waits = state.visit_over or session_log(viewer, state).is_due(now.at_s)
    return Seen(
        shows=shows(viewer, state, content, mood, words, now.at_s),
        due=waits or is_due(viewer, state, content, mood, now),
        news={**news(state, mood, now.at_s, rate), "visit": visit_token(viewer, state, content, now.at_s)},
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
    if mood is None or (mood.dominant is None and mood.scores == EmotionScores.uniform()):
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


@st.fragment
def stage(content: Content) -> None:
    """The mood and what follows it: theme, ad, media, bars and timeline."""
    viewer = session()
    state = viewer.page(LiveState)
    if not admission().has_place(state.link):
        # The page was away, and its place is somebody else's by now.
        st.rerun()
    if state.pulse is None:
        state.pulse = Pulse(lambda: look(viewer, state, content))
    # What is asked for from here on may not be in this run any more.
    asked = state.pulse.runs_asked
    now = Moment(time.monotonic(), datetime.now(UTC))
    watch_attendance(state, now.at_s)
    if state.visit_over:
        end_visit(state)
        st.rerun()
    if (
        cameras.moves_to_device(state)
        or cameras.moves_to_socket(state)
        or cameras.needs_other_passwords(state)
    ):
        st.rerun()
    mood, words, rate = mood_now(state, now.at_s)
    note(viewer, state, mood, now.at_s)
    state.awaits_file = False
    catalog = follow(state, content, mood, now)
    programme = state.programme or ProgrammeState()
    log = session_log(viewer, state)
    log.put_on(programme.showing(slot) for slot in Kind)

    theming.wear(state.colors)
    with st.container(key="problem"):
        if content.problem:
            st.warning(f"**Some content may be missing.** {IN_THE_LOG}")
        if content.recorder is None:
            st.warning(f"**Nothing is recorded right now.** {IN_THE_LOG}")
    personal.resting_face(state, now.at_s)
    html = cards.mood_html(mood, now.at_s, words, rate)
    show_programme(state, content, catalog, programme, html, log)
    with st.container(key="panel-bars", height="stretch"):
        dominant = mood.dominant if mood else None
        st.html(cards.bars_html(shown_scores(mood), top=dominant, title="How strongly each shows"))
    with st.container(key="panel-timeline", height="stretch"):
        st.html(cards.timeline_html(timeline(state, now.at_s), long_duration(timedelta(seconds=TIMELINE_S))))
    state.pulse.drew(shows(viewer, state, content, mood, words, now.at_s))
    keep_linked(
        state,
        state.pulse.tell,
        READ_S if state.source is Source.CAMERA else PICKED_S,
        seen=asked,
        visit=visit_token(viewer, state, content, now.at_s),
        facts=cards.FACTS,
        names={label_of(mood): EXPRESSIONS[mood] for mood in (*EMOTIONS, None)},
    )
    # Nobody waits for the disk: all that the viewer sees is on its way by now.
    log.keep_decisions(content.recorder, now)


@st.fragment
def hearing(content: Content) -> None:
    """What the browser saw of the content: a fragment of its own, as most of it changes nothing here."""
    viewer = session()
    state = viewer.page(LiveState)
    impressions.watch(session_log(viewer, state).acknowledged, lambda sent: hear(state, content, sent))


def session_log(viewer: Session, state: LiveState) -> SessionLog:
    """What this session's page has shown and heard so far."""
    if state.log is None:
        state.log = SessionLog(viewer.session_id, settings().site)
    state.log.session_id = viewer.session_id
    return state.log


def hear(state: LiveState, content: Content, sent: object) -> None:
    """Deals with what the browser saw: keeps it, and moves on where an item was skipped or played out."""
    now = Moment(time.monotonic(), datetime.now(UTC))
    taken = session_log(session(), state).take(sent, content.recorder, now)
    programme = state.programme
    if programme is None:
        return
    for slot, decision_id in taken.skipped:
        showing = programme.showing(slot)
        if showing is not None and showing.decision.decision_id == decision_id:
            programme = skipped(programme, slot, now.at_s)
    for decision_id in taken.completed:
        programme = played_out(programme, decision_id, now.at_s, PROGRAMME)
    state.programme = programme
    if taken != Taken():
        state.link.wake()


def show_programme(
    state: LiveState,
    content: Content,
    catalog: Catalog,
    programme: ProgrammeState,
    mood_html: Markup,
    log: SessionLog | None = None,
) -> None:
    """The mood, the theme, the ad and the media item; the catalog's editor previews by this very function.

    Args:
        state: whose page.
        content: where the files are.
        catalog: that the programme was chosen from.
        programme: what is on.
        mood_html: the mood as ``ui.look.cards.mood_html`` puts it.
        log: of the session, where viewers may answer; None for a preview.
    """
    with st.container(key="programme"):
        with st.container(key="panel-mood", height="stretch"):
            st.html(mood_html)
            if log is not None and state.source is Source.CAMERA:
                personal.correction(state, time.monotonic())
        with st.container(key="panel-slot-theme", height="stretch"):
            show_theme(programme.theme)
            why(programme.theme, catalog, "theme")
        for slot in (Kind.AD, Kind.MEDIA):
            with st.container(key=f"panel-slot-{slot.value}", height="stretch"):
                showing = programme.showing(slot)
                st.html(slot_html(state, content, slot, showing))
                if log is not None:
                    shown = log.shown(showing.decision.decision_id) if showing else None
                    st.html(impressions.feedback_html(showing, shown, PROGRAMME))
                why(showing, catalog, slot.value)


def show_theme(showing: Showing | None) -> None:
    """What the page wears."""
    item = showing.item if showing else None
    title = item.title if item else "Attune’s own colours"
    colors = (item.colors if item else None) or theming.DEFAULT_THEME
    swatches = cards.theme_swatches_html((colors.background, colors.gradient_to, colors.accent, colors.text))
    st.html(
        render(
            "live/theme.html",
            item_id=item.item_id if item else "",
            title=title,
            swatches=swatches,
        )
    )


def slot_html(state: LiveState, content: Content, slot: Kind, showing: Showing | None) -> Markup:
    """The card of an ad or a media item."""
    item = showing.item if showing else None
    if item is None:
        return cards.empty_html(slot, "Nothing to show here right now.")
    if not cards.is_here(item, content.assets):
        state.awaits_file = True
    return cards.item_html(item, content.assets, state.pending_files, wait_s=0.0)


def photo_page_exists() -> bool:
    """Whether this app has the photo page to send people to."""
    return (Path(__file__).parents[2] / "pages" / "photo.py").exists()
