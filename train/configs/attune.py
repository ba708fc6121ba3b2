"""One network, two heads: one learns FER-2013's labels, the other FER+'s votes.

A MobileNet that begins with features learned on other faces. Three networks teach it, which the same
command trains first. The two taught rounds learn from its own weight average too.

Command:   python -m train fit --publish
Machine:   2 CPU cores (Xeon with AMX), both for the training: 2.2 hours for 56 epochs, and 8.3 for its
           teachers, most of it on a slower machine (docs/training.md).
Accuracy:  PublicTest, one crop (``python -m train publish``): head ``fer`` 69.9% by FER-2013's labels, head
           ``ferplus`` 86.1% agreement with FER+'s majority, the app's mixture 67.8% and 79.8%. It ships as
           ``models/attune``; docs/training.md says where the run was resumed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from train.config import TaughtRound, TrainConfig
from train.configs import attune_small
from train.models import attune_faces
from train.pretrained import SOURCE


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return replace(
        attune_small.get_config(),
        name="attune",
        build=partial(attune_faces, dropout=0.25),
        pretrained=SOURCE,
        teachers=("attune_small", "attune_deep", "face_features"),
        teacher_views="flip",
        epochs=56,
        small_epochs=0,
        taught_rounds=(
            TaughtRound(
                epochs=10,
                augmentation=0.8,
                learning_rate=0.025,
                distill_share=0.6,
                label_smoothing=0.0,
                class_balance=0.5,
                average_decay=0.998,
            ),
            TaughtRound(
                epochs=24,
                augmentation=0.8,
                learning_rate=0.03,
                distill_share=0.7,
                label_smoothing=0.0,
                class_balance=0.5,
                average_decay=0.999,
            ),
        ),
        learning_rate=0.03,
        ramp_epochs=2.0,
        average_decay=0.998,
        patience_epochs=56,
    )
