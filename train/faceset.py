"""FER-2013 in memory, as pure data: faces, labels, names, splits, and FER+ votes beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from emotion.labels import EMOTIONS, Emotion
from train.errors import DatasetError

USAGES = ("Training", "PublicTest", "PrivateTest")
FERPLUS_COLUMNS = (
    "neutral", "happiness", "surprise", "sadness", "anger",
    "disgust", "fear", "contempt", "unknown", "NF",
)  # fmt: skip
FERPLUS_TO_EMOTION = {
    "anger": Emotion.ANGRY, "disgust": Emotion.DISGUST, "fear": Emotion.FEAR,
    "happiness": Emotion.HAPPY, "sadness": Emotion.SAD, "surprise": Emotion.SURPRISE,
    "neutral": Emotion.NEUTRAL,
}  # fmt: skip
_SEVEN = [FERPLUS_COLUMNS.index(n) for n, _ in sorted(FERPLUS_TO_EMOTION.items(), key=lambda kv: kv[1].index)]


class Votes(dict[str, npt.NDArray[np.float32]]):
    """FER+ votes: ten counts in the order of ``FERPLUS_COLUMNS``, by file name.

    Attributes:
        row_usages: the Usage of each row if the rows stand for those of ``fer2013.csv``; else empty.
    """

    row_usages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FaceSet:
    """Faces with one label each.

    Attributes:
        images: uint8 ``(N, 48, 48, 1)``, grey, 0 to 255.
        labels: int64 ``(N,)``, indices into ``EMOTIONS``.
        names: the file names inside the archive, in the same order.
        usages: one for each face: of ``USAGES``, or ``"test"`` (unknown which) or ``"none"``.
        left_out: number of files skipped, by folder that matches none of the seven or by suffix that is not
            read (``*.xyz``).
        table_rows: number of rows of the table; 0 for pictures.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    names: tuple[str, ...]
    usages: npt.NDArray[np.str_]
    left_out: Mapping[str, int] = field(default_factory=dict)
    table_rows: int = 0

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: npt.NDArray[np.generic]) -> FaceSet:
        """The faces at ``index`` (bool mask or integer positions)."""
        rows = np.flatnonzero(index) if index.dtype == bool else index
        return FaceSet(
            self.images[rows],
            self.labels[rows],
            tuple(self.names[int(i)] for i in rows),
            self.usages[rows],
            self.left_out,
            self.table_rows,
        )

    def usage(self, wanted: str) -> FaceSet:
        """The faces of one split; ``"all"`` for every face, ``"test"`` for all except Training.

        A set without splits counts as Training and as test.

        Raises:
            DatasetError: no face has that usage.
        """
        if wanted == "all" or (wanted == "Training" and bool((self.usages == "none").all())):
            return self
        mask = self.usages != "Training" if wanted == "test" else self.usages == wanted
        if not mask.any():
            there = sorted(set(self.usages.tolist()))
            raise DatasetError(f"Expected faces with usage {wanted!r}, one of {there}. Received: none.")
        return self.take(mask)

    def spread(self, count: int) -> FaceSet:
        """At most ``count`` faces at even steps, as an archive lists them class by class."""
        steps = np.linspace(0, max(0, len(self) - 1), min(count, len(self)))
        return self.take(steps.round().astype(np.int64))

    def sha256(self) -> str:
        """Hash of pixels and labels, which identifies the data in ``metadata.json``."""
        digest = hashlib.sha256(self.images.tobytes())
        digest.update(self.labels.astype("<i8").tobytes())
        return digest.hexdigest()


def ferplus_distribution(faces: FaceSet, votes: Votes, *, min_votes: int = 4) -> npt.NDArray[np.float32]:
    """Compute the shares of FER+ votes over the seven shared classes.

    Returns:
        float32 ``(N, 7)``; a row of NaN if fewer than ``min_votes`` fell on the seven.

    Raises:
        DatasetError: fewer than half of the faces have votes, so the files do not belong together.
    """
    require_matching_votes(faces, votes)
    nothing = np.zeros(len(FERPLUS_COLUMNS), np.float32)
    found = (votes_of(name, votes) for name in faces.names)
    counts = np.stack([nothing if row is None else row for row in found])[:, _SEVEN]
    total = counts.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = counts / total
    shares[total[:, 0] < min_votes] = np.nan
    return shares.astype(np.float32)


