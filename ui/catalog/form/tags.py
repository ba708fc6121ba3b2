"""The tags of an item: those that are in use are suggested, and any other may be typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from content.catalog.tags import distinct, spelt_as_in_use, tag_key
from ui.catalog.form.fields import show_errors
from ui.catalog.state import OpenForm
from ui.catalog.words import FIELD_NAMES

HELP: Final = (
    "To find items again and change them together, such as “Summer sale” or “Lobby screen”. For editors; "
    "viewers do not see them."
)


def tags_field(form: OpenForm, in_use: Sequence[str]) -> tuple[str, ...]:
    """What the field holds, as typed.

    Args:
        form: of the item.
        in_use: the tags of the whole catalog.
    """
    key = form.key("tags")
    # Kept by key alone, as the callback sets it.
    st.session_state.setdefault(key, list(form.seed.tags))
    known = distinct((*form.seed.tags, *in_use))
    typed = st.multiselect(
        FIELD_NAMES["tags"],
        sorted(known, key=tag_key),
        accept_new_options=True,
        select_all=False,
        placeholder="Choose a tag, or type a new one",
        help=HELP,
        key=key,
        on_change=_tidy,
        args=(key, known),
        persist_state="session",
    )
    show_errors(form, "tags")
    return tuple(typed)


def _tidy(key: str, known: Sequence[str]) -> None:
    """“sale, lobby” typed at once become two tags, spelt as they are in use."""
    st.session_state[key] = list(spelt_as_in_use(st.session_state[key], known))
