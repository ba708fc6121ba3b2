"""Reports leave the demo's visits out unless asked, so the indexes that they read tell them apart."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

GROUPS = ("item_id", "site", "mood", "slot", "started_at_utc", "visible_ms", "quarters")
TAPS = ("clicks", "likes", "dislikes", "skips")
TIMES = ("started_at_utc", "mood", "item_id", "site", "slot")


def upgrade() -> None:
    _index("picked")


def downgrade() -> None:
    _index()


def _index(*more: str) -> None:
    op.drop_index("ix_impressions_groups", "impressions")
    op.create_index("ix_impressions_groups", "impressions", [*GROUPS, *TAPS, *more])
    op.drop_index("ix_impressions_times", "impressions")
    op.create_index("ix_impressions_times", "impressions", [*TIMES, *more])
