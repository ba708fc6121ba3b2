"""Passwords for TURN that end: what they are, when a page gets others, and that a real coturn takes them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import time
from pathlib import Path

import pytest
from aioice import stun, turn

from attune_settings import IceServer, load, rows
from tests.coturn import SECRET, coturn
from tests.postgres import free_port
from tests.ui.live.feed import FakeFeed
from ui.live.cameras import needs_other_passwords
from ui.live.state import LiveState
from ui.live.turn import LASTS_S, RENEW_S, IceServers, ends_at

URLS = "turn:turn.example:3478, turns:turn.example:5349?transport=tcp"
ENVIRON = {"ATTUNE_TURN_SECRET": SECRET, "ATTUNE_TURN_URLS": URLS}


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


def test_the_user_s_name_says_when_it_ends_and_the_password_is_its_signature() -> None:
    server = ends_at("north", ["turn:a.example"], 1_800_000_000, "id")
    assert server.username == "1800000000:id"
    signed = hmac.new(b"north", b"1800000000:id", hashlib.sha1).digest()
    assert server.credential == base64.b64encode(signed).decode()


def test_a_page_keeps_its_passwords_until_half_their_time_is_over() -> None:
    clock = Clock()
    ice = IceServers(load(None, ENVIRON), clock)
    (first,) = ice.for_browser()
    assert first["urls"] == ["turn:turn.example:3478", "turns:turn.example:5349?transport=tcp"]
    assert int(first["username"].split(":")[0]) == clock.now_s + LASTS_S
    clock.now_s += RENEW_S - 1
    assert not ice.is_due() and ice.for_browser() == [first]
    clock.now_s += 1
    assert ice.is_due() and ice.for_browser(may_renew=False) == [first]
    # For a start after they have ended, too.
    clock.now_s += 10 * LASTS_S
    (other,) = ice.for_browser()
    assert int(other["username"].split(":")[0]) == clock.now_s + LASTS_S and not ice.is_due()
    assert other["username"].split(":")[1] == first["username"].split(":")[1]


def test_no_two_pages_have_the_same_and_the_fixed_servers_stay() -> None:
    chosen = load(None, ENVIRON | {"ATTUNE_ICE_SERVERS": '[{"urls": "stun:a.example"}]'})
    one, two = IceServers(chosen).for_browser(), IceServers(chosen).for_browser()
    assert one[0] == two[0] == {"urls": ["stun:a.example"]}
    assert one[1]["username"] != two[1]["username"]
    without = IceServers(load(None, {}))
    assert without.for_browser() == [] and not without.is_due()


def test_neither_secret_nor_password_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ice = IceServers(load(None, ENVIRON))
    (server,) = ice.for_browser()
    assert SECRET not in str(rows(ENVIRON)) and SECRET not in repr(load(None, ENVIRON))
    assert server["credential"] not in repr(IceServer(**server)) + caplog.text


def test_an_open_page_gets_others_before_its_camera_starts_and_not_while_it_runs() -> None:
    clock = Clock()
    state = LiveState(ice=IceServers(load(None, ENVIRON), clock))
    assert not needs_other_passwords(state), "no camera"
    assert state.ice is not None
    feed = FakeFeed()
    state.feed, feed.live = feed, False  # type: ignore[assignment]
    state.ice.for_browser()
    assert not needs_other_passwords(state)
    clock.now_s += RENEW_S
    assert needs_other_passwords(state)
    feed.live = True
    assert not needs_other_passwords(state)
    # It stops when it is hours old, or its network was lost for a while: the next start has others.
    (old,) = state.ice.for_browser(may_renew=False)
    feed.live = False
    assert needs_other_passwords(state)
    (fresh,) = state.ice.for_browser()
    assert fresh["credential"] != old["credential"] and not needs_other_passwords(state)


# --- a real server -----------------------------------------------------------------------------------------


async def allocates(port: int, server: IceServer) -> bool:
    """Whether the TURN server gives the user an address, as it does for browsers and for aiortc."""
    try:
        transport, _ = await turn.create_turn_endpoint(
            asyncio.DatagramProtocol,
            server_addr=("127.0.0.1", port),
            username=server.username or "",
            password=server.credential or "",
        )
    except stun.TransactionFailed as failed:
        if failed.response.attributes["ERROR-CODE"][0] != 401:
            raise
        return False
    transport.close()
    return True


def test_coturn_takes_it_until_it_ends_and_no_forged_one(tmp_path: Path) -> None:
    port, now_s = free_port(), int(time.time())

    async def ask(*servers: IceServer) -> list[bool]:
        return [await allocates(port, server) for server in servers]

    good = ends_at(SECRET, ["turn:a"], now_s + 600, "a")
    with coturn(tmp_path, "127.0.0.1", port):
        taken = asyncio.run(
            ask(
                good,
                ends_at(SECRET, ["turn:a"], now_s - 600, "a"),
                ends_at("another secret", ["turn:a"], now_s + 600, "a"),
                good.model_copy(update={"username": f"{now_s + 999_999}:a"}),
            )
        )
    assert taken == [True, False, False, False]


def test_a_connection_that_stands_goes_on_when_its_password_has_ended(tmp_path: Path) -> None:
    """So nothing has to be renewed while a camera runs: only who comes anew needs another password."""
    port = free_port()

    async def outlive() -> int:
        # An allocation is refreshed every few minutes, with the user and the password that it was made with.
        loop = asyncio.get_running_loop()
        brief = ends_at(SECRET, ["turn:a"], int(time.time()) + 3, "a")
        _, client = await loop.create_datagram_endpoint(
            lambda: turn.TurnClientUdpProtocol(
                ("127.0.0.1", port),
                username=brief.username,
                password=brief.credential,
                lifetime=600,
                channel_refresh_time=500,
            ),
            remote_addr=("127.0.0.1", port),
        )
        await client.connect()
        while await allocates(port, brief):
            await asyncio.sleep(0.2)
        refresh = stun.Message(message_method=stun.Method.REFRESH, message_class=stun.Class.REQUEST)
        refresh.attributes["LIFETIME"] = 600
        answer, _ = await client.request_with_retry(refresh)
        await client.channel_bind(0x4000, ("127.0.0.1", port))
        await client.delete()
        return int(answer.attributes["LIFETIME"])

    with coturn(tmp_path, "127.0.0.1", port):
        assert asyncio.run(outlive()) == 600
