"""Databases for the tests: SQLite always, a PostgreSQL server of our own where one is installed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from content.database import migrate, open_engine
from tests.content.hand import Hand
from tests.postgres import PostgresServer, postgres_for_test

# A busy machine is no failure: no test of this project fails by the clock.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


def _server() -> Iterator[PostgresServer]:
    server = postgres_for_test()
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests."""
    yield from _server()


@pytest.fixture
def mortal_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server that a test may stop."""
    yield from _server()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each make."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_address()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, for copies."""
    path = tmp_path_factory.mktemp("migrated") / "catalog.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def engine(database_url: str, migrated: Path):
    """An engine of a migrated database of each make."""
    engine = open_engine(database_url)
    if engine.dialect.name == "sqlite":
        shutil.copy(migrated, str(engine.url.database))
    else:
        migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine) -> Hand:
    """An empty catalog in a database of each make."""
    return Hand(engine)
