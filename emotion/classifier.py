"""Reading expressions: 48×48 grey faces to seven calibrated probabilities.

The app runs the LiteRT export. TensorFlow is imported (through ``emotion.export``) only for a
``.keras`` file that has no export yet, or where LiteRT cannot be installed.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from emotion.errors import ModelError, ModelNotFoundError
from emotion.labels import EMOTIONS
from emotion.metadata import INPUT_SHAPE, KERAS_FILE, LITERT_FILE, METADATA_FILE, ModelMetadata, file_sha256

log = logging.getLogger(__name__)

MODELS_FOLDER = Path(__file__).resolve().parent.parent / "models"
MODEL_VARIABLE = "ATTUNE_MODEL"
SMALLEST_PROBABILITY = 1e-7


class Classifier(Protocol):
    """Anything that reads expressions from faces."""

    @property
    def model_version(self) -> str:
        """Name and version of the model, as decisions record it."""
        ...

    def predict(self, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """uint8 ``(N, 48, 48, 1)`` → calibrated probabilities float32 ``(N, 7)``, rows sum to 1."""
        ...


def calibrate(probabilities: npt.NDArray[np.floating[Any]], temperature: float) -> npt.NDArray[np.float32]:
    """Temperature scaling of log-probabilities: ``p ** (1 / T)``, normalised.

    For a softmax this is the same as dividing the logits by ``T``. A temperature above 1 makes the
    answers less sure, below 1 surer; the order of the classes never changes.

    Source: C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural
    Networks", ICML 2017, section 4.2.

    Args:
        probabilities: ``(N, 7)``, each at least 0.
        temperature: T > 0.

    Returns:
        float32 ``(N, 7)``, rows sum to 1.

    Raises:
        ValueError: the temperature is not a positive number.
        ModelError: a probability is not finite, so the weights are broken.
    """
    if not (np.isfinite(temperature) and temperature > 0):
        raise ValueError(f"Expected a temperature > 0. Received: {temperature!r}")
    given = np.asarray(probabilities, np.float64)
    if not np.isfinite(given).all():
        raise ModelError(f"Expected a model that answers with numbers. Received: {given.tolist()}")
    logs = np.log(np.maximum(given, SMALLEST_PROBABILITY)) / temperature
    shares = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return (shares / shares.sum(axis=-1, keepdims=True)).astype(np.float32)


def check_faces(faces_gray: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """The faces as float32 0 to 255.

    Raises:
        ValueError: not uint8 ``(N, 48, 48, 1)``.
    """
    faces = np.asarray(faces_gray)
    if faces.ndim != 4 or faces.shape[1:] != INPUT_SHAPE or faces.dtype != np.uint8:
        raise ValueError(f"Expected uint8 faces (N, 48, 48, 1). Received: {faces.dtype} {faces.shape}")
    return faces.astype(np.float32)


class LiteRTClassifier:
    """A LiteRT model on one thread; one instance belongs to one thread.

    Args:
        model: path of a ``.tflite`` file, or its content.
        model_version: what ``model_version`` says.
        temperature: see ``calibrate``.

    Raises:
        ModelNotFoundError: no such file.
        ModelError: LiteRT cannot load it, or its input or output is not this project's.
        ImportError: LiteRT is not installed.
    """

    def __init__(self, model: Path | bytes, *, model_version: str, temperature: float) -> None:
        from ai_edge_litert.interpreter import Interpreter

        if isinstance(model, Path):
            if not model.is_file():
                raise ModelNotFoundError(f"Expected a .tflite file. Received: {model}, which does not exist.")
            what, content = str(model), model.read_bytes()
        else:
            what, content = "a model in memory", model
        try:
            interpreter = Interpreter(model_content=content, num_threads=1)
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"Expected a model that LiteRT can run. Received: {what} ({error})") from error
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        shapes = [tuple(int(v) for v in d["shape"][1:]) for d in (*inputs, *outputs)]
        if shapes != [INPUT_SHAPE, (len(EMOTIONS),)] or inputs[0]["dtype"] != np.float32:
            raise ModelError(
                f"Expected a model from float32 {INPUT_SHAPE} to ({len(EMOTIONS)},). "
                f"Received: {what} with {shapes}"
            )
        self._interpreter = interpreter
        self._input, self._output = int(inputs[0]["index"]), int(outputs[0]["index"])
        self._batch = int(inputs[0]["shape"][0])
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
        faces = check_faces(faces_gray)
        if len(faces) == 0:
            return np.empty((0, len(EMOTIONS)), np.float32)
        if len(faces) != self._batch:
            self._interpreter.resize_tensor_input(self._input, [len(faces), *INPUT_SHAPE])
            self._interpreter.allocate_tensors()
            self._batch = len(faces)
        self._interpreter.set_tensor(self._input, faces)
        self._interpreter.invoke()
        return calibrate(self._interpreter.get_tensor(self._output), self._temperature)


class KerasClassifier:
    """The Keras model itself, for machines without LiteRT; imports TensorFlow.

    Args:
        path: a ``.keras`` file.
        model_version: what ``model_version`` says.
        temperature: see ``calibrate``.

    Raises:
        ModelNotFoundError, ModelError: see ``emotion.export.load_keras``.
    """

    def __init__(self, path: Path, *, model_version: str, temperature: float) -> None:
        from emotion import export

        self._keras_predict = export.keras_predict
        self._model = export.load_keras(path)
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
        return calibrate(self._keras_predict(self._model, faces_gray), self._temperature)


def find_model(model: str | Path | None = None) -> Path:
    """The model's folder or file.

    Args:
        model: the name of a folder under ``models/``, a path of such a folder, or of a ``.keras`` or
            ``.tflite`` file with a ``metadata.json`` beside it. Left out: the environment variable
            ``ATTUNE_MODEL``, else what ``models/default.txt`` names.

    Raises:
        ModelNotFoundError: there is none.
    """
    source = "the argument"
    if model is None:
        model, source = os.environ.get(MODEL_VARIABLE) or None, MODEL_VARIABLE
    if model is None:
        default = MODELS_FOLDER / "default.txt"
        try:
            model, source = default.read_text(encoding="utf-8").strip(), str(default)
        except OSError as error:
            raise ModelNotFoundError(
                f"Expected {default} to name the app's model (or {MODEL_VARIABLE} to be set). "
                f"Received: {error}"
            ) from error
    for path in (MODELS_FOLDER / model, Path(model)):
        if str(model) and path.exists():
            return path
    installed = sorted(p.parent.name for p in MODELS_FOLDER.glob(f"*/{METADATA_FILE}"))
    raise ModelNotFoundError(
        f"Expected {source} to name one of the installed models {installed}, or a path. "
        f"Received: {str(model)!r}"
    )


def load_classifier(model: str | Path | None = None) -> Classifier:
    """A classifier that is ready to run.

    A ``.keras`` file without an export, or one that changed since, is exported once, which imports
    TensorFlow and takes some seconds; the log says so.

    Args:
        model: see ``find_model``.

    Raises:
        ModelNotFoundError: no such model.
        ModelMetadataError: it states other labels or another shape than the project's.
        ModelError: its weights cannot be loaded.
    """
    found = find_model(model)
    folder = found if found.is_dir() else found.parent
    metadata = ModelMetadata.load(folder)
    version, temperature = f"{metadata.name}@{metadata.version}", metadata.temperature
    keras_path, litert_path = folder / KERAS_FILE, folder / LITERT_FILE
    if found.is_file():
        keras_path, litert_path = found.with_suffix(".keras"), found.with_suffix(".tflite")
    if not keras_path.is_file() and not litert_path.is_file():
        raise ModelNotFoundError(
            f"Expected {KERAS_FILE} or {LITERT_FILE}. Received: {folder}, which holds neither."
        )
    try:
        import ai_edge_litert.interpreter  # noqa: F401
    except ImportError:
        log.warning("LiteRT is not installed here; running %s with TensorFlow instead.", keras_path)
        return KerasClassifier(keras_path, model_version=version, temperature=temperature)
    if keras_path.is_file() and _export_is_stale(keras_path, litert_path, metadata):
        try:
            _export_once(keras_path, litert_path, metadata)
        except OSError as error:
            log.warning(
                "The export of %s cannot be kept (%s); running it with TensorFlow.", keras_path, error
            )
            return KerasClassifier(keras_path, model_version=version, temperature=temperature)
    return LiteRTClassifier(litert_path, model_version=version, temperature=temperature)


def _export_is_stale(keras_path: Path, litert_path: Path, metadata: ModelMetadata) -> bool:
    if not litert_path.is_file():
        return True
    # An export that does not say what it was made from came with the model; it is taken as it is.
    return metadata.exported_from_sha256 not in ("", file_sha256(keras_path))


def _export_once(keras_path: Path, litert_path: Path, metadata: ModelMetadata) -> None:
    from emotion.export import export_litert

    log.warning("Exporting %s for LiteRT; this happens once and takes some seconds.", keras_path)
    difference = export_litert(keras_path, litert_path)
    metadata.model_copy(update={"exported_from_sha256": file_sha256(keras_path)}).save(keras_path.parent)
    log.warning("Exported to %s (largest difference to the Keras model %.1e).", litert_path, difference)
