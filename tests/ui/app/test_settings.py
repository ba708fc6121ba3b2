from __future__ import annotations

import pytest

from ui.app.settings import read_settings


def test_without_settings_nobody_is_asked_for_anything() -> None:
    settings = read_settings({})
    assert settings.ice_servers == ()
    assert settings.editor_password is None
    assert settings.site == "local"
    assert settings.control_share == 0.1
    assert settings.problems == ()


@pytest.mark.parametrize(("raw", "share"), [("0", 0.0), (" 0.25 ", 0.25), ("1", 1.0), ("", 0.1)])
def test_the_share_of_control_sessions(raw: str, share: float) -> None:
    settings = read_settings({"ATTUNE_CONTROL_SHARE": raw})
    assert (settings.control_share, settings.problems) == (share, ())


@pytest.mark.parametrize("raw", ["10%", "1.5", "-0.1", "nan", "inf", "none"])
def test_a_broken_share_is_named_and_left_out(raw: str, caplog: pytest.LogCaptureFixture) -> None:
    settings = read_settings({"ATTUNE_CONTROL_SHARE": raw})
    assert settings.control_share == 0.1
    assert settings.problems == (f"ATTUNE_CONTROL_SHARE: expected a number from 0 to 1. Received: {raw!r}",)
    assert "ATTUNE_CONTROL_SHARE" in caplog.text


def test_ice_servers_are_read_as_browsers_take_them() -> None:
    raw = (
        '[{"urls": "stun:a.example:3478"}, {"urls": ["turn:b.example"], "username": "u", "credential": "c"}]'
    )
    assert read_settings({"ATTUNE_ICE_SERVERS": raw}).ice_servers == (
        {"urls": "stun:a.example:3478"},
        {"urls": ["turn:b.example"], "username": "u", "credential": "c"},
    )


@pytest.mark.parametrize("raw", ["stun:a", "{}", '[{"url": "stun:a"}]', '[{"urls": 3}]', '["stun:a"]'])
def test_broken_ice_servers_are_named_and_left_out_without_their_secrets(
    raw: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = read_settings({"ATTUNE_ICE_SERVERS": raw})
    assert settings.ice_servers == ()
    assert "ATTUNE_ICE_SERVERS" in settings.problems[0]
    assert "Received:" in settings.problems[0]
    assert "ATTUNE_ICE_SERVERS" in caplog.text
    secret = '[{"urls": "turn:a", "credential": "s3cret", "extra": 1}]'
    assert "s3cret" not in read_settings({"ATTUNE_ICE_SERVERS": secret}).problems[0]


def test_the_password_is_not_printed() -> None:
    settings = read_settings({"ATTUNE_EDITOR_PASSWORD": "s3cret", "ATTUNE_SITE": " shop "})
    assert settings.editor_password == "s3cret"
    assert settings.site == "shop"
    assert "s3cret" not in repr(settings)
    assert read_settings({"ATTUNE_EDITOR_PASSWORD": ""}).editor_password is None
