"""What an editor means to do with the catalog, one function each.

An action is one transaction: items, their order, the history and working drafts change together, or nothing
does. It says what it did and how to take it back; ``undo`` does that, in one transaction too. Whoever began
from an older state than the database holds is refused with both sides, and loses nothing.

Files cannot be part of a transaction: they are kept before it, and deleted where it fails.

All of them raise ``DatabaseError`` where the database cannot be written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from content.catalog.editing import check_item
from content.catalog.history import Action, Draft
from content.catalog.store import CatalogStore
from content.catalog.work import Undo, Work
from content.errors import (
    ContentError,
    DraftConflictError,
    DraftNotFoundError,
    FieldError,
    ImportInvalidError,
    ItemInvalidError,
)
from content.media.assets import AssetStore
from content.transfer.exchange import CatalogBundle, ImportPlan
from content.types import Asset, CatalogItem, Status

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that comes with an edit: its bytes, its name, and where files are kept."""

    content: bytes
    name: str
    assets: AssetStore


@dataclass(frozen=True, slots=True)
class Edit:
    """One item as an editor wants it.

    Attributes:
        item: as it should be; ``version`` is the one that the edits began from.
        author: for the history.
        new: the item is to be added, under an id made from its title.
        revived: the item was deleted while it was edited, and is to be added again under its own id; the
            working draft that waited for it comes back with it.
        draft: the working draft that the edits began from; None where there was none.
        upload: the file that the item is to show; None where that is stored already.
        unsaved: the place of what the author typed for it, which is forgotten with the save; empty for none.
    """

    item: CatalogItem
    author: str = ""
    new: bool = False
    revived: bool = False
    draft: Draft | None = None
    upload: Upload | None = None
    unsaved: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item that a change to many would have broken, and that was left as it is."""

    item: CatalogItem
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What an action did.

    Attributes:
        items: those that it changed or added, as they are now.
        undo: how to take it back; None where nothing was changed.
        refused: the items that a change to many left alone.
    """

    items: tuple[CatalogItem, ...] = ()
    undo: Undo | None = None
    refused: tuple[Refusal, ...] = ()


# -- one item ------------------------------------------------------------------------------------------


def save(store: CatalogStore, edit: Edit) -> Done:
    """Write an item as it should be; the working draft that the edits began from goes.

    A draft that somebody else saved meanwhile stays: its editor will be shown what was saved here.

    Raises:
        ItemInvalidError: with every field that is wrong.
        ConflictError: someone else saved the item meanwhile.
        ItemNotFoundError: someone deleted it meanwhile.
        ItemExistsError: it is to be revived, and someone else did so already.
        AssetError: its file cannot be kept.
    """
    with _kept(store, edit.upload) as asset:
        item = edit.item if asset is None else replace(edit.item, asset=asset)
        action = Action.RESTORED if edit.revived else None
        with store.transaction(edit.author, action) as work:
            if edit.revived:
                work.create(item)
            elif edit.new:
                work.create(replace(item, item_id=work.free_id(item.title)))
            else:
                work.save(item, item.version)
                _drop_if_known(work, item.item_id, edit.draft)
            work.forget_unsaved(edit.unsaved)
        return _done(work)


def publish(store: CatalogStore, edit: Edit) -> Done:
    """``save`` an item so that viewers see it."""
    return save(store, replace(edit, item=replace(edit.item, status=Status.PUBLISHED)))


def archive(store: CatalogStore, edit: Edit) -> Done:
    """``save`` an item and put it away."""
    return save(store, replace(edit, item=replace(edit.item, status=Status.ARCHIVED)))


def keep_as_draft(store: CatalogStore, edit: Edit) -> Done:
    """Keep edits where viewers do not see them.

    Edits of a published item become its working draft, and viewers go on seeing what is published. Any other
    item is saved as a draft itself.

    Raises:
        DraftConflictError: someone else saved a working draft meanwhile.
        ItemInvalidError, ConflictError, ItemNotFoundError, ItemExistsError, AssetError: as ``save``.
    """
    edit = replace(edit, item=replace(edit.item, status=Status.DRAFT))
    if edit.new or edit.revived:
        return save(store, edit)
    with _kept(store, edit.upload) as asset:
        item = edit.item if asset is None else replace(edit.item, asset=asset)
        with store.transaction(edit.author) as work:
            now = work.get(item.item_id)
            if now is not None and now.status is Status.PUBLISHED:
                work.keep_draft(item, edit.draft)
            else:
                work.save(item, item.version)
                _drop_if_known(work, item.item_id, edit.draft)
            work.forget_unsaved(edit.unsaved)
        return _done(work)


