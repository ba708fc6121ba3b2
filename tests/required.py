"""What a test needs beside Python: a skip where it is not there, a failure where it is required."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(name: str, reason: str) -> NoReturn:
    """Skips the test, or fails it by ``REQUIRE_NAME=1``.

    Args:
        name: as in the variable, such as ``NGINX``.
        reason: what is missing, and how to get it.
    """
    if os.environ.get(f"REQUIRE_{name}") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
