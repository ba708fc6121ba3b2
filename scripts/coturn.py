"""Finds coturn, a TURN server, for the tests, and fetches it where there is none.

``python -m scripts.coturn`` prints its path; what it does meanwhile goes to standard error. It looks at the
path and where Debian and Homebrew keep it, then, as root on Debian, at the package ``coturn``. It never uses
sudo and starts no server.
"""

from __future__ import annotations

import sys
from typing import Final

from scripts.packages import Program

COTURN: Final = Program(
    name="coturn",
    command="turnserver",
    version="--version",
    places=("/usr/bin/turnserver", "/opt/homebrew/bin/turnserver", "/usr/local/bin/turnserver"),
    package="coturn",
)
find_coturn = COTURN.find

if __name__ == "__main__":
    sys.exit(COTURN.main())
