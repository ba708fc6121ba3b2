"""Whether the cluster reads for this process, and what all sessions of the process share of it.

While the cluster is away, sessions read in this process. One thread asks for it from time to time, by having
a small picture read, and ends when it is back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

import numpy as np

from emotion.cluster.connection import Connection
from emotion.cluster.wire import Answer, encode_picture
from emotion.errors import ClusterAwayError, ClusterError
from emotion.types import FaceReading

_log = logging.getLogger(__name__)

WAIT_S: Final = 0.2
"""A picture that is not answered in this time is given up: the newest one is read in its place."""
MOST_IN_FLIGHT: Final = 32
"""Pictures of one process that may be under way at once; one more is dropped. A session has one at most."""
LOST_AFTER, LOST_AFTER_S = 3, 2.0
"""After so many pictures in a row without an answer, and none answered for so long, the cluster is away."""
ASK_EVERY_S, ASK_AT_MOST_EVERY_S = 2.0, 32.0
"""The first is doubled each time that a cluster which came back is lost again within the second."""
ASK_WAIT_S: Final = 5.0


class PictureReader(Protocol):
    """One way to the cluster, for one thread; ``Connection`` is one."""

    def read(self, picture: bytes, within_s: float) -> Answer:
        """What the cluster reads from a picture; raises ``ClusterError``."""
        ...

    def close(self) -> None:
        """Ends it."""
        ...


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="emotion-cluster", daemon=True).start()


class ClusterService:
    """The cluster as one process sees it; for all threads.

    Asks for the cluster at once, in the background.

    Args:
        address: for the log, and for ``connect``.
        connect: opens a way to the cluster; left out, HTTP to ``address``.
        most_in_flight: see ``MOST_IN_FLIGHT``.
        wait_s: see ``WAIT_S``.
        clock: monotonic seconds.
        run: runs what asks for the cluster, without waiting for its end.
        pause: waits that many seconds.
    """

    def __init__(
        self,
        address: str,
        *,
        connect: Callable[[], PictureReader] | None = None,
        most_in_flight: int = MOST_IN_FLIGHT,
        wait_s: float = WAIT_S,
        clock: Callable[[], float] = time.monotonic,
        run: Callable[[Callable[[], None]], None] = _in_thread,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address = address
        self.connect: Callable[[], PictureReader] = connect or partial(Connection, address)
        self._wait_s, self._clock, self._run, self._pause = wait_s, clock, run, pause
        self._room = threading.BoundedSemaphore(most_in_flight)
        self._lock = threading.Lock()
        self._model_version: str | None = None
        self._failed, self._answered_at_s = 0, clock()
        self._pause_s, self._since_s = ASK_EVERY_S, clock()
        self._told = ""
        self._asked = threading.Event()
        run(self._ask)

    def wait_until_asked(self, at_most_s: float) -> None:
        """Waits until the cluster has been asked for the first time, whatever came of it."""
        self._asked.wait(at_most_s)

    def reads_with(self, model_version: str) -> bool:
        """Whether the cluster is there and reads with that model."""
        there = self._model_version
        if there is not None and there != model_version:
            self._tell(
                f"The cluster at {self.address} reads with {there}, this app with {model_version}: pictures "
                "are read in this process. `python -m emotion serve` puts this app's model on the cluster."
            )
        return there == model_version

    def read(self, way: PictureReader, picture: bytes) -> tuple[FaceReading, ...] | None:
        """Every face of a picture; None where it was dropped: too many at once, too late, or lost.

        Args:
            way: of the calling thread.
            picture: see ``emotion.cluster.wire.encode_picture``.
        """
        if not self._room.acquire(blocking=False):
            return None
        try:
            answer = way.read(picture, self._wait_s)
        except ClusterError as error:
            self._fail(error)
            return None
        finally:
            self._room.release()
        with self._lock:
            self._failed, self._answered_at_s = 0, self._clock()
            if self._model_version == answer.model_version:
                return answer.readings
            if self._model_version is not None:
                # Another model was put there meanwhile: who reads with it goes on with the next picture.
                self._model_version = answer.model_version
            return None

    def _fail(self, error: ClusterError) -> None:
        with self._lock:
            self._failed += 1
            silent_s = self._clock() - self._answered_at_s
            lost = isinstance(error, ClusterAwayError) or (
                self._failed >= LOST_AFTER and silent_s >= LOST_AFTER_S
            )
            if not lost or self._model_version is None:
                return
            self._model_version = None
            # A cluster that is too slow answers again when nobody uses it.
            brief = self._clock() - self._since_s < ASK_AT_MOST_EVERY_S
            self._pause_s = min(2 * self._pause_s, ASK_AT_MOST_EVERY_S) if brief else ASK_EVERY_S
        self._tell_away(error)
        self._run(self._ask_later)

    def _ask_later(self) -> None:
        self._pause(self._pause_s)
        self._ask()

    def _ask(self) -> None:
        """Asks until the cluster answers."""
        picture, _ = encode_picture(np.zeros((48, 64, 3), np.uint8))
        way = self.connect()
        while True:
            try:
                answer = way.read(picture, ASK_WAIT_S)
            except ClusterError as error:
                self._tell_away(error)
                self._asked.set()
                self._pause(ASK_EVERY_S)
            else:
                break
        way.close()
        with self._lock:
            self._model_version = answer.model_version
            self._failed, self._answered_at_s = 0, self._clock()
            self._since_s = self._clock()
        # Who was told that it is away is told that it is back, at the same level.
        level = logging.WARNING if self._told else logging.INFO
        self._tell(f"Pictures are read on the cluster at {self.address}.", level)
        self._asked.set()

    def _tell_away(self, error: ClusterError) -> None:
        self._tell(
            f"The cluster at {self.address} is away ({error}): pictures are read in this process until it "
            "is back."
        )

    def _tell(self, sentence: str, level: int = logging.WARNING) -> None:
        """Logs what has changed, once; reasons in brackets may change meanwhile."""
        gist = sentence.partition(" (")[0]
        with self._lock:
            told, self._told = self._told == gist, gist
        if not told:
            _log.log(level, "%s", sentence)
