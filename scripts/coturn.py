"""Finds coturn, a TURN server, for the tests, and fetches it where there is none.

``python -m scripts.coturn`` prints its path; what it does meanwhile goes to standard error. It looks at the
path and where Debian and Homebrew keep it, then, as root on Debian, at the package ``coturn``. It never uses
sudo and starts no server.
"""

from __future__ import annotations

import shutil
import sys

from scripts.packages import can_install, install_quietly, tell, works

PLACES = ("/usr/bin/turnserver", "/opt/homebrew/bin/turnserver", "/usr/local/bin/turnserver")


def find_coturn() -> str | None:
    """The path of a coturn that runs, or None; fetches nothing."""
    places = (shutil.which("turnserver"), *PLACES)
    return next((place for place in places if place is not None and works(place, "--version")), None)


def fetch_coturn() -> str | None:
    """Fetches coturn and returns its path, or None when it could not be had."""
    print("attune: No coturn here; fetching it for the tests.", file=sys.stderr)
    if can_install():
        # The package would start a server of its own. The tests start theirs.
        install_quietly("coturn")
    return find_coturn()


def main() -> int:
    """Prints the path; 1 when there is no coturn and none could be fetched."""
    return tell(find_coturn, fetch_coturn)


if __name__ == "__main__":
    sys.exit(main())
