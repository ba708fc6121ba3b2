"""A folder becomes a table: every file, bad ones too, taken up where it was left."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from emotion.errors import ModelError, OutputError
from emotion.folder.rows import SCHEMA
from emotion.folder.run import analyze_folder, find_photos
from emotion.folder.table import rows_of


class TestFindPhotos:
    def test_each_photo_once_though_links_loop(self, album: Path) -> None:
        assert [path for path, _, _ in find_photos(album)] == ["a.jpg", "bad.jpg", "self.jpg", "sub/b.png"]

    def test_a_folder_that_cannot_be_opened_is_told(self, album: Path, monkeypatch) -> None:
        import os

        told: list[tuple[str, str]] = []
        opened = os.scandir

        def refuse(path: str):
            if str(path).endswith("sub"):
                raise PermissionError(13, "Permission denied", str(path))
            return opened(path)

        monkeypatch.setattr(os, "scandir", refuse)
        found = list(find_photos(album, on_error=lambda path, why: told.append((path, why))))
        assert len(found) == 3
        assert told == [("sub", "Expected a folder that can be opened. Received: Permission denied.")]


@pytest.mark.slow
def test_every_file_has_its_row_and_a_second_run_reads_what_is_new(
    album: Path, tiny_model: Path, tmp_path: Path, astronaut_bgr: np.ndarray
) -> None:
    out, model = tmp_path / "out" / "moods.parquet", str(tiny_model)
    told: list[str] = []
    steps: list[int] = []
    done = analyze_folder(
        album, out, model=model, workers=2,
        progress=lambda p: steps.append(p.read + p.failed), on_error=lambda path, why: told.append(path),
    )  # fmt: skip
    assert (done.total, done.read, done.failed, done.kept) == (4, 2, 2, 0)
    assert sorted(told) == ["bad.jpg", "self.jpg"]
    assert steps == [0, 1, 2, 3, 4]
    table = pq.read_table(out)
    assert table.schema.equals(SCHEMA)
    rows = {row["path"]: row for row in table.to_pylist()}
    assert list(rows) == ["a.jpg", "bad.jpg", "self.jpg", "sub/b.png"]
    assert len(rows["a.jpg"]["faces"]) == 1
    assert rows["a.jpg"]["width_px"] == 512
    assert rows["a.jpg"]["model_version"] == "tiny@1"
    assert "a text file" in rows["bad.jpg"]["error"]
    assert "symbolic links" in rows["self.jpg"]["error"]
    assert not out.with_name("moods.parquet.parts").exists()

    cv2.imwrite(str(album / "bad.jpg"), astronaut_bgr)
    (album / "a.jpg").unlink()
    (album / "self.jpg").unlink()
    done = analyze_folder(album, out, model=model, workers=1)
    assert (done.total, done.read, done.failed, done.kept) == (2, 1, 0, 1)
    assert {row["path"]: row["error"] for row in rows_of(out)} == {"bad.jpg": None, "sub/b.png": None}


@pytest.mark.parametrize("place", ["folder", "file/t.parquet"])
def test_no_place_to_write_to_is_told_before_the_work(place: str, tmp_path: Path, album: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    told: list[str] = []
    with pytest.raises(OutputError, match="a place to write"):
        analyze_folder(album, tmp_path / place, on_error=lambda path, why: told.append(path))
    assert told == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["album", "file", "folder"]


def test_no_folder_and_no_model_are_one_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Expected a folder"):
        analyze_folder(tmp_path / "gone", tmp_path / "t.parquet")
    with pytest.raises(ModelError):
        analyze_folder(tmp_path, tmp_path / "t.parquet", model="no such model")
