"""What editors mean to do: all of it or nothing wherever the database breaks, and exactly the way back."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from content import actions
from content.actions import Done, Upload
from content.catalog.history import Action
from content.errors import (
    AssetTypeError,
    ConflictError,
    DraftConflictError,
    DraftNotFoundError,
    ImportInvalidError,
    ItemExistsError,
    ItemInvalidError,
    ItemNotFoundError,
)
from content.media.assets import AssetStore
from content.transfer.exchange import export_zip, plan_import, read_csv, read_zip
from content.types import Catalog, Status
from tests.content.builders import START_UTC, ad, media
from tests.content.faults import break_everywhere, dump
from tests.content.hand import Hand, edit
from tests.content.media_files import picture

A, B, C = ad("a", title="A"), ad("b", title="B"), ad("c", title="C", status=Status.DRAFT)
DRAFTED = replace(A, title="A, drafted")


@pytest.fixture
def store(engine) -> Hand:
    """Two published items and a draft, at an hour that stands still."""
    store = Hand(engine, lambda: START_UTC)
    store.save_many(created=[A, B, C])
    return store


@pytest.fixture
def assets(tmp_path) -> AssetStore:
    return AssetStore(tmp_path / "media", tmp_path / "starter")


def visible(store: Hand) -> Any:
    """What people see: items in their order and drafts, without the numbers of versions."""
    items = store.load().items
    return (
        [replace(item, version=0) for item in items],
        {
            item_id: (
                replace(d.item, version=0),
                d.author,
                d.saved_at_utc,
                d.base_version == store.load().get(item_id).version,
            )
            for item_id, d in store.drafts().items()
        },
    )


# -- whatever breaks -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """Attributes: prepare: before it; returns what act needs. act: the action. items: how many it changes."""

    act: Callable[[Hand, AssetStore, Any], Done]
    items: int
    prepare: Callable[[Hand, Path], Any] = lambda store, folder: None


def _draft(store: Hand, _folder: Path) -> Any:
    return store.save_draft(DRAFTED, "ben")


def _deleted(store: Hand, _folder: Path) -> Any:
    store.save_draft(DRAFTED, "ben")
    store.delete("a")
    return store.history("a")[0].revision_id


def _spoilt(store: Hand, _folder: Path) -> Any:
    store.save(replace(A, title="Spoilt"), 1)
    return store.history("a")[-1].revision_id


def _plan(store: Hand, folder: Path) -> Any:
    """One item is new and has a file, one is changed, one is as it is, and one is to go."""
    theirs = AssetStore(folder / "theirs", folder)
    shown = media("shown", asset=theirs.add(picture()))
    file = io.BytesIO()
    export_zip(Catalog(1, (shown, replace(A, weight=2.0), C)), theirs, file)
    bundle = read_zip(file)
    return plan_import(bundle, store.load(), theirs, replace=True), bundle


SHOWN = media("m", title="A new one", asset=None)
CASES = {
    "publish a new item": Case(lambda s, a, _: actions.publish(s, edit(ad("new"), new=True)), 1),
    "publish a new item with a file": Case(
        lambda s, a, _: actions.publish(s, edit(SHOWN, new=True, upload=Upload(picture(), "a.png", a))), 1
    ),
    "publish": Case(lambda s, a, _: actions.publish(s, edit(replace(A, title="New"))), 1),
    "publish a draft from the form": Case(
        lambda s, a, draft: actions.publish(s, edit(DRAFTED, draft=draft)), 1, _draft
    ),
    "publish what is so already": Case(
        lambda s, a, draft: actions.publish(s, edit(A, draft=draft)), 0, _draft
    ),
    "archive": Case(lambda s, a, draft: actions.archive(s, edit(A, draft=draft)), 1, _draft),
    "keep as a draft": Case(lambda s, a, _: actions.keep_as_draft(s, edit(DRAFTED)), 0),
    "keep as a draft with a file": Case(
        lambda s, a, _: actions.keep_as_draft(
            s, edit(replace(A, alt_text="Red"), upload=Upload(picture(), "a.png", a))
        ),
        0,
    ),
    "keep another draft": Case(
        lambda s, a, draft: actions.keep_as_draft(s, edit(replace(A, body="More"), draft=draft)), 0, _draft
    ),
    "keep a draft of what nobody sees": Case(
        lambda s, a, _: actions.keep_as_draft(s, edit(replace(C, body="More"))), 1
    ),
    "publish a waiting draft": Case(
        lambda s, a, draft: actions.publish_draft(s, draft, author="ann"), 1, _draft
    ),
    "discard a draft": Case(lambda s, a, draft: actions.discard_draft(s, draft), 0, _draft),
    "restore a version": Case(
        lambda s, a, entry: actions.restore(s, entry, author="ann", expected_version=2),
        1,
        _spoilt,
    ),
    "restore a deleted item": Case(lambda s, a, entry: actions.restore(s, entry, author="ann"), 1, _deleted),
    "add a deleted item again": Case(
        lambda s, a, _: actions.publish(s, edit(replace(A, body="More"), revived=True)), 1, _deleted
    ),
    "save many": Case(
        lambda s, a, _: actions.save_all(s, [replace(A, title="1"), replace(C, title="2")], author="ann"), 2
    ),
    "archive many": Case(
        lambda s, a, _: actions.set_status(s, [A, B, C], Status.ARCHIVED, author="ann"), 3, _draft
    ),
    "weigh many": Case(lambda s, a, _: actions.set_weight(s, [A, B], 3.0, author="ann"), 2, _draft),
    "delete": Case(lambda s, a, _: actions.delete(s, [A, C], author="ann"), 2, _draft),
    "import": Case(lambda s, a, file: actions.import_catalog(s, a, *file, author="ann"), 3, _plan),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_an_action_and_its_undo_are_done_whole_or_not_at_all(engine, store, assets, tmp_path, case) -> None:
    needed = case.prepare(store, tmp_path)
    seen, version, entries = visible(store), store.version(), len(store.history())

    done, broken = break_everywhere(engine, lambda: case.act(store, assets, needed))
    assert broken[-1] == "COMMIT"
    # Viewers' pages load the catalog anew once, and only where what they see may have changed.
    assert store.version() == version + (case.items > 0)
    assert len(store.history()) == entries + case.items
    now = {item.item_id: item for item in store.load().items}
    assert all(now[item.item_id] == item for item in done.items)
    acted = visible(store)
    assert acted != seen

    back, broken = break_everywhere(engine, lambda: actions.undo(store, done.undo, author="ben"))
    assert broken[-1] == "COMMIT"
    assert store.version() == version + 2 * (case.items > 0)
    assert visible(store) == seen
    # Undo is an action as well: it can be taken back in the same way.
    actions.undo(store, back.undo)
    assert visible(store) == acted


def test_a_file_goes_when_its_item_could_not_be_saved(engine, store, assets) -> None:
    new = edit(SHOWN, new=True, upload=Upload(picture(), "a.png", assets))
    seen: list[int] = []

    def publish() -> Done:
        seen.append(len(assets.listing()))
        return actions.publish(store, new)

    break_everywhere(engine, publish)
    assert set(seen) == {0}, "each try found no file that another one had left"
    assert len(assets.listing()) == 1
    (done,) = [i for i in store.load().items if i.asset is not None]
    assert done.asset.location == f"media/{assets.listing()[0].name}"


# -- what an action leaves ------------------------------------------------------------------------------


def test_publishing_from_a_draft_is_one_change_of_the_item(store) -> None:
    draft = store.save_draft(DRAFTED, "ben")
    done = actions.publish(store, edit(DRAFTED, draft=draft))
    assert done.items == (replace(DRAFTED, version=2),)
    assert store.drafts() == {}
    newest = store.history("a")[0]
    assert (newest.version, newest.author, [c.field for c in newest.changes]) == (2, "ann", ["title"])


def test_a_newer_draft_of_somebody_else_outlives_a_publish(store) -> None:
    mine = store.save_draft(DRAFTED, "ann")
    theirs = store.save_draft(replace(DRAFTED, body="Theirs"), "ben", replacing=mine)
    done = actions.publish(store, edit(DRAFTED, draft=mine))
    assert store.load().get("a").title == DRAFTED.title
    assert store.drafts() == {"a": theirs}
    actions.undo(store, done.undo)
    assert store.drafts()["a"].base_version == store.load().get("a").version


def test_nothing_to_change_is_nothing_to_take_back(store) -> None:
    version = store.version()
    assert actions.publish(store, edit(A)) == Done()
    assert actions.set_status(store, [A, B], Status.PUBLISHED).undo is None
    assert store.version() == version
    assert len(store.history()) == 3


def test_new_items_get_an_id_that_nobody_has(store) -> None:
    titled = ad("new", title="Käse: a b!")
    made = [actions.publish(store, edit(titled, new=True)).items[0].item_id for _ in range(2)]
    assert made == ["kase-a-b", "kase-a-b-2"]


def test_an_archived_item_is_kept_as_a_draft_itself(store) -> None:
    archived = actions.archive(store, edit(A)).items[0]
    actions.keep_as_draft(store, edit(replace(archived, body="More")))
    assert store.load().get("a").status is Status.DRAFT
    assert store.drafts() == {}


def test_what_a_change_to_many_would_break_is_named_and_left_alone(store) -> None:
    bare = store.create(media("bare", asset=None, alt_text="", status=Status.DRAFT))
    done = actions.set_status(store, [bare, C], Status.PUBLISHED)
    assert [i.item_id for i in done.items] == ["c"]
    assert [(r.item, [e.field for e in r.errors]) for r in done.refused] == [(bare, ["asset"])]
    actions.undo(store, done.undo)
    assert store.load().get("c").status is Status.DRAFT
    refused = actions.set_weight(store, [A, B], 0.0).refused
    assert [r.item.item_id for r in refused] == ["a", "b"]


def test_what_was_deleted_comes_back_where_it_was_with_its_draft(store) -> None:
    draft = store.save_draft(DRAFTED, "ben")
    done = actions.delete(store, [A, B])
    store.create(ad("d"))
    assert store.drafts() == {}
    actions.undo(store, done.undo)
    assert [i.item_id for i in store.load().items] == ["a", "b", "c", "d"]
    assert actions.publish_draft(store, store.drafts()["a"]).items[0].title == draft.item.title


def test_a_place_that_somebody_took_is_shared_in_order(store) -> None:
    done = actions.delete(store, [C])
    store.create(ad("d"))
    actions.undo(store, done.undo)
    assert [i.item_id for i in store.load().items] == ["a", "b", "c", "d"]


def test_an_undo_is_told_in_the_history(store) -> None:
    actions.undo(store, actions.archive(store, edit(A)).undo, author="ben")
    newest = store.history("a")[0]
    assert (newest.action, newest.author, newest.version) == (Action.RESTORED, "ben", 3)


# -- somebody else was there ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "meanwhile", "error"),
    [
        (lambda s: actions.archive(s, edit(A)), lambda s: s.save(A, 2), ConflictError),
        (lambda s: actions.archive(s, edit(A)), lambda s: s.delete("a"), ItemNotFoundError),
        (lambda s: actions.delete(s, [A]), lambda s: s.create(A), ItemExistsError),
        (
            lambda s: actions.publish(s, edit(ad("new"), new=True)),
            lambda s: s.save(ad("new", title="Theirs"), 1),
            ConflictError,
        ),
        (
            lambda s: actions.keep_as_draft(s, edit(DRAFTED)),
            lambda s: s.save_draft(A, "ben", replacing=s.drafts()["a"]),
            DraftConflictError,
        ),
        (
            lambda s: actions.keep_as_draft(s, edit(DRAFTED)),
            lambda s: s.publish_draft("a"),
            DraftNotFoundError,
        ),
        (
            lambda s: actions.discard_draft(s, s.save_draft(DRAFTED, "ann")),
            lambda s: s.save_draft(A, "ben"),
            DraftConflictError,
        ),
        (
            lambda s: actions.publish(s, edit(DRAFTED, draft=s.save_draft(DRAFTED, "ann"))),
            lambda s: s.save_draft(replace(A, body="Theirs", version=2), "ben"),
            DraftConflictError,
        ),
        (
            lambda s: actions.set_status(s, [A, B], Status.ARCHIVED),
            lambda s: s.save(replace(B, title="Theirs"), 2),
            ConflictError,
        ),
    ],
)
def test_an_undo_writes_over_nobody(engine, store, act, meanwhile, error) -> None:
    done = act(store)
    meanwhile(store)
    before = dump(engine)
    with pytest.raises(error):
        actions.undo(store, done.undo)
    assert dump(engine) == before


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda s: actions.publish(s, edit(replace(A, title="Mine"))), ConflictError),
        (lambda s: actions.archive(s, edit(A)), ConflictError),
        (lambda s: actions.delete(s, [B, A]), ConflictError),
        (lambda s: actions.save_all(s, [replace(B, title="Mine"), A]), ConflictError),
        (lambda s: actions.set_weight(s, [B, A], 2.0), ConflictError),
        (lambda s: actions.restore(s, 1, expected_version=1), ConflictError),
        (lambda s: actions.publish(s, edit(ad("gone", title="Mine"))), ItemNotFoundError),
        (lambda s: actions.keep_as_draft(s, edit(ad("gone", title="Mine"))), ItemNotFoundError),
        (lambda s: actions.publish(s, edit(B, revived=True)), ItemExistsError),
        (lambda s: actions.publish(s, edit(replace(B, title=""))), ItemInvalidError),
        (lambda s: actions.keep_as_draft(s, edit(replace(B, weight=0.0))), ItemInvalidError),
    ],
)
def test_whoever_began_from_an_older_state_changes_nothing(engine, store, act, error) -> None:
    store.save(replace(A, title="Theirs"), 1)
    before = dump(engine)
    with pytest.raises(error):
        act(store)
    assert dump(engine) == before


def test_a_file_that_cannot_be_kept_changes_nothing(engine, store, assets) -> None:
    before = dump(engine)
    with pytest.raises(AssetTypeError):
        actions.publish(store, edit(SHOWN, new=True, upload=Upload(b"no picture", "a.png", assets)))
    assert dump(engine) == before


def test_wrong_rows_stop_an_import(engine, store, assets) -> None:
    bundle = read_csv(b"item_id,weight\na,-1\n")
    before = dump(engine)
    with pytest.raises(ImportInvalidError):
        actions.import_catalog(store, assets, plan_import(bundle, store.load(), assets), bundle)
    assert dump(engine) == before
