"""Configs of networks so small that a test can train them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from train.config import TaughtRound, TrainConfig
from train.models import attune_resnet, attune_two_heads

TINY = TrainConfig(
    name="tiny",
    build=partial(attune_resnet, stem=16, widths=(16,), dropout=0.2),
    epochs=3,
    batch_size=32,
    learning_rate=0.05,
    warmup_epochs=0.5,
    holdout=0.15,
    mixed_precision=False,
    average_decay=0.9,
)

TWO_HEADS = replace(
    TINY,
    name="two",
    build=partial(attune_two_heads, stem=16, widths=(16,), dropout=0.2),
    targets="both",
    epochs=4,
    small_epochs=1,
    small_px=24,
    taught_rounds=(
        TaughtRound(epochs=1),
        TaughtRound(
            epochs=2,
            augmentation=0.5,
            learning_rate=0.01,
            distill_share=0.2,
            label_smoothing=0.0,
            class_balance=1.0,
            average_decay=0.0,
        ),
    ),
    warmup_epochs=0.0,
    teacher_views="flip",
)
