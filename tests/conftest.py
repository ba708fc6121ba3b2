"""What every test gets: quiet libraries, a world of its own, and the data set where there is one."""

from __future__ import annotations

import os
from pathlib import Path

# Before TensorFlow: see ui/__init__.py.
import pylibsrtp  # noqa: F401
import pytest
from xdist.remote import Producer
from xdist.scheduler import Scheduling

from attune_settings import Program, names_read_by
from tests.workers import GroupScheduling, turn_of

# Before TensorFlow or matplotlib is imported by anything.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("MPLBACKEND", "Agg")
# The networks of tests are tiny: more threads only wait for each other, and take another worker's core.
for threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

ROOT = Path(__file__).resolve().parent.parent
MOST_WORKERS = 4


def data_file(variable: str, name: str) -> Path | None:
    """The file that ``variable`` names, else ``data/name`` of the project, else None."""
    path = Path(os.environ.get(variable) or ROOT / "data" / name)
    return path if path.exists() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs PostgreSQL, and puts the tests in the order that ``tests/workers.py`` explains."""
    for item in items:
        needed = {*getattr(item, "fixturenames", ()), *_parameters(item)}
        if needed & {"postgresql", "postgres_server", "mortal_server"}:
            item.add_marker(pytest.mark.postgres)
    items.sort(key=lambda item: turn_of(item.nodeid))


def _parameters(item: pytest.Item) -> set[str]:
    called = getattr(item, "callspec", None)
    return {value for value in called.params.values() if isinstance(value, str)} if called else set()


def pytest_xdist_auto_num_workers() -> int:
    """What ``-n auto`` means: a worker for each core and one more, as a test with a browser or a server waits
    much of its time; up to four, as each may run a browser and PostgreSQL.
    """
    return min((os.cpu_count() or 1) + 1, MOST_WORKERS)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """With ``-n``: whole groups of tests go to a worker, in the order of collection."""
    config.option.loadscopereorder = False
    return GroupScheduling(config, log)


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
