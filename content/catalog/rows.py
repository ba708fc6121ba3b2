"""From items to rows of the database and back; a row is checked as an editor's form is."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Text, cast

from content.catalog.editing import parse_item
from content.catalog.history import Action, Draft, FieldChange, Revision, author_name, item_json
from content.errors import FieldError, ItemInvalidError
from content.tables import drafts, items, revisions
from content.types import CatalogItem, Schedule

_log = logging.getLogger(__name__)

# Text that a driver would decode is decoded here, row by row: one bad value must not lose all the others.
_DECODED_HERE = (
    *("targets", "colors", "starts_at_utc", "ends_at_utc", "hours", "region", "pacing", "framing", "tags"),
)
ITEM_COLUMNS = tuple(cast(c, Text).label(c.name) if c.name in _DECODED_HERE else c for c in items.columns)
REVISION_COLUMNS = tuple(
    cast(c, Text).label(c.name) if c.name in ("item", "changes", "at_utc") else c for c in revisions.columns
)
DRAFT_COLUMNS = tuple(
    cast(c, Text).label(c.name) if c.name in ("item", "saved_at_utc") else c for c in drafts.columns
)
_SAME_IN_A_FORM = (
    "item_id",
    "kind",
    "status",
    "title",
    "min_confidence",
    "audience",
    "weight",
    "frequency_cap",
    "daily_cap",
    "alt_text",
    "headline",
    "body",
    "call_to_action",
    "link_url",
    "credit",
)


def item_row(item: CatalogItem) -> dict[str, Any]:
    """An item as its row, ``position`` aside."""
    asset = item.asset
    return {
        "item_id": item.item_id,
        "version": item.version,
        "kind": item.kind.value,
        "status": item.status.value,
        "title": item.title,
        "targets": {e.value: float(share) for e, share in item.targets.items()},
        "min_confidence": item.min_confidence,
        "audience": item.audience.value,
        "weight": item.weight,
        "starts_at_utc": item.schedule.starts_at_utc,
        "ends_at_utc": item.schedule.ends_at_utc,
        "hours": _hours(item.schedule),
        "frequency_cap": item.frequency_cap,
        "daily_cap": item.daily_cap,
        "region": asdict(item.region) if item.region else None,
        "pacing": asdict(item.pacing),
        "asset_type": asset.type.value if asset else None,
        "asset_location": asset.location if asset else None,
        "asset_mime_type": asset.mime_type if asset else None,
        "asset_duration_s": asset.duration_s if asset else None,
        "asset_poster": asset.poster if asset else None,
        "framing": asdict(item.framing),
        "alt_text": item.alt_text,
        "headline": item.headline,
        "body": item.body,
        "call_to_action": item.call_to_action,
        "link_url": item.link_url,
        "colors": asdict(item.colors) if item.colors else None,
        "credit": item.credit,
        "tags": list(item.tags) or None,
    }


def row_item(row: Row[Any]) -> CatalogItem:
    """The item of a row.

    Raises:
        ItemInvalidError: with everything about the row that is wrong.
    """
    asset = None
    if row.asset_location is not None:
        asset = {
            "type": row.asset_type,
            "location": row.asset_location,
            "mime_type": row.asset_mime_type,
            "duration_s": row.asset_duration_s,
            "poster": row.asset_poster,
        }
    data = {
        **{name: getattr(row, name) for name in _SAME_IN_A_FORM},
        "targets": _decoded(row.targets),
        "schedule": _schedule(row),
        "region": _decoded(row.region),
        "pacing": _decoded(row.pacing) or {},
        "asset": asset,
        "framing": _decoded(row.framing) or {},
        "colors": _decoded(row.colors),
        "tags": () if row.tags is None else _decoded(row.tags),
    }
    if not isinstance(row.version, int) or row.version < 1:
        problem = f"Expected a whole number of at least 1. Received: {row.version!r}"
        raise ItemInvalidError([FieldError("version", problem)], str(row.item_id))
    return parse_item(data, row.version)


def _hours(schedule: Schedule) -> dict[str, Any] | None:
    """What repeats every week, as JSON; the two dates have columns of their own."""
    if not schedule.weekdays and schedule.from_time is None and schedule.time_zone == "UTC":
        return None
    return {
        "weekdays": list(schedule.weekdays),
        "from_time": schedule.from_time.isoformat() if schedule.from_time else None,
        "until_time": schedule.until_time.isoformat() if schedule.until_time else None,
        "time_zone": schedule.time_zone,
    }


def _schedule(row: Row[Any]) -> object:
    hours = _decoded(row.hours)
    if hours is not None and not isinstance(hours, dict):
        return hours
    return {**(hours or {}), "starts_at_utc": row.starts_at_utc, "ends_at_utc": row.ends_at_utc}


def _decoded(stored: object) -> object:
    """What a column of JSON says; text that is none comes back as it is, for the form to refuse."""
    if not isinstance(stored, str):
        return stored
    try:
        return json.loads(stored)
    except (ValueError, RecursionError):
        return stored


def stated(item: CatalogItem | None) -> dict[str, Any]:
    """The columns by which the history and the drafts hold an item."""
    asset = item.asset if item else None
    return {
        "item": item_json(item) if item else None,
        "asset_location": asset.location if asset else None,
        "asset_poster": asset.poster if asset else None,
    }


def stated_item(row: Row[Any], version: int) -> CatalogItem:
    """The item that a row of the history or of the drafts holds.

    Raises:
        ItemInvalidError: it holds none, or one that today's rules refuse.
    """
    data = _decoded(row.item)
    if not isinstance(data, dict):
        problem = f"Expected an item as a catalog file states it. Received: {row.item!r}"
        raise ItemInvalidError([FieldError("", problem)], str(row.item_id))
    return parse_item(data, version)


def row_revision(row: Row[Any]) -> Revision:
    """A row of the history; what cannot be read of its item is left out, as the rest can still be told."""
    data = _decoded(row.item)
    action, item = _action(row.action), None
    version = row.version if isinstance(row.version, int) else 0
    if action not in (Action.DELETED, Action.UNREADABLE):
        try:
            item = stated_item(row, version)
        except ItemInvalidError as error:
            _log.warning("Revision %s of item %r cannot be restored: %s", row.revision_id, row.item_id, error)
    return Revision(
        revision_id=row.revision_id,
        item_id=_whole(row.item_id),
        version=version,
        action=action,
        author=_author(row.author),
        at_utc=_moment(row.at_utc),
        item=item,
        title=_whole(data.get("title", row.item_id) if isinstance(data, Mapping) else row.item_id),
        changes=_changes(_decoded(row.changes)),
    )


def _whole(stored: object) -> str:
    """Text that can be written anywhere: spoilt text may hold halves of characters, which no page takes."""
    return str(stored).encode("utf-8", "replace").decode()


def _author(stored: object) -> str:
    return author_name(stored) if isinstance(stored, str) else ""


def _action(stored: object) -> Action:
    try:
        return Action(str(stored))
    except ValueError:
        return Action.UNREADABLE


def _moment(stored: object) -> datetime | None:
    """A time of the database in UTC; None for what is none."""
    try:
        moment = datetime.fromisoformat(str(stored))
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _changes(stored: object) -> tuple[FieldChange, ...]:
    """What of a list of changes is one."""
    if not isinstance(stored, list):
        return ()
    whole = json.loads(_whole(json.dumps(stored, ensure_ascii=False)))
    return tuple(
        FieldChange(str(c["field"]), c.get("before"), c.get("after"))
        for c in whole
        if isinstance(c, dict) and "field" in c
    )


def row_draft(row: Row[Any]) -> Draft:
    """A row of the drafts.

    Raises:
        ItemInvalidError: it holds no item.
    """
    saved_at_utc = _moment(row.saved_at_utc)
    if saved_at_utc is None or not isinstance(row.base_version, int):
        stored = f"{row.saved_at_utc!r} and {row.base_version!r}"
        problem = f"Expected a time and the version it began from. Received: {stored}"
        raise ItemInvalidError([FieldError("", problem)], str(row.item_id))
    return Draft(stated_item(row, row.base_version), row.base_version, _author(row.author), saved_at_utc)
