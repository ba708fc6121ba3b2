"""One connection to the reader on a cluster, over plain HTTP, for one thread.

The app needs no Ray for it, and nothing of Ray's runs in the app, so a fault of Ray cannot end it.
"""

from __future__ import annotations

import http.client
from typing import Final
from urllib.parse import urlsplit

from emotion.cluster.wire import ROUTE, WITHIN_HEADER, Answer, decode_answer
from emotion.errors import ClusterAwayError, ClusterError

SCHEME: Final = "ray"
PORT: Final = 8000
"""Where Ray Serve listens unless it is told otherwise."""

_AWAY: Final = {404: "no reader runs there", 405: "another service answers there"}


class Connection:
    """Sends pictures, one at a time; connects by itself, and again after a fault.

    Args:
        address: ``ray://host:port``, of Ray Serve.
    """

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        if place.scheme != SCHEME or place.hostname is None:
            raise ValueError(f"Expected ray://host:port. Received: {address!r}")
        self._http = http.client.HTTPConnection(place.hostname, place.port or PORT)

    def read(self, picture: bytes, within_s: float) -> Answer:
        """What the cluster reads from a picture.

        Args:
            picture: see ``emotion.cluster.wire.encode_picture``.
            within_s: how long to wait for the answer.

        Raises:
            ClusterAwayError: nobody answers at the address, or another service does.
            ClusterError: this picture was not read: too late, too many at once, or lost with a replica.
        """
        headers = {"Content-Type": "image/jpeg", WITHIN_HEADER: str(round(1000 * within_s))}
        self._connect(within_s)
        try:
            self._http.request("POST", ROUTE, picture, headers)
            response = self._http.getresponse()
            said = response.read()
        except (OSError, http.client.HTTPException) as error:
            # The answer may still come, and must not be taken for the next picture's.
            self.close()
            late = isinstance(error, TimeoutError)
            raise ClusterError(f"no answer in {within_s:g} s" if late else _reason(error)) from error
        if response.status in _AWAY:
            raise ClusterAwayError(_AWAY[response.status])
        if response.status != http.client.OK:
            raise ClusterError(f"it answers {response.status}")
        return decode_answer(said)

    def _connect(self, within_s: float) -> None:
        if self._http.sock is None:
            self._http.timeout = within_s
            try:
                self._http.connect()
            except OSError as error:
                raise ClusterAwayError(_reason(error)) from error
        self._http.sock.settimeout(within_s)

    def close(self) -> None:
        """Ends the connection; the next picture opens a new one."""
        self._http.close()


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__).lower()
