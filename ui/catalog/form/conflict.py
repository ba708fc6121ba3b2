"""Two editors on one item: the second is shown what changed, field by field, and chooses for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Final

import streamlit as st

from content.catalog.editing import item_data
from content.types import CatalogItem
from ui.catalog.browse import same_value
from ui.catalog.form.fields import ChosenAsset
from ui.catalog.state import EditorState, OpenForm
from ui.catalog.words import field_name, value_words
from ui.look.words import escape_markdown

MINE, THEIRS = "Mine", "Theirs"
TOGETHER: Final[tuple[tuple[str, ...], ...]] = (("targets", "region"), ("asset", "alt_text"))
"""Fields that are one choice: an item aims at moods or at a region, and its words describe its file."""


@dataclass(frozen=True, slots=True)
class Clash:
    """One choice between what somebody else saved and what was typed here.

    Attributes:
        fields: that it is about.
        before, theirs, mine: in words.
        by_me, by_them: who changed it.
    """

    fields: tuple[str, ...]
    before: str
    theirs: str
    mine: str
    by_me: bool
    by_them: bool

    @property
    def name(self) -> str:
        """What people read for it."""
        return field_name(self.fields[0])


def clashes(before: CatalogItem, theirs: CatalogItem, mine: CatalogItem) -> tuple[Clash, ...]:
    """Every choice that is to be made: the fields in which the three versions are not the same."""
    old, other, own = item_data(before), item_data(theirs), item_data(mine)
    groups = [next((g for g in TOGETHER if name in g), (name,)) for name in old]
    found = []
    for group in dict.fromkeys(groups):
        by_them = not all(same_value(old[n], other[n]) for n in group)
        by_me = not all(same_value(old[n], own[n]) for n in group)
        if (by_them or by_me) and not all(same_value(other[n], own[n]) for n in group):
            before_words, their_words, my_words = (_words(group, data) for data in (old, other, own))
            found.append(Clash(group, before_words, their_words, my_words, by_me, by_them))
    return tuple(found)


def _words(group: tuple[str, ...], data: Mapping[str, Any]) -> str:
    if group == ("targets", "region") and data["region"] is not None:
        return value_words("region", data["region"])
    if group == ("asset", "alt_text") and data["asset"] is not None:
        return f"{value_words('asset', data['asset'])} “{data['alt_text']}”"
    return value_words(group[0], data[group[0]])


def merged(theirs: CatalogItem, mine: CatalogItem, taken: Mapping[tuple[str, ...], str]) -> CatalogItem:
    """Their item with my values where they were chosen.

    Args:
        theirs: as saved by somebody else; its version is the result's.
        mine: as typed here.
        taken: the fields of each clash → ``MINE`` or ``THEIRS``.
    """
    mine_fields = [name for group, side in taken.items() if side == MINE for name in group]
    return replace(theirs, **{name: getattr(mine, name) for name in mine_fields})


def show_conflict(editor: EditorState, form: OpenForm, mine: CatalogItem, chosen: ChosenAsset) -> None:
    """Each field that differs with both values; the form goes on with what is chosen.

    Args:
        editor: whose form it is.
        form: with the conflict.
        mine: what was typed here.
        chosen: the file that ``mine`` shows, which may not be stored yet.
    """
    theirs = form.conflict
    before = form.draft.item if form.theirs and form.draft else form.base
    if theirs is None or before is None:
        return
    found = clashes(before, theirs, mine)
    with st.container(key="panel-conflict"):
        whose = "a draft of this item" if form.theirs else "this item"
        who = f" ({escape_markdown(form.theirs.author)})" if form.theirs and form.theirs.author else ""
        st.warning(
            f"**Someone else{who} saved {whose} while you were typing.** Nothing of yours is lost: choose "
            "what to keep, field by field."
        )
        keys = {clash.fields: form.key(f"clash-{clash.fields[0]}") for clash in found}
        for clash in found:
            # What only one of the two changed is theirs or mine already; the rest is mine until I say no.
            st.session_state.setdefault(keys[clash.fields], MINE if clash.by_me else THEIRS)
        with st.container(horizontal=True, key="conflict-all"):
            st.button("Take all of mine", key=form.key("all-mine"), on_click=_take_all, args=(keys, MINE))
            st.button(
                "Take all of theirs", key=form.key("all-theirs"), on_click=_take_all, args=(keys, THEIRS)
            )
        with st.container(key="clashes"):
            for clash in found:
                words, choice = st.columns([2.4, 1], vertical_alignment="center")
                words.html(_clash_html(clash))
                choice.segmented_control(
                    clash.name,
                    (MINE, THEIRS),
                    required=True,
                    label_visibility="collapsed",
                    key=keys[clash.fields],
                )
        taken = {fields: str(st.session_state[key]) for fields, key in keys.items()}
        if st.button("Go on with these", type="primary", icon=":material/merge:", key=form.key("merge")):
            _go_on(editor, form, merged(theirs, mine, taken), chosen)


def _take_all(keys: Mapping[tuple[str, ...], str], side: str) -> None:
    for key in keys.values():
        st.session_state[key] = side


def _go_on(editor: EditorState, form: OpenForm, item: CatalogItem, chosen: ChosenAsset) -> None:
    base = form.base if form.theirs else form.conflict
    draft = form.theirs or form.draft
    opened = editor.open_form(base, item)
    opened.begun, opened.draft = True, draft
    if item.asset is not None and item.asset == chosen.asset:
        opened.upload = chosen.upload
    editor.notice = "Both are put together. Nothing is saved yet: look it over, then publish or save it."
    st.rerun()


def _clash_html(clash: Clash) -> str:
    sign = ' <span class="at-both">both of you</span>' if clash.by_me and clash.by_them else ""
    rows = "".join(
        f"<div><dt>{name}</dt><dd>{escape(words)}</dd></div>"
        for name, words in (("Before", clash.before), (THEIRS, clash.theirs), (MINE, clash.mine))
    )
    return (
        f'<section class="at-clash" data-testid="clash"><h4>{escape(clash.name)}{sign}</h4>'
        f"<dl>{rows}</dl></section>"
    )
