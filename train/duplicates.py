"""Copies in a data set: exact by pixels, near by correlation, and whether their labels agree.

Every face is compared with every other, which takes half a minute on one core for FER-2013. Filtering by a
perceptual hash first takes a few seconds but misses copies: of the 756 pairs of different faces that
correlate at 0.95 or more, hashes within 4 of 64 bits find 534 (OpenCV's cosine transform) or 538
(``imagehash.phash`` 4.3.2), 516 of them the same. To the eye, the pairs that they miss are copies as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from train.faceset import FaceSet

NEAR_CORRELATION = 0.95
"""Faces whose pixels correlate at least so much are near copies."""
_BLOCK = 512


def near_pairs(faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Find pairs of faces that look alike.

    Args:
        faces_gray: uint8 ``(N, 48, 48, 1)``, without exact copies, for speed.

    Returns:
        int64 ``(P, 2)``, positions with the first below the second.
    """
    flat = faces_gray.reshape(len(faces_gray), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    found = [np.empty((0, 2), np.int64)]
    for start in range(0, len(flat), _BLOCK):
        alike = np.argwhere(flat[start : start + _BLOCK] @ flat[start:].T >= NEAR_CORRELATION)
        found.append(alike[alike[:, 0] < alike[:, 1]] + start)
    return np.concatenate(found)


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups of copies.

    Attributes:
        exact_copies: faces with the same pixels as an earlier face.
        near_copies: other faces that look like another one.
        groups: number of groups of two or more faces.
        across_splits: groups with faces in more than one split.
        label_conflicts: groups whose faces have different labels.
        test_faces_in_training: faces outside Training with a copy in Training.
        examples: some groups as (name, label) lists, conflicts first.
    """

    exact_copies: int
    near_copies: int
    groups: int
    across_splits: int
    label_conflicts: int
    test_faces_in_training: int
    examples: tuple[tuple[tuple[str, int], ...], ...]


def group_copies(faces: FaceSet, *, near: bool = True) -> npt.NDArray[np.int64]:
    """Number the groups of copies: one number for each face."""
    _, exact = np.unique(faces.images.reshape(len(faces), -1), axis=0, return_inverse=True)
    groups = np.asarray(exact, np.int64).ravel()
    if not near:
        return groups
    _, first = np.unique(groups, return_index=True)
    pairs = near_pairs(faces.images[first])
    n = len(first)
    graph = coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, merged = connected_components(graph, directed=False)
    return np.asarray(merged, np.int64)[groups]


def find_duplicates(faces: FaceSet, *, near: bool = True, examples: int = 10) -> Duplicates:
    """Count the copies in ``faces``, across all splits."""
    exact = group_copies(faces, near=False)
    groups = group_copies(faces, near=True) if near else exact
    members: dict[int, list[int]] = {}
    for position, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(position)
    several = [m for m in members.values() if len(m) > 1]
    conflicts = [m for m in several if len({int(faces.labels[i]) for i in m}) > 1]
    across = [m for m in several if len({str(faces.usages[i]) for i in m}) > 1]
    leaked = sum(
        1
        for m in several
        if any(faces.usages[i] == "Training" for i in m)
        for i in m
        if faces.usages[i] != "Training"
    )
    exact_copies = len(exact) - len(np.unique(exact))
    shown = (conflicts + [m for m in several if m not in conflicts[:examples]])[:examples]
    return Duplicates(
        exact_copies=exact_copies,
        near_copies=len(groups) - len(members) - exact_copies,
        groups=len(several),
        across_splits=len(across),
        label_conflicts=len(conflicts),
        test_faces_in_training=leaked,
        examples=tuple(tuple((faces.names[i], int(faces.labels[i])) for i in m) for m in shown),
    )


def describe_faces(faces: FaceSet, duplicates: Duplicates, problems: list[Any]) -> dict[str, Any]:
    """Count faces per class and split, problems and copies; JSON-ready."""
    from dataclasses import asdict

    from emotion.labels import LABELS

    counts = {
        usage: {
            label: int(((faces.usages == usage) & (faces.labels == i)).sum())
            for i, label in enumerate(LABELS)
        }
        for usage in sorted(set(faces.usages.tolist()))
    }
    return {
        "n": len(faces),
        "counts": counts,
        "empty_classes": {
            u: [k for k, v in c.items() if v == 0] for u, c in counts.items() if 0 in c.values()
        },
        "left_out_folders": dict(faces.left_out),
        "problems": [{"where": p.where, "why": p.why} for p in problems],
        "sha256": faces.sha256(),
        "duplicates": asdict(duplicates)
        | {
            "examples": [
                [{"file": name, "label": LABELS[label]} for name, label in group]
                for group in duplicates.examples
            ]
        },
    }
