"""What is kept beside the catalog: every change that was made, and working drafts not yet published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic_core import to_jsonable_python

from content.catalog.editing import item_data
from content.types import CatalogItem, Status

AUTHOR_LENGTH = 200


class Action(StrEnum):
    """What was done to an item; ``UNREADABLE``, which is never written, where an entry was spoilt by hand."""

    CREATED = "created"
    SAVED = "saved"
    PUBLISHED = "published"
    ARCHIVED = "archived"
    DELETED = "deleted"
    RESTORED = "restored"
    IMPORTED = "imported"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that a change touched.

    Attributes:
        field: dotted name as in the starter file, such as ``title`` or ``targets.happy``.
        before, after: as in a catalog file (text, numbers, lists); None where there was nothing.
    """

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of one item.

    Attributes:
        revision_id: counts up over all items, in the order of the changes.
        version: of the item after the change; a deletion counts as one, and versions go on after it. 0
            where it can no longer be read.
        author: who did it; empty where nobody signed in.
        at_utc: None where it can no longer be read.
        item: after the change; None when it was deleted or can no longer be read.
        title: of the item, or of what was deleted.
        changes: against the item before; empty when it was created or deleted.
    """

    revision_id: int
    item_id: str
    version: int
    action: Action
    author: str
    at_utc: datetime | None
    item: CatalogItem | None
    title: str
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """Edits of an item that viewers do not see yet; one an item.

    Attributes:
        item: as it would become; its status is ``draft``, its version ``base_version``.
        base_version: the item's version that the edits began from.
        author: who saved it last.
    """

    item: CatalogItem
    base_version: int
    author: str
    saved_at_utc: datetime


def item_json(item: CatalogItem) -> dict[str, Any]:
    """An item as a catalog file states it, ready for JSON; without the store's ``version``."""
    plain: dict[str, Any] = to_jsonable_python(item_data(item))
    return plain


def differences(before: CatalogItem, after: CatalogItem) -> tuple[FieldChange, ...]:
    """The fields in which two items differ, versions aside, in the order of the form."""
    return tuple(_compare("", item_json(before), item_json(after)))


def _compare(place: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _compare(f"{place}{name}.", old, new)
        else:
            yield FieldChange(place + name, old, new)


def saving_action(before: CatalogItem | None, after: CatalogItem) -> Action:
    """What a save amounts to: a change of status counts for more than the fields beside it."""
    if before is None:
        return Action.SAVED
    if before.status is not after.status:
        if after.status is Status.PUBLISHED:
            return Action.PUBLISHED
        if after.status is Status.ARCHIVED:
            return Action.ARCHIVED
    return Action.SAVED


def author_name(name: str) -> str:
    """A name as the history keeps it: one line of what can be printed, not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:AUTHOR_LENGTH]
