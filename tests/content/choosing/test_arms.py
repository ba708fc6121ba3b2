import pytest
from scipy.stats import binom

from content.choosing.arms import assign_arm
from content.types import Arm
from tests.content.builders import rng

SESSIONS = 10_000


def controls(share: float, seed: int) -> int:
    generator = rng(seed)
    return sum(assign_arm(generator.bytes(16).hex(), share)[0] is Arm.CONTROL for _ in range(SESSIONS))


@pytest.mark.parametrize("share", [0.1, 0.01, 0.5, 0.9])
def test_the_control_arm_is_its_share_of_the_sessions(share):
    low, high = binom.interval(0.99, SESSIONS, share)
    assert low <= controls(share, seed=1) <= high


def test_ids_that_only_count_up_are_spread_as_well():
    low, high = binom.interval(0.99, SESSIONS, 0.1)
    assert low <= sum(assign_arm(f"session-{n}", 0.1)[0] is Arm.CONTROL for n in range(SESSIONS)) <= high


def test_a_session_stays_in_its_arm_and_a_larger_share_only_adds_sessions():
    ids = [f"session-{n}" for n in range(500)]
    for session_id in ids:
        assert assign_arm(session_id, 0.3) == assign_arm(session_id, 0.3)
    small, large = ({i for i in ids if assign_arm(i, share)[0] is Arm.CONTROL} for share in (0.1, 0.3))
    assert small < large


def test_the_probability_of_the_arm_is_told():
    for n in range(50):
        arm, probability = assign_arm(str(n), 0.25)
        assert probability == (0.25 if arm is Arm.CONTROL else 0.75)


def test_nothing_or_everything_is_control():
    assert {assign_arm(str(n), 0.0) for n in range(100)} == {(Arm.MOOD, 1.0)}
    assert {assign_arm(str(n), 1.0) for n in range(100)} == {(Arm.CONTROL, 1.0)}


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_checked(share):
    with pytest.raises(ValueError, match="Received"):
        assign_arm("a", share)
