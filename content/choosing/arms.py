"""Which sessions follow the mood, and which are drawn blind to it so that the two can be compared."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from content.types import Arm


@lru_cache(maxsize=4096)
def assign_arm(session_id: str, control_share: float) -> tuple[Arm, float]:
    """The arm of a session and the probability of that arm.

    A hash of the id decides: the same id always gets the same arm, without anything being kept, and random
    ids fall into the control arm with probability ``control_share``.

    Args:
        session_id: random, and the same for as long as the session lasts.
        control_share: in [0, 1]; 0 switches the control arm off.

    Raises:
        ValueError: a share outside [0, 1].
    """
    if not 0 <= control_share <= 1:
        raise ValueError(f"Expected a share of control sessions in [0, 1]. Received: {control_share}")
    digest = hashlib.sha256(f"attune arm {session_id}".encode()).digest()
    if int.from_bytes(digest[:8], "big") / 2**64 < control_share:
        return Arm.CONTROL, control_share
    return Arm.MOOD, 1 - control_share
