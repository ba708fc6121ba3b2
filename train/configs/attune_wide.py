"""A wide teacher for ``attune``: two heads on a network as deep and wide as ResNet-18 (He et al., 2016).

It is too slow for the app and for a CPU. On a GPU, by the JAX or PyTorch backend, resumable like every run:

    KERAS_BACKEND=torch python -m train fit --config attune_wide --resume
    python -m train fit --teacher runs/attune_wide --publish

Command:   python -m train fit --config attune_wide
Machine:   a GPU; the machine it was written on had none.
Accuracy:  not measured: it was not run.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from train.config import TrainConfig
from train.configs import attune_small
from train.models import attune_two_heads

WIDTHS = (64, 64, 128, 128, 256, 256, 512, 512)


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return replace(
        attune_small.get_config(),
        name="attune_wide",
        build=partial(attune_two_heads, stem=64, widths=WIDTHS, dropout=0.4),
        epochs=200,
        small_epochs=0,
        taught_rounds=(),
        learning_rate=0.1,
        label_smoothing=0.05,
        patience_epochs=200,
    )
