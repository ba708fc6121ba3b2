"""Finds a PostgreSQL server for the tests, and fetches one where there is none.

``python -m scripts.postgres`` prints the folder of ``initdb`` and ``postgres``; what it does meanwhile goes
to standard error. It looks at ``ATTUNE_POSTGRES``, the path, and where Debian and Homebrew keep them, then,
as root on Debian, at the package ``postgresql``. It never uses sudo and starts no server.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from attune_settings import Program, load
from scripts.packages import can_install, install, tell

PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
NO_SERVER_OF_DEBIANS = Path("/etc/postgresql-common/createcluster.d/attune.conf")


def _folders() -> Iterator[Path]:
    if named := load(Program.TESTS).postgres:
        yield named
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    for place in PLACES:
        folders = Path("/").glob(place.removeprefix("/"))
        yield from sorted(folders, key=_version, reverse=True)


def _version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.parent.name)]


def works(folder: Path) -> bool:
    """Whether both programs are there and run."""
    try:
        for name in ("initdb", "postgres"):
            subprocess.run([str(folder / name), "--version"], capture_output=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def find_programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres`` on this machine, or None; fetches nothing."""
    return next((folder for folder in _folders() if works(folder)), None)


def fetch_programs() -> Path | None:
    """Fetches a PostgreSQL server and returns its programs' folder, or None when none could be had."""
    print("attune: No PostgreSQL here; fetching it for the tests.", file=sys.stderr)
    if can_install():
        # The package would start a server of its own. The tests start theirs.
        try:
            NO_SERVER_OF_DEBIANS.parent.mkdir(parents=True, exist_ok=True)
            NO_SERVER_OF_DEBIANS.write_text("create_main_cluster = false\n", encoding="utf-8")
        except OSError as error:
            print(f"attune: {error}", file=sys.stderr)
        install("postgresql")
    return find_programs()


def main() -> int:
    """Prints the folder; 1 when there is no PostgreSQL and none could be fetched."""
    return tell(find_programs, fetch_programs)


if __name__ == "__main__":
    sys.exit(main())
