"""What makes a training step quick changes nothing of what is learned."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

from train.augmentation import Augmentation
from train.configs.attune_small import get_config
from train.fused import FusedBatchNormalization, with_fused_normalization
from train.models import attune_two_heads, cnn_gru

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="fused and traced on TensorFlow only"
)


def small_network() -> keras.Model:
    keras.utils.set_random_seed(3)
    return attune_two_heads(stem=4, widths=(8, 8), dropout=0.0)


def faces(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (16, 48, 48, 1)).astype(np.float32)


def learned(model: keras.Model) -> list[np.ndarray]:
    model.compile(keras.optimizers.SGD(0.05), "categorical_crossentropy", jit_compile=False)
    targets = np.random.default_rng(5).dirichlet(np.ones(7), (16, 2)).astype(np.float32)
    for step in range(3):
        model.train_on_batch(faces(step), targets)
    return model.get_weights()


@on_tensorflow
def test_a_network_with_fused_layers_learns_the_same() -> None:
    plain = small_network()
    fused = with_fused_normalization(plain)
    assert sum(isinstance(layer, FusedBatchNormalization) for layer in fused.layers) == 6
    assert not any(isinstance(layer, FusedBatchNormalization) for layer in plain.layers)
    before = [weight.copy() for weight in plain.get_weights()]
    expected, received = learned(plain), learned(fused)
    assert any(np.abs(a - b).max() > 0.01 for a, b in zip(before, expected, strict=True))
    for a, b in zip(expected, received, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-3, atol=1e-4)


@on_tensorflow
def test_a_frozen_fused_layer_stays_as_it_is() -> None:
    fused = with_fused_normalization(small_network())
    for layer in fused.layers:
        layer.trainable = not isinstance(layer, FusedBatchNormalization)
    before = [weight.copy() for weight in fused.get_weights()]
    after = learned(fused)
    names = [weight.path for weight in fused.weights]
    kept = [bool((a == b).all()) for a, b in zip(before, after, strict=True)]
    assert all(kept[i] for i, name in enumerate(names) if "batch_normalization" in name)
    assert not all(kept)


@on_tensorflow
def test_a_checkpoint_keeps_the_fused_layers(tmp_path: Path) -> None:
    fused = with_fused_normalization(small_network())
    fused.save(tmp_path / "state.keras")
    loaded = keras.models.load_model(tmp_path / "state.keras")
    assert [type(layer) for layer in loaded.layers] == [type(layer) for layer in fused.layers]
    np.testing.assert_allclose(loaded(faces(1)), fused(faces(1)), atol=1e-6)


@on_tensorflow
def test_layers_without_a_kernel_are_left_alone() -> None:
    inputs = keras.Input((48, 48, 1))
    x = layers.BatchNormalization(axis=1)(layers.BatchNormalization(scale=False)(inputs))
    x = layers.BatchNormalization()(layers.Flatten()(x))
    fused = with_fused_normalization(keras.Model(inputs, x))
    assert not any(isinstance(layer, FusedBatchNormalization) for layer in fused.layers)
    recurrent = cnn_gru(widths=(4, 4), units=4)
    copied = with_fused_normalization(recurrent)
    np.testing.assert_allclose(copied(faces(1)), recurrent(faces(1)), atol=1e-6)


def test_a_traced_augmentation_draws_what_an_untraced_one_draws() -> None:
    augmentation = Augmentation(get_config().augmentation, seed=7)
    images = faces(2).astype(np.uint8)
    targets = np.random.default_rng(6).dirichlet(np.ones(7), (16, 2)).astype(np.float32)
    drawn = []
    for strength in (1.0, 0.3, 0.0):
        augmentation.set_strength(strength)
        augmentation.seek(2, 9)
        traced = augmentation(images, targets)
        augmentation.seek(2, 9)
        for a, b in zip(traced, augmentation.apply(images, ops.convert_to_tensor(targets)), strict=True):
            np.testing.assert_allclose(np.asarray(a), np.asarray(b), atol=0.05)
        drawn.append(np.asarray(traced[0]))
    assert np.abs(drawn[0] - drawn[1]).mean() > 1, "each strength is traced anew"
    assert np.abs(drawn[1] - drawn[2]).mean() > 1
