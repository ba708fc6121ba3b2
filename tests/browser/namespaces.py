"""A browser's network and a server's, with a TURN server between them and no other way for UDP.

Three network namespaces in a row, browser – middle – server, and the middle passes no packet on. The page
itself comes over a Unix socket, which knows no namespaces.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.required import missing

MIDDLE: str = "10.219.0.1"
"""The address in the middle that both sides reach."""

FORWARD = Path(__file__).with_name("forward.py")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def into(namespace: str) -> tuple[str, ...]:
    """A command that runs another one in that namespace."""
    return ("ip", "netns", "exec", namespace)


@dataclass(frozen=True, slots=True)
class Networks:
    """The names of the three namespaces."""

    browser: str
    middle: str
    server: str


@contextmanager
def networks() -> Iterator[Networks]:
    """Makes them; they go again with all that is in them. Without root or ``ip``: see ``missing``."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        missing(
            "COTURN",
            "Network namespaces need root and the program ip (Debian: iproute2): TURN was NOT tested",
        )
    names = Networks(*(f"attune-{os.getpid()}-{side}" for side in ("browser", "middle", "server")))
    with ExitStack() as made:
        for name in (names.middle, names.browser, names.server):
            _ip("netns", "add", name)
            made.callback(_ip, "netns", "del", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", names.middle, "addr", "add", f"{MIDDLE}/32", "dev", "lo")
        for number, name in enumerate((names.browser, names.server), 1):
            cable = (f"to{number}", "type", "veth", "peer", "name", "out", "netns", name)
            _ip("-n", names.middle, "link", "add", *cable)
            for namespace, device, host in ((names.middle, f"to{number}", 1), (name, "out", 2)):
                _ip("-n", namespace, "addr", "add", f"10.219.{number}.{host}/30", "dev", device)
                # An IPv6 address that comes a second or two later ends every request that Chromium has
                # open then (ERR_NETWORK_CHANGED), and a page without one of its scripts stays empty.
                _ip("-n", namespace, "link", "set", device, "addrgenmode", "none")
                _ip("-n", namespace, "link", "set", device, "up")
            _ip("-n", name, "route", "add", MIDDLE, "via", f"10.219.{number}.1")
        yield names


@contextmanager
def passed_on(port: int, folder: Path, names: Networks) -> Iterator[None]:
    """The server's port answers in the browser's namespace and outside of them all too."""
    socket = f"unix:{folder / 'page.sock'}"
    ways = (
        (into(names.server), socket, f"tcp:{port}"),
        (into(names.browser), f"tcp:{port}", socket),
        ((), f"tcp:{port}", socket),
    )
    running = [subprocess.Popen([*where, sys.executable, str(FORWARD), a, b]) for where, a, b in ways]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
            process.wait(20)
