"""Finds Caddy for the tests, and fetches it where there is none.

``python -m scripts.caddy`` prints its path; what it does meanwhile goes to standard error. It looks at the
path and where Homebrew keeps it, then, as root on Debian, at the package ``caddy``. It never uses sudo and
starts no server.
"""

from __future__ import annotations

import shutil
import sys

from scripts.packages import can_install, install_quietly, tell, works

PLACES = ("/usr/bin/caddy", "/opt/homebrew/bin/caddy", "/usr/local/bin/caddy")


def find_caddy() -> str | None:
    """The path of a Caddy that runs, or None; fetches nothing."""
    return next((p for p in (shutil.which("caddy"), *PLACES) if p is not None and works(p, "version")), None)


def fetch_caddy() -> str | None:
    """Fetches Caddy and returns its path, or None when it could not be had."""
    print("attune: No Caddy here; fetching it for the tests.", file=sys.stderr)
    if can_install():
        # The package would start a server of its own. The tests start theirs.
        install_quietly("caddy")
    return find_caddy()


def main() -> int:
    """Prints the path; 1 when there is no Caddy and none could be fetched."""
    return tell(find_caddy, fetch_caddy)


if __name__ == "__main__":
    sys.exit(main())
