"""Finds the model that a command names: the app's, a model folder, a run, or a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from emotion.installed import find_model as find_app_model
from emotion.metadata import (
    APP_VIEW,
    HEAD_VIEWS,
    KERAS_FILE,
    LITERT_FILE,
    METADATA_FILE,
    ModelMetadata,
    ModelView,
)
from train.errors import ModelFileError
from train.files import BASELINE_FILE, RUN_MODEL
from train.predictors import FORMATS, Predictor, load_heads, load_predictor, load_view


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model file and its temperature.

    Attributes:
        path: the file.
        name: name to print.
        temperature: divides the log-probabilities of its answers.
        fer_share: weight of the ``fer`` head in one view of a network with two heads
            (``emotion.metadata.ModelView``); None for the file's own answer.
    """

    path: Path
    name: str
    temperature: float
    fer_share: float | None = None

    def load(self) -> Predictor:
        """Open the file.

        Raises:
            ModelFileError: the file cannot be used.
        """
        if self.fer_share is not None:
            return load_view(self.path, self.fer_share)
        return load_predictor(self.path)

    def load_heads(self) -> Predictor:
        """Open the file to answer with both heads, ``(N, 2, 7)``, if it has two.

        Raises:
            ModelFileError: the file cannot be used.
        """
        return load_heads(self.path)

    def view(self, name: str) -> ModelSource:
        """One view of a network with two heads: ``fer``, ``ferplus`` or ``app``.

        Raises:
            ModelFileError: the model has no view of that name.
            emotion.errors.ModelError: the metadata beside it cannot be used.
        """
        if (self.path.parent / METADATA_FILE).is_file():
            views = ModelMetadata.load(self.path.parent).views
        else:
            views = {head: ModelView(fer_share=share) for head, share in HEAD_VIEWS.items()}
        if name not in views:
            raise ModelFileError(
                f"Expected one of the views {sorted(views) or 'of a network with two heads'}. "
                f"Received: {name!r} of {self.name}"
            )
        view = views[name]
        return replace(
            self, name=f"{self.name} ({name})", temperature=view.temperature, fer_share=view.fer_share
        )


def find_model(given: str | None) -> ModelSource:
    """Resolve ``--model``.

    Args:
        given: None for the app's own model (ATTUNE_MODEL, else ``models/default.txt``); a name under
            ``models/``; a model folder; a run folder; or a model file, with the temperature of the
            ``metadata.json`` beside it, else 1. Add ``@fer``, ``@ferplus`` or ``@app`` for one view of a
            network with two heads.

    Raises:
        ModelFileError: nothing has that name.
        emotion.errors.ModelError: a model folder that cannot be used.
    """
    whole, at, view = (given or "").rpartition("@")
    if at and view in (*HEAD_VIEWS, APP_VIEW):
        return find_model(whole or None).view(view)
    for name in (RUN_MODEL, BASELINE_FILE):
        if given is not None and (Path(given) / name).is_file():
            return ModelSource(Path(given) / name, Path(given).resolve().name, 1.0)
    if given is not None and Path(given).suffix.lower() in FORMATS and not Path(given).is_file():
        raise ModelFileError(f"Expected a model file. Received: {given}, which does not exist.")
    path = find_app_model(given)
    if path.is_file():
        if not (path.parent / METADATA_FILE).is_file():
            return ModelSource(path, path.name, 1.0)
        metadata = ModelMetadata.load(path.parent)
        return ModelSource(path, f"{metadata.name} {path.name}", metadata.temperature)
    if not (path / METADATA_FILE).is_file():
        raise ModelFileError(
            f"Expected {RUN_MODEL} or {BASELINE_FILE} of a run, or {METADATA_FILE} of a model. "
            f"Received: {path}, which holds none of them."
        )
    metadata = ModelMetadata.load(path)
    for name in (LITERT_FILE, KERAS_FILE):
        if (path / name).is_file():
            return ModelSource(path / name, metadata.name, metadata.temperature)
    raise ModelFileError(f"Expected {LITERT_FILE} or {KERAS_FILE} in {path}. Received: neither.")
