"""Opening, migrating and speaking to the catalog's database: the one file that knows its makes.

What a driver raises leaves this package as a ``DatabaseError`` that says what was expected and what came.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from attune_settings import masked_address
from content.errors import (
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseError,
    DatabaseFullError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    DatabaseVersionError,
)

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
BUSY_TIMEOUT_S = 5.0
MIGRATION_WAIT_S = 600.0
"""For so long a process that starts waits for another one that migrates."""

_CHANNEL = "attune_catalog"
_MIGRATION_LOCK_KEY = 0x41545455  # "ATTU": any number that only this app's migrations take
_migrating = threading.Lock()  # Alembic keeps its context in module globals
_log = logging.getLogger(__name__)


def open_engine(url: str) -> Engine:
    """An engine for a database that need not exist yet; a SQLite file's folder is made.

    Raises:
        DatabaseUnavailableError: the URL is none, its driver is not installed, or the folder cannot be made.
    """
    try:
        parsed = make_url(url)
        shown = masked_address(parsed.render_as_string(hide_password=True))
        if parsed.get_backend_name() != "sqlite":
            postgres = parsed.get_backend_name() == "postgresql"
            # Left alone, PostgreSQL's client waits for minutes for a host that does not answer, or that
            # does not any more.
            wait_s = max(1, int(BUSY_TIMEOUT_S))
            limits = {"connect_timeout": wait_s, "tcp_user_timeout": wait_s * 1000} if postgres else {}
            # Nor does a connection that only listens find out by itself that the server is gone.
            alive = {"keepalives_idle": wait_s, "keepalives_interval": 2, "keepalives_count": 3}
            limits |= alive if postgres else {}
            engine = create_engine(parsed, pool_pre_ping=True, connect_args=limits)
            if postgres:
                event.listen(engine, "connect", _set_up_postgres)
            return engine
        if parsed.database and not parsed.database.startswith(("file:", ":memory:")):
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_S})
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseUnavailableError(
            f"Expected an installed driver for {shown}. Received: {error}"
        ) from error
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnavailableError(
            "Expected a database's address as make://user:password@host/name or sqlite:///file. "
            "Received: text that is no such address (not shown, as it may hold a password)."
        ) from error
    except OSError as error:
        raise DatabaseUnavailableError(f"Expected a folder for {shown}. Received: {error}") from error
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def shown_url(engine: Engine) -> str:
    """The database's address without its password. What belongs to this database is named by it."""
    return engine.url.render_as_string(hide_password=True)


def _told_url(engine: Engine) -> str:
    """The address for messages: without the secrets that its options may hold, such as ``?password=``."""
    return masked_address(shown_url(engine))


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # sqlite3 would open transactions late and commit on its own around table changes; `_begin_sqlite`
    # opens them instead (SQLAlchemy's documentation, "Serializable isolation / Savepoints").
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # Bytes that are no UTF-8 spoil the value they are in, which the checks of a row refuse, not the query.
    connection.text_factory = lambda stored: stored.decode("utf-8", "surrogateescape")


def _set_up_postgres(connection: Any, _record: object) -> None:
    # Left alone, PostgreSQL waits for another writer for ever. Outside a transaction, or a rollback would
    # take it back.
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{BUSY_TIMEOUT_S:g}s'")
    connection.autocommit = False


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    writes = options.get("writes", False)
    if (wait_s := options.get("wait_s")) is not None:
        connection.exec_driver_sql(_waits(wait_s))
    # A transaction that reads first and writes later fails at once when another wrote in between;
    # one that takes the write lock at its start waits its turn.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reading.

    Raises:
        DatabaseError: the database cannot be read.
    """
    with _translated(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction for writing: all of it is kept at the end, or nothing on any exception.

    Raises:
        DatabaseError: the database cannot be written.
    """
    with _translated(engine), engine.execution_options(writes=True).begin() as connection:
        yield connection


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise _as_content_error(engine, error) from error


def file_stamps(engine: Engine) -> tuple[tuple[int, int, int], ...]:
    """Inode, size and time of the files that a commit changes; empty for a database that is no file.

    Commits within the clock tick of a file system may leave them alike.
    """
    name = engine.url.database or ""
    if engine.dialect.name != "sqlite" or not name or name.startswith(("file:", ":memory:")):
        return ()
    found = []
    for path in (Path(name), Path(f"{name}-wal")):
        with suppress(OSError):
            stat = path.stat()
            found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return tuple(found)


# -- telling other processes ------------------------------------------------------------------------------


