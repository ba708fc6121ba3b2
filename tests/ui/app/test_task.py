"""Long work beside the page: progress, time left, cancel, failure, and a viewer who goes."""

from __future__ import annotations

import threading

import pytest

from emotion.errors import ModelError, VideoError
from ui.app.setup import IN_THE_LOG
from ui.app.task import Stage, Task

LIMIT_S = 10.0


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Steps:
    """Work that waits for the test at every step."""

    def __init__(self, steps: int = 4) -> None:
        self.steps = steps
        self.go = threading.Semaphore(0)
        self.reached = threading.Semaphore(0)

    def __call__(self, cancelled, progress) -> int:
        for n in range(self.steps):
            assert self.go.acquire(timeout=LIMIT_S)
            if cancelled():
                return -1
            progress((n + 1) / self.steps)
            self.reached.release()
        return self.steps

    def step(self) -> None:
        self.go.release()
        assert self.reached.acquire(timeout=LIMIT_S)


def test_work_tells_its_progress_and_the_time_left() -> None:
    clock, work = Clock(), Steps()
    task = Task(work, "Failed.", clock=clock)
    work.step()
    assert task.status().left_s is None, "nothing can be said after no time"
    clock.now_s = 10.0
    status = task.status()
    assert (status.stage, status.share) == (Stage.RUNNING, 0.25)
    assert status.left_s == pytest.approx(30.0)
    for _ in range(3):
        work.step()
    task.join(LIMIT_S)
    assert task.status().stage is Stage.DONE
    assert task.result == 4


def test_cancelled_work_leaves_no_result() -> None:
    work = Steps()
    task = Task(work, "Failed.")
    work.step()
    task.cancel()
    work.go.release()
    task.join(LIMIT_S)
    assert task.status().stage is Stage.CANCELLED
    assert task.result is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (VideoError("Expected a video. Received: a text file.", "It is a text file."), "It is a text file."),
        (RuntimeError("secret path"), f"It failed. {IN_THE_LOG}"),
        (ModelError("Expected a model at /secret/path. Received: none."), f"It failed. {IN_THE_LOG}"),
    ],
)
def test_failed_work_says_why_in_words_for_the_viewer(
    error: Exception, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    def work(cancelled, progress) -> None:
        raise error

    task = Task(work, "It failed.")
    task.join(LIMIT_S)
    assert task.status().stage is Stage.FAILED
    assert words in task.problem
    assert "secret" not in task.problem
    assert ("secret" in caplog.text) == ("secret" in str(error))


def test_one_work_at_a_time_and_a_waiting_one_can_be_cancelled() -> None:
    gate, first = threading.Semaphore(), Steps(1)
    busy = Task(first, "Failed.", gate=gate)
    while busy.status().stage is Stage.WAITING:
        busy.join(0.01)
    waiting, cancelled = Task(Steps(0), "Failed.", gate=gate), Task(Steps(0), "Failed.", gate=gate)
    assert waiting.status().stage is Stage.WAITING
    cancelled.cancel()
    cancelled.join(LIMIT_S)
    assert cancelled.status().stage is Stage.CANCELLED
    first.step()
    waiting.join(LIMIT_S)
    assert waiting.status().stage is Stage.DONE


def test_failed_work_opens_the_gate_again() -> None:
    gate = threading.Semaphore()
    Task(lambda c, p: 1 / 0, "Failed.", gate=gate).join(LIMIT_S)
    after = Task(Steps(0), "Failed.", gate=gate)
    after.join(LIMIT_S)
    assert after.status().stage is Stage.DONE


def test_work_ends_when_the_viewer_has_gone() -> None:
    clock, work, here = Clock(), Steps(), [True]
    task = Task(work, "Failed.", wanted=lambda: here[0], clock=clock)
    work.step()
    here[0] = False
    clock.now_s = 5.0
    work.go.release()
    task.join(LIMIT_S)
    assert task.status().stage is Stage.CANCELLED
