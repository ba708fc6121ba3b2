"""What editors typed and have not saved is kept for each of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unsaved",
        sa.Column("place", sa.String(80), primary_key=True),
        sa.Column("author", sa.String(200), primary_key=True),
        sa.Column("draft_saved_at_utc", sa.DateTime),
        sa.Column("kept_at_utc", sa.DateTime, nullable=False),
        sa.Column("item", sa.JSON, nullable=False),
        sa.Column("asset_location", sa.Text),
        sa.Column("asset_poster", sa.Text),
    )


def downgrade() -> None:
    op.drop_table("unsaved")
