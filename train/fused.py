"""Batch normalization in one kernel, for training on TensorFlow."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("attune")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' layer, which TensorFlow computes in one kernel in a training step.

    Keras builds it from a dozen operations, which take half of a step in bfloat16. The weights are the same
    and in the same order; what it answers agrees within rounding. The moving variance is the unbiased one,
    larger than Keras' by one part in as many as a batch has pixels.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Called by Keras."""
        if not training or not self.trainable:
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        outputs, mean, variance, *_ = tf.compat.v1.nn.fused_batch_norm(
            inputs, tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta), epsilon=self.epsilon
        )
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + now * (1 - self.momentum))
        return outputs


def with_fused_normalization(model: keras.Model) -> keras.Model:
    """Copy ``model``, weights included, with fused layers where TensorFlow has a kernel for them.

    Other backends have none to gain from; the model is then returned as it is.
    """
    if keras.backend.backend() != "tensorflow":
        return model

    def copied(layer: keras.layers.Layer) -> keras.layers.Layer:
        kind = FusedBatchNormalization if _has_a_kernel(layer) else type(layer)
        return kind.from_config(layer.get_config())

    fused = keras.models.clone_model(model, clone_function=copied)
    fused.set_weights(model.get_weights())
    return fused


def _has_a_kernel(layer: keras.layers.Layer) -> bool:
    return (
        type(layer) is keras.layers.BatchNormalization
        and layer.axis in (-1, 3)
        and layer.scale
        and layer.center
        and len(layer.input.shape) == 4
    )
