"""Hearing of each change of the catalog at once, whichever process made it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Engine

from content.database import can_listen, listening
from content.errors import DatabaseError

LOOK_S = 0.5
"""So often it is looked whether to end; the database is asked nothing meanwhile."""

AGAIN_S = 1.0
"""From a lost connection to the next try."""

_log = logging.getLogger(__name__)


class Changes:
    """A thread that listens to the database and says when the catalog has changed.

    It listens on a connection of its own. If that is lost it connects again, and says so as if the catalog
    had changed, as nobody knows what was missed.

    Args:
        engine: of the catalog's database. Where it cannot tell (SQLite), nothing runs.
        changed: called in this thread, and must not raise.
    """

    def __init__(self, engine: Engine, changed: Callable[[], object]) -> None:
        self._engine = engine
        self._changed = changed
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_on = False

    @property
    def is_on(self) -> bool:
        """While True no change is missed, so nobody has to ask for one."""
        return self._is_on

    def begin(self) -> None:
        """Starts to listen. May be called again, and returns at once."""
        with self._lock:
            if self._thread is None and can_listen(self._engine) and not self._ending.is_set():
                self._thread = threading.Thread(target=self._run, name="attune-changes", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Ends the thread and its connection. May be called again."""
        self._ending.set()
        with self._lock:
            if self._thread is not None:
                self._thread.join()

    def _run(self) -> None:
        lost = ""
        while not self._ending.is_set():
            try:
                self._listen()
            except DatabaseError as error:
                self._is_on = False
                if lost != str(error):
                    _log.warning("Edits of the catalog are looked for every second: %s", error)
                lost = str(error)
                self._ending.wait(AGAIN_S)
        self._is_on = False

    def _listen(self) -> None:
        with listening(self._engine) as told:
            # What changed before this moment is read now, what changes after it is told.
            self._changed()
            self._is_on = True
            while not self._ending.is_set():
                if told(LOOK_S):
                    self._changed()
