"""Finds nginx for the tests, and fetches it where there is none.

``python -m scripts.nginx`` prints its path; what it does meanwhile goes to standard error. It looks at the
path and where Debian and Homebrew keep it, then, as root on Debian, at the package ``nginx-light``. It never
uses sudo and starts no server.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from scripts.packages import can_install, install, tell

PLACES = ("/usr/sbin/nginx", "/opt/homebrew/bin/nginx", "/usr/local/bin/nginx")
NO_START = Path("/usr/sbin/policy-rc.d")


def find_nginx() -> str | None:
    """The path of an nginx that runs, or None; fetches nothing."""
    for place in (shutil.which("nginx"), *PLACES):
        if place is not None and Path(place).exists():
            try:
                subprocess.run([place, "-v"], capture_output=True, timeout=30, check=True)
            except (OSError, subprocess.SubprocessError):
                continue
            return place
    return None


def fetch_nginx() -> str | None:
    """Fetches nginx and returns its path, or None when it could not be had."""
    print("attune: No nginx here; fetching it for the tests.", file=sys.stderr)
    if can_install():
        # The package would start a server of its own. The tests start theirs.
        ours = not NO_START.exists()
        try:
            if ours:
                NO_START.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
                NO_START.chmod(0o755)
            install("nginx-light")
        except OSError as error:
            print(f"attune: {error}", file=sys.stderr)
        finally:
            if ours:
                NO_START.unlink(missing_ok=True)
    return find_nginx()


def main() -> int:
    """Prints the path; 1 when there is no nginx and none could be fetched."""
    return tell(find_nginx, fetch_nginx)


if __name__ == "__main__":
    sys.exit(main())
