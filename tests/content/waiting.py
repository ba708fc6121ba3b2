"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable

SOON_S = 60


def wait_until(is_so: Callable[[], object]) -> None:
    """Returns once it is so; fails after a minute."""
    give_up_at_s = time.monotonic() + SOON_S
    while not is_so():
        assert time.monotonic() < give_up_at_s
        time.sleep(0.01)
