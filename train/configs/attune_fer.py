"""FER-2013's own labels: the model to compare with the literature.

It goes on from ``attune_ferplus``: what a face is has been learned there, what is left are the labels.

Command:   python -m train fit --config attune_fer --start-from runs/attune_ferplus
Machine:   2 CPU cores (AMD EPYC), 85 s an epoch nearly alone, up to 212 s beside other work.
Accuracy:  PublicTest 68.4% single crop (66.9% to 69.8%), macro-F1 0.650.
"""

from __future__ import annotations

from functools import partial

from train.config import TrainConfig
from train.models import attune_resnet


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="attune_fer",
        build=partial(attune_resnet, dropout=0.3),
        targets="fer",
        epochs=24,
        learning_rate=0.05,
        warmup_epochs=0.5,
        label_smoothing=0.1,
        average_decay=0.999,
    )
