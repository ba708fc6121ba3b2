"""The export answers as the Keras model does, calibrated; a model that is not ours is refused."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emotion import classifier as classifier_module
from emotion import export
from emotion.classifier import KerasClassifier, LiteRTClassifier, calibrate, find_model, load_classifier
from emotion.errors import ModelError, ModelMetadataError, ModelNotFoundError
from emotion.labels import LABELS
from emotion.metadata import KERAS_FILE, LITERT_FILE, METADATA_FILE, ModelMetadata, file_sha256

FACES = export.smooth_noise(5, seed=11)


@pytest.fixture
def model_folder(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may break."""
    return Path(shutil.copytree(tiny_model, tmp_path / "models" / "tiny"))


class TestCalibrate:
    shares = hnp.arrays(np.float64, (4, 7), elements=st.floats(1e-4, 1))

    @given(logits=hnp.arrays(np.float64, (3, 7), elements=st.floats(-8, 8)), temperature=st.floats(0.3, 5))
    def test_is_a_softmax_of_the_divided_logits(self, logits, temperature):
        def softmax(x):
            e = np.exp(x - x.max(axis=1, keepdims=True))
            return e / e.sum(axis=1, keepdims=True)

        np.testing.assert_allclose(
            calibrate(softmax(logits), temperature), softmax(logits / temperature), atol=2e-3
        )

    @given(shares=shares, temperature=st.floats(0.2, 5))
    def test_rows_sum_to_one_and_keep_their_order(self, shares, temperature):
        shares = shares / shares.sum(axis=1, keepdims=True)
        out = calibrate(shares, temperature)
        assert out.dtype == np.float32
        np.testing.assert_allclose(out.sum(axis=1), 1, atol=1e-5)
        for before, after in zip(shares, out, strict=True):
            assert after[before.argmax()] == after.max()

    def test_one_changes_nothing_and_more_is_less_sure(self):
        row = np.array([[0.7, 0.1, 0.05, 0.05, 0.05, 0.03, 0.02]])
        np.testing.assert_allclose(calibrate(row, 1.0), row, atol=1e-6)
        assert calibrate(row, 2.0).max() < 0.7 < calibrate(row, 0.5).max()

    def test_certainty_stays_finite(self):
        out = calibrate(np.eye(7), 3.0)
        assert np.isfinite(out).all()
        assert (out.argmax(axis=1) == np.arange(7)).all()

    def test_broken_weights_are_no_answer(self):
        with pytest.raises(ModelError, match="nan"):
            calibrate(np.full((1, 7), np.nan), 1.0)

    @pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
    def test_the_temperature_must_be_positive(self, bad):
        with pytest.raises(ValueError, match="Received: "):
            calibrate(np.eye(7), bad)


class TestPredict:
    def test_litert_answers_as_keras_does(self, tiny_model):
        keras = KerasClassifier(tiny_model / KERAS_FILE, model_version="k", temperature=1.5)
        litert = LiteRTClassifier(tiny_model / LITERT_FILE, model_version="l", temperature=1.5)
        np.testing.assert_allclose(litert.predict(FACES), keras.predict(FACES), atol=1e-5)

    def test_the_shipped_model_answers_as_its_keras_model_does(self):
        try:
            folder = find_model()
        except ModelNotFoundError:
            pytest.skip("no model is installed under models/")
        temperature = ModelMetadata.load(folder).temperature
        keras = KerasClassifier(folder / KERAS_FILE, model_version="k", temperature=temperature)
        # The export keeps its weights in float16, which moves a share by up to a thousandth or so.
        np.testing.assert_allclose(load_classifier(folder).predict(FACES), keras.predict(FACES), atol=3e-3)

    @pytest.mark.parametrize("cls", [LiteRTClassifier, KerasClassifier])
    def test_batches_of_changing_size_answer_as_single_faces_do(self, tiny_model, cls):
        file = KERAS_FILE if cls is KerasClassifier else LITERT_FILE
        one = cls(tiny_model / file, model_version="1", temperature=1.0)
        singly = np.concatenate([one.predict(FACES[i : i + 1]) for i in range(5)])
        for n in (5, 2, 0, 5, 1):
            out = one.predict(FACES[:n])
            assert out.shape == (n, 7)
            assert out.dtype == np.float32
            np.testing.assert_allclose(out, singly[:n], atol=1e-5)

    @pytest.mark.parametrize("cls", [LiteRTClassifier, KerasClassifier])
    @pytest.mark.parametrize(
        "faces",
        [
            FACES.astype(np.float32),
            FACES[..., 0],
            FACES[:, :40],
            FACES[0],
            np.zeros((1, 48, 48, 3), np.uint8),
        ],
    )
    def test_other_arrays_are_refused(self, tiny_model, cls, faces):
        file = KERAS_FILE if cls is KerasClassifier else LITERT_FILE
        with pytest.raises(ValueError, match="Received: "):
            cls(tiny_model / file, model_version="1", temperature=1.0).predict(faces)

    def test_the_temperature_of_the_metadata_is_applied(self, model_folder):
        plain = LiteRTClassifier(model_folder / LITERT_FILE, model_version="", temperature=1.0).predict(FACES)
        np.testing.assert_allclose(
            load_classifier(model_folder).predict(FACES), calibrate(plain, 1.5), atol=1e-6
        )


