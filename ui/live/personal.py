"""What this viewer's face looks like at rest, and "that's not how I look": the session's own calibration.

All of it is kept with the session and ends with it. Buttons work by callbacks, which run before the stage is
drawn next, so no other part of the page has to run again.
"""

from __future__ import annotations

import time

import streamlit as st

from emotion.baseline import BASELINE_S, SessionCalibration, corrected
from emotion.labels import EMOTIONS, Emotion
from ui.live.state import Doubt, LiveState, Resting, Source
from ui.look.html import render
from ui.look.places import place
from ui.look.words import EXPRESSIONS, listed

DOUBT_S = 20.0
"""How long a viewer may say what would have been right."""

TAP_S = 5.0
"""How long after an expression was last shown a tap on "that's not how I look" still means it."""

OFFER = "Some faces look sad or stern at rest. Three seconds of yours let the page allow for that."
TOO_SHORT = "Your face was not in view for three seconds. Nothing was changed."
LOOK_STEPS = 6
"""So often the page shows how far the look at a resting face has come."""
CLEAR_SHIFT = 0.25
"""In logits; a smaller shift is not mentioned."""


def resting_face(state: LiveState, now_s: float) -> None:
    """The offer to measure the resting face, how far that has come, and its result."""
    follow_look(state, now_s)
    offer_place = place()
    if state.source is not Source.CAMERA or state.feed is None or not state.feed.status(now_s).live:
        return
    if state.resting is Resting.SETTLED:
        return
    with offer_place.container(key="panel-resting"):
        if state.resting is Resting.LOOKING:
            snapshot = state.feed.snapshot(now_s)
            share = snapshot.resting_share if snapshot is not None else None
            left_s = BASELINE_S * (1 - (share or 0.0))
            st.progress(share or 0.0, text=f"Look at the camera and relax your face … {left_s:.0f} s")
            st.button("Cancel", key="resting-cancel", type="tertiary", on_click=_cancel, args=(state,))
            return
        title, text, action, other = {
            Resting.OFFERED: ("Measure your resting face", OFFER, "Measure my resting face", "Skip"),
            Resting.MISSED: ("That was too short", TOO_SHORT, "Try again", "Skip"),
            Resting.MEASURED: ("Done", "", "", "OK"),
        }[state.resting]
        text = text or result_words(state.calibration)
        st.html(render("live/resting.html", at=state.resting, title=title, text=text))
        with st.container(horizontal=True, gap="small"):
            action_place = place()
            if action:
                action_place.button(
                    action, key="resting-begin", on_click=_begin, args=(state,), type="primary"
                )
            st.button(other, key="resting-skip", on_click=_settle, args=(state,))


def follow_look(state: LiveState, now_s: float) -> None:
    """Takes over the result of measuring the resting face, or notes that it was broken off."""
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


def shows(state: LiveState, now_s: float) -> tuple[object, ...]:
    """What ``resting_face`` and ``correction`` draw, as far as it changes by itself."""
    snapshot = state.feed.snapshot(now_s) if state.feed is not None else None
    share = snapshot.resting_share if snapshot is not None else None
    looks = state.resting is Resting.LOOKING
    doubts = state.doubt is not None and 0 <= now_s - state.doubt.since_s < DOUBT_S
    return (
        state.resting,
        looks and share is not None and round(share * LOOK_STEPS),
        looks and share is None,
        doubts,
    )


def result_words(calibration: SessionCalibration) -> str:
    """The result of measuring the resting face, in a sentence."""
    down = sorted((calibration.shift[e.index], e) for e in EMOTIONS if e is not Emotion.NEUTRAL)
    seen = [EXPRESSIONS[e].lower() for shift, e in down if shift <= -CLEAR_SHIFT][:2]
    if not seen:
        return "At rest your face reads as neutral. Nothing was changed."
    return f"At rest your face reads as a little {listed(seen)}. The page allows for that from now on."


def correction(state: LiveState, now_s: float) -> None:
    """The button "that's not how I look", the question what is right, and the button to undo it all."""
    snapshot = state.feed.snapshot(now_s) if state.feed is not None else None
    live = state.feed is not None and state.feed.status(now_s).live
    shown = snapshot.mood.dominant if snapshot is not None and live else None
    if shown is not None:
        state.last_shown = shown, now_s
    if state.doubt is not None and not 0 <= now_s - state.doubt.since_s < DOUBT_S:
        state.doubt = None
    question_place, buttons_place = place(), place()
    if state.doubt is not None:
        with question_place.container(key="correction"):
            _ask(state, state.doubt)
        return
    with buttons_place.container(key="correction", horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "That’s not how I look",
            key="not-how-i-look",
            type="tertiary",
            icon=":material/undo:",
            disabled=_meant(state, now_s) is None,
            on_click=_doubt,
            args=(state,),
        )
        again_place, reset_place = place(), place()
        if state.resting is Resting.SETTLED:
            again_place.button(
                "My resting face",
                key="resting-again",
                type="tertiary",
                icon=":material/face:",
                disabled=not live,
                on_click=_begin,
                args=(state,),
            )
        if state.calibration != SessionCalibration():
            reset_place.button(
                "Forget my face",
                key="calibration-reset",
                type="tertiary",
                icon=":material/restart_alt:",
                help="Removes the resting face and the corrections of this visit.",
                on_click=reset,
                args=(state,),
            )


def _ask(state: LiveState, doubt: Doubt) -> None:
    others = [e for e in EMOTIONS if e is not doubt.shown]
    st.html(render("live/doubt.html", mood=doubt.shown))
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
    """Uses ``calibration`` to read this session's faces from now on."""
    state.calibration = calibration
    if state.feed is not None:
        state.feed.set_calibration(calibration)


def reset(state: LiveState) -> None:
    """Goes back to the model's own readings; the resting face may be measured again."""
    wear(state, SessionCalibration())
    state.doubt = None
    state.resting = Resting.SETTLED


def _meant(state: LiveState, now_s: float) -> Emotion | None:
    shown, at_s = state.last_shown or (None, 0.0)
    return shown if now_s - at_s < TAP_S else None


def _doubt(state: LiveState) -> None:
    # By what the page showed last: the expression may be gone by the time that the tap arrives.
    now_s = time.monotonic()
    shown = _meant(state, now_s)
    if shown is not None:
        state.doubt = Doubt(shown, state.calibration, now_s)
        wear(state, corrected(state.calibration, shown))


def _right(state: LiveState, doubt: Doubt, right: Emotion) -> None:
    # From the calibration before the tap: the tap and this answer are one correction.
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
