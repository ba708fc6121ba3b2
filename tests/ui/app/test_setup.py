"""A site with a setting that it cannot work with: one plain line on every page, the reason in the log."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from ui.app import setup
from ui.app.setup import NOT_SET_UP

OpenApp = Callable[[], AppTest]


@pytest.fixture(autouse=True)
def nothing_logged_yet() -> None:
    setup._log_once.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "nonsense://ada:s3cret@db.example/shop"),
        ("ATTUNE_ICE_SERVERS", '[{"urls": "http://turn.example", "credential": "s3cret"}]'),
        ("ATTUNE_MODEL", "no-such-model"),
    ],
)
def test_visitors_read_one_plain_line_and_the_log_has_the_reason(
    open_app: OpenApp,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    value: str,
) -> None:
    monkeypatch.setenv(name, value)
    app = open_app()
    app.run()
    assert not app.exception
    assert [e.value for e in app.error] == [NOT_SET_UP]
    # The style sheet is all else that is there.
    assert not app.button and not app.markdown and not app.warning
    for part in (name, "db.example", "s3cret", "turn.example", "no-such-model"):
        assert part not in "".join(e.value for e in app.error)
    said = [r.getMessage() for r in caplog.records if r.getMessage().startswith(f"{name}: Expected ")]
    assert len(said) == 1, "once, however often the page is loaded"
    assert "Received: " in said[0]
    assert "s3cret" not in caplog.text


def test_a_site_that_is_set_up_shows_its_pages(open_app: OpenApp) -> None:
    app = open_app()
    assert not app.error
    assert app.button
