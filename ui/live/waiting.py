"""What a viewer sees who waits for a place, see ``ui.live.admission``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from ui.app.fragment import fragment
from ui.live.admission import admission
from ui.live.link import Link, links
from ui.live.linked import keep_linked
from ui.live.state import LiveState
from ui.look.html import render
from ui.look.words import counted, sentence

LOOK_S: Final = 1.0
"""So often a waiting page is told how many are before it; when it is its turn, it is told at once."""


def said(before: int | None) -> str:
    """Where a page stands, in words.

    Args:
        before: how many wait before it; None once it is its turn.
    """
    if before is None:
        return "A place is free. The page goes on now."
    if before == 0:
        return "You are next."
    verb = "waits" if before == 1 else "wait"
    return f"{sentence(counted(before, 'person', 'people'))} {verb} before you."


def news(link: Link) -> Mapping[str, Any]:
    """What the browser of a waiting page is told; quick, callable from any thread."""
    before = admission().before(link)
    return {"beat": round(time.monotonic(), 2), "changed": int(before is None), "line": said(before)}


@fragment()
def line(state: LiveState) -> None:
    """The place in line. Goes on by itself when there is a place."""
    if admission().ask(state.link):
        # The live page's script begins to count anew.
        links.dismiss(state.link)
        st.rerun()
    with st.container(key="panel-waiting"):
        st.html(render("live/waiting.html", line=said(admission().before(state.link))))
        back = st.button("Stop waiting", icon=":material/close:", key="stop-waiting")
    if back:
        state.stop_waiting()
        st.rerun()
    keep_linked(state, lambda: news(state.link), LOOK_S)
