"""Two editors on one item: what each of them changed, field by field, and which of the two is kept.

The comparison and the merge are pure; ``choose`` is the one view of them, in the form and in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from content.catalog.editing import item_data
from content.types import CatalogItem
from emotion.labels import EMOTIONS, Emotion
from ui.catalog.words import field_name, part_words, value_words
from ui.look.html import Markup, render

MINE, THEIRS = "Mine", "Theirs"
_AIM: Final = ("targets", "region")
_TOGETHER: Final[tuple[tuple[str, ...], ...]] = (_AIM, ("asset", "alt_text"))
"""Fields that are one choice: an item aims at expressions or at a region, and its words describe its file."""


@dataclass(frozen=True, slots=True)
class Clash:
    """One choice between what somebody else saved and what was changed here.

    Attributes:
        fields: that it is about; ``targets.happy`` is one expression's weight.
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
    found = []
    for fields in _choices((before, theirs, mine), old):
        by_them = not all(_same(_value(old, f), _value(other, f)) for f in fields)
        by_me = not all(_same(_value(old, f), _value(own, f)) for f in fields)
        if (by_them or by_me) and not all(_same(_value(other, f), _value(own, f)) for f in fields):
            before_words, their_words, my_words = (_words(fields, data) for data in (old, other, own))
            found.append(Clash(fields, before_words, their_words, my_words, by_me, by_them))
    return tuple(found)


def merged(theirs: CatalogItem, mine: CatalogItem, taken: Mapping[tuple[str, ...], str]) -> CatalogItem:
    """Their item with my values where they were chosen.

    Args:
        theirs: as saved by somebody else; its version is the result's.
        mine: as it was changed here.
        taken: the fields of each clash → ``MINE`` or ``THEIRS``.
    """
    mine_fields = [name for fields, side in taken.items() if side == MINE for name in fields]
    whole = [name for name in mine_fields if "." not in name]
    result = replace(theirs, **{name: getattr(mine, name) for name in whole})
    targets = dict(result.targets)
    for emotion in EMOTIONS:
        if _weight_name(emotion) in mine_fields:
            targets[emotion] = mine.targets.get(emotion, 0.0)
    return replace(result, targets={e: targets[e] for e in EMOTIONS if targets.get(e, 0.0) > 0})


def choose(found: Sequence[Clash], key: Callable[[str], str]) -> dict[tuple[str, ...], str]:
    """Show each field that differs with both values; returns which of them is chosen.

    What only one of the two changed is that one's already; what both changed is mine until I say no.

    Args:
        found: the clashes.
        key: a widget's key by its name; another one for every other comparison.
    """
    keys = {clash.fields: key(f"clash-{clash.fields[0]}") for clash in found}
    for clash in found:
        st.session_state.setdefault(keys[clash.fields], MINE if clash.by_me else THEIRS)
    with st.container(horizontal=True, key=key("clashes-all")):
        st.button("Take all of mine", key=key("all-mine"), on_click=_take_all, args=(keys, MINE))
        st.button("Take all of theirs", key=key("all-theirs"), on_click=_take_all, args=(keys, THEIRS))
    with st.container(key=key("clashes")):
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
    return {fields: str(st.session_state[widget]) for fields, widget in keys.items()}


def _take_all(keys: Mapping[tuple[str, ...], str], side: str) -> None:
    for key in keys.values():
        st.session_state[key] = side


def _clash_html(clash: Clash) -> Markup:
    versions = (("Before", clash.before), (THEIRS, clash.theirs), (MINE, clash.mine))
    return render("catalog/clash.html", clash=clash, versions=versions)


def _choices(versions: Sequence[CatalogItem], fields: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The fields in groups, each of which is one choice."""
    by_expression = all(item.region is None for item in versions)
    for name in fields:
        group = next((g for g in _TOGETHER if name in g), (name,))
        if group == _AIM and by_expression:
            if name == "targets":
                yield from ((_weight_name(e),) for e in EMOTIONS)
        elif name == group[0]:
            yield group


def _weight_name(emotion: Emotion) -> str:
    return f"targets.{emotion.value}"


def _value(data: Mapping[str, Any], name: str) -> Any:
    top, _, emotion = name.partition(".")
    return data[top].get(Emotion(emotion), 0.0) if emotion else data[top]


def _words(fields: tuple[str, ...], data: Mapping[str, Any]) -> str:
    if fields == _AIM and data["region"] is not None:
        return value_words("region", data["region"])
    if fields == ("asset", "alt_text") and data["asset"] is not None:
        return f"{value_words('asset', data['asset'])} “{data['alt_text']}”"
    return part_words(fields[0], _value(data, fields[0]))


def _same(a: Any, b: Any) -> bool:
    """True for two values of a field that say the same: a share of 0 is what no share is."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return {k: v for k, v in a.items() if v} == {k: v for k, v in b.items() if v}
    return bool((a or None) == (b or None)) if not isinstance(a, int | float) else bool(a == b)
