"""The reader in the browser answers as the one on the server does: the same pictures through both.

A change to detector, crop, quality or classifier on one side that the other did not follow fails here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import uvicorn
from playwright.sync_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bench.pasted_faces import pasted_faces
from emotion.analysis import FrameAnalyzer
from emotion.faces import intersection_over_union
from emotion.labels import EMOTIONS
from tests.browser.clips import FRAMES_PER_S, Picture, astronaut_face, frame, room
from tests.browser.conftest import free_port
from tests.browser.faces import photo_analyzer, stored_faces
from ui.live.device import assets

CROPS, PASTED = 1000, 200
MOST_DIFFERENCE = 0.01
"""Of one probability: float16 weights and another runtime; 0.0014 was measured."""

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
    for (let i = 0; i < pictures; i++) {
        const blob = await (await fetch(`/pictures/${i}`)).blob();
        const bitmap = await createImageBitmap(blob);
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const pen = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
        pen.drawImage(bitmap, 0, 0);
        out.push(await window.reader.read(fromRgba(pen.getImageData(0, 0, bitmap.width, bitmap.height))));
    }
    return out;
}"""
CLASSIFY = """async (size) => {
    const crops = new Uint8Array(await (await fetch("/crops")).arrayBuffer());
    const out = [];
    for (let at = 0; at < crops.length; at += 50 * size) {
        out.push(...await window.reader.classify(crops.subarray(at, at + 50 * size)));
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
                Route("/", lambda _: HTMLResponse("<!doctype html><title>Parity</title>")),
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

    def classify(self, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        """Probabilities ``(N, 7)`` of crops ``(N, 48, 48, 1)``."""
        self.site.crops = faces_gray
        return np.array(self.page.evaluate(CLASSIFY, faces_gray[0].size), np.float64)


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Iterator[BrowserReader]:
    site = Pictures()
    try:
        loaded = assets.shelf.prepare().result(300)
    except assets.AssetsError as error:
        pytest.skip(f"No browser runtime is here: `make setup` fetches it ({error})")
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(site.app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    page = browser.new_page()
    try:
        while not server.started:
            assert thread.is_alive()
            thread.join(0.05)
        page.goto(f"http://127.0.0.1:{port}/")
        yield BrowserReader(page, site, loaded.manifest)
    finally:
        page.close()
        server.should_exit = True
        thread.join()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two readers over the same frames.

    Attributes:
        same_count: share of frames with as many faces.
        least_overlap: of the boxes of one face, over frames with as many.
        same_top: share of frames with the same top expression for every face.
        same_quality: share of frames with the same problems.
        difference: the largest of a probability.
    """

    same_count: float
    least_overlap: float
    same_top: float
    same_quality: float
    difference: float


def compare(
    frames: Sequence[Picture], readings: Sequence[dict[str, Any]], analyzer: FrameAnalyzer
) -> Comparison:
    counts, overlaps, tops, quality, difference = [], [1.0], [], [], [0.0]
    for picture, theirs in zip(frames, readings, strict=True):
        ours = analyzer.analyze(picture)
        faces = theirs["faces"]
        counts.append(len(ours) == len(faces))
        if not counts[-1]:
            continue
        pairs = list(zip(ours, faces, strict=True))
        for one, other in pairs:
            box = (one.box.x_px, one.box.y_px, one.box.width_px, one.box.height_px)
            overlaps.append(intersection_over_union(box, other["box"][:4]))
            difference.append(float(np.abs(one.scores.probabilities - other["p"]).max()))
        tops.append(all(EMOTIONS.index(a.scores.top) == int(np.argmax(b["p"])) for a, b in pairs))
        quality.append(all([p.value for p in a.quality] == [q for q in [b["q"]] if q] for a, b in pairs))
    return Comparison(
        float(np.mean(counts)), min(overlaps), float(np.mean(tops)), float(np.mean(quality)), max(difference)
    )


@pytest.fixture(scope="module")
def analyzer() -> FrameAnalyzer:
    return photo_analyzer()


def test_the_astronauts_clip_is_read_alike(reader: BrowserReader, analyzer: FrameAnalyzer) -> None:
    turn = 2 * FRAMES_PER_S
    frames: list[Picture] = [frame(room(), astronaut_face(), step / turn) for step in range(0, turn, 3)]
    frames += [room(), np.zeros((480, 640, 3), np.uint8), np.full((30, 700, 3), 250, np.uint8)]
    frames += [np.asarray(cv2.resize(frames[0], size), np.uint8) for size in ((1280, 720), (90, 120))]
    readings = reader.read(frames)
    seen = compare(frames, readings, analyzer)
    print(seen)
    assert seen.same_count == seen.same_top == seen.same_quality == 1
    assert seen.least_overlap >= 0.99
    assert seen.difference <= MOST_DIFFERENCE
    assert [r["frame"] for r in readings[20:23]] == [None, "too_dark", "too_bright"]


def test_faces_of_fer_2013_are_read_alike(
    reader: BrowserReader, analyzer: FrameAnalyzer, fer_archive: Path
) -> None:
    each = CROPS // 5  # disgust has 56 in all
    faces = np.stack(
        [
            face
            for emotion in EMOTIONS
            for face, _ in zip(stored_faces(fer_archive, emotion), range(each), strict=False)
        ]
    )
    crops = np.random.default_rng(0).permutation(faces)[:CROPS, ..., None]
    frames = [pasted.frame_bgr for pasted in pasted_faces(crops[:PASTED], max_turn_deg=15, seed=0)]
    seen = compare(frames, reader.read(frames), analyzer)
    ours, theirs = analyzer.classifier.predict(crops), reader.classify(crops)
    same_top = float((ours.argmax(axis=1) == theirs.argmax(axis=1)).mean())
    difference = float(np.abs(ours - theirs).max())
    print(seen, f"crops: same top {same_top:.1%} of {len(crops)}, difference {difference:.4f}")
    assert seen.same_count >= 0.99
    assert seen.least_overlap >= 0.9
    assert seen.same_top >= 0.98
    assert seen.same_quality >= 0.99
    assert same_top >= 0.995
    assert difference <= MOST_DIFFERENCE