def announce(connection: Connection) -> None:
    """Tells every process that listens, once this transaction is kept; nothing on SQLite."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": _CHANNEL})


def can_listen(engine: Engine) -> bool:
    """Whether ``listening`` works: on PostgreSQL by its usual driver."""
    return engine.dialect.name == "postgresql" and engine.dialect.driver == "psycopg"


@contextmanager
def listening(engine: Engine) -> Iterator[Callable[[float], bool]]:
    """A connection of its own that hears what other connections announce, from now on.

    Args:
        engine: see ``can_listen``.

    Yields:
        A function that waits for at most so many seconds and says whether something was announced.

    Raises:
        DatabaseError: there is no connection, or it was lost.
    """
    driver: Any = engine.dialect.loaded_dbapi
    try:
        with _translated(engine):
            pooled = engine.raw_connection()
        connection: Any = pooled.driver_connection
        # It is never handed to anybody else: the pool forgets it.
        pooled.detach()
        try:
            connection.autocommit = True
            connection.execute(f"LISTEN {_CHANNEL}")
            yield lambda wait_s: bool(list(connection.notifies(timeout=wait_s, stop_after=1)))
        finally:
            connection.close()
    except driver.Error as error:
        told = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DatabaseUnavailableError(
            f"Expected a connection to {_told_url(engine)} that stays. Received: {told}"
        ) from error


def _as_content_error(engine: Engine, error: SQLAlchemyError) -> DatabaseError:
    where = _told_url(engine)
    original = error.orig if isinstance(error, DBAPIError) else None
    received = str(original or error).strip().splitlines()[0]
    code = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None) or ""
    if isinstance(error, PoolTimeoutError) or code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "55P03")):
        return DatabaseBusyError(
            f"Expected {where} to be free within {BUSY_TIMEOUT_S:g} s; try again. Received: {received}"
        )
    if code.startswith(("SQLITE_READONLY", "25006")):
        return DatabaseReadOnlyError(
            f"Expected to be allowed to write {where}; content is shown, but changes cannot be saved. "
            f"Received: {received}"
        )
    if code.startswith(("SQLITE_FULL", "53100")):
        return DatabaseFullError(
            f"Expected room on the disk of {where}; nothing was changed. Free some and try again. "
            f"Received: {received}"
        )
    if code.startswith("SQLITE_IOERR"):
        return DatabaseUnavailableError(
            f"Expected a disk that takes what is written to {where}; it may be full or damaged, or a limit "
            f"on the size of files be reached. Received: {received}"
        )
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002")):
        return DatabaseCorruptError(
            f"Expected an undamaged database at {where}; put a backup in its place, or move it away and "
            f"start again with the starter catalog. Received: {received}"
        )
    return DatabaseUnavailableError(
        f"Expected a database with this app's tables at {where}. Received: {received}"
    )


def _alembic(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@cache
def _known() -> tuple[frozenset[str], str]:
    """The migrations of this version of the app, and the last of them.

    Read once: an update may put newer files into the place of those that this process was started from.
    """
    # From the last one to the first.
    revisions = [script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()]
    return frozenset(revisions), revisions[0]


def expect_known(needs_revision: str) -> None:
    """Checks that this version of the app may use a database.

    Args:
        needs_revision: of the database's table ``deployment``.

    Raises:
        DatabaseVersionError: it has to know a migration that it does not know.
    """
    known, head = _known()
    if needs_revision not in known:
        raise DatabaseVersionError(
            f"Expected a database that this version of the app can use (at {head}); a newer one has changed "
            f"it, so update the app. Received: {needs_revision}"
        )


def _is_behind(connection: Connection) -> bool:
    """Whether there are migrations to run; a database that is ahead must be one that this app may use."""
    known, head = _known()
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None or current in known:
        return current != head
    told = connection.dialect.has_table(connection, "deployment")
    needs = connection.scalar(text("SELECT needs_revision FROM deployment")) if told else None
    expect_known(needs or current)
    return False


def migrate(engine: Engine) -> None:
    """Bring the database to this version of the app; safe when several processes start at once.

    One of them does it and the others wait. A database that is up to date is only read. Otherwise all steps
    run in one transaction, behind a lock. A newer database is left alone, and used where that is safe.

    Raises:
        DatabaseVersionError: a newer app has migrated it, and this one cannot use it any more.
        DatabaseError: it cannot be used.
    """
    with _migrating:
        with reading(engine) as connection:
            if not _is_behind(connection):
                return
        if engine.dialect.name == "sqlite":
            _switch_to_wal(engine)
        with _translated(engine), _alone(engine) as connection:
            # Whoever was here before may have done it.
            if not _is_behind(connection):
                return
            command.upgrade(_alembic(connection), "head")
            announce(connection)
        _log.info("Database %s is at revision %s", _told_url(engine), _known()[1])


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction for migrating; waits for another process that migrates, for longer than others wait."""
    options = {"writes": True, "wait_s": MIGRATION_WAIT_S}
    with engine.execution_options(**options).begin() as connection:
        try:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{MIGRATION_WAIT_S:g}s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK_KEY})
            yield connection
        finally:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(_waits(BUSY_TIMEOUT_S))


def _waits(wait_s: float) -> str:
    return f"PRAGMA busy_timeout = {wait_s * 1000:.0f}"


def _switch_to_wal(engine: Engine) -> None:
    """Let readers and a writer work side by side; the file remembers it.

    SQLite does not wait for its busy time limit in this one statement, so it is repeated here.
    """
    give_up_at_s = time.monotonic() + MIGRATION_WAIT_S
    with _translated(engine):
        raw: Any = engine.raw_connection()
        try:
            while True:
                try:
                    raw.cursor().execute("PRAGMA journal_mode = WAL")
                    return
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > give_up_at_s:
                        raise DatabaseUnavailableError(
                            f"Expected to set up {_told_url(engine)} for writing. Received: {error}"
                        ) from error
                time.sleep(0.02)
        finally:
            raw.close()
