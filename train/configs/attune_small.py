"""A small residual network with two heads, from scratch. A teacher of ``attune``.

From scratch: a first round on the labels, most of it on faces of 32 pixels, then two rounds in which part
of each target is what the weight average so far answers to ten crops of the face. The webcam's faults
(dark, overexposed, soft, small, noisy, compressed, turned, covered) are drawn for part of the faces.

Command:   python -m train fit --config attune_small
Machine:   2 CPU cores (AMD EPYC), one of them for the training: 6.4 hours for 103 epochs beside other work.
Accuracy:  PublicTest, one crop (``python -m train publish``): head ``fer`` 69.2% by FER-2013's labels, head
           ``ferplus`` 85.2% agreement with FER+'s majority, the app's mixture 67.1% and 80.2%. It shipped
           as ``models/attune`` before; docs/training.md says where the run was resumed.
"""

from __future__ import annotations

from functools import partial

from train.augmentation_options import AugmentationOptions
from train.config import TaughtRound, TrainConfig
from train.models import attune_two_heads


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="attune_small",
        build=partial(attune_two_heads, dropout=0.25),
        targets="both",
        distill_share=0.5,
        teacher_views="tencrop",
        epochs=104,
        small_epochs=40,
        taught_rounds=(
            TaughtRound(epochs=26),
            # The last round settles on clearer faces and harder targets. Rare expressions weigh more only
            # now that the features are learned (Cao et al., 2019).
            TaughtRound(
                epochs=24,
                augmentation=0.6,
                learning_rate=0.025,
                distill_share=0.35,
                label_smoothing=0.0,
                class_balance=0.5,
                average_decay=0.998,
            ),
        ),
        learning_rate=0.05,
        warmup_epochs=1.0,
        ramp_epochs=3.0,
        label_smoothing=0.03,
        class_balance=0.25,
        average_decay=0.999,
        patience_epochs=104,
        augmentation=AugmentationOptions(
            rotation_deg=15.0,
            zoom=0.15,
            shift=0.1,
            brightness=0.1,
            contrast=0.2,
            erase_probability=0.2,
            mixup_probability=0.15,
            tilt_deg=32.0,
            tilt_probability=0.2,
            cover_probability=0.1,
            camera_share=0.45,
        ),
    )
