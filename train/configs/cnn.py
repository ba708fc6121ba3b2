"""The classic: Conv2D, BatchNormalization, MaxPooling, Dropout, Flatten, Dense; Adam, cross-entropy.

Command:   python -m train fit --config cnn
Machine:   2 CPU cores (Intel Xeon with AMX), one of them for the training: 2.0 hours for 40 epochs beside
           other work.
Accuracy:  PublicTest, one crop (``python -m train evaluate --model runs/cnn``): 64.8% by FER-2013's labels,
           95% interval 63.3 to 66.3; 63.7% without the faces of which Training has a copy; 14% of the
           disgusted and 29% of the afraid faces are recognized.
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
