"""What a model folder says about itself: ``metadata.json`` beside the weights.

A folder under ``models/`` holds ``model.keras`` (the model), ``model.tflite`` (its export, which the
app runs) and ``metadata.json``. Loading refuses a model whose labels, shape or colour order differ from this
project's: seven numbers in another order look just as plausible and are all wrong.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from emotion.errors import ModelMetadataError
from emotion.labels import FACE_SIZE_PX, LABELS
from whole_files import write_whole

KERAS_FILE = "model.keras"
LITERT_FILE = "model.tflite"
METADATA_FILE = "metadata.json"
INPUT_SHAPE = (FACE_SIZE_PX, FACE_SIZE_PX, 1)
HEAD_VIEWS = {"fer": 1.0, "ferplus": 0.0}
"""The views that are one head each, and their share of the head for FER-2013's labels."""
APP_VIEW = "app"
"""The view that is what the model file answers."""


class ModelView(BaseModel):
    """One way to read a network that learned two label sets at once.

    Attributes:
        fer_share: how much of the answer the head for FER-2013's labels gives, 0 to 1; the head for FER+'s
            votes gives the rest.
        temperature: as in ``ModelMetadata``, of this view's answer.
        metrics: figures by split.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    fer_share: float = Field(ge=0, le=1)
    temperature: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    metrics: dict[str, Any] = Field(default_factory=dict)


class ModelMetadata(BaseModel):
    """The contract between a trained model and the app.

    Attributes:
        name: the folder's name.
        version: changes whenever the weights do; decisions record it.
        label_order: must be ``LABELS``.
        input_shape: must be ``(48, 48, 1)``; values are 0 to 255, any rescaling is inside the model.
        color_order: must be ``gray``.
        temperature: divides the log-probabilities (see ``emotion.classifier.calibrate``); 1 changes nothing.
        data_sha256: hash of the training pixels and labels.
        created_utc: ISO 8601.
        parameters: count of the network's weights.
        metrics: the evaluation's figures, by split.
        training: a summary of the training run.
        views: of a network with two heads: ``fer``, ``ferplus`` and ``app``, which is what it answers; empty
            for a network with one.
        exported_from_sha256: hash of the ``.keras`` file that the LiteRT export was made from.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    label_order: tuple[str, ...] = LABELS
    input_shape: tuple[int, ...] = INPUT_SHAPE
    color_order: Literal["gray"] = "gray"
    temperature: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    data_sha256: str = ""
    created_utc: str = ""
    parameters: int = Field(default=0, ge=0)
    metrics: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)
    views: dict[str, ModelView] = Field(default_factory=dict)
    exported_from_sha256: str = ""

    @field_validator("label_order")
    @classmethod
    def _labels_are_ours(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value != LABELS:
            raise ValueError(f"expected the labels {list(LABELS)} in this order, not {list(value)}")
        return value

    @field_validator("input_shape")
    @classmethod
    def _shape_is_ours(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if value != INPUT_SHAPE:
            raise ValueError(f"expected the input shape {list(INPUT_SHAPE)}, not {list(value)}")
        return value

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads ``folder/metadata.json``.

        Raises:
            ModelMetadataError: it is missing, is not JSON, or describes a model that this project does not
            run.
        """
        path = folder / METADATA_FILE
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ModelMetadataError(
                f"Expected a readable {METADATA_FILE} beside the model. Received: {path} ({error})"
            ) from error
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, e['loc'])) or METADATA_FILE}: {e['msg'].removeprefix('Value error, ')}"
                for e in error.errors()
            )
            raise ModelMetadataError(
                f"Expected a model of this project's labels and shape. Received: {path} with {problems}"
            ) from error

    def save(self, folder: Path) -> Path:
        """Writes ``folder/metadata.json`` whole or not at all, and returns its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / METADATA_FILE
        write_whole(path, f"{self.model_dump_json(indent=2)}\n".encode())
        return path


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
