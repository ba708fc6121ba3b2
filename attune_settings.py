"""Every environment variable that Attune reads: its type, default, meaning, and whether it holds a secret.

``load`` reads and checks them; nothing else in the project reads the environment. A wrong value raises
``SettingsError``, which names the variable, what is allowed and what came, and never repeats a secret.
Streamlit's own settings (``.streamlit/config.toml``, ``STREAMLIT_…``, ``secrets.toml``) stay with Streamlit.

    python -m attune_settings               # what is in force, and where it comes from
    python -m attune_settings --check       # exit code 2, and the reasons, when a value is wrong
    python -m attune_settings --markdown    # the table in README.md

This is the lowest layer: it imports nothing of the project.
"""

from __future__ import annotations

import argparse
import difflib
import ipaddress
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, from_json
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

PROJECT: Final = Path(__file__).resolve().parent
PREFIX: Final = "ATTUNE_"
MASK: Final = "***"
LEAST_SECRET: Final = 32
WRONG_SETTINGS: Final = 2
"""Exit code of a program that stops because a setting is wrong."""

_log = logging.getLogger("attune_settings")
# The command lines raise the level of all other loggers.
_log.setLevel(logging.WARNING)


class SettingsError(Exception):
    """A variable has a value that it cannot have.

    Attributes:
        problems: name of the variable → one sentence that repeats no secret.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("\n".join(self.problems.values()))


class Program(StrEnum):
    """What reads variables. Each program is stopped by its own alone."""

    APP = "the app"
    CONTENT = "python -m content"
    EMOTION = "python -m emotion"
    TRAIN = "python -m train"
    TESTS = "the tests"


class ReaderChoice(StrEnum):
    """Where the camera's picture is read until the viewer chooses."""

    AUTO = "auto"
    DEVICE = "device"
    SERVER = "server"


# -- what a value may be ---------------------------------------------------------------------------------
# A validator's ValueError says what came. Where the variable may hold a secret, it says so without the value.


def masked_address(address: str) -> str:
    """The address for logs and tables; who signs in with which password, and other secrets, are hidden."""
    # To the last @: a password may hold any other sign, and too much hidden does no harm.
    address = re.sub(r"://.*:.*@", f"://{MASK}@", address)
    hidden = r"([?&][^=&]*(?:pass|pwd|secret|token|key|sig|auth|cred)[^=&]*=)[^&]*"
    return re.sub(hidden, rf"\1{MASK}", address, flags=re.IGNORECASE)


def _database_url(url: str) -> str:
    # Imported here: SQLAlchemy is for those who set the variable.
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        parsed = make_url(url)
        dialect = parsed.get_dialect()
        dialect.import_dbapi()
    except NoSuchModuleError:
        raise ValueError("an address of a database that is not known here") from None
    except ImportError as error:
        raise ValueError(f"an address whose driver is not installed ({error})") from None
    except (ArgumentError, ValueError):
        # The error quotes what it could not read, and that may be a password.
        raise ValueError("text that is no such address (not shown, as it may hold a password)") from None
    if dialect.is_async:
        raise ValueError(f"a driver that is asynchronous ({parsed.drivername})")
    return url


def check_store_address(url: str) -> str:
    """The address of a store that uploads can be written to, as fsspec takes it.

    Raises:
        ValueError: there is no such store, its driver is not installed, or it can only be read. The message
            says what came, without a password.
    """
    # Imported here: fsspec is for those who set the variable.
    import fsspec

    protocol, sign, _ = url.partition("://")
    if not sign:
        raise ValueError("text without ://; for a folder of this machine set ATTUNE_MEDIA_DIR")
    shown = masked_address(url)
    if "::" in url or protocol in {"http", "https", "data", "github", "git"}:
        raise ValueError(f"{shown!r}, which can only be read")
    try:
        fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        # fsspec's message names the package to install.
        raise ValueError(f"{shown!r}; {error}") from error
    except ValueError as error:
        raise ValueError(f"{shown!r}, a kind it does not know") from error
    return url


