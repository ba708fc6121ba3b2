"""Decisions, impressions and their events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.String(40), primary_key=True),
        sa.Column("session_id", sa.String(40), nullable=False, index=True),
        sa.Column("site", sa.String(80), nullable=False),
        sa.Column("slot", sa.String(16), nullable=False),
        sa.Column("item_id", sa.String(80)),
        sa.Column("item_version", sa.Integer, nullable=False),
        sa.Column("catalog_version", sa.Integer, nullable=False),
        sa.Column("model_version", sa.String(80), nullable=False),
        sa.Column("policy", sa.String(40), nullable=False),
        sa.Column("arm", sa.String(16), nullable=False),
        sa.Column("arm_share", sa.Float, nullable=False),
        sa.Column("propensity", sa.Float, nullable=False),
        sa.Column("strategy", sa.String(16), nullable=False),
        sa.Column("picked", sa.Boolean, nullable=False),
        sa.Column("by_mood", sa.Boolean, nullable=False),
        sa.Column("mood", sa.String(16), nullable=False),
        sa.Column("scores", sa.JSON),
        sa.Column("eligible", sa.JSON, nullable=False),
        sa.Column("eligible_count", sa.Integer, nullable=False),
        sa.Column("decided_at_utc", sa.DateTime, nullable=False, index=True),
    )
    op.create_table(
        "impressions",
        sa.Column("impression_id", sa.String(40), primary_key=True),
        sa.Column("decision_id", sa.String(40), nullable=False),
        sa.Column("session_id", sa.String(40), nullable=False, index=True),
        sa.Column("site", sa.String(80), nullable=False),
        sa.Column("slot", sa.String(16), nullable=False),
        sa.Column("item_id", sa.String(80), nullable=False),
        sa.Column("arm", sa.String(16), nullable=False),
        sa.Column("mood", sa.String(16), nullable=False),
        sa.Column("started_at_utc", sa.DateTime, nullable=False, index=True),
        sa.Column("visible_ms", sa.Integer, nullable=False),
        sa.Column("quarters", sa.Integer, nullable=False),
        sa.Column("clicks", sa.Integer, nullable=False),
        sa.Column("likes", sa.Integer, nullable=False),
        sa.Column("dislikes", sa.Integer, nullable=False),
        sa.Column("skips", sa.Integer, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("event_id", sa.String(40), primary_key=True),
        sa.Column("impression_id", sa.String(40), nullable=False, index=True),
        sa.Column("decision_id", sa.String(40), nullable=False),
        sa.Column("session_id", sa.String(40), nullable=False, index=True),
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("at_utc", sa.DateTime, nullable=False, index=True),
        sa.Column("visible_ms", sa.Integer, nullable=False),
        sa.Column("mood", sa.String(16), nullable=False),
        sa.Column("scores", sa.JSON),
    )


def downgrade() -> None:
    for name in ("events", "impressions", "decisions"):
        op.drop_table(name)
