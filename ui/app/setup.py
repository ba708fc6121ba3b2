"""Whether the app may show its pages, and what visitors read about problems that only an operator can fix."""

from __future__ import annotations

import logging
from functools import cache
from typing import Final

import streamlit as st

from attune_settings import SettingsError, settings

IN_THE_LOG: Final = "The operator of this site finds the reason in the log."
"""Shown instead of an error with the server's paths, addresses or users. The log has the error itself."""
NOT_SET_UP: Final = "This site is not set up correctly. Its operator finds the reason in the log."

_log = logging.getLogger(__name__)


@cache
def _log_once(sentence: str) -> None:
    # Every run for every visitor comes here, but the reason stays the same until the app restarts.
    _log.error("%s", sentence)


def is_set_up() -> bool:
    """Checks the settings.

    ``make run`` checks them before it serves; a bare ``streamlit run`` does not. Visitors read one plain
    line; the log names the variable, what is allowed and what came.
    """
    try:
        settings()
    except SettingsError as error:
        for sentence in error.problems.values():
            _log_once(sentence)
        return False
    return True


def show_not_set_up() -> None:
    """Shows the one line that visitors read instead of any page."""
    st.error(NOT_SET_UP, icon=":material/build:")
