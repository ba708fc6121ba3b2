"""Finds a Chrome or Chromium for the browser tests, and fetches one where there is none.

``python -m scripts.browser`` prints the path of one that runs; what it does meanwhile goes to standard
error. It looks at ``ATTUNE_BROWSER`` and ``CHROME``, the usual names and places, then Playwright's own
download, then, as root on Debian, at the package ``chromium``. It never uses sudo.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from attune_settings import Program, load
from scripts.packages import can_install, fetch, install, tell

NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
MAC_APPS = ("Google Chrome", "Chromium")
DOWNLOAD_LIMIT_S = 300


def runs(path: str | Path) -> bool:
    """Whether that browser can say its version; a stub, or one without its libraries, cannot."""
    try:
        done = subprocess.run([str(path), "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"." in done.stdout


def _installed() -> Iterator[str]:
    if named := load(Program.TESTS).browser:
        yield shutil.which(named) or named
    for name in NAMES:
        if found := shutil.which(name):
            yield found
    for root in (Path("/Applications"), Path.home() / "Applications"):
        for app in MAC_APPS:
            yield str(root / f"{app}.app" / "Contents" / "MacOS" / app)


def _playwrights() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path or None


def find_browser() -> str | None:
    """Path of a browser that runs on this machine, or None; fetches nothing."""
    for candidate in _installed():
        if Path(candidate).is_file() and runs(candidate):
            return candidate
    own = _playwrights()
    return own if own is not None and Path(own).is_file() and runs(own) else None


def fetch_browser() -> str | None:
    """Fetches a browser and returns its path, or None when none could be had."""
    print("attune: No Chrome or Chromium here; fetching one for the tests.", file=sys.stderr)
    fetch([sys.executable, "-m", "playwright", "install", "chromium"], DOWNLOAD_LIMIT_S)
    if (found := find_browser()) is not None:
        return found
    if can_install():
        install("chromium")
    return find_browser()


def main() -> int:
    """Prints the path; 1 when there is no browser and none could be fetched."""
    return tell(find_browser, fetch_browser)


if __name__ == "__main__":
    sys.exit(main())
