"""The site under test: PostgreSQL, replicas of the app, nginx before them, and what can be done to them.

Where PostgreSQL or nginx is not installed, the site is one server; where this user may not mount a file
system, its disk cannot be filled; where libfaketime is not installed, its clock cannot be moved. ``cannot``
says so.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.live import resident_mb
from bench.reliability.plan import Kind
from content.records.spool import Spool
from scripts.nginx import find_nginx
from tests.browser.conftest import AppServer, database_url, start_app, stop_app
from tests.browser.process import held
from tests.browser.proxies import nginx
from tests.postgres import start_postgres
from ui.live.device import assets

DISK_MB = 64
FAKETIME = "*/faketime/libfaketimeMT.so.1"
UNDER_FAKETIME = Path(__file__).with_name("under_faketime")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a server held at a moment.

    Attributes:
        at_s: seconds of the run.
        replica: its name.
        pid: of the process; one that was started again has another.
    """

    at_s: float
    replica: str
    pid: int
    resident_mb: float
    threads: int
    descriptors: int


@dataclass(slots=True)
class Replica:
    """One server of the site; ``logs`` is what its processes have said that are gone."""

    name: str
    folder: Path
    spool: Path
    server: AppServer | None = None
    logs: list[str] = field(default_factory=list)

    @property
    def clock(self) -> Path:
        """The file that says by how much this server's clock is moved."""
        return self.folder.with_suffix(".clock")


class Site:
    """Starts all of it; ``close`` ends all of it.

    Args:
        folder: empty.
        faults: whether the site is to be broken: its disk is a small one, and its clock can be moved.
    """

    def __init__(self, folder: Path, *, faults: bool) -> None:
        self.folder = folder
        self.cannot: dict[Kind, str] = {}
        self._stack = ExitStack()
        try:
            # A first start in a fresh checkout exports and compresses the networks for browsers; that is no
            # viewer's time.
            assets.load()
            self._disk = self._small_disk() if faults else self._folder("disk")
            self._faketime = self._find_faketime() if faults else None
            self.media = self._folder("disk", "media")
            self.postgres = start_postgres()
            if self.postgres is None:
                self.cannot[Kind.DATABASE] = "PostgreSQL is not installed, so the database is SQLite"
                self.database_url = database_url(folder)
            else:
                self._stack.callback(self.postgres.close)
                self.database_url = self.postgres.new_address()
            behind = self.postgres is not None and find_nginx() is not None
            self.replicas = [self._replica(name) for name in ("a", "b")[: 1 + behind]]
            for replica in self.replicas:
                self._stack.callback(self._end, replica)
                self.start(replica)
            urls = [replica.server.url for replica in self.replicas if replica.server is not None]
            url = self._stack.enter_context(nginx(folder / "nginx", *urls)) if behind else urls[0]
            self.port = int(url.rsplit(":", 1)[1])
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends what was started, in any state."""
        self._stack.close()

    def _folder(self, *names: str) -> Path:
        folder = self.folder.joinpath(*names)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _replica(self, name: str) -> Replica:
        return Replica(name, self.folder / f"app-{name}", self._folder("disk", f"spool-{name}"))

    # --- servers ---

    def start(self, replica: Replica) -> None:
        """Starts a server, or starts it again on its port.

        Raises:
            RuntimeError: it did not answer in time.
        """
        before = replica.server
        if before is not None:
            replica.logs.append(before.log)
        environ: dict[str, str | None] = {
            "DATABASE_URL": self.database_url,
            "ATTUNE_MEDIA_DIR": str(self.media),
            "ATTUNE_SPOOL_DIR": str(replica.spool),
            "ATTUNE_SITE": replica.name,
            "ATTUNE_READER": "device",
        }
        if self._faketime is not None:
            replica.clock.write_text("+0\n", encoding="ascii")
            environ |= {
                "LD_PRELOAD": str(self._faketime),
                "FAKETIME_TIMESTAMP_FILE": str(replica.clock),
                "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "PYTHONPATH": str(UNDER_FAKETIME),
            }
        port = before.port if before is not None else None
        replica.server = start_app(replica.folder, environ, port=port)

    def kill(self, replica: Replica) -> None:
        """Ends a server without warning."""
        if replica.server is not None:
            replica.server.process.kill()
            replica.server.process.wait()

    def freeze(self, replica: Replica) -> None:
        """Lets a server do nothing any more."""
        if replica.server is not None:
            replica.server.process.send_signal(signal.SIGSTOP)

    def thaw(self, replica: Replica) -> None:
        """Lets it go on."""
        if replica.server is not None:
            replica.server.process.send_signal(signal.SIGCONT)

    def _end(self, replica: Replica) -> None:
        self.thaw(replica)
        if replica.server is not None:
            stop_app(replica.server)

    def log_of(self, replica: Replica) -> str:
        """All that a server has said, whatever its process."""
        now = [replica.server.log] if replica.server is not None else []
        return "\n".join([*replica.logs, *now])

    def samples(self, at_s: float) -> list[Sample]:
        """What each server that runs holds now."""
        found = []
        for replica in self.replicas:
            pid = replica.server.process.pid if replica.server is not None else None
            with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                if pid is not None and (memory := resident_mb(pid)) is not None:
                    now = held(pid)
                    found.append(Sample(at_s, replica.name, pid, memory, now.threads, now.descriptors))
        return found

    # --- disk and clock ---

    def _small_disk(self) -> Path:
        disk = self._folder("disk")
        options = f"size={DISK_MB}m"
        mounted = os.geteuid() == 0 and _done("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk))
        if mounted:
            self._stack.callback(_done, "umount", "--lazy", str(disk))
        else:
            self.cannot[Kind.DISK] = "only root may mount a small disk"
        return disk

    def fill_disk(self) -> None:
        """Leaves no room where records wait and uploads lie."""
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def empty_disk(self) -> None:
        """Makes room again."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self._disk / "ballast"

    def _find_faketime(self) -> Path | None:
        found = next((p for root in ("/usr/lib", "/usr/local/lib") for p in Path(root).glob(FAKETIME)), None)
        if found is None:
            self.cannot[Kind.CLOCK] = "libfaketime is not installed (Debian: apt install libfaketime)"
        return found

    def move_clock(self, replica: Replica, by_s: float) -> None:
        """Moves the clock of a server, and of nothing else on this machine; 0 puts it right."""
        replica.clock.write_text(f"{by_s:+.0f}\n", encoding="ascii")

    # --- afterwards ---

    def waiting(self) -> int:
        """Records that wait on the disks of all servers."""
        count = 0
        for replica in self.replicas:
            for path in replica.spool.glob("*.db"):
                spool = Spool(path)
                count += len(spool)
                spool.close()
        return count

    def written_to(self) -> list[Path]:
        """Every folder that servers and database write to."""
        data = [self.postgres.folder] if self.postgres is not None else []
        return [self.folder, *data]

    def breaks(self) -> tuple[Kind, ...]:
        """The faults that can be made here."""
        return tuple(kind for kind in Kind if kind not in self.cannot)


def _done(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
