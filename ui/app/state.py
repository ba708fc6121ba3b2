"""One viewer's session: who it is, its own randomness, and what each page remembers.

Streamlit's ``session_state`` holds one object under a single key. A page keeps its own typed state, a
subclass of ``PageState``, and gets it by ``session().page(ItsState)``. Nothing here is shared between
sessions, so one viewer's mood can never reach another's page, and nothing here knows any page.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TypeVar, cast

import numpy as np
import streamlit as st
from streamlit import runtime

from content.types import Strategy
from emotion.types import SmoothingOptions
from ui.app.housekeeping import housekeeper
from ui.app.presence import presence

_KEY = "attune"
AWAY_S = 5.0
"""A page whose connection is away for so long has been closed, or its network is gone."""


class PageState:
    """What one page remembers of its viewer. A subclass is a dataclass that needs no argument."""

    __slots__ = ()

    def begin_run(self) -> None:
        """A whole script run begins (fragments do not count), whichever page it is for."""

    def end_run(self) -> None:
        """A whole script run has come to its end: let go of what this run did not show.

        A run that was broken off never comes here, and the browser keeps what it showed.
        """

    def leave(self) -> None:
        """The viewer's page has been away for some seconds: end what runs for it. It may come back.

        Called in a thread of its own.
        """


State = TypeVar("State", bound=PageState)


@dataclass(slots=True)
class Preferences(PageState):
    """What this viewer chose for every page.

    Attributes:
        strategy: content that matches the expression, or that lifts it.
        smoothing: how readings become a mood.
    """

    strategy: Strategy = Strategy.MATCH
    smoothing: SmoothingOptions = field(default_factory=SmoothingOptions)


@dataclass(slots=True)
class Session:
    """One viewer's session.

    Attributes:
        session_id: random; kept with decisions, linked to nothing else.
        rng: this session's own randomness.
        model: name of the model that reads for this session; None is the app's own.
    """

    session_id: str
    rng: np.random.Generator
    model: str | None = None
    _pages: dict[type[PageState], PageState] = field(default_factory=dict, repr=False)
    _watched: bool = field(default=False, repr=False)

    def page(self, kind: type[State]) -> State:
        """The state of one page, made on first use.

        Args:
            kind: its class.
        """
        if kind not in self._pages:
            self._pages[kind] = kind()
        return cast(State, self._pages[kind])

    def begin_run(self) -> None:
        """Called when a whole script run begins (fragments do not count)."""
        if not self._watched and runtime.exists():
            self._watched = True
            housekeeper.watch(presence(AWAY_S), self.leave)
        for state in tuple(self._pages.values()):
            state.begin_run()

    def end_run(self) -> None:
        """Called when a whole script run has come to its end."""
        for state in tuple(self._pages.values()):
            state.end_run()

    def leave(self) -> None:
        """Called when the viewer's page has been away for ``AWAY_S``; the next run finds it back."""
        self._watched = False
        for state in tuple(self._pages.values()):
            state.leave()

    def renew(self) -> None:
        """Gives the session another random number; what was kept under the old one is not linked to it."""
        self.session_id = new_session_id()


def new_session_id() -> str:
    """A random number that is linked to nothing."""
    return uuid.uuid4().hex


def new_session() -> Session:
    """A fresh session with a random identity."""
    return Session(session_id=new_session_id(), rng=np.random.default_rng())


def session() -> Session:
    """This viewer's session, made on first use."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = new_session()
    found: Session = st.session_state[_KEY]
    return found
