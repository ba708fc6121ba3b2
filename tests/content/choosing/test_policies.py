import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.choosing.policies import POLICIES, best_score, fixed_order, weighted_random

draws = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=20)


@pytest.mark.parametrize("name", sorted(POLICIES))
@given(scores=draws, last=st.none() | st.integers(0, 60))
def test_every_policy_is_a_distribution(name, scores, last):
    positions = np.arange(len(scores)) * 3
    probabilities = POLICIES[name](np.array(scores), positions, last)
    assert probabilities.shape == (len(scores),)
    assert probabilities.sum() == pytest.approx(1)
    assert (probabilities >= 0).all()


def test_weighted_random_is_in_proportion():
    assert weighted_random(np.array([1.0, 3.0]), np.array([0, 1]), None).tolist() == [0.25, 0.75]


def test_best_score_takes_the_first_of_equals():
    assert best_score(np.array([1.0, 2.0, 2.0]), np.arange(3), None).tolist() == [0, 1, 0]


def test_fixed_order_goes_round_the_catalog_past_what_is_not_in_the_draw():
    positions, scores = np.array([1, 4, 7]), np.ones(3)

    def after(last):
        return int(positions[fixed_order(scores, positions, last).argmax()])

    assert [after(last) for last in (None, 0, 1, 2, 4, 7, 9)] == [1, 1, 4, 4, 7, 1, 1]
