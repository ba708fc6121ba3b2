"""What all layers of the augmentation share: their options, and the chance that they draw from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from train.augmentation_options import AugmentationOptions


class RandomLayer(keras.layers.Layer):
    """Changes pictures by chance.

    Args:
        options: how often and how strongly; may be set anew between two calls.
        seed: of ``generator``, whose state says what is drawn next.
    """

    def __init__(self, options: AugmentationOptions, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.options = options
        self.generator = keras.random.SeedGenerator(seed)

    def draw(self, shape: Any, low: float = 0.0, high: float = 1.0) -> Any:
        """Numbers of that shape, each as likely as another between ``low`` and ``high``."""
        return keras.random.uniform(shape, low, high, seed=self.generator)
