"""Convolutional features read by a recurrent layer, row by row from forehead to chin.

Command:   python -m train fit --config cnn_gru
Machine:   2 CPU cores.
Accuracy:  not measured: the machine's time went to the models that ship.
"""

from __future__ import annotations

from train.config import TrainConfig
from train.models import cnn_gru


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="cnn_gru",
        build=cnn_gru,
        targets="fer",
        optimizer="adam",
        learning_rate=1e-3,
        weight_decay=1e-3,
        epochs=24,
        batch_size=64,
        label_smoothing=0.1,
        patience_epochs=10,
    )
