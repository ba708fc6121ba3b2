"""What ``python -m bench catalog`` measures with is what it says."""

from __future__ import annotations

from pathlib import Path

from bench.catalog import table_with_wrong_rows, varied_catalog
from content.bootstrap import STARTER_FOLDER
from content.catalog.editing import check_item
from content.media.assets import AssetStore
from content.transfer.exchange import plan_import, read_csv
from content.types import Catalog


def test_the_large_catalog_is_valid_and_the_same_each_time() -> None:
    catalog = varied_catalog(130)
    assert len({item.item_id for item in catalog.items}) == 130
    assert tuple(map(check_item, catalog.items)) == catalog.items == varied_catalog(130).items


def test_the_wrong_rows_are_wrong_and_no_others(tmp_path: Path) -> None:
    data, spoilt = table_with_wrong_rows(120, 30)
    assets = AssetStore(tmp_path, STARTER_FOLDER / "assets")
    plan = plan_import(read_csv(data), Catalog(1, ()), assets)
    assert len(spoilt) == 30
    assert {p.row for p in plan.invalid} == set(spoilt)
    assert {(p.row, p.field) for p in plan.invalid} >= set(spoilt.items())
    assert len(plan.created) == 90
