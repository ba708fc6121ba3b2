"""What the whole process shares: the catalog and a warm model. Everything per viewer is in ``ui.app.state``.

Streamlit keeps the objects (``st.cache_resource``); a failure is not kept, so a repaired catalog or model
works at the next rerun without a restart.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import streamlit as st

from content.bootstrap import Content, open_content
from content.errors import ContentError
from emotion.errors import EmotionError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Whether the model can be used: its version, or one sentence on why not."""

    version: str
    error: str | None


@st.cache_resource(show_spinner=False, on_release=Content.close)
def _content() -> Content:
    content = open_content()
    # What waits on disk since the last start goes into the database now, not with the first visitor.
    if content.recorder is None:
        _log.error("Nothing is recorded for now: %s", content.recording_problem)
    return content


@st.cache_resource(show_spinner=False)
def _warm_model_version() -> str:
    # Imported here: OpenCV and the interpreter are not loaded before somebody asks for an analysis. The
    # camera comes next, and its libraries are large: they too have to be there before the memory settles.
    import numpy as np

    import ui.live.camera  # noqa: F401
    from emotion.bootstrap import create_analyzer
    from emotion.live import settle_memory

    analyzer = create_analyzer()
    analyzer.analyze(np.zeros((48, 64, 3), np.uint8), 0.0)
    settle_memory()
    return analyzer.model_version


def catalog_service() -> Content | None:
    """The catalog's store, files and picker, or None after saying on the page why there are none.

    A database that opens but is broken is told by ``Content.problem``, which the pages show.
    """
    try:
        return _content()
    except ContentError as error:
        _log.error("The catalog cannot be opened: %s", error)
        st.error(f"The catalog cannot be opened, so nothing can be shown from it. {error}")
        return None


def model_status() -> ModelStatus:
    """Loads and warms the model once per process; says what is wrong with it otherwise."""
    try:
        return ModelStatus(_warm_model_version(), None)
    except EmotionError as error:
        _log.error("The expression model cannot be used: %s", error)
        return ModelStatus("none", str(error))
