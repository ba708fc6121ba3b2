"""FER+'s votes as soft targets: what ten annotators see, not what one search word said.

Faces on which fewer than four votes fell on the seven classes are left out.

It goes on from ``attune_blend_finish``: what a face is has been learned there, what is left are the labels.

Command:   python -m train fit --config attune_ferplus --start-from runs/attune_blend_finish
Machine:   2 CPU cores (AMD EPYC), 77 s an epoch nearly alone, up to 138 s beside other work.
Accuracy:  agreement with FER+'s majority on PublicTest 86.3% (85.1% to 87.4%); FER-2013's labels 60.2%.
"""

from __future__ import annotations

from functools import partial

from train.config import TrainConfig
from train.models import attune_resnet


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="attune_ferplus",
        build=partial(attune_resnet, dropout=0.2),
        targets="ferplus",
        epochs=20,
        learning_rate=0.05,
        warmup_epochs=0.5,
        label_smoothing=0.05,
        average_decay=0.998,
    )
