"""VGG16 with ImageNet's features: frozen under a new head first, then fine-tuned whole.

Without a network, Keras cannot fetch the weights: set VGG16_WEIGHTS to the path of
``vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`` (59 MB).

Command:   python -m train fit --config vgg16
Machine:   a GPU; on 2 CPU cores an epoch of 14.8 M parameters takes many minutes.
Accuracy:  not measured: the machine it was written on had no GPU.
"""

from __future__ import annotations

from train.config import TrainConfig
from train.models import vgg16


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="vgg16",
        build=vgg16,
        targets="fer",
        optimizer="adam",
        learning_rate=1e-3,
        weight_decay=1e-4,
        epochs=30,
        frozen_epochs=5,
        fine_tune_factor=0.05,
        batch_size=64,
        patience_epochs=8,
    )