def _folder(path: Path) -> Path:
    try:
        if path.exists() and not path.is_dir():
            raise ValueError(f"{_quoted(path)}, a file")
    except OSError as error:
        raise ValueError(f"{_quoted(path)} ({error.strerror})") from None
    return path


def _model(name: str) -> str:
    try:
        if (PROJECT / "models" / name).exists() or Path(name).exists():
            return name
    except OSError as error:
        raise ValueError(f"{_quoted(name)} ({error.strerror})") from None
    installed = ", ".join(sorted(p.parent.name for p in (PROJECT / "models").glob("*/metadata.json")))
    raise ValueError(f"{_quoted(name)}, which is not there (installed: {installed or 'none'})")


def _analyzer(address: str) -> str:
    place = urlsplit(address)
    try:
        port = place.port
    except ValueError:
        raise ValueError(f"{_quoted(address)}, whose port is not from 1 to 65535") from None
    if place.scheme != "ray":
        raise ValueError(f"{_quoted(address)}, which does not begin with ray://")
    if place.hostname is None or port == 0 or place.netloc.count("@") or place.path.strip("/") or place.query:
        raise ValueError(f"{_quoted(address)}, which is not of the form ray://host:port")
    return f"ray://{place.netloc}"


def _least_and_most(given: object) -> object:
    if not isinstance(given, str):
        return given
    parts = re.fullmatch(r"([0-9]{1,4})-([0-9]{1,4})", given.strip())
    if parts is None or not 1 <= int(parts[1]) <= int(parts[2]):
        raise ValueError(_quoted(given))
    return int(parts[1]), int(parts[2])


def _secret(given: SecretStr | None) -> SecretStr | None:
    length = len(given.get_secret_value()) if given is not None else LEAST_SECRET
    if length < LEAST_SECRET:
        raise ValueError(f"one of {length}")
    return given


def _quoted(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 120 else f"{text[:119]}…")


def _editors(given: object) -> object:
    if not isinstance(given, str):
        return given
    editors = tuple(filter(None, (one.strip() for one in given.split(","))))
    for one in editors:
        if one.count("@") != 1 or one.endswith("@") or re.search(r"\s", one):
            raise ValueError(_quoted(one))
    return editors


_ICE_ADDRESS = re.compile(
    r"(?P<scheme>stuns?|turns?):(?P<host>[^\s:/?#@[\]]+)(:(?P<port>[0-9]{1,5}))?(\?transport=(?P<transport>udp|tcp))?"
)


def _ice_url(url: str) -> str:
    # Browsers refuse the whole list for one address that they cannot read, and so does aiortc, which
    # knows neither capital letters in the scheme nor IPv6 addresses.
    parts = _ICE_ADDRESS.fullmatch(url)
    if parts is None:
        scheme, sign, place = url.partition(":")
        if scheme in {"stun", "stuns", "turn", "turns"} and place.startswith("["):
            raise ValueError("an IPv6 address; give a name instead")
        if scheme in {"stun", "stuns", "turn", "turns"} and sign:
            raise ValueError(f"an address that is not of the form {scheme}:host:port")
        if scheme.isalnum() and sign:
            raise ValueError(f"an address that begins with {scheme}:")
        raise ValueError("text that is no address")
    host, port = parts["host"], parts["port"]
    try:
        if re.fullmatch(r"[\d.]+", host):
            ipaddress.IPv4Address(host)
        elif not re.fullmatch(r"[A-Za-z0-9._-]+", host):
            raise ValueError
    except ValueError:
        raise ValueError(f"an address of {parts['scheme']}: whose host is no name of a machine") from None
    if port is not None and not 1 <= int(port) <= 65_535:
        raise ValueError(f"port {port}, which is not from 1 to 65535")
    if parts["transport"] and parts["scheme"].startswith("stun"):
        raise ValueError(f"?transport= in an address of {parts['scheme']}:, which has none")
    return url


def _one_or_more(urls: object) -> object:
    return (urls,) if isinstance(urls, str) else urls


