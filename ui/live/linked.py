"""The live socket's script on a page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from ui.live.scripts import script
from ui.live.socket import socket_path
from ui.live.state import LiveState

_SCRIPTS = ("turns", "draw", "sound", "focus", "impressions", "link")
_link = st.components.v2.component("attune_link", js=script(*_SCRIPTS))


def keep_linked(
    state: LiveState, tell: Callable[[], Mapping[str, Any]], every_s: float, **data: object
) -> None:
    """Puts the socket's script on the page; it takes no space.

    Args:
        state: of the page.
        tell: see ``ui.live.link.Link``.
        every_s: how often it is asked.
        data: more for the script: ``seen``, the number of runs that were asked for so far, and what draws.
    """
    state.link.tell = tell
    state.link.every_s = every_s
    with st.container(key="unseen-link"):
        _link(
            key="live-link",
            data={
                "token": state.socket_token(),
                "address": socket_path(),
                "run": time.monotonic(),
                **data,
            },
            on_changed_change=lambda: None,
        )
