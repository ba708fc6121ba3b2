"""Damaged photos, thousands of them: none may crash, hang for 10 s, or take 1.5 GB.

    python -m bench mutated_photos --examples 5000

Hypothesis changes bytes of good photos of every format, cuts, repeats and joins them. A child process reads
each one as the app does, with a limit on its processor time a photo; it writes what it is about to read to
a file first, so that what kills it can be looked at.
"""

from __future__ import annotations

import argparse
import io
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from bench._memory import peak_bytes
from emotion.errors import ImageError
from emotion.images import HEIC_SUPPORTED

BY_NAME_ONLY = True  # part of the measurement of files

PHOTO_LIMIT_S, MEMORY_LIMIT_BYTES = 10.0, 1_500_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", *(("HEIF",) if HEIC_SUPPORTED else ()))


def good_photos() -> dict[str, bytes]:
    """One small photo a format; half of its picture is noise, so that every decoder has work."""
    rng = np.random.default_rng(0)
    pixels = np.full((96, 128, 3), 120, np.uint8)
    pixels[:, :64] = rng.integers(0, 256, (96, 64, 3), np.uint8)
    photos = {}
    for name in FORMATS:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, name)
        photos[name] = buffer.getvalue()
    return photos


@st.composite
def damaged_photos(draw: st.DrawFn) -> bytes:
    """A good photo with bytes changed (most of them in its head, where sizes stand), cut, and repeated."""
    content = bytearray(draw(st.sampled_from(list(GOOD.values()))))
    head = st.integers(0, 200)
    anywhere = st.integers(0, len(content) - 1)
    for at, value in draw(st.lists(st.tuples(st.one_of(head, anywhere), st.integers(0, 255)), max_size=16)):
        content[at % len(content)] = value
    begin, end = sorted((draw(anywhere), draw(anywhere)))
    match draw(st.sampled_from(["whole", "whole", "cut", "without", "twice"])):
        case "cut":
            del content[max(1, end) :]
        case "without":
            del content[begin:end]
        case "twice":
            content[begin:begin] = content[begin:end]
    return bytes(content)


GOOD = good_photos()


def read_many(examples: int, current: Path) -> None:
    """Reads so many damaged photos in this process; what it is reading stands in ``current``."""
    from emotion.bootstrap import create_photo_analyzer
    from emotion.photo import analyze_photo

    analyzer = create_photo_analyzer()
    counts = {"read": 0, "refused": 0}

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged_photos())
    def each(content: bytes) -> None:
        current.write_bytes(content)
        # Processor time, not the clock's: a busy machine is no hang. The signal ends the process.
        signal.setitimer(signal.ITIMER_PROF, PHOTO_LIMIT_S)
        try:
            analyze_photo(content, analyzer=analyzer)
            counts["read"] += 1
        except ImageError:
            counts["refused"] += 1
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    each()
    print(f"{counts['read']} read, {counts['refused']} refused, peak memory {peak_bytes()} bytes", flush=True)


def main(argv: Sequence[str]) -> int:
    """Runs the child, prints what it found; returns 1 when a must is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench mutated_photos", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--examples", type=int, default=5000)
    parser.add_argument("--child", type=Path, default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    if asked.child is not None:
        read_many(asked.examples, asked.child)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        current = Path(folder) / "current"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "bench", "mutated_photos"),
                *("--child", str(current), "--examples", str(asked.examples)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            kept = Path(tempfile.gettempdir()) / "attune-damaged-photo"
            kept.write_bytes(current.read_bytes() if current.exists() else b"")
            print(f"{done.stderr[-2000:]}\nended with {done.returncode}; the photo: {kept} MISSED")
            return 1
    words = done.stdout.strip()
    peak = int(words.split()[-2])
    met = peak <= MEMORY_LIMIT_BYTES
    print(f"{asked.examples} damaged photos: no crash, none over {PHOTO_LIMIT_S:g} s; {words}")
    print(f"peak memory {peak / 1e6:.0f} MB (figure: at most 1500) {'met' if met else 'MISSED'}")
    return 0 if met else 1
