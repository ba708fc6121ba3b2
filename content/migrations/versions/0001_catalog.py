"""The catalog: its items and its version.

A migration says what the tables were when it was written, so it does not import today's.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    state = op.create_table(
        "catalog_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("starter_loaded", sa.Boolean, nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.bulk_insert(state, [{"id": 1, "version": 0, "starter_loaded": False}])
    op.create_table(
        "items",
        sa.Column("item_id", sa.String(80), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("targets", sa.JSON, nullable=False),
        sa.Column("min_confidence", sa.Float, nullable=False),
        sa.Column("audience", sa.String(16), nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("starts_at_utc", sa.DateTime),
        sa.Column("ends_at_utc", sa.DateTime),
        sa.Column("frequency_cap", sa.Integer),
        sa.Column("asset_type", sa.String(16)),
        sa.Column("asset_location", sa.Text),
        sa.Column("asset_mime_type", sa.String(80)),
        sa.Column("asset_duration_s", sa.Float),
        sa.Column("asset_poster", sa.Text),
        sa.Column("alt_text", sa.Text, nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("call_to_action", sa.Text, nullable=False),
        sa.Column("link_url", sa.Text, nullable=False),
        sa.Column("colors", sa.JSON),
        sa.Column("credit", sa.Text, nullable=False),
        sa.CheckConstraint("weight > 0", name="weight_positive"),
        sa.CheckConstraint("min_confidence >= 0 AND min_confidence <= 1", name="min_confidence_share"),
    )


def downgrade() -> None:
    op.drop_table("items")
    op.drop_table("catalog_state")
