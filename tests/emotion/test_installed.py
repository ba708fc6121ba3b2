"""The model that is meant is found and loaded; what is broken or missing is said plainly."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from emotion import export, installed
from emotion.classifier import LiteRTClassifier
from emotion.errors import ModelError, ModelNotFoundError
from emotion.export import KerasClassifier
from emotion.installed import find_model, load_classifier
from emotion.metadata import KERAS_FILE, LITERT_FILE, ModelMetadata, file_sha256

FACES = export.smooth_noise(5, seed=11)


class TestFind:
    @pytest.fixture(autouse=True)
    def own_models(self, model_folder, monkeypatch):
        monkeypatch.setattr(installed, "MODELS_FOLDER", model_folder.parent)

    def test_by_name_path_variable_and_default(self, model_folder, monkeypatch):
        assert find_model("tiny") == model_folder
        assert find_model(model_folder) == model_folder
        assert find_model(model_folder / LITERT_FILE) == model_folder / LITERT_FILE
        (model_folder.parent / "default.txt").write_text("tiny\n")
        assert find_model() == model_folder
        monkeypatch.setenv("ATTUNE_MODEL", str(model_folder / KERAS_FILE))
        assert find_model() == model_folder / KERAS_FILE
        assert load_classifier().model_version == "tiny@1"

    def test_what_is_not_there_is_named(self, model_folder, monkeypatch):
        with pytest.raises(ModelNotFoundError, match=r"tiny.*Received: 'large'"):
            find_model("large")
        with pytest.raises(ModelNotFoundError, match=r"default\.txt"):
            find_model()
        (model_folder.parent / "default.txt").write_text("")
        with pytest.raises(ModelNotFoundError, match="Received: ''"):
            find_model()
        monkeypatch.setenv("ATTUNE_MODEL", "large")
        with pytest.raises(ModelNotFoundError, match="ATTUNE_MODEL"):
            find_model()


class TestLoad:
    def test_a_good_folder(self, model_folder):
        loaded = load_classifier(model_folder)
        assert isinstance(loaded, LiteRTClassifier)
        assert loaded.model_version == "tiny@1"

    @pytest.mark.parametrize("named", [KERAS_FILE, LITERT_FILE])
    def test_a_single_file_with_its_metadata(self, model_folder, named):
        assert load_classifier(model_folder / named).predict(FACES).shape == (5, 7)

    def test_a_lone_keras_file_is_exported_once_and_said(self, model_folder, caplog, monkeypatch):
        (model_folder / LITERT_FILE).unlink()
        with caplog.at_level(logging.WARNING):
            first = load_classifier(model_folder).predict(FACES)
        assert "Exporting" in caplog.text
        assert ModelMetadata.load(model_folder).exported_from_sha256 == file_sha256(model_folder / KERAS_FILE)

        def never(*args, **kwargs):
            raise AssertionError("exported a second time")

        monkeypatch.setattr(export, "export_litert", never)
        np.testing.assert_array_equal(load_classifier(model_folder).predict(FACES), first)

    def test_new_weights_are_exported_anew(self, model_folder, caplog):
        metadata = ModelMetadata.load(model_folder)
        metadata.model_copy(update={"exported_from_sha256": "0" * 64}).save(model_folder)
        with caplog.at_level(logging.WARNING):
            load_classifier(model_folder)
        assert "Exporting" in caplog.text

    def test_without_litert_the_keras_model_runs(self, model_folder, monkeypatch, caplog):
        monkeypatch.setitem(__import__("sys").modules, "ai_edge_litert.interpreter", None)
        with caplog.at_level(logging.WARNING):
            loaded = load_classifier(model_folder)
        assert isinstance(loaded, KerasClassifier)
        assert "LiteRT is not installed" in caplog.text

    def test_an_export_that_cannot_be_kept_is_no_end(self, model_folder, monkeypatch, caplog):
        (model_folder / LITERT_FILE).unlink()

        def read_only(*args, **kwargs):
            raise PermissionError("read-only file system")

        monkeypatch.setattr(export, "export_litert", read_only)
        with caplog.at_level(logging.WARNING):
            assert isinstance(load_classifier(model_folder), KerasClassifier)
        assert "read-only" in caplog.text

    def test_a_folder_without_weights(self, model_folder):
        (model_folder / LITERT_FILE).unlink()
        (model_folder / KERAS_FILE).unlink()
        with pytest.raises(ModelNotFoundError, match="holds neither"):
            load_classifier(model_folder)

    @pytest.mark.parametrize("content", [b"", b"not a model", b"\x1c\x00\x00\x00TFL3" + b"\x00" * 64])
    def test_a_broken_export_is_said_plainly(self, model_folder, content):
        (model_folder / LITERT_FILE).write_bytes(content)
        with pytest.raises(ModelError, match=r"Received: .*model\.tflite"):
            load_classifier(model_folder)

    def test_a_broken_keras_file_is_said_plainly(self, model_folder):
        (model_folder / LITERT_FILE).unlink()
        (model_folder / KERAS_FILE).write_bytes(b"not a model")
        with pytest.raises(ModelError, match=r"Received: .*model\.keras"):
            load_classifier(model_folder)

    def test_a_model_of_another_shape_is_refused(self, model_folder):
        import keras

        inputs = keras.Input((48, 48, 1))
        keras.Model(inputs, keras.layers.Dense(5)(keras.layers.Flatten()(inputs))).save(
            model_folder / KERAS_FILE
        )
        (model_folder / LITERT_FILE).unlink()
        with pytest.raises(ModelError, match=r"to \(5,\)"):
            load_classifier(model_folder)
