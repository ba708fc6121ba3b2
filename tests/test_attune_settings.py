"""The settings: what each variable takes, what a wrong one is told, and that no secret is ever repeated."""

from __future__ import annotations

import ipaddress
import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiortc.rtcicetransport import parse_stun_turn_uri

import attune_settings
from attune_settings import (
    PROJECT,
    WRONG_SETTINGS,
    Program,
    Settings,
    SettingsError,
    load,
    main,
    markdown,
    masked_address,
    names_read_by,
    rows,
    unknown_variables,
)

SECRET = "s3cret"


def problem(name: str, value: str) -> str:
    """What is said of a wrong value."""
    with pytest.raises(SettingsError) as caught:
        load(None, {name: value})
    assert list(caught.value.problems) == [name]
    assert caught.value.__cause__ is None, "pydantic's error may quote the value"
    assert caught.value.__suppress_context__
    return str(caught.value)


def turn(urls: object, **more: object) -> str:
    return json.dumps([{"urls": urls, "username": "u", "credential": SECRET, **more}])


# -- values ------------------------------------------------------------------------------------------------


def test_without_any_variable_every_setting_has_its_default() -> None:
    settings = load(None, {})
    assert settings.ice_servers == ()
    assert settings.editor_password is None
    assert (settings.site, settings.control_share, settings.sign_in_hours) == ("local", 0.1, 12.0)
    assert settings.database_url == f"sqlite:///{PROJECT / 'var' / 'attune.db'}"
    assert settings.retention is not None and settings.retention.days == 90


def test_blank_counts_as_not_set() -> None:
    assert load(None, dict.fromkeys(names_read_by(), "  ")) == load(None, {})


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("ATTUNE_CONTROL_SHARE", "0", "control_share", 0.0),
        ("ATTUNE_CONTROL_SHARE", " 0.25 ", "control_share", 0.25),
        ("ATTUNE_CONTROL_SHARE", "1", "control_share", 1.0),
        ("ATTUNE_RETENTION_DAYS", " 7 ", "retention_days", 7),
        ("ATTUNE_RETENTION_DAYS", "0", "retention", None),
        ("ATTUNE_SIGN_IN_HOURS", "0.5", "sign_in_hours", 0.5),
        ("ATTUNE_SITE", " shop ", "site", "shop"),
        (
            "ATTUNE_EDITORS",
            "Ada@example.org, @museum.example,",
            "editors",
            ("Ada@example.org", "@museum.example"),
        ),
        ("DATABASE_URL", " sqlite:///x.db ", "database_url", "sqlite:///x.db"),
        ("DATABASE_URL", "postgresql+psycopg://u:p@h/d", "database_url", "postgresql+psycopg://u:p@h/d"),
        ("ATTUNE_MEDIA_URL", "memory://x", "media_url", "memory://x"),
        ("ATTUNE_MEDIA_DIR", "there/or/not", "media_dir", Path("there/or/not")),
        ("ATTUNE_MODEL", "attune", "model", "attune"),
        ("ATTUNE_ICE_SERVERS", "[]", "ice_servers", ()),
        (
            "ATTUNE_TRUSTED_PROXIES",
            "10.0.0.7, 2001:db8::/32,",
            "trusted_proxies",
            (ipaddress.ip_network("10.0.0.7/32"), ipaddress.ip_network("2001:db8::/32")),
        ),
        ("ATTUNE_ANALYZER", " ray://head:8000/ ", "analyzer", "ray://head:8000"),
        ("ATTUNE_ANALYZER", "ray://[fd00::1]", "analyzer", "ray://[fd00::1]"),
        ("ATTUNE_ANALYZER_REPLICAS", " 2-16 ", "analyzer_replicas", (2, 16)),
        ("CHROME", "/usr/bin/chromium", "browser", "/usr/bin/chromium"),
        ("ATTUNE_BROWSER", "/usr/bin/chromium", "browser", "/usr/bin/chromium"),
    ],
)
def test_values_are_taken(name: str, value: str, attribute: str, expected: object) -> None:
    assert getattr(load(None, {name: value}), attribute) == expected


def test_blanks_around_a_password_are_part_of_it() -> None:
    password = load(None, {"ATTUNE_EDITOR_PASSWORD": f" {SECRET} "}).editor_password
    assert password is not None and password.get_secret_value() == f" {SECRET} "


