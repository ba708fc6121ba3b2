"""Whether the app may show its pages at all, and what visitors read of what only an operator can mend."""

from __future__ import annotations

import logging
from functools import cache
from typing import Final

import streamlit as st

from attune_settings import SettingsError, settings

IN_THE_LOG: Final = "The operator of this site finds the reason in the log."
"""In place of an error that names the server's paths, addresses or users. The log has the error itself."""
NOT_SET_UP: Final = "This site is not set up correctly. Its operator finds the reason in the log."

_log = logging.getLogger(__name__)


@cache
def _log_once(sentence: str) -> None:
    # Every visitor's every run comes here; the reason stays the same until the app is started again.
    _log.error("%s", sentence)


def is_set_up() -> bool:
    """Checks the settings.

    ``make run`` has done so before it serves; a bare ``streamlit run`` has not. Visitors read one plain line,
    the log names the variable, what is allowed and what came.
    """
    try:
        settings()
    except SettingsError as error:
        for sentence in error.problems.values():
            _log_once(sentence)
        return False
    return True


def show_not_set_up() -> None:
    """The one line that a visitor gets in place of every page."""
    st.error(NOT_SET_UP, icon=":material/build:")
