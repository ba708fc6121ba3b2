"""Classifiers answer as the Keras model does, calibrated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emotion import export
from emotion.classifier import LiteRTClassifier, calibrate
from emotion.errors import ModelError, ModelNotFoundError
from emotion.export import KerasClassifier
from emotion.installed import find_model, load_classifier
from emotion.metadata import KERAS_FILE, LITERT_FILE, ModelMetadata

FACES = export.smooth_noise(5, seed=11)


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
