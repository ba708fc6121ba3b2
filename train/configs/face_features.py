"""Features learned on other faces, at the size on which they are best; a teacher of ``attune``.

Faces are enlarged to 192 pixels. The first nine of MobileNet's 13 pairs of layers stay as they were learned;
the other four and the heads learn expressions.

Command:   python -m train fit --config face_features
Machine:   2 CPU cores (Xeon with AMX), both for the training: 17 minutes for 6 epochs.
Accuracy:  1,116 held-out faces of Training, one crop (``python -m train publish RUN --usage HeldOut``): head
           ``fer`` 68.1% by FER-2013's labels, head ``ferplus`` 87.1% agreement with FER+'s majority, the
           app's mixture 66.8% and 81.4%. Not judged on PublicTest.
"""

from __future__ import annotations

from dataclasses import replace

from train.config import TrainConfig
from train.configs import attune_small
from train.models import face_features
from train.pretrained import SOURCE


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return replace(
        attune_small.get_config(),
        name="face_features",
        build=face_features,
        pretrained=SOURCE,
        epochs=6,
        frozen_epochs=6,
        small_epochs=0,
        taught_rounds=(),
        learning_rate=0.03,
        warmup_epochs=0.5,
        ramp_epochs=1.0,
        average_decay=0.998,
        patience_epochs=6,
    )
