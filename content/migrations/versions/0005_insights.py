"""What reports need: expressions picked by hand are told apart, and indexes hold all that is added up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TAPS = ("clicks", "likes", "dislikes", "skips")
BEFORE = {"session_id": "ix_impressions_session_id", "started_at_utc": "ix_impressions_started_at_utc"}


def upgrade() -> None:
    op.add_column("impressions", sa.Column("picked", sa.Boolean, nullable=False, server_default=sa.false()))
    decisions = sa.table("decisions", sa.column("decision_id"), sa.column("picked", sa.Boolean))
    impressions = sa.table("impressions", sa.column("decision_id"), sa.column("picked", sa.Boolean))
    by_hand = sa.select(decisions.c.decision_id).where(decisions.c.picked)
    op.execute(sa.update(impressions).where(impressions.c.decision_id.in_(by_hand)).values(picked=True))
    for name in BEFORE.values():
        op.drop_index(name, "impressions")
    op.create_index(
        "ix_impressions_groups",
        "impressions",
        [*("item_id", "site", "mood", "slot", "started_at_utc", "visible_ms", "quarters"), *TAPS],
    )
    op.create_index(
        "ix_impressions_times", "impressions", ["started_at_utc", "mood", "item_id", "site", "slot"]
    )
    op.create_index(
        "ix_impressions_sessions",
        "impressions",
        ["session_id", "picked", "arm", "quarters", "started_at_utc", "item_id", "site", "slot"],
    )


def downgrade() -> None:
    for name in ("ix_impressions_groups", "ix_impressions_times", "ix_impressions_sessions"):
        op.drop_index(name, "impressions")
    for column, name in BEFORE.items():
        op.create_index(name, "impressions", [column])
    op.drop_column("impressions", "picked")
