"""Whole catalogs as files: export, and a dry run that says what an import would change.

A zip holds ``catalog.json`` (``{"items": [...]}``) and the files of the items under their locations
(``media/…``, ``starter/…``). A table (``csv_table.py``) holds every field of the items, and no files.
Reading checks the file's form; ``plan_import`` checks every row by the same model as the editor, and
compares. ``content.actions.import_catalog`` does what the plan says, all or nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from content.catalog.editing import STORED_NAME, parse_item
from content.catalog.history import FieldChange, differences, item_json
from content.errors import (
    AssetMissingError,
    ContentError,
    FieldError,
    ItemInvalidError,
    RowProblem,
    TransferFileError,
    TransferRefusedError,
)
from content.media.assets import AssetStore, inspect
from content.transfer.archive import Archive, ArchiveLimits
from content.transfer.csv_table import (
    COLUMNS,
    MAX_BYTES,
    column_error,
    form_data,
    item_cells,
    read_table,
    write_table,
)
from content.transfer.workbook import is_workbook, workbook_as_csv
from content.types import Asset, AssetType, Catalog, CatalogItem
from whole_files import write_whole, written_whole

CATALOG_FILE = "catalog.json"
CATALOG_BYTES = 32 * 1024 * 1024
"""Of ``catalog.json`` at most; ten thousand items take about ten million."""
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_OLDEST = (1980, 1, 1, 0, 0, 0)

_log = logging.getLogger(__name__)

Progress = Callable[[float], None]


def _tell_nobody(share: float) -> None:
    """Where nobody asks how far it is."""


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One item as a file states it, unchecked.

    Attributes:
        number: see ``RowProblem.row``.
        item_id: empty when the file states none.
        fields: as a form takes them, or by ``cells`` in a table.
        cells: column → cell of a table, else None. A column that the table does not have leaves an item
            that the catalog knows as it is.
    """

    number: int
    item_id: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    cells: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class CatalogBundle:
    """A catalog file as read: rows, unchecked, and the files that came with them.

    Attributes:
        rows: in the file's order.
        problems: of the file's form, such as a column that there is not.
        missing_columns: of a table; items that the catalog knows keep these fields as they are.
    """

    rows: tuple[CatalogRow, ...]
    problems: tuple[RowProblem, ...] = ()
    missing_columns: tuple[str, ...] = ()
    archive: Archive | None = None

    def has_file(self, location: str) -> bool:
        """True when the file at that location came along."""
        return self.archive is not None and location in self.archive.sizes

    def read_file(self, location: str) -> bytes:
        """The bytes of a file that came along.

        Raises:
            TransferFileError: it is damaged or not there.
        """
        if self.archive is None:
            raise TransferFileError(f"Expected {location} to come along. Received: a table without files")
        return self.archive.read(location)

    def close(self) -> None:
        """Give the zip back."""
        if self.archive is not None:
            self.archive.close()

    def __enter__(self) -> CatalogBundle:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item that an import would change.

    Attributes:
        before: as in the catalog; its version is the one that the import builds on.
        after: as in the file.
    """

    before: CatalogItem
    after: CatalogItem
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do.

    Attributes:
        created: items that the catalog does not have.
        changed: items that it has otherwise.
        unchanged: items that it has just so.
        deleted: with ``replace``, items that the file does not have.
        invalid: every wrong field of every wrong row; their items are in none of the lists above.
        new_files: locations in the zip whose files are to be kept, for ``created`` and ``changed``.
        missing_columns: of a table; they leave known items as they are.
    """

    created: tuple[CatalogItem, ...]
    changed: tuple[ItemChange, ...]
    unchanged: tuple[CatalogItem, ...]
    deleted: tuple[CatalogItem, ...]
    invalid: tuple[RowProblem, ...]
    new_files: tuple[str, ...] = ()
    missing_columns: tuple[str, ...] = ()

    @property
    def invalid_rows(self) -> int:
        """How many rows are wrong in some field."""
        return len({p.row for p in self.invalid})

    @property
    def does_something(self) -> bool:
        """False when the catalog is already as the file's valid rows state it."""
        return bool(self.created or self.changed or self.deleted)


# --- export ------------------------------------------------------------------------------------------


