"""Passwords for TURN servers that are good for some hours, made for each page.

coturn with ``use-auth-secret`` and other servers take them (the *REST API for access to TURN services*,
draft-uberti-behave-turn-rest): the user's name begins with the Unix time at which it ends, and the password
is that name, signed with a secret that the server knows too. Whoever reads one from a page can use it until
then, and nothing more. A fixed user and password (``ATTUNE_ICE_SERVERS``) are good for ever.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from attune_settings import IceServer, Settings

LASTS_S: Final = 4 * 3600.0
"""For longer than a page is usually open. A connection that stands goes on when its password has ended."""

RENEW_S: Final = LASTS_S / 2
"""A password has at least so much of its time left when a camera starts."""


def ends_at(secret: str, urls: Sequence[str], end_s: int, who: str) -> IceServer:
    """The TURN servers with a user and a password that end then.

    Args:
        secret: that the servers know.
        urls: of the servers.
        end_s: Unix time in seconds.
        who: tells users apart in the servers' logs; linked to nothing.
    """
    username = f"{end_s}:{who}"
    # SHA-1 is what the servers take.
    signed = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    credential = base64.b64encode(signed).decode()
    return IceServer(urls=tuple(urls), username=username, credential=credential)


class IceServers:
    """The STUN and TURN servers of one page, for its browser and for this server alike.

    Args:
        chosen: the settings.
        clock: Unix time in seconds.
    """

    def __init__(self, chosen: Settings, clock: Callable[[], float] = time.time) -> None:
        self._chosen = chosen
        self._clock = clock
        self._who = secrets.token_hex(8)
        self._turn: IceServer | None = None
        self._renew_at_s = 0.0

    def is_due(self) -> bool:
        """Whether a camera that starts now should get other passwords than the page has."""
        return bool(self._chosen.turn_urls) and self._clock() >= self._renew_at_s

    def for_browser(self, *, may_renew: bool = True) -> list[dict[str, Any]]:
        """As ``RTCPeerConnection`` takes them.

        Args:
            may_renew: no connection is using what the page has.
        """
        secret = self._chosen.turn_secret
        if secret is not None and self.is_due() and (may_renew or self._turn is None):
            now_s = self._clock()
            self._renew_at_s = now_s + RENEW_S
            end_s = int(now_s + LASTS_S)
            self._turn = ends_at(secret.get_secret_value(), self._chosen.turn_urls, end_s, self._who)
        servers = (*self._chosen.ice_servers, *((self._turn,) if self._turn is not None else ()))
        return [server.for_browser() for server in servers]
