"""``attune_fer`` once more from where it ended, taught by itself: half of each target is what it answered.

The teacher answers a face and its mirror and takes the mean, which is a point better than one look; the
student learns to answer so at one look. The rest of the target is FER-2013's label.

Command:   python -m train fit --config attune_fer_distill --start-from runs/attune_fer
               --teacher runs/attune_fer
           python -m train publish runs/attune_fer_distill --config attune_fer_distill --name attune_fer
Machine:   2 CPU cores (AMD EPYC), 102 to 181 s an epoch beside much other work. The first 16 epochs ran under
           a cosine of 44 epochs, the rest under this one of 34.
Accuracy:  PublicTest 69.7% single crop (68.4% before it), macro-F1 0.665 (0.650 before it).
"""

from __future__ import annotations

from functools import partial

from train.config import TrainConfig
from train.models import attune_resnet


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="attune_fer_distill",
        build=partial(attune_resnet, dropout=0.25),
        targets="fer",
        distill_share=0.5,
        epochs=34,
        learning_rate=0.05,
        warmup_epochs=0.5,
        label_smoothing=0.03,
        average_decay=0.999,
        patience_epochs=34,
    )
