"""Who edits the catalog: a person who signed in by OpenID Connect, has the password, or is at this machine.

If ``.streamlit/secrets.toml`` has an ``[auth]`` section in the form that ``st.login`` needs, sign-in is the
only way in, even on this machine: it gives the name in the history. ``ATTUNE_EDITORS`` lists who may edit:
addresses, or ``@example.org`` for everybody there. A broken section opens nothing. Without the section, the
editor asks for its password or is open on loopback only, see ``ui.access.password``.

Streamlit's part (checked in 1.67): the identity is in a signed cookie that lasts 30 days, and Streamlit does
not check its age; after sign-in, people come back to the app's first page.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitAuthError, StreamlitSecretNotFoundError

from attune_settings import settings
from ui.access import password as catalog_access
from ui.app.setup import IN_THE_LOG
from ui.app.state import session

LEAST_SECRET: Final = 32
"""Least length of ``cookie_secret``: somebody who guesses it can forge identities."""
ARRIVING_S: Final = 120.0
"""A sign-in counts as an arrival for this long; a provider's clock may be wrong by this much."""
_PROVIDER_KEYS: Final = ("client_id", "client_secret", "server_metadata_url")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits; ``name`` is what the history keeps."""

    name: str


@dataclass(frozen=True, slots=True)
class Door:
    """Something that only editors may open.

    Attributes:
        name: in words that begin a sentence.
        action: on the button that opens it.
        purpose: why somebody signs in.
    """

    name: str
    action: str
    purpose: str


CATALOG: Final = Door(
    "The catalog editor",
    "Open the editor",
    "Sign in to see and change what viewers are shown. The history keeps your e-mail address.",
)
INSIGHTS: Final = Door(
    "This page", "Open this page", "Sign in to see what viewers were shown, and how it was received."
)
PASSWORD: Final = Editor("password")
THIS_COMPUTER: Final = Editor("this computer")


@dataclass(frozen=True, slots=True)
class SignIn:
    """How people sign in here.

    Attributes:
        providers: names as ``st.login`` takes them; "default" is the one without a name.
        origin: scheme and host of the address to which people come back after sign-in.
        editors: who may edit, in lower case; ``@example.org`` is everybody there.
        hours: how long a sign-in is valid.
        problem: what is wrong with the settings, for the operator; nobody can sign in then.
    """

    providers: tuple[str, ...] = ()
    origin: str = ""
    editors: frozenset[str] = frozenset()
    hours: float = 0.0
    problem: str | None = None


class Standing(StrEnum):
    """What a person's identity allows."""

    NOBODY = "nobody"
    EXPIRED = "expired"
    UNVERIFIED = "unverified"
    NOT_LISTED = "not listed"
    EDITOR = "editor"


def read_sign_in(secrets: Mapping[str, Any] | None, editors: Iterable[str], hours: float) -> SignIn | None:
    """The settings of sign-in; None where there are none.

    Args:
        secrets: what ``secrets.toml`` holds; None where it cannot be read.
        editors: who may edit: addresses, or ``@example.org`` for everybody there.
        hours: how long a sign-in is good for.
    """
    if secrets is None:
        return SignIn(problem="Expected secrets.toml to be a TOML file. Received: one that cannot be read")
    auth = secrets.get("auth")
    if auth is None:
        return None
    if not isinstance(auth, Mapping):
        return SignIn(problem="Expected [auth] in secrets.toml to be a section. Received: a value")
    named = {name: section for name, section in auth.items() if _is_provider(section)}
    providers = {"default": auth, **named} if _is_provider(auth) else named
    listed = frozenset(map(_small, editors))
    redirect = str(auth.get("redirect_uri", ""))
    problem = _problem(auth, providers, redirect, listed)
    if problem is not None:
        return SignIn(problem=problem)
    parts = urlsplit(redirect.replace("{port}", str(st.get_option("server.port"))))
    return SignIn(tuple(providers), f"{parts.scheme}://{parts.netloc}", listed, hours)


def _is_provider(section: object) -> bool:
    return isinstance(section, Mapping) and any(key in section for key in _PROVIDER_KEYS)