@pytest.mark.parametrize(
    ("name", "value", "received"),
    [
        *(("ATTUNE_CONTROL_SHARE", v, f"'{v}'") for v in ("10%", "1.5", "-0.1", "nan", "inf", "none")),
        *(("ATTUNE_RETENTION_DAYS", v, f"'{v}'") for v in ("-1", "soon", "1e9", "99999999", "1.5", "²")),
        *(("ATTUNE_SIGN_IN_HOURS", v, f"'{v}'") for v in ("0", "-1", "nan", "inf", "soon")),
        *(("ATTUNE_MAX_VIEWERS", v, f"'{v}'") for v in ("-1", "1.5", "many")),
        ("ATTUNE_TRUSTED_PROXIES", "10.0.0.1/8", "10.0.0.1/8 has host bits set"),
        ("ATTUNE_TRUSTED_PROXIES", "proxy.example", "'proxy.example' does not appear to be"),
        ("ATTUNE_TURN_URLS", "stun:a.example", "'stun:a.example', which begins neither with turn: nor"),
        ("ATTUNE_TURN_URLS", "turn:a.example:x", "not of the form turn:host:port"),
        ("ATTUNE_TURN_URLS", "turn:a.example", "addresses without ATTUNE_TURN_SECRET"),
        ("ATTUNE_SITE", "x" * 81, "xxx"),
        ("ATTUNE_EDITORS", "ada@example.org; bob@example.org", "ada@example.org; bob"),
        ("ATTUNE_EDITORS", "ada@example.org, *", "'*'"),
        ("ATTUNE_EDITORS", "@", "'@'"),
        ("ATTUNE_MODEL", "attun", "'attun', which is not there (installed: attune)"),
        ("ATTUNE_MODEL", "x" * 5000, "File name too long"),
        *(
            ("ATTUNE_ANALYZER", v, f"'{v}'")
            for v in ("ray", "http://h:1", "ray://", "ray://h:99999", "ray://h/x")
        ),
        *(("ATTUNE_ANALYZER_REPLICAS", v, f"'{v}'") for v in ("4", "0-4", "4-2", "1-many")),
        ("ATTUNE_MEDIA_DIR", __file__, "a file"),
        ("ATTUNE_SPOOL_DIR", __file__, "a file"),
        ("ATTUNE_SPOOL_DIR", "x" * 5000, "File name too long"),
    ],
)
def test_a_wrong_value_is_told_with_name_what_is_allowed_and_what_came(
    name: str, value: str, received: str
) -> None:
    said = problem(name, value)
    assert said.startswith(f"{name}: Expected ")
    assert received in said.partition(". Received: ")[2]
    assert len(said) < 400


