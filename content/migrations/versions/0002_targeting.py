"""Hours, daily caps, regions and pacing of the items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("hours", sa.JSON))
    op.add_column("items", sa.Column("daily_cap", sa.Integer))
    op.add_column("items", sa.Column("region", sa.JSON))
    op.add_column("items", sa.Column("pacing", sa.JSON))


def downgrade() -> None:
    for name in ("pacing", "region", "daily_cap", "hours"):
        op.drop_column("items", name)
