"""Convolutional features read by a recurrent layer, row by row from forehead to chin.

Command:   python -m train fit --config cnn_gru
Machine:   2 CPU cores (Intel Xeon with AMX), one of them for the training: 0.8 hours for 24 epochs beside
           other work.
Accuracy:  PublicTest, one crop (``python -m train evaluate --model runs/cnn_gru``): 62.8% by FER-2013's
           labels, 95% interval 61.1 to 64.4; 61.5% without the faces of which Training has a copy.
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