@pytest.mark.parametrize(
    ("name", "value", "received"),
    [
        ("DATABASE_URL", f"nonsense://u:{SECRET}@h/d", "not known here"),
        ("DATABASE_URL", f"{SECRET} is no address", "no such address"),
        ("DATABASE_URL", f"postgresql+psycopg://u:{SECRET}", "no such address"),
        ("DATABASE_URL", f"mysql://u:{SECRET}@h/d", "driver is not installed (No module named 'MySQLdb')"),
        ("DATABASE_URL", f"postgresql+psycopg_async://u:{SECRET}@h/d", "a driver that is asynchronous"),
        ("ATTUNE_SECRET", SECRET, "one of 6"),
        ("ATTUNE_MEDIA_URL", f"s3:/bucket/{SECRET}", "without ://"),
        ("ATTUNE_MEDIA_URL", f"https://u:{SECRET}@h/x", "can only be read"),
        ("ATTUNE_MEDIA_URL", f"zip://a::s3://u:{SECRET}@x", "can only be read"),
        ("ATTUNE_MEDIA_URL", f"nosuch://u:{SECRET}@x", "a kind it does not know"),
        ("ATTUNE_MEDIA_URL", f"gs://x?token={SECRET}", "gcsfs"),
        ("ATTUNE_ICE_SERVERS", f"stun:{SECRET}", "no JSON"),
        ("ATTUNE_ICE_SERVERS", f'[{{"urls": "turn:a", "credential": "{SECRET}"', "no JSON"),
        ("ATTUNE_ICE_SERVERS", f'"{SECRET}"', "not a list"),
        ("ATTUNE_ICE_SERVERS", '""', "not a list"),
        ("ATTUNE_ICE_SERVERS", "{}", "not a list"),
        ("ATTUNE_ICE_SERVERS", "null", "not a list"),
        ("ATTUNE_ICE_SERVERS", "[" * 5000, "no JSON"),
        ("ATTUNE_ICE_SERVERS", f'["stun:{SECRET}"]', "server 1 is not in braces"),
        ("ATTUNE_ICE_SERVERS", '[{"url": "stun:a"}]', "“urls” of server 1 is missing"),
        ("ATTUNE_ICE_SERVERS", '[{"urls": 3}]', "“urls” of server 1 is not a list"),
        ("ATTUNE_ICE_SERVERS", '[{"urls": []}]', "“urls” of server 1 is an empty list"),
        ("ATTUNE_ICE_SERVERS", '[{"urls": ""}]', "server 1: text that is no address"),
        ("ATTUNE_ICE_SERVERS", '[{"urls": ["stun:a", ""]}]', "server 1: text that is no address"),
        ("ATTUNE_ICE_SERVERS", turn("http://a"), "server 1: an address that begins with http:"),
        (
            "ATTUNE_ICE_SERVERS",
            '[{"urls": "stun:a"}, {"urls": "https://b"}]',
            "server 2: an address that begins with https:",
        ),
        ("ATTUNE_ICE_SERVERS", turn(f"turn:u:{SECRET}@a"), "not of the form turn:host:port"),
        ("ATTUNE_ICE_SERVERS", turn("turn://a"), "not of the form turn:host:port"),
        ("ATTUNE_ICE_SERVERS", turn("turn:"), "not of the form turn:host:port"),
        ("ATTUNE_ICE_SERVERS", turn("turn: a"), "not of the form turn:host:port"),
        ("ATTUNE_ICE_SERVERS", turn("TURN:a"), "an address that begins with TURN:"),
        ("ATTUNE_ICE_SERVERS", turn("turn:a:0"), "port 0, which is not from 1 to 65535"),
        ("ATTUNE_ICE_SERVERS", turn("turn:a:65536"), "port 65536, which is not from 1 to 65535"),
        ("ATTUNE_ICE_SERVERS", turn("turn:a:x"), "not of the form turn:host:port"),
        ("ATTUNE_ICE_SERVERS", turn("turn:a?transport=sctp"), "not of the form turn:host:port"),
        ("ATTUNE_ICE_SERVERS", turn("stun:a?transport=udp"), "?transport= in an address of stun:"),
        ("ATTUNE_ICE_SERVERS", turn("turn:999.1.1.1"), "no name of a machine"),
        ("ATTUNE_ICE_SERVERS", turn("turn:exa$mple"), "no name of a machine"),
        ("ATTUNE_ICE_SERVERS", turn("turn:[2001:db8::1]:3478"), "an IPv6 address; give a name"),
        ("ATTUNE_ICE_SERVERS", '[{"urls": "turn:a"}]', "turn: without a username and a credential"),
        ("ATTUNE_ICE_SERVERS", '[{"urls": "turns:a", "username": "u"}]', "without a username and a cred"),
        ("ATTUNE_ICE_SERVERS", turn("turn:a", credential=""), "without a username and a credential"),
        ("ATTUNE_ICE_SERVERS", turn("turn:a", username=""), "without a username and a credential"),
        ("ATTUNE_ICE_SERVERS", turn("turn:a", credential=5), "“credential” of server 1 is not text"),
        ("ATTUNE_ICE_SERVERS", turn("turn:a", s3cret=1), "server 1 has something beside"),
    ],
)
def test_a_wrong_value_that_may_hold_a_secret_is_told_without_it(
    name: str, value: str, received: str
) -> None:
    said = problem(name, value)
    assert said.startswith(f"{name}: Expected ")
    assert SECRET not in said
    assert received in said.partition(". Received: ")[2]


