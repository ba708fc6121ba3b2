"""What is done beside the pages: whatever runs for a viewer who has left ends, and its memory is given back.

Streamlit keeps the session of a closed page for two minutes, in case its browser comes back, and tells nobody
that it has gone. A camera's connection would go on until its own time-outs. And what a session leaves behind
refers to itself in circles, so that it stays, sockets and memory with it, until a garbage collection; those
are rare here, because they hold up the video (see ``emotion.live.settle_memory``). So one thread looks once a
second whether what was begun is still needed, and collects some seconds after something ended, while no
camera runs.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from streamlit import runtime

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
SETTLED_S = 4.0
"""From the end of something to the collection: threads and connections take a moment to close."""

SESSION_KEPT_S = 120.0
"""For so long Streamlit (1.67) keeps the session of a page that is gone."""

LATEST_S = 300.0
"""While cameras run without a pause, a collection waits for no longer than this."""


FEW_HEAPS, _M_ARENA_MAX = 2, -8
OWN_PLACE_BYTES, _M_MMAP_THRESHOLD = 1 << 20, -3
SPARE_BYTES, _M_TRIM_THRESHOLD = 4 << 20, -1


@dataclass(frozen=True, slots=True)
class _Begun:
    """Something that runs for one viewer."""

    needed: Callable[[], bool]
    leave: Callable[[], None]
    is_stream: bool


class Housekeeper:
    """Ends what is not needed any more and gives its memory back.

    Args:
        clean: gives memory back.
        clock: monotonic seconds.
    """

    def __init__(self, clean: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._clean = clean
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: list[_Begun] = []
        self._due_s: list[float] = []
        self._thread: threading.Thread | None = None

    def watch(
        self, needed: Callable[[], bool], leave: Callable[[], None], *, is_stream: bool = False
    ) -> None:
        """Calls ``leave`` once, in a thread of its own, when ``needed`` is False.

        Args:
            needed: quick, and asked once a second.
            leave: ends what was begun; may take some seconds.
            is_stream: it is a camera's, so that no collection should fall into it.
        """
        with self._lock:
            self._begun.append(_Begun(needed, leave, is_stream))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
                self._thread.start()

    def look(self) -> bool:
        """Looks once; returns whether there is anything left to wait for."""
        now_s = self._clock()
        with self._lock:
            over = [begun for begun in self._begun if not begun.needed()]
            self._begun = [begun for begun in self._begun if begun not in over]
            streams = any(begun.is_stream for begun in self._begun)
        for begun in over:
            try:
                begun.leave()
            # The next one has to end all the same.
            except Exception:  # noqa: BLE001
                _log.exception("Something that ran for a viewer who has left could not be ended")
        if over:
            self._due_s += [now_s + SETTLED_S, now_s + SESSION_KEPT_S + SETTLED_S]
        due = [at_s for at_s in self._due_s if at_s <= now_s]
        if due and (not streams or now_s - min(due) >= LATEST_S):
            self._due_s = [at_s for at_s in self._due_s if at_s > now_s]
            self._clean()
        with self._lock:
            if self._begun or self._due_s:
                return True
            self._thread = None
            return False

    def _run(self) -> None:
        while self.look():
            time.sleep(LOOK_EVERY_S)


def keep_heaps_small() -> None:
    """Sets how this process gets its memory, where the system is Linux with glibc.

    By itself glibc gives threads heaps of their own, up to eight for each core, and once a large block was
    freed, it puts blocks of up to 32 MB into its heaps. What a camera needs then lies among small things that
    stay, and leaves holes that nothing fits: the process grows with each visit. So all threads share two
    heaps, and a block of a megabyte or more has a place of its own, which goes back to the system.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(_M_ARENA_MAX, FEW_HEAPS)
        tune(_M_MMAP_THRESHOLD, OWN_PLACE_BYTES)
        # Setting the one stops glibc from choosing the other, and its first choice is small.
        tune(_M_TRIM_THRESHOLD, SPARE_BYTES)


def give_back() -> None:
    """Forgets expired sessions, collects garbage, and returns free memory to the system where it can."""
    _forget_expired_sessions()
    gc.collect()
    # glibc keeps what was freed in the middle of its heaps: 120 MB after ten cameras.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _forget_expired_sessions() -> None:
    """Sessions whose time is over go now; Streamlit (1.67) lets go of them when the next one leaves."""
    if not runtime.exists():
        return
    server: Any = runtime.get_instance()
    try:
        stored, loop = server._session_mgr._session_storage._cache, server._get_async_objs().eventloop
    except AttributeError as error:
        _log.warning("Expected the session storage of Streamlit 1.67. Received: %s", error)
        return
    done = threading.Event()

    def expire() -> None:
        stored.expire()
        done.set()

    # Only the server's own thread may touch it.
    loop.call_soon_threadsafe(expire)
    done.wait(5)


housekeeper = Housekeeper(give_back)
"""The process's own."""
