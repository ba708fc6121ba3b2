"""Features learned on other faces, on larger faces than ``attune``'s; a teacher of it, and taught itself.

Faces are enlarged to 192 pixels. The first five of MobileNet's 13 pairs of layers stay as they were learned;
the other eight and the heads learn expressions, from labels, votes and the mean of two teachers.

Command:   python -m train fit --config face_features
Machine:   2 CPU cores (Xeon with AMX), both for the training: 58 minutes for 14 epochs, a part of them beside
           other work, and 8 hours for its teachers, whose answers came from an earlier run of ``attune``.
Accuracy:  1,116 held-out faces of Training, one crop (``python -m train publish RUN --usage HeldOut``): head
           ``fer`` 71.7% by FER-2013's labels, head ``ferplus`` 88.2% agreement with FER+'s majority, the
           app's mixture 68.5% and 82.1%. PublicTest (``python -m train evaluate --model
           runs/face_features@fer``): 69.8%, 86.6%, and for the mixture 65.3% and 83.4%.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from train.config import TrainConfig
from train.configs import attune_small
from train.models import face_features
from train.pretrained import SOURCE


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return replace(
        attune_small.get_config(),
        name="face_features",
        build=partial(face_features, frozen_pairs=5),
        pretrained=SOURCE,
        teachers=("attune_small", "attune_deep"),
        teacher_views="flip",
        distill_share=0.6,
        epochs=14,
        frozen_epochs=14,
        small_epochs=0,
        taught_rounds=(),
        learning_rate=0.03,
        warmup_epochs=0.5,
        ramp_epochs=1.0,
        label_smoothing=0.0,
        class_balance=0.4,
        average_decay=0.998,
        patience_epochs=14,
    )