def export_zip(catalog: Catalog, assets: AssetStore, target: Path | IO[bytes]) -> tuple[str, ...]:
    """Write the whole catalog: every item, and every file that it shows and the app keeps.

    The same catalog gives the same bytes. A path is written whole or not at all.

    Args:
        catalog: what to write.
        assets: where its files lie.
        target: a path, or an open binary file.

    Returns:
        Locations that items refer to and no file lies at; the zip is without them.

    Raises:
        TransferRefusedError: more than an import would take.
        TransferFileError: the target cannot be written.
    """
    if not isinstance(target, Path):
        return _write_zip(catalog, assets, target)
    try:
        with written_whole(target) as partial, partial.open("wb") as file:
            return _write_zip(catalog, assets, file)
    except OSError as error:
        raise _unwritable(target, error) from error


def _write_zip(catalog: Catalog, assets: AssetStore, target: IO[bytes]) -> tuple[str, ...]:
    limits = ArchiveLimits()
    missing = []
    listed = json.dumps(
        {"items": [item_json(item) for item in catalog.items]}, ensure_ascii=False, indent=1
    ).encode()
    if len(listed) > CATALOG_BYTES:
        raise TransferRefusedError(
            f"Expected a list of items of at most {CATALOG_BYTES:,} bytes, as an import takes no longer one. "
            f"Received: {len(listed):,} bytes"
        )
    total = len(listed)
    try:
        with zipfile.ZipFile(target, "w", allowZip64=False) as archive:
            archive.writestr(zipfile.ZipInfo(CATALOG_FILE, _OLDEST), listed, zipfile.ZIP_DEFLATED)
            for location in sorted({place for item in catalog.items for place in files_of(item)}):
                content = _read_kept(assets, location)
                if content is None:
                    missing.append(location)
                    continue
                total += len(content)
                # Pictures and clips are packed already.
                archive.writestr(zipfile.ZipInfo(location, _OLDEST), content, zipfile.ZIP_STORED)
                if total > limits.total_bytes:
                    raise zipfile.LargeZipFile(f"{total:,} bytes")
    except zipfile.LargeZipFile as error:
        raise TransferRefusedError(
            f"Expected a catalog of less than 4 GB, as an import takes no larger one. Received: {error}"
        ) from error
    return tuple(missing)


def export_csv(catalog: Catalog) -> bytes:
    """The table of the catalog, with every field of every item, safe to open in a spreadsheet."""
    return write_table(catalog.items)


def write_csv(catalog: Catalog, target: Path) -> None:
    """``export_csv`` as a file, written whole or not at all.

    Raises:
        TransferFileError: it cannot be written.
    """
    try:
        write_whole(target, export_csv(catalog))
    except OSError as error:
        raise _unwritable(target, error) from error


def _unwritable(target: Path, error: OSError) -> TransferFileError:
    return TransferFileError(f"Expected to be able to write {target}. Received: {error}")


def files_of(item: CatalogItem) -> set[str]:
    """Locations of the files that an item shows and the app keeps; links are none."""
    if item.asset is None:
        return set()
    return {place for place in (item.asset.location, item.asset.poster) if place and _is_stored(place)}


def _is_stored(location: str) -> bool:
    """True for a name in the app's own folders, False for a link."""
    return STORED_NAME.fullmatch(location) is not None


def _read_kept(assets: AssetStore, location: str) -> bytes | None:
    try:
        return assets.read_bytes(location)
    except AssetMissingError:
        return None


# --- reading -----------------------------------------------------------------------------------------


def read_catalog_file(source: Path | bytes) -> CatalogBundle:
    """Read a zip, a CSV table or a spreadsheet, whichever it is by its content.

    Raises:
        TransferFileError, TransferRefusedError: as ``read_zip`` and ``read_csv`` do.
    """
    if isinstance(source, bytes):
        if source.startswith(_ZIP_STARTS):
            return read_csv(workbook_as_csv(source)) if is_workbook(source) else read_zip(io.BytesIO(source))
        return read_csv(source)
    try:
        with source.open("rb") as file:
            start = file.read(4)
            # One byte more than a table may have says enough about a file that is larger.
            content = start if start in _ZIP_STARTS else start + file.read(MAX_BYTES)
        if start in _ZIP_STARTS and source.stat().st_size <= MAX_BYTES and is_workbook(source.read_bytes()):
            return read_csv(workbook_as_csv(source.read_bytes()))
        return read_zip(source) if start in _ZIP_STARTS else read_csv(content)
    except OSError as error:
        raise TransferFileError(f"Expected a catalog file at {source}. Received: {error}") from error