class IceServer(BaseModel):
    """One STUN or TURN server, as ``RTCIceServer`` of the WebRTC standard names its parts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    urls: Annotated[
        tuple[Annotated[str, AfterValidator(_ice_url)], ...],
        BeforeValidator(_one_or_more),
        Field(min_length=1),
    ]
    username: str | None = None
    credential: str | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _turn_asks_who_it_is(self) -> IceServer:
        if any(url.startswith("turn") for url in self.urls) and not (self.username and self.credential):
            raise ValueError("turn: without a username and a credential")
        return self

    def for_browser(self) -> dict[str, Any]:
        """As ``RTCPeerConnection`` takes it."""
        return {"urls": list(self.urls), **self.model_dump(exclude={"urls"}, exclude_none=True)}


def _ice_servers(given: object) -> object:
    if not isinstance(given, str):
        return given
    try:
        return from_json(given)
    except ValueError as error:
        raise ValueError(f"text that is no JSON ({error})") from None


def _shown_ice_servers(servers: tuple[IceServer, ...]) -> str:
    shown = [server.for_browser() | ({"credential": MASK} if server.credential else {}) for server in servers]
    return json.dumps(shown)


def _networks(given: object) -> object:
    if not isinstance(given, str):
        return given
    try:
        return tuple(ipaddress.ip_network(one.strip()) for one in given.split(",") if one.strip())
    except ValueError as error:
        # It names what it could not read.
        raise ValueError(str(error)) from None


def _turn_urls(given: object) -> object:
    return tuple(filter(None, (one.strip() for one in given.split(",")))) if isinstance(given, str) else given


def _turn_url(url: str) -> str:
    if not url.startswith(("turn:", "turns:")):
        raise ValueError(f"{_quoted(url)}, which begins neither with turn: nor with turns:")
    return _ice_url(url)


def _turn_has_secret(urls: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    if urls and info.data.get("turn_secret", "wrong") is None:
        raise ValueError("addresses without ATTUNE_TURN_SECRET")
    return urls


# -- the variables ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variable:
    """What is told about a variable, beside its name, type and meaning.

    Attributes:
        allowed: the values that it takes, in words that follow “Expected”.
        read_by: the programs that read it.
        default: in words; empty where the default itself says it.
        more: a page of docs/ with more about it.
        mask: the value as it may be printed. Set for all that may hold a secret, and only for those.
    """

    allowed: str
    read_by: frozenset[Program] = frozenset({Program.APP})
    default: str = ""
    more: str = ""
    mask: Callable[[Any], str] | None = None


# Not of all texts: blanks around a password may be part of it.
_Text = Annotated[str, StringConstraints(strip_whitespace=True)]
_CONTENT: Final = frozenset({Program.APP, Program.CONTENT})
_TRAINING: Final = frozenset({Program.TRAIN, Program.TESTS})


class Settings(BaseSettings):
    """Every variable, as the environment has it or by its default. Read by ``load``."""

    model_config = SettingsConfigDict(
        frozen=True,
        case_sensitive=True,
        enable_decoding=False,
        hide_input_in_errors=True,
        validate_default=False,
    )

    database_url: Annotated[
        _Text,
        AfterValidator(_database_url),
        Variable(
            "the address of a database whose driver is installed: sqlite:///file, or "
            "postgresql+psycopg://user:password@host/name",
            _CONTENT,
            default="`var/attune.db`, SQLite",
            more="docs/database.md",
            mask=masked_address,
        ),
    ] = Field(
        f"sqlite:///{PROJECT / 'var' / 'attune.db'}",
        repr=False,
        validation_alias="DATABASE_URL",
        description="the catalog's database: SQLite, or PostgreSQL as "
        "`postgresql+psycopg://user:password@host/name`",
    )
    media_dir: Annotated[
        Path, AfterValidator(_folder), Variable("a folder", _CONTENT, default="`var/media`")
    ] = Field(
        PROJECT / "var" / "media",
        validation_alias="ATTUNE_MEDIA_DIR",
        description="where uploaded media are kept",
    )
    media_url: Annotated[
        _Text | None,
        AfterValidator(check_store_address),
        Variable(
            "the address of a store that fsspec can write to, such as s3://bucket/folder",
            _CONTENT,
            default="none",
            more="docs/assets.md",
            mask=masked_address,
        ),
    ] = Field(
        None,
        repr=False,
        validation_alias="ATTUNE_MEDIA_URL",
        description="another place for them, such as `s3://bucket/folder`",
    )
    model: Annotated[
        _Text | None,
        AfterValidator(_model),
        Variable(
            "the name of a folder in models/, or the path of a model",
            frozenset({Program.APP, Program.EMOTION}),
            default="what `models/default.txt` names",
        ),
    ] = Field(
        None,
        validation_alias="ATTUNE_MODEL",
        description="a folder of `models/`, or the path of a model",
    )
    analyzer: Annotated[
        _Text | None,
        AfterValidator(_analyzer),
        Variable(
            "the address of Ray Serve, ray://host:port",
            default="the app's own process",
            more="docs/cluster.md",
        ),
    ] = Field(
        None,
        validation_alias="ATTUNE_ANALYZER",
        description="a cluster that reads the pictures that viewers send, `ray://host:port` of Ray Serve",
    )
    analyzer_replicas: Annotated[
        tuple[int, int],
        BeforeValidator(_least_and_most),
        Variable(
            "the least and the most, such as 1-8",
            frozenset({Program.EMOTION}),
            default="`1-4`",
            more="docs/cluster.md",
        ),
    ] = Field(
        (1, 4),
        validation_alias="ATTUNE_ANALYZER_REPLICAS",
        description="the least and the most replicas that read on the cluster (`python -m emotion serve`)",
    )
    secret: Annotated[
        SecretStr | None,
        AfterValidator(_secret),
        Variable(
            f"at least {LEAST_SECRET} characters that nobody can guess",
            _CONTENT,
            default="one that the database keeps",
            more="docs/deployment.md",
            mask=lambda _: MASK,
        ),
    ] = Field(
        None,
        validation_alias="ATTUNE_SECRET",
        description="signs what a viewer's tab keeps, to go on in another process",
    )
    editor_password: Annotated[
        SecretStr | None,
        Variable("a password", default="none: it stays shut for them", mask=lambda _: MASK),
    ] = Field(
        None,
        validation_alias="ATTUNE_EDITOR_PASSWORD",
        description="opens the catalog editor to people on other machines",
    )
    editors: Annotated[
        tuple[str, ...],
        BeforeValidator(_editors),
        Variable(
            "e-mail addresses or @domains with commas between them",
            default="none",
            more="docs/sign-in.md",
        ),
    ] = Field(
        (),
        validation_alias="ATTUNE_EDITORS",
        description="who may edit after signing in: addresses or `@domain`",
    )
    sign_in_hours: Annotated[float, Variable("a number of hours above 0", more="docs/sign-in.md")] = Field(
        12.0,
        gt=0,
        allow_inf_nan=False,
        validation_alias="ATTUNE_SIGN_IN_HOURS",
        description="how many hours a sign-in lasts",
    )
    ice_servers: Annotated[
        tuple[IceServer, ...],
        BeforeValidator(_ice_servers),
        Variable(
            'a JSON list such as [{"urls": "stun:host:3478"}, '
            '{"urls": "turn:host:3478", "username": "…", "credential": "…"}]',
            default="`[]`",
            mask=_shown_ice_servers,
        ),
    ] = Field(
        (),
        validation_alias="ATTUNE_ICE_SERVERS",
        description="STUN and TURN servers, a JSON list",
    )
    turn_secret: Annotated[
        SecretStr | None,
        Variable(
            "the secret of the TURN servers (coturn: static-auth-secret)",
            default="none",
            mask=lambda _: MASK,
        ),
    ] = Field(
        None,
        validation_alias="ATTUNE_TURN_SECRET",
        description="with it the app makes passwords for `ATTUNE_TURN_URLS` that end after four hours",
    )
    turn_urls: Annotated[
        tuple[Annotated[str, AfterValidator(_turn_url)], ...],
        BeforeValidator(_turn_urls),
        AfterValidator(_turn_has_secret),
        Variable("turn: and turns: addresses with commas between them", default="none"),
    ] = Field(
        (),
        validation_alias="ATTUNE_TURN_URLS",
        description="TURN servers that take such passwords (coturn: `use-auth-secret`), such as "
        "`turn:turn.example.org:3478,turns:turn.example.org:5349?transport=tcp`",
    )
    max_viewers: Annotated[
        int, Variable("a whole number from 0 (no limit)", more="docs/adr/0019-limits-and-a-waiting-line.md")
    ] = Field(
        0,
        ge=0,
        validation_alias="ATTUNE_MAX_VIEWERS",
        description="viewers of the live page that a process takes at a time, the next ones wait in line; "
        "`0` for no limit",
    )
    sockets_per_address: Annotated[int, Variable("a whole number from 0 (no limit)")] = Field(
        200,
        ge=0,
        validation_alias="ATTUNE_SOCKETS_PER_ADDRESS",
        description="connections that one address may have open, two a page; `0` for no limit",
    )
    requests_per_address: Annotated[float, Variable("a number from 0 (no limit)")] = Field(
        100.0,
        ge=0,
        allow_inf_nan=False,
        validation_alias="ATTUNE_REQUESTS_PER_ADDRESS",
        description="requests a second that one address may make for long; `0` for no limit",
    )
    trusted_proxies: Annotated[
        tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...],
        BeforeValidator(_networks),
        Variable("addresses or networks with commas between them, such as 10.0.0.0/8", default="none"),
    ] = Field(
        (),
        validation_alias="ATTUNE_TRUSTED_PROXIES",
        description="proxies on other machines whose `X-Forwarded-For` is believed",
    )
    site: Annotated[_Text, Variable("a name of at most 80 characters")] = Field(
        "local",
        max_length=80,
        validation_alias="ATTUNE_SITE",
        description="name of this place, kept with each decision",
    )
    retention_days: Annotated[int, Variable("whole days from 0 (for ever) to 36500", _CONTENT)] = Field(
        90,
        ge=0,
        le=36_500,
        validation_alias="ATTUNE_RETENTION_DAYS",
        description="for how many days what was shown and seen is kept; `0` for ever",
    )
    spool_dir: Annotated[
        Path, AfterValidator(_folder), Variable("a folder", _CONTENT, default="`var/spool`")
    ] = Field(
        PROJECT / "var" / "spool",
        validation_alias="ATTUNE_SPOOL_DIR",
        description="folder in which records wait for the database",
    )
    control_share: Annotated[float, Variable("a number from 0 to 1")] = Field(
        0.1,
        ge=0,
        le=1,
        allow_inf_nan=False,
        validation_alias="ATTUNE_CONTROL_SHARE",
        description="share of camera visits that get random content, for comparison; `0` for none",
    )
    reader: Annotated[ReaderChoice, Variable("auto, device or server")] = Field(
        ReaderChoice.AUTO,
        validation_alias="ATTUNE_READER",
        description="where the camera's picture is read until the viewer chooses: `device` is the viewer's "
        "browser, `auto` takes it unless that runs on the server's machine",
    )
    fer2013_archive: Annotated[Path | None, Variable("a path", _TRAINING, default="`data/fer2013.zip`")] = (
        Field(
            None,
            validation_alias="FER2013_ARCHIVE",
            description="Kaggle's FER-2013, zip or folder, for training and tests",
        )
    )
    ferplus_votes: Annotated[
        Path | None, Variable("a path", _TRAINING, default="`data/ferplus_votes.csv`")
    ] = Field(
        None,
        validation_alias="FERPLUS_VOTES",
        description="FER+ votes, for training and tests",
    )
    face_weights: Annotated[
        Path | None,
        Variable("a path", frozenset({Program.TRAIN}), default="npm fetches them", more="docs/training.md"),
    ] = Field(
        None,
        validation_alias="FACE_WEIGHTS",
        description="Weights that the configs `attune` and `face_features` begin with, the folder "
        "`models` of the npm package `@vladmandic/human`",
    )
    vgg16_weights: Annotated[
        Path | None,
        Variable(
            "a path", frozenset({Program.TRAIN}), default="Keras downloads them", more="docs/training.md"
        ),
    ] = Field(
        None,
        validation_alias="VGG16_WEIGHTS",
        description="ImageNet's weights for the config `vgg16`, a `.h5` file without the top",
    )
    browser: Annotated[
        str | None,
        Variable("a program", frozenset({Program.TESTS}), default="one that is found, else fetched"),
    ] = Field(
        None,
        validation_alias=AliasChoices("ATTUNE_BROWSER", "CHROME"),
        description="the browser that the tests drive",
    )
    postgres: Annotated[
        Path | None,
        Variable(
            "a folder",
            frozenset({Program.TESTS}),
            default="one that is found, else fetched",
            more="docs/database.md",
        ),
    ] = Field(
        None,
        validation_alias="ATTUNE_POSTGRES",
        description="folder of `initdb` and `postgres`, for the tests",
    )

    @property
    def retention(self) -> timedelta | None:
        """For how long to keep what was decided and seen; None for ever."""
        return timedelta(days=self.retention_days) if self.retention_days else None


def _variables() -> Iterator[tuple[str, FieldInfo, Variable]]:
    """Attribute, field and what is told about it, in the order of the class."""
    for attribute, field in Settings.model_fields.items():
        yield attribute, field, next(told for told in field.metadata if isinstance(told, Variable))


def _names(field: FieldInfo) -> tuple[str, ...]:
    alias = field.validation_alias
    return tuple(str(a) for a in alias.choices) if isinstance(alias, AliasChoices) else (str(alias),)


# -- reading them ----------------------------------------------------------------------------------------


def names_read_by(program: Program | None = None) -> frozenset[str]:
    """The variables that a program reads; all of them for None."""
    return frozenset(
        name for _, field, told in _variables() if program in (None, *told.read_by) for name in _names(field)
    )


def load(program: Program | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings as the environment has them now. A blank value counts as none.

    Args:
        program: whose variables are read; all others keep their default, whatever their value. None: all.
        environ: in place of the process's environment.

    Raises:
        SettingsError: a variable that is read has a value that it cannot have.
    """
    read = names_read_by(program)
    given = os.environ if environ is None else environ
    source = EnvSettingsSource(Settings)
    source.env_vars = {name: value for name, value in given.items() if name in read and value.strip()}
    try:
        # mypy knows the fields alone, not what BaseSettings takes beside them.
        return Settings(_build_sources=((source,), {}))  # type: ignore[call-arg]
    except ValidationError as error:
        # Not chained: what pydantic says may quote a secret.
        raise SettingsError(_problems(error, source.env_vars)) from None


