"""The live page's stage: the mood and the content that follows it.

The stage is one fragment. It runs when something has changed that only a run can show (``ui.live.pulse``);
what moves all the time the browser draws. All that the stage draws has a fixed place, and what is drawn
depends on the decision alone, so the browser leaves a playing clip, an open "why this?" and the camera as
they are until a decision really changes.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial

import streamlit as st

from content.bootstrap import Content
from content.choosing.programme import ProgrammeState, Showing
from content.types import Catalog, Kind, Moment
from emotion.labels import EMOTIONS, label_of
from ui.app.fragment import fragment
from ui.app.setup import IN_THE_LOG
from ui.app.state import session
from ui.live import cameras, impressions, personal
from ui.live.admission import admission
from ui.live.explain import why
from ui.live.follow import (
    PROGRAMME,
    TIMELINE_S,
    end_visit,
    follow,
    hear,
    look,
    mood_now,
    note,
    session_log,
    shown_scores,
    shows,
    timeline,
    visit_token,
    watch_attendance,
)
from ui.live.impressions import SessionLog
from ui.live.linked import keep_linked
from ui.live.pulse import Pulse
from ui.live.state import LiveState, Source
from ui.look import cards, theming
from ui.look.html import Markup, render
from ui.look.places import place
from ui.look.words import EXPRESSIONS, long_duration

READ_S, PICKED_S = 0.2, 1.0
"""How often it is looked what is new on a page: where a face is read, and where a person picks."""


@fragment()
def stage(content: Content) -> None:
    """The mood and what follows it: theme, ad, media, bars and timeline."""
    viewer = session()
    state = viewer.page(LiveState)
    if state.page_is_late or not admission().has_place(state.link):
        # Something was pressed that concerns more than the stage; or the page was away, and its place is
        # somebody else's by now.
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
        or cameras.switch_is_late(state, viewer.model)
    ):
        st.rerun()
    mood, words, rate = mood_now(state, now.at_s)
    note(viewer, state, mood, now.at_s)
    state.awaits_file = False
    catalog = follow(state, content, mood, now)
    programme = state.programme or ProgrammeState()
    log = session_log(viewer, state)
    log.put_on(programme.showing(slot) for slot in Kind)

    state.link.hear = partial(hear, viewer, state, content)
    # Before the cards: a browser that has a card has what another server would need to know of it.
    keep_linked(
        state,
        state.pulse.tell,
        READ_S if state.source is Source.CAMERA else PICKED_S,
        seen=asked,
        visit=visit_token(viewer, state, content, now.at_s),
        facts=cards.FACTS,
        names={label_of(mood): EXPRESSIONS[mood] for mood in (*EMOTIONS, None)},
    )
    theming.wear(state.colors)
    with st.container(key="problem"):
        for is_so, words_for_it in (
            (bool(content.problem), "Some content may be missing."),
            (content.recorder is None, "Nothing is recorded right now."),
        ):
            problem_place = place()
            if is_so:
                problem_place.warning(f"**{words_for_it}** {IN_THE_LOG}")
    personal.resting_face(state, now.at_s)
    html = cards.mood_html(mood, now.at_s, words, rate)
    show_programme(state, content, catalog, programme, html, log)
    with st.container(key="panel-bars", height="stretch"):
        dominant = mood.dominant if mood else None
        st.html(cards.bars_html(shown_scores(mood), top=dominant, title="How strongly each shows"))
    with st.container(key="panel-timeline", height="stretch"):
        st.html(cards.timeline_html(timeline(state, now.at_s), long_duration(timedelta(seconds=TIMELINE_S))))
    state.pulse.drew(shows(viewer, state, content, mood, words, now.at_s))
    # Nobody waits for the disk: all that the viewer sees is on its way by now.
    log.keep_decisions(content.recorder, now)


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