def _problem(
    auth: Mapping[str, Any],
    providers: Mapping[str, Mapping[str, Any]],
    redirect: str,
    editors: frozenset[str],
) -> str | None:
    """The first problem in the settings. It never repeats a value, because some are secrets."""
    if not providers:
        return f"Expected {', '.join(_PROVIDER_KEYS)} in [auth] of secrets.toml. Received: none of them"
    for name, section in providers.items():
        missing = [key for key in _PROVIDER_KEYS if not str(section.get(key, "")).strip()]
        if missing:
            where = "[auth]" if name == "default" else f"[auth.{name}]"
            return f"Expected {', '.join(_PROVIDER_KEYS)} in {where}. Received: no {', '.join(missing)}"
    try:
        place = urlsplit(redirect.replace("{port}", "1"))
    except ValueError:
        place = urlsplit("")
    safe = place.scheme == "https" or catalog_access.is_loopback_name(place.hostname or "")
    if not safe or place.scheme not in ("http", "https") or not place.path.endswith("/oauth2callback"):
        return (
            "Expected redirect_uri in [auth] to be this app's https address with /oauth2callback "
            "(http on this machine). Received: another one, or none"
        )
    if len(str(auth.get("cookie_secret", ""))) < LEAST_SECRET:
        return (
            f"Expected cookie_secret in [auth] to be {LEAST_SECRET} random characters or more. "
            "Received: fewer"
        )
    if not editors:
        return (
            "Expected ATTUNE_EDITORS to list the e-mail addresses of those who may edit, with commas "
            "between them. Received: none"
        )
    return None


def judge(claims: Mapping[str, Any], sign_in: SignIn, now_s: float) -> Standing:
    """What somebody may do, by the claims of a signed identity token.

    Args:
        claims: as the provider states them.
        sign_in: settings.
        now_s: seconds since 1970.
    """
    if not claims.get("is_logged_in"):
        return Standing.NOBODY
    issued_s = claims.get("iat")
    if isinstance(issued_s, bool) or not isinstance(issued_s, (int, float)):
        return Standing.EXPIRED
    if not -ARRIVING_S <= now_s - issued_s < sign_in.hours * 3600:
        return Standing.EXPIRED
    if claims.get("email_verified") not in (True, "true") or not email_of(claims):
        return Standing.UNVERIFIED
    email = email_of(claims)
    listed = email in sign_in.editors or f"@{email.rsplit('@', 1)[-1]}" in sign_in.editors
    return Standing.EDITOR if listed else Standing.NOT_LISTED


def email_of(claims: Mapping[str, Any]) -> str:
    """The e-mail address in lower case; empty if there is none."""
    email = claims.get("email")
    return _small(email.strip()) if isinstance(email, str) and "@" in email else ""


def _small(email: str) -> str:
    # Only ASCII: some signs of other alphabets become ASCII in lower case (the Kelvin sign becomes k).
    return email.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


# -- this viewer ---------------------------------------------------------------------------------------


def sign_in_settings() -> SignIn | None:
    """The process's settings of sign-in; None where it is not set up."""
    if not any(Path(place).exists() for place in st.get_option("secrets.files")):
        return None
    try:
        secrets = st.secrets.to_dict()
    except (StreamlitSecretNotFoundError, OSError, ValueError) as error:
        # The error's message may quote a line of the file, and that line may hold a secret.
        _log.error("secrets.toml cannot be read: %s", type(error).__name__)
        secrets = None
    return read_sign_in(secrets, settings().editors, settings().sign_in_hours)


def _standing(sign_in: SignIn) -> tuple[Standing, Mapping[str, Any]]:
    claims = st.user.to_dict()
    if sign_in.problem is not None:
        return Standing.NOBODY, claims
    return judge(claims, sign_in, time.time()), claims


def editor() -> Editor | None:
    """Who edits in this session; None if this viewer may not. Draws nothing."""
    sign_in = sign_in_settings()
    if sign_in is not None:
        standing, claims = _standing(sign_in)
        return Editor(email_of(claims)) if standing is Standing.EDITOR else None
    access = catalog_access.current()
    if access is not catalog_access.Access.OPEN:
        return None
    return THIS_COMPUTER if catalog_access.is_local(catalog_access.read_visitor()) else PASSWORD


def ask_editor(door: Door = CATALOG) -> Editor | None:
    """Who edits; if this viewer may not yet, the page says so and offers the way in.

    Args:
        door: what is asked for.

    Returns:
        None if nothing of the catalog may be on the page.
    """
    sign_in = sign_in_settings()
    if sign_in is not None:
        return _ask_to_sign_in(sign_in, door)
    if not catalog_access.editor_is_open(door.name, door.action):
        return None
    found = editor()
    if found == PASSWORD and _leave("Opened by password", "Close again", "close-editor"):
        session().page(catalog_access.Unlocked).close()
        st.rerun()
    return found


