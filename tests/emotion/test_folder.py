"""A folder becomes a table: every file, bad ones too, taken up where it was left."""

from __future__ import annotations

import mmap
import platform
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from emotion.errors import ModelError, OutputError
from emotion.folder import (
    FILE_LIMIT_S,
    SCHEMA,
    Results,
    Task,
    analyze_folder,
    failed_row,
    find_photos,
    rows_by_processes,
    rows_of,
)
from tests.emotion.bad_photos import bad_pictures, good_pictures, read_or_hang


@pytest.fixture
def album(tmp_path: Path, astronaut_bgr: np.ndarray) -> Path:
    """Two photos with a face in folders with a loop of links, and two files that are no photos."""
    folder = tmp_path / "album"
    (folder / "sub").mkdir(parents=True)
    cv2.imwrite(str(folder / "a.jpg"), astronaut_bgr)
    cv2.imwrite(str(folder / "sub" / "b.png"), astronaut_bgr)
    (folder / "sub" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "bad.jpg").write_text("Dear diary")
    (folder / "self.jpg").symlink_to(folder / "self.jpg")
    (folder / "notes.txt").write_text("no photo, and not called one")
    (folder / ".hidden.jpg").write_text("")
    return folder


def paths_of(table: Path) -> dict[str, str | None]:
    """Path → error of each row."""
    return {row["path"]: row["error"] for row in rows_of(table)}


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
        progress=lambda p: steps.append(p.read), on_error=lambda path, why: told.append(path),
    )  # fmt: skip
    assert (done.total, done.read, done.failed, done.kept) == (4, 4, 2, 0)
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
    assert paths_of(out) == {"bad.jpg": None, "sub/b.png": None}


@pytest.mark.slow
def test_a_file_that_hangs_or_kills_its_reader_costs_itself_alone(tmp_path: Path) -> None:
    files = {"good.gif": good_pictures()["animated.gif"], "words.jpg": bad_pictures()["words.jpg"][0]}
    for name in ("a.gif", "hangs.png", "kills.png"):
        files[name] = files["good.gif"]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    tasks = [Task(str(tmp_path), path, size, at) for path, size, at in find_photos(tmp_path)]
    rows = {r["path"]: r["error"] for r in rows_by_processes(tasks, 2, FILE_LIMIT_S / 2, read=read_or_hang)}
    assert list(rows) == ["a.gif", "good.gif", "hangs.png", "kills.png", "words.jpg"]
    assert rows["a.gif"] is rows["good.gif"] is None
    assert "takes longer" in rows["hangs.png"]
    assert "ended the process" in rows["kills.png"]
    assert "a text file" in rows["words.jpg"]


class TestResults:
    def row(self, path: str, error: str | None = None, size: int = 5) -> dict:
        return failed_row(Task("", path, size, 7), "x") | {"error": error, "model_version": "m@1"}

    def test_what_an_interrupted_run_read_is_kept(self, tmp_path: Path) -> None:
        table = tmp_path / "t.parquet"

        def interrupted() -> None:
            with Results(table) as results:
                results.add(self.row("a.jpg"))
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert not table.exists()
        again = Results(table)
        assert again.known("m@1") == {"a.jpg": (5, 7)}
        assert again.known("another@1") == {}
        again.add(self.row("b.jpg"))
        again.finish({"a.jpg", "b.jpg"})
        assert paths_of(table) == {"a.jpg": None, "b.jpg": None}

    def test_failed_files_are_read_again_and_the_latest_row_counts(self, tmp_path: Path) -> None:
        results = Results(tmp_path / "t.parquet")
        results.add(self.row("a.jpg", "broken"))
        results.finish({"a.jpg"})
        assert results.known("m@1") == {}
        results.add(self.row("a.jpg", size=6))
        results.finish({"a.jpg"})
        assert results.known("m@1") == {"a.jpg": (6, 7)}
        assert len(list(rows_of(tmp_path / "t.parquet"))) == 1

    def test_parts_are_written_when_they_are_due(self, tmp_path: Path) -> None:
        now = iter([0.0, 1.0, 100.0, 100.0])
        results = Results(tmp_path / "t.parquet", clock=lambda: next(now))
        results.add(self.row("a.jpg"))
        assert not results.parts.exists()
        results.add(self.row("b.jpg"))
        assert len(list(results.parts.iterdir())) == 1

    def test_a_table_of_something_else_is_left_alone(self, tmp_path: Path) -> None:
        table = tmp_path / "t.parquet"
        table.write_text("my thesis")
        with pytest.raises(OutputError, match="or a new name"):
            Results(table).known("m@1")
        assert table.read_text() == "my thesis"

    def test_no_place_to_write_to_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        results = Results(tmp_path / "file" / "t.parquet")
        results.add(self.row("a.jpg"))
        with pytest.raises(OutputError, match="a place to write"):
            results.flush()


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


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators keep what they see fit")
def test_photo_after_photo_the_memory_is_kept(album: Path, tiny_model: Path) -> None:
    """Counted in a process of its own, as it is for a folder: the allocator's habits last."""
    script = (
        "import resource, sys\n"
        "from emotion.folder import Task, read_task\n"
        "task = Task(sys.argv[1], 'a.jpg', 1, 1, sys.argv[2])\n"
        "for _ in range(5):\n"
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "    assert read_task(task)['error'] is None\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)\n"
    )
    command = [sys.executable, "-c", script, str(album), str(tiny_model)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    pages = 512 * 512 * 3 / mmap.PAGESIZE
    assert int(done.stdout) < pages, "less than the picture alone takes"
