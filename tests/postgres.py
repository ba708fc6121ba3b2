"""A PostgreSQL server of our own for tests and measurements: unprivileged, on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateSchema

from scripts.postgres import find_programs
from tests.required import missing

UNPRIVILEGED = ("postgres", "nobody")
START_LIMIT_S = 60.0
NOT_INSTALLED = (
    "PostgreSQL is not installed: the store was NOT tested on it (Debian: apt install postgresql, or name "
    "the folder of its programs in ATTUNE_POSTGRES)"
)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class PostgresServer:
    """Makes a server with a data folder of its own and starts it; ``close`` takes both away.

    Args:
        programs: folder of ``initdb`` and ``postgres``.

    Attributes:
        password: of its user, which no message may show.
        port: the one it listens on.
    """

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="attune-pg-", dir="/tmp"))
        self.password = secrets.token_hex(16)
        self._server: subprocess.Popen[bytes] | None = None
        self._user = None
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            known = {entry.pw_name for entry in pwd.getpwall()}
            self._user = next(name for name in UNPRIVILEGED if name in known)
            shutil.chown(self._folder, self._user)
        try:
            self._make()
            self.port = free_port()
            self.start()
        except BaseException:
            self.close()
            raise

    def _make(self) -> None:
        words = self._folder / "password"
        words.write_text(self.password, encoding="utf-8")
        words.chmod(0o600)
        if self._user:
            shutil.chown(words, self._user)
        options = ["-U", "attune", "-A", "scram-sha-256", f"--pwfile={words}"]
        options += ["-E", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run(
            [self._programs / "initdb", "-D", self._folder / "data", *options],
            check=True,
            capture_output=True,
            user=self._user,
            cwd=self._folder,
        )

    @property
    def folder(self) -> Path:
        """Where all its data are."""
        return self._folder

    @property
    def address(self) -> str:
        """The server's own database."""
        return f"postgresql+psycopg://attune:{self.password}@127.0.0.1:{self.port}/postgres"

    def new_address(self) -> str:
        """An empty database. (A schema of its own is as good, and made in no time.)"""
        schema = f"test_{uuid.uuid4().hex}"
        engine = create_engine(self.address)
        with engine.begin() as connection:
            connection.execute(CreateSchema(schema))
        engine.dispose()
        return f"{self.address}?options=-csearch_path%3D{schema}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = (f"port={self.port}", "listen_addresses=127.0.0.1", "fsync=off")
        self._server = subprocess.Popen(
            [self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder]
            + [part for setting in settings for part in ("-c", setting)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user,
            cwd=self._folder,
        )
        engine = create_engine(self.address)
        give_up_at_s = time.monotonic() + START_LIMIT_S
        while True:
            try:
                with engine.connect():
                    break
            except OperationalError:
                if self._server.poll() is not None or time.monotonic() > give_up_at_s:
                    raise
                time.sleep(0.1)
        engine.dispose()

    def stop(self, *, without_warning: bool = False) -> None:
        """End it at once, its clients' connections too; ``without_warning`` as a power cut would."""
        if self._server is None:
            return
        # SIGINT does not wait for clients, as SIGTERM does; SIGQUIT leaves a database to be recovered.
        self._server.send_signal(signal.SIGQUIT if without_warning else signal.SIGINT)
        self._server.wait(30)
        self._server = None

    def close(self) -> None:
        """End it and delete its data."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def start_postgres() -> PostgresServer | None:
    """A running server, or None where PostgreSQL is not installed."""
    programs = find_programs()
    return None if programs is None else PostgresServer(programs)


def postgres_for_test() -> PostgresServer:
    """A running server; without PostgreSQL the test is skipped, or fails by REQUIRE_POSTGRES=1."""
    server = start_postgres()
    if server is None:
        missing("POSTGRES", NOT_INSTALLED)
    return server