_WRONG_FORMS: Final = {
    "extra_forbidden": "has something beside “urls”, “username” and “credential”",
    "missing": "is missing",
    "model_type": "is not in braces",
    "string_type": "is not text",
    "too_short": "is an empty list",
    "tuple_type": "is not a list",
}
"""What is wrong in the form of a JSON list, by pydantic's name for it; pydantic's own words may quote it."""


def _problems(error: ValidationError, given: Mapping[str, str | None]) -> dict[str, str]:
    told = {name: variable for _, field, variable in _variables() for name in _names(field)}
    found: dict[str, str] = {}
    for one in error.errors(include_url=False):
        name = str(one["loc"][0])
        found.setdefault(
            name,
            f"{name}: Expected {told[name].allowed}. Received: {_received(one, told[name], given[name])}",
        )
    return found


def _received(error: ErrorDetails, variable: Variable, value: str | None) -> str:
    where = error["loc"][1:]
    # Of a JSON list: the place in it, counted as people count.
    server = f"server {int(where[0]) + 1}" if where and isinstance(where[0], int) else ""
    if error["type"] == "value_error":
        return f"{server}{': ' if server else ''}{error['ctx']['error']}"
    if variable.mask is None:
        return _quoted(value)
    # Names that are not the standard's are not repeated: what stands there may be anything.
    part = next((f"“{name}” of " for name in where if name in IceServer.model_fields), "")
    return f"{part}{server or 'a value that'} {_WRONG_FORMS.get(error['type'], 'is not of this form')}"


