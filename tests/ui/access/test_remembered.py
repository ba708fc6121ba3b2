"""Browsers that are known after the password was given: tickets, cookies, and the route that gives them."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.access import remembered as access
from ui.access.remembered import COOKIE, TICKET_S, Remembered

HOUR_S = 3600.0


def test_a_ticket_is_good_once_and_for_a_minute() -> None:
    known = Remembered()
    ticket = known.new_ticket(0.0)
    assert known.take(ticket, TICKET_S - 1, HOUR_S) is not None
    assert known.take(ticket, TICKET_S - 1, HOUR_S) is None
    assert known.take(known.new_ticket(0.0), TICKET_S, HOUR_S) is None
    assert known.take("", 0.0, HOUR_S) is None
    assert known.take("a guess", 0.0, HOUR_S) is None


def test_a_browser_is_known_until_its_time_is_over() -> None:
    known = Remembered()
    cookie = known.take(known.new_ticket(0.0), 1.0, HOUR_S)
    assert cookie is not None
    assert known.knows(cookie, HOUR_S)
    assert not known.knows(cookie, HOUR_S + 1)
    assert not known.knows("", 2.0)
    assert not known.knows(cookie + "x", 2.0)


def test_a_browser_is_forgotten_by_its_cookie_or_its_ticket() -> None:
    known = Remembered()
    tickets = [known.new_ticket(0.0) for _ in range(3)]
    cookies = [known.take(ticket, 1.0, HOUR_S) for ticket in tickets]
    known.forget(str(cookies[0]), "")
    known.forget("", tickets[1])
    assert [known.knows(str(cookie), 2.0) for cookie in cookies] == [False, False, True]
    unused = known.new_ticket(0.0)
    known.forget("", unused)
    assert known.take(unused, 1.0, HOUR_S) is None


@pytest.mark.parametrize(("proto", "secure"), [("https", True), ("http", False)])
def test_the_route_gives_a_cookie_that_scripts_and_other_sites_cannot_use(proto: str, secure: bool) -> None:
    client = TestClient(Starlette(routes=[access.route()]))
    ticket = access.remembered.new_ticket(access.time.monotonic())
    assert client.post("/attune/editor", content="a guess").status_code == 403
    assert client.post("/attune/editor", content="x" * 1000).status_code == 413
    assert client.get("/attune/editor").status_code == 405
    answer = client.post("/attune/editor", content=ticket, headers={"X-Forwarded-Proto": proto})
    assert answer.status_code == 204
    said = answer.headers["set-cookie"]
    assert said.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"} <= set(said.split("; "))
    assert ("Secure" in said) is secure
    assert access.remembered.knows(said.split("=", 1)[1].split(";")[0], access.time.monotonic())
