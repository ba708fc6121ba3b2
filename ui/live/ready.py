"""The model that reads for the live page, warmed once per process."""

from __future__ import annotations

import logging

import streamlit as st

from emotion.errors import EmotionError

_log = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def _warm_model() -> None:
    # Imported here: OpenCV and the interpreter load when somebody first asks for a reading. The camera comes
    # next, and its libraries are large: they have to be there before the memory settles.
    import numpy as np

    import ui.live.camera  # noqa: F401
    from emotion.bootstrap import create_analyzer
    from emotion.live import settle_memory

    analyzer = create_analyzer()
    analyzer.analyze(np.zeros((48, 64, 3), np.uint8), 0.0)
    settle_memory()


def model_is_ready() -> bool:
    """Loads and warms the model once per process; the log says what is wrong where it cannot be used."""
    try:
        _warm_model()
    except EmotionError as error:
        _log.error("The expression model cannot be used: %s", error)
        return False
    return True