def test_every_wrong_variable_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load(None, {"ATTUNE_CONTROL_SHARE": "2", "ATTUNE_SITE": "shop", "ATTUNE_RETENTION_DAYS": "x"})
    assert sorted(caught.value.problems) == ["ATTUNE_CONTROL_SHARE", "ATTUNE_RETENTION_DAYS"]


@pytest.mark.parametrize(
    ("urls", "shown"),
    [
        ("stun:a.example:3478", ["stun:a.example:3478"]),
        (["stun:a", "stuns:b:443"], ["stun:a", "stuns:b:443"]),
        ("turn:198.51.100.7:3478?transport=tcp", ["turn:198.51.100.7:3478?transport=tcp"]),
        ("turns:b-1.example?transport=udp", ["turns:b-1.example?transport=udp"]),
    ],
)
def test_ice_servers_are_handed_on_as_browsers_and_aiortc_take_them(urls: object, shown: list[str]) -> None:
    (server,) = load(None, {"ATTUNE_ICE_SERVERS": turn(urls)}).ice_servers
    assert server.for_browser() == {"urls": shown, "username": "u", "credential": SECRET}
    for url in shown:
        parse_stun_turn_uri(url)
    assert load(None, {"ATTUNE_ICE_SERVERS": '[{"urls": "stun:a"}]'}).ice_servers[0].for_browser() == {
        "urls": ["stun:a"]
    }


# -- who reads what ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", list(Program))
def test_a_program_is_stopped_by_its_own_variables_alone(program: Program) -> None:
    wrong = {
        "DATABASE_URL": "nonsense://",
        "ATTUNE_MODEL": "no-such-model",
        "ATTUNE_RETENTION_DAYS": "soon",
        "ATTUNE_ICE_SERVERS": "nonsense",
    }
    own = wrong.keys() & names_read_by(program)
    expected = {
        Program.APP: set(wrong),
        Program.CONTENT: {"DATABASE_URL", "ATTUNE_RETENTION_DAYS"},
        Program.EMOTION: {"ATTUNE_MODEL"},
    }.get(program, set())
    assert own == expected
    if expected:
        with pytest.raises(SettingsError) as caught:
            load(program, wrong)
        assert set(caught.value.problems) == expected
    else:
        assert load(program, wrong) == load(program, {})


def test_other_programs_settings_keep_their_default_even_where_set() -> None:
    given = {"ATTUNE_SITE": "shop", "ATTUNE_RETENTION_DAYS": "7"}
    found = load(Program.CONTENT, given)
    assert (found.site, found.retention_days) == ("local", 7)


@pytest.mark.parametrize(
    ("command", "environ", "name", "code"),
    [
        (
            ["-m", "content", "export", "x.zip"],
            {"DATABASE_URL": f"nonsense://u:{SECRET}@h"},
            "DATABASE_URL",
            2,
        ),
        (["-m", "content", "import", "x.zip"], {"ATTUNE_MEDIA_URL": "s3:/x"}, "ATTUNE_MEDIA_URL", 2),
        (["-m", "emotion", "photo", "x.jpg"], {"ATTUNE_MODEL": "no-such-model"}, "ATTUNE_MODEL", 1),
        (["-m", "attune_settings", "--check"], {"ATTUNE_SITE": "x" * 81}, "ATTUNE_SITE", 2),
    ],
)
def test_a_wrong_value_stops_the_command(
    command: list[str], environ: Mapping[str, str], name: str, code: int, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "COLUMNS": "40", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert f"Error: {name}: Expected " in done.stderr
    assert "Received: " in done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr


# -- unknown variables -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("ATTUNE_CONTROL_SHRE", "ATTUNE_CONTROL_SHARE"),
        ("ATTUNE_DATABASE_URL", "DATABASE_URL"),
        ("ATTUNE_EDITOR", "ATTUNE_EDITORS"),
        ("ATTUNE_XYZ", ""),
    ],
)
def test_an_unknown_variable_is_warned_of_with_the_nearest_name(name: str, near: str) -> None:
    (sentence,) = unknown_variables({name: "1", "PATH": "/bin", "ATTUNE_SITE": "shop"})
    assert sentence.startswith(f"{name} is not one of Attune's settings")
    assert (f"Did you mean {near}?" in sentence) == bool(near)


