"""Who may edit the catalog where nobody signs in: people on this machine, and people with the password.

*On this machine* is decided by the connection, not by what it claims. All of these must hold, because each
one alone can also be true for a connection from elsewhere:

- the connection comes from a loopback address. Behind a reverse proxy every connection does;
- no header says that a proxy passed it on (``Forwarded``, ``X-Forwarded-*``, ``Via`` …);
- the address typed into the browser (``Host``) and the page that opens the connection (``Origin``) are
  loopback names. A name such as ``evil.example`` that resolves to 127.0.0.1 (DNS rebinding) is not.

Headers can only take the right away, never give it: somebody who forges them to look local must already
connect from loopback. A proxy that hides itself completely looks like a person at the machine, so use a proxy
that sends ``X-Forwarded-For``; most do by default or with one line of settings.

Streamlit's part (checked in 1.67): ``st.context.ip_address`` is None for 127.0.0.1 and ::1, and also when
nothing is known, such as on a Unix socket; headers are those of the WebSocket's own handshake.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

import streamlit as st

from attune_settings import settings
from ui.access.remembered import is_known, remember, remembered, this_browser
from ui.app.addresses import client_of, household
from ui.app.state import PageState, session
from ui.look.words import counted

_FORWARDING: Final = frozenset(
    {
        "cf-connecting-ip",
        "client-ip",
        "fastly-client-ip",
        "fly-client-ip",
        "forwarded",
        "true-client-ip",
        "via",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-envoy-external-address",
        "x-real-ip",
    }
)
_FORWARDING_PREFIXES: Final = ("x-forwarded", "x-original-", "x-proxy")


@dataclass(slots=True)
class Unlocked(PageState):
    """Whether this viewer gave the editors' password.

    Attributes:
        editor: gave it in this session.
        ticket: for which the browser is known afterwards; empty where it was not given here.
        shut: closed the editor again, although the browser was known when the page connected.
    """

    editor: bool = False
    ticket: str = ""
    shut: bool = False

    def close(self) -> None:
        """Ask for the password again, here and wherever this browser comes next."""
        remembered.forget(this_browser(), self.ticket)
        self.editor, self.ticket, self.shut = False, "", True


@dataclass(frozen=True, slots=True)
class Visitor:
    """What is known about a connection.

    Attributes:
        ip_address: the peer; None when Streamlit names none, which it does for loopback.
        headers: of the WebSocket handshake, as lower-case name and value; empty when unknown.
        unix_socket: served through a Unix socket, which always means a proxy in front.
    """

    ip_address: str | None
    headers: tuple[tuple[str, str], ...]
    unix_socket: bool = False


class Access(StrEnum):
    """What the page shows."""

    OPEN = "open"
    ASK = "ask"
    SHUT = "shut"


def is_local(visitor: Visitor) -> bool:
    """True for a browser on this machine that talks to the app directly."""
    if visitor.unix_socket or not _is_loopback_ip(visitor.ip_address):
        return False
    names = [name for name, _ in visitor.headers]
    if any(name in _FORWARDING or name.startswith(_FORWARDING_PREFIXES) for name in names):
        return False
    hosts = [value for name, value in visitor.headers if name == "host"]
    origins = [value for name, value in visitor.headers if name == "origin"]
    return (
        len(hosts) == 1
        and is_loopback_name(_host_of(f"//{hosts[0]}"))
        and len(origins) <= 1
        and all(is_loopback_name(_host_of(origin)) for origin in origins)
    )


def decide(visitor: Visitor, *, password_is_set: bool, unlocked: bool) -> Access:
    """Open on loopback; elsewhere open after the password, and shut if no password is set."""
    if is_local(visitor):
        return Access.OPEN
    if not password_is_set:
        return Access.SHUT
    return Access.OPEN if unlocked else Access.ASK


def password_matches(given: str, expected: str) -> bool:
    """Compares in a time that reveals neither the password's length nor how much of it was right."""
    return hmac.compare_digest(
        hashlib.sha256(given.encode("utf-8", "surrogatepass")).digest(),
        hashlib.sha256(expected.encode("utf-8", "surrogatepass")).digest(),
    )


