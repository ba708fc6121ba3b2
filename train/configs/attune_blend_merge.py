"""The app's model: ``attune_fer_distill`` and ``attune_ferplus`` made one network.

The two were tuned from one network, so the mean of their weights works, and answers between them. A few calm
epochs on the mixed targets, half of which is what the two answer, make one network of it.

Command:   python -m train fit --config attune_blend_merge
               --start-from runs/attune_fer_distill --start-from runs/attune_ferplus
               --teacher runs/attune_fer_distill --teacher runs/attune_ferplus
           python -m train publish runs/attune_blend_merge --config attune_blend_merge
               --name attune_blend --default
Machine:   2 CPU cores (AMD EPYC), 117 to 128 s an epoch beside much other work.
Accuracy:  PublicTest 67.5% single crop, agreement with FER+'s majority 78.4%, balanced accuracy where the two
           agree 86.4%. Soups with what it began from did worse there (84.6% to 85.7%).
"""

from __future__ import annotations

from functools import partial

from train.augmentation import AugmentationOptions
from train.config import TrainConfig
from train.models import attune_resnet


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="attune_blend_merge",
        build=partial(attune_resnet, dropout=0.2),
        targets="blend",
        fer_share=0.75,
        distill_share=0.5,
        epochs=8,
        learning_rate=0.02,
        warmup_epochs=0.3,
        label_smoothing=0.03,
        class_balance=0.25,
        augmentation=AugmentationOptions(
            rotation_deg=12.0,
            zoom=0.12,
            shift=0.08,
            brightness=0.08,
            contrast=0.15,
            erase_probability=0.15,
            mixup_probability=0.0,
        ),
    )
