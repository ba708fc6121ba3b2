"""When the stage has to be drawn again: the page runs only then, and else is told what moves over its socket.

A run of the stage is dear, so it is asked for only when something has changed that it alone can show: another
mood, an item that is due, a sentence, a visit that ended. How sure the mood is, for how long it holds, bars
and timeline change all the time, and the browser draws them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

AGAIN_S, LONGEST_S = 1.5, 12.0
"""A run that was asked for and did not come is asked for again, each time after twice as long: a run that
begins takes back what the last one has not sent yet, so a server that is late would only be later."""

BEAT_S: Final = 1.0
"""So often the page hears from the server even when nothing happens, or else it knows that it is away."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The page's world at one moment.

    Attributes:
        shows: all that a run of the stage would show, except for its content and for what the browser draws.
        due: content has to change, or something else has to be done by a run.
        news: what the browser draws, by name.
    """

    shows: Hashable
    due: bool
    news: Mapping[str, Any]


class Pulse:
    """Tells one page what is new, and asks it to run where that is needed.

    Args:
        look: sees the world now; quick, callable from any thread.
        clock: monotonic seconds.
    """

    def __init__(self, look: Callable[[], Seen], clock: Callable[[], float] = time.monotonic) -> None:
        self._look = look
        self._clock = clock
        self._shown: Hashable = None
        self._asked: tuple[Hashable, bool] | None = None
        self._asked_at_s = 0.0
        self._again_s = AGAIN_S
        self._beat_s = 0.0
        self.runs_asked = 0

    def drew(self, shows: Hashable) -> None:
        """A run of the stage has drawn that."""
        self._shown, self._asked = shows, None

    def tell(self) -> Mapping[str, Any]:
        """For ``ui.live.link.Link``: what the browser draws, and how many runs have been asked for."""
        seen, now_s = self._look(), self._clock()
        if now_s - self._beat_s >= BEAT_S:
            self._beat_s = now_s
        wanted = seen.shows, seen.due
        again = self._asked == wanted
        if (seen.due or seen.shows != self._shown) and (
            not again or now_s - self._asked_at_s >= self._again_s
        ):
            self._again_s = min(2 * self._again_s, LONGEST_S) if again else AGAIN_S
            self._asked, self._asked_at_s = wanted, now_s
            self.runs_asked += 1
        return {"beat": round(self._beat_s, 2), "changed": self.runs_asked, **seen.news}
