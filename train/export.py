"""Exports a Keras model to other formats, and keeps each file only if it agrees on real faces."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emotion.errors import ModelError
from emotion.export import export_litert, load_keras, write_onnx
from emotion.labels import EMOTIONS
from train.errors import ExportError, ModelFileError
from train.faceset import FaceSet
from train.files import written_whole
from train.heads import is_two_headed, view_model
from train.predictors import KerasPredictor, load_predictor
from train.quantize import quantize_int8

CHECKED_FACES = 500


class Format(StrEnum):
    """The formats that ``export_model`` writes, with their file suffixes."""

    KERAS = "keras"
    H5 = "h5"
    LITERT = "litert"
    LITERT_FLOAT16 = "litert-float16"
    LITERT_INT8 = "litert-int8"
    ONNX = "onnx"


SUFFIXES = {
    Format.KERAS: ".keras",
    Format.H5: ".h5",
    Format.LITERT: ".tflite",
    Format.LITERT_FLOAT16: "-float16.tflite",
    Format.LITERT_INT8: "-int8.tflite",
    Format.ONNX: ".onnx",
}
REPRESENTATIVE_FACES_A_CLASS = 10
LEAST_AGREEMENT = dict.fromkeys(Format, 0.995) | {Format.LITERT_INT8: 0.98}
"""Share of faces on which an export must name the same expression first."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One exported file, compared with the Keras model.

    Attributes:
        format: see ``Format``.
        path: the file.
        size_bytes: its size.
        faces: number of faces that it was compared on.
        largest_difference: largest difference of any probability.
        agreement: share of faces with the same top expression.
    """

    format: str
    path: str
    size_bytes: int
    faces: int
    largest_difference: float
    agreement: float


def representative_faces(training: FaceSet) -> npt.NDArray[np.uint8]:
    """Choose as many faces of each class, for int8 to learn its ranges: uint8 ``(N, 48, 48, 1)``."""
    classes = [training.take(training.labels == i) for i in range(len(EMOTIONS))]
    return np.concatenate([c.spread(REPRESENTATIVE_FACES_A_CLASS).images for c in classes])


def convert_litert(model: Any, target: Format, representative: npt.NDArray[np.uint8]) -> bytes:
    """Convert to a smaller LiteRT file: weights in float16, or weights and most activations in int8.

    Input and output stay float32, so the app can run either instead of the plain export.

    Raises:
        ExportError: the converter refuses the model.
    """
    import tensorflow as tf

    try:
        # The converter prints the whole signature of the model.
        with contextlib.redirect_stdout(io.StringIO()):
            if target is Format.LITERT_INT8:
                return quantize_int8(model, representative)
            converter = tf.lite.TFLiteConverter.from_keras_model(model)
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
            return bytes(converter.convert())
    except Exception as error:
        # It raises exception types of its own that are in no documentation.
        raise ExportError(f"Expected a model that LiteRT can run as {target}. Received: {error}") from error


def _writer(
    target: Format, keras_path: Path, model: Any, representative: npt.NDArray[np.uint8]
) -> Callable[[Path], None]:
    def write_keras(path: Path) -> None:
        model.save(path)

    def write_litert(path: Path) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            export_litert(keras_path, path)

    def write_small_litert(path: Path) -> None:
        path.write_bytes(convert_litert(model, target, representative))

    writers: dict[Format, Callable[[Path], None]] = {
        Format.KERAS: write_keras,
        Format.H5: write_keras,
        Format.LITERT: write_litert,
        Format.LITERT_FLOAT16: write_small_litert,
        Format.LITERT_INT8: write_small_litert,
        Format.ONNX: partial(write_onnx, model),
    }
    return writers[target]


def refuse(error: ExportError) -> None:
    """Stop at the first format that fails; the default ``on_failure``.

    Raises:
        ExportError: always.
    """
    raise error


def export_model(
    keras_path: Path,
    folder: Path,
    targets: tuple[Format, ...],
    check_faces: npt.NDArray[np.uint8],
    representative: npt.NDArray[np.uint8],
    *,
    on_failure: Callable[[ExportError], None] = refuse,
) -> list[Exported]:
    """Write ``folder/<name of the model file><suffix>`` for each format.

    Args:
        keras_path: the model; a folder's ``model.keras`` or a run's ``averaged.keras``. If it has two
            heads, the export mixes them evenly.
        folder: folder for the files.
        targets: formats to write.
        check_faces: uint8 ``(N, 48, 48, 1)`` to compare on.
        representative: uint8 ``(N, 48, 48, 1)``, Training faces from which int8 learns its ranges.
        on_failure: called for every format that fails; the others are still written.

    Raises:
        ExportError: an export fails, cannot be written, or disagrees with the model. Its file is not
            kept; an older one stays.
        emotion.errors.ModelError: the model cannot be read.
    """
    with one_answer(keras_path) as single:
        return _export(single, keras_path, folder, targets, check_faces, representative, on_failure)


@contextlib.contextmanager
def one_answer(keras_path: Path) -> Iterator[Path]:
    """The file itself, or a temporary one that mixes both heads evenly if the network has two."""
    import keras

    try:
        model = keras.models.load_model(keras_path, compile=False)
    except (ValueError, TypeError, OSError, KeyError):
        # load_keras says what is wrong with it.
        yield keras_path
        return
    if not is_two_headed(model):
        yield keras_path
        return
    with tempfile.TemporaryDirectory() as aside:
        path = Path(aside) / keras_path.name
        view_model(model, 0.5).save(path)
        yield path


def _export(
    source: Path,
    keras_path: Path,
    folder: Path,
    targets: tuple[Format, ...],
    check_faces: npt.NDArray[np.uint8],
    representative: npt.NDArray[np.uint8],
    on_failure: Callable[[ExportError], None],
) -> list[Exported]:
    model = load_keras(source)
    expected = KerasPredictor(model).predict(check_faces)
    done = []
    for target in targets:
        path = folder / f"{keras_path.stem}{SUFFIXES[target]}"
        if path.resolve() == keras_path.resolve():
            continue
        try:
            with written_whole(path) as partial:
                _writer(target, source, model, representative)(partial)
                answer = load_predictor(partial).predict(check_faces)
                agreement = float((answer.argmax(1) == expected.argmax(1)).mean())
                if agreement < LEAST_AGREEMENT[target]:
                    raise ExportError(
                        f"Expected {target} to name the same expression first as {keras_path} on "
                        f"{LEAST_AGREEMENT[target]:.1%} of {len(answer)} faces. Received: {agreement:.1%}"
                    )
                size = partial.stat().st_size
        except ExportError as error:
            on_failure(error)
            continue
        except (OSError, ModelError, ModelFileError) as error:
            on_failure(ExportError(f"Expected to write {path} as {target}. Received: {error}"))
            continue
        difference = float(np.abs(answer - expected).max())
        done.append(Exported(target.value, str(path), size, len(answer), difference, agreement))
    return done
