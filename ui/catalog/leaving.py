"""The browser asks before it closes or reloads the page while something is not saved."""

from __future__ import annotations

from typing import Final

import streamlit as st

ASKS: Final = "window.onbeforeunload = (event) => { event.preventDefault(); event.returnValue = ''; }"
ASKS_NOT: Final = "window.onbeforeunload = null"


def guard_leaving(*, unsaved: bool) -> None:
    """Draw what makes the browser ask, or no longer ask.

    The app's own pages are changed without leaving the browser's page: the form is kept then, and so is the
    question.

    Args:
        unsaved: something was typed that is not saved.
    """
    st.html(f"<script>{ASKS if unsaved else ASKS_NOT}</script>", unsafe_allow_javascript=True)
