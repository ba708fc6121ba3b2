"""The link between a page and its server: a token by which the page's socket is known, and what goes over it.

Streamlit's own connection re-runs scripts; this one carries what is too quick for that. A link belongs to the
page of one session. When that page goes, its token is worth nothing any more; if it comes back, it gets
another one.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from ui.live.wire import Batch, Picture, Reading

MOST_SOCKETS: Final = 4
"""Sockets of one page at a time: a lost one may linger while the next is there."""

EVERY_S: Final = 0.2
"""How often it is looked what is new, where readings come in."""

LOOKS_A_SECOND: Final = 200.0
"""Of all pages of a process together: with more pages each is looked at less often, so that what is to be
done at once for one of them (a new mood, a run) does not wait for looks at the others."""

SLOWEST_S: Final = 1.0
"""However many there are: so a page hears its server's beat long before it believes that it is away."""


class Receiver(Protocol):
    """What takes readings that come from the viewer's device."""

    def take(self, reading: Reading, at_s: float) -> None:
        """Takes one.

        Args:
            reading: checked for its form, not for its truth.
            at_s: when its picture was taken, monotonic seconds.
        """
        ...


class PictureReceiver(Protocol):
    """What takes small pictures that come from the viewer's browser."""

    def take(self, picture: Picture, at_s: float) -> None:
        """Takes one; quick. ``Link.answer`` says later that the next one may come.

        Args:
            picture: checked for its size and kind, not decoded.
            at_s: when it was taken, monotonic seconds.
        """
        ...


def _nothing() -> Mapping[str, Any]:
    return {}


def _nobody(batch: Batch) -> None:
    pass


class Link:
    """One page's. Any thread may call any method.

    Attributes:
        token: what the page's script sends first; random, and never in an address. Empty while no socket may
            connect.
        receiver: of the page's readings; None while nobody asked for any, and then they are dropped.
        pictures: takes the page's small pictures; None while nobody asked for any: one ends the socket then.
        answered_ms: the browser's own time of the picture that was taken up last.
        hear: takes what the browser saw of the content, in a thread of its own, as it may wait for the disk.
            ``tell`` says then which batch was taken.
        tell: what the page should know now, by name; asked in the server's own thread, so it must be quick.
            Of what it returns a socket sends what has changed.
        every_s: how often it is asked, unless there are many pages; ``wake`` asks at once.
    """

    def __init__(self) -> None:
        self.token = ""
        self.receiver: Receiver | None = None
        self.pictures: PictureReceiver | None = None
        self.answered_ms: float | None = None
        self.hear: Callable[[Batch], None] = _nobody
        self.tell: Callable[[], Mapping[str, Any]] = _nothing
        self.every_s = EVERY_S
        self._lock = threading.Lock()
        self._sockets: dict[object, Callable[[], None]] = {}
        self._reader: object | None = None

    @property
    def is_connected(self) -> bool:
        """A socket of the page is open."""
        return bool(self._sockets)

    def attach(self, socket: object, wake: Callable[[], None]) -> bool:
        """Adds a socket; False where there are too many.

        Args:
            socket: any object that stands for it.
            wake: has it look at once; callable from any thread.
        """
        with self._lock:
            if len(self._sockets) >= MOST_SOCKETS:
                return False
            self._sockets[socket] = wake
            return True

    def detach(self, socket: object) -> None:
        """Removes a socket."""
        with self._lock:
            self._sockets.pop(socket, None)
            if self._reader is socket:
                self._reader = None

    def may_read(self, socket: object, *, first: bool) -> bool:
        """Whether a socket's readings count: those of the last one that began to send some.

        Args:
            socket: that sends a reading.
            first: it has sent none before.
        """
        with self._lock:
            if first or self._reader is None:
                self._reader = socket
            return self._reader is socket

    def answer(self, at_ms: float) -> None:
        """Has the browser told that its picture of that time was taken up."""
        self.answered_ms = at_ms
        self.wake()

    def wake(self) -> None:
        """Has the sockets look now at what is new."""
        with self._lock:
            sockets = tuple(self._sockets.values())
        for wake in sockets:
            wake()


class Links:
    """Those of a process, by token."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._links: dict[str, Link] = {}

    def admit(self, link: Link) -> str:
        """Lets its page's sockets connect; returns the token, which stays the same until ``dismiss``."""
        with self._lock:
            if not link.token:
                link.token = secrets.token_urlsafe(32)
                self._links[link.token] = link
            return link.token

    def every_s(self, link: Link) -> float:
        """How often ``link`` is asked what is new, among all that are here."""
        return max(link.every_s, min(len(self._links) / LOOKS_A_SECOND, SLOWEST_S))

    def find(self, token: str) -> Link | None:
        """The one with that token."""
        with self._lock:
            return self._links.get(token)

    def dismiss(self, link: Link) -> None:
        """Forgets its token and ends its sockets. May be called again."""
        with self._lock:
            self._links.pop(link.token, None)
            link.token = ""
        link.wake()


links = Links()
"""The process's own."""
