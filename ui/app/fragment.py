"""Parts of a page that run alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

P = ParamSpec("P")


def fragment(*, run_every: float | None = None) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """``st.fragment`` in a container of its own.

    Where a fragment's run follows at once on one of the whole page, Streamlit 1.67 sometimes draws the
    fragment in the place of what stands after it, and that is then gone from the page. Alone in its
    container, a fragment has nothing after it.

    Args:
        run_every: seconds after which the part runs again by itself; None for only when it is asked.
    """

    def decorate(part: Callable[P, None]) -> Callable[P, None]:
        alone = st.fragment(part, run_every=run_every)

        @wraps(part)
        def placed(*args: P.args, **kwargs: P.kwargs) -> None:
            with st.container():
                alone(*args, **kwargs)

        return placed

    return decorate
