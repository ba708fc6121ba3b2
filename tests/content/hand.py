"""The catalog with changes in one line, as an editor or an import makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from content import actions
from content.actions import Edit
from content.bootstrap import Content
from content.catalog.history import Action, Draft
from content.catalog.store import CatalogStore
from content.types import CatalogItem


class Hand(CatalogStore):
    """A store whose every method is one transaction."""

    def create(self, item: CatalogItem, *, author: str = "") -> CatalogItem:
        """Add an item under its own id, at the end."""
        return self.save_many(created=[item], author=author)[0]

    def save(self, item: CatalogItem, expected_version: int, *, author: str = "") -> CatalogItem:
        """Replace an item."""
        with self.transaction(author) as work:
            return work.save(item, expected_version)

    def delete(self, item_id: str, expected_version: int | None = None, *, author: str = "") -> None:
        """Take an item out, whatever its version unless one is expected."""
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
        """Several changes at once; ``version`` of the saved items is the one that is expected."""
        deleted = deleted or {}
        with self.transaction(author, action) as work:
            work.read([*(i.item_id for i in (*saved, *created)), *deleted])
            done = [work.save(item, item.version) for item in saved]
            for item_id, expected in deleted.items():
                work.delete(item_id, expected)
            return tuple(done + [work.create(item) for item in created])

    def restore(self, revision_id: int, author: str = "", expected_version: int | None = None) -> CatalogItem:
        """Make an item again what it was."""
        with self.transaction(author, Action.RESTORED) as work:
            return work.restore(revision_id, expected_version)

    def save_draft(self, item: CatalogItem, author: str = "", *, replacing: Draft | None = None) -> Draft:
        """Keep edits of an item where viewers do not see them."""
        with self.transaction(author) as work:
            return work.keep_draft(item, replacing)

    def publish_draft(self, item_id: str, author: str = "") -> CatalogItem:
        """Publish whichever draft there is."""
        actions.publish_draft(self, self.drafts()[item_id], author=author)
        found = self.load().get(item_id)
        assert found is not None
        return found


def hand(content: Content) -> Hand:
    """A second hand on a catalog that is open already."""
    return Hand(content.engine)


def edit(item: CatalogItem, **changes: object) -> Edit:
    """An item as an editor wants it, by the name of ``ann``."""
    return Edit(item, "ann", **changes)  # type: ignore[arg-type]