def publish_draft(store: CatalogStore, draft: Draft, *, author: str = "") -> Done:
    """Show a working draft to viewers, as its item's next version.

    Raises:
        DraftNotFoundError: someone published or discarded it meanwhile, or deleted the item.
        DraftConflictError: someone else saved another draft meanwhile.
        ConflictError: the item was saved after the draft began; ``current`` is what viewers see, ``yours``
            the draft, which stays.
        ItemInvalidError: with every field that publishing asks for; the draft stays.
    """
    item = replace(draft.item, status=Status.PUBLISHED)
    with store.transaction(author, Action.PUBLISHED) as work:
        work.drop_draft(item.item_id, draft)
        work.save(item, item.version)
    return _done(work)


def discard_draft(store: CatalogStore, draft: Draft) -> Done:
    """Throw a working draft away; the item stays as viewers see it.

    Raises:
        DraftNotFoundError: someone published or discarded it meanwhile, or deleted the item.
        DraftConflictError: someone else saved another draft meanwhile.
    """
    with store.transaction() as work:
        work.drop_draft(draft.item.item_id, draft)
    return _done(work)


def restore(
    store: CatalogStore, revision_id: int, *, author: str = "", expected_version: int | None = None
) -> Done:
    """Make an item again what it was, as a new version; a deleted one comes back at the end.

    Args:
        store: the catalog.
        revision_id: of the history; a deletion's brings back what was deleted.
        author: for the history.
        expected_version: the item's version that the editor looked at; None for a deleted item, or for any.

    Raises:
        RevisionNotFoundError: no such entry.
        ItemInvalidError: today's rules refuse it; with every field that is wrong.
        ConflictError: someone else saved it meanwhile.
        ItemNotFoundError: a version is expected, and someone deleted it meanwhile.
    """
    with store.transaction(author, Action.RESTORED) as work:
        work.restore(revision_id, expected_version)
    return _done(work)


# -- many items ----------------------------------------------------------------------------------------


def save_all(store: CatalogStore, items: Sequence[CatalogItem], *, author: str = "") -> Done:
    """Write items as they should be; ``version`` of each is the one that its edits began from.

    Raises:
        ItemInvalidError: with every wrong field of the first wrong item.
        ConflictError: someone else saved one of them meanwhile.
        ItemNotFoundError: someone deleted one of them meanwhile.
    """
    with store.transaction(author) as work:
        work.read(item.item_id for item in items)
        for item in items:
            work.save(item, item.version)
    return _done(work)


def set_status(
    store: CatalogStore, items: Iterable[CatalogItem], status: Status, *, author: str = ""
) -> Done:
    """Publish, archive or draft items as they were seen; what may not become so is left alone and named.

    Raises:
        ConflictError: someone else saved one of them meanwhile.
        ItemNotFoundError: someone deleted one of them meanwhile.
    """
    return change_each(store, items, lambda item: replace(item, status=status), author=author)


def set_weight(store: CatalogStore, items: Iterable[CatalogItem], weight: float, *, author: str = "") -> Done:
    """Give items the same weight; arguments and errors as for ``set_status``."""
    return change_each(store, items, lambda item: replace(item, weight=weight), author=author)


def change_each(
    store: CatalogStore,
    items: Iterable[CatalogItem],
    changed: Callable[[CatalogItem], CatalogItem],
    *,
    author: str = "",
) -> Done:
    """Change items as they were seen, all in one transaction; what may not become so is left alone and named.

    Args:
        store: the catalog.
        items: as they were seen.
        changed: how one of them should be.
        author: for the history.

    Raises:
        ConflictError: someone else saved one of them meanwhile.
        ItemNotFoundError: someone deleted one of them meanwhile.
    """
    wanted, refused = [], []
    for item in items:
        try:
            wanted.append(check_item(changed(item)))
        except ItemInvalidError as error:
            refused.append(Refusal(item, error.errors))
    done = save_all(store, wanted, author=author) if wanted else Done()
    return replace(done, refused=tuple(refused))


