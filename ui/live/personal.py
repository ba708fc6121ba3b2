"""What this viewer's face looks like at rest, and "that's not how I look": the session's own calibration.

All of it is kept with the session and ends with it. Buttons answer by callbacks, before the stage's next
drawing, so nothing else of the page runs anew.
"""

from __future__ import annotations

import time
from html import escape

import streamlit as st

from emotion.baseline import BASELINE_S, SessionCalibration, corrected
from emotion.labels import EMOTIONS, Emotion
from ui.live.state import Doubt, LiveState, Resting, Source
from ui.look.words import EXPRESSIONS, listed

DOUBT_S = 20.0
"""For so long a viewer may say what would have been right."""

OFFER = (
    "<b>Three seconds of your resting face</b> Some faces look sad or stern when nothing is going on. A "
    "short look at yours lets the page allow for it."
)
TOO_SHORT = "<b>That was too short</b> Your face was not in view for three seconds."
CLEAR_SHIFT = 0.25
"""In logits; less is not worth a word."""


def resting_face(state: LiveState, now_s: float) -> None:
    """The offer to look at the resting face, how far the look has come, and what came of it."""
    follow_look(state, now_s)
    if state.source is not Source.CAMERA or state.feed is None or not state.feed.status(now_s).live:
        return
    if state.resting is Resting.SETTLED:
        return
    with st.container(key="panel-resting"):
        if state.resting is Resting.LOOKING:
            snapshot = state.feed.snapshot(now_s)
            share = snapshot.resting_share if snapshot is not None else None
            left_s = BASELINE_S * (1 - (share or 0.0))
            st.progress(share or 0.0, text=f"Look at the camera and relax your face … {left_s:.0f} s")
            st.button("Cancel", key="resting-cancel", type="tertiary", on_click=_cancel, args=(state,))
            return
        words, action, other = {
            Resting.OFFERED: (OFFER, "Look at my resting face", "Skip"),
            Resting.MISSED: (TOO_SHORT, "Try again", "Leave it"),
            Resting.MEASURED: (f"<b>Thank you</b> {result_words(state.calibration)}", "", "Good"),
        }[state.resting]
        st.html(f'<p class="at-resting" data-testid="resting" data-at="{state.resting.value}">{words}</p>')
        with st.container(horizontal=True, gap="small"):
            if action:
                st.button(action, key="resting-begin", on_click=_begin, args=(state,), type="primary")
            st.button(other, key="resting-skip", on_click=_settle, args=(state,))


def follow_look(state: LiveState, now_s: float) -> None:
    """Takes over what a look at the resting face has found, or notes that it was broken off."""
    if state.resting is not Resting.LOOKING:
        return
    snapshot = state.feed.snapshot(now_s) if state.feed is not None else None
    if snapshot is not None and snapshot.resting_share is not None:
        return
    if snapshot is None or state.feed is None or snapshot.calibration == state.calibration:
        state.resting = Resting.MISSED
        return
    state.calibration = snapshot.calibration
    state.feed.set_calibration(state.calibration)
    state.resting = Resting.MEASURED


def result_words(calibration: SessionCalibration) -> str:
    """What a look at the resting face has found, in a sentence."""
    down = sorted((calibration.shift[e.index], e) for e in EMOTIONS if e is not Emotion.NEUTRAL)
    seen = [EXPRESSIONS[e].lower() for shift, e in down if shift <= -CLEAR_SHIFT][:2]
    if not seen:
        return "At rest your face reads as neutral. Nothing was changed."
    return f"At rest your face reads as a little {listed(seen)}. The page allows for that from now on."


def correction(state: LiveState, now_s: float) -> None:
    """The button by the mood, the question what is right, and the way back."""
    snapshot = state.feed.snapshot(now_s) if state.feed is not None else None
    live = state.feed is not None and state.feed.status(now_s).live
    shown = snapshot.mood.dominant if snapshot is not None and live else None
    if state.doubt is not None and not 0 <= now_s - state.doubt.since_s < DOUBT_S:
        state.doubt = None
    if state.doubt is not None:
        _ask(state, state.doubt)
        return
    with st.container(key="correction", horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "That’s not how I look",
            key="not-how-i-look",
            type="tertiary",
            icon=":material/undo:",
            disabled=shown is None,
            on_click=_doubt,
            args=(state, shown),
        )
        if state.resting is Resting.SETTLED:
            st.button(
                "My resting face",
                key="resting-again",
                type="tertiary",
                icon=":material/face:",
                disabled=not live,
                on_click=_begin,
                args=(state,),
            )
        if state.calibration != SessionCalibration():
            st.button(
                "Forget my face",
                key="calibration-reset",
                type="tertiary",
                icon=":material/restart_alt:",
                help="Takes back the resting face and the corrections of this visit.",
                on_click=reset,
                args=(state,),
            )


def _ask(state: LiveState, doubt: Doubt) -> None:
    others = [e for e in EMOTIONS if e is not doubt.shown]
    with st.container(key="correction"):
        st.html(
            f'<p class="at-text" data-testid="doubt">Noted: not {escape(EXPRESSIONS[doubt.shown].lower())}. '
            "What would be right?</p>"
        )
        with st.container(horizontal=True, gap="small"):
            for emotion in others:
                st.button(
                    EXPRESSIONS[emotion],
                    key=f"right-{emotion.value}",
                    on_click=_right,
                    args=(state, doubt, emotion),
                )
            st.button("I’d rather not say", key="right-none", type="tertiary", on_click=_done, args=(state,))


def wear(state: LiveState, calibration: SessionCalibration) -> None:
    """Reads this session's faces by ``calibration`` from now on."""
    state.calibration = calibration
    if state.feed is not None:
        state.feed.set_calibration(calibration)


def reset(state: LiveState) -> None:
    """Back to the readings as the model gives them; the resting face may be looked at again."""
    wear(state, SessionCalibration())
    state.doubt = None
    state.resting = Resting.SETTLED


def _doubt(state: LiveState, shown: Emotion | None) -> None:
    if shown is not None:
        state.doubt = Doubt(shown, state.calibration, time.monotonic())
        wear(state, corrected(state.calibration, shown))


def _right(state: LiveState, doubt: Doubt, right: Emotion) -> None:
    # From what it was before the tap: it was one correction, and is counted once.
    wear(state, corrected(doubt.before, doubt.shown, right))
    state.doubt = None


def _done(state: LiveState) -> None:
    state.doubt = None


def _begin(state: LiveState) -> None:
    begun = state.feed is not None and state.feed.begin_baseline()
    state.resting = Resting.LOOKING if begun else Resting.MISSED


def _cancel(state: LiveState) -> None:
    wear(state, state.calibration)
    state.resting = Resting.SETTLED


def _settle(state: LiveState) -> None:
    state.resting = Resting.SETTLED
