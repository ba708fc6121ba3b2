import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.choosing.policies import POLICIES, best_score, weighted_random

draws = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=20)


@pytest.mark.parametrize("name", sorted(POLICIES))
@given(scores=draws)
def test_every_policy_is_a_distribution(name, scores):
    probabilities = POLICIES[name](np.array(scores))
    assert probabilities.shape == (len(scores),)
    assert probabilities.sum() == pytest.approx(1)
    assert (probabilities >= 0).all()


def test_weighted_random_is_in_proportion():
    assert weighted_random(np.array([1.0, 3.0])).tolist() == [0.25, 0.75]


def test_best_score_takes_the_first_of_equals():
    assert best_score(np.array([1.0, 2.0, 2.0])).tolist() == [0, 1, 0]
