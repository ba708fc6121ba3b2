"""Fetches what only tests need: by a command, or from Debian's packages where this runs as root.

It never uses sudo, and what it does goes to standard error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

INSTALL_LIMIT_S = 900
NO_START = Path("/usr/sbin/policy-rc.d")
"""While this file says no, Debian's packages start no service."""


def fetch(command: list[str], limit_s: float) -> bool:
    """Runs a command that fetches something; False when it failed or took too long."""
    print(f"attune: {' '.join(command)}", file=sys.stderr, flush=True)
    try:
        return (
            subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=limit_s, check=False
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"attune: {error}", file=sys.stderr)
        return False


def can_install() -> bool:
    """Whether Debian's packages can be installed from here: as root, where there is apt-get."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install(*packages: str) -> bool:
    """Installs packages of Debian; only where ``can_install``."""
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    fetch(["apt-get", "update"], INSTALL_LIMIT_S)
    return fetch(["apt-get", "install", "--yes", "--no-install-recommends", *packages], INSTALL_LIMIT_S)


def install_quietly(package: str) -> None:
    """Installs a package of Debian whose service must not be started; only where ``can_install``."""
    ours = not NO_START.exists()
    try:
        if ours:
            NO_START.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
            NO_START.chmod(0o755)
        install(package)
    except OSError as error:
        print(f"attune: {error}", file=sys.stderr)
    finally:
        if ours:
            NO_START.unlink(missing_ok=True)


def works(program: str, *arguments: str) -> bool:
    """Whether a program is there and runs."""
    try:
        subprocess.run([program, *arguments], capture_output=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def tell(find: Callable[[], str | Path | None], fetch: Callable[[], str | Path | None]) -> int:
    """Prints where something lies, fetched where it was not there; 1 when it could not be had."""
    found = find() or fetch()
    if found is None:
        return 1
    print(found)
    return 0


@dataclass(frozen=True, slots=True)
class Program:
    """A server that tests start themselves: found on this machine, or fetched from Debian's packages.

    Attributes:
        name: for people.
        command: as it is called.
        version: the argument with which it says its version and ends.
        places: where Debian and Homebrew keep it beside the path.
        package: of Debian; the server that it would start stays off.
    """

    name: str
    command: str
    version: str
    places: tuple[str, ...]
    package: str

    def find(self) -> str | None:
        """The path of one that runs, or None; fetches nothing."""
        places = (shutil.which(self.command), *self.places)
        return next((place for place in places if place is not None and works(place, self.version)), None)

    def fetch(self) -> str | None:
        """Fetches it and returns its path, or None when it could not be had."""
        print(f"attune: No {self.name} here; fetching it for the tests.", file=sys.stderr)
        if can_install():
            install_quietly(self.package)
        return self.find()

    def main(self) -> int:
        """Prints the path; 1 when there is none and none could be fetched."""
        return tell(self.find, self.fetch)
