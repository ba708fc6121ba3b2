"""What the viewer's browser is served for reading on its own device."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import config

from emotion.labels import EMOTIONS
from emotion.metadata import ModelMetadata
from ui.live.device import assets


@pytest.fixture(scope="module")
def loaded() -> assets.DeviceAssets:
    try:
        return assets.shelf.prepare().result(300)
    except assets.AssetsError as error:
        pytest.skip(f"No browser runtime is here: `make setup` fetches it ({error})")


@pytest.fixture(params=["", "some/base"])
def site(request: pytest.FixtureRequest) -> Iterator[tuple[TestClient, str]]:
    """The route alone, and where it stands."""
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", request.param)
    try:
        yield TestClient(Starlette(routes=[assets.route()])), f"/{request.param}/".replace("//", "/")
    finally:
        config.set_option("server.baseUrlPath", before)


def addresses(manifest: dict[str, str]) -> list[str]:
    return [
        manifest["worker"],
        manifest["detector"],
        manifest["classifier"],
        *dict(manifest["runtime"]).values(),
    ]


def test_everything_is_served_compressed_and_for_good(
    loaded: assets.DeviceAssets, site: tuple[TestClient, str]
) -> None:
    client, base = site
    types = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}
    for address in addresses(dict(loaded.manifest)):
        answer = client.get(base + address)
        assert answer.status_code == 200
        assert answer.headers["Content-Encoding"] == "br"
        assert answer.headers["Cache-Control"].endswith("immutable")
        assert answer.headers["Content-Type"].startswith(
            types.get(Path(address).suffix, "application/octet-stream")
        )
        plain = client.get(base + address, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        assert plain.content == answer.content
    assert client.get(f"{base}{assets.PATH}/0123456789abcdef/worker.js").status_code == 404
    worker = loaded.manifest["worker"]
    assert client.get(base + worker.replace("worker.js", "assets.py")).status_code == 404


def test_the_first_load_is_small(loaded: assets.DeviceAssets) -> None:
    assert sum(map(len, loaded.zipped.values())) < 5_500_000


def test_scripts_import_only_what_is_served(loaded: assets.DeviceAssets) -> None:
    names = {Path(name).name for name in loaded.zipped}
    for name, zipped in loaded.zipped.items():
        if name.endswith(".js"):
            for line in brotli.decompress(zipped).decode().splitlines():
                if line.startswith("import ") and " from " in line:
                    assert line.split('"')[1].removeprefix("./") in names


def test_the_numbers_are_pythons(loaded: assets.DeviceAssets) -> None:
    numbers = json.loads(json.dumps(loaded.manifest["numbers"]))
    metadata = ModelMetadata.load(Path("models") / loaded.model_version.split("@")[0])
    assert numbers["labels"] == [e.value for e in EMOTIONS]
    assert numbers["temperature"] == metadata.temperature


def test_a_missing_and_an_altered_runtime_are_refused(loaded: assets.DeviceAssets, tmp_path: Path) -> None:
    with pytest.raises(assets.AssetsError, match="npm ci fetches it"):
        assets.load(runtime_folder=tmp_path)
    for name in assets.RUNTIME:
        (tmp_path / name).write_bytes((assets.RUNTIME_FOLDER / name).read_bytes() + b" ")
    with pytest.raises(assets.AssetsError, match="another file"):
        assets.load(runtime_folder=tmp_path)


def test_a_model_without_its_keras_file_is_read_on_the_server_alone(
    loaded: assets.DeviceAssets, tmp_path: Path
) -> None:
    ModelMetadata(name="bare", version="1").save(tmp_path)
    with pytest.raises(assets.AssetsError, match=r"Expected a \.keras file"):
        assets.load(tmp_path, cache=tmp_path)