def votes_of(name: str, votes: Votes) -> npt.NDArray[np.float32] | None:
    """Find the votes for a face, or None; the archive's folders may lie inside another folder."""
    row = votes.get(name)
    if row is None:
        row = votes.get("/".join(PurePosixPath(name).parts[-3:]))
    return row


def require_matching_votes(faces: FaceSet, votes: Votes) -> None:
    """Refuse votes that belong to another data set.

    Raises:
        DatasetError: fewer than half of the faces have votes, or votes joined by row number belong to a table
            with another number of rows or with other rows.
    """
    if votes.row_usages and faces.table_rows:
        if len(votes.row_usages) != faces.table_rows:
            raise DatasetError(
                f"Expected FER+ votes for the {faces.table_rows:,} rows of the table, in the same order. "
                f"Received: votes for {len(votes.row_usages):,} rows."
            )
        told = {row_name(row): usage for row, usage in enumerate(votes.row_usages) if usage}
        pairs = zip(faces.names, faces.usages, strict=True)
        other = [name for name, usage in pairs if usage in USAGES and told.get(name, usage) != usage]
        if other:
            raise DatasetError(
                "Expected FER+ votes whose rows have the same Usage as the table's. "
                f"Received: another one in {len(other):,} of {len(faces):,} rows, first {other[0]}."
            )
    found = sum(votes_of(name, votes) is not None for name in faces.names)
    if len(faces) and found < len(faces) / 2:
        raise DatasetError(
            f"Expected FER+ votes for most of the {len(faces):,} faces, such as {faces.names[0]}. "
            f"Received: votes for {found:,} of them."
        )


def ferplus_majority(faces: FaceSet, votes: Votes) -> npt.NDArray[np.int64]:
    """Find FER+'s majority class for each face, ``-1`` if there is none to compare with.

    Leaves out faces without votes, ties, and majorities for contempt, unknown or not-a-face.
    """
    out = np.full(len(faces), -1, np.int64)
    for i, name in enumerate(faces.names):
        row = votes_of(name, votes)
        if row is None or row.sum() == 0:
            continue
        best = np.flatnonzero(row == row.max())
        column = FERPLUS_COLUMNS[int(best[0])]
        if len(best) == 1 and column in FERPLUS_TO_EMOTION:
            out[i] = FERPLUS_TO_EMOTION[column].index
    return out


def grouped_holdout(faces: FaceSet, *, share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Draw a mask of about ``share`` of the faces; exact copies stay on one side."""
    groups = [hashlib.md5(image.tobytes(), usedforsecurity=False).digest() for image in faces.images]
    order = {key: i for i, key in enumerate(dict.fromkeys(groups))}
    rng = np.random.default_rng(seed)
    chosen = rng.random(len(order)) < share
    return np.array([chosen[order[key]] for key in groups])


def row_name(row: int) -> str:
    """Name a face without a name by its 0-based row in ``fer2013.csv``, as FER+ does."""
    return f"fer{row:07d}.png"


def one_hot(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """float32 ``(N, 7)``."""
    return np.eye(len(EMOTIONS), dtype=np.float32)[labels]


def require_all_classes(faces: FaceSet) -> None:
    """Refuse a set in which a class has no face.

    Raises:
        DatasetError: it names the empty classes.
    """
    counts = np.bincount(faces.labels, minlength=len(EMOTIONS))
    empty = [e.value for e in EMOTIONS if counts[e.index] == 0]
    if empty:
        raise DatasetError(
            f"Expected Training faces of all seven expressions. Received: none for {', '.join(empty)}."
        )
