"""A data set small enough to train on in a second: faces that are told apart by brightness and stripes."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np

from emotion.labels import EMOTIONS, LABELS
from train.faceset import FERPLUS_COLUMNS, FERPLUS_TO_EMOTION, FaceSet, Votes


def drawn_face(label: int, rng: np.random.Generator) -> np.ndarray:
    """uint8 (48, 48): one pattern a class, with noise."""
    rows = np.arange(48)[:, None] * np.ones((1, 48))
    wave = 60 * np.sin(rows / 48 * np.pi * (label + 1)) + 20 * label
    return np.clip(60 + wave + rng.normal(0, 12, (48, 48)), 0, 255).astype(np.uint8)


def make_faces(training: int, public: int, seed: int = 0, private: int = 0) -> FaceSet:
    rng = np.random.default_rng(seed)
    labels = np.arange(training + public + private) % len(EMOTIONS)
    images = np.stack([drawn_face(int(label), rng) for label in labels])[..., None]
    usages = np.array(["Training"] * training + ["PublicTest"] * public + ["PrivateTest"] * private)
    names = tuple(
        f"{'train' if u == 'Training' else 'test'}/{LABELS[label]}/{u}_{i}.png"
        for i, (u, label) in enumerate(zip(usages, labels, strict=True))
    )
    return FaceSet(images, labels.astype(np.int64), names, usages)


def write_folder(faces: FaceSet, folder: Path) -> Path:
    for image, name in zip(faces.images, faces.names, strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    return folder


def write_csv(faces: FaceSet, path: Path) -> Path:
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["emotion", "pixels", "Usage"])
        for image, label, usage in zip(faces.images, faces.labels, faces.usages, strict=True):
            writer.writerow([int(label), " ".join(str(v) for v in image.ravel()), usage])
    return path


def make_votes(faces: FaceSet) -> Votes:
    """Eight of ten votes for the label, one for neutral, one for unknown."""
    column = {emotion: FERPLUS_COLUMNS.index(name) for name, emotion in FERPLUS_TO_EMOTION.items()}
    votes = Votes()
    for name, label in zip(faces.names, faces.labels, strict=True):
        row = np.zeros(10, np.float32)
        row[column[EMOTIONS[int(label)]]] += 8
        row[FERPLUS_COLUMNS.index("neutral")] += 1
        row[FERPLUS_COLUMNS.index("unknown")] += 1
        votes[name] = row
    return votes
