"""The history of all items, and working drafts.

What is in the catalog by now becomes the first entry of the history, so that it can be restored too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AT_ONCE = 500
SAME = (
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
DECODED = ("targets", "colors", "hours", "region", "pacing", "starts_at_utc", "ends_at_utc")
ASSET = ("type", "location", "mime_type", "duration_s", "poster")


def upgrade() -> None:
    revisions = op.create_table(
        "revisions",
        sa.Column("revision_id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.String(80), nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("at_utc", sa.DateTime, nullable=False),
        sa.Column("item", sa.JSON(none_as_null=True)),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("asset_location", sa.Text),
        sa.Column("asset_poster", sa.Text),
    )
    op.create_table(
        "drafts",
        sa.Column("item_id", sa.String(80), primary_key=True),
        sa.Column("base_version", sa.Integer, nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("saved_at_utc", sa.DateTime, nullable=False),
        sa.Column("item", sa.JSON, nullable=False),
        sa.Column("asset_location", sa.Text),
        sa.Column("asset_poster", sa.Text),
    )
    connection = op.get_bind()
    # As text, so that a value which someone spoilt by hand is seen here and does not stop the migration.
    plain = ["version", *SAME, *(f"asset_{name}" for name in ASSET)]
    columns = [*(sa.column(n) for n in plain), *(sa.cast(sa.column(n), sa.Text).label(n) for n in DECODED)]
    query = sa.select(*columns).select_from(sa.table("items"))
    now = datetime.now(UTC).replace(tzinfo=None)
    entries = [
        {
            "item_id": row["item_id"],
            "version": row["version"],
            "action": "saved",
            "author": "",
            "at_utc": now,
            "item": stated,
            "changes": [],
            "asset_location": row["asset_location"],
            "asset_poster": row["asset_poster"],
        }
        for row in connection.execute(query.order_by(sa.column("position"))).mappings()
        if (stated := item(row)) is not None
    ]
    for start in range(0, len(entries), AT_ONCE):
        op.bulk_insert(revisions, entries[start : start + AT_ONCE])


def item(row: Mapping[Any, Any]) -> dict[str, Any] | None:
    """A row as a catalog file states it; None for one that someone spoilt by hand."""
    try:
        decoded = {name: json.loads(row[name]) for name in DECODED[:5] if row[name] is not None}
        stated = {
            **{name: row[name] for name in SAME},
            "targets": decoded["targets"],
            "schedule": {
                **decoded.get("hours", {}),
                "starts_at_utc": utc(row["starts_at_utc"]),
                "ends_at_utc": utc(row["ends_at_utc"]),
            },
            "region": decoded.get("region"),
            "pacing": decoded.get("pacing") or {},
            "asset": None
            if row["asset_location"] is None
            else {name: row[f"asset_{name}"] for name in ASSET},
            "colors": decoded.get("colors"),
        }
        json.dumps(stated, allow_nan=False, ensure_ascii=False).encode()
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return stated if isinstance(row["version"], int) else None


def utc(stored: str | None) -> str | None:
    """A stored time, which is in UTC, with its zone."""
    return None if stored is None else datetime.fromisoformat(stored).replace(tzinfo=UTC).isoformat()


def downgrade() -> None:
    op.drop_table("drafts")
    op.drop_table("revisions")
