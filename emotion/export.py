"""The one file of this package that imports TensorFlow: a ``.keras`` model becomes a LiteRT file.

The Keras model is the source of truth, so an export that does not answer as it does is not kept.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emotion.errors import ModelError, ModelNotFoundError
from emotion.labels import EMOTIONS
from emotion.metadata import INPUT_SHAPE

if TYPE_CHECKING:
    import keras

ALLOWED_DIFFERENCE = 1e-4


def load_keras(keras_path: Path) -> keras.Model:
    """The Keras model at ``keras_path``, uncompiled.

    Raises:
        ModelNotFoundError: no such file.
        ModelError: it cannot be read, or its input or output is not this project's.
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


def export_litert(
    keras_path: Path, litert_path: Path, *, check_faces: npt.NDArray[np.uint8] | None = None
) -> float:
    """Converts a ``.keras`` file and checks the result against it.

    Args:
        keras_path: the model.
        litert_path: where the export goes; written whole or not at all.
        check_faces: uint8 ``(N, 48, 48, 1)`` to compare on; random smooth pictures when left out.

    Returns:
        The largest difference of a probability that was seen.

    Raises:
        ModelNotFoundError: no such ``.keras`` file.
        ModelError: it cannot be read or converted, or the export answers differently.
    """
    from emotion.classifier import LiteRTClassifier

    model = load_keras(keras_path)
    import tensorflow as tf

    try:
        content: bytes = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    except Exception as error:  # the converter raises its own, undocumented exception types
        raise ModelError(f"Expected a model that LiteRT can run. Received: {keras_path} ({error})") from error
    faces = smooth_noise(16) if check_faces is None else check_faces
    exported = LiteRTClassifier(content, model_version="check", temperature=1.0).predict(faces)
    difference = float(np.abs(exported - keras_predict(model, faces)).max())
    if not difference <= ALLOWED_DIFFERENCE:
        raise ModelError(
            f"Expected an export within {ALLOWED_DIFFERENCE} of {keras_path}. "
            f"Received: a difference of {difference:.2g}"
        )
    litert_path.parent.mkdir(parents=True, exist_ok=True)
    partial = litert_path.with_name(f".{litert_path.name}.partial")
    partial.write_bytes(content)
    partial.replace(litert_path)
    return difference


def smooth_noise(count: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """``count`` blotchy pictures, uint8 ``(N, 48, 48, 1)``: closer to faces than white noise is."""
    coarse = np.random.default_rng(seed).uniform(0, 255, (count, 6, 6, 1))
    return np.repeat(np.repeat(coarse, 8, axis=1), 8, axis=2).astype(np.uint8)
