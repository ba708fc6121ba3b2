"""nginx with the configuration that is shipped, on a port of the test's own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.nginx import find_nginx
from tests.browser.conftest import ROOT, free_port

NAME = "attune.localhost"
"""Browsers take every name under ``localhost`` for this machine; Streamlit does not know it as its own."""

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def nginx_path() -> str:
    """An nginx of this machine; without one: a skip, or a failure by REQUIRE_NGINX=1."""
    path = find_nginx()
    if path is None:
        reason = "No nginx is here: `make test` fetches one where it can"
        if os.environ.get("REQUIRE_NGINX") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def shipped_configuration() -> str:
    """``deploy/nginx.conf`` as it is."""
    return (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")


def for_a_test(configuration: str, port: int, app_port: int, location: str = "/") -> str:
    """The shipped configuration without TLS and with other ports; what the proxy passes on stays."""
    changed = re.sub(r"server \{\s*listen 80;.*?\n\}\n", "", configuration, flags=re.DOTALL)
    changed = changed.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    changed = re.sub(r"\s*ssl_certificate\S* .*?;", "", changed)
    changed = changed.replace("attune.example.org", NAME).replace("127.0.0.1:8501", f"127.0.0.1:{app_port}")
    return changed.replace("location / {", f"location {location} {{")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def nginx(folder: Path, app_url: str, *, location: str = "/", without: str = "") -> Iterator[str]:
    """Runs nginx before the app.

    Args:
        folder: empty; its configuration, log and temporary files.
        app_url: where the app answers.
        location: the path that it serves.
        without: a line of the configuration that begins so is left out.

    Yields:
        The address of the site, without a path.
    """
    port = free_port()
    site = for_a_test(shipped_configuration(), port, int(app_url.rsplit(":", 1)[1].split("/")[0]), location)
    lines = site.splitlines()
    kept = [line for line in lines if not (without and line.strip().startswith(without))]
    assert len(kept) == len(lines) - bool(without)
    folder.mkdir(parents=True)
    paths = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in TEMPORARY)
    file = folder / "nginx.conf"
    body = "\n".join(kept)
    # As root nginx would give its workers to somebody who may not write into this folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    file.write_text(
        f"{user}daemon off;\npid {folder / 'pid'};\nerror_log {folder / 'error.log'};\n"
        f"events {{}}\nhttp {{\naccess_log {folder / 'access.log'};\n{paths}{body}\n}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [nginx_path(), "-p", str(folder), "-c", str(file)], stderr=(folder / "stderr").open("wb")
    )
    try:
        while not _listens(port):
            if process.poll() is not None:
                raise RuntimeError(f"nginx ended: {(folder / 'stderr').read_text(encoding='utf-8')}")
            time.sleep(0.05)
        yield f"http://{NAME}:{port}"
    finally:
        process.terminate()
        process.wait(20)
