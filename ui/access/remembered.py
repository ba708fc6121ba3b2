"""Browsers from which the editors' password was given are known for some hours, so that no reload asks again.

A browser is known by a cookie. Only an answer of the server can set one that scripts cannot read
(``HttpOnly``), and Streamlit's pages come over a socket: so whoever gave the password gets a ticket in the
page, good once and for a minute, and the browser takes it to a route beside Streamlit's own.

The cookie is a random number of 256 bits that says nothing. The server keeps its hash, in memory alone: it
cannot be forged, nothing about the password can be found out from it, and it ends after
``ATTUNE_SIGN_IN_HOURS``, by "Close again", and when the server restarts, as it must for another password. No
other site's page makes a browser send it (``SameSite=Strict``).
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from attune_settings import settings

COOKIE: Final = "attune_editor"
PATH: Final = "attune/editor"
TICKET_S: Final = 60.0
_MOST_BYTES: Final = 100

_component = st.components.v2.component(
    "attune_remembered", js=Path(__file__).with_name("remembered.js").read_text(encoding="utf-8")
)


class Remembered:
    """The browsers that are known, and tickets that are not used yet. Safe to call from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tickets: dict[str, float] = {}
        # Hash of the cookie → the end of its time, and the ticket that it was got for.
        self._known: dict[str, tuple[float, str]] = {}

    def new_ticket(self, at_s: float) -> str:
        """A ticket for somebody who has just given the password."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            self._tickets = {one: end_s for one, end_s in self._tickets.items() if end_s > at_s}
            self._tickets[ticket] = at_s + TICKET_S
        return ticket

    def take(self, ticket: str, at_s: float, for_s: float) -> str | None:
        """The cookie for a ticket, which is used up; None where it is no ticket, or none any more."""
        with self._lock:
            if self._tickets.pop(ticket, 0.0) <= at_s:
                return None
            cookie = secrets.token_urlsafe(32)
            self._known = {one: known for one, known in self._known.items() if known[0] > at_s}
            self._known[_hash(cookie)] = at_s + for_s, ticket
        return cookie

    def knows(self, cookie: str, at_s: float) -> bool:
        """Whether this cookie was given, and its time is not over."""
        with self._lock:
            return self._known.get(_hash(cookie), (0.0, ""))[0] > at_s

    def forget(self, cookie: str, ticket: str) -> None:
        """Know a browser no more, by its cookie or by the ticket that it took."""
        with self._lock:
            self._tickets.pop(ticket, None)
            self._known.pop(_hash(cookie), None)
            self._known = {one: known for one, known in self._known.items() if known[1] != (ticket or None)}


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


remembered: Final = Remembered()


def this_browser() -> str:
    """The cookie with which this viewer's page connected; empty where there was none."""
    return str(st.context.cookies.get(COOKIE, ""))


def is_known() -> bool:
    """Whether the password was given from this viewer's browser, not too long ago."""
    return remembered.knows(this_browser(), time.monotonic())


def remember(ticket: str) -> None:
    """Have the browser take its ticket to the server; draws nothing that can be seen."""
    with st.container(key="remembered"):
        _component(key="remembered-browser", data={"ticket": ticket, "address": _path()})


def _path() -> str:
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/{PATH}" if base else f"/{PATH}"


async def _give_cookie(request: Request) -> Response:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    for_s = settings().sign_in_hours * 3600
    cookie = remembered.take(body.decode("ascii", "replace"), time.monotonic(), for_s)
    if cookie is None:
        return Response(status_code=HTTPStatus.FORBIDDEN)
    answer = Response(status_code=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})
    https = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", ""))
    path = _path().removesuffix(f"/{PATH}") or "/"
    answer.set_cookie(
        COOKIE, cookie, max_age=int(for_s), path=path, httponly=True, samesite="strict", secure=https
    )
    return answer


def route() -> Route:
    """Where the browser takes its ticket."""
    return Route(_path(), _give_cookie, methods=["POST"])