class TestFind:
    @pytest.fixture(autouse=True)
    def own_models(self, model_folder, monkeypatch):
        monkeypatch.setattr(classifier_module, "MODELS_FOLDER", model_folder.parent)

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

    def test_an_export_that_answers_otherwise_is_not_kept(self, model_folder, tmp_path, monkeypatch):
        monkeypatch.setattr(export, "keras_predict", lambda model, faces: np.zeros((len(faces), 7)))
        with pytest.raises(ModelError, match="a difference of"):
            export.export_litert(model_folder / KERAS_FILE, tmp_path / "out" / LITERT_FILE)
        assert not (tmp_path / "out").exists()

    def test_nothing_to_export(self, tmp_path):
        with pytest.raises(ModelNotFoundError, match="does not exist"):
            export.export_litert(tmp_path / "none.keras", tmp_path / "none.tflite")


class TestMetadata:
    def test_survives_a_round_trip(self, tmp_path):
        saved = ModelMetadata(
            name="m", version="2", temperature=1.25, parameters=7, metrics={"PublicTest": {"accuracy": 0.7}}
        )
        saved.save(tmp_path / "new")
        assert ModelMetadata.load(tmp_path / "new") == saved
        assert [p.name for p in (tmp_path / "new").iterdir()] == [METADATA_FILE]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"label_order": sorted(LABELS)}, "label_order: expected the labels"),
            ({"label_order": list(LABELS[:6])}, "label_order: expected the labels"),
            ({"input_shape": [224, 224, 3]}, r"input_shape: expected the input shape \[48, 48, 1\]"),
            ({"color_order": "bgr"}, "color_order"),
            ({"temperature": 0}, "temperature"),
            ({"temperature": "warm"}, "temperature"),
            ({"name": ""}, "name"),
            ({"version": None}, "version"),
        ],
    )
    def test_a_model_that_is_not_ours_is_refused(self, model_folder, change, message):
        path = model_folder / METADATA_FILE
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        with pytest.raises(ModelMetadataError, match=message):
            load_classifier(model_folder)

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00"])
    def test_a_broken_file_is_refused(self, model_folder, content):
        (model_folder / METADATA_FILE).write_bytes(content)
        with pytest.raises(ModelMetadataError, match=r"Received: .*metadata\.json"):
            load_classifier(model_folder)

    def test_a_missing_file_is_refused(self, model_folder):
        (model_folder / METADATA_FILE).unlink()
        with pytest.raises(ModelMetadataError, match="beside the model"):
            load_classifier(model_folder)

    def test_fields_of_a_later_version_do_no_harm(self, model_folder):
        path = model_folder / METADATA_FILE
        path.write_text(json.dumps(json.loads(path.read_text()) | {"colour_of_the_box": "blue"}))
        assert load_classifier(model_folder).model_version == "tiny@1"
