"""Text in tables: none of it is a formula, and all of it comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadsheet_text import guarded, unguarded

FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "\t=1",
    "\r=1",
    "'=1",
    "''=1",
    "＝1+1",
    " =1",
    '"=1',
    "; @1",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_what_looks_like_a_formula_is_guarded_and_comes_back(text) -> None:
    cell = guarded(text)
    assert cell.startswith("'")
    assert unguarded(cell) == text


@given(st.text(alphabet=st.sampled_from("=+-@'\t\r\n,;|a 1＝"), max_size=12))
def test_every_text_comes_back(text) -> None:
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["'tis", "it's", "a - b", "a = b", "well-known", "1-2", "don't; 'll"])
def test_ordinary_text_stays_as_it_is(text) -> None:
    assert guarded(text) == text == unguarded(text)


def test_a_cell_of_another_separator_is_guarded_too() -> None:
    assert guarded("tea;=1\n-2|+3") == "tea;'=1\n'-2|'+3"
