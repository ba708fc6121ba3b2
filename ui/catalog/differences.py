"""What differs between versions of an item, field by field and in words. Pure; no Streamlit here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from content.catalog import history
from content.catalog.editing import item_data
from content.catalog.history import FieldChange
from content.types import CatalogItem
from ui.catalog.browse import same_value
from ui.catalog.words import field_name, part_name, part_words, value_words


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two people changed, or that one of them did.

    Attributes:
        field: its name for people.
        before: when both began.
        theirs: as saved meanwhile.
        mine: as typed here.
    """

    field: str
    before: str
    theirs: str
    mine: str


def differences(before: CatalogItem, theirs: CatalogItem, mine: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Every field in which the three are not the same, in words."""
    old, other = item_data(before), item_data(theirs)
    found = []
    for name in old:
        own = mine.get(name, old[name])
        if not (same_value(old[name], other[name]) and same_value(old[name], own)):
            words = (value_words(name, value) for value in (old[name], other[name], own))
            found.append(Difference(field_name(name), *words))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an item before and after, in words."""

    field: str
    before: str
    after: str


def change_words(changes: Iterable[FieldChange]) -> tuple[Change, ...]:
    """Changes as the history and catalog files state them, in words."""
    return tuple(
        Change(part_name(c.field), part_words(c.field, c.before), part_words(c.field, c.after))
        for c in changes
    )


def changed(before: CatalogItem, after: CatalogItem) -> tuple[Change, ...]:
    """Every field in which two versions of an item differ, in words."""
    return change_words(history.differences(before, after))


def differences_html(before: CatalogItem, theirs: CatalogItem, mine: Mapping[str, Any]) -> str:
    """A table of the fields in which what was, what they saved and what was typed here are not the same."""
    rows = "".join(
        f"<tr><th>{escape(d.field)}</th><td>{escape(d.before)}</td><td>{escape(d.theirs)}</td>"
        f"<td>{escape(d.mine)}</td></tr>"
        for d in differences(before, theirs, mine)
    )
    return (
        '<table class="at-table at-diff" data-testid="conflict"><thead><tr><th>Field</th><th>Before</th>'
        f"<th>Saved by someone else</th><th>Yours</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def changes_html(found: Iterable[Change], *, before: str = "Before", after: str = "After") -> str:
    """A table of changed fields."""
    rows = "".join(
        f"<tr><th>{escape(c.field)}</th><td>{escape(c.before)}</td><td>{escape(c.after)}</td></tr>"
        for c in found
    )
    return (
        f'<table class="at-table at-diff" data-testid="changes"><thead><tr><th>Field</th><th>{escape(before)}'
        f"</th><th>{escape(after)}</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def change_list_html(found: Sequence[Change], most: int = 6) -> str:
    """Changed fields one a line, what was and what is; the rest by their number."""
    lines = "".join(
        f"<li><b>{escape(c.field)}</b> <del>{escape(c.before)}</del> <ins>{escape(c.after)}</ins></li>"
        for c in found[:most]
    )
    more = len(found) - most
    return f'<ul class="at-changes">{lines}{f"<li>and {more} more</li>" if more > 0 else ""}</ul>'
