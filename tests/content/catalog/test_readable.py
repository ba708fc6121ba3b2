"""The nearest readable colour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from content.catalog.readable import mended
from content.themes import DEFAULT_THEME, check_theme, contrasts
from content.types import ThemeColors


def named(colors: ThemeColors, front: str) -> list[str]:
    return [c.behind for c in contrasts(colors) if c.front == front and not c.readable]


@pytest.mark.parametrize(
    ("front", "color"),
    [("text", "#eeeeee"), ("muted_text", "#b0b8c8"), ("accent", "#ffd9a0"), ("accent_text", "#4060a0")],
)
def test_a_faint_colour_becomes_readable_wherever_it_is_used(front: str, color: str) -> None:
    faint = replace(DEFAULT_THEME, **{front: color})
    assert named(faint, front)
    better = mended(faint, front)
    assert better is not None
    assert check_theme(better) == []
    assert replace(better, **{front: color}) == faint, "nothing else changes"


def test_the_change_is_as_small_as_it_can_be() -> None:
    """The mended grey is at the limit: one step back towards what was asked for cannot be read."""
    faint = replace(DEFAULT_THEME, muted_text="#9a9a9a")
    better = mended(faint, "muted_text")
    assert better is not None
    worst = min(c.ratio for c in contrasts(better) if c.front == "muted_text")
    assert 4.5 <= worst < 4.6


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert mended(DEFAULT_THEME, "text") == DEFAULT_THEME


def test_a_mended_button_keeps_its_words_readable() -> None:
    pale = replace(DEFAULT_THEME, accent="#7f9be0")
    better = mended(pale, "accent")
    assert better is not None
    assert named(better, "accent_text") == []


def test_a_button_comes_before_its_words() -> None:
    """No button stands out from a white card and from these words at once; the words are mended next."""
    pale = replace(DEFAULT_THEME, accent="#f0e0b0", accent_text="#5a4a10")
    assert named(pale, "accent")
    assert named(pale, "accent_text") == []
    better = mended(pale, "accent")
    assert better is not None
    assert named(better, "accent") == []
    again = mended(better, "accent_text")
    assert again is not None
    assert check_theme(again) == []


def test_no_colour_can_be_read_on_a_page_from_black_to_white() -> None:
    assert mended(replace(DEFAULT_THEME, background="#000000", gradient_to="#ffffff"), "text") is None


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected a colour as #rrggbb"):
        mended(replace(DEFAULT_THEME, text="red"), "text")
