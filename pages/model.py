"""The model page: what reads the expressions, how well, and what it must not be used for."""

from __future__ import annotations

import streamlit as st

from ui.app.navigation import through_the_entry
from ui.app.state import session
from ui.look.cards import heading
from ui.model.page import choose_model, show_card, show_figures

through_the_entry()
heading("Model", "What reads the expressions here, how well it does it, and what it must not be used for.")
model = choose_model(session())
if model is None:
    st.warning("No model is installed, so nothing can be read here.")
else:
    show_figures(model)
    show_card(model)
