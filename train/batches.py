"""Soft targets, and shuffled, augmented batches."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from emotion.labels import EMOTIONS, FACE_SIZE_PX
from train.augmentation import Augmentation
from train.config import TrainConfig
from train.faceset import FaceSet, Votes, ferplus_distribution, one_hot
from train.webcam import shrink


def make_targets(config: TrainConfig, faces: FaceSet, votes: Votes | None) -> npt.NDArray[np.float32]:
    """Build the targets, before label smoothing.

    Returns:
        float32 ``(N, 7)``, rows summing to 1; a row of NaN is a face that the config does not use
        (it has too few FER+ votes). With ``both``: float32 ``(N, 2, 7)``, in the order of ``HEADS``. A row
        of zeros is a face with too few FER+ votes: it has no weight in the loss of that head.

    Raises:
        DatasetError: the config needs FER+ votes and they do not match the faces.
    """
    hard = one_hot(faces.labels)
    if config.targets == "fer":
        return hard
    shares = ferplus_distribution(faces, votes or Votes())
    if config.targets == "ferplus":
        return shares
    if config.targets == "both":
        return np.stack([hard, np.nan_to_num(shares, nan=0.0)], axis=1)
    mixed = config.fer_share * hard + (1 - config.fer_share) * shares
    return np.where(np.isnan(shares[:, :1]), hard, mixed).astype(np.float32)


def smooth(targets: npt.NDArray[np.float32], share: float) -> npt.NDArray[np.float32]:
    """Spread ``share`` of each target over all seven classes (Szegedy et al., 2016); zeros stay zeros.

    Args:
        targets: float32 ``(…, 7)``.
        share: 0 to 1.
    """
    there = targets.sum(axis=-1, keepdims=True)
    return ((1 - share) * targets + share * there / len(EMOTIONS)).astype(np.float32)


class AugmentedBatches(keras.utils.PyDataset):
    """Shuffled, augmented batches of faces of ``side_px``, 48 unless set.

    Every draw depends only on seed, epoch and batch. Keras asks for the first batches again at the start of
    each ``fit`` to learn their shape, so one running generator would draw differently after a resume.
    """

    def __init__(
        self, images: npt.NDArray[np.uint8], targets: npt.NDArray[np.float32], config: TrainConfig
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self.images, self.targets, self.config = images, targets, config
        self.augmentation = Augmentation(config.augmentation, config.seed)
        share = targets.sum(axis=0)
        share = np.maximum(share / np.maximum(share.sum(axis=-1, keepdims=True), 1e-6), 1e-6)
        weights = share**-config.class_balance
        self.class_weights = (weights / (weights * share).sum(axis=-1, keepdims=True)).astype(np.float32)
        self.side_px = FACE_SIZE_PX
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Draw the order of ``epoch`` (0-based) and set the strength of its augmentation."""
        self.epoch = epoch
        ramp = self.config.ramp_epochs
        self.augmentation.set_strength(min(1.0, epoch / ramp) if ramp else 1.0)
        self.order = np.random.default_rng((self.config.seed, epoch)).permutation(len(self.images))

    def on_epoch_end(self) -> None:
        """Called by Keras."""
        self.start_epoch(self.epoch + 1)

    def __len__(self) -> int:
        return max(1, len(self.images) // self.config.batch_size)

    def __getitem__(self, index: int) -> tuple[Any, Any, Any]:
        rows = self.order[index * self.config.batch_size : (index + 1) * self.config.batch_size]
        self.augmentation.seek(self.epoch, index)
        x, y = self.augmentation(self.images[rows], self.targets[rows])
        if self.side_px < FACE_SIZE_PX:
            x = shrink(x, self.side_px)
        weight = keras.ops.sum(y * keras.ops.convert_to_tensor(self.class_weights), axis=-1)
        return x, y, weight
