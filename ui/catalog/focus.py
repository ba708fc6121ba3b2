"""Where the keyboard stands, and what is in view, when the page goes from the list to the form and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import streamlit as st

_SCRIPT: Final = Path(__file__).with_name("focus.js").read_text(encoding="utf-8")


def go_to(*selectors: str, serial: object, scroll: str) -> None:
    """Take the keyboard to an element, once for each serial.

    Streamlit takes the button away that somebody pressed, and the keyboard would stand at the page's begin.

    Args:
        selectors: of the element, and of those to take where it does not come.
        serial: as long as it is the same, nothing happens again.
        scroll: where the element is to be in view, as ``scrollIntoView`` takes it.
    """
    script = _SCRIPT.replace("WANTED", json.dumps(selectors)).replace("SCROLL", json.dumps(scroll))
    st.html(f"<script>{script.replace('SERIAL', str(serial))}</script>", unsafe_allow_javascript=True)
