"""How many viewers this process takes at a time, and the line of those who wait for a place.

A place is asked for once the camera was agreed to or the demo was chosen. Who leaves gives theirs to whoever
has waited longest, and that page is woken over its live socket; nobody has to ask again and again.
"""

from __future__ import annotations

import threading
from functools import cache

from attune_settings import settings
from ui.live.link import Link


class Admission:
    """Places and the line before them, by the pages' links. Any thread may call any method.

    Args:
        most: viewers at a time; 0 for as many as come, and then nobody is counted.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._inside: set[Link] = set()
        # In their order, with how many are before each.
        self._waiting: dict[Link, int] = {}

    def ask(self, link: Link, *, ahead: bool = False) -> bool:
        """Whether the page has a place. If there is none, it waits in line; it may ask again at any time.

        Args:
            link: of the page.
            ahead: its viewer was inside just before, so they come before those who were not yet.
        """
        with self._lock:
            if not self._most or link in self._inside:
                return True
            if not self._waiting and len(self._inside) < self._most:
                self._inside.add(link)
                return True
            if link not in self._waiting:
                self._line_up((link, *self._waiting) if ahead else (*self._waiting, link))
            return False

    def before(self, link: Link) -> int | None:
        """How many wait before that page; None where it does not wait."""
        with self._lock:
            return self._waiting.get(link)

    def has_place(self, link: Link) -> bool:
        """Whether the page has a place now; does not ask for one."""
        with self._lock:
            return not self._most or link in self._inside

    def leave(self, link: Link) -> None:
        """Gives the page's place, or its place in line, to the next. May be called again."""
        with self._lock:
            self._inside.discard(link)
            if link in self._waiting:
                self._line_up(tuple(one for one in self._waiting if one is not link))
            line = tuple(self._waiting)
            called = line[: max(0, self._most - len(self._inside))]
            self._inside.update(called)
            if called:
                self._line_up(line[len(called) :])
        for one in called:
            one.wake()

    def _line_up(self, line: tuple[Link, ...]) -> None:
        self._waiting = {link: before for before, link in enumerate(line)}


@cache
def admission() -> Admission:
    """The process's own."""
    return Admission(settings().max_viewers)
