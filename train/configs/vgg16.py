"""VGG16 from a random start: what its 16 layers learn from FER-2013 alone, without ImageNet's features.

Seven of the eight epochs see faces of 32 pixels, which take less than half the time.

With ImageNet's features, frozen under a new head first and then fine-tuned whole, it is

    python -m train fit --config vgg16 --set build.weights=imagenet --set small_epochs=0
        --set epochs=30 --set frozen_epochs=5 --set fine_tune_factor=0.05 --set learning_rate=0.001

(one line), which needs ``vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`` (59 MB): Keras fetches it,
or VGG16_WEIGHTS names it. Not measured: no package of PyPI, npm or Debian has that file.

Command:   python -m train fit --config vgg16
Machine:   2 CPU cores (Intel Xeon with AMX): 6.5 to 10 minutes an epoch of 32 pixels on one of them beside
           other work, and 5 minutes for the last epoch on both.
Accuracy:  PublicTest, one crop (``python -m train evaluate --model runs/vgg16``): 50.0% by FER-2013's labels,
           95% interval 48.5 to 51.7; 49.3% without the faces of which Training has a copy. Validation loss
           still fell with every epoch of 32 pixels: eight epochs are far too few for a random start.
"""

from __future__ import annotations

from functools import partial

from train.augmentation_options import AugmentationOptions
from train.config import TrainConfig
from train.models import vgg16


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return TrainConfig(
        name="vgg16",
        build=partial(vgg16, weights=None),
        targets="fer",
        optimizer="adam",
        learning_rate=2e-4,
        weight_decay=1e-3,
        epochs=8,
        small_epochs=7,
        batch_size=64,
        label_smoothing=0.05,
        average_decay=0.0,
        patience_epochs=8,
        augmentation=AugmentationOptions(
            rotation_deg=10, zoom=0.1, shift=0.1, erase_probability=0.0, mixup_probability=0.0
        ),
    )
