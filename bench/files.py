"""Photos as files: one of 12 megapixels, a folder of 1,000 on all cores, and damaged ones.

    python -m bench files

Pictures are made from scikit-image's astronaut (one face). The folder is read by ``emotion folder``'s own
function; its memory is that of all its processes, watched while it works: flat means that the second half
takes at most a tenth more than the first. The naive ways: Haar at full size and ``model.predict``; a detector
and a model made for each photo.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from bench import mutated_photos
from bench.perception import naive_way
from emotion.bootstrap import create_photo_analyzer
from emotion.folder.run import FolderProgress, analyze_folder
from emotion.installed import find_model
from emotion.photo import analyze_photo

PHOTO_LIMIT_MS, PHOTOS_A_SECOND, GROWTH = 400.0, 80.0, 1.10


def large_photo() -> bytes:
    """A JPEG of 4000×3000 with one face of about 270 px, and texture everywhere."""
    import skimage.data

    portrait = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    noise = np.random.default_rng(0).integers(80, 130, (750, 1000, 3)).astype(np.uint8)
    photo = np.asarray(cv2.resize(noise, (4000, 3000), interpolation=cv2.INTER_CUBIC), np.uint8)
    photo[700:2236, 1200:2736] = cv2.resize(portrait, (1536, 1536), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def write_album(folder: Path, count: int) -> None:
    """``count`` JPEGs of 640×480, the face at a place and size of its own in each."""
    import skimage.data

    portrait = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    rng = np.random.default_rng(1)
    for n in range(count):
        scale = float(rng.uniform(0.9, 2.2))
        place = np.array([[scale, 0, rng.uniform(-100, 200)], [0, scale, rng.uniform(-60, 60)]])
        photo = cv2.warpAffine(portrait, place, (640, 480), borderMode=cv2.BORDER_REFLECT)
        cv2.imwrite(str(folder / f"{n:05d}.jpg"), photo)


def memory_of_family() -> int:
    """Resident bytes of this process and its children, shared pages counted once; Linux alone."""
    total = 0
    for process in _family(os.getpid()):
        try:
            words = (Path("/proc") / str(process) / "smaps_rollup").read_text(encoding="ascii")
        except OSError:  # ended meanwhile
            continue
        total += sum(int(line.split()[1]) * 1024 for line in words.splitlines() if line.startswith("Pss:"))
    return total


def _family(process: int) -> list[int]:
    found = [process]
    for tasks in (Path("/proc") / str(process) / "task").glob("*/children"):
        try:
            children = tasks.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            found += _family(int(child))
    return found


def measure_photo(turns: int, model: str | None) -> bool:
    """Prints what the large photo takes; True when the figure is met."""
    content = large_photo()
    analyzer = create_photo_analyzer(model)
    folder = find_model(model)
    naive = naive_way(folder if folder.is_dir() else folder.parent)
    frame = np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    naive_ms, ours_ms, busy_ms = [], [], []
    faces = 0
    for turn in range(turns + 1):
        began, busy = time.perf_counter(), time.process_time()
        faces = len(analyze_photo(content, analyzer=analyzer).faces)
        if turn:  # the first one warms the caches
            ours_ms.append((time.perf_counter() - began) * 1e3)
            busy_ms.append((time.process_time() - busy) * 1e3)
        if turn % 5 == 0:
            naive_ms.append(_taken_ms(lambda: naive(frame)))
    p50, p95 = np.percentile(ours_ms, [50, 95])
    met = bool(p50 <= PHOTO_LIMIT_MS) and faces == 1
    print(
        f"12-megapixel photo, {faces} face: p50 {p50:.0f} ms, p95 {p95:.0f} ms, {np.median(busy_ms):.0f} ms "
        f"of processor time (figure: p50 at most {PHOTO_LIMIT_MS:.0f}) {'met' if met else 'MISSED'}"
    )
    print(f"times faster than Haar at full size + model.predict: {np.median(naive_ms) / p50:.1f}")
    return met


def _taken_ms(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1e3


def naive_seconds_a_photo(folder: Path, model: str | None, count: int) -> float:
    """What a detector and a model made for each photo take."""
    began = time.perf_counter()
    for path in sorted(folder.iterdir())[:count]:
        analyze_photo(path, analyzer=create_photo_analyzer(model))
    return (time.perf_counter() - began) / count


def measure_folder(photos: int, model: str | None, workers: int) -> bool:
    """Prints what the folder takes; True when the figures are met."""
    memory: list[int] = []
    stopped = threading.Event()

    def watch() -> None:
        while not stopped.wait(0.5):
            memory.append(memory_of_family())

    times: list[float] = []

    def note(now: FolderProgress) -> None:
        times.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as place:
        album = Path(place) / "album"
        album.mkdir()
        write_album(album, photos)
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        began = time.perf_counter()
        done = analyze_folder(album, Path(place) / "t.parquet", workers=workers, model=model, progress=note)
        seconds = time.perf_counter() - began
        stopped.set()
        watcher.join()
        naive_s = naive_seconds_a_photo(album, model, min(10, photos))
    # From the first photo done: starting the processes is no part of a rate.
    steady = (len(times) - 2) / (times[-1] - times[1]) if len(times) > 2 else 0.0
    met = steady >= PHOTOS_A_SECOND and done.failed == 0 and done.read == photos
    print(
        f"folder of {done.read} photos, {workers} processes: {steady:.0f} photos/s, {seconds:.1f} s with "
        f"start and end (figure: at least {PHOTOS_A_SECOND:.0f}/s) {'met' if met else 'MISSED'}"
    )
    print(f"times faster than a detector and a model made for each photo: {steady * naive_s:.0f}")
    if len(memory) < 8:
        print("memory: not watched (too few samples, or no /proc)")
        return met
    quarter = len(memory) // 4
    early, late = np.median(memory[quarter : 2 * quarter]), np.median(memory[-quarter:])
    flat = bool(late <= GROWTH * early)
    print(
        f"memory of all processes: {early / 1e6:.0f} MB in the second quarter, {late / 1e6:.0f} MB in the "
        f"last, peak {max(memory) / 1e6:.0f} MB (figure: at most {GROWTH - 1:.0%} more) "
        f"{'met' if flat else 'MISSED'}"
    )
    return met and flat


def main(argv: Sequence[str]) -> int:
    """Prints the figures; returns 1 when one is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench files", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--turns", type=int, default=20, help="times the large photo is read")
    parser.add_argument("--photos", type=int, default=1000, help="photos of the folder")
    parser.add_argument("--damaged", type=int, default=5000, help="damaged photos; 0 leaves them out")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--model", default=None, help="default: the app's")
    asked = parser.parse_args(argv)
    good = measure_photo(asked.turns, asked.model)
    good = measure_folder(asked.photos, asked.model, asked.workers) and good
    if asked.damaged:
        good = mutated_photos.main(["--examples", str(asked.damaged)]) == 0 and good
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"load average while measuring: {load:.1f} on {os.cpu_count()} cores")
    return 0 if good else 1
