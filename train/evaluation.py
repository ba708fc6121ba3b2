"""Evaluates a model on a set of faces: all figures, as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    precision_recall_fscore_support,
)

from emotion.classifier import calibrate as apply_temperature
from emotion.labels import EMOTIONS, LABELS
from train.faceset import FaceSet, Votes, ferplus_majority
from train.metrics import (
    Interval,
    Labels,
    Shares,
    bootstrap_interval,
    expected_calibration_error,
    fast_balanced_accuracy,
    fast_macro_f1,
    negative_log_likelihood,
    reliability,
)
from train.predictors import Predictor

_CLASSES = len(EMOTIONS)


def predict_averaged(
    predictor: Predictor, faces_gray: npt.NDArray[np.uint8], averaging: str = "single"
) -> Shares:
    """Predict shares from one crop, or averaged over several views of each face.

    Args:
        predictor: the model.
        faces_gray: uint8 ``(N, 48, 48, 1)``.
        averaging: ``single``; ``flip`` (the face and its mirror); ``tencrop`` (four corners and the
            centre of 42 pixels a side, scaled back to 48, each with its mirror).

    Returns:
        float32 ``(N, 7)``.

    Raises:
        ValueError: an unknown ``averaging``.
    """
    if averaging == "single":
        return predictor.predict(faces_gray)
    if averaging == "flip":
        return np.mean(
            [predictor.predict(faces_gray), predictor.predict(faces_gray[:, :, ::-1])],
            axis=0,
            dtype=np.float32,
        )
    if averaging == "tencrop":
        import cv2

        side = faces_gray.shape[1]
        crop = side - side // 8
        far, mid = side - crop, (side - crop) // 2
        total: Shares | float = 0.0
        for top, left in ((0, 0), (0, far), (far, 0), (far, far), (mid, mid)):
            views = np.stack(
                [
                    cv2.resize(face[top : top + crop, left : left + crop, 0], (side, side))[..., None]
                    for face in faces_gray
                ]
            )
            total = total + predictor.predict(views) + predictor.predict(views[:, :, ::-1])
        return np.asarray(total / 10, np.float32)
    raise ValueError(f"Expected single, flip or tencrop. Received: {averaging!r}")


def _interval(figure: Interval) -> list[float]:
    return [round(figure.low, 5), round(figure.high, 5)]


def evaluate_shares(
    shares: Shares,
    faces: FaceSet,
    votes: Votes | None = None,
    *,
    seed: int = 0,
    rounds: int = 1000,
) -> dict[str, Any]:
    """Compute all figures from a model's answers.

    Args:
        shares: float32 ``(N, 7)``, calibrated or not.
        faces: the same ``N`` faces.
        votes: FER+ votes by file name, for the agreement with FER+'s majority.
        seed: seed of the bootstrap.
        rounds: rounds of the bootstrap.

    Returns:
        JSON-ready figures: ``n``, ``accuracy``, ``balanced_accuracy``, ``macro_f1`` and more, with 95%
        intervals of these three under ``intervals``; ``per_class``, ``confusion_matrix``
        (rows are labels), ``calibration_error`` and ``reliability`` (15 bins), and ``ferplus``.
    """
    labels, predicted = faces.labels, shares.argmax(axis=1).astype(np.int64)
    rng = np.random.default_rng(seed)
    present = sorted(set(labels.tolist()) | set(predicted.tolist()))
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predicted, labels=list(range(_CLASSES)), zero_division=0.0
    )

    def averaged(kind: str) -> tuple[float, float, float]:
        p, r, f, _ = precision_recall_fscore_support(
            labels, predicted, labels=present, average=kind, zero_division=0.0
        )
        return float(p), float(r), float(f)

    macro, weighted = averaged("macro"), averaged("weighted")
    intervals = {
        "accuracy": _interval(
            bootstrap_interval(lambda t, p: float((t == p).mean()), labels, predicted, rng, rounds=rounds)
        ),
        "balanced_accuracy": _interval(
            bootstrap_interval(
                lambda t, p: fast_balanced_accuracy(t, p, _CLASSES), labels, predicted, rng, rounds=rounds
            )
        ),
        "macro_f1": _interval(
            bootstrap_interval(
                lambda t, p: fast_macro_f1(t, p, _CLASSES), labels, predicted, rng, rounds=rounds
            )
        ),
    }
    result: dict[str, Any] = {
        "n": len(faces),
        "accuracy": float(accuracy_score(labels, predicted)),
        "balanced_accuracy": float(
            balanced_accuracy_score(labels, predicted)
            if set(predicted.tolist()) <= set(labels.tolist())
            else fast_balanced_accuracy(labels, predicted, _CLASSES)
        ),
        "macro_f1": macro[2],
        "macro_precision": macro[0],
        "macro_recall": macro[1],
        "weighted_f1": weighted[2],
        "weighted_precision": weighted[0],
        "weighted_recall": weighted[1],
        "intervals": intervals,
        "interval_level": 0.95,
        "per_class": {
            label: {
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "support": int(support[i]),
            }
            for i, label in enumerate(LABELS)
        },
        "label_order": list(LABELS),
        "confusion_matrix": confusion_matrix(labels, predicted, labels=list(range(_CLASSES))).tolist(),
        "negative_log_likelihood": negative_log_likelihood(shares, labels),
        "calibration_error": expected_calibration_error(shares, labels),
        "reliability": [
            {
                "low": b.low,
                "high": b.high,
                "count": b.count,
                "confidence": b.confidence,
                "accuracy": b.accuracy,
            }
            for b in reliability(shares, labels)
        ],
    }
    if votes is not None:
        result["ferplus"] = ferplus_figures(shares, faces, votes, rng, rounds=rounds)
    return result


def ferplus_figures(
    shares: Shares,
    faces: FaceSet,
    votes: Votes,
    rng: np.random.Generator,
    *,
    rounds: int = 1000,
) -> dict[str, Any]:
    """Compute agreement with FER+'s majority, and figures for faces where the two label sets agree or differ.

    Leaves out faces without votes, ties, and majorities for contempt, unknown or not-a-face.

    Returns:
        ``n``, ``agreement`` with ``interval``, ``balanced_agreement``, ``calibration_error`` against FER+,
        ``calibration_error_both`` against both label sets at once (each face once with FER-2013's label and
        once with FER+'s majority, as a mixture is fitted), ``per_class`` recall, ``both_agree`` (``n``,
        ``accuracy``, ``balanced_accuracy`` and recall per class where FER-2013's label is FER+'s majority)
        and ``disputed`` (where it is not: how often the model agrees with FER-2013, with FER+, with neither;
        ``pairs``: the same for each pair of labels with at least ``PAIR_FACES`` faces, most frequent first).
    """
    majority = ferplus_majority(faces, votes)
    known = majority >= 0
    if not known.any():
        return {"n": 0}
    target: Labels = majority[known]
    fer: Labels = faces.labels[known]
    given = shares[known]
    predicted = given.argmax(axis=1).astype(np.int64)
    agreement = bootstrap_interval(lambda t, p: float((t == p).mean()), target, predicted, rng, rounds=rounds)
    same = target == fer

    def recalls(truth: Labels, answer: Labels) -> dict[str, float]:
        return {
            label: float((answer[truth == i] == i).mean())
            for i, label in enumerate(LABELS)
            if (truth == i).any()
        }

    out: dict[str, Any] = {
        "n": int(known.sum()),
        "agreement": agreement.value,
        "interval": _interval(agreement),
        "balanced_agreement": fast_balanced_accuracy(target, predicted, _CLASSES),
        "calibration_error": expected_calibration_error(given, target),
        "calibration_error_both": expected_calibration_error(
            np.concatenate([shares, given]), np.concatenate([faces.labels, target])
        ),
        "per_class": recalls(target, predicted),
    }
    if same.any():
        balanced = bootstrap_interval(
            lambda t, p: fast_balanced_accuracy(t, p, _CLASSES),
            target[same],
            predicted[same],
            rng,
            rounds=rounds,
        )
        out["both_agree"] = {
            "n": int(same.sum()),
            "accuracy": float((predicted[same] == target[same]).mean()),
            "balanced_accuracy": balanced.value,
            "interval": _interval(balanced),
            "per_class": recalls(target[same], predicted[same]),
            "neutral_called_sad": _called(target[same], predicted[same], "neutral", "sad"),
        }
    if (~same).any():
        with_fer = predicted[~same] == fer[~same]
        with_ferplus = predicted[~same] == target[~same]
        out["disputed"] = {
            "n": int((~same).sum()),
            "sides_with_fer": float(with_fer.mean()),
            "sides_with_ferplus": float(with_ferplus.mean()),
            "neither": float((~with_fer & ~with_ferplus).mean()),
            "answers": {
                label: int((predicted[~same] == i).sum()) for i, label in enumerate(LABELS)
            },
            "pairs": _disputed_pairs(fer[~same], target[~same], predicted[~same]),
        }  # fmt: skip
    return out


PAIR_FACES = 20
"""Fewer faces than this say nothing about a pair of labels."""


def _disputed_pairs(fer: Labels, ferplus: Labels, predicted: Labels) -> list[dict[str, Any]]:
    """Compute how often the model gives either label, by pair of differing labels."""
    pairs, counts = np.unique(np.stack([fer, ferplus]), axis=1, return_counts=True)
    out = []
    for n in np.argsort(-counts, kind="stable"):
        if counts[n] < PAIR_FACES:
            break
        one, other = pairs[:, n]
        answers = predicted[(fer == one) & (ferplus == other)]
        out.append(
            {
                "fer": LABELS[one],
                "ferplus": LABELS[other],
                "n": int(counts[n]),
                "with_fer": float((answers == one).mean()),
                "with_ferplus": float((answers == other).mean()),
            }
        )
    return out


def _called(truth: Labels, answer: Labels, is_label: str, said_label: str) -> float | None:
    rows = truth == LABELS.index(is_label)
    return float((answer[rows] == LABELS.index(said_label)).mean()) if rows.any() else None


def evaluate(
    predictor: Predictor,
    faces: FaceSet,
    votes: Votes | None = None,
    *,
    temperature: float = 1.0,
    averagings: tuple[str, ...] = (),
    seed: int = 0,
    rounds: int = 1000,
) -> tuple[dict[str, Any], Shares]:
    """Call ``evaluate_shares`` for one crop of each face; put other averagings under ``averaged``.

    Returns:
        The figures, and the single-crop shares after ``temperature``.
    """
    shares = apply_temperature(predictor.predict(faces.images), temperature)
    result = evaluate_shares(shares, faces, votes, seed=seed, rounds=rounds)
    result["temperature"] = temperature
    for averaging in averagings:
        other = apply_temperature(predict_averaged(predictor, faces.images, averaging), temperature)
        figures = evaluate_shares(other, faces, votes, seed=seed, rounds=rounds)
        keep = ("accuracy", "balanced_accuracy", "macro_f1", "intervals", "calibration_error")
        kept = {key: figures[key] for key in keep}
        if "ferplus" in figures:
            kept["ferplus_agreement"] = figures["ferplus"].get("agreement")
        result.setdefault("averaged", {})[averaging] = kept
    return result, shares


def training_copies(faces: FaceSet, everything: FaceSet) -> npt.NDArray[np.bool_]:
    """Mark the ``faces`` with an exact copy among the Training faces of ``everything``."""
    training = everything.images[everything.usages == "Training"]
    known = {image.tobytes() for image in training}
    return np.array([image.tobytes() in known for image in faces.images], np.bool_)


def fresh_figures(shares: Shares, faces: FaceSet, everything: FaceSet) -> dict[str, Any]:
    """Compute accuracy on faces without a copy in Training; empty if no face has one."""
    fresh = ~training_copies(faces, everything)
    if fresh.all() or not fresh.any():
        return {}
    right = shares[fresh].argmax(axis=1) == faces.labels[fresh]
    return {"without_training_copies": {"n": int(fresh.sum()), "accuracy": float(right.mean())}}


def worst_mistakes(shares: Shares, faces: FaceSet, count: int = 30) -> list[int]:
    """Find the most confidently misclassified faces; returns their positions, worst first."""
    wrong = np.flatnonzero(shares.argmax(axis=1) != faces.labels)
    return [int(i) for i in wrong[np.argsort(-shares[wrong].max(axis=1))][:count]]
