"""Figures against scikit-learn's and against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from emotion.classifier import calibrate
from emotion.labels import LABELS
from tests.train.tiny_data import make_faces, make_votes
from train.duplicates import find_duplicates
from train.evaluation import evaluate, evaluate_shares, predict_averaged, training_copies, worst_mistakes
from train.metrics import (
    bootstrap_interval,
    expected_calibration_error,
    fast_balanced_accuracy,
    fast_macro_f1,
    fit_temperature,
    reliability,
)
from train.report import Judged, comparison_markdown


def random_shares(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(7), n).astype(np.float32)


class FakePredictor:
    """Answers by the top left pixel, so that a mirror or crop changes the answer."""

    def predict(self, faces_gray: np.ndarray) -> np.ndarray:
        shares = np.full((len(faces_gray), 7), 0.05, np.float32)
        shares[np.arange(len(faces_gray)), faces_gray[:, 0, 0, 0] % 7] = 0.7
        return shares


def test_fast_figures_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    labels, predicted = rng.integers(0, 6, 300), rng.integers(1, 6, 300)
    assert fast_macro_f1(labels, predicted, 7) == pytest.approx(f1_score(labels, predicted, average="macro"))
    assert fast_balanced_accuracy(labels, predicted, 7) == pytest.approx(
        balanced_accuracy_score(labels, predicted)
    )


def test_temperature_finds_what_made_the_model_too_sure() -> None:
    rng = np.random.default_rng(0)
    honest = random_shares(4000)
    labels = np.array([rng.choice(7, p=p.astype(float) / p.sum(dtype=float)) for p in honest])
    too_sure = calibrate(honest, 0.5)
    assert fit_temperature(too_sure, labels) == pytest.approx(2.0, abs=0.15)
    assert expected_calibration_error(honest, labels) < 0.03 < expected_calibration_error(too_sure, labels)
    with pytest.raises(ValueError, match="at least one face"):
        fit_temperature(too_sure[:0], labels[:0])


def test_reliability_by_hand() -> None:
    shares = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [1.0, 0.0]], np.float32)
    labels = np.array([0, 1, 0, 0])
    bins = reliability(shares, labels, bins=10)
    assert [(round(b.low, 1), b.count, b.accuracy) for b in bins] == [
        (0.6, 1, 1.0),
        (0.9, 3, pytest.approx(2 / 3)),
    ]
    expected = (1 * 0.4 + 3 * abs(2.8 / 3 - 2 / 3)) / 4
    assert expected_calibration_error(shares, labels, bins=10) == pytest.approx(expected, abs=1e-6)


def test_an_interval_holds_its_value() -> None:
    labels = np.arange(400) % 7
    predicted = np.where(np.arange(400) % 3 == 0, labels, 0)
    interval = bootstrap_interval(
        lambda t, p: float((t == p).mean()), labels, predicted, np.random.default_rng(0), rounds=300
    )
    assert interval.low < interval.value < interval.high
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * np.sqrt(0.43 * 0.57 / 400), rel=0.3)


def test_an_evaluation_has_every_figure() -> None:
    faces = make_faces(0, 70)
    votes = make_votes(faces)
    right = np.eye(7, dtype=np.float32)[faces.labels] * 0.9 + 0.1 / 7
    right[:7] = np.roll(right[:7], 1, axis=1)
    result = evaluate_shares(right, faces, votes, rounds=50)
    assert result["n"] == 70 and result["accuracy"] == pytest.approx(0.9)
    assert set(result["per_class"]) == {"angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"}
    assert result["per_class"]["happy"]["support"] == 10
    assert result["per_class"]["happy"]["recall"] == pytest.approx(0.9)
    assert np.trace(result["confusion_matrix"]) == 63
    low, high = result["intervals"]["accuracy"]
    assert low < 0.9 < high
    assert result["ferplus"]["agreement"] == pytest.approx(0.9)
    assert result["ferplus"]["both_agree"]["n"] == 70
    assert "disputed" not in result["ferplus"]
    assert worst_mistakes(right, faces, 3) and set(worst_mistakes(right, faces)) == set(range(7))


def test_disputed_faces_are_counted_by_side() -> None:
    faces = make_faces(0, 14)
    votes = make_votes(faces)
    for name in faces.names[:7]:
        votes[name] = np.roll(votes[name], 0) * 0
        votes[name][0] = 9
    shares = np.eye(7, dtype=np.float32)[faces.labels]
    result = evaluate_shares(shares, faces, votes, rounds=20)["ferplus"]
    assert result["disputed"]["n"] == 6
    assert result["disputed"]["sides_with_fer"] == 1.0


def test_disputed_faces_are_told_apart_by_pair_of_labels() -> None:
    faces = make_faces(0, 7 * 24)
    votes = make_votes(faces)
    happy = [n for n, label in zip(faces.names, faces.labels, strict=True) if LABELS[label] == "happy"]
    for name in happy[:21]:
        votes[name] = np.zeros(10)
        votes[name][0] = 9
    shares = np.eye(7, dtype=np.float32)[faces.labels]
    result = evaluate_shares(shares, faces, votes, rounds=20)
    (pair,) = result["ferplus"]["disputed"]["pairs"]
    assert pair == {"fer": "happy", "ferplus": "neutral", "n": 21, "with_fer": 1.0, "with_ferplus": 0.0}
    model = Judged("one", {**result, "usage": "PublicTest"}, shares)
    page = comparison_markdown([model, model], "Compared", "By a test.")
    assert "| happy / neutral | 21 | 100% / 0% | 100% / 0% |" in page
    assert "| all, balanced | 100.0% | 100.0% |" in page and "| neutral called sad | 0.0% | 0.0% |" in page


def test_averaging_is_reported_apart() -> None:
    faces = make_faces(0, 35)
    result, shares = evaluate(FakePredictor(), faces, averagings=("flip", "tencrop"), rounds=20)
    np.testing.assert_array_equal(shares, calibrate(FakePredictor().predict(faces.images), 1.0))
    assert set(result["averaged"]) == {"flip", "tencrop"}
    flipped = predict_averaged(FakePredictor(), faces.images, "flip")
    mirror = FakePredictor().predict(faces.images[:, :, ::-1])
    np.testing.assert_allclose(flipped, (FakePredictor().predict(faces.images) + mirror) / 2)
    np.testing.assert_allclose(
        predict_averaged(FakePredictor(), faces.images, "tencrop").sum(1), 1, atol=1e-5
    )
    with pytest.raises(ValueError, match="Received: 'twice'"):
        predict_averaged(FakePredictor(), faces.images, "twice")


def test_copies_are_counted_within_and_across_splits() -> None:
    rng = np.random.default_rng(0)
    faces = make_faces(28, 7)
    images = (
        rng.integers(0, 255, (35, 12, 12)).repeat(4, axis=1).repeat(4, axis=2)[..., None].astype(np.uint8)
    )
    images[1] = images[0]
    images[30] = images[2]
    images[4] = np.clip(images[3].astype(int) + 3, 0, 255)
    copied = type(faces)(images, faces.labels, faces.names, faces.usages)
    found = find_duplicates(copied)
    assert (found.exact_copies, found.near_copies, found.groups) == (2, 1, 3)
    assert (found.across_splits, found.test_faces_in_training) == (1, 1)
    assert found.label_conflicts == 2
    assert training_copies(copied.usage("PublicTest"), copied).tolist() == [False, False, True] + [False] * 4
