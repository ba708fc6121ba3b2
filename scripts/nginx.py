"""Finds nginx for the tests, and fetches it where there is none.

``python -m scripts.nginx`` prints its path; what it does meanwhile goes to standard error. It looks at the
path and where Debian and Homebrew keep it, then, as root on Debian, at the package ``nginx-light``. It never
uses sudo and starts no server.
"""

from __future__ import annotations

import sys
from typing import Final

from scripts.packages import Program

NGINX: Final = Program(
    name="nginx",
    command="nginx",
    version="-v",
    places=("/usr/sbin/nginx", "/opt/homebrew/bin/nginx", "/usr/local/bin/nginx"),
    package="nginx-light",
)
find_nginx = NGINX.find

if __name__ == "__main__":
    sys.exit(NGINX.main())
