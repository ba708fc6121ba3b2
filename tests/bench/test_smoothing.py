"""The smoothing measurement: its figures are counted right, and our defaults win where they say so."""

import numpy as np
import pytest

from bench import smoothing
from bench.smoothing import SCRIPTS, Measured, Trace, at_delay, judge, make_trace, moving_average, raw_argmax


def test_flips_delay_and_share_are_counted():
    n = 600  # a minute at 10 readings a second; the truth switches from 0 to 1 after 30 s
    truth = np.repeat([0, 1], n // 2)
    trace = Trace("a switch", np.arange(n) / 10, truth, np.full((n, 7), 1 / 7, np.float32), np.ones(n, bool))
    named = np.concatenate([[-1], np.zeros(319, int), np.ones(280, int)])
    named[100] = 5
    found = judge(trace, named)
    assert found.flips_a_minute == 2, "away and back; the first name and the true switch are no flips"
    assert found.delay_s == pytest.approx(2.0)
    assert found.right == pytest.approx((n - 1 - 1 - 20) / n)


def test_a_switch_that_is_never_named_counts_as_long_as_its_mood_lasted():
    truth = np.repeat([0, 1, 2], 200)
    trace = Trace("", np.arange(600) / 10, truth, np.full((600, 7), 1 / 7, np.float32), np.ones(600, bool))
    assert judge(trace, np.zeros(600, int)).delay_s == pytest.approx(19.9)


def test_the_script_does_not_depend_on_the_rate():
    slow, fast = (make_trace(SCRIPTS[1], rate, 0) for rate in (5.0, 30.0))
    assert len(fast.at_s) == 6 * len(slow.at_s)
    at_s = np.arange(3, 60, 6)
    np.testing.assert_array_equal(
        slow.truth[np.searchsorted(slow.at_s, at_s)], fast.truth[np.searchsorted(fast.at_s, at_s)]
    )
    assert not make_trace(SCRIPTS[3], 15.0, 0).seen.all()


def test_a_moving_average_of_one_is_raw_argmax():
    trace = make_trace(SCRIPTS[3], 10.0, 1)
    np.testing.assert_array_equal(moving_average(trace, 1), raw_argmax(trace, 0))


def test_a_sweep_is_read_between_its_points():
    sweep = [Measured(10.0, 1.0, 0.8), Measured(4.0, 2.0, 0.6)]
    assert at_delay(sweep, 1.5) == Measured(7.0, 1.5, pytest.approx(0.7))
    assert at_delay(sweep, 5.0) == Measured(4.0, 2.0, 0.6)


@pytest.mark.slow
def test_our_defaults_flip_least_at_equal_delay(monkeypatch):
    monkeypatch.setattr(smoothing, "RATES_HZ", (10.0,))
    rows, best = smoothing.compare(smoothing.measure(seeds=1))
    assert best, rows
    assert [row[1] for row in rows] == list(smoothing.METHODS)