def delete(store: CatalogStore, items: Sequence[CatalogItem], *, author: str = "") -> Done:
    """Take items out as they were seen; the history can bring them back.

    Their working drafts wait unseen and come back with them, unless something else takes the id.

    Raises:
        ConflictError: someone else saved one of them meanwhile.
        ItemNotFoundError: someone deleted one of them meanwhile.
    """
    with store.transaction(author) as work:
        work.read(item.item_id for item in items)
        for item in items:
            work.delete(item.item_id, item.version)
    return _done(work)


def import_catalog(
    store: CatalogStore,
    assets: AssetStore,
    plan: ImportPlan,
    bundle: CatalogBundle,
    *,
    author: str = "",
    skip_invalid: bool = False,
    progress: Callable[[float], None] = lambda share: None,
) -> Done:
    """Do what a plan says.

    Args:
        store: the catalog to change.
        assets: where files are kept.
        plan: of ``bundle``, made for the catalog in ``store``.
        bundle: the file as read.
        author: for the history.
        skip_invalid: leave wrong rows out, instead of refusing the whole import for them.
        progress: told the share that is done, in [0, 1]; the transaction is the last step.

    Raises:
        ImportInvalidError: rows are wrong.
        ConflictError, ItemExistsError, ItemNotFoundError: someone changed the catalog since the plan.
        AssetError: a file cannot be kept.
    """
    if plan.invalid and not skip_invalid:
        raise ImportInvalidError(plan.invalid)
    with _forgotten_on_failure(store, assets) as kept:
        for done, location in enumerate(plan.new_files):
            progress(done / (len(plan.new_files) + 1))
            kept[location] = assets.add(bundle.read_file(location), location)
        progress(len(plan.new_files) / (len(plan.new_files) + 1))
        changed = [_moved(change.after, kept) for change in plan.changed]
        created = [_moved(item, kept) for item in plan.created]
        with store.transaction(author, Action.IMPORTED) as work:
            work.read(item.item_id for item in (*changed, *created, *plan.deleted))
            for item in changed:
                work.save(item, item.version)
            for item in plan.deleted:
                work.delete(item.item_id, item.version)
            for item in created:
                work.create(item)
    return _done(work)


# -- the way back --------------------------------------------------------------------------------------


def undo(store: CatalogStore, back: Undo, *, author: str = "") -> Done:
    """Put everything as it was before an action: items, their order, and working drafts.

    Versions and the history go on. What somebody else did meanwhile is not written over.

    Raises:
        ConflictError, DraftConflictError, ItemExistsError, ItemNotFoundError, DraftNotFoundError: someone
            else changed one of the items or drafts meanwhile; nothing is taken back then.
    """
    with store.transaction(author, Action.RESTORED) as work:
        work.take_back(back)
    return _done(work)


def _done(work: Work) -> Done:
    return Done(work.changed, work.way_back())


# -- drafts and files ----------------------------------------------------------------------------------


def _drop_if_known(work: Work, item_id: str, draft: Draft | None) -> None:
    if draft is None:
        return
    try:
        work.drop_draft(item_id, draft)
    except (DraftConflictError, DraftNotFoundError):
        _log.info("The draft of %r is another by now, or gone, and stays so", item_id)


@contextmanager
def _kept(store: CatalogStore, upload: Upload | None) -> Iterator[Asset | None]:
    """Keep an upload for as long as the change goes well."""
    if upload is None:
        yield None
        return
    with _forgotten_on_failure(store, upload.assets) as kept:
        kept[upload.name] = upload.assets.add(upload.content, upload.name)
        yield kept[upload.name]


@contextmanager
def _forgotten_on_failure(store: CatalogStore, assets: AssetStore) -> Iterator[dict[str, Asset]]:
    """Where the change fails, delete the files that were kept for it.

    Those that something refers to all the same stay, and where that cannot be told, all of them do.
    """
    kept: dict[str, Asset] = {}
    try:
        yield kept
    except BaseException:
        # A connection that broke while the end of the transaction was told may have kept it.
        try:
            used = store.locations()
            for asset in kept.values():
                if asset.location not in used:
                    assets.remove(asset)
        except ContentError as error:
            _log.warning("Left new files for the next sweep: %s", error)
        raise


def _moved(item: CatalogItem, kept: Mapping[str, Asset]) -> CatalogItem:
    """The item with the names that its files have here."""
    asset = item.asset
    if asset is None:
        return item
    names = {location: file.location for location, file in kept.items()}
    location = names.get(asset.location, asset.location)
    poster = names.get(asset.poster, asset.poster) if asset.poster else None
    return replace(item, asset=replace(asset, location=location, poster=poster))
