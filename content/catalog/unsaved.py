"""What editors typed and have not saved: kept for each of them, so that no reload loses it.

Unlike a working draft it may break every rule, nobody else sees it, and it has no history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row, Text, cast

from content.errors import FieldError, ItemInvalidError
from content.tables import unsaved
from content.types import CatalogItem

UNSAVED_COLUMNS = tuple(cast(c, Text).label(c.name) if c.name == "item" else c for c in unsaved.columns)
UNSAVED_KEPT: Final = timedelta(days=90)
"""What nobody changes for so long was given up."""

# The types alone, without the rules of an item.
_as_typed: Final = TypeAdapter(CatalogItem)


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What one editor typed for one item.

    Attributes:
        place: id of the item; for a new one, what the editor's form is known by.
        author: whose it is.
        item: as typed; ``version`` is the one that the edits began from.
        draft_saved_at_utc: when the working draft was saved that they began from; None where there was none.
        kept_at_utc: when it was kept.
    """

    place: str
    author: str
    item: CatalogItem
    draft_saved_at_utc: datetime | None
    kept_at_utc: datetime


def unsaved_row(kept: Unsaved) -> Mapping[str, Any]:
    """As a row of the database."""
    asset = kept.item.asset
    return {
        "place": kept.place,
        "author": kept.author,
        "draft_saved_at_utc": kept.draft_saved_at_utc,
        "kept_at_utc": kept.kept_at_utc,
        "item": _as_typed.dump_python(kept.item, mode="json"),
        "asset_location": asset.location if asset else None,
        "asset_poster": asset.poster if asset else None,
    }


def row_unsaved(row: Row[Any]) -> Unsaved:
    """What a row holds.

    Raises:
        ItemInvalidError: it holds no item of today's fields.
    """
    try:
        item = _as_typed.validate_json(row.item)
    except ValidationError as error:
        raise ItemInvalidError([FieldError("", str(error))], str(row.place)) from error
    return Unsaved(row.place, row.author, item, row.draft_saved_at_utc, row.kept_at_utc)
