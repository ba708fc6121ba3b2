"""A baseline without a network: histograms of oriented gradients and a linear support vector machine.

Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005, with
scikit-learn's support vector machine. The trained baseline is one ``.npz`` of numbers (no pickle), which
``load_predictor`` reads.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from emotion.labels import EMOTIONS, FACE_SIZE_PX
from train.config import BaselineConfig
from train.errors import RunError
from train.faceset import FaceSet, grouped_holdout, require_all_classes
from train.files import BASELINE_FILE, written_whole
from train.metrics import fit_temperature


def hog_features(
    faces_gray: npt.NDArray[np.uint8], *, cell_px: int, block_cells: int, orientations: int
) -> npt.NDArray[np.float32]:
    """Compute block-normalised histograms of gradient directions.

    Args:
        faces_gray: uint8 ``(N, 48, 48, 1)``.
        cell_px: side of a cell; divides 48.
        block_cells: side of a block, in cells; blocks overlap by all but one cell.
        orientations: bins of half a turn.

    Returns:
        float32 ``(N, F)``.
    """
    block = (block_cells * cell_px, block_cells * cell_px)
    size, cell = (FACE_SIZE_PX, FACE_SIZE_PX), (cell_px, cell_px)
    hog = cv2.HOGDescriptor(size, block, cell, cell, orientations)
    found = [np.asarray(hog.compute(np.ascontiguousarray(face[..., 0])), np.float32) for face in faces_gray]
    return np.stack([vector.ravel() for vector in found])


def _softmax(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


class HogSvmPredictor:
    """A fitted baseline."""

    def __init__(
        self,
        coefficients: npt.NDArray[np.float64],
        intercepts: npt.NDArray[np.float64],
        hog: tuple[int, int, int],
        sharpness: float,
    ) -> None:
        self.coefficients, self.intercepts, self.hog, self.sharpness = (
            coefficients,
            intercepts,
            hog,
            sharpness,
        )

    def predict(self, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See ``train.predictors.Predictor``; shares are a softmax of the machine's distances."""
        if len(faces_gray) == 0:
            return np.empty((0, len(EMOTIONS)), np.float32)
        cell_px, block_cells, orientations = self.hog
        x = hog_features(faces_gray, cell_px=cell_px, block_cells=block_cells, orientations=orientations)
        return _softmax((x @ self.coefficients.T + self.intercepts) * self.sharpness)

    def save(self, path: Path) -> None:
        """Write ``path`` whole or not at all."""
        with written_whole(path) as partial:
            np.savez(
                partial,
                coefficients=self.coefficients,
                intercepts=self.intercepts,
                hog=np.array(self.hog),
                sharpness=np.array(self.sharpness),
            )


def load_baseline(path: Path) -> HogSvmPredictor:
    """Read what ``HogSvmPredictor.save`` wrote.

    Raises:
        KeyError, ValueError, OSError: the file is not a baseline.
    """
    with np.load(path, allow_pickle=False) as parts:
        cell_px, block_cells, orientations = (int(v) for v in parts["hog"])
        return HogSvmPredictor(
            parts["coefficients"],
            parts["intercepts"],
            (cell_px, block_cells, orientations),
            float(parts["sharpness"]),
        )


def fit_baseline(config: BaselineConfig, faces: FaceSet, run: Path) -> Path:
    """Fit on Training without its held-out part: each face and its mirror.

    Returns:
        The path of the baseline, ``run/baseline.npz``.

    Raises:
        DatasetError: a class is empty.
        RunError: no face was held out, or the file cannot be written.
    """
    from sklearn.svm import LinearSVC

    training = faces.usage("Training")
    require_all_classes(training)
    mask = grouped_holdout(training, share=config.holdout, seed=config.seed)
    held, used = training.take(mask), training.take(~mask)
    if len(held) == 0:
        raise RunError(f"Expected held-out faces among {len(training)}. Received: none.")
    hog = (config.cell_px, config.block_cells, config.orientations)
    views = np.concatenate([used.images, used.images[:, :, ::-1]])
    x = hog_features(views, cell_px=hog[0], block_cells=hog[1], orientations=hog[2])
    machine = LinearSVC(
        C=config.penalty,
        dual=False,
        class_weight="balanced" if config.class_balance else None,
        random_state=config.seed,
    ).fit(x, np.concatenate([used.labels, used.labels]))
    raw = HogSvmPredictor(machine.coef_, machine.intercept_, hog, 1.0)
    # Distances to a margin are not probabilities; a temperature from held-out faces turns them into some.
    sharpness = 1 / fit_temperature(raw.predict(held.images), held.labels)
    fitted = HogSvmPredictor(machine.coef_, machine.intercept_, hog, sharpness)
    path = run / BASELINE_FILE
    try:
        fitted.save(path)
    except OSError as error:
        raise RunError(f"Expected to write {path}. Received: {error}") from error
    return path
