"""Which framing of a detected face restores FER-2013's own crop, and the classifier's answer, best.

    FER2013_ARCHIVE=data/fer2013.zip python -m bench margin --write docs/face-margin.md

Faces that the network never saw (PublicTest) are pasted at known places, upright and tilted, found by
the app's detector, and cropped with each framing. Needs the FER-2013 archive.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bench.pasted_faces import PastedFace, load_split, pasted_faces, square_corners
from emotion.classifier import Classifier
from emotion.crops import CropOptions, crop_faces, crop_square
from emotion.faces import DetectedFace, YuNetDetector, intersection_over_union
from emotion.installed import load_classifier

BY_NAME_ONLY = True
MARGINS = (-0.10, -0.05, 0.0, 0.05, 0.10, 0.15, 0.20, 0.30, 0.40)
LEVELLED_MARGINS = (0.0, 0.05, 0.10)
SHIFTS = (-0.06, -0.04, -0.02, 0.0, 0.02, 0.04)
TILT_DEG = 25.0
LEVELLED = {0.0: "yes", 180.0: "no"}
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True, slots=True)
class Row:
    """How one framing did.

    Attributes:
        options: the framing.
        corner_error: mean distance of the crop's corners from the pasted ones, as a share of the side.
        pixel_error: mean absolute difference from the original 48×48 pixels, 0 to 255.
        correlation: mean correlation with them.
        agreement: share of faces with the top expression that the original crop gets.
        accuracy: share with FER-2013's label.
    """

    options: CropOptions
    corner_error: float
    pixel_error: float
    correlation: float
    agreement: float
    accuracy: float


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Pasted faces that the detector found, and where."""

    pasted: tuple[PastedFace, ...]
    faces: tuple[DetectedFace, ...]
    searched: int


def find(faces_gray: npt.NDArray[np.uint8], *, max_turn_deg: float, seed: int) -> Found:
    """Pastes and searches; a find that covers less than a third of the pasted square does not count."""
    detector = YuNetDetector()
    pasted, faces = [], []
    for one in pasted_faces(faces_gray, max_turn_deg=max_turn_deg, seed=seed):
        half = one.side_px / 2
        truth = (one.x_px - half, one.y_px - half, one.side_px, one.side_px)
        overlap = 1 / 3
        best = None
        for face in detector.detect(one.frame_bgr):
            box = (face.box.x_px, face.box.y_px, face.box.width_px, face.box.height_px)
            if (now := intersection_over_union(box, truth)) > overlap:
                best, overlap = face, now
        if best is not None:
            pasted.append(one)
            faces.append(best)
    return Found(tuple(pasted), tuple(faces), len(faces_gray))


def score(
    found: Found,
    originals: npt.NDArray[np.uint8],
    answers: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int64],
    classifier: Classifier,
    options: CropOptions,
) -> Row:
    """Crops every found face with one framing and compares with the originals it came from.

    ``originals``, ``answers`` (the classifier's to the originals) and ``labels`` are of all faces.
    """
    index = [p.index for p in found.pasted]
    wanted = originals[index]
    crops = np.concatenate(
        [crop_faces(p.frame_bgr, [f], options) for p, f in zip(found.pasted, found.faces, strict=True)]
    )
    corner_errors = [
        np.linalg.norm(square_corners(*crop_square(f, options)) - p.corners_px, axis=1).mean() / p.side_px
        for p, f in zip(found.pasted, found.faces, strict=True)
    ]
    a = crops.reshape(len(crops), -1).astype(np.float64)
    b = wanted.reshape(len(wanted), -1).astype(np.float64)
    pixel_error = np.abs(a - b).mean()
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    now = classify(classifier, crops)
    return Row(
        options,
        float(np.mean(corner_errors)),
        float(pixel_error),
        float(((a * b).sum(axis=1) / np.maximum(norms, 1e-9)).mean()),
        float((now == answers[index]).mean()),
        float((now == labels[index]).mean()),
    )


def classify(classifier: Classifier, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Top class of each face, in batches of 100."""
    parts = [classifier.predict(faces_gray[i : i + 100]) for i in range(0, len(faces_gray), 100)]
    return np.concatenate(parts).argmax(axis=1)


def markdown(cells: Iterable[Sequence[str]]) -> str:
    """Rows of cells as a table in Markdown; the second row says how the columns are aligned."""
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    names = ("margin", "shift down", "eyes levelled", "corner error", "pixel error", "correlation")
    cells = [(*names, "same answer", "accuracy"), ("---:",) * 8]
    for r in rows:
        o = r.options
        framing = (
            f"{o.margin:+.2f}",
            f"{o.shift_down:+.2f}",
            LEVELLED.get(o.level_from_deg, f"from {o.level_from_deg:.0f}°"),
        )
        pixels = (f"{r.corner_error:.1%}", f"{r.pixel_error:.1f}", f"{r.correlation:.3f}")
        cells.append((*framing, *pixels, f"{r.agreement:.1%}", f"{r.accuracy:.1%}"))
    return markdown(cells)


def main(argv: Sequence[str]) -> int:
    """Prints the tables, and writes them between the marks of a document if asked."""
    parser = argparse.ArgumentParser(
        prog="python -m bench margin", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--faces", type=int, default=600, help="how many faces to paste (default 600)")
    parser.add_argument("--usage", default="PublicTest")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default=None, help="default: the app's")
    parser.add_argument("--write", type=Path, default=None, help="a document whose measured part is replaced")
    given = parser.parse_args(argv)
    cv2.setNumThreads(1)
    originals, labels, _ = load_split(given.usage, given.faces, given.seed)
    classifier = load_classifier(given.model)
    answers = classify(classifier, originals)
    own_accuracy = (answers == labels).mean()
    model = f"Model `{classifier.model_version}`, {len(originals)} faces of {given.usage}"
    parts = [f"{model}, accuracy on the original crops {own_accuracy:.1%}."]
    default = CropOptions()
    for title, turn in (("Upright", 0.0), (f"Tilted by up to {TILT_DEG:.0f}°", TILT_DEG)):
        found = find(originals, max_turn_deg=turn, seed=given.seed)
        index = [p.index for p in found.pasted]
        base = (answers[index] == labels[index]).mean()
        framings = [CropOptions(m, default.shift_down, level_from_deg=180.0) for m in MARGINS]
        framings += [CropOptions(m, default.shift_down, level_from_deg=0.0) for m in LEVELLED_MARGINS]
        framings += [
            CropOptions(default.margin, s, default.level_from_deg) for s in SHIFTS if s != default.shift_down
        ]
        framings.append(default)
        rows = [score(found, originals, answers, labels, classifier, o) for o in framings]
        share = f"{len(index)} of {found.searched} found ({len(index) / found.searched:.1%})"
        parts += [
            f"### {title}",
            f"{share}; accuracy of the original crops of these {base:.1%}.",
            table(rows),
        ]
        print("\n\n".join(parts[-3:] if len(parts) > 4 else parts), flush=True)
    if given.write is not None:
        write_between(given.write, "\n\n".join(parts))
    return 0


def write_between(path: Path, content: str) -> None:
    """Replaces what stands between the two marks of the document.

    Raises:
        ValueError: the document has no such marks.
    """
    text = path.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"Expected the marks {BEGIN} and {END}. Received: {path} without them.")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    path.write_text(f"{head}{BEGIN}\n\n{content}\n\n{END}{tail}", encoding="utf-8")
