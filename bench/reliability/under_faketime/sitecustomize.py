"""Lets Python sleep under libfaketime: Python loads this file by itself from a folder on its path.

libfaketime (0.9.10) answers ``clock_nanosleep``, by which ``time.sleep`` waits, with "Invalid argument", so
each thread that sleeps would end. No real clock does that when it is moved.
"""

import select
import time
from typing import Any


def _sleep(seconds: Any, /) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep
