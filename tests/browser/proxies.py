"""nginx and Caddy with the configurations that are shipped, on a port of the test's own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.caddy import find_caddy
from scripts.nginx import find_nginx
from tests.browser.conftest import ROOT, free_port
from tests.required import missing

NAME = "attune.localhost"
"""Browsers take every name under ``localhost`` for this machine; Streamlit does not know it as its own."""

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def nginx_path() -> str:
    """An nginx of this machine; without one: a skip, or a failure by REQUIRE_NGINX=1."""
    return _found(find_nginx(), "nginx")


def caddy_path() -> str:
    """A Caddy of this machine; without one: a skip, or a failure by REQUIRE_CADDY=1."""
    return _found(find_caddy(), "Caddy")


def _found(path: str | None, name: str) -> str:
    if path is None:
        missing(name.upper(), f"No {name} is here: `make test` fetches one where it can")
    return path


def shipped(name: str) -> str:
    """A file of ``deploy/`` as it is."""
    return (ROOT / "deploy" / name).read_text(encoding="utf-8")


def for_a_test(configuration: str, port: int, app_ports: Sequence[int], location: str = "/") -> str:
    """nginx's shipped configuration without TLS and with other ports; what the proxy passes on stays."""
    changed = re.sub(r"server \{\s*listen 80;.*?\n\}\n", "", configuration, flags=re.DOTALL)
    changed = changed.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    changed = re.sub(r"\s*ssl_certificate\S* .*?;", "", changed)
    changed = _other_ports(changed.replace("attune.example.org", NAME), app_ports)
    return changed.replace("location / {", f"location {location} {{")


def _other_ports(configuration: str, app_ports: Sequence[int]) -> str:
    for shipped_port, port in enumerate(app_ports, start=8501):
        configuration = configuration.replace(f":{shipped_port}", f":{port}")
    return configuration


def _port(url: str) -> int:
    return int(url.rsplit(":", 1)[1].split("/")[0])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def nginx(folder: Path, *app_urls: str, location: str = "/", without: str = "") -> Iterator[str]:
    """Runs nginx before the app, or before several.

    Args:
        folder: empty; its configuration, log and temporary files.
        app_urls: where the app answers, or where each replica does.
        location: the path that it serves.
        without: a line of the configuration that begins so is left out.

    Yields:
        The address of the site, without a path.
    """
    port = free_port()
    name = "nginx.conf" if len(app_urls) == 1 else "nginx-replicas.conf"
    site = for_a_test(shipped(name), port, [_port(url) for url in app_urls], location)
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
        f"events {{ worker_connections 4096; }}\n"
        f"http {{\naccess_log {folder / 'access.log'};\n{paths}{body}\n}}\n",
        encoding="utf-8",
    )
    with _running([nginx_path(), "-p", str(folder), "-c", str(file)], folder, port):
        yield f"http://{NAME}:{port}"


@contextmanager
def caddy(folder: Path, *app_urls: str) -> Iterator[str]:
    """Runs Caddy before two replicas of the app; arguments and what it yields as for ``nginx``."""
    port = free_port()
    site = _other_ports(shipped("Caddyfile"), [_port(url) for url in app_urls])
    folder.mkdir(parents=True)
    file = folder / "Caddyfile"
    # No certificate is asked for, and no other Caddy of this machine is told anything.
    file.write_text(
        "{\n\tadmin off\n\tauto_https off\n}\n"
        + site.replace("attune.example.org {", f"http://{NAME}:{port} {{\n\tbind 127.0.0.1"),
        encoding="utf-8",
    )
    command = [caddy_path(), "run", "--config", str(file), "--adapter", "caddyfile"]
    with _running(command, folder, port):
        yield f"http://{NAME}:{port}"


@contextmanager
def _running(command: Sequence[str], folder: Path, port: int) -> Iterator[None]:
    said = folder / "stderr"
    environ = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with said.open("wb") as stderr:
        process = subprocess.Popen(command, stderr=stderr, env=environ)
    try:
        while not _listens(port):
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended: {said.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)
