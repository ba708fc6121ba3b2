"""Where the app's model began: FER-2013's labels and FER+'s votes, mixed into one soft target.

A face that FER+ does not know keeps its FER-2013 label alone.

Command:   python -m train fit --config attune_blend
Machine:   2 CPU cores (AMD EPYC), 80 s an epoch alone, 130 s and more beside other work.
Accuracy:  PublicTest 65.6% single crop; ``attune_blend_finish`` goes on from there.
"""

from __future__ import annotations

from train.config import TrainConfig
from train.models import attune_resnet


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="attune_blend",
        build=attune_resnet,
        targets="blend",
        fer_share=0.7,
        epochs=28,
        learning_rate=0.05,
        warmup_epochs=2.0,
        ramp_epochs=3.0,
        label_smoothing=0.05,
        class_balance=0.25,
    )
