"""The browser's reader on a page of its own, without the app: for the parity test, and for a bench."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import uvicorn
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.browser.clips import Picture
from tests.browser.conftest import free_port
from ui.live.device import assets

READ = """async ({ manifest, pictures }) => {
    const base = (path) => new URL(path, location.origin).href;
    const { runtime } = manifest;
    window.reader ??= await (async () => {
        const { Reader } = await import(base(manifest.worker.replace("worker.js", "reader.js")));
        return Reader.open({
            runtime: { module: base(runtime.module), mjs: base(runtime.mjs), wasm: base(runtime.wasm) },
            detector: base(manifest.detector), classifier: base(manifest.classifier),
            numbers: manifest.numbers,
        });
    })();
    const { fromRgba } = await import(base(manifest.worker.replace("worker.js", "pixels.js")));
    const out = [];
    window.tookMs = [];
    for (let i = 0; i < pictures; i++) {
        const blob = await (await fetch(`/pictures/${i}`)).blob();
        const bitmap = await createImageBitmap(blob);
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const pen = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
        pen.drawImage(bitmap, 0, 0);
        const picture = fromRgba(pen.getImageData(0, 0, bitmap.width, bitmap.height));
        const began = performance.now();
        out.push(await window.reader.read(picture));
        window.tookMs.push(performance.now() - began);
    }
    return out;
}"""
CLASSIFY = """async ({ size, together }) => {
    const crops = new Uint8Array(await (await fetch("/crops")).arrayBuffer());
    const out = [];
    window.tookMs = [];
    for (let at = 0; at < crops.length; at += together * size) {
        const began = performance.now();
        out.push(...await window.reader.classify(crops.subarray(at, at + together * size)));
        window.tookMs.push(performance.now() - began);
    }
    return out;
}"""


class Pictures:
    """A site of its own: what the app serves for this, and the pictures that are to be read."""

    def __init__(self) -> None:
        self.frames: Sequence[Picture] = ()
        self.crops: npt.NDArray[np.uint8] = np.empty(0, np.uint8)
        self.app = Starlette(
            routes=[
                Route("/", lambda _: HTMLResponse("<!doctype html><title>Reader</title>")),
                Route("/pictures/{number:int}", self._picture),
                Route("/crops", lambda _: Response(self.crops.tobytes())),
                assets.route(),
            ]
        )

    def _picture(self, request: Request) -> Response:
        picture = self.frames[request.path_params["number"]]
        coded = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]
        return Response(coded.tobytes(), media_type="image/png")


@dataclass(frozen=True, slots=True)
class BrowserReader:
    """A page that has the browser's reader."""

    page: Page
    site: Pictures
    manifest: Any

    def read(self, frames: Sequence[Picture]) -> list[dict[str, Any]]:
        """What it says to each frame."""
        self.site.frames = frames
        readings: list[dict[str, Any]] = self.page.evaluate(
            READ, {"manifest": self.manifest, "pictures": len(frames)}
        )
        return readings

    def classify(self, faces_gray: npt.NDArray[np.uint8], *, together: int = 50) -> npt.NDArray[np.float64]:
        """Probabilities ``(N, 7)`` of crops ``(N, 48, 48, 1)``, so many of them in one step."""
        self.site.crops = faces_gray
        given = {"size": faces_gray[0].size, "together": together}
        return np.array(self.page.evaluate(CLASSIFY, given), np.float64)

    @property
    def took_ms(self) -> list[float]:
        """Milliseconds of each frame or step of the last call, without fetching and decoding."""
        return [float(took) for took in self.page.evaluate("window.tookMs")]


@contextmanager
def open_reader(browser: Browser, manifest: Any) -> Iterator[BrowserReader]:
    """A page of ``browser`` that has the reader; it loads with the first call.

    Args:
        browser: any.
        manifest: of ``ui.live.device.assets``.
    """
    site = Pictures()
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(site.app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    page = browser.new_page()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError(f"Expected a server on port {port}. Received: none")
            thread.join(0.05)
        page.goto(f"http://127.0.0.1:{port}/")
        yield BrowserReader(page, site, manifest)
    finally:
        page.close()
        server.should_exit = True
        thread.join()
