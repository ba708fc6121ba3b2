"""The classic: Conv2D, BatchNormalization, MaxPooling, Dropout, Flatten, Dense; Adam, cross-entropy.

Command:   python -m train fit --config cnn
Machine:   2 CPU cores.
Accuracy:  not measured: the machine's time went to the models that ship.
"""

from __future__ import annotations

from train.augmentation_options import AugmentationOptions
from train.config import TrainConfig
from train.models import plain_cnn


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="cnn",
        build=plain_cnn,
        targets="fer",
        optimizer="adam",
        learning_rate=1e-3,
        weight_decay=0.0,
        epochs=40,
        batch_size=64,
        label_smoothing=0.0,
        average_decay=0.0,
        patience_epochs=8,
        augmentation=AugmentationOptions(
            rotation_deg=10, zoom=0.1, shift=0.1, erase_probability=0.0, mixup_probability=0.0
        ),
    )
