"""What ``content`` raises.

ContentError
├── DatabaseError               the catalog's database cannot be used
│   ├── DatabaseUnavailableError    it cannot be opened, reached, or written to the disk
│   ├── DatabaseBusyError           another writer held it for longer than the time limit
│   ├── DatabaseReadOnlyError       it can be read but not written
│   ├── DatabaseFullError           the disk has no room for a change
│   ├── DatabaseCorruptError        the file is no database, or a damaged one
│   └── DatabaseVersionError        a newer version of the app has already changed its tables
├── ItemError                   a change to the catalog is refused
│   ├── ItemInvalidError            fields are wrong; ``errors`` names each of them
│   ├── ItemNotFoundError           no item with that id
│   ├── ItemExistsError             another item has that id
│   ├── RevisionNotFoundError       the history has no such entry
│   ├── DraftNotFoundError          the item has no working draft
│   └── ConflictError               someone else saved the item first; ``current`` is what they saved
│       └── DraftConflictError          someone else saved a draft of it first
├── StarterCatalogError         the catalog that comes with the app is missing or broken
├── AssetError                  a file or link cannot be an item's asset
│   ├── AssetTypeError              its content is of no kind that is shown
│   ├── AssetTooLargeError          more bytes or pixels than allowed
│   ├── AssetLinkError              no https link
│   ├── AssetMissingError           its file is not there
│   └── AssetStoreError             the folder or store of the files cannot be reached, read or written
├── RecordError                 what was decided and seen cannot be kept
│   └── SpoolError                  the waiting line on disk cannot be read or written
│       └── SpoolFullError              it has no room
└── TransferError               a catalog file cannot be written, read or imported
    ├── TransferFileError           it is damaged, or no catalog
    ├── TransferRefusedError        opening it further would not be safe
    └── ImportInvalidError          rows are wrong; ``problems`` names each of them
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from content.types import CatalogItem


class ContentError(Exception):
    """Base of everything this package raises on purpose.

    The message is for editors and the log: it may name paths, hosts and users, never a password.
    """


class DatabaseError(ContentError):
    """The catalog's database cannot be used."""


class DatabaseUnavailableError(DatabaseError):
    """The database cannot be opened, reached, or written to the disk."""


class DatabaseBusyError(DatabaseError):
    """Another writer held the database for longer than the time limit."""


class DatabaseReadOnlyError(DatabaseError):
    """The database can be read but not written."""


class DatabaseFullError(DatabaseError):
    """The disk has no room for a change."""


class DatabaseCorruptError(DatabaseError):
    """The file is no database, or a damaged one."""


class DatabaseVersionError(DatabaseError):
    """A newer version of the app has already changed the tables."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of an item.

    Attributes:
        field: dotted name as in the starter file, such as ``title`` or ``targets.happy``; empty for
            the item as a whole.
        message: what is expected, for a person.
    """

    field: str
    message: str


class ItemError(ContentError):
    """A change to the catalog is refused."""


class ItemInvalidError(ItemError):
    """Fields of an item are wrong."""

    def __init__(self, errors: Sequence[FieldError], item_id: str = "") -> None:
        self.errors = tuple(errors)
        self.item_id = item_id
        name = f"item {item_id!r}" if item_id else "the item"
        listed = "; ".join(f"{e.field or 'item'}: {e.message}" for e in self.errors)
        super().__init__(f"{len(self.errors)} field(s) of {name} need a change. Received: {listed}")


class ItemNotFoundError(ItemError):
    """No item with that id."""

    def __init__(self, item_id: str) -> None:
        self.item_id = item_id
        super().__init__(
            f"Expected an item of the catalog; it may have been deleted meanwhile. Received: {item_id!r}"
        )


class ItemExistsError(ItemError):
    """Another item has that id."""

    def __init__(self, item_id: str) -> None:
        self.item_id = item_id
        super().__init__(f"Expected an id that no other item has. Received: {item_id!r}")


class RevisionNotFoundError(ItemError):
    """The history has no such entry."""

    def __init__(self, revision_id: int) -> None:
        self.revision_id = revision_id
        super().__init__(f"Expected an entry of the catalog's history. Received: number {revision_id}")


class DraftNotFoundError(ItemError):
    """The item has no working draft."""

    def __init__(self, item_id: str) -> None:
        self.item_id = item_id
        super().__init__(
            "Expected an item with a draft; someone may have published or discarded it, or deleted the "
            "item, meanwhile. "
            f"Received: {item_id!r}"
        )


class ConflictError(ItemError):
    """Someone else saved the item first.

    Attributes:
        expected_version: the version that this editor began with.
        current: the item as the other editor saved it.
        yours: the item as this editor wanted it; None for a deletion.
    """

    def __init__(
        self,
        expected_version: int,
        current: CatalogItem,
        yours: CatalogItem | None = None,
        message: str | None = None,
    ) -> None:
        self.expected_version = expected_version
        self.current = current
        self.yours = yours
        super().__init__(
            message
            or f"Someone else has changed {current.title!r} since you opened it: expected version "
            f"{expected_version}. Received: version {current.version}"
        )


class DraftConflictError(ConflictError):
    """Someone else saved a working draft of the item first; ``current`` is the item as their draft has it."""

    def __init__(self, current: CatalogItem, author: str, yours: CatalogItem | None = None) -> None:
        super().__init__(
            current.version,
            current,
            yours,
            f"Someone else has saved a draft of {current.title!r} since you opened it: expected the draft "
            f"that you began with. Received: one by {author or 'someone without a name'}",
        )


class StarterCatalogError(ContentError):
    """The catalog that comes with the app is missing or broken."""


class RecordError(ContentError):
    """What was decided and seen cannot be kept."""


class SpoolError(RecordError):
    """The waiting line on disk cannot be read or written."""


class SpoolFullError(SpoolError):
    """The waiting line has no room."""


class AssetError(ContentError):
    """A file or link cannot be an item's asset."""


class AssetTypeError(AssetError):
    """The content is of no kind that is shown."""


class AssetTooLargeError(AssetError):
    """More bytes or pixels than allowed."""


class AssetLinkError(AssetError):
    """No https link."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one field of one row of a catalog file.

    Attributes:
        row: of a table as a spreadsheet numbers it (1 is the row of column names); of JSON the item's place
            in ``items``, counted from 1; 0 is the file as a whole.
        item_id: as the row states it; empty when it states none.
        field: column or dotted field name; empty for the row as a whole.
        message: what is expected, for a person.
    """

    row: int
    item_id: str
    field: str
    message: str


class TransferError(ContentError):
    """A catalog file cannot be written, read or imported."""


class TransferFileError(TransferError):
    """The file is damaged, or no catalog."""


class TransferRefusedError(TransferError):
    """The file could be opened further, but that would not be safe."""


class ImportInvalidError(TransferError):
    """Rows of a catalog file are wrong, and nobody asked to leave them out."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        self.problems = tuple(problems)
        rows = sorted({p.row for p in self.problems})
        named = ", ".join(str(row) for row in rows[:10]) + (" and more" if len(rows) > 10 else "")
        super().__init__(
            f"Expected every row to be valid, or to be asked to leave out those that are not. "
            f"Received: {len(rows)} wrong row(s): {named}"
        )


class AssetMissingError(AssetError):
    """An item's file is not there."""


class AssetStoreError(AssetError):
    """The folder or store of the files cannot be reached, read or written."""
