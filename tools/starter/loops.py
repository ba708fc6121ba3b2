"""Video loops: canvas scenes of ``loops.js``, drawn frame by frame and encoded as H.264."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

SCENES = Path(__file__).with_name("loops.js")
FRAMES_PER_S = 24
SIZE_PX = (640, 360)
LIMIT_BYTES = 400_000
COARSEST_RATE_FACTOR = 34


@dataclass(frozen=True, slots=True)
class Loop:
    """One video: its file name without ending, its scene, its length and the phase of its poster.

    ``rate_factor`` is where the search for the best quality that fits begins (x264's crf; smaller is finer):
    busy scenes are known to need a coarser one.
    """

    name: str
    scene: str
    duration_s: int
    poster_phase: float
    rate_factor: int = 21


LOOPS = (
    Loop("video-angry-breath", "breath", 10, 0.34),
    Loop("video-disgust-bubbles", "bubbles", 10, 0.3, 24),
    Loop("video-fear-lanterns", "lanterns", 12, 0.55, 26),
    Loop("video-fear-lighthouse", "lighthouse", 10, 0.12, 24),
    Loop("video-happy-balloons", "balloons", 12, 0.1),
    Loop("video-sad-dusk", "dusk", 12, 0.2),
    Loop("video-sad-rain", "rain", 12, 0.4, 26),
    Loop("video-surprise-fireworks", "fireworks", 12, 0.42, 26),
    Loop("video-surprise-kaleidoscope", "kaleidoscope", 10, 0.4, 26),
    Loop("video-neutral-clockwork", "clockwork", 12, 0.05, 28),
    Loop("video-default-aurora", "aurora", 12, 0.3),
)


def load_scenes(page: Page) -> None:
    """Put the canvas and its scenes on the page."""
    page.set_content(
        f'<body style="margin:0"><canvas id="stage" width="{SIZE_PX[0]}" height="{SIZE_PX[1]}"></canvas></body>'
    )
    page.add_script_tag(path=SCENES)


def picture_at(page: Page, scene: str, phase: float) -> Image.Image:
    """One frame of a scene at a phase in [0, 1)."""
    encoded = page.evaluate("([name, p]) => frame(name, p)", [scene, phase])
    return Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB")


def frames(page: Page, loop: Loop) -> Iterator[NDArray[np.uint8]]:
    """Every frame of a loop, ``(360, 640, 3)`` RGB."""
    count = loop.duration_s * FRAMES_PER_S
    for i in range(count):
        yield np.asarray(picture_at(page, loop.scene, i / count))


def encode(
    pictures: list[NDArray[np.uint8]], target: Path, rate_factor: int, limit_bytes: int = LIMIT_BYTES
) -> int:
    """Write an mp4 without sound, no finer than ``rate_factor`` and small enough; returns the one used.

    Raises:
        ValueError: when the coarsest acceptable rate factor is still too big.
    """
    # Under a passing name until it is whole. A named file, because moving the index to its front
    # (faststart) reads it back.
    passing = target.with_suffix(".part")
    while rate_factor <= COARSEST_RATE_FACTOR:
        with av.open(str(passing), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=FRAMES_PER_S)
            stream.width, stream.height = SIZE_PX
            stream.pix_fmt = "yuv420p"
            stream.time_base = Fraction(1, FRAMES_PER_S)
            stream.options = {
                "crf": str(rate_factor),
                "preset": "slow",
                "x264-params": "threads=1:aq-mode=3:keyint=288:bframes=5",
            }
            for rgb in pictures:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
            container.mux(stream.encode())
        size = passing.stat().st_size
        if size <= limit_bytes:
            passing.rename(target)
            return rate_factor
        # H.264 halves its size for about six steps of the rate factor.
        rate_factor += max(1, math.ceil(6 * math.log2(size / limit_bytes)))
    passing.unlink()
    raise ValueError(f"Expected {target.name} to fit {limit_bytes} bytes. Received: {size} bytes.")
