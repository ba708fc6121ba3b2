"""Every page comes through the app's entry, also the first one after a start."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def through_the_entry() -> None:
    """Start over through ``streamlit_app.py`` when Streamlit ran this page by itself.

    A folder called ``pages`` is Streamlit's older way to make pages, and until the entry has called
    ``st.navigation`` once in the process, Streamlit (1.67) takes it for that: whoever opens ``/photo`` first
    after a start would get the bare page, without the app's settings, navigation and look. Call it first in
    a page.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
