"""Makes every page go through the app's entry, even the first one after a start."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def through_the_entry() -> None:
    """Starts again through ``streamlit_app.py`` if Streamlit ran this page alone.

    A folder called ``pages`` is Streamlit's older way to make pages. Until the entry has called
    ``st.navigation`` once in the process, Streamlit (1.67) uses that way: the first person to open ``/photo``
    after a start would get the bare page, without the app's settings, navigation and look. Call this first in
    every page.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
