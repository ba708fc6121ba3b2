"""How a picture or video fills its place; nothing said means that it covers it, seen from the middle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("framing", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    op.drop_column("items", "framing")
