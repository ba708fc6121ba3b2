"""Settings from the environment, read once and checked at the edge.

- ``ATTUNE_ICE_SERVERS``: JSON list of ICE servers as browsers take them, ``[{"urls": "stun:…"}]``; none.
- ``ATTUNE_EDITOR_PASSWORD``: opens the catalog editor where the app is not served on loopback; it stays
  shut there when none is set.
- ``ATTUNE_SITE``: name of this place, kept with each decision; ``local``.
- ``ATTUNE_CONTROL_SHARE``: share of the camera's sessions whose content is drawn blind to the expression, for
  comparison, from 0 (none) to 1; ``0.1``.

``DATABASE_URL``, ``ATTUNE_SPOOL_DIR``, ``ATTUNE_RETENTION_DAYS`` and ``ATTUNE_MODEL`` are read by ``content``
and ``emotion`` themselves.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from content.choosing.arms import CONTROL_SHARE

_log = logging.getLogger(__name__)


class IceServer(BaseModel):
    """One STUN or TURN server, as ``RTCIceServer`` of the WebRTC standard names its parts."""

    model_config = ConfigDict(extra="forbid")

    urls: str | list[str]
    username: str | None = None
    credential: str | None = None


_ICE_SERVERS = TypeAdapter(list[IceServer])
_SHARE = TypeAdapter(Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)])


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    Attributes:
        ice_servers: as passed to the browser and to the server's own peer; empty for one machine.
        editor_password: None when none is set.
        site: name of this place.
        control_share: share of sessions in the control arm, in [0, 1].
        problems: sentences about settings that were refused and fell back to their default.
    """

    ice_servers: tuple[Mapping[str, Any], ...] = ()
    editor_password: str | None = field(default=None, repr=False)
    site: str = "local"
    control_share: float = CONTROL_SHARE
    problems: tuple[str, ...] = ()


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Reads the settings from ``environ``; a broken value is logged, named in ``problems``, and ignored."""
    ice_servers: tuple[Mapping[str, Any], ...] = ()
    problems: list[str] = []
    raw = environ.get("ATTUNE_ICE_SERVERS", "").strip()
    if raw:
        try:
            parsed = _ICE_SERVERS.validate_json(raw)
        except ValidationError as error:
            # The value may hold a TURN password: say what is wrong, never what was given.
            first = error.errors(include_input=False, include_url=False)[0]
            problem = (
                'ATTUNE_ICE_SERVERS: expected a JSON list such as [{"urls": "stun:host:3478"}]. '
                f"Received: text that fails with “{first['msg']}”"
            )
            _log.error(problem)
            problems.append(problem)
        else:
            ice_servers = tuple(server.model_dump(exclude_none=True) for server in parsed)
    control_share = CONTROL_SHARE
    raw = environ.get("ATTUNE_CONTROL_SHARE", "").strip()
    if raw:
        try:
            control_share = _SHARE.validate_python(raw)
        except ValidationError:
            problem = f"ATTUNE_CONTROL_SHARE: expected a number from 0 to 1. Received: {raw!r}"
            _log.error(problem)
            problems.append(problem)
    return Settings(
        ice_servers=ice_servers,
        editor_password=environ.get("ATTUNE_EDITOR_PASSWORD") or None,
        site=environ.get("ATTUNE_SITE", "").strip() or "local",
        control_share=control_share,
        problems=tuple(problems),
    )


@cache
def settings() -> Settings:
    """The process's settings."""
    return read_settings(os.environ)