def test_an_unknown_variable_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ATTUNE_SIET", "shop")
    attune_settings.warn_of_unknown.cache_clear()
    with caplog.at_level(logging.WARNING):
        attune_settings.warn_of_unknown()
        attune_settings.warn_of_unknown()
    assert [r.getMessage() for r in caplog.records if "ATTUNE_SITE" in r.getMessage()] == [
        "ATTUNE_SIET is not one of Attune's settings and does nothing. Did you mean ATTUNE_SITE?"
    ]
    attune_settings.warn_of_unknown.cache_clear()


# -- what is printed ---------------------------------------------------------------------------------------

SECRETS = {
    "DATABASE_URL": f"postgresql+psycopg://ada:{SECRET}@db.example/attune?sslpassword={SECRET}&sslmode=require",
    "ATTUNE_MEDIA_URL": f"s3://key:{SECRET}@bucket/folder",
    "ATTUNE_SECRET": SECRET * 6,
    "ATTUNE_EDITOR_PASSWORD": SECRET,
    "ATTUNE_TURN_SECRET": SECRET,
    "ATTUNE_ICE_SERVERS": turn("turn:turn.example:3478"),
}


@pytest.fixture
def with_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in names_read_by():
        monkeypatch.delenv(name, raising=False)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ATTUNE_SITE", "shop [1]")
    monkeypatch.setenv("COLUMNS", "300")


@pytest.mark.usefixtures("with_secrets")
@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_what_is_in_force_is_printed_with_its_source_and_masked(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert SECRET not in printed.out
    for part in (
        "db.example/attune",
        "sslmode=require",
        "turn:turn.example:3478",
        "bucket/folder",
        "shop [1]",
    ):
        assert part in printed.out
    for name in names_read_by():
        assert name in printed.out


@pytest.mark.usefixtures("with_secrets")
def test_the_json_says_where_each_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--json"])
    found = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert {n for n, row in found.items() if row["source"] == "environment"} == {*SECRETS, "ATTUNE_SITE"}
    assert {n for n, row in found.items() if row["secret"]} == set(SECRETS)
    assert found["ATTUNE_EDITOR_PASSWORD"]["value"] == "***"
    assert found["ATTUNE_RETENTION_DAYS"]["value"] == "90"


@pytest.mark.usefixtures("with_secrets")
def test_no_secret_is_in_what_python_prints_of_the_settings() -> None:
    assert SECRET not in repr(load())
    assert SECRET not in str(load())


@pytest.mark.parametrize("arguments", [["--check"], [], ["--json"]])
def test_wrong_values_end_with_code_2_and_are_told(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ATTUNE_CONTROL_SHARE", "2")
    monkeypatch.setenv("ATTUNE_SITE", "shop")
    monkeypatch.setenv("ATTUNE_SIET", "shop")
    assert main(arguments) == WRONG_SETTINGS
    printed = capsys.readouterr()
    assert "Error: ATTUNE_CONTROL_SHARE: Expected a number from 0 to 1. Received: '2'" in printed.err
    assert "Warning: ATTUNE_SIET" in printed.err
    found = {row.name: row.source for row in rows()}
    assert (found["ATTUNE_CONTROL_SHARE"], found["ATTUNE_SITE"]) == ("wrong", "environment")


def test_check_says_nothing_when_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql+psycopg://ada:p/a:s@s@h/d", "postgresql+psycopg://***@h/d"),
        ("postgresql://ada@h/d", "postgresql://ada@h/d"),
        ("sqlite:////srv/x.db", "sqlite:////srv/x.db"),
        ("ftp://user:secret@host:21/x?key=1&a=2", "ftp://***@host:21/x?key=***&a=2"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_an_address_is_shown_without_its_secrets(address: str, shown: str) -> None:
    assert masked_address(address) == shown


# -- the documentation -------------------------------------------------------------------------------------


def test_the_readme_has_this_table() -> None:
    assert markdown() in (PROJECT / "README.md").read_text(encoding="utf-8"), (
        "python -m attune_settings --markdown prints it"
    )


def test_every_setting_has_a_meaning_and_no_value_of_this_machine_is_in_the_table() -> None:
    for field in Settings.model_fields.values():
        assert field.description
    assert str(PROJECT) not in markdown()
    for row in rows({}):
        assert not row.more or (PROJECT / row.more).is_file()
