"""What is said where Ray or its cluster is missing; without Ray."""

from __future__ import annotations

import os
import sys

import pytest

from emotion.cli import main
from emotion.cluster.join import join
from emotion.errors import ClusterError


class FakeRay:
    """Stands for the module ``ray``; keeps what ``init`` was told, or fails."""

    def __init__(self, error: Exception | None = None, *, is_initialized: bool = False) -> None:
        self.error = error
        self.is_initialized = lambda: is_initialized
        self.told: list[dict[str, object]] = []

    def init(self, **told: object) -> None:
        self.told.append(told)
        if self.error is not None:
            raise self.error


@pytest.fixture(autouse=True)
def _no_cluster_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_automatic_object_spilling_enabled", "0")


def test_a_cluster_that_is_started_here_writes_nothing_to_disk_and_reports_to_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("RAY_automatic_object_spilling_enabled", "RAY_USAGE_STATS_ENABLED"):
        monkeypatch.setenv(name, "1")  # so that it is as before after the test
        monkeypatch.delenv(name)
    ray = FakeRay()
    join(ray)
    assert ray.told[0]["address"] is None
    asked = {"RAY_automatic_object_spilling_enabled": "0", "RAY_USAGE_STATS_ENABLED": "0"}
    assert asked.items() <= os.environ.items()


def test_a_cluster_is_joined_at_its_address() -> None:
    ray = FakeRay()
    join(ray, "head:6379")
    assert ray.told[0]["address"] == "head:6379"


def test_who_has_joined_stays() -> None:
    ray = FakeRay(is_initialized=True)
    join(ray, "head:6379")
    assert ray.told == []


def test_an_address_without_a_cluster_is_told_in_one_line() -> None:
    ray = FakeRay(ConnectionError("Could not connect to head:1.\nMore lines."))
    with pytest.raises(ClusterError, match=r"cluster at head:1\. Received: Could not connect to head:1\.$"):
        join(ray, "head:1")


def test_without_ray_the_command_ends_with_one_line_that_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("Error: Expected Ray with ray[serve] (pip install -r requirements-scale.txt).")


def test_a_wrong_number_of_replicas_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTUNE_ANALYZER_REPLICAS", "8-1")
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 1
    assert "ATTUNE_ANALYZER_REPLICAS: Expected the least and the most" in capsys.readouterr().err
