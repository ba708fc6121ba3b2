"""One face in the viewer's browser (WASM) against the same face on the server (LiteRT), one thread each.

    python -m bench browser [--turns 20]

Both read scikit-image's astronaut, in a frame of 640 by 480 pixels and as a crop, turn about, so that
whatever else the machine does falls on both. What the browser spends on fetching and decoding its picture is
left out.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from playwright.sync_api import sync_playwright

from bench.live import Row, at_share, installed_browser, print_rows
from bench.perception import frame_with_a_face, measure_ms
from emotion.bootstrap import create_analyzer
from emotion.crops import crop_faces
from emotion.faces import YuNetDetector
from tests.browser.conftest import CHROMIUM_FLAGS
from tests.browser.device_reader import BrowserReader, open_reader
from ui.live.device import assets

BY_NAME_ONLY = True
FACE_MS = 12.0
TOGETHER = 10
"""Frames, and crops, in one turn."""

WARM_TURNS = 2
"""The first ones load and compile."""


def main(argv: Sequence[str]) -> int:
    """Prints the table; returns 1 where the figure is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench browser", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--turns", type=int, default=20, help=f"of {TOGETHER} frames and {TOGETHER} crops")
    given = parser.parse_args(argv)
    os.environ.update(OMP_NUM_THREADS="1")
    cv2.setNumThreads(1)
    try:
        manifest = assets.shelf.prepare().result().manifest
    except assets.AssetsError as error:
        print(f"Expected what browsers read with. Received: {error}", file=sys.stderr)
        return 2
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=installed_browser(driver), args=list(CHROMIUM_FLAGS))
        with open_reader(browser, manifest) as reader:
            took = _turns(reader, given.turns)
        browser.close()
    rows = list(_rows(took))
    print_rows(rows)
    return 1 if any(row.met is False for row in rows) else 0


@dataclass(slots=True)
class Took:
    """Milliseconds of each call."""

    browser_face: list[float] = field(default_factory=list)
    browser_frame: list[float] = field(default_factory=list)
    server_face: list[float] = field(default_factory=list)
    server_frame: list[float] = field(default_factory=list)


def _turns(reader: BrowserReader, count: int) -> Took:
    frame = frame_with_a_face()
    analyzer = create_analyzer()
    crop = crop_faces(frame, YuNetDetector().detect(frame))
    crops = np.repeat(crop, TOGETHER, axis=0)
    times = iter(range(10**9))
    took = Took()
    for turn in range(-WARM_TURNS, count):
        if turn == 0:
            took = Took()
        reader.read([frame] * TOGETHER)
        took.browser_frame += reader.took_ms
        reader.classify(crops, together=1)
        took.browser_face += reader.took_ms
        walls = measure_ms(lambda: analyzer.analyze(frame, next(times) / 15), TOGETHER)
        took.server_frame += [wall_ms for wall_ms, _ in walls]
        walls = measure_ms(lambda: analyzer.classifier.predict(crop), TOGETHER)
        took.server_face += [wall_ms for wall_ms, _ in walls]
    return took


def _rows(took: Took) -> Iterator[Row]:
    for what, browser, server, limit_ms in (
        ("one face, classifier alone", took.browser_face, took.server_face, FACE_MS),
        ("one frame with one face, whole", took.browser_frame, took.server_frame, None),
    ):
        p50_ms, p95_ms = (at_share(sorted(browser), share) for share in (0.5, 0.95))
        server_ms = at_share(sorted(server), 0.5)
        figure, met = ("", None) if limit_ms is None else (f"≤ {limit_ms:.0f} ms", p50_ms <= limit_ms)
        yield Row(f"{what}, in the browser, p50; p95", f"{p50_ms:.1f}; {p95_ms:.1f} ms", figure, met)
        yield Row("  the same on the server, p50", f"{server_ms:.1f} ms")
        yield Row("  times as long in the browser", f"{p50_ms / server_ms:.1f}")
