"""Figures of merit, as pure functions of shares ``(N, 7)`` and labels ``(N,)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion.classifier import calibrate as apply_temperature

Shares = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and its bootstrap interval."""

    value: float
    low: float
    high: float


def accuracy(shares: Shares, labels: Labels) -> float:
    """Share of faces whose top class is their label, in [0, 1]."""
    return float((shares.argmax(axis=1) == labels).mean())


def negative_log_likelihood(shares: Shares, labels: Labels) -> float:
    """Mean of ``-ln p(label)`` in nats."""
    return float(-np.log(np.maximum(shares[np.arange(len(labels)), labels], TINY)).mean())


def fit_temperature(shares: Shares, labels: Labels) -> float:
    """Find the temperature in [0.2, 5] that makes ``labels`` most likely.

    The likelihood is convex in 1/T, so there is one minimum.

    Raises:
        ValueError: there are no faces to fit on.
    """
    if len(labels) == 0:
        raise ValueError("Expected at least one face to fit a temperature on. Received: none.")
    from scipy.optimize import minimize_scalar

    def cost(log_temperature: float) -> float:
        return negative_log_likelihood(apply_temperature(shares, float(np.exp(log_temperature))), labels)

    bounds = (np.log(0.2), np.log(5.0))
    return float(np.exp(minimize_scalar(cost, bounds=bounds, method="bounded").x))


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """One bin of top shares: number of faces, how sure the model was, how often it was right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(shares: Shares, labels: Labels, bins: int = 15) -> tuple[ReliabilityBin, ...]:
    """Compute the reliability diagram with ``bins`` equal steps of confidence, without empty bins."""
    confidence = shares.max(axis=1)
    right = shares.argmax(axis=1) == labels
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    out = []
    for i in range(bins):
        inside = which == i
        if inside.any():
            out.append(
                ReliabilityBin(
                    i / bins, (i + 1) / bins, int(inside.sum()),
                    float(confidence[inside].mean()), float(right[inside].mean()),
                )
            )  # fmt: skip
    return tuple(out)


def expected_calibration_error(shares: Shares, labels: Labels, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over the bins, weighted by faces (Guo et al., 2017, eq. 3)."""
    parts = reliability(shares, labels, bins)
    return float(sum(b.count * abs(b.confidence - b.accuracy) for b in parts) / max(len(labels), 1))


def bootstrap_interval(
    figure: Callable[[Labels, Labels], float],
    labels: Labels,
    predicted: Labels,
    rng: np.random.Generator,
    *,
    rounds: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Compute ``figure(labels, predicted)`` with its percentile bootstrap interval (Efron, 1979)."""
    n = len(labels)
    draws = np.empty(rounds)
    for i in range(rounds):
        rows = rng.integers(0, n, n)
        draws[i] = figure(labels[rows], predicted[rows])
    tail = (1 - level) / 2 * 100
    low, high = np.percentile(draws, [tail, 100 - tail])
    return Interval(figure(labels, predicted), float(low), float(high))


def fast_macro_f1(labels: Labels, predicted: Labels, classes: int) -> float:
    """Mean F1 over the classes present in ``labels`` or ``predicted``, as scikit-learn counts it.

    scikit-learn's own function takes milliseconds, and a bootstrap calls it a thousand times.
    """
    counts = np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)
    hits, support, named = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    there = (support + named) > 0
    return float((2 * hits[there] / (support + named)[there]).mean())


def fast_balanced_accuracy(labels: Labels, predicted: Labels, classes: int) -> float:
    """Mean recall over the classes present in ``labels``."""
    support = np.bincount(labels, minlength=classes)
    hits = np.bincount(labels[labels == predicted], minlength=classes)
    there = support > 0
    return float((hits[there] / support[there]).mean())
