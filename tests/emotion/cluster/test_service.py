"""When a process reads on the cluster, what it drops, and what it says about it; without a cluster."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from emotion.cluster.service import ASK_EVERY_S, ClusterService
from emotion.cluster.wire import Answer
from emotion.errors import ClusterAwayError, ClusterError
from tests.fakes import FakeCluster, a_reading

AWAY, LATE = ClusterAwayError("connection refused"), ClusterError("no answer in 0.2 s")
FACE = Answer("fake@1", (a_reading(),))
OTHER = Answer("other@1", (a_reading(),))


class House:
    """A service whose work in the background runs when the test says so, on a clock of the test's."""

    def __init__(self, *script: Answer | Exception, most_in_flight: int = 32) -> None:
        self.cluster = FakeCluster(*script)
        self.now_s = 0.0
        self.pauses: list[float] = []
        self.works: list[Callable[[], None]] = []
        self.service = ClusterService(
            "ray://there:8000",
            connect=lambda: self.cluster,
            most_in_flight=most_in_flight,
            clock=lambda: self.now_s,
            run=self.works.append,
            pause=self.pauses.append,
        )

    def work(self) -> None:
        self.works.pop(0)()

    def read(self) -> object:
        return self.service.read(self.cluster, b"picture")

    @property
    def is_used(self) -> bool:
        return self.service.reads_with("fake@1")


def used(*script: Answer | Exception, **options: int) -> House:
    """A service whose cluster was there at once."""
    house = House(FACE, *script, **options)
    house.work()
    assert house.is_used
    return house


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


@pytest.fixture(autouse=True)
def _hear(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "emotion.cluster.service")


def test_the_cluster_is_used_when_it_has_read_a_picture(caplog: pytest.LogCaptureFixture) -> None:
    house = House(FACE)
    assert not house.is_used
    house.work()
    assert house.is_used and not house.works and not house.pauses
    assert len(house.cluster.seen) == house.cluster.closed == 1
    assert house.read() == FACE.readings
    assert said(caplog) == ["Pictures are read on the cluster at ray://there:8000."]
    assert caplog.records[0].levelno == logging.INFO


def test_a_cluster_that_is_away_at_start_is_asked_until_it_is_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = House(AWAY, AWAY, LATE, FACE)
    house.work()
    assert house.is_used and house.pauses == [ASK_EVERY_S] * 3
    away, there = said(caplog)  # each is told once, though the reason has changed
    assert away.startswith(
        "The cluster at ray://there:8000 is away (connection refused): pictures are read in"
    )
    assert there == "Pictures are read on the cluster at ray://there:8000."
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_a_cluster_that_refuses_connections_is_away_at_once_and_comes_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = used(AWAY, AWAY, FACE)
    house.now_s = 3600.0
    assert house.read() is None
    assert not house.is_used and len(house.works) == 1
    caplog.clear()
    house.work()
    assert house.is_used and house.pauses == [ASK_EVERY_S] * 2
    assert said(caplog) == ["Pictures are read on the cluster at ray://there:8000."]


def test_many_sessions_that_find_it_away_start_one_search() -> None:
    house = used(AWAY)
    for _ in range(5):
        house.read()
    assert len(house.works) == 1


def test_a_cluster_that_comes_and_goes_is_asked_less_and_less_often() -> None:
    house = used(AWAY, FACE, AWAY, FACE, AWAY, FACE, AWAY, FACE, AWAY, FACE, AWAY, FACE)
    for _ in range(5):
        house.read()
        house.work()
    assert house.pauses == [4, 8, 16, 32, 32]
    house.now_s = 3600.0
    house.read()
    house.work()
    assert house.pauses[-1] == ASK_EVERY_S


def test_lost_pictures_are_dropped_and_the_cluster_is_used_further() -> None:
    house = used(LATE, LATE, LATE, LATE, FACE)
    house.now_s = 1.9
    assert [house.read() for _ in range(5)] == [None, None, None, None, FACE.readings]
    assert house.is_used


def test_a_cluster_that_answers_nothing_for_two_seconds_is_away() -> None:
    house = used(LATE)
    for house.now_s in (0.5, 1.0, 1.5):
        house.read()
        assert house.is_used
    house.now_s = 2.0
    house.read()
    assert not house.is_used


def test_two_lost_pictures_after_a_pause_do_not_make_it_away() -> None:
    """Nobody sent anything for an hour; then a replica ends with two pictures."""
    house = used(LATE, LATE, FACE)
    house.now_s = 3600.0
    assert [house.read(), house.read(), house.read()] == [None, None, FACE.readings]
    assert house.is_used


def test_pictures_beyond_what_one_process_may_have_under_way_are_dropped() -> None:
    house = used(FACE, most_in_flight=2)
    house.cluster.gate.clear()
    threads = [threading.Thread(target=house.read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(3):  # the first was the question whether it is there
        assert house.cluster.entered.acquire(timeout=30)
    assert house.read() is None, "dropped without being sent"
    assert len(house.cluster.seen) == 3
    house.cluster.gate.set()
    for thread in threads:
        thread.join()
    assert house.read() == FACE.readings, "there is room again"


def test_room_is_given_back_for_lost_pictures() -> None:
    house = used(LATE, LATE, FACE, most_in_flight=1)
    assert [house.read(), house.read(), house.read()] == [None, None, FACE.readings]


def test_a_cluster_with_another_model_is_not_used_and_that_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = House(OTHER)
    house.work()
    caplog.clear()
    assert not house.is_used and not house.is_used
    assert len(said(caplog)) == 1 and "reads with other@1, this app with fake@1" in said(caplog)[0]
    assert house.service.reads_with("other@1")


def test_a_model_that_was_changed_meanwhile_gives_no_reading_under_the_old_name() -> None:
    house = used(OTHER)
    assert house.read() is None
    assert not house.is_used and house.service.reads_with("other@1")


def test_sessions_can_wait_for_the_first_answer() -> None:
    house = House(FACE)
    thread = threading.Thread(target=house.work)
    thread.start()
    house.service.wait_until_asked(30)
    assert house.is_used
    thread.join()


def test_without_more_it_asks_in_a_thread_that_ends() -> None:
    cluster = FakeCluster(FACE)
    service = ClusterService("ray://there:8000", connect=lambda: cluster)
    service.wait_until_asked(30)
    assert service.reads_with("fake@1")
    for thread in threading.enumerate():
        if thread.name == "emotion-cluster":
            thread.join(30)
            assert not thread.is_alive()
