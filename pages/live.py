"""The live page: the camera's mood, and an ad, a clip and colours that follow it."""

from __future__ import annotations

import streamlit as st

from content.types import Kind
from ui.app.navigation import through_the_entry
from ui.app.services import catalog_service
from ui.app.state import session
from ui.live import page as live
from ui.live import stage, waiting
from ui.live.admission import admission
from ui.live.state import LiveState, Source
from ui.look.button_names import name_buttons
from ui.look.words import KINDS

through_the_entry()
state = session().page(LiveState)
if state.source is Source.CAMERA and not state.consented:
    live.notice(state)
elif not admission().ask(state.link):
    waiting.line(state)
else:
    content = catalog_service()
    # Where the panels stand is said by ui/look/live.css, by the width there is.
    with st.container(key="live"), st.container(key="live-page"):
        name_buttons({f"why-{kind.value}": f"Why this? {KINDS[kind]}" for kind in Kind})
        with st.container(key="live-side"):
            live.source_panel(state)
            live.controls()
            live.your_data(state, content)
        with st.container(key="live-stage"):
            if content is not None:
                stage.stage(content)
