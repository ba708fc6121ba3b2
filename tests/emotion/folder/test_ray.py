"""The same rows from a Ray cluster as from this machine's processes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.errors import ClusterError
from emotion.folder.ray import rows_by_ray
from emotion.folder.run import Engine, analyze_folder
from emotion.folder.table import rows_of

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None,
    reason="RAY IS NOT INSTALLED, the Ray engine is NOT TESTED: pip install -r requirements-scale.txt",
)


def rows(table: Path) -> list[dict]:
    """Without what differs between two runs."""
    found = [{k: v for k, v in row.items() if k != "elapsed_ms"} for row in rows_of(table)]
    return sorted(found, key=lambda row: row["path"])


@needs_ray
@pytest.mark.slow
def test_ray_gives_the_same_rows(
    tmp_path: Path, astronaut_bgr: np.ndarray, tiny_model: Path, monkeypatch
) -> None:
    import ray

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    # Without this a token is written to the home folder.
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    album = tmp_path / "album"
    album.mkdir()
    for i in range(6):
        cv2.imwrite(str(album / f"{i}.png"), np.roll(astronaut_bgr, 12 * i, axis=1))
    (album / "bad.jpg").write_text("Dear diary")
    (album / "empty.jpg").write_text("")
    here, there = tmp_path / "here.parquet", tmp_path / "there.parquet"
    model = str(tiny_model)
    ray.init(
        num_cpus=2, include_dashboard=False, object_store_memory=100 * 2**20, log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": str(Path(__file__).resolve().parents[3])}},
    )  # fmt: skip
    try:
        done = analyze_folder(album, there, engine=Engine.RAY, workers=2, model=model)
    finally:
        ray.shutdown()
    assert (done.read, done.failed) == (6, 2)
    analyze_folder(album, here, workers=2, model=model)
    assert rows(there) == rows(here)
    assert sum(len(row["faces"] or ()) for row in rows(there)) == 6


def test_without_ray_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match=r"requirements-scale\.txt"):
        rows_by_ray([], 1)