def unknown_variables(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """One sentence for each variable that begins like one of Attune's and is none, with the nearest name."""
    known = {name.removeprefix(PREFIX): name for _, field, _ in _variables() for name in _names(field)}
    sentences = []
    for name in sorted(os.environ if environ is None else environ):
        if name.startswith(PREFIX) and name not in known.values():
            near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
            hint = f"Did you mean {known[near[0]]}?" if near else "`python -m attune_settings` lists them."
            sentences.append(f"{name} is not one of Attune's settings and does nothing. {hint}")
    return tuple(sentences)


@cache
def warn_of_unknown() -> None:
    """Logs each unknown variable, once a process."""
    for sentence in unknown_variables():
        _log.warning("%s", sentence)


@cache
def settings() -> Settings:
    """The app's settings, read once a process.

    Raises:
        SettingsError: see ``load``.
    """
    warn_of_unknown()
    return load(Program.APP)


# -- telling them ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A variable as it is in force; ``value`` is fit to print."""

    name: str
    value: str
    source: str
    meaning: str
    default: str
    more: str
    secret: bool


def rows(environ: Mapping[str, str] | None = None) -> tuple[Row, ...]:
    """Every variable as it is in force, in the order of the class; a wrong one has the source “wrong”."""
    given = dict(os.environ if environ is None else environ)
    wrong: Mapping[str, str] = {}
    try:
        found = load(None, given)
    except SettingsError as error:
        wrong = error.problems
        found = load(None, {name: value for name, value in given.items() if name not in wrong})
    made = []
    for attribute, field, told in _variables():
        names = _names(field)
        value, default = getattr(found, attribute), told.default or f"`{_plain(field.default)}`"
        set_here = any(given.get(name, "").strip() for name in names)
        source = "wrong" if set(names) & set(wrong) else "environment" if set_here else "default"
        shown = default.replace("`", "") if value == field.default else (told.mask or _plain)(value)
        made.append(
            Row(
                " or ".join(names),
                "" if source == "wrong" else shown,
                source,
                field.description or "",
                default,
                told.more,
                told.mask is not None,
            )
        )
    return tuple(made)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def markdown() -> str:
    """The table of README.md."""
    lines = ["| variable | meaning | default |", "|---|---|---|"]
    for row in rows({}):
        name = " or ".join(f"`{one}`" for one in row.name.split(" or "))
        more = f" ([more]({row.more}))" if row.more else ""
        lines.append(f"| {name} | {row.meaning}{more} | {row.default} |")
    return "\n".join(lines)


def _print_table() -> None:
    # Imported here: rich is for people who look at the table.
    from rich.console import Console
    from rich.table import Table

    table = Table()
    table.add_column("variable", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from")
    table.add_column("meaning")
    for row in rows():
        table.add_row(row.name.replace(" or ", "\n"), row.value, row.source, row.meaning.replace("`", ""))
    Console(highlight=False, markup=False).print(table)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, ``sys.argv`` when ``arguments`` is left out; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m attune_settings",
        description="Show the settings that are in force, and where each comes from. Secrets are masked. "
        f"Exit code {WRONG_SETTINGS}: a value is wrong, and stderr says which.",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print them as JSON")
    form.add_argument("--check", action="store_true", help="only look for wrong values")
    form.add_argument("--markdown", action="store_true", help="print the table of README.md")
    chosen = parser.parse_args(arguments)
    if chosen.markdown:
        print(markdown())
        return 0
    if chosen.json:
        told = ("name", "value", "source", "secret", "meaning", "default")
        print(json.dumps([{name: getattr(row, name) for name in told} for row in rows()], indent=1))
    elif not chosen.check:
        _print_table()
    for sentence in unknown_variables():
        print(f"Warning: {sentence}", file=sys.stderr)
    try:
        load()
    except SettingsError as error:
        for sentence in error.problems.values():
            print(f"Error: {sentence}", file=sys.stderr)
        return WRONG_SETTINGS
    return 0


if __name__ == "__main__":
    sys.exit(main())
