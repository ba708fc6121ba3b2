"""The browser asks before it closes or reloads the page while something is not kept."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from streamlit.delta_generator import DeltaGenerator

ASKS: Final = "window.onbeforeunload = (event) => { event.preventDefault(); event.returnValue = ''; }"
ASKS_NOT: Final = "window.onbeforeunload = null"
ASKS_WHILE_TYPING: Final = Path(__file__).with_name("leaving.js").read_text(encoding="utf-8")


def guard_leaving(place: DeltaGenerator, *, unsaved: bool, typing: bool = False) -> None:
    """Draw what makes the browser ask, or no longer ask.

    The app's own pages are changed without leaving the browser's page: the form is kept then, and so is the
    question.

    Args:
        place: where on the page, which shows nothing of it.
        unsaved: something was typed that is not kept.
        typing: ask too while something stands in a field that has not reached the server.
    """
    script = ASKS if unsaved else ASKS_WHILE_TYPING if typing else ASKS_NOT
    place.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
