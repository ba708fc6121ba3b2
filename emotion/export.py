"""Runs ``.keras`` models, exports them to LiteRT and ONNX: the one file here that imports TensorFlow.

The Keras model is the source of truth, so an export that answers differently is not kept.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emotion.classifier import LiteRTClassifier, calibrate, check_faces
from emotion.errors import ModelError, ModelNotFoundError
from emotion.labels import EMOTIONS
from emotion.metadata import INPUT_SHAPE
from whole_files import write_whole

if TYPE_CHECKING:
    import keras

ALLOWED_DIFFERENCE = 1e-4


def load_keras(keras_path: Path) -> keras.Model:
    """The Keras model at ``keras_path``, uncompiled.

    Raises:
        ModelNotFoundError: no such file.
        ModelError: it cannot be read, or its input or output differs from this project's.
    """
    if not keras_path.is_file():
        raise ModelNotFoundError(f"Expected a .keras file. Received: {keras_path}, which does not exist.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    try:
        model: keras.Model = keras.models.load_model(keras_path, compile=False)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise ModelError(f"Expected a readable Keras model. Received: {keras_path} ({error})") from error
    shapes = (tuple(model.input_shape[1:]), tuple(model.output_shape[1:]))
    if shapes != (INPUT_SHAPE, (len(EMOTIONS),)):
        raise ModelError(
            f"Expected a model from {INPUT_SHAPE} to ({len(EMOTIONS)},). Received: {keras_path} from "
            f"{shapes[0]} to {shapes[1]}"
        )
    return model


def keras_predict(model: Any, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """The Keras model's own answer: uint8 ``(N, 48, 48, 1)`` → float32 ``(N, 7)``."""
    return np.asarray(model(faces_gray.astype(np.float32), training=False), np.float32)


class KerasClassifier:
    """The Keras model itself, for machines without LiteRT; imports TensorFlow.

    Args:
        path: a ``.keras`` file.
        model_version: what ``model_version`` says.
        temperature: see ``calibrate``.

    Raises:
        ModelNotFoundError, ModelError: see ``load_keras``.
    """

    def __init__(self, path: Path, *, model_version: str, temperature: float) -> None:
        self._model = load_keras(path)
        self._temperature = temperature
        self._version = model_version

    @property
    def model_version(self) -> str:
        """Name and version of the model, as decisions record it."""
        return self._version

    def predict(self, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """uint8 ``(N, 48, 48, 1)`` → calibrated probabilities float32 ``(N, 7)``, rows sum to 1.

        Raises:
            ValueError: not such an array.
        """
        check_faces(faces_gray)
        if len(faces_gray) == 0:
            return np.empty((0, len(EMOTIONS)), np.float32)
        return calibrate(keras_predict(self._model, faces_gray), self._temperature)


def export_litert(keras_path: Path, litert_path: Path) -> float:
    """Converts a ``.keras`` file and checks the result against it on random smooth pictures.

    Args:
        keras_path: the model.
        litert_path: where the export goes; written whole or not at all.

    Returns:
        The largest difference in any probability.

    Raises:
        ModelNotFoundError: no such ``.keras`` file.
        ModelError: it cannot be read or converted, or the export answers differently.
    """
    model = load_keras(keras_path)
    import tensorflow as tf

    try:
        content: bytes = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    except Exception as error:  # the converter raises its own, undocumented exception types
        raise ModelError(f"Expected a model that LiteRT can run. Received: {keras_path} ({error})") from error
    faces = smooth_noise(16)
    exported = LiteRTClassifier(content, model_version="check", temperature=1.0).predict(faces)
    difference = float(np.abs(exported - keras_predict(model, faces)).max())
    if not difference <= ALLOWED_DIFFERENCE:
        raise ModelError(
            f"Expected an export within {ALLOWED_DIFFERENCE} of {keras_path}. "
            f"Received: a difference of {difference:.2g}"
        )
    litert_path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(litert_path, content)
    return difference


def write_onnx(model: Any, path: Path) -> None:
    """Writes a Keras model as ONNX, for batches of any size.

    Raises:
        Exception: what the converter does not know; its own types are in no documentation.
    """
    # Keras wants to have seen the model answer once.
    model(np.zeros((1, *model.input_shape[1:]), np.float32))
    model.export(path, format="onnx", verbose=False)


def smooth_noise(count: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """``count`` blotchy pictures, uint8 ``(N, 48, 48, 1)``; they are closer to faces than white noise is."""
    coarse = np.random.default_rng(seed).uniform(0, 255, (count, 6, 6, 1))
    return np.repeat(np.repeat(coarse, 8, axis=1), 8, axis=2).astype(np.uint8)
