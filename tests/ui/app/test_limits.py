"""Limits by address, on the middleware itself and behind proxies; no server is needed for it."""

from __future__ import annotations

import ipaddress
from contextlib import ExitStack

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from ui.app.addresses import HERE, client_of, household
from ui.app.limits import AT_ONCE_S, MOST_KNOWN, REFUSED, AddressLimits

TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8:ffff::/48"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # Nobody between.
        ("203.0.113.9", [], "203.0.113.9"),
        (None, [], HERE),
        # Who is not trusted says nothing about others.
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        # A proxy on this machine, and one on a trusted one: what a visitor made up stands to the left.
        (None, ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ("10.1.2.3", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("::ffff:10.1.2.3", ["203.0.113.9:5012"], "203.0.113.9"),
        # A chain of them.
        ("127.0.0.1", ["198.51.100.1, 203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        ("2001:db8:ffff::1", ["203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        # A visitor inside the trusted network.
        ("10.1.2.3", ["10.9.9.9"], "10.9.9.9"),
        ("10.1.2.3", [" , "], "10.1.2.3"),
        ("10.1.2.3", ["[2001:db8::7]:5012"], "2001:db8::7"),
        ("10.1.2.3", ["203.0.113.9, unknown"], "unknown"),
        ("10.1.2.3", ["x" * 9000], "x" * 64),
    ],
)
def test_the_client_is_what_the_last_trusted_proxy_saw(
    peer: str | None, forwarded: list[str], client: str
) -> None:
    assert client_of(peer, forwarded, TRUSTED) == client


def test_a_household_of_ipv6_counts_as_one() -> None:
    assert household("2001:db8::1") == household("2001:db8::ffff:2") == "2001:db8::/64"
    assert household("2001:db8:0:1::1") != household("2001:db8::1")
    assert household("203.0.113.9") == household("::ffff:203.0.113.9") == "203.0.113.9"


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Site:
    """An app behind the limits, and visitors from any address."""

    def __init__(self, sockets: int = 0, requests_per_s: float = 0) -> None:
        async def page(request: Request) -> PlainTextResponse:
            return PlainTextResponse("page")

        async def socket(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.receive()

        self.clock = Clock()
        self.limits = AddressLimits(
            Starlette(routes=[Route("/", page), WebSocketRoute("/live", socket)]),
            sockets=sockets,
            requests_per_s=requests_per_s,
            clock=self.clock,
        )

    def visitor(self, address: str) -> TestClient:
        return TestClient(self.limits, client=(address, 50000))


def test_requests_are_refused_when_too_many_come_and_only_that_address_s() -> None:
    site = Site(requests_per_s=2)
    visitor = site.visitor("203.0.113.9")
    together = int(2 * AT_ONCE_S)
    assert {visitor.get("/").status_code for _ in range(together)} == {200}
    refused = visitor.get("/")
    assert (refused.status_code, refused.text) == (429, REFUSED)
    assert int(refused.headers["Retry-After"]) > 0
    with pytest.raises(WebSocketDenialResponse) as denied, visitor.websocket_connect("/live"):
        pass
    assert denied.value.status_code == 429
    assert site.visitor("203.0.113.10").get("/").status_code == 200
    site.clock.now_s += 1
    assert [visitor.get("/").status_code for _ in range(3)] == [200, 200, 429]


def test_connections_are_refused_when_too_many_are_open_and_come_again_when_one_ends() -> None:
    site = Site(sockets=2)
    with ExitStack() as open_now:
        sockets = [
            open_now.enter_context(site.visitor(address).websocket_connect("/live"))
            for address in ("2001:db8::1", "2001:db8::2")
        ]
        with pytest.raises(WebSocketDenialResponse), site.visitor("2001:db8::3").websocket_connect("/live"):
            pass
        with site.visitor("2001:db8:0:1::1").websocket_connect("/live"):
            pass
        assert site.visitor("2001:db8::3").get("/").status_code == 200
        sockets[0].close()
        with site.visitor("2001:db8::3").websocket_connect("/live"):
            pass


def test_this_machine_is_not_counted_and_who_is_behind_its_proxy_is() -> None:
    site = Site(requests_per_s=0.05)
    here = site.visitor("127.0.0.1")
    assert {here.get("/").status_code for _ in range(5)} == {200}
    passed_on = {"X-Forwarded-For": "203.0.113.9"}
    assert [here.get("/", headers=passed_on).status_code for _ in range(2)] == [200, 429]


def test_the_memory_for_addresses_is_bounded() -> None:
    site = Site(sockets=1, requests_per_s=1)
    with site.visitor("203.0.113.9").websocket_connect("/live"):
        for number in range(3 * MOST_KNOWN):
            site.clock.now_s += 1
            site.limits._guest(str(ipaddress.ip_address(number)))
        assert len(site.limits._guests) <= MOST_KNOWN
        # Who is connected is not forgotten.
        with pytest.raises(WebSocketDenialResponse), site.visitor("203.0.113.9").websocket_connect("/live"):
            pass
