"""The one choice of strategy: content that matches the expression, or content that lifts it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from content.types import Strategy
from ui.look.words import STRATEGIES, STRATEGY_HELP, STRATEGY_QUESTION


def choose_strategy(current: Strategy, *, key: str, on_change: Callable[[], None] | None = None) -> Strategy:
    """Shows the choice, the same on every page, and returns what is chosen.

    Args:
        current: chosen at first.
        key: of the control.
        on_change: called when another one is chosen, before anything is drawn.
    """
    # Not as a default: a page may set the kept value back, and Streamlit warns where there are both.
    st.session_state.setdefault(key, current)
    chosen = st.segmented_control(
        STRATEGY_QUESTION,
        list(STRATEGIES),
        required=True,
        format_func=STRATEGIES.__getitem__,
        help=STRATEGY_HELP,
        key=key,
        on_change=on_change,
    )
    return chosen or Strategy.MATCH
