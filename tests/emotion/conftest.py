"""A small model that behaves, in a folder of its own, and a face that may be shown to anybody."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.export import export_litert
from emotion.metadata import KERAS_FILE, LITERT_FILE, ModelMetadata, file_sha256


@pytest.fixture(scope="session")
def astronaut_bgr() -> np.ndarray:
    """scikit-image's public-domain portrait, uint8 (512, 512, 3): one smiling, frontal face."""
    data = pytest.importorskip("skimage.data")
    return cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with an untrained network, its export and its metadata; not to be changed."""
    import keras

    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    keras.utils.set_random_seed(3)
    inputs = keras.Input((48, 48, 1))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = keras.layers.Conv2D(4, 5, strides=4, activation="relu")(x)
    x = keras.layers.Dense(7, kernel_initializer="random_normal")(keras.layers.Flatten()(x))
    keras.Model(inputs, keras.layers.Softmax()(x)).save(folder / KERAS_FILE)
    export_litert(folder / KERAS_FILE, folder / LITERT_FILE)
    sha256 = file_sha256(folder / KERAS_FILE)
    ModelMetadata(name="tiny", version="1", temperature=1.5, exported_from_sha256=sha256).save(folder)
    return folder


@pytest.fixture
def model_folder(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may break."""
    return Path(shutil.copytree(tiny_model, tmp_path / "models" / "tiny"))
