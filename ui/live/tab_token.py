"""Signed text that a browser tab keeps for the server: see ``ui.live.resume`` for what it says."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from itsdangerous import BadSignature, URLSafeTimedSerializer

VALID_S: Final = 300
"""A tab that was away for longer is asked again."""

RENEW_S: Final = 60.0
"""A token is so old at most when the page loses its server."""

MOST_CHARACTERS: Final = 100_000


def sign(what: Any, secret: str) -> str:
    """The text of JSON-ready data, with when it was written."""
    written: str = _signer(secret).dumps(what)
    return written


def read(text: object, secret: str) -> tuple[Any, float] | None:
    """What ``sign`` was given and how old that is in seconds; None for all else, and for what is too old.

    Args:
        text: what a browser sent.
        secret: that it was signed with.
    """
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        return None
    try:
        what, at_utc = _signer(secret).loads(text, max_age=VALID_S, return_timestamp=True)
    except BadSignature:
        return None
    return what, max(0.0, time.time() - at_utc.timestamp())


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        secret, salt="attune.resume.1", signer_kwargs={"digest_method": hashlib.sha256}
    )


@dataclass(slots=True)
class TabToken:
    """The token of one page; signed anew only when what it says has changed, or when it is getting old.

    Attributes:
        text: as the browser has it; empty before the first one.
    """

    text: str = ""
    _said: Hashable = None
    _made_s: float = field(default=-float("inf"))

    def renew(self, said: Hashable, now_s: float, make: Callable[[], str]) -> str:
        """The token now.

        Args:
            said: all that it says, for comparison with the last one.
            now_s: monotonic seconds.
            make: signs another one.
        """
        if said != self._said or now_s - self._made_s >= RENEW_S:
            self.text, self._said, self._made_s = make(), said, now_s
        return self.text
