"""A waiting line on disk between the page and the database: a small SQLite file of its own.

What is put in survives the end of the process, a killed one too, and comes out in the order in which it
went in. SQLite because it does this well: several processes may share one spool, a half-written entry does
not exist, and nothing has to be invented.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from content.errors import SpoolError, SpoolFullError

BUSY_TIMEOUT_S = 5.0
PAGE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """One waiting entry: its number in the line, whose session it is, and what was put in."""

    number: int
    session_id: str
    body: str


class Spool:
    """The line. Safe to share between threads and processes.

    Args:
        path: of the file; its folder is made. A file that is no spool is moved aside (``….broken``), as
            what cannot be read cannot be lost again, and a new one is begun.
        max_bytes: the file grows no larger; then ``put`` refuses.

    Raises:
        SpoolError: the folder or file cannot be made.
    """

    def __init__(self, path: Path, *, max_bytes: int = 256 * 2**20) -> None:
        self.path = path
        self._max_pages = max(16, max_bytes // PAGE_BYTES)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self.broken: Path | None = None
        with self._lock, self._named():
            self._open()

    def put(self, entries: Sequence[tuple[str, str]]) -> None:
        """Add ``(session_id, body)`` entries at the end: all of them, on disk, or none.

        Raises:
            SpoolFullError: there is no room.
            SpoolError: the file cannot be written.
        """
        with self._lock, self._named(), self._transaction() as connection:
            connection.executemany("INSERT INTO spool (session_id, body) VALUES (?, ?)", entries)

    def first(self, count: int) -> tuple[Entry, ...]:
        """The ``count`` entries that have waited longest, oldest first; they stay in the line.

        Raises:
            SpoolError: the file cannot be read.
        """
        with self._lock, self._named():
            rows = self._open().execute(
                "SELECT number, session_id, body FROM spool ORDER BY number LIMIT ?", (count,)
            )
            return tuple(Entry(*row) for row in rows.fetchall())

    def remove(self, up_to: int) -> None:
        """Take out every entry up to and with number ``up_to``.

        Raises:
            SpoolError: the file cannot be written.
        """
        with self._lock, self._named(), self._transaction() as connection:
            connection.execute("DELETE FROM spool WHERE number <= ?", (up_to,))

    def forget(self, session_id: str) -> int:
        """Take out every entry of one session; returns how many there were.

        Raises:
            SpoolError: the file cannot be written.
        """
        with self._lock, self._named(), self._transaction() as connection:
            return connection.execute("DELETE FROM spool WHERE session_id = ?", (session_id,)).rowcount

    def __len__(self) -> int:
        with self._lock, self._named():
            return int(self._open().execute("SELECT count(*) FROM spool").fetchone()[0])

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = self._prepared()
            except sqlite3.DatabaseError as error:
                # Busy, full or not allowed is no damage: the entries are still in there.
                if not getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
                    raise
                self._move_aside()
                self._connection = self._prepared()
        return self._connection

    def _prepared(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = WAL")
            # Written to the operating system at every commit, so no process's end loses any; only a power cut
            # may take the last moment. Waiting for the disk each time would be a hundred times slower.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA max_page_count = {self._max_pages}")
            # AUTOINCREMENT: numbers are never used twice, also not after the line was empty.
            connection.execute(
                "CREATE TABLE IF NOT EXISTS spool (number INTEGER PRIMARY KEY AUTOINCREMENT, "
                "session_id TEXT NOT NULL, body TEXT NOT NULL)"
            )
            connection.execute("SELECT number, session_id, body FROM spool LIMIT 1").fetchall()
        except BaseException:
            connection.close()
            raise
        return connection

    def _move_aside(self) -> None:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.broken-{number}")).exists():
            number += 1
        self.path.replace(aside)
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self.broken = aside

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled back already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            if name.startswith("SQLITE_FULL"):
                raise SpoolFullError(
                    f"Expected room in {self.path} (at most {self._max_pages * PAGE_BYTES:,} bytes). "
                    f"Received: {error}"
                ) from error
            damaged = name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_READONLY_DBMOVED"))
            if damaged and self._connection is not None:
                # The next use looks at the file anew.
                self._connection.close()
                self._connection = None
            raise SpoolError(f"Expected to read and write {self.path}. Received: {error}") from error
        except OSError as error:
            raise SpoolError(f"Expected to read and write {self.path}. Received: {error}") from error
