"""Finds the installed model that is meant, and makes a classifier that runs it.

TensorFlow is imported (by ``emotion.export``) only for a ``.keras`` file that has no export yet, or where
LiteRT cannot be installed.
"""

from __future__ import annotations

import logging
from pathlib import Path

from attune_settings import Program, SettingsError, load
from emotion import export
from emotion.classifier import Classifier, LiteRTClassifier, litert_is_installed
from emotion.errors import ModelNotFoundError
from emotion.metadata import KERAS_FILE, LITERT_FILE, METADATA_FILE, ModelMetadata, file_sha256

log = logging.getLogger(__name__)

MODELS_FOLDER = Path(__file__).resolve().parent.parent / "models"
MODEL_VARIABLE = "ATTUNE_MODEL"


def find_model(model: str | Path | None = None) -> Path:
    """The folder or file of a model.

    Args:
        model: the name of a folder under ``models/``, a path of such a folder, or of a ``.keras`` or
            ``.tflite`` file with a ``metadata.json`` beside it. Left out: the environment variable
            ``ATTUNE_MODEL``, else what ``models/default.txt`` names.

    Raises:
        ModelNotFoundError: there is none.
    """
    source = "the argument"
    if model is None:
        try:
            model, source = load(Program.EMOTION).model, MODEL_VARIABLE
        except SettingsError as error:
            raise ModelNotFoundError(str(error)) from error
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


def installed_version(model: str | Path | None = None) -> str:
    """Name and version of a model, as its ``metadata.json`` says, without loading it.

    Args:
        model: see ``find_model``.

    Raises:
        ModelNotFoundError: no such model.
        ModelMetadataError: it has other labels or another shape than the project's.
    """
    found = find_model(model)
    return _version(ModelMetadata.load(found if found.is_dir() else found.parent))


def _version(metadata: ModelMetadata) -> str:
    return f"{metadata.name}@{metadata.version}"


def load_classifier(model: str | Path | None = None) -> Classifier:
    """A classifier that is ready to run.

    A ``.keras`` file without an export, or one that changed after its export, is exported once. That imports
    TensorFlow and takes some seconds; the log says so.

    Args:
        model: see ``find_model``.

    Raises:
        ModelNotFoundError: no such model.
        ModelMetadataError: it has other labels or another shape than the project's.
        ModelError: its weights cannot be loaded.
    """
    found = find_model(model)
    folder = found if found.is_dir() else found.parent
    metadata = ModelMetadata.load(folder)
    version, temperature = _version(metadata), metadata.temperature
    keras_path, litert_path = folder / KERAS_FILE, folder / LITERT_FILE
    if found.is_file():
        keras_path, litert_path = found.with_suffix(".keras"), found.with_suffix(".tflite")
    if not keras_path.is_file() and not litert_path.is_file():
        raise ModelNotFoundError(
            f"Expected {KERAS_FILE} or {LITERT_FILE}. Received: {folder}, which holds neither."
        )
    if not litert_is_installed():
        log.warning("LiteRT is not installed here; running %s with TensorFlow instead.", keras_path)
        return export.KerasClassifier(keras_path, model_version=version, temperature=temperature)
    if keras_path.is_file() and _export_is_stale(keras_path, litert_path, metadata):
        try:
            _export_once(keras_path, litert_path, metadata)
        except OSError as error:
            log.warning(
                "The export of %s cannot be kept (%s); running it with TensorFlow.", keras_path, error
            )
            return export.KerasClassifier(keras_path, model_version=version, temperature=temperature)
    return LiteRTClassifier(litert_path, model_version=version, temperature=temperature)


def _export_is_stale(keras_path: Path, litert_path: Path, metadata: ModelMetadata) -> bool:
    if not litert_path.is_file():
        return True
    # An export that does not say what it was made from came with the model and is used as it is.
    return metadata.exported_from_sha256 not in ("", file_sha256(keras_path))


def _export_once(keras_path: Path, litert_path: Path, metadata: ModelMetadata) -> None:
    log.warning("Exporting %s for LiteRT; this happens once and takes some seconds.", keras_path)
    difference = export.export_litert(keras_path, litert_path)
    metadata.model_copy(update={"exported_from_sha256": file_sha256(keras_path)}).save(keras_path.parent)
    log.warning("Exported to %s (largest difference to the Keras model %.1e).", litert_path, difference)
