"""What every test gets: quiet libraries, a world of its own, and the data set where there is one."""

from __future__ import annotations

import os
from pathlib import Path

# Before TensorFlow: see ui/__init__.py.
import pylibsrtp  # noqa: F401
import pytest

from attune_settings import Program, names_read_by

# Before TensorFlow or matplotlib is imported by anything.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("MPLBACKEND", "Agg")

ROOT = Path(__file__).resolve().parent.parent


def data_file(variable: str, name: str) -> Path | None:
    """The file that ``variable`` names, else ``data/name`` of the project, else None."""
    path = Path(os.environ.get(variable) or ROOT / "data" / name)
    return path if path.exists() else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests come last: Playwright's event loop runs in this thread from its start on."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(autouse=True)
def own_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the database and media of the person who runs it."""
    for variable in names_read_by(Program.APP):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'attune.db'}")
    monkeypatch.setenv("ATTUNE_MEDIA_DIR", str(tmp_path / "media"))
    monkeypatch.setenv("ATTUNE_SPOOL_DIR", str(tmp_path / "spool"))


@pytest.fixture(scope="session")
def fer_archive() -> Path:
    """Kaggle's FER-2013 archive or folder; skips where there is none."""
    path = data_file("FER2013_ARCHIVE", "fer2013.zip")
    if path is None:
        pytest.skip("FER-2013 is not here: set FER2013_ARCHIVE or put fer2013.zip into data/")
    return path


@pytest.fixture(scope="session")
def ferplus_votes() -> Path:
    """FER+ votes by file name; skips where there are none."""
    path = data_file("FERPLUS_VOTES", "ferplus_votes.csv")
    if path is None:
        pytest.skip("FER+ votes are not here: set FERPLUS_VOTES or put ferplus_votes.csv into data/")
    return path
