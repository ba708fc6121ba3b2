"""Changes of the catalog inside one transaction, each with its entry in the history."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, cast, delete, func, insert, select, update

from content.catalog.history import Action, FieldChange, author_name, differences, saving_action
from content.catalog.rows import (
    DRAFT_COLUMNS,
    ITEM_COLUMNS,
    REVISION_COLUMNS,
    item_row,
    row_item,
    stated,
    stated_item,
)
from content.errors import ConflictError, ItemExistsError, ItemInvalidError, ItemNotFoundError
from content.tables import catalog_state, drafts, items, revisions
from content.types import CatalogItem

# Values in one statement; older SQLites take 999.
_AT_ONCE = 500

_log = logging.getLogger(__name__)


def count_up(connection: Connection) -> None:
    """Count the catalog's version up; first in every changing transaction, as the others wait here."""
    connection.execute(update(catalog_state).values(version=catalog_state.c.version + 1))


class Change:
    """One transaction's changes: ``read`` what they touch, make them, then ``write`` them all.

    What is asked of the database is asked for many items together: an import has thousands.

    Args:
        connection: in a transaction that has counted the catalog's version up.
        author: who makes it.
        at_utc: when.
        action: what the history calls it, deletions aside; None to tell by what happens.
    """

    def __init__(
        self, connection: Connection, author: str, at_utc: datetime, action: Action | None = None
    ) -> None:
        self._connection = connection
        self._author = author_name(author)
        self._at_utc = at_utc
        self._action = action
        # As this change leaves them: id → version, and the item or None for a row that is none.
        self._now: dict[str, tuple[int, CatalogItem | None]] = {}
        self._past: dict[str, int] = {}
        self._saved: list[CatalogItem] = []
        self._deleted: list[str] = []
        self._created: list[CatalogItem] = []
        self._entries: list[dict[str, Any]] = []

    def read(self, ids: Iterable[str]) -> None:
        """Read what is about to change."""
        for group in _groups(list(dict.fromkeys(ids))):
            for row in self._connection.execute(select(*ITEM_COLUMNS).where(items.c.item_id.in_(group))):
                try:
                    self._now[row.item_id] = (row.version, row_item(row))
                except ItemInvalidError as error:
                    # Someone edited the database by hand; it can be replaced or taken away.
                    _log.warning("The row of item %r is none: %s", row.item_id, error)
                    version = row.version if isinstance(row.version, int) else 0
                    self._now[row.item_id] = (version, None)
            # By number, so that text that someone wrote there by hand does not win.
            past = select(revisions.c.item_id, func.max(cast(revisions.c.version, Integer)))
            of_group = past.where(revisions.c.item_id.in_(group)).group_by(revisions.c.item_id)
            self._past |= {row[0]: row[1] for row in self._connection.execute(of_group)}

    def has(self, item_id: str) -> bool:
        """Whether the catalog has that item, of those read."""
        return item_id in self._now

    def save(self, item: CatalogItem, expected_version: int | None) -> CatalogItem:
        """Replace an item; the same comes back when nothing differs.

        Raises:
            ItemNotFoundError: no such item.
            ConflictError: it has another version than expected.
        """
        version, before = self._require(item.item_id, expected_version, item)
        if before is not None and replace(item, version=version) == before:
            return before
        saved = replace(item, version=version + 1)
        self._now[item.item_id] = (saved.version, saved)
        self._saved.append(saved)
        changes = differences(before, saved) if before is not None else ()
        self._note(saved.version, self._action or saving_action(before, saved), saved, changes)
        return saved

    def delete(self, item_id: str, expected_version: int | None) -> None:
        """Take an item out. Its working draft waits unseen, should the item be brought back.

        Raises:
            ItemNotFoundError: no such item.
            ConflictError: it has another version than expected.
        """
        version, before = self._require(item_id, expected_version, None)
        del self._now[item_id]
        self._past[item_id] = version + 1
        self._deleted.append(item_id)
        self._note(version + 1, Action.DELETED, before, item_id=item_id)

    def create(self, item: CatalogItem) -> CatalogItem:
        """Add an item at the end; its versions go on from those of a deleted one with its id.

        It takes the place of a row that is no item.

        Raises:
            ItemExistsError: its id is taken.
        """
        if item.item_id in self._now:
            version, before = self._now[item.item_id]
            if before is not None:
                raise ItemExistsError(item.item_id)
            # The row is no item, so nobody sees it: an import of a backup mends it.
            self._now[item.item_id] = (max(version, self._past.get(item.item_id, 0)), None)
            return self.save(item, None)
        created = replace(item, version=self._past.get(item.item_id, 0) + 1)
        self._now[item.item_id] = (created.version, created)
        self._created.append(created)
        self._note(created.version, self._action or Action.CREATED, created)
        return created

    def write(self) -> None:
        """Write everything to the database."""
        if self._saved:
            self._connection.execute(
                update(items).where(items.c.item_id == bindparam("its_id")),
                [{**item_row(item), "its_id": item.item_id} for item in self._saved],
            )
        for group in _groups(self._deleted):
            self._connection.execute(delete(items).where(items.c.item_id.in_(group)))
        if self._created:
            self._settle_drafts()
            position = cast(items.c.position, Integer)
            top = self._connection.execute(select(func.coalesce(func.max(position), 0))).scalar_one()
            self._connection.execute(
                insert(items),
                [{**item_row(item), "position": top + n} for n, item in enumerate(self._created, start=1)],
            )
        if self._entries:
            self._connection.execute(insert(revisions), self._entries)

    def _settle_drafts(self) -> None:
        """Drafts that wait under the ids of created items: they go, unless the item is one brought back."""
        created = {item.item_id: item for item in self._created}
        for group in _groups(list(created)):
            of_group = drafts.c.item_id.in_(group)
            if self._action is not Action.RESTORED:
                self._connection.execute(delete(drafts).where(of_group))
                continue
            for row in self._connection.execute(select(*DRAFT_COLUMNS).where(of_group)).all():
                item = created[row.item_id]
                # Between the two lies the deletion, which counts as a version.
                if row.base_version == item.version - 2 and item == self._deleted_as(item):
                    here = drafts.c.item_id == row.item_id
                    self._connection.execute(update(drafts).where(here).values(base_version=item.version))

    def _deleted_as(self, item: CatalogItem) -> CatalogItem | None:
        """What the last entry of the history says was deleted under that id, with the version of ``item``."""
        query = select(*REVISION_COLUMNS).where(
            revisions.c.item_id == item.item_id, revisions.c.action == Action.DELETED.value
        )
        row = self._connection.execute(query.order_by(revisions.c.revision_id.desc()).limit(1)).one_or_none()
        try:
            return None if row is None else stated_item(row, item.version)
        except ItemInvalidError:
            return None

    def _require(
        self, item_id: str, expected_version: int | None, yours: CatalogItem | None
    ) -> tuple[int, CatalogItem | None]:
        if item_id not in self._now:
            raise ItemNotFoundError(item_id)
        version, before = self._now[item_id]
        if expected_version is not None and before is not None and version != expected_version:
            raise ConflictError(expected_version, before, yours)
        return version, before

    def _note(
        self,
        version: int,
        action: Action,
        item: CatalogItem | None,
        changes: Sequence[FieldChange] = (),
        *,
        item_id: str = "",
    ) -> None:
        self._entries.append(
            {
                "item_id": item.item_id if item else item_id,
                "version": version,
                "action": action.value,
                "author": self._author,
                "at_utc": self._at_utc,
                "changes": [asdict(c) for c in changes],
                **stated(item),
            }
        )


def _groups(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
