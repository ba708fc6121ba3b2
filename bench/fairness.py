"""How the app's accuracy differs with apparent light, contrast, side light and face size.

    FER2013_ARCHIVE=data/fer2013.zip FERPLUS_VOTES=data/ferplus_votes.csv \
        python -m bench fairness --write docs/fairness.md

FER-2013 does not say who is shown, so nothing can be measured here by age, sex or skin. What can be measured
is what a picture itself shows. Faces of PublicTest are put into five groups of the same size by how bright,
how rich in contrast and how evenly lit from left and right the crop is; and they are pasted into photographs
at several sizes and searched for as the photo page does.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from bench.faces import FOUND_OVERLAP, box_of, machine, search
from bench.margin import classify, markdown, write_between
from bench.pasted_faces import FRAME_HEIGHT_PX, FRAME_WIDTH_PX, backgrounds, paste
from emotion.classifier import Classifier
from emotion.crops import crop_faces
from emotion.faces import PhotoFaceDetector, intersection_over_union
from emotion.installed import load_classifier

BY_NAME_ONLY = True

GROUPS = 5
SIDES_PX = (32, 48, 64, 96, 192)
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``n``, with Wilson's 95% interval."""

    hits: int
    n: int

    def __str__(self) -> str:
        if not self.n:
            return "–"
        interval = binomtest(self.hits, self.n).proportion_ci(method="wilson")
        return f"{self.hits / self.n:.1%} ({100 * interval.low:.1f} to {100 * interval.high:.1f})"


@dataclass(frozen=True, slots=True)
class Faces:
    """What is judged: crops uint8 ``(N, 48, 48, 1)``, labels, FER+ majorities (-1 for none)."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    ferplus: npt.NDArray[np.int64]


def load(usage: str, count: int, seed: int) -> Faces:
    """Faces of one split of FER-2013, or of what training holds out (``HeldOut``); all where ``count`` is 0.

    Raises:
        DatasetError: the archive or the votes are not here.
    """
    from train.calibration import faces_to_judge
    from train.dataset import find_archive, find_votes, load_faces
    from train.faceset import ferplus_majority
    from train.readers import read_votes

    faces = faces_to_judge(load_faces(find_archive()), usage)
    if count:
        faces = faces.take(np.random.default_rng(seed).permutation(len(faces))[:count])
    return Faces(faces.images, faces.labels, ferplus_majority(faces, read_votes(find_votes())))


def looks(images: npt.NDArray[np.uint8]) -> dict[str, npt.NDArray[np.float64]]:
    """Three figures of each crop: mean grey, contrast, and how unevenly it is lit from the sides."""
    grey = images[..., 0].astype(np.float64)
    half = grey.shape[2] // 2
    left, right = grey[:, :, :half].mean(axis=(1, 2)), grey[:, :, half:].mean(axis=(1, 2))
    return {
        "brightness": grey.mean(axis=(1, 2)),
        "contrast": grey.std(axis=(1, 2)),
        "side light": np.abs(left - right),
    }


def fifths(values: npt.NDArray[np.float64]) -> list[tuple[str, Mask]]:
    """Five groups of the same size, the lowest values first, each with its range as its name."""
    edges = np.quantile(values, np.linspace(0, 1, GROUPS + 1))
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, GROUPS - 1)
    return [(f"{edges[g]:.0f} to {edges[g + 1]:.0f}", place == g) for g in range(GROUPS)]


def shares(faces: Faces, said: npt.NDArray[np.int64], of: Mask) -> list[str]:
    """Faces, accuracy by FER-2013's labels and agreement with FER+'s majority, of the chosen ones."""
    voted = of & (faces.ferplus >= 0)
    right = Share(int((said == faces.labels)[of].sum()), int(of.sum()))
    agreed = Share(int((said == faces.ferplus)[voted].sum()), int(voted.sum()))
    return [f"{of.sum():,}", str(right), str(agreed)]


def by_look(faces: Faces, said: npt.NDArray[np.int64]) -> list[list[str]]:
    """A row for each fifth of each figure."""
    rows = []
    for name, values in looks(faces.images).items():
        for number, (ranges, of) in enumerate(fifths(values)):
            place = ("lowest fifth", "second", "third", "fourth", "highest fifth")[number]
            rows.append([f"{name}, {place} ({ranges})", *shares(faces, said, of)])
    return rows


def by_size(faces: Faces, classifier: Classifier, seed: int) -> list[list[str]]:
    """A row for each size at which the faces are pasted, searched for and read."""
    detector, photos, rows = PhotoFaceDetector(), backgrounds(), []
    for side in SIDES_PX:
        rng = np.random.default_rng(seed)
        found, crops = np.zeros(len(faces.labels), np.bool_), []
        for i, face in enumerate(faces.images):
            x = float(rng.uniform(0.6 * side, FRAME_WIDTH_PX - 0.6 * side))
            y = float(rng.uniform(0.6 * side, FRAME_HEIGHT_PX - 0.6 * side))
            frame = paste(face[..., 0], photos[i % len(photos)], x, y, side, 0.0)
            truth = (x - side / 2, y - side / 2, side, side)
            seen = search(detector, frame)
            best = max(seen, key=lambda f: intersection_over_union(box_of(f), truth), default=None)
            if best is not None and intersection_over_union(box_of(best), truth) >= FOUND_OVERLAP:
                found[i] = True
                crops.append(crop_faces(frame, [best]))
        said = np.full(len(faces.labels), -1, np.int64)
        if crops:
            said[found] = classify(classifier, np.concatenate(crops))
        recall = Share(int(found.sum()), len(found))
        _, right, agreed = shares(faces, said, found)
        rows.append([f"{side} px", f"{len(found):,}", str(recall), right, agreed])
    return rows


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows as Markdown."""
    return markdown([head, ["---", *["---:"] * (len(head) - 1)], *rows])


def main(argv: Sequence[str]) -> int:
    """Prints both tables, and writes them into a document if asked."""
    parser = argparse.ArgumentParser(
        prog="python -m bench fairness", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--faces", type=int, default=0, help="faces for the first table (default all)")
    parser.add_argument("--pasted", type=int, default=500, help="faces for each size (default 500)")
    parser.add_argument("--usage", default="PublicTest")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default=None, help="default: the app's")
    parser.add_argument("--write", type=Path, default=None, help="a document whose measured part is replaced")
    asked = parser.parse_args(argv)
    cv2.setNumThreads(1)
    classifier = load_classifier(asked.model)
    faces = load(asked.usage, asked.faces, asked.seed)
    said = classify(classifier, faces.images)
    everyone = np.ones(len(said), np.bool_)
    first = table(
        ["crops of FER-2013", "faces", "right by FER-2013’s label", "agrees with FER+’s majority"],
        [["all", *shares(faces, said, everyone)], *by_look(faces, said)],
    )
    some = load(asked.usage, asked.pasted, asked.seed)
    second = table(
        [
            "side of the face in the photo",
            "faces",
            "found",
            "of those found, right",
            "of those found, agrees",
        ],
        by_size(some, classifier, asked.seed),
    )
    head = f"Model `{classifier.model_version}`, {asked.usage}. {machine()}. In brackets: 95% intervals."
    print(f"{head}\n\n{first}\n\n{second}")
    if asked.write is not None:
        write_between(asked.write, f"{head}\n\n{first}\n\n{second}")
    return 0
