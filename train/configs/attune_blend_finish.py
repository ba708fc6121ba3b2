"""``attune_blend`` from where it ended, with milder augmentation.

Command:   python -m train fit --config attune_blend_finish --start-from runs/attune_blend
Machine:   2 CPU cores (AMD EPYC), 90 to 144 s an epoch beside other work.
Accuracy:  PublicTest 66.2% single crop (65.6% before it), agreement with FER+'s majority 75.2%.
"""

from __future__ import annotations

from functools import partial

from train.augmentation import AugmentationOptions
from train.config import TrainConfig
from train.models import attune_resnet


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="attune_blend_finish",
        build=partial(attune_resnet, dropout=0.2),
        targets="blend",
        fer_share=0.7,
        epochs=9,
        learning_rate=0.025,
        warmup_epochs=0.2,
        label_smoothing=0.05,
        class_balance=0.25,
        augmentation=AugmentationOptions(
            rotation_deg=12.0,
            zoom=0.12,
            shift=0.08,
            brightness=0.05,
            contrast=0.1,
            erase_probability=0.15,
            mixup_probability=0.0,
        ),
    )
