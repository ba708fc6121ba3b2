"""Editors sign in at a real OpenID Connect server on this machine, in a real browser."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, PHONE, AppServer, free_port

PEOPLE = (
    {"sub": "ada", "email": "Ada@Example.org", "email_verified": True},
    {"sub": "eve", "email": "eve@example.org", "email_verified": True},
    {"sub": "mallory", "email": "ada@example.org", "email_verified": False},
)


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An OpenID Connect server in a process of its own, which knows ``PEOPLE``."""
    port = free_port()
    people = [f"--user-claims={json.dumps(person)}" for person in PEOPLE]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *people]
    with (tmp_path_factory.mktemp("provider") / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            break
        except (urllib.error.URLError, ConnectionError):
            assert process.poll() is None, "Expected the OpenID Connect server to run. Received: its end"
            time.sleep(0.1)
    yield url
    process.terminate()
    process.wait(15)


@pytest.fixture(scope="module")
def server(
    serve_app: Callable[..., AppServer], provider: str, tmp_path_factory: pytest.TempPathFactory
) -> AppServer:
    """An app that Ada alone may edit."""
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.toml"
    secrets.write_text(
        f"""
[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{"x1" * 20}"
client_id = "attune"
client_secret = "a secret"
server_metadata_url = "{provider}"
""",
        encoding="utf-8",
    )
    return serve_app({"ATTUNE_EDITORS": "ADA@example.org"}, "--secrets.files", str(secrets))


def sign_in(page: Page, server: AppServer, sub: str) -> None:
    page.goto(f"{server.url}/catalog")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name=sub, exact=True).click()
    page.wait_for_url(f"{server.url}/**")


def test_an_editor_signs_in_comes_to_the_catalog_and_signs_out(
    page: Page, server: AppServer, screenshot: Callable[..., Path]
) -> None:
    page.goto(f"{server.url}/catalog")
    expect(page.get_by_text("The catalog editor needs a sign-in")).to_be_visible()
    expect(page.get_by_test_id("item-card")).to_have_count(0)
    screenshot(page, "sign-in")
    for width, height in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": height})
        assert violations(page) == []
    sign_in(page, server, "ada")
    # Sign-in comes back to the app's first page; the app leads on to what was asked for.
    expect(page.get_by_text("Signed in as ada@example.org")).to_be_visible()
    expect(page.get_by_test_id("item-card").first).to_be_visible()
    assert urlsplit(page.url).path == "/catalog"
    screenshot(page, "signed-in")
    # The next look at the first page is one at the first page.
    page.goto(server.url)
    expect(page.get_by_role("button", name="Demo without camera")).to_be_visible()
    assert urlsplit(page.url).path == "/"
    page.goto(f"{server.url}/catalog")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()
    page.wait_for_url(f"{server.url}/**")
    page.goto(f"{server.url}/catalog")
    expect(page.get_by_text("The catalog editor needs a sign-in")).to_be_visible()


@pytest.mark.parametrize(
    ("sub", "says"),
    [
        ("eve", "signed in as eve@example.org, which is not on the list of editors"),
        ("mallory", "does not say that the address is yours"),
    ],
)
def test_others_are_told_who_they_are_and_that_they_may_not_edit(
    page: Page, server: AppServer, screenshot: Callable[..., Path], sub: str, says: str
) -> None:
    sign_in(page, server, sub)
    expect(page.get_by_text(says)).to_be_visible()
    expect(page.get_by_test_id("item-card")).to_have_count(0)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    screenshot(page, f"signed-in-{sub}")


def test_a_sign_in_that_is_refused_comes_back_as_nobody(page: Page, server: AppServer) -> None:
    page.goto(f"{server.url}/catalog")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(f"{server.url}/**")
    page.goto(f"{server.url}/catalog")
    expect(page.get_by_text("The catalog editor needs a sign-in")).to_be_visible()


def test_a_forged_identity_opens_nothing(page: Page, server: AppServer) -> None:
    claims = json.dumps({"is_logged_in": True, "email": "ada@example.org", "email_verified": True})
    page.context.add_cookies([{"name": "_streamlit_user", "value": claims, "url": server.url}])
    page.goto(f"{server.url}/catalog")
    expect(page.get_by_text("The catalog editor needs a sign-in")).to_be_visible()
    expect(page.get_by_test_id("item-card")).to_have_count(0)
