"""One transaction of the catalog: items, their order, the history and working drafts change together."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, cast, delete, func, insert, select, update

from content.catalog.editing import check_item, new_item_id
from content.catalog.history import Action, Draft, FieldChange, author_name, differences, saving_action
from content.catalog.rows import (
    DRAFT_COLUMNS,
    ITEM_COLUMNS,
    REVISION_COLUMNS,
    item_row,
    row_draft,
    row_item,
    stated,
    stated_item,
)
from content.database import announce, expect_known
from content.errors import (
    ConflictError,
    DraftConflictError,
    DraftNotFoundError,
    ItemExistsError,
    ItemInvalidError,
    ItemNotFoundError,
    RevisionNotFoundError,
)
from content.tables import catalog_state, deployment, drafts, items, revisions, unsaved
from content.types import CatalogItem, Status

# Values in one statement; older SQLites take 999.
_AT_ONCE = 500

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DraftChange:
    """What a transaction did to the working draft of one item; None is no draft."""

    item_id: str
    before: Draft | None
    after: Draft | None


@dataclass(frozen=True, slots=True)
class Undo:
    """What takes a transaction back; ``content.actions.undo`` does it.

    Attributes:
        saved: items as they were, each with the version that the transaction gave it.
        created: items that were deleted, each with its place in the list.
        deleted: id → version of items that were added.
        drafts: what was done to working drafts.
    """

    saved: tuple[tuple[CatalogItem, int], ...] = ()
    created: tuple[tuple[CatalogItem, int], ...] = ()
    deleted: Mapping[str, int] = field(default_factory=dict)
    drafts: tuple[DraftChange, ...] = ()

    def __bool__(self) -> bool:
        """False where nothing was changed."""
        return bool(self.saved or self.created or self.deleted or self.drafts)


class Work:
    """The changes of one transaction, made by ``CatalogStore.transaction``.

    It waits until no other writer is at work. Items are read and written many together, as an import has
    thousands: ``read`` them first where there are several; they are written by ``write``, at the end.
    Whatever it raises ends the transaction, and nothing of it is kept.

    Args:
        connection: in a transaction that has just begun.
        author: who makes the changes, for the history.
        at_utc: when.
        action: what the history calls them, deletions aside; None to tell by what happens.
    """

    def __init__(
        self, connection: Connection, author: str, at_utc: datetime, action: Action | None = None
    ) -> None:
        self._connection = connection
        self._author = author_name(author)
        self._at_utc = at_utc
        self._action = action
        # As these changes leave them: id → version, and the item or None for a row that is none.
        self._now: dict[str, tuple[int, CatalogItem | None]] = {}
        self._places: dict[str, int] = {}
        self._past: dict[str, int] = {}
        self._saved: list[CatalogItem] = []
        self._deleted: list[str] = []
        self._created: list[tuple[CatalogItem, int | None]] = []
        self._entries: list[dict[str, Any]] = []
        self._was_saved: list[tuple[CatalogItem, int]] = []
        self._was_deleted: list[tuple[CatalogItem, int]] = []
        self._was_created: dict[str, int] = {}
        self._was_drafted: list[DraftChange] = []
        # Writers queue for this row, so that none reads what another is about to change.
        connection.execute(select(catalog_state.c.version).with_for_update())
        # An app that was started before a newer one changed the database must not write into it any more.
        expect_known(connection.scalar(select(deployment.c.needs_revision)) or "")

    def read(self, ids: Iterable[str]) -> None:
        """Read many items that are about to change."""
        for group in _groups([i for i in dict.fromkeys(ids) if i not in self._past]):
            for row in self._connection.execute(select(*ITEM_COLUMNS).where(items.c.item_id.in_(group))):
                self._places[row.item_id] = row.position
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
            self._past |= dict.fromkeys(group, 0)
            self._past |= {row[0]: row[1] for row in self._connection.execute(of_group)}

    def get(self, item_id: str) -> CatalogItem | None:
        """The item now; None where there is none, or where its row is none."""
        self.read([item_id])
        return self._now.get(item_id, (0, None))[1]

    @property
    def changed(self) -> tuple[CatalogItem, ...]:
        """The items that were changed or added, as they are now."""
        return (*self._saved, *(item for item, _ in self._created))

    def free_id(self, title: str) -> str:
        """A readable id that no item has."""
        return new_item_id(title, set(self._connection.scalars(select(items.c.item_id))) | self._now.keys())

    # -- items -----------------------------------------------------------------------------------------

    def save(self, item: CatalogItem, expected_version: int | None) -> CatalogItem:
        """Replace an item; the same comes back when nothing differs.

        Args:
            item: as it should be.
            expected_version: the version that the editor began with; None for any.

        Raises:
            ItemInvalidError: with every field that is wrong.
            ItemNotFoundError: no such item.
            ConflictError: it has another version than expected.
        """
        item = check_item(item)
        version, before = self._require(item.item_id, expected_version, item)
        if before is not None and replace(item, version=version) == before:
            return before
        saved = replace(item, version=version + 1)
        self._now[item.item_id] = (saved.version, saved)
        self._saved.append(saved)
        if before is not None:
            self._was_saved.append((before, saved.version))
        else:
            # Nobody saw a row that was no item.
            self._was_created[item.item_id] = saved.version
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
        if before is not None:
            self._was_deleted.append((before, self._places[item_id]))
        self._note(version + 1, Action.DELETED, before, item_id=item_id)

    def create(self, item: CatalogItem, place: int | None = None) -> CatalogItem:
        """Add an item; its versions go on from those of a deleted one with its id.

        It takes the place of a row that is no item. By ``restored`` its working draft comes back with it.

        Args:
            item: new, or one that was deleted.
            place: in the list, as an ``Undo`` holds it; None for the end.

        Raises:
            ItemInvalidError: with every field that is wrong.
            ItemExistsError: its id is taken.
        """
        item = check_item(item)
        self.read([item.item_id])
        if item.item_id in self._now:
            version, before = self._now[item.item_id]
            if before is not None:
                raise ItemExistsError(item.item_id)
            # The row is no item, so nobody sees it: an import of a backup mends it.
            self._now[item.item_id] = (max(version, self._past[item.item_id]), None)
            return self.save(item, None)
        created = replace(item, version=self._past[item.item_id] + 1)
        self._now[item.item_id] = (created.version, created)
        self._created.append((created, place))
        self._was_created[item.item_id] = created.version
        self._note(created.version, self._action or Action.CREATED, created)
        return created

    def restore(self, revision_id: int, expected_version: int | None) -> CatalogItem:
        """Make an item again what it was; a deleted one comes back at the end.

        Args:
            revision_id: of the history; a deletion's brings back what was deleted.
            expected_version: the version that the editor looked at; None for any, or for a deleted item.

        Raises:
            RevisionNotFoundError: no such entry.
            ItemInvalidError: today's rules refuse it; with every field that is wrong.
            ItemNotFoundError: a version is expected, and someone deleted the item meanwhile.
            ConflictError: it has another version than expected.
        """
        one = select(*REVISION_COLUMNS).where(revisions.c.revision_id == revision_id)
        row = self._connection.execute(one).one_or_none()
        if row is None:
            raise RevisionNotFoundError(revision_id)
        wanted = stated_item(row, 1)
        self.read([wanted.item_id])
        if expected_version is None and wanted.item_id not in self._now:
            return self.create(wanted)
        return self.save(wanted, expected_version)

    # -- working drafts --------------------------------------------------------------------------------

    def draft_of(self, item_id: str) -> Draft | None:
        """The working draft of an item of the catalog; None where there is none.

        Raises:
            ItemInvalidError: someone spoilt it by hand.
        """
        self.read([item_id])
        query = select(*DRAFT_COLUMNS).where(drafts.c.item_id == item_id)
        row = self._connection.execute(query).one_or_none() if item_id in self._now else None
        return None if row is None else row_draft(row)

    def keep_draft(self, item: CatalogItem, replacing: Draft | None) -> Draft:
        """Keep edits of an item where viewers do not see them.

        Args:
            item: as it should become; ``version`` is the one that the edits began from.
            replacing: the draft that the editor began with; None where there was none.

        Raises:
            ItemInvalidError: with every field that is wrong; what only publishing asks for may be missing.
            ItemNotFoundError: someone deleted the item meanwhile.
            DraftConflictError: someone else saved a draft meanwhile; ``current`` is theirs, ``yours`` this.
        """
        item = check_item(replace(item, status=Status.DRAFT))
        draft = Draft(item, item.version, self._author, self._at_utc.astimezone(UTC))
        self._put_draft(item.item_id, draft, replacing)
        return draft

    def drop_draft(self, item_id: str, known: Draft) -> None:
        """Throw the draft away that the editor looked at.

        Raises:
            DraftNotFoundError: someone published or discarded it meanwhile, or deleted the item.
            DraftConflictError: someone else saved another one meanwhile.
        """
        if self._readable_draft(item_id) is None:
            raise DraftNotFoundError(item_id)
        self._put_draft(item_id, None, known)

    def _put_draft(self, item_id: str, draft: Draft | None, known: Draft | None) -> None:
        there = self._readable_draft(item_id)
        if item_id not in self._now:
            raise ItemNotFoundError(item_id)
        if there is not None and there != known:
            raise DraftConflictError(there.item, there.author, draft.item if draft else None)
        self._connection.execute(delete(drafts).where(drafts.c.item_id == item_id))
        if draft is not None:
            row = {
                "item_id": item_id,
                "base_version": draft.base_version,
                "author": draft.author,
                "saved_at_utc": draft.saved_at_utc,
                **stated(draft.item),
            }
            self._connection.execute(insert(drafts).values(row))
        if there != draft:
            self._was_drafted.append(DraftChange(item_id, there, draft))

    def _readable_draft(self, item_id: str) -> Draft | None:
        try:
            return self.draft_of(item_id)
        except ItemInvalidError as error:
            _log.warning("The draft of item %r is none: %s", item_id, error)
            return None

    def forget_unsaved(self, place: str) -> None:
        """Forget what the author typed for an item: it is saved now."""
        here = (unsaved.c.place == place) & (unsaved.c.author == self._author)
        self._connection.execute(delete(unsaved).where(here))

    # -- the way back ----------------------------------------------------------------------------------

    def way_back(self) -> Undo | None:
        """What takes these changes back; None where nothing was changed."""
        undo = Undo(
            tuple(self._was_saved), tuple(self._was_deleted), self._was_created, tuple(self._was_drafted)
        )
        return undo or None

    def take_back(self, undo: Undo) -> None:
        """Put everything as it was before another transaction; versions and the history go on.

        A draft that began from what an item was goes on from the version that says so again.

        Raises:
            ConflictError: someone else saved one of the items meanwhile.
            DraftConflictError: someone else saved a draft of one of them meanwhile.
            ItemNotFoundError, DraftNotFoundError: one of them was deleted, published or discarded meanwhile.
            ItemExistsError: someone else brought a deleted item back, or added another under its id.
        """
        self.read([*(i.item_id for i, _ in (*undo.saved, *undo.created)), *undo.deleted])
        bases = {}
        for item, version in undo.saved:
            bases[item.item_id] = (item.version, self.save(item, version).version)
        for item_id, version in undo.deleted.items():
            self.delete(item_id, version)
        for item, place in undo.created:
            self.create(item, place)
        self._move_drafts(bases)
        for change in undo.drafts:
            draft, known = change.before, change.after
            if known is not None and self._readable_draft(change.item_id) is None:
                raise DraftNotFoundError(change.item_id)
            old, new = bases.get(change.item_id, (0, 0))
            if draft is not None and draft.base_version == old:
                draft = replace(draft, item=replace(draft.item, version=new), base_version=new)
            self._put_draft(change.item_id, draft, known)

    # -- the end ---------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write everything to the database; where items changed, viewers' pages load the catalog again."""
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
                [
                    {**item_row(item), "position": top + n if place is None else place}
                    for n, (item, place) in enumerate(self._created, start=1)
                ],
            )
        if self._entries:
            self._connection.execute(insert(revisions), self._entries)
            self._connection.execute(update(catalog_state).values(version=catalog_state.c.version + 1))
            announce(self._connection)

    def _settle_drafts(self) -> None:
        """Drafts that wait under the ids of created items: they go, unless the item is one brought back."""
        created = {item.item_id: item for item, _ in self._created}
        for group in _groups(list(created)):
            of_group = drafts.c.item_id.in_(group)
            if self._action is not Action.RESTORED:
                self._connection.execute(delete(drafts).where(of_group))
                continue
            for row in self._connection.execute(select(*DRAFT_COLUMNS).where(of_group)).all():
                item = created[row.item_id]
                # Between the two lies the deletion, which counts as a version.
                if item == self._deleted_as(item):
                    self._move_drafts({item.item_id: (item.version - 2, item.version)})

    def _move_drafts(self, bases: Mapping[str, tuple[int, int]]) -> None:
        """Let drafts that began from one version of an item go on from another: id → the two versions."""
        # Drafts are few where items may be thousands.
        for item_id in self._connection.scalars(select(drafts.c.item_id)).all() if bases else ():
            old, new = bases.get(item_id, (0, 0))
            here = (drafts.c.item_id == item_id) & (drafts.c.base_version == old)
            if new:
                self._connection.execute(update(drafts).where(here).values(base_version=new))

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
        self.read([item_id])
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
