"""The catalog in its database: read often, written rarely, never half."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, true, union, update

from content.catalog.changes import Change, count_up
from content.catalog.editing import check_item
from content.catalog.history import Action, Draft, Revision, author_name
from content.catalog.rows import (
    DRAFT_COLUMNS,
    ITEM_COLUMNS,
    REVISION_COLUMNS,
    row_draft,
    row_item,
    row_revision,
    stated,
    stated_item,
)
from content.database import reading, writing
from content.errors import (
    DatabaseUnavailableError,
    DraftConflictError,
    DraftNotFoundError,
    ItemInvalidError,
    ItemNotFoundError,
    RevisionNotFoundError,
)
from content.tables import catalog_state, drafts, items, revisions
from content.types import Catalog, CatalogItem, Status

_DRAFTS = select(*DRAFT_COLUMNS).join(items, items.c.item_id == drafts.c.item_id)

_log = logging.getLogger(__name__)


def now_utc() -> datetime:
    """The clock of the history where no other is given."""
    return datetime.now(UTC)


class CatalogStore:
    """Loads and changes the catalog. Safe to share between threads; several processes may use one database.

    Every change runs in one transaction that counts the catalog's version up first, so changes queue and
    versions have no gaps. Each item has a version of its own: a change that began from an older one is
    refused with ``ConflictError`` and loses nothing. The same transaction writes the change into the history.

    Args:
        engine: of a migrated database.
        clock: tells the time of a change, with its zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = now_utc) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._cached: Catalog | None = None
        self._checked: dict[tuple[Any, ...], CatalogItem] = {}
        self._left_out: tuple[str, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """Ids of the rows that were no items when the catalog was last read."""
        return self._left_out

    def locations(self) -> frozenset[str]:
        """Where the files and posters lie of all that can be shown or brought back.

        Those of rows that are no items count, and those of the history and of drafts.

        Raises:
            DatabaseError: the database cannot be read.
        """
        query = union(
            *(
                select(column)
                for table in (items, revisions, drafts)
                for column in (table.c.asset_location, table.c.asset_poster)
            )
        )
        with reading(self._engine) as connection:
            return frozenset(location for location in connection.scalars(query) if location is not None)

    def version(self) -> int:
        """The catalog's version now; one small query, cheap enough for every tick.

        Raises:
            DatabaseError: the database cannot be read.
        """
        with reading(self._engine) as connection:
            return _expect(connection.execute(select(catalog_state.c.version)).scalar_one_or_none())

    def load(self) -> Catalog:
        """The catalog now; the same object until its version changes.

        Every row passes the same checks as an editor's form. Rows that are no items (someone edited the
        database by hand) are left out and logged.

        Raises:
            DatabaseError: the database cannot be read.
        """
        version = self.version()
        with self._lock:
            if self._cached is None or self._cached.version != version:
                self._cached = self._read()
            return self._cached

    def create(self, item: CatalogItem, *, author: str = "") -> CatalogItem:
        """Add an item at the end of the catalog, as version 1 or, after a deleted one of its id, the next.

        Raises:
            ItemInvalidError: with every field that is wrong.
            ItemExistsError: its id is taken.
            DatabaseError: the database cannot be written.
        """
        return self.save_many(created=[item], author=author)[0]

    def save(self, item: CatalogItem, expected_version: int, *, author: str = "") -> CatalogItem:
        """Replace an item.

        Args:
            item: as it should be.
            expected_version: the version that the editor began with.
            author: for the history.

        Returns:
            The item with its new version; as it is, when nothing differs.

        Raises:
            ItemInvalidError: with every field that is wrong.
            ConflictError: someone else saved it meanwhile.
            ItemNotFoundError: someone deleted it meanwhile.
            DatabaseError: the database cannot be written.
        """
        return self.save_many([replace(item, version=expected_version)], author=author)[0]

    def delete(self, item_id: str, expected_version: int | None = None, *, author: str = "") -> None:
        """Take an item out, whatever its version unless one is expected; the history can bring it back.

        Its working draft waits unseen and comes back with it, unless something else takes the id.

        Raises:
            ConflictError: someone else saved it meanwhile.
            ItemNotFoundError: no such item.
            DatabaseError: the database cannot be written.
        """
        self.save_many(deleted={item_id: expected_version}, author=author)

    def save_many(
        self,
        saved: Sequence[CatalogItem] = (),
        *,
        created: Sequence[CatalogItem] = (),
        deleted: Mapping[str, int | None] | None = None,
        author: str = "",
        action: Action | None = None,
    ) -> tuple[CatalogItem, ...]:
        """Make several changes at once: all of them or, on any error, none.

        Args:
            saved: items as they should be; ``version`` is the one that the editor began with.
            created: new items, added at the end in this order.
            deleted: item id → expected version, or None for any.
            author: for the history.
            action: what the history calls it for the saved and created items, such as ``imported``;
                None to tell by what happens. By ``restored`` the working drafts of created items come back.

        Returns:
            The saved items, then the created ones, with their new versions.

        Raises:
            ItemInvalidError: with every wrong field of the first wrong item.
            ConflictError, ItemNotFoundError, ItemExistsError: as for single changes.
            DatabaseError: the database cannot be written.
        """
        saved = [check_item(i) for i in saved]
        created = [check_item(i) for i in created]
        deleted = deleted or {}
        with writing(self._engine) as connection:
            count_up(connection)
            change = Change(connection, author, self._clock(), action)
            change.read([*(i.item_id for i in (*saved, *created)), *deleted])
            done = [change.save(item, item.version) for item in saved]
            for item_id, expected in deleted.items():
                change.delete(item_id, expected)
            done += [change.create(item) for item in created]
            change.write()
        return tuple(done)

    # -- history ---------------------------------------------------------------------------------------

    def history(
        self, item_id: str | None = None, *, limit: int = 50, before: int | None = None
    ) -> tuple[Revision, ...]:
        """What was changed, newest first.

        Args:
            item_id: of one item, a deleted one too; None for all.
            limit: at most so many.
            before: only what was changed before that ``revision_id``, to page on.

        Raises:
            DatabaseError: the database cannot be read.
        """
        query = select(*REVISION_COLUMNS).order_by(revisions.c.revision_id.desc()).limit(limit)
        if item_id is not None:
            query = query.where(revisions.c.item_id == item_id)
        if before is not None:
            query = query.where(revisions.c.revision_id < before)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(row_revision(row) for row in rows)

    def restore(self, revision_id: int, author: str = "", expected_version: int | None = None) -> CatalogItem:
        """Make an item again what it was, as a new version; a deleted one comes back at the end.

        Args:
            revision_id: of the history; a deletion's brings back what was deleted.
            author: for the history.
            expected_version: the item's version that the editor looked at; None for any.

        Returns:
            The item with its new version; as it is, when nothing differs.

        Raises:
            RevisionNotFoundError: no such entry.
            ItemInvalidError: today's rules refuse it; with every field that is wrong.
            ConflictError: someone else saved it meanwhile.
            ItemNotFoundError: a version is expected, and someone deleted it meanwhile.
            DatabaseError: the database cannot be written.
        """
        with writing(self._engine) as connection:
            count_up(connection)
            row = connection.execute(
                select(*REVISION_COLUMNS).where(revisions.c.revision_id == revision_id)
            ).one_or_none()
            if row is None:
                raise RevisionNotFoundError(revision_id)
            wanted = stated_item(row, 1)
            change = Change(connection, author, self._clock(), Action.RESTORED)
            change.read([wanted.item_id])
            if expected_version is None and not change.has(wanted.item_id):
                done = change.create(wanted)
            else:
                done = change.save(wanted, expected_version)
            change.write()
        return done

    # -- working drafts --------------------------------------------------------------------------------

    def drafts(self) -> Mapping[str, Draft]:
        """The working drafts by item id; those that are no items any more are left out and logged.

        Those of items that are not in the catalog wait unseen.

        Raises:
            DatabaseError: the database cannot be read.
        """
        with reading(self._engine) as connection:
            rows = connection.execute(_DRAFTS.order_by(drafts.c.item_id)).all()
        found = {}
        for row in rows:
            try:
                found[row.item_id] = row_draft(row)
            except ItemInvalidError as error:
                _log.warning("Left out the draft of item %r: %s", row.item_id, error)
        return found

    def save_draft(self, item: CatalogItem, author: str = "", *, replacing: Draft | None = None) -> Draft:
        """Keep edits of an item where viewers do not see them.

        Like an item with the status ``draft`` it may lack what only publishing asks for.

        Args:
            item: as it should become; ``version`` is the one that the edits began from.
            author: who saves it.
            replacing: the draft that the editor began with, or None where there was none.

        Raises:
            ItemInvalidError: with every field that is wrong.
            ItemNotFoundError: someone deleted the item meanwhile.
            DraftConflictError: someone else saved a draft meanwhile; ``current`` is theirs, ``yours`` this.
            DatabaseError: the database cannot be written.
        """
        item = check_item(replace(item, status=Status.DRAFT))
        with writing(self._engine) as connection:
            _wait_for_turn(connection)
            if connection.scalar(select(items.c.item_id).where(items.c.item_id == item.item_id)) is None:
                raise ItemNotFoundError(item.item_id)
            there = _draft_row(connection, item.item_id)
            if there is not None:
                _refuse_another(there, replacing, item)
                connection.execute(delete(drafts).where(drafts.c.item_id == item.item_id))
            draft = Draft(item, item.version, author_name(author), self._clock().astimezone(UTC))
            connection.execute(
                insert(drafts).values(
                    item_id=item.item_id,
                    base_version=draft.base_version,
                    author=draft.author,
                    saved_at_utc=draft.saved_at_utc,
                    **stated(item),
                )
            )
        return draft

    def publish_draft(self, item_id: str, author: str = "", *, expected: Draft | None = None) -> CatalogItem:
        """Show the draft to viewers, as the item's next version.

        Args:
            item_id: whose draft.
            author: for the history.
            expected: the draft that the editor looked at; None for whichever there is.

        Raises:
            DraftNotFoundError: the item has no draft, or is not in the catalog.
            DraftConflictError: the draft is another than expected.
            ConflictError: the item was saved after the draft began; ``current`` is what viewers see,
                ``yours`` the draft, which stays.
            ItemInvalidError: with every field that publishing asks for; the draft stays.
            DatabaseError: the database cannot be written.
        """
        with writing(self._engine) as connection:
            count_up(connection)
            row = _draft_row(connection, item_id)
            if row is None:
                raise DraftNotFoundError(item_id)
            if expected is not None:
                _refuse_another(row, expected, None)
            ready = check_item(replace(row_draft(row).item, status=Status.PUBLISHED))
            change = Change(connection, author, self._clock(), Action.PUBLISHED)
            change.read([item_id])
            done = change.save(ready, ready.version)
            change.write()
            connection.execute(delete(drafts).where(drafts.c.item_id == item_id))
        return done

    def discard_draft(self, item_id: str, *, expected: Draft | None = None) -> None:
        """Throw a draft away; nothing happens where there is none.

        Args:
            item_id: whose draft.
            expected: the draft that the editor looked at; None for whichever there is.

        Raises:
            DraftConflictError: the draft is another than expected.
            DatabaseError: the database cannot be written.
        """
        with writing(self._engine) as connection:
            _wait_for_turn(connection)
            row = _draft_row(connection, item_id)
            if row is not None and expected is not None:
                _refuse_another(row, expected, None)
            connection.execute(delete(drafts).where(drafts.c.item_id == item_id))

    def _read(self) -> Catalog:
        # One statement sees one state of the database on every make, without asking for an isolation level.
        query = (
            select(catalog_state.c.version.label("catalog_version"), *ITEM_COLUMNS)
            .select_from(catalog_state.outerjoin(items, true()))
            .order_by(items.c.position)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        version = _expect(rows[0].catalog_version if rows else None)
        checked: dict[tuple[Any, ...], CatalogItem] = {}
        left_out = []
        for row in rows:
            if row.item_id is None:
                continue
            # A row that reads as it did before needs no second check: most changes are of one item.
            stored = tuple(row)[1:]
            try:
                checked[stored] = self._checked.get(stored) or row_item(row)
            except ItemInvalidError as error:
                left_out.append(str(row.item_id))
                _log.warning("Left out item %r of the catalog: %s", row.item_id, error)
        self._checked = checked
        self._left_out = tuple(left_out)
        return Catalog(version, tuple(checked.values()))


def _expect(version: int | None) -> int:
    if version is None:
        raise DatabaseUnavailableError(
            "Expected the catalog's version in table catalog_state. Received: no row"
        )
    return version


def _wait_for_turn(connection: Connection) -> None:
    """Queue behind the other writers, as ``count_up`` does, without a new version of the catalog."""
    connection.execute(update(catalog_state).values(version=catalog_state.c.version))


def _draft_row(connection: Connection, item_id: str) -> Row[Any] | None:
    return connection.execute(_DRAFTS.where(drafts.c.item_id == item_id)).one_or_none()


def _refuse_another(row: Row[Any], known: Draft | None, yours: CatalogItem | None) -> None:
    try:
        there = row_draft(row)
    except ItemInvalidError as error:
        _log.warning("The draft of item %r is none: %s", row.item_id, error)
        return
    if there != known:
        raise DraftConflictError(there.item, there.author, yours)
