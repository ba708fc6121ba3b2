"""What is shipped for an operator's machines; the proxies' configurations run in tests/browser."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit import config

from attune_settings import Program, load, unknown_variables
from tests.required import missing

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"


def unit(name: str) -> list[str]:
    """The values of a key of the service, in order."""
    return re.findall(
        rf"^{name}=(.*)$", (DEPLOY / "attune@.service").read_text(encoding="utf-8"), re.MULTILINE
    )


def environment() -> dict[str, str]:
    """The variables of the environment file, those that are commented out too."""
    text = (DEPLOY / "attune.env").read_text(encoding="utf-8")
    return dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_the_service_starts_what_is_there_with_options_that_are_known() -> None:
    (command,) = unit("ExecStart")
    program, *arguments = shlex.split(command.replace("%i", "8501"))
    assert program == "/opt/attune/.venv/bin/python"
    assert arguments[:3] == ["-m", "streamlit", "run"]
    assert (ROOT / arguments[3]).is_file()
    options = [one.removeprefix("--") for one in arguments if one.startswith("--")]
    assert options == ["server.address", "server.port"]
    assert set(options) <= set(config.get_config_options())


def test_systemd_finds_nothing_to_say_about_the_service(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        missing(
            "SYSTEMD", "systemd is not here, so the service was NOT checked (Debian: apt install systemd)"
        )
    text = (DEPLOY / "attune@.service").read_text(encoding="utf-8")
    path = tmp_path / "attune@8501.service"
    # That a program of the service is there is looked at, too.
    path.write_text(text.replace("/opt/attune/.venv/bin/python", sys.executable), encoding="utf-8")
    done = subprocess.run([program, "verify", "--man=no", path], capture_output=True, text=True, check=False)
    # A key that it does not know is told and left out, and is no failure.
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_environment_file_has_settings_that_are_known_and_right() -> None:
    given = environment() | dict(one.split("=", 1) for one in unit("Environment"))
    assert unknown_variables(given) == ()
    settings = load(Program.APP, {name: value for name, value in given.items() if name != "ATTUNE_MEDIA_URL"})
    assert settings.database_url.startswith("postgresql+psycopg://")


@pytest.fixture
def update(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``deploy/update.sh`` where each program says what it is asked, and one port never answers."""
    stubs = {
        "systemctl": 'echo "$@"',
        "curl": 'for last; do :; done; case $last in *:8502/*) exit 22;; esac; echo "asks ${last#http://}"',
        "sleep": "",
    }
    for name, body in stubs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)

    def run(*ports: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", DEPLOY / "update.sh", *ports],
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_an_update_takes_one_replica_after_the_other(
    update: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = update("8501", "8503")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "restart attune@8501",
        "asks 127.0.0.1:8501/_stcore/health",
        "attune@8501 answers.",
        "restart attune@8503",
        "asks 127.0.0.1:8503/_stcore/health",
        "attune@8503 answers.",
    ]


def test_an_update_stops_at_a_replica_that_does_not_answer(
    update: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = update("8502", "8501")
    assert done.returncode == 1
    assert "attune@8502 does not answer" in done.stderr
    assert "restart attune@8501" not in done.stdout
