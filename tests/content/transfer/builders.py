"""What the tests of import and export start from, and how they read a plan."""

from __future__ import annotations

from pathlib import Path

from content.media.assets import AssetStore
from content.transfer.exchange import ImportPlan
from content.types import Catalog

EMPTY = Catalog(1, ())
NOWHERE = AssetStore(Path("/nowhere/media"), Path("/nowhere/starter"))


def wrong(plan: ImportPlan) -> list[tuple[int, str, str]]:
    """Row, item and field of everything that the plan refuses."""
    return [(p.row, p.item_id, p.field) for p in plan.invalid]
