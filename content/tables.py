"""The catalog's tables, as the code sees them; ``migrations/`` holds how a database gets there."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone in Python, in UTC without one in the database (SQLite keeps no zones)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

catalog_state = Table(
    "catalog_state",
    metadata,
    # One row: every change of the catalog counts `version` up in its own transaction, so writers queue here.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("starter_loaded", Boolean, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# One row: what all processes of an installation share.
deployment = Table(
    "deployment",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # The last migration that an app has to know to use this database, see docs/adr/0017-replicas.md.
    Column("needs_revision", String(32), nullable=False),
    Column("secret", String(64), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

items = Table(
    "items",
    metadata,
    Column("item_id", String(80), primary_key=True),
    Column("position", Integer, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("title", String(120), nullable=False),
    Column("targets", JSON, nullable=False),
    Column("min_confidence", Float, nullable=False),
    Column("audience", String(16), nullable=False),
    Column("weight", Float, nullable=False),
    Column("starts_at_utc", UtcDateTime),
    Column("ends_at_utc", UtcDateTime),
    Column("hours", JSON(none_as_null=True)),
    Column("frequency_cap", Integer),
    Column("daily_cap", Integer),
    Column("region", JSON(none_as_null=True)),
    Column("pacing", JSON(none_as_null=True)),
    Column("asset_type", String(16)),
    Column("asset_location", Text),
    Column("asset_mime_type", String(80)),
    Column("asset_duration_s", Float),
    Column("asset_poster", Text),
    Column("framing", JSON(none_as_null=True)),
    Column("alt_text", Text, nullable=False),
    Column("headline", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("call_to_action", Text, nullable=False),
    Column("link_url", Text, nullable=False),
    Column("colors", JSON(none_as_null=True)),
    Column("credit", Text, nullable=False),
    Column("tags", JSON(none_as_null=True)),
    CheckConstraint("weight > 0", name="weight_positive"),
    CheckConstraint("min_confidence >= 0 AND min_confidence <= 1", name="min_confidence_share"),
)

# Every change of an item, written in the transaction that makes it and never changed afterwards. No foreign
# key: the history outlives its items.
revisions = Table(
    "revisions",
    metadata,
    Column("revision_id", Integer, primary_key=True),
    Column("item_id", String(80), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("action", String(16), nullable=False),
    Column("author", String(200), nullable=False),
    Column("at_utc", UtcDateTime, nullable=False),
    # After the change; of a deletion, what was deleted.
    Column("item", JSON(none_as_null=True)),
    Column("changes", JSON, nullable=False),
    # As in the item, where they can be asked for without reading all of the history.
    Column("asset_location", Text),
    Column("asset_poster", Text),
)

# Edits that are not published yet, one an item.
drafts = Table(
    "drafts",
    metadata,
    Column("item_id", String(80), primary_key=True),
    Column("base_version", Integer, nullable=False),
    Column("author", String(200), nullable=False),
    Column("saved_at_utc", UtcDateTime, nullable=False),
    Column("item", JSON, nullable=False),
    Column("asset_location", Text),
    Column("asset_poster", Text),
)

# What an editor typed and has not saved; a new item has no id yet, and its form's name stands in its place.
unsaved = Table(
    "unsaved",
    metadata,
    Column("place", String(80), primary_key=True),
    Column("author", String(200), primary_key=True),
    Column("draft_saved_at_utc", UtcDateTime),
    Column("kept_at_utc", UtcDateTime, nullable=False),
    Column("item", JSON, nullable=False),
    Column("asset_location", Text),
    Column("asset_poster", Text),
)

# Decisions, impressions and events have no foreign keys to the catalog or to each other: they outlive items,
# and after an outage they may arrive late.
decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", String(40), primary_key=True),
    Column("session_id", String(40), nullable=False, index=True),
    Column("site", String(80), nullable=False),
    Column("slot", String(16), nullable=False),
    Column("item_id", String(80)),
    Column("item_version", Integer, nullable=False),
    Column("catalog_version", Integer, nullable=False),
    Column("model_version", String(80), nullable=False),
    Column("policy", String(40), nullable=False),
    Column("arm", String(16), nullable=False),
    Column("arm_share", Float, nullable=False),
    Column("propensity", Float, nullable=False),
    Column("strategy", String(16), nullable=False),
    Column("picked", Boolean, nullable=False),
    # Where the mood was read; nothing where none was.
    Column("reader", String(16)),
    Column("by_mood", Boolean, nullable=False),
    Column("mood", String(16), nullable=False),
    Column("scores", JSON(none_as_null=True)),
    Column("eligible", JSON, nullable=False),
    Column("eligible_count", Integer, nullable=False),
    Column("decided_at_utc", UtcDateTime, nullable=False, index=True),
)

# One row a showing that was seen: what its events add up to, for reports that read no events.
impressions = Table(
    "impressions",
    metadata,
    Column("impression_id", String(40), primary_key=True),
    Column("decision_id", String(40), nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("site", String(80), nullable=False),
    Column("slot", String(16), nullable=False),
    Column("item_id", String(80), nullable=False),
    Column("arm", String(16), nullable=False),
    Column("mood", String(16), nullable=False),
    Column("started_at_utc", UtcDateTime, nullable=False),
    Column("visible_ms", Integer, nullable=False),
    # 0 to 4 quarters played; 4 is complete.
    Column("quarters", Integer, nullable=False),
    Column("clicks", Integer, nullable=False),
    Column("likes", Integer, nullable=False),
    Column("dislikes", Integer, nullable=False),
    Column("skips", Integer, nullable=False),
    # Somebody chose the expression by hand, so it is no part of the comparison with the control arm.
    Column("picked", Boolean, nullable=False, server_default=false()),
    Column("reader", String(16)),
    # Each holds all that a statement of content/records/reports.py reads, in the order it groups by.
    Index(
        "ix_impressions_groups",
        *("item_id", "site", "mood", "slot", "started_at_utc", "visible_ms", "quarters", "clicks", "likes"),
        *("dislikes", "skips", "picked", "reader"),
    ),
    Index("ix_impressions_times", "started_at_utc", "mood", "item_id", "site", "slot", "picked", "reader"),
    Index(
        "ix_impressions_sessions",
        *("session_id", "picked", "arm", "quarters", "started_at_utc", "item_id", "site", "slot", "reader"),
    ),
)

events = Table(
    "events",
    metadata,
    Column("event_id", String(40), primary_key=True),
    Column("impression_id", String(40), nullable=False, index=True),
    Column("decision_id", String(40), nullable=False),
    Column("session_id", String(40), nullable=False, index=True),
    Column("name", String(16), nullable=False),
    Column("at_utc", UtcDateTime, nullable=False, index=True),
    Column("visible_ms", Integer, nullable=False),
    Column("mood", String(16), nullable=False),
    Column("scores", JSON(none_as_null=True)),
)
