"""The table keeps what was read, whatever ends the run."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from emotion.errors import OutputError
from emotion.folder.rows import EARLIER_NAMES, Task, failed_row
from emotion.folder.table import Results, rows_of


def paths_of(table: Path) -> dict[str, str | None]:
    """Path → error of each row."""
    return {row["path"]: row["error"] for row in rows_of(table)}


def row_of(path: str, error: str | None = None, size: int = 5) -> dict:
    return failed_row(Task("", path, size, 7), "x") | {"error": error, "model_version": "m@1"}


def test_what_an_interrupted_run_read_is_kept(tmp_path: Path) -> None:
    table = tmp_path / "t.parquet"

    def interrupted() -> None:
        with Results(table) as results:
            results.add(row_of("a.jpg"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not table.exists()
    again = Results(table)
    assert again.known("m@1") == {"a.jpg": (5, 7)}
    assert again.known("another@1") == {}
    again.add(row_of("b.jpg"))
    again.finish({"a.jpg", "b.jpg"})
    assert paths_of(table) == {"a.jpg": None, "b.jpg": None}


def test_failed_files_are_read_again_and_the_latest_row_counts(tmp_path: Path) -> None:
    results = Results(tmp_path / "t.parquet")
    results.add(row_of("a.jpg", "broken"))
    results.finish({"a.jpg"})
    assert results.known("m@1") == {}
    results.add(row_of("a.jpg", size=6))
    results.finish({"a.jpg"})
    assert results.known("m@1") == {"a.jpg": (6, 7)}
    assert len(list(rows_of(tmp_path / "t.parquet"))) == 1


def test_parts_are_written_when_they_are_due(tmp_path: Path) -> None:
    now = iter([0.0, 1.0, 100.0, 100.0])
    results = Results(tmp_path / "t.parquet", clock=lambda: next(now))
    results.add(row_of("a.jpg"))
    assert not results.parts.exists()
    results.add(row_of("b.jpg"))
    assert len(list(results.parts.iterdir())) == 1


def test_a_table_of_something_else_is_left_alone(tmp_path: Path) -> None:
    table = tmp_path / "t.parquet"
    table.write_text("my thesis")
    with pytest.raises(OutputError, match="or a new name"):
        Results(table).known("m@1")
    assert table.read_text() == "my thesis"


def test_no_place_to_write_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    results = Results(tmp_path / "file" / "t.parquet")
    results.add(row_of("a.jpg"))
    with pytest.raises(OutputError, match="a place to write"):
        results.flush()


def test_a_part_that_was_left_half_written_is_no_part(tmp_path: Path) -> None:
    results = Results(tmp_path / "t.parquet")
    with results:
        results.add(row_of("a.jpg"))
    (results.parts / ".000001.c0ffee.partial.parquet").write_bytes(b"PAR1")
    assert results.known("m@1") == {"a.jpg": (5, 7)}
    results.finish({"a.jpg"})
    assert paths_of(results.table) == {"a.jpg": None}


def test_a_table_of_an_earlier_version_is_read_anew(tmp_path: Path) -> None:
    table = tmp_path / "t.parquet"
    with Results(table) as results:
        results.add(row_of("a.jpg"))
    results.finish({"a.jpg"})
    earlier = pq.read_table(table).select(EARLIER_NAMES)
    pq.write_table(earlier, table)
    again = Results(table)
    assert again.known("m@1") == {}
    again.add(row_of("b.jpg"))
    again.finish({"b.jpg"})
    assert paths_of(table) == {"b.jpg": None}
