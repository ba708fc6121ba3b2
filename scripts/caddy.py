"""Finds Caddy for the tests, and fetches it where there is none.

``python -m scripts.caddy`` prints its path; what it does meanwhile goes to standard error. It looks at the
path and where Homebrew keeps it, then, as root on Debian, at the package ``caddy``. It never uses sudo and
starts no server.
"""

from __future__ import annotations

import sys
from typing import Final

from scripts.packages import Program

CADDY: Final = Program(
    name="Caddy",
    command="caddy",
    version="version",
    places=("/usr/bin/caddy", "/opt/homebrew/bin/caddy", "/usr/local/bin/caddy"),
    package="caddy",
)
find_caddy = CADDY.find

if __name__ == "__main__":
    sys.exit(CADDY.main())
