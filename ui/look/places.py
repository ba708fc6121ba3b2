"""Places on the page in which something comes and goes."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def place() -> DeltaGenerator:
    """A place that is empty until something is put into its ``container``.

    A fragment that draws less than before leaves the rest to Streamlit (1.67), which takes it away when it
    hears that the run has ended. Where the run of another fragment begins at once, it never hears so. So what
    a fragment draws only now and then has a place of its own, which every run empties.
    """
    return st.empty()
