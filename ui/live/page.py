"""The live page around its stage: the notice, the camera or the demo, and the viewer's choices."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from attune_settings import settings
from content.bootstrap import Content
from content.types import Arm
from emotion.labels import EMOTIONS, Emotion, label_of
from emotion.types import SmoothingOptions
from ui.app.fragment import fragment
from ui.app.services import catalog_service
from ui.app.state import Preferences, session
from ui.live import cameras, reading, resume
from ui.live import your_data as session_data
from ui.live.admission import admission
from ui.live.follow import drawn_arm, end_visit
from ui.live.scripts import script
from ui.live.state import LiveState, Source
from ui.look import theming
from ui.look.html import render
from ui.look.strategy import choose_strategy
from ui.look.words import EXPRESSIONS, listed

_consent = st.components.v2.component("attune_consent", js=script("turns", "consent"))

PACES: dict[str, SmoothingOptions] = {
    "Instant": SmoothingOptions(half_life_s=0.15, enter_margin=0.05),
    "Quick": SmoothingOptions(half_life_s=0.35),
    "Balanced": SmoothingOptions(),
    "Calm": SmoothingOptions(half_life_s=1.2, min_hold_s=0.4),
    "Very calm": SmoothingOptions(half_life_s=2.5, min_hold_s=1.0, forget_after_s=3.0),
}
"""How fast the mood follows the face, from a slider's left to its right."""


# --- notice ---------------------------------------------------------------------------------------------


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
                device_may_read=reading.device_may_read(session().model),
            )
        )
        agree, demo = st.columns(2)
        agree.button(
            "I agree, show the camera",
            type="primary",
            key="consent",
            width="stretch",
            on_click=agree_to_camera,
            args=(state,),
        )
        demo.button("Demo without camera", key="demo", width="stretch", on_click=start_demo, args=(state,))
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


# Presses are taken over by callbacks: where the browser sends one together with something of a fragment,
# Streamlit runs that fragment alone. The page is then late, and the stage's next run has all of it drawn.


def agree_to_camera(state: LiveState) -> None:
    """The notice was read and the camera allowed."""
    state.consented, state.ended, state.page_is_late = True, False, True


def start_demo(state: LiveState) -> None:
    """Switches to the demo in which a person picks the mood."""
    state.source, state.page_is_late = Source.DEMO, True
    state.demo_since_s = time.monotonic()


def use_camera(state: LiveState) -> None:
    """Switches to the camera; the notice comes first where it was not agreed to."""
    state.source, state.page_is_late = Source.CAMERA, True


def stop(state: LiveState) -> None:
    """Back to the notice: no camera, no mood, the default look."""
    state.source = Source.CAMERA
    state.consented, state.ended, state.starts = False, True, False
    state.programme = None
    state.mood_log = None
    state.demo_mood = None
    state.colors = theming.DEFAULT_THEME
    state.page_is_late = True


# --- where the mood comes from --------------------------------------------------------------------------


def source_panel(state: LiveState) -> None:
    """The camera, or the picker of moods."""

    def button(words: str, icon: str, key: str, pressed: Callable[[LiveState], None]) -> None:
        st.button(words, icon=icon, key=key, width="stretch", on_click=pressed, args=(state,))

    with st.container(key="panel-source"):
        if state.source is Source.DEMO:
            demo_picker()
        else:
            cameras.camera(state)
        with st.container(key="source-buttons", horizontal=True, gap="small"):
            if state.source is Source.DEMO:
                button("Use the camera", ":material/videocam:", "use-camera", use_camera)
            else:
                button("Demo without camera", ":material/touch_app:", "demo", start_demo)
            button("End", ":material/stop_circle:", "stop", stop)
        if state.source is Source.CAMERA:
            cameras.reader_switch(state)
        if state.source is Source.CAMERA and photo_page_exists():
            st.page_link(
                "pages/photo.py", label="No camera at hand? Use a photo", icon=":material/photo_camera:"
            )


@fragment()
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


@fragment()
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


def photo_page_exists() -> bool:
    """Whether this app has the photo page to send people to."""
    return (Path(__file__).parents[2] / "pages" / "photo.py").exists()
