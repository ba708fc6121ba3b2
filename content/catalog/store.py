"""The catalog in its database: read often, written rarely, never half."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, Row, and_, delete, insert, select, true, union

from content.catalog.history import Action, Draft, Revision, author_name
from content.catalog.rows import (
    DRAFT_COLUMNS,
    ITEM_COLUMNS,
    REVISION_COLUMNS,
    row_draft,
    row_item,
    row_revision,
)
from content.catalog.unsaved import UNSAVED_COLUMNS, UNSAVED_KEPT, Unsaved, row_unsaved, unsaved_row
from content.catalog.work import Work
from content.database import expect_known, reading, writing
from content.errors import DatabaseUnavailableError, ItemInvalidError
from content.tables import catalog_state, deployment, drafts, items, revisions, unsaved
from content.types import Catalog, CatalogItem

_DRAFTS = select(*DRAFT_COLUMNS).join(items, items.c.item_id == drafts.c.item_id)

_log = logging.getLogger(__name__)
Kept = TypeVar("Kept")


def now_utc() -> datetime:
    """The clock of the history where no other is given."""
    return datetime.now(UTC)


class CatalogStore:
    """Loads and changes the catalog. Safe to share between threads; several processes may use one database.

    What an editor means to do with it is in ``content.actions``. Changes run in transactions that wait for
    each other and count the catalog's version up by one, so versions have no gaps. Each item has a version of
    its own: a change that began from an older one is refused with ``ConflictError`` and loses nothing. The
    same transaction writes the change into the history.

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

        Those of rows that are no items count, and those of the history, of drafts, and of what is not saved.

        Raises:
            DatabaseError: the database cannot be read.
        """
        query = union(
            *(
                select(column)
                for table in (items, revisions, drafts, unsaved)
                for column in (table.c.asset_location, table.c.asset_poster)
            )
        )
        with reading(self._engine) as connection:
            return frozenset(location for location in connection.scalars(query) if location is not None)

    def version(self) -> int:
        """The catalog's version now; one small query, cheap enough for every tick.

        Raises:
            DatabaseVersionError: a newer app has changed the database, and this one cannot use it.
            DatabaseError: the database cannot be read.
        """
        query = select(catalog_state.c.version, deployment.c.needs_revision).join(deployment, true())
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is not None:
            expect_known(row.needs_revision)
        return _expect(row.version if row is not None else None)

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

    @contextmanager
    def transaction(self, author: str = "", action: Action | None = None) -> Iterator[Work]:
        """Change the catalog: all that is done with the ``Work`` is kept at the end, or nothing on any error.

        Args:
            author: who makes the changes, for the history.
            action: see ``Work``.

        Raises:
            DatabaseError: the database cannot be written.
        """
        with writing(self._engine) as connection:
            work = Work(connection, author, self._clock(), action)
            yield work
            work.write()

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

    # -- working drafts --------------------------------------------------------------------------------

    def drafts(self) -> Mapping[str, Draft]:
        """The working drafts by item id; those that are no items any more are left out and logged.

        Those of items that are not in the catalog wait unseen.

        Raises:
            DatabaseError: the database cannot be read.
        """
        with reading(self._engine) as connection:
            rows = connection.execute(_DRAFTS.order_by(drafts.c.item_id)).all()
        return _readable(((row.item_id, row) for row in rows), row_draft, "the draft of item %r")

    # -- what is not saved -----------------------------------------------------------------------------

    def unsaved(self, author: str) -> Mapping[str, Unsaved]:
        """What an editor typed and has not saved, by its place, the newest first.

        What has no item's fields any more is left out and logged.

        Raises:
            DatabaseError: the database cannot be read.
        """
        query = select(*UNSAVED_COLUMNS).where(unsaved.c.author == author_name(author))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(unsaved.c.kept_at_utc.desc())).all()
        return _readable(((row.place, row) for row in rows), row_unsaved, "what was typed for %r")

    def keep_unsaved(
        self, place: str, author: str, item: CatalogItem, draft_saved_at_utc: datetime | None = None
    ) -> Unsaved:
        """Keep what an editor typed, in place of what was kept there before; what was given up goes.

        Args:
            place: see ``Unsaved``, as for all of these.
            author: whose it is.
            item: as typed.
            draft_saved_at_utc: of the working draft that the edits began from.

        Raises:
            DatabaseError: the database cannot be written.
        """
        kept = Unsaved(place, author_name(author), item, draft_saved_at_utc, self._clock().astimezone(UTC))
        with writing(self._engine) as connection:
            gone = _is_of(place, kept.author) | self._is_abandoned()
            connection.execute(delete(unsaved).where(gone))
            connection.execute(insert(unsaved).values(unsaved_row(kept)))
        return kept

    def forget_unsaved(self, place: str, author: str) -> None:
        """Forget what an editor typed.

        Raises:
            DatabaseError: the database cannot be written.
        """
        with writing(self._engine) as connection:
            connection.execute(delete(unsaved).where(_is_of(place, author_name(author))))

    def forget_abandoned(self) -> int:
        """Forget what editors typed and did not touch for ``UNSAVED_KEPT``; returns of how many items.

        Raises:
            DatabaseError: the database cannot be written.
        """
        # Looked for first, so that a start without any does not wait for those who write.
        with reading(self._engine) as connection:
            if (
                connection.execute(select(unsaved.c.place).where(self._is_abandoned()).limit(1)).first()
                is None
            ):
                return 0
        with writing(self._engine) as connection:
            return connection.execute(delete(unsaved).where(self._is_abandoned())).rowcount

    def _is_abandoned(self) -> ColumnElement[bool]:
        return unsaved.c.kept_at_utc < self._clock() - UNSAVED_KEPT

    def _read(self) -> Catalog:
        # One statement sees one state of the database on every make, without asking for an isolation level.
        query = (
            select(catalog_state.c.version.label("catalog_version"), *ITEM_COLUMNS)
            .select_from(catalog_state.outerjoin(items, true()))
            .order_by(items.c.position, items.c.item_id)
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


def _is_of(place: str, author: str) -> ColumnElement[bool]:
    return and_(unsaved.c.place == place, unsaved.c.author == author)


def _expect(version: int | None) -> int:
    if version is None:
        raise DatabaseUnavailableError(
            "Expected the catalog's version in table catalog_state. Received: no row"
        )
    return version


def _readable(
    rows: Iterable[tuple[str, Row[Any]]], read: Callable[[Row[Any]], Kept], what: str
) -> dict[str, Kept]:
    """What the rows hold, by their keys; one that holds no item any more is left out, and the log says so."""
    found = {}
    for key, row in rows:
        try:
            found[key] = read(row)
        except ItemInvalidError as error:
            _log.warning(f"Left out {what}: %s", key, error)
    return found