def read_zip(source: Path | IO[bytes], limits: ArchiveLimits | None = None) -> CatalogBundle:
    """Open an exported zip; its files stay in it until they are asked for.

    Args:
        source: a path, or an open binary file that can seek and stays open as long as the bundle is used.
        limits: how much it may hold.

    Raises:
        TransferFileError: damaged, or without a ``catalog.json`` that lists items.
        TransferRefusedError: not safe to open further.
    """
    archive = Archive(source, limits)
    try:
        size = archive.sizes.get(CATALOG_FILE, 0)
        if size > CATALOG_BYTES:
            raise TransferRefusedError(
                f"Expected {CATALOG_FILE} with at most {CATALOG_BYTES:,} bytes. Received: {size:,}"
            )
        rows, problems = _json_rows(archive.read(CATALOG_FILE))
    except BaseException:
        archive.close()
        raise
    return CatalogBundle(rows, problems, archive=archive)


def read_csv(data: bytes) -> CatalogBundle:
    """Read a table.

    Raises:
        TransferFileError: no table, or one without a column ``item_id``.
        TransferRefusedError: larger than any catalog.
    """
    table = read_table(data)
    rows = tuple(CatalogRow(n, cells["item_id"], cells=cells) for n, cells in table.rows.items())
    return CatalogBundle(rows, table.problems, table.missing)


def _json_rows(data: bytes) -> tuple[tuple[CatalogRow, ...], tuple[RowProblem, ...]]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TransferFileError(f"Expected JSON in {CATALOG_FILE}. Received: {error}") from error
    listed = content.get("items") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise TransferFileError(f'Expected {{"items": [...]}} in {CATALOG_FILE}. Received: {content!r:.80}')
    problems = [
        RowProblem(0, "", name, "There is no such field of a catalog.") for name in content if name != "items"
    ]
    rows = []
    for number, item in enumerate(listed, start=1):
        if isinstance(item, dict):
            stated = item.get("item_id", "")
            rows.append(CatalogRow(number, stated.strip() if isinstance(stated, str) else "", fields=item))
        else:
            message = f"Expected an item as an object. Received: {item!r:.80}"
            problems.append(RowProblem(number, "", "", message))
    return tuple(rows), tuple(problems)


# --- the dry run -------------------------------------------------------------------------------------


def plan_import(
    bundle: CatalogBundle,
    catalog: Catalog,
    assets: AssetStore,
    *,
    replace: bool = False,
    progress: Progress = _tell_nobody,
) -> ImportPlan:
    """What importing a file would change; nothing is changed.

    Args:
        bundle: the file as read.
        catalog: what it is compared with.
        assets: where files lie that items refer to and the zip does not bring.
        replace: items that the file does not have are to go. Those of wrong rows stay; all stay where a wrong
            row does not tell which item it is.
        progress: told the share of the rows that is done, in [0, 1].
    """
    known = {item.item_id: item for item in catalog.items}
    files = _Files(bundle, assets)
    created, changed, unchanged = [], [], []
    invalid = list(bundle.problems)
    seen: dict[str, int] = {}
    for done, row in enumerate(bundle.rows):
        progress(done / len(bundle.rows))
        current = known.get(row.item_id)
        item, errors = _checked(row, current)
        if row.item_id in seen:
            message = f"Expected each item_id once. Received: {row.item_id!r}, as in row {seen[row.item_id]}"
            errors = (*errors, FieldError("item_id", message))
        elif row.item_id:
            seen[row.item_id] = row.number
        if item is not None:
            item, wrong = files.settle(item, current)
            errors = (*errors, *wrong)
        invalid += [RowProblem(row.number, row.item_id, e.field, e.message) for e in errors]
        if errors or item is None:
            continue
        if current is None:
            created.append(item)
        elif changes := (*differences(current, item), *files.replaced(item, current)):
            changed.append(ItemChange(current, item, changes))
        else:
            unchanged.append(item)
    stated = seen.keys() | {p.item_id for p in invalid}
    # A wrong row without an id that is known could be any item.
    lost = any(p.field in ("", "item_id") and p.item_id not in known for p in invalid)
    deleted = tuple(i for i in catalog.items if i.item_id not in stated) if replace and not lost else ()
    to_come = {place for item in (*created, *(c.after for c in changed)) for place in files_of(item)}
    return ImportPlan(
        tuple(created),
        tuple(changed),
        tuple(unchanged),
        deleted,
        tuple(sorted(map(_printable, invalid), key=lambda p: p.row)),
        tuple(sorted(to_come & files.new)),
        bundle.missing_columns,
    )


def _printable(problem: RowProblem) -> RowProblem:
    """Ids and names as a file states them may hold anything; what is shown of them holds no controls."""

    def shown(text: str) -> str:
        return "".join(c if c.isprintable() else "�" for c in text[:80])

    return replace(problem, item_id=shown(problem.item_id), field=shown(problem.field))


