"""A photo that hangs or kills its reader costs itself alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotion.folder.processes import FILE_LIMIT_S, rows_by_processes
from emotion.folder.rows import Task
from emotion.folder.run import find_photos
from tests.emotion.bad_photos import bad_pictures, good_pictures, read_or_hang


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
