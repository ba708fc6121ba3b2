"""Waits for a state, with a generous limit, where no clock may be looked at."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], bool]) -> None:
    """Returns when the condition holds; two minutes at most, longer than anything that is waited for."""
    for _ in range(12_000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("what was waited for did not happen")
