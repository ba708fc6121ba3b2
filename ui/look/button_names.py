"""Names of their own, for screen readers, for buttons that look alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

_component = st.components.v2.component(
    "attune_button_names", js=Path(__file__).with_name("button_names.js").read_text(encoding="utf-8")
)


def name_buttons(names: Mapping[str, str]) -> None:
    """Names buttons of this page, whenever they come.

    Args:
        names: by the key of the button's element. A name begins with what the button shows, so that whoever
            speaks to a computer can say what they see.
    """
    with st.container(key="button-names"):
        _component(key="button-names-of-the-page", data=dict(names))