def _ask_to_sign_in(sign_in: SignIn, door: Door) -> Editor | None:
    if sign_in.problem is not None:
        _log.error("Nobody can sign in. %s", sign_in.problem)
        st.error(
            f"**{door.name} stays closed, because sign-in is not set up correctly.** {IN_THE_LOG}",
            icon=":material/lock:",
        )
        return None
    standing, claims = _standing(sign_in)
    email = email_of(claims)
    if standing is Standing.EDITOR:
        if _leave(f"Signed in as {email}", "Sign out", "sign-out"):
            st.logout()
        return Editor(email)
    with st.container(key="panel-sign-in", width=520):
        if standing is Standing.NOT_LISTED:
            st.markdown(f"**{door.name} is not open to you**")
            st.text(
                f"You are signed in as {email}, which is not on the list of editors. "
                "Ask the operator to add you, or sign in as somebody else."
            )
        elif standing is Standing.UNVERIFIED:
            st.markdown("**Your e-mail address is not confirmed**")
            st.text(
                f"You are signed in{f' as {email}' if email else ''}, but your provider does not say that "
                "the address is yours. Confirm it there, then sign in again."
            )
        elif standing is Standing.EXPIRED:
            st.markdown("**Your sign-in has expired**")
            st.text(f"A sign-in lasts {sign_in.hours:g} hours. Sign in again to continue.")
        else:
            st.markdown(f"**{door.name} needs a sign-in**")
            st.text(door.purpose)
        if standing in (Standing.NOT_LISTED, Standing.UNVERIFIED):
            if st.button("Sign out", key="sign-out", icon=":material/logout:"):
                st.logout()
        else:
            _offer(sign_in)
    return None


def _offer(sign_in: SignIn) -> None:
    here = {value for name, value in catalog_access.read_visitor().headers if name == "origin"}
    if here and sign_in.origin not in here:
        st.text("Sign-in works only at this address of the app:")
        st.link_button(f"Go to {sign_in.origin}", f"{sign_in.origin}/catalog", icon=":material/login:")
        return
    for provider in sign_in.providers:
        words = "Sign in" if len(sign_in.providers) == 1 else f"Sign in with {provider.capitalize()}"
        if st.button(words, key=f"sign-in-{provider}", type="primary", icon=":material/login:"):
            try:
                st.login(None if provider == "default" else provider)
            except StreamlitAuthError as error:
                _log.error("Sign-in cannot begin: %s", error)
                st.error(f"Sign-in cannot begin. {IN_THE_LOG}")


def _leave(words: str, button: str, key: str) -> bool:
    with st.container(
        key="signed-in", horizontal=True, horizontal_alignment="right", vertical_alignment="center"
    ):
        st.caption(words, width="content")
        return st.button(button, key=key, type="tertiary", icon=":material/logout:")


# -- coming back ---------------------------------------------------------------------------------------


class Arrivals:
    """Sign-ins that were already taken to the catalog. Safe to call from several threads."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, float], float] = {}
        self._lock = threading.Lock()

    def is_new(self, claims: Mapping[str, Any], now_s: float) -> bool:
        """Whether this is a new sign-in, asked about for the first time."""
        issued_s = claims.get("iat")
        if not claims.get("is_logged_in") or isinstance(issued_s, bool):
            return False
        if not isinstance(issued_s, (int, float)) or abs(now_s - issued_s) > ARRIVING_S:
            return False
        which = (str(claims.get("iss")), str(claims.get("sub")), float(issued_s))
        with self._lock:
            self._seen = {one: s for one, s in self._seen.items() if abs(now_s - s) <= ARRIVING_S}
            if which in self._seen:
                return False
            self._seen[which] = float(issued_s)
            return True


@st.cache_resource(show_spinner=False)
def _arrivals() -> Arrivals:
    return Arrivals()


def has_just_signed_in() -> bool:
    """True once for each sign-in: Streamlit brings people to the first page, but they wanted the catalog."""
    claims = st.user.to_dict()
    return bool(claims.get("is_logged_in")) and _arrivals().is_new(claims, time.time())
