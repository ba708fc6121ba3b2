"""What all processes of one installation share: a secret, and which versions of the app may use the database.

The rule is in docs/adr/0017-replicas.md.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
older_apps_work = False


def upgrade() -> None:
    deployment = op.create_table(
        "deployment",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("needs_revision", sa.String(32), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.bulk_insert(deployment, [{"id": 1, "needs_revision": revision, "secret": secrets.token_urlsafe(32)}])


def downgrade() -> None:
    op.drop_table("deployment")