def _checked(
    row: CatalogRow, current: CatalogItem | None
) -> tuple[CatalogItem | None, tuple[FieldError, ...]]:
    version = current.version if current else 1
    if row.cells is None:
        try:
            return parse_item(row.fields, version), ()
        except ItemInvalidError as error:
            return None, error.errors
    cells = row.cells
    if current and len(cells) < len(COLUMNS):
        cells = {**item_cells(current), **cells}
    try:
        return parse_item(form_data(cells), version), ()
    except ItemInvalidError as error:
        return None, tuple(dict.fromkeys(column_error(e, cells) for e in error.errors))


class _Files:
    """Decides for each file of an item: it is here already, it comes along, or it is missing."""

    def __init__(self, bundle: CatalogBundle, assets: AssetStore) -> None:
        self._bundle = bundle
        self._assets = assets
        self._digests: dict[tuple[bool, str], bytes | None] = {}
        self._kinds: dict[tuple[bool, str], Asset | str | None] = {}
        self.new: set[str] = set()

    def settle(
        self, item: CatalogItem, current: CatalogItem | None
    ) -> tuple[CatalogItem, tuple[FieldError, ...]]:
        """The item with its files under the names that they have here, if they are here; what is wrong."""
        asset = item.asset
        if asset is None:
            return item, ()
        was = current.asset if current else None
        location = self._settled(asset.location, was.location if was else None)
        poster = self._settled(asset.poster, was.poster if was else None) if asset.poster else None
        asset = replace(asset, location=location, poster=poster)
        item = replace(item, asset=asset)
        if asset == was and not files_of(item) & self.new:
            return item, ()
        found = self._problem(location, asset)
        errors = [found] if found else []
        if poster and (wrong := self._problem(poster, None)):
            errors.append(wrong)
        return item, tuple(errors)

    def replaced(self, item: CatalogItem, current: CatalogItem) -> tuple[FieldChange, ...]:
        """Files that come under the names of others."""
        new, old = item.asset, current.asset
        if new is None or old is None:
            return ()
        places = (("asset.location", old.location, new.location), ("asset.poster", old.poster, new.poster))
        return tuple(
            FieldChange(name, was, "another file of this name")
            for name, was, place in places
            if was == place and place in self.new
        )

    def _settled(self, location: str, current: str | None) -> str:
        if not self._bundle.has_file(location):
            return location
        coming = self._digest(location, comes=True)
        for place in (location, current):
            if place and coming and self._digest(place, comes=False) == coming:
                return place
        self.new.add(location)
        return location

    def _problem(self, location: str, asset: Asset | None) -> FieldError | None:
        """What is wrong with a file; ``asset`` is None for a poster, which must be a picture."""
        name = "asset.location" if asset else "asset.poster"
        if not _is_stored(location):
            return None
        kind = self._kind(location, comes=location in self.new)
        if kind is None:
            return FieldError(
                name, f"Expected a file in the zip or one that this app keeps. Received: {location!r}"
            )
        if isinstance(kind, str):
            return FieldError(name, kind)
        if asset is None:
            if kind.type is AssetType.IMAGE:
                return None
            return FieldError(name, f"Expected a picture. Received: {kind.mime_type}")
        if kind.mime_type != asset.mime_type:
            return FieldError(
                "asset.mime_type",
                f"Expected {kind.mime_type}, as the file's content says. Received: {asset.mime_type!r}",
            )
        return None

    def _digest(self, location: str, *, comes: bool) -> bytes | None:
        """None for a file that is not there or cannot be read."""
        key = (comes, location)
        if key not in self._digests:
            try:
                content = self._read(location, comes=comes)
            except ContentError:
                content = None  # what is wrong is told by `_kind`
            self._digests[key] = None if content is None else hashlib.sha256(content).digest()
        return self._digests[key]

    def _kind(self, location: str, *, comes: bool) -> Asset | str | None:
        """What a file's bytes say that it is, or what is wrong with it; None where there is none.

        To tell it, pictures are decoded: that is not done for files that are compared only.
        """
        key = (comes, location)
        if key not in self._kinds:
            try:
                content = self._read(location, comes=comes)
                self._kinds[key] = None if content is None else inspect(content, location)
            except ContentError as error:
                self._kinds[key] = str(error)
        return self._kinds[key]

    def _read(self, location: str, *, comes: bool) -> bytes | None:
        if comes:
            return self._bundle.read_file(location)
        return _read_kept(self._assets, location) if _is_stored(location) else None
