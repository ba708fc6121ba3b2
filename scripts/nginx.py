"""Finds nginx for the tests, and fetches it where there is none.

``python -m scripts.nginx`` prints its path; what it does meanwhile goes to standard error. It looks at the
path and where Debian and Homebrew keep it, then, as root on Debian, at the package ``nginx-light``. It never
uses sudo and starts no server.
"""

from __future__ import annotations

import shutil
import sys

from scripts.packages import can_install, install_quietly, tell, works

PLACES = ("/usr/sbin/nginx", "/opt/homebrew/bin/nginx", "/usr/local/bin/nginx")


def find_nginx() -> str | None:
    """The path of an nginx that runs, or None; fetches nothing."""
    return next((p for p in (shutil.which("nginx"), *PLACES) if p is not None and works(p, "-v")), None)


def fetch_nginx() -> str | None:
    """Fetches nginx and returns its path, or None when it could not be had."""
    print("attune: No nginx here; fetching it for the tests.", file=sys.stderr)
    if can_install():
        # The package would start a server of its own. The tests start theirs.
        install_quietly("nginx-light")
    return find_nginx()


def main() -> int:
    """Prints the path; 1 when there is no nginx and none could be fetched."""
    return tell(find_nginx, fetch_nginx)


if __name__ == "__main__":
    sys.exit(main())
