"""What the viewer's browser fetches to read on its own device: scripts, runtime, both networks.

Every address holds the hash of what is behind it, so a browser may keep it for good and never has an old one.
All is compressed once and kept in memory: about 5 MB. The runtime is onnxruntime-web, fetched by
``npm ci`` when Attune is set up; nothing comes from another site.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import brotli
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit import config

from emotion.device import classifier_onnx, detector_onnx, numbers
from emotion.errors import EmotionError
from whole_files import write_whole

_log = logging.getLogger(__name__)

PATH: Final = "attune/device"
HERE: Final = Path(__file__).parent
PROJECT: Final = HERE.parents[2]
CACHE: Final = PROJECT / "var" / "device"
RUNTIME_FOLDER: Final = PROJECT / "node_modules" / "onnxruntime-web" / "dist"
SCRIPTS: Final = ("worker.js", "reader.js", "faces.js", "quality.js", "pixels.js")
RUNTIME: Final = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
"""SHA-256 of the files of the version in ``package.json``. Others are not served."""
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".wasm": "application/wasm",
    ".onnx": "application/octet-stream",
}
BROTLI_QUALITY: Final = 9
"""Four seconds of work, once; the best quality would take a minute for another 5%."""
_FOR_GOOD: Final = "public, max-age=31536000, immutable"


class AssetsError(Exception):
    """Something that the browser needs is not here, so pictures are read on the server."""


@dataclass(frozen=True, slots=True)
class DeviceAssets:
    """What is served, and what the page is told about it.

    Attributes:
        zipped: content, compressed by Brotli, by ``hash/name``.
        manifest: for the worker: ``worker``, ``runtime``, ``detector``, ``classifier`` (addresses relative to
            the app's own) and ``numbers`` (``emotion.device.numbers``).
    """

    zipped: Mapping[str, bytes]
    manifest: Mapping[str, Any]

    @property
    def model_version(self) -> str:
        """Name and version of the model, as decisions record it."""
        return str(self.manifest["numbers"]["model_version"])


def load(
    model: str | Path | None = None, *, cache: Path = CACHE, runtime_folder: Path = RUNTIME_FOLDER
) -> DeviceAssets:
    """Reads and compresses everything; the first time for a model it is exported too, which takes seconds.

    Args:
        model: see ``emotion.installed.find_model``.
        cache: keeps the export and what was compressed.
        runtime_folder: where npm has put the runtime.

    Raises:
        AssetsError: a file is missing or altered, or the model cannot be exported.
    """
    runtime = {name: _runtime_file(runtime_folder / name, digest) for name, digest in RUNTIME.items()}
    scripts = {name: (HERE / name).read_bytes() for name in SCRIPTS}
    try:
        known = numbers(model)
        detector = {"detector.onnx": detector_onnx()}
        classifier = {"classifier.onnx": classifier_onnx(cache, model).read_bytes()}
        cache.mkdir(parents=True, exist_ok=True)
        zipped: dict[str, bytes] = {}
        at: dict[str, str] = {}
        # Files that fetch each other by name stand at one address.
        for group in (scripts, runtime, detector, classifier):
            digest = hashlib.sha256(b"".join(group.values())).hexdigest()[:16]
            for name, content in group.items():
                zipped[f"{digest}/{name}"] = _zipped(content, cache)
                at[name] = f"{PATH}/{digest}/{name}"
    except (EmotionError, OSError) as error:
        raise AssetsError(str(error)) from error
    module, mjs, wasm = RUNTIME
    return DeviceAssets(
        zipped,
        {
            "worker": at["worker.js"],
            "runtime": {"module": at[module], "mjs": at[mjs], "wasm": at[wasm]},
            "detector": at["detector.onnx"],
            "classifier": at["classifier.onnx"],
            "numbers": known,
        },
    )


def _runtime_file(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AssetsError(
            f"Expected the browser's runtime (npm ci fetches it). Received: {path} ({error})"
        ) from error
    received = hashlib.sha256(content).hexdigest()
    if received != digest:
        raise AssetsError(
            f"Expected {path.name} of the version in package.json (npm ci fetches it). "
            f"Received: {path}, which is another file."
        )
    return content


def _zipped(content: bytes, cache: Path) -> bytes:
    kept = cache / f"{hashlib.sha256(content).hexdigest()[:32]}.br"
    if not kept.is_file():
        write_whole(kept, brotli.compress(content, quality=BROTLI_QUALITY, lgwin=24))
    return kept.read_bytes()


class Shelf:
    """The assets of this server, loaded once, in a thread of their own.

    Args:
        load: loads them.
    """

    def __init__(self, load: Callable[[], DeviceAssets] = load) -> None:
        self._read = load
        self._lock = threading.Lock()
        self._loaded: Future[DeviceAssets] | None = None

    def prepare(self) -> Future[DeviceAssets]:
        """Starts to load them, unless that was done; the log says why where it fails."""
        with self._lock:
            if self._loaded is None:
                self._loaded = Future()
                threading.Thread(target=self._load, args=(self._loaded,), name="device", daemon=True).start()
            return self._loaded

    def _load(self, loaded: Future[DeviceAssets]) -> None:
        try:
            loaded.set_result(self._read())
        except AssetsError as error:
            _log.warning("Pictures are read on the server alone: %s", error)
            loaded.set_exception(error)
        except Exception as error:  # noqa: BLE001 (whoever waits for it must hear of it)
            _log.exception("Pictures are read on the server alone")
            loaded.set_exception(AssetsError(str(error)))

    def failed(self) -> bool:
        """Whether it is known that they are not to be had."""
        loaded = self.prepare()
        return loaded.done() and loaded.exception() is not None

    def ready(self) -> DeviceAssets | None:
        """What is loaded, or None: not yet, or not to be had."""
        loaded = self.prepare()
        return loaded.result() if loaded.done() and loaded.exception() is None else None


shelf: Final = Shelf()


async def _endpoint(request: Request) -> Response:
    assets = shelf.ready()
    name = request.path_params["name"]
    content = assets.zipped.get(f"{request.path_params['digest']}/{name}") if assets else None
    if content is None:
        raise HTTPException(404)
    headers = {"Cache-Control": _FOR_GOOD, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if "br" in re.split(r"[\s,;]+", request.headers.get("Accept-Encoding", "")):
        headers["Content-Encoding"] = "br"
    else:
        content = brotli.decompress(content)
    return Response(content, headers=headers, media_type=_TYPES[Path(name).suffix])


def base_path() -> str:
    """Where this server's addresses begin: ``/``, or ``/base/``."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/" if base else "/"


def route() -> Route:
    """Of everything that browsers fetch, under the base path of this server."""
    return Route(f"{base_path()}{PATH}/{{digest}}/{{name}}", _endpoint)