class AttemptLimiter:
    """Slows down guessing: limits wrong answers for each address, and in all, within a window.

    The second limit exists because addresses are cheap to change. It is high, because it also shuts out
    people who know the password. Safe to call from several threads.

    Args:
        per_address: wrong answers from one address in ``window_s``.
        in_all: wrong answers from everywhere in ``window_s``.
        window_s: how long a wrong answer counts.
    """

    def __init__(self, per_address: int = 5, in_all: int = 200, window_s: float = 300.0) -> None:
        self._per_address = per_address
        self._in_all = in_all
        self._window_s = window_s
        self._attempts: deque[tuple[float, str]] = deque()
        self._lock = threading.Lock()

    def admit(self, address: str, at_s: float) -> float:
        """Counts one attempt and returns 0, or returns the seconds to wait without counting it.

        The attempt is counted before its answer is known, so that sending a hundred at once does not help.
        """
        with self._lock:
            while self._attempts and self._attempts[0][0] <= at_s - self._window_s:
                self._attempts.popleft()
            own = [t for t, a in self._attempts if a == address]
            if len(own) >= self._per_address:
                return own[-self._per_address] + self._window_s - at_s
            if len(self._attempts) >= self._in_all:
                return self._attempts[0][0] + self._window_s - at_s
            self._attempts.append((at_s, address))
            return 0.0

    def forgive(self, address: str) -> None:
        """Forgets an address's wrong answers, after the right one."""
        with self._lock:
            self._attempts = deque(a for a in self._attempts if a[1] != address)


def attempts_key(visitor: Visitor) -> str:
    """Whose wrong answers are counted together: an IPv4 address, or the IPv6 network of a household.

    Behind a proxy that is trusted, the address that it wrote into ``X-Forwarded-For``. If it writes none, all
    visitors are counted together.
    """
    forwarded = [value for name, value in visitor.headers if name == "x-forwarded-for"]
    return household(client_of(visitor.ip_address, forwarded, settings().trusted_proxies))


def _is_loopback_ip(address: str | None) -> bool:
    if address is None:  # the caller requires a Host header too, so "nothing is known" does not pass
        return True
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


def _host_of(url: str) -> str:
    """The host name of a URL, or an empty string when it has none or is broken."""
    try:
        parts = urlsplit(url)
        # Reading the port checks it; a Host or Origin header has no user name.
        if parts.port is not None and parts.port <= 0:
            return ""
        return "" if "@" in parts.netloc or parts.path or parts.query else (parts.hostname or "")
    except ValueError:
        return ""


def is_loopback_name(host: str) -> bool:
    """``localhost``, or an address that only this machine can use."""
    if host.rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_visitor() -> Visitor:
    """This script run's connection, from Streamlit."""
    headers = st.context.headers
    pairs: Iterable[tuple[str, str]] = (
        (name.lower(), value) for name in headers for value in headers.get_all(name)
    )
    address = st.context.ip_address
    server_address = str(st.get_option("server.address") or "")
    return Visitor(address, tuple(pairs), unix_socket=server_address.startswith("unix:"))


@st.cache_resource(show_spinner=False)
def _limiter() -> AttemptLimiter:
    return AttemptLimiter()


def current() -> Access:
    """What this viewer gets, by the connection and the password."""
    return decide(
        read_visitor(),
        password_is_set=settings().editor_password is not None,
        unlocked=_is_unlocked(session().page(Unlocked)),
    )


def _is_unlocked(unlocked: Unlocked) -> bool:
    return unlocked.editor or (not unlocked.shut and is_known())


def editor_is_open(what: str = "The catalog editor", action: str = "Open the editor") -> bool:
    """Decides for this viewer; if the editor is not open, says so or asks for the password.

    Args:
        what: the thing behind the password, in words that begin a sentence.
        action: on the button.

    Returns:
        True if the editor may be drawn; otherwise nothing of the catalog is on the page.
    """
    expected = settings().editor_password
    access = current()
    if access is Access.OPEN:
        if ticket := session().page(Unlocked).ticket:
            remember(ticket)
        return True
    if access is Access.SHUT or expected is None:
        st.info(
            f"**{what} is closed here.** It is open only on the machine that runs the app (at "
            "http://127.0.0.1). To open it on other machines, the operator sets `ATTUNE_EDITOR_PASSWORD` and "
            "restarts the app.",
            icon=":material/lock:",
        )
        return False
    with st.form("catalog-unlock", width=420):
        st.markdown(f"**{what} needs a password here**")
        given = st.text_input("Editor password", type="password", autocomplete="current-password")
        asked = st.form_submit_button(action, type="primary", icon=":material/lock_open:")
    if not asked or not given:
        return False
    address = attempts_key(read_visitor())
    wait_s = _limiter().admit(address, time.monotonic())
    if wait_s > 0:
        minutes = counted(max(1, round(wait_s / 60)), "minute")
        st.error(f"Too many wrong passwords. Try again in {minutes}.")
    elif password_matches(given, expected.get_secret_value()):
        _limiter().forgive(address)
        unlocked = session().page(Unlocked)
        unlocked.editor, unlocked.ticket = True, remembered.new_ticket(time.monotonic())
        st.rerun()
    else:
        st.error("That is not the editor password.")
    return False
