"""A coturn of the test's own, which takes passwords that end."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.coturn import find_coturn
from tests.required import missing

SECRET = "the secret of the turn server"
START_LIMIT_S = 20.0


def coturn_path() -> str:
    """A coturn of this machine; without one: a skip, or a failure by REQUIRE_COTURN=1."""
    path = find_coturn()
    if path is None:
        missing("COTURN", "No coturn is here: `make test` fetches one where it can")
    return path


@contextmanager
def coturn(folder: Path, address: str, port: int, before: Sequence[str] = ()) -> Iterator[None]:
    """Runs coturn on one address, over UDP alone.

    Args:
        folder: for its log.
        address: where it listens and relays.
        port: where it listens.
        before: a command that runs it, such as one that enters a network namespace.
    """
    log = folder / "coturn.log"
    arguments = [
        *("-n", "--no-cli", "--no-tls", "--no-dtls", "--no-tcp", "--log-file=stdout", "--simple-log"),
        *("--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=attune.test"),
        *(f"--listening-ip={address}", f"--relay-ip={address}", f"--listening-port={port}"),
        *("--allow-loopback-peers", f"--pidfile={folder / 'coturn.pid'}", f"--userdb={folder / 'turndb'}"),
    ]
    with log.open("wb") as out:
        process = subprocess.Popen([*before, coturn_path(), *arguments], stdout=out, stderr=out, cwd=folder)
    try:
        until_s = time.monotonic() + START_LIMIT_S
        while "Total General servers" not in (said := log.read_text(errors="replace")):
            if process.poll() is not None or time.monotonic() > until_s:
                raise RuntimeError(f"Expected coturn to listen on {address}:{port}. Received: {said[-2000:]}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)
