"""How the tests themselves run: which share a worker, and what is said of a test that needed a second try."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.workers import LONGEST, TOGETHER, group_of, turn_of

ROOT = Path(__file__).resolve().parent.parent


def test_a_file_stays_together_and_so_do_those_of_one_group() -> None:
    assert group_of("tests/ui/test_x.py::test_a") == group_of("tests/ui/test_x.py::Test::test_b[a::b]")
    assert group_of("tests/ui/test_x.py::test_a") != group_of("tests/ui/test_y.py::test_a")
    assert group_of("tests/train/test_fit.py::test_a") == group_of("tests/emotion/test_live.py::test_a")


def test_the_longest_groups_begin_and_the_browser_s_others_follow() -> None:
    mixed = [
        "tests/content/test_cli.py::test_a",
        "tests/browser/test_catalog.py::test_a",
        "tests/train/test_fit.py::test_a",
        "tests/browser/test_live.py::test_a",
    ]
    assert sorted(mixed, key=turn_of) == mixed[::-1]


def test_groups_name_places_that_exist() -> None:
    assert [place for place in TOGETHER if not (ROOT / place).exists()] == []
    assert set(LONGEST) == set(TOGETHER.values())


def test_only_the_browser_s_tests_get_a_second_try() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert not [o for o in options["tool"]["pytest"]["ini_options"]["addopts"] if o.startswith("--reruns")]
    marked = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if path != Path(__file__)
        and re.search(r"mark\.flaky|reruns *=|--reruns", path.read_text(encoding="utf-8"))
    }
    assert marked == {"tests/browser/conftest.py"}


LATE = """
import pytest
tries = []
@pytest.mark.flaky(reruns=2)
def test_the_camera():
    tries.append(1)
    assert len(tries) == 2, "the camera was late"
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "1"])
def test_what_went_wrong_in_a_first_try_is_told_at_the_end(tmp_path: Path, workers: str) -> None:
    (tmp_path / "test_late.py").write_text(LATE)
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [*command, "-n", workers, "-p", "no:cacheprovider", str(tmp_path / "test_late.py")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    end = done.stdout[done.stdout.index("rerun test summary info") :]
    assert re.search(r"^RERUN .*test_late.py::test_the_camera", end, re.MULTILINE)
    assert "the camera was late" in end and "1 passed, 1 rerun" in end
