"""The Python in the documents runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def snippets() -> list[tuple[str, str]]:
    """Document and code of each fenced Python block."""
    return [
        (name, code)
        for name in ("README.md", "docs/command-line.md")
        for code in re.findall(
            r"^```python\n(.*?)^```", (ROOT / name).read_text(encoding="utf-8"), re.S | re.M
        )
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), snippets())
def test_it_runs(name: str, code: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{name}:\n{code}\n{done.stderr}"
    assert "happy" in done.stdout


def test_there_is_one() -> None:
    assert snippets()
