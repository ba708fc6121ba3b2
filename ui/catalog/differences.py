"""What differs between two versions of an item, field by field and in words. Pure; no Streamlit here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from content.catalog import history
from content.catalog.history import FieldChange
from content.types import CatalogItem
from ui.catalog.words import part_name, part_words
from ui.look.html import Markup, render


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


def changes_html(found: Iterable[Change], *, before: str = "Before", after: str = "After") -> Markup:
    """A table of changed fields."""
    return render("catalog/changes.html", changes=found, before=before, after=after)
