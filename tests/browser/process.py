"""What a running server holds, as Linux counts it in ``/proc``."""

from __future__ import annotations

import os
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

KEPT_A_SESSION = 3
"""Descriptors of a session that Streamlit (1.67) keeps for two minutes after its page has gone."""


@dataclass(frozen=True, slots=True)
class Held:
    """Attributes:
    threads: running.
    descriptors: open files and sockets.
    sockets: of the descriptors.
    udp: of the sockets; each is a camera's connection.
    resident_mb: memory.
    """

    threads: int
    descriptors: int
    sockets: int
    udp: int
    resident_mb: int


def held(pid: int) -> Held:
    """What that process holds now."""
    process = Path(f"/proc/{pid}")
    open_files = []
    for link in (process / "fd").iterdir():
        try:
            open_files.append(str(link.readlink()))
        except FileNotFoundError:  # closed meanwhile
            continue
    sockets = {name[8:-1] for name in open_files if name.startswith("socket:[")}
    tables = ((process / "net" / name).read_text().splitlines()[1:] for name in ("udp", "udp6"))
    udp = {line.split()[9] for table in tables for line in table}
    resident = re.search(r"VmRSS:\s+(\d+) kB", (process / "status").read_text())
    return Held(
        threads=sum(1 for _ in (process / "task").iterdir()),
        descriptors=len(open_files),
        sockets=len(sockets),
        udp=len(sockets & udp),
        resident_mb=int(resident[1]) // 1024 if resident else 0,
    )


TELLS_THREADS = Path(__file__).with_name("tells_threads")
TELL_LIMIT_S = 60
_POOLED = re.compile("AnyIO worker thread|asyncio_")


def tells_threads(told: Path) -> dict[str, str]:
    """For the environment of a server whose ``pooled_threads`` are to be counted."""
    path = os.pathsep.join([str(TELLS_THREADS), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {"PYTHONPATH": path, "TELLS_THREADS_IN": str(told)}


def pooled_threads(pid: int, told: Path) -> int:
    """Threads that read files and the like for whoever asks, and stay for a while for the next one.

    Args:
        pid: of a server that was started with ``tells_threads``.
        told: the file that it was started with.

    Raises:
        TimeoutError: it does not answer.
    """
    told.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR1)
    until = time.monotonic() + TELL_LIMIT_S
    while not told.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"Expected process {pid} to name its threads. Received: nothing")
        time.sleep(0.02)
    return sum(1 for name in told.read_text(encoding="utf-8").splitlines() if _POOLED.match(name))
