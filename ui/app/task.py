"""Long work in the background: a thread with progress, remaining time and cancel. No Streamlit here."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from emotion.errors import MediaFileError
from ui.app.setup import IN_THE_LOG

_log = logging.getLogger(__name__)

Result = TypeVar("Result")
Cancelled = Callable[[], bool]
Progress = Callable[[float], None]

WAIT_STEP_S = 0.2
WANTED_EVERY_S = 2.0


class Stage(StrEnum):
    """Where a task stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """A task at one moment.

    Attributes:
        stage: where it stands.
        share: how much of the work is done, in [0, 1].
        left_s: estimate of the remaining time; None while too little is done to tell.
    """

    stage: Stage
    share: float
    left_s: float | None

    @property
    def is_over(self) -> bool:
        """Nothing more will happen."""
        return self.stage in (Stage.DONE, Stage.CANCELLED, Stage.FAILED)


class Task(Generic[Result]):
    """Work in its own thread, which starts at once.

    Args:
        work: gets ``cancelled()``, which it must call often, and ``progress(share)``; returns the result.
        failure: one sentence for the viewer if the error is not about the viewer's file.
        gate: acquired before the work begins, so that the machine does one such work at a time.
        wanted: called now and then; once it returns False (the viewer has left), the work is cancelled.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        work: Callable[[Cancelled, Progress], Result],
        failure: str,
        *,
        gate: threading.Semaphore | None = None,
        wanted: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failure = failure
        self._gate = gate or threading.Semaphore()
        self._wanted = wanted
        self._clock = clock
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._asked_at_s = clock()
        self._stage = Stage.WAITING
        self._began_s = clock()
        self._share = 0.0
        self._result: Result | None = None
        self._problem = ""
        self._thread = threading.Thread(target=self._run, args=(work,), name="video-task", daemon=True)
        self._thread.start()

    @property
    def result(self) -> Result | None:
        """The result of the work, once it is done."""
        with self._lock:
            return self._result

    @property
    def problem(self) -> str:
        """Why it failed, in words for the viewer; empty unless it did."""
        with self._lock:
            return self._problem

    def status(self) -> TaskStatus:
        """Where it stands now."""
        with self._lock:
            took_s = self._clock() - self._began_s
            told = self._stage is Stage.RUNNING and self._share >= 0.02 and took_s >= 1
            left_s = took_s / self._share * (1 - self._share) if told else None
            return TaskStatus(self._stage, self._share, left_s)

    def cancel(self) -> None:
        """Asks the work to end; returns at once."""
        self._stop.set()

    def join(self, timeout_s: float) -> None:
        """Waits for the end."""
        self._thread.join(timeout_s)

    def _cancelled(self) -> bool:
        now_s = self._clock()
        if now_s - self._asked_at_s >= WANTED_EVERY_S:
            self._asked_at_s = now_s
            if not self._wanted():
                self._stop.set()
        return self._stop.is_set()

    def _progress(self, share: float) -> None:
        with self._lock:
            self._share = min(1.0, max(self._share, share))

    def _run(self, work: Callable[[Cancelled, Progress], Result]) -> None:
        while not self._gate.acquire(timeout=WAIT_STEP_S):
            if self._cancelled():
                self._end(Stage.CANCELLED)
                return
        try:
            with self._lock:
                self._stage, self._began_s = Stage.RUNNING, self._clock()
            result = work(self._cancelled, self._progress)
        # Whatever a viewer's file causes, the page must report it and go on.
        except Exception as error:  # noqa: BLE001
            # Viewers read what is wrong with their own file. Everything else only the operator can mend.
            if isinstance(error, MediaFileError):
                problem = error.page_words
            else:
                _log.error("%s", self._failure, exc_info=error)
                problem = f"{self._failure} {IN_THE_LOG}"
            self._end(Stage.FAILED, problem=problem)
        else:
            if self._stop.is_set():
                self._end(Stage.CANCELLED)
            else:
                self._end(Stage.DONE, result)
        finally:
            self._gate.release()

    def _end(self, stage: Stage, result: Result | None = None, problem: str = "") -> None:
        with self._lock:
            self._stage, self._result, self._problem = stage, result, problem
            if stage is Stage.DONE:
                self._share = 1.0
