"""A file is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from whole_files import write_whole, written_whole


def test_the_file_is_there_once_the_block_has_ended(tmp_path: Path) -> None:
    target = tmp_path / "model.keras"
    with written_whole(target) as partial:
        partial.write_text("new")
        assert partial.parent == target.parent
        assert partial.suffix == ".keras"
        assert not target.exists()
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


def test_what_fails_on_the_way_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    target.write_text("old")

    def fail_halfway() -> None:
        with written_whole(target) as partial:
            partial.write_text("ne")
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        fail_halfway()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "photo.jpg"
    with written_whole(target) as first:
        first.write_bytes(b"one")
        with written_whole(target) as second:
            second.write_bytes(b"two")
        assert target.read_bytes() == b"two"
    assert target.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [target]


def test_a_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    target = tmp_path / "note.txt"
    target.write_text("old")
    with pytest.raises(FileNotFoundError), written_whole(target):
        pass
    assert target.read_text() == "old"


def test_a_folder_that_is_not_there_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "typo" / "export.zip", b"x")
    assert list(tmp_path.iterdir()) == []


def test_bytes(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.bin", b"\x00\x01")
    write_whole(tmp_path / "a.bin", b"\x02")
    assert (tmp_path / "a.bin").read_bytes() == b"\x02"
    assert len(list(tmp_path.iterdir())) == 1
