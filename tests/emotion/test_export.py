"""An export that does not answer as the Keras model does is not kept."""

from __future__ import annotations

import numpy as np
import pytest

from emotion import export
from emotion.errors import ModelError, ModelNotFoundError
from emotion.metadata import KERAS_FILE, LITERT_FILE


def test_an_export_that_answers_otherwise_is_not_kept(model_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "keras_predict", lambda model, faces: np.zeros((len(faces), 7)))
    with pytest.raises(ModelError, match="a difference of"):
        export.export_litert(model_folder / KERAS_FILE, tmp_path / "out" / LITERT_FILE)
    assert not (tmp_path / "out").exists()


def test_nothing_to_export(tmp_path):
    with pytest.raises(ModelNotFoundError, match="does not exist"):
        export.export_litert(tmp_path / "none.keras", tmp_path / "none.tflite")
