"""A very small network of depthwise separable convolutions, the kind that many apps use.

Command:   python -m train fit --config mini_xception
Machine:   2 CPU cores (Intel Xeon with AMX), one of them for the training: 1.3 hours for 45 epochs beside
           other work.
Accuracy:  PublicTest, one crop (``python -m train evaluate --model runs/mini_xception``): 61.9% by
           FER-2013's labels, 95% interval 60.3 to 63.3; 60.6% without the faces of which Training has a
           copy.
"""

from __future__ import annotations

from train.augmentation_options import AugmentationOptions
from train.config import TrainConfig
from train.models import mini_xception


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="mini_xception",
        build=mini_xception,
        targets="fer",
        optimizer="adam",
        learning_rate=2e-3,
        weight_decay=1e-4,
        epochs=45,
        batch_size=64,
        label_smoothing=0.05,
        patience_epochs=12,
        augmentation=AugmentationOptions(
            rotation_deg=10, zoom=0.1, shift=0.1, erase_probability=0.0, mixup_probability=0.0
        ),
    )
