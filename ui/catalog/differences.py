"""What differs between two versions of an item, field by field and in words. Pure; no Streamlit here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from content.catalog import history
from content.catalog.history import FieldChange
from content.types import CatalogItem
from ui.catalog.words import part_name, part_words


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
