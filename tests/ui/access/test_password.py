"""Who may edit: only a direct connection from this machine, or the password."""

from __future__ import annotations

import threading

import pytest

from ui.access.password import (
    Access,
    AttemptLimiter,
    Visitor,
    attempts_key,
    decide,
    is_local,
    password_matches,
)

BROWSER = (("host", "127.0.0.1:8501"), ("origin", "http://127.0.0.1:8501"), ("upgrade", "websocket"))


def visitor(ip: str | None = None, unix_socket: bool = False, **headers: str) -> Visitor:
    pairs = {"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return Visitor(ip, tuple(pairs.items()), unix_socket)


@pytest.mark.parametrize(
    ("ip", "host"),
    [
        (None, "127.0.0.1:8501"),
        (None, "localhost:8501"),
        (None, "localhost"),
        (None, "LOCALHOST:8501"),
        (None, "localhost.:8501"),
        (None, "[::1]:8501"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.5", "127.0.0.5:80"),
        ("::ffff:127.0.0.1", "localhost:8501"),
        ("::1", "[::1]:8501"),
    ],
)
def test_a_browser_on_this_machine_is_local(ip: str | None, host: str) -> None:
    assert is_local(visitor(ip, host=host, origin=f"http://{host}"))


def test_a_program_without_an_origin_is_local() -> None:
    assert is_local(Visitor(None, (("host", "localhost:8501"),)))


@pytest.mark.parametrize(
    "ip", ["192.168.1.20", "10.0.0.1", "fe80::1", "2001:db8::1", "0.0.0.0", "", "localhost"]
)
def test_other_addresses_are_not_local_whatever_they_claim(ip: str) -> None:
    assert not is_local(visitor(ip))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8501",  # DNS rebinding: the name resolves to 127.0.0.1
        "127.0.0.1.evil.example",
        "localhost.evil.example:8501",
        "localhost@evil.example",
        "evil.example@localhost",
        "evil.example#localhost",
        "evil.example/localhost",
        "127.0.0.1:port",
        "192.168.1.5:8501",
        "0.0.0.0:8501",
        "",
    ],
)
def test_a_host_that_is_not_a_loopback_name_is_not_local(host: str) -> None:
    assert not is_local(visitor(None, host=host))


@pytest.mark.parametrize(
    "origin", ["https://attune.example", "http://evil.example:8501", "null", "file://", ""]
)
def test_a_page_from_elsewhere_is_not_local(origin: str) -> None:
    # nginx's plain proxy_pass rewrites Host to the upstream's name; the browser's Origin still tells.
    assert not is_local(visitor(None, origin=origin))


@pytest.mark.parametrize(
    "header",
    [
        "x_forwarded_for",
        "x_forwarded_host",
        "x_forwarded_proto",
        "forwarded",
        "via",
        "x_real_ip",
        "cf_connecting_ip",
    ],
)
@pytest.mark.parametrize("value", ["203.0.113.9", "127.0.0.1", ""])
def test_anything_a_proxy_passed_on_is_not_local(header: str, value: str) -> None:
    assert not is_local(visitor(None, **{header: value}))
    assert not is_local(visitor("127.0.0.1", **{header: value}))


def test_doubled_headers_are_not_local() -> None:
    assert not is_local(Visitor(None, (*BROWSER, ("host", "127.0.0.1:8501"))))
    assert not is_local(Visitor(None, (*BROWSER, ("origin", "https://evil.example"))))


def test_knowing_nothing_is_not_local() -> None:
    assert not is_local(Visitor(None, ()))


def test_a_unix_socket_is_not_local() -> None:
    assert not is_local(visitor(None, unix_socket=True))


@pytest.mark.parametrize(
    ("local", "password_is_set", "unlocked", "expected"),
    [
        (True, False, False, Access.OPEN),
        (True, True, False, Access.OPEN),
        (False, False, False, Access.SHUT),
        (False, False, True, Access.SHUT),
        (False, True, False, Access.ASK),
        (False, True, True, Access.OPEN),
    ],
)
def test_decision_table(local: bool, password_is_set: bool, unlocked: bool, expected: Access) -> None:
    who = visitor(None if local else "192.168.1.20")
    assert decide(who, password_is_set=password_is_set, unlocked=unlocked) is expected


def test_passwords_compare_whole() -> None:
    assert password_matches("größe-🔑", "größe-🔑")
    assert not password_matches("größe-", "größe-🔑")
    assert not password_matches("", "x")
    assert not password_matches("\ud800", "x")


def test_the_sixth_wrong_answer_waits_for_the_first_to_age() -> None:
    limiter = AttemptLimiter(per_address=5, window_s=300)
    assert [limiter.admit("a", at_s=float(i)) for i in range(5)] == [0.0] * 5
    assert limiter.admit("a", at_s=10.0) == pytest.approx(290.0)
    assert limiter.admit("b", at_s=10.0) == 0.0
    assert limiter.admit("a", at_s=300.0) == 0.0


def test_changing_addresses_does_not_help() -> None:
    limiter = AttemptLimiter(per_address=5, in_all=20, window_s=60)
    assert sum(limiter.admit(f"address {i}", at_s=0.0) == 0.0 for i in range(100)) == 20


def test_the_right_answer_clears_the_count() -> None:
    limiter = AttemptLimiter(per_address=2)
    limiter.admit("a", 0.0)
    limiter.admit("a", 0.0)
    limiter.forgive("a")
    assert limiter.admit("a", 0.0) == 0.0


@pytest.mark.parametrize(
    ("ip", "passed_on", "key"),
    [
        ("192.168.1.20", None, "192.168.1.20"),
        ("192.168.1.20", "203.0.113.9", "192.168.1.20"),  # no proxy of ours: not believed
        (None, None, "loopback"),
        (None, "", "loopback"),
        (None, "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "10.9.8.7, 203.0.113.9", "203.0.113.9"),  # the first one is the visitor's own word
        (None, "203.0.113.9:5012", "203.0.113.9"),
        (None, "2001:db8::1", "2001:db8::/64"),
        (None, "[2001:db8::2]:5012", "2001:db8::/64"),
        (None, "unknown", "unknown"),
        (None, "[", "["),
        (None, "x" * 500, "x" * 64),
    ],
)
def test_wrong_answers_are_counted_by_visitor(ip: str | None, passed_on: str | None, key: str) -> None:
    headers = {} if passed_on is None else {"x_forwarded_for": passed_on}
    assert attempts_key(visitor(ip, **headers)) == key


def test_behind_a_proxy_one_visitor_does_not_lock_the_others_out() -> None:
    limiter = AttemptLimiter()
    guessing, editing = (attempts_key(visitor(None, x_forwarded_for=f"203.0.113.{n}")) for n in (1, 2))
    assert [limiter.admit(guessing, 0.0) for _ in range(6)] == [0.0] * 5 + [pytest.approx(300.0)]
    assert limiter.admit(editing, 0.0) == 0.0


def test_a_hundred_at_once_are_no_way_around() -> None:
    limiter = AttemptLimiter(per_address=5)
    admitted: list[float] = []
    threads = [threading.Thread(target=lambda: admitted.append(limiter.admit("a", 0.0))) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert admitted.count(0.0) == 5
