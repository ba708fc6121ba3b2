"""Sign-in without a browser: settings that are wrong, who may edit, and what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.secrets import secrets_singleton
from streamlit.testing.v1 import AppTest

from ui.access import password as catalog_access
from ui.access import signin
from ui.access.password import Visitor
from ui.access.signin import Arrivals, SignIn, Standing, judge, read_sign_in
from ui.app.setup import IN_THE_LOG

NOW_S = 1_800_000_000.0
AUTH = {
    "redirect_uri": "https://attune.example.org/oauth2callback",
    "cookie_secret": "0123456789abcdef" * 2,
    "client_id": "attune",
    "client_secret": "hush-hush",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}
EDITORS = ("Ada@Example.org", "@museum.example")
SETTINGS = SignIn(
    ("default",), "https://attune.example.org", frozenset({"ada@example.org", "@museum.example"}), 12.0
)
ADA = {
    "is_logged_in": True, "iss": "https://id.example.org", "sub": "1", "iat": NOW_S - 60,
    "email": "ADA@example.org", "email_verified": True,
}  # fmt: skip
PAGE = Path(__file__).parents[3] / "pages" / "catalog.py"


# -- settings ------------------------------------------------------------------------------------------


def test_without_a_section_nobody_signs_in() -> None:
    assert read_sign_in({}, EDITORS, 12.0) is None
    assert read_sign_in({"other": 1}, (), 12.0) is None


def test_settings_are_read() -> None:
    assert read_sign_in({"auth": AUTH}, EDITORS, 12.0) == SETTINGS
    google = {k: v for k, v in AUTH.items() if k not in ("redirect_uri", "cookie_secret")}
    common = {k: AUTH[k] for k in ("redirect_uri", "cookie_secret")}
    several = read_sign_in({"auth": {**common, "google": google, "museum": google}}, EDITORS, 12.0)
    assert several is not None
    assert several.problem is None
    assert several.providers == ("google", "museum")
    hours = read_sign_in({"auth": AUTH}, EDITORS, 0.5)
    assert hours is not None
    assert hours.hours == 0.5


@pytest.mark.parametrize(
    ("changes", "editors", "says"),
    [
        ({"client_id": ""}, EDITORS, r"\[auth\]. Received: no client_id"),
        ({"client_secret": None, "server_metadata_url": ""}, EDITORS, "server_metadata_url"),
        ({"client_id": None, "client_secret": None, "server_metadata_url": None}, EDITORS, "none of them"),
        ({"museum": {"client_id": "x"}}, EDITORS, r"\[auth.museum\]. Received: no client_secret"),
        ({"redirect_uri": "http://attune.example.org/oauth2callback"}, EDITORS, "redirect_uri"),
        ({"redirect_uri": "https://attune.example.org/"}, EDITORS, "redirect_uri"),
        ({"redirect_uri": "https://[/oauth2callback"}, EDITORS, "redirect_uri"),
        ({"redirect_uri": None}, EDITORS, "redirect_uri"),
        ({"redirect_uri": "javascript://127.0.0.1/oauth2callback"}, EDITORS, "redirect_uri"),
        ({"cookie_secret": "hush-hush"}, EDITORS, "cookie_secret.*Received: fewer"),
        ({"cookie_secret": None}, EDITORS, "cookie_secret"),
        ({}, (), "ATTUNE_EDITORS.*Received: none"),
    ],
)
def test_settings_that_are_wrong_are_named_without_their_secrets(
    changes: dict[str, Any], editors: tuple[str, ...], says: str
) -> None:
    auth = {k: v for k, v in {**AUTH, **changes}.items() if v is not None}
    found = read_sign_in({"auth": auth}, editors, 12.0)
    assert found is not None
    assert found.problem is not None
    assert re.search(says, found.problem)
    assert "hush-hush" not in found.problem


def test_what_cannot_be_read_opens_nothing() -> None:
    for secrets in (None, {"auth": "yes"}):
        found = read_sign_in(secrets, EDITORS, 12.0)
        assert found is not None
        assert found.problem is not None


# -- who may edit --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Standing.EDITOR),
        ({"email": " ada@EXAMPLE.org "}, Standing.EDITOR),
        ({"email": "guard@museum.example"}, Standing.EDITOR),
        ({"email_verified": "true"}, Standing.EDITOR),
        ({"iat": NOW_S + 30}, Standing.EDITOR),
        ({"is_logged_in": False}, Standing.NOBODY),
        ({"is_logged_in": None}, Standing.NOBODY),
        ({"iat": NOW_S - 12 * 3600}, Standing.EXPIRED),
        ({"iat": NOW_S + 3600}, Standing.EXPIRED),
        ({"iat": None}, Standing.EXPIRED),
        ({"iat": True}, Standing.EXPIRED),
        ({"iat": "soon"}, Standing.EXPIRED),
        ({"iat": float("nan")}, Standing.EXPIRED),
        ({"email_verified": False}, Standing.UNVERIFIED),
        ({"email_verified": None}, Standing.UNVERIFIED),
        ({"email_verified": "false"}, Standing.UNVERIFIED),
        ({"email_verified": ["true"]}, Standing.UNVERIFIED),
        ({"email": None}, Standing.UNVERIFIED),
        ({"email": ["ada@example.org"]}, Standing.UNVERIFIED),
        ({"email": "ada"}, Standing.UNVERIFIED),
        ({"email": "eve@example.org"}, Standing.NOT_LISTED),
        ({"email": "guard@museum.example.evil.org"}, Standing.NOT_LISTED),
        ({"email": "guard@sub.museum.example"}, Standing.NOT_LISTED),
        ({"email": "@museum.example@evil.org"}, Standing.NOT_LISTED),
        ({"email": "ada@example.org\n"}, Standing.EDITOR),
        ({"email": "ada@e\u212aample.org"}, Standing.NOT_LISTED),
    ],
)
def test_who_may_edit(changes: dict[str, Any], expected: Standing) -> None:
    claims = {k: v for k, v in {**ADA, **changes}.items() if v is not None}
    assert judge(claims, SETTINGS, NOW_S) is expected


def test_letters_that_turn_into_others_are_not_taken_for_them() -> None:
    kelvin = SignIn(("default",), "", frozenset({"kim@example.org"}), 12.0)
    assert judge({**ADA, "email": "KIM@example.org"}, kelvin, NOW_S) is Standing.EDITOR
    assert judge({**ADA, "email": "\u212aim@example.org"}, kelvin, NOW_S) is Standing.NOT_LISTED


def test_each_sign_in_arrives_once() -> None:
    arrivals = Arrivals()
    assert arrivals.is_new(ADA, NOW_S)
    assert not arrivals.is_new(ADA, NOW_S)
    assert arrivals.is_new({**ADA, "iat": NOW_S}, NOW_S)
    assert arrivals.is_new({**ADA, "sub": "2"}, NOW_S)
    assert not arrivals.is_new({**ADA, "iat": NOW_S - 600}, NOW_S)
    assert not arrivals.is_new({"is_logged_in": False}, NOW_S)
    assert not arrivals.is_new({**ADA, "iat": None}, NOW_S)


# -- the page ------------------------------------------------------------------------------------------


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """``visit(secrets text, claims)`` opens the catalog page on this very machine."""

    def open_page(text: str | None, claims: dict[str, Any] | None = None, host: str = "127.0.0.1") -> AppTest:
        place = tmp_path / "secrets.toml"
        if text is not None:
            place.write_text(text, encoding="utf-8")
        get_option = st.get_option
        monkeypatch.setattr(
            st, "get_option", lambda key: [str(place)] if key == "secrets.files" else get_option(key)
        )
        monkeypatch.setattr("streamlit.config.get_option", _with_files(str(place)))
        origin = f"http://{host}:8501"
        headers = (("host", f"{host}:8501"), ("origin", origin))
        monkeypatch.setattr(catalog_access, "read_visitor", lambda: Visitor(None, headers))
        monkeypatch.setattr("streamlit.user_info._get_user_info", lambda: dict(claims or {}))
        monkeypatch.setattr(signin.time, "time", lambda: NOW_S)
        monkeypatch.setenv("ATTUNE_EDITORS", "ada@example.org")
        secrets_singleton._reset()
        return AppTest.from_file(PAGE, default_timeout=60).run()

    yield open_page
    secrets_singleton._reset()


def _with_files(place: str):
    from streamlit import config

    get_option = config.get_option
    return lambda key: [place] if key == "secrets.files" else get_option(key)


GOOD = """
[auth]
redirect_uri = "http://127.0.0.1:8501/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "attune"
client_secret = "hush-hush"
server_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"
"""


def words(page: AppTest) -> str:
    parts = [e.value for kind in ("markdown", "info", "error", "text", "caption") for e in page.get(kind)]
    return "\n".join(parts)


def is_open(page: AppTest) -> bool:
    return any(box.label == "Search" for box in page.text_input)


def test_without_sign_in_this_machine_edits_under_its_own_name(visit) -> None:
    assert is_open(visit(None))


def test_on_this_machine_too_people_sign_in_where_that_is_set_up(visit) -> None:
    page = visit(GOOD)
    assert not is_open(page)
    assert "needs a sign-in" in words(page)
    assert [b.label for b in page.button] == ["Sign in"]


def test_an_editor_is_let_in_and_may_leave(visit) -> None:
    page = visit(GOOD, ADA)
    assert is_open(page)
    assert "Signed in as ada@example.org" in words(page)
    assert any(b.label == "Sign out" for b in page.button)


@pytest.mark.parametrize(
    ("changes", "says", "offered"),
    [
        ({"email": "eve@example.org"}, "signed in as eve@example.org, which is not on the list", "Sign out"),
        ({"email_verified": False}, "does not say that the address is yours", "Sign out"),
        ({"iat": NOW_S - 13 * 3600}, "lasts 12 hours", "Sign in"),
        ({"email": "<script>alert(1)</script>@example.org"}, "<script>alert(1)</script>@", "Sign out"),
    ],
)
def test_others_are_told_why_not(visit, changes: dict[str, Any], says: str, offered: str) -> None:
    page = visit(GOOD, {**ADA, **changes})
    assert not is_open(page)
    assert says in words(page)
    assert [b.label for b in page.button] == [offered]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[auth\nclient_secret = 'hush-hush'", "one that cannot be read"),
        (GOOD.replace("client_id", "clientid"), "no client_id"),
        (GOOD.replace("0123456789abcdef", "0"), "cookie_secret"),
    ],
)
def test_broken_settings_open_nothing_and_tell_no_secret(visit, caplog, text: str, says: str) -> None:
    page = visit(text, ADA)
    assert not is_open(page)
    assert "sign-in is not set up correctly" in words(page)
    assert IN_THE_LOG in words(page)
    assert says in caplog.text
    assert says not in words(page)
    assert "hush-hush" not in words(page) + caplog.text
    assert not page.button


def test_at_another_address_the_page_leads_to_the_one_where_sign_in_works(visit) -> None:
    page = visit(GOOD, host="localhost")
    assert not page.button
    assert "only at this address" in words(page)
