"""Photos that lie on a side or stand on their heads: how many are turned upright, and how many upright ones.

    FER2013_ARCHIVE=data/fer2013.zip python -m bench turned

Upright faces of FER-2013's PublicTest (see ``bench faces``) are pasted into photographs, the whole frame is
turned, and the photo is read as the photo page reads it. "right" is the share turned back, of those whose
face is found in the upright frame; "same" is how many of these show the expression of the upright frame.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import cv2
import numpy as np

from bench.faces import LARGE, upright_faces
from bench.pasted_faces import FRAME_HEIGHT_PX, FRAME_WIDTH_PX, backgrounds, load_split, paste
from emotion.bootstrap import create_photo_analyzer
from emotion.photo import read_upright, turned

BY_NAME_ONLY = True

LEAST_RIGHT, MOST_UPRIGHT_TURNED = 0.8, 0.01


def main(argv: Sequence[str]) -> int:
    """Prints the table; returns 1 when a figure is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench turned", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--faces", type=int, default=200, help="faces a row (default 200)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default=None, help="default: the app's")
    asked = parser.parse_args(argv)
    cv2.setNumThreads(1)
    analyzer = create_photo_analyzer(asked.model)
    faces = load_split("PublicTest", int(asked.faces * 1.35), asked.seed)[0]
    faces = faces[upright_faces(faces)][: asked.faces]
    rng, photos = np.random.default_rng(asked.seed), backgrounds()
    frames = []
    for number, face in enumerate(faces):
        side = float(rng.choice(LARGE))
        room_x, room_y = (min(0.6 * side, extent / 2) for extent in (FRAME_WIDTH_PX, FRAME_HEIGHT_PX))
        x = float(rng.uniform(room_x, FRAME_WIDTH_PX - room_x))
        y = float(rng.uniform(room_y, FRAME_HEIGHT_PX - room_y))
        frames.append(paste(face[..., 0], photos[number % len(photos)], x, y, side, 0.0))
    upright = [analyzer.analyze(frame) for frame in frames]
    good = True
    print(
        f"{'lies turned by':>14s} {'photos':>7s} {'right':>7s} {'wrong':>7s} {'as it lay':>10s} {'same':>6s}"
    )
    for lies_deg in (0, 90, 180, 270):
        right = wrong = left = same = 0
        for frame, before in zip(frames, upright, strict=True):
            if not before:
                continue
            turned_deg, found = read_upright(turned(frame, lies_deg), analyzer)
            if (turned_deg + lies_deg) % 360 == 0:
                right += 1
                same += found[0].scores.top is before[0].scores.top
            elif turned_deg:
                wrong += 1
            else:
                left += 1
        total = max(1, right + wrong + left)
        print(
            f"{lies_deg:13d}° {total:7d} {right / total:7.1%} {wrong / total:7.1%} {left / total:10.1%} "
            f"{same / max(1, right):6.1%}",
            flush=True,
        )
        good = good and (
            wrong / total <= MOST_UPRIGHT_TURNED if lies_deg == 0 else right / total >= LEAST_RIGHT
        )
    print(
        f"upright ones turned: at most {MOST_UPRIGHT_TURNED:.0%}; others right: at least {LEAST_RIGHT:.0%}: "
        f"{'met' if good else 'MISSED'}"
    )
    return 0 if good else 1
