"""The model that reads for the live page, warmed once per process."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import streamlit as st

from emotion.errors import EmotionError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Whether the model can be used: its version, or one sentence on why not."""

    version: str
    error: str | None


@st.cache_resource(show_spinner=False)
def _warm_model_version() -> str:
    # Imported here: OpenCV and the interpreter load when somebody first asks for a reading. The camera comes
    # next, and its libraries are large: they have to be there before the memory settles.
    import numpy as np

    import ui.live.camera  # noqa: F401
    from emotion.bootstrap import create_analyzer
    from emotion.live import settle_memory

    analyzer = create_analyzer()
    analyzer.analyze(np.zeros((48, 64, 3), np.uint8), 0.0)
    settle_memory()
    return analyzer.model_version


def model_status() -> ModelStatus:
    """Loads and warms the model once per process; says what is wrong with it otherwise."""
    try:
        return ModelStatus(_warm_model_version(), None)
    except EmotionError as error:
        _log.error("The expression model cannot be used: %s", error)
        return ModelStatus("none", str(error))
