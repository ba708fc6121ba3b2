"""The range of an activation in eight bits."""

from __future__ import annotations

import numpy as np
import pytest

from train.quantize import best_range


def squared_error(values: np.ndarray, low: float, high: float) -> float:
    step = (high - low) / 255
    return float(((np.clip(np.round((values - low) / step), 0, 255) * step + low - values) ** 2).mean())


def test_an_outlier_does_not_coarsen_the_grid() -> None:
    values = np.random.default_rng(0).normal(0, 1, 1_000_000).astype(np.float32)
    values[0] = 12.0
    low, high = best_range(values)
    assert low < -2 and high < 8
    assert squared_error(values, low, high) < 0.6 * squared_error(values, float(values.min()), 12.0)


def test_a_range_holds_zero() -> None:
    assert best_range(np.full(10, 3.0, np.float32))[0] == 0.0
    assert best_range(np.zeros(10, np.float32)) == (0.0, 0.0)
    even = np.linspace(-2, 2, 256).astype(np.float32)
    assert best_range(even) == pytest.approx((-2.0, 2.0))
