"""The catalog's files at addresses that every process answers, and which no page has to hold."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from content.media.assets import AssetStore
from ui.look.files import PATH, file_url, route

SOUND = bytes(range(200))


@pytest.fixture
def assets(tmp_path: Path) -> AssetStore:
    for folder in ("media", "starter"):
        (tmp_path / folder).mkdir()
    (tmp_path / "starter" / "rain.mp3").write_bytes(SOUND)
    (tmp_path / "media" / "cup.webp").write_bytes(b"a cup")
    (tmp_path / "media" / "page.html").write_text("<script>")
    (tmp_path / "secret.mp3").write_bytes(b"")
    return AssetStore(tmp_path / "media", tmp_path / "starter")


def fetch(assets: AssetStore | None, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """The answer of a process that has shown nothing yet."""

    async def ask() -> httpx.Response:
        app = Starlette(routes=[route(lambda: assets)])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return await client.get(url, headers=headers)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("location", "content", "kind"),
    [("starter/rain.mp3", SOUND, "audio/mpeg"), ("media/cup.webp", b"a cup", "image/webp")],
)
def test_any_process_answers_for_a_file_that_another_has_shown(
    assets: AssetStore, location: str, content: bytes, kind: str
) -> None:
    url = file_url(location, assets)
    assert url == f"/{PATH}/{location}"
    answer = fetch(assets, url)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_part_of_a_clip_is_enough(assets: AssetStore) -> None:
    answer = fetch(assets, f"/{PATH}/starter/rain.mp3", headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, SOUND[10:20])
    assert answer.headers["content-range"] == "bytes 10-19/200"


@pytest.mark.parametrize(
    "location",
    [
        "media/page.html",
        "media/gone.webp",
        "media/..%2Fsecret.mp3",
        "starter/..%2F..%2Fsecret.mp3",
        "other/rain.mp3",
        "media/.catalog",
    ],
)
def test_nothing_else_is_given(assets: AssetStore, location: str) -> None:
    assert fetch(assets, f"/{PATH}/{location}").status_code == 404


def test_without_a_catalog_there_are_no_files() -> None:
    assert fetch(None, f"/{PATH}/starter/rain.mp3").status_code == 404


def test_what_is_not_stored_yet_has_the_address_that_it_was_given(assets: AssetStore) -> None:
    assert file_url("pending", assets, {"pending": "/media/x.webp"}) == "/media/x.webp"
    assert file_url("media/gone.webp", assets, {}) is None
