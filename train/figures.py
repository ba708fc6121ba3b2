"""Figures of data and results.

Figures that show faces of a data set belong under ``runs/``, never in the project.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import seaborn as sns
from matplotlib.figure import Figure

from emotion.labels import EMOTIONS, FACE_SIZE_PX, LABELS
from train.faceset import FaceSet
from train.files import written_whole

mpl.use("Agg")
_INK, _ACCENT, _WARM = "#22303c", "#2a6f97", "#c8553d"


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def class_balance(faces: FaceSet) -> Figure:
    """Faces per class, one colour a split."""
    figure = _figure(7, 3.2)
    axes = figure.subplots()
    usages = sorted(set(faces.usages.tolist()))
    labels = np.array(LABELS)[faces.labels]
    sns.countplot(x=labels, hue=faces.usages, order=LABELS, hue_order=usages, ax=axes, palette="deep")
    axes.set(xlabel="", ylabel="faces", title="Faces per expression")
    return figure


def face_sheet(
    images: npt.NDArray[Any], captions: Sequence[str], *, columns: int = 10, title: str = ""
) -> Figure:
    """A grid of grey faces ``(N, 48, 48, 1)`` (0 to 255) with a caption each."""
    # One picture for all: an axes a face takes matplotlib seconds.
    rows = max(1, -(-len(images) // columns))
    side, gap, words = FACE_SIZE_PX, 8, 18
    sheet = np.full((rows * (side + gap + words), columns * (side + gap)), 255, np.uint8)
    figure = Figure(figsize=(columns * 1.1, rows * 1.4 + 0.4))
    axes = figure.add_axes((0.01, 0.01, 0.98, 1 - 0.4 / (rows * 1.4 + 0.4)))
    axes.set_axis_off()
    for k, (image, caption) in enumerate(zip(images, captions, strict=True)):
        top, left = k // columns * (side + gap + words) + words, k % columns * (side + gap)
        sheet[top : top + side, left : left + side] = np.clip(np.asarray(image)[..., 0], 0, 255)
        axes.text(left + side / 2, top - 3, caption, fontsize=6.5, color=_INK, ha="center", va="bottom")
    axes.imshow(sheet, cmap="gray", vmin=0, vmax=255)
    figure.suptitle(title, fontsize=10)
    return figure


def sample_grid(faces: FaceSet, rng: np.random.Generator, *, per_class: int = 10) -> Figure:
    """Some faces of each class, one row a class."""
    images, captions = [], []
    for emotion in EMOTIONS:
        rows = np.flatnonzero(faces.labels == emotion.index)
        chosen = rng.permutation(rows)[:per_class]
        for k in range(per_class):
            there = k < len(chosen)
            images.append(faces.images[chosen[k]] if there else np.full((48, 48, 1), 255, np.uint8))
            captions.append(emotion.value if there else "")
    return face_sheet(np.stack(images), captions, columns=per_class, title="Faces of each class")


def mean_faces(faces: FaceSet) -> Figure:
    """The mean face of each class that has any."""
    there = [e for e in EMOTIONS if (faces.labels == e.index).any()]
    means = np.stack([faces.images[faces.labels == e.index].mean(axis=0) for e in there])
    return face_sheet(means, [e.value for e in there], columns=len(there), title="Mean face of each class")


def confusion(matrix: Sequence[Sequence[int]], title: str = "") -> Figure:
    """Rows are labels, columns answers; shares of each row, with counts."""
    counts = np.array(matrix, float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    notes = np.array(
        [
            [f"{s:.0%}\n{int(c)}" for s, c in zip(*pair, strict=True)]
            for pair in zip(shares, counts, strict=True)
        ]
    )
    figure = _figure(6.4, 5.4)
    axes = figure.subplots()
    sns.heatmap(
        shares, annot=notes, fmt="", cmap="Blues", vmin=0, vmax=1, cbar=False, square=True, ax=axes,
        xticklabels=LABELS, yticklabels=LABELS, annot_kws={"fontsize": 8},
    )  # fmt: skip
    axes.set(xlabel="model says", ylabel="label", title=title)
    axes.tick_params(axis="x", rotation=45)
    axes.tick_params(axis="y", rotation=0)
    return figure


def reliability_diagram(bins: Sequence[dict[str, float]], error: float, title: str = "") -> Figure:
    """How often the model is right, against how sure it is; a calibrated model lies on the diagonal."""
    figure = _figure(4.8, 4.6)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], "--", color="grey", linewidth=1, label="honest")
    width = 1 / 15
    axes.bar(
        [b["low"] + width / 2 for b in bins],
        [b["accuracy"] for b in bins],
        width=width * 0.92,
        color=_ACCENT,
        label="model",
    )
    largest = max((b["count"] for b in bins), default=1)
    axes.scatter(
        [b["confidence"] for b in bins],
        [b["accuracy"] for b in bins],
        s=[8 + 60 * b["count"] / largest for b in bins],
        color=_WARM,
        zorder=3,
        label="mean confidence (size: faces)",
    )
    axes.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="share that is right",
        title=f"{title}\ncalibration error {error:.3f}",
    )  # fmt: skip
    axes.legend(loc="upper left", fontsize=7)
    return figure


def curves(log: Sequence[dict[str, float]]) -> Figure:
    """Loss and accuracy over the epochs, training against validation."""
    figure = _figure(9, 3.4)
    left, right = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in log]
    for axes, key in ((left, "loss"), (right, "accuracy")):
        axes.plot(epochs, [row.get(key, np.nan) for row in log], color=_WARM, label="training (augmented)")
        axes.plot(epochs, [row.get(f"val_{key}", np.nan) for row in log], color=_ACCENT, label="validation")
        axes.set(xlabel="epoch", title=key)
        axes.legend(fontsize=8)
    return figure


def save_figure(figure: Figure, path: Path) -> Path:
    """Write ``path`` (a .png) whole or not at all."""
    with written_whole(path) as partial:
        figure.savefig(partial, dpi=120)
    return path


def data_uri(figure: Figure) -> str:
    """The figure as a ``data:`` address, for self-contained pages."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode("ascii")
