"""Records say where expressions were read: on the viewer's device, whose numbers can be forged, or here.

Whatever was read until now was read here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TAPS = ("clicks", "likes", "dislikes", "skips")
INDEXES = {
    "groups": (
        "item_id",
        "site",
        "mood",
        "slot",
        "started_at_utc",
        "visible_ms",
        "quarters",
        *TAPS,
        "picked",
    ),
    "times": ("started_at_utc", "mood", "item_id", "site", "slot", "picked"),
    "sessions": ("session_id", "picked", "arm", "quarters", "started_at_utc", "item_id", "site", "slot"),
}


def upgrade() -> None:
    for table in ("decisions", "impressions"):
        op.add_column(table, sa.Column("reader", sa.String(16)))
    decisions = sa.table(
        "decisions", *(sa.column(name, sa.String) for name in ("decision_id", "model_version", "reader"))
    )
    impressions = sa.table("impressions", *(sa.column(n, sa.String) for n in ("decision_id", "reader")))
    op.execute(sa.update(decisions).where(decisions.c.model_version != "").values(reader="server"))
    read_here = sa.select(decisions.c.decision_id).where(decisions.c.reader == "server")
    op.execute(sa.update(impressions).where(impressions.c.decision_id.in_(read_here)).values(reader="server"))
    _index("reader")


def downgrade() -> None:
    _index()
    for table in ("decisions", "impressions"):
        op.drop_column(table, "reader")


def _index(*more: str) -> None:
    for name, columns in INDEXES.items():
        op.drop_index(f"ix_impressions_{name}", "impressions")
        op.create_index(f"ix_impressions_{name}", "impressions", [*columns, *more])
