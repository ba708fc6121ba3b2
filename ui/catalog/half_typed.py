"""Dates and times of which only a part was typed: the browser alone knows of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import streamlit as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

_component = st.components.v2.component(
    "attune_half_typed", js=Path(__file__).with_name("half_typed.js").read_text(encoding="utf-8")
)


class HalfTyped(BaseModel):
    """What stood in a field when it was left.

    Attributes:
        text: as it was shown, such as ``01.12.yyyy`` or ``09:mm``.
        number: another one each time that a field is left so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, Field(min_length=1, max_length=40)]
    number: int


_told = TypeAdapter(dict[str, HalfTyped])


def half_typed(prefix: str) -> Mapping[str, HalfTyped]:
    """The fields that were left with a part of a date or a time in them, by the end of their keys.

    Args:
        prefix: with which the keys of all these fields begin.
    """
    key = f"half-typed-{prefix}"
    with st.container(key="half-typed"):
        _component(key=key, data={"prefix": prefix}, on_half_change=lambda: None)
    try:
        return _told.validate_python((st.session_state.get(key) or {}).get("half") or {})
    except ValidationError:
        return {}
