from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.themes import DEFAULT_THEME, check_theme, contrast_ratio, gradient, mix

COLORS = st.builds("#{:06x}".format, st.integers(0, 0xFFFFFF))


@pytest.mark.parametrize(
    ("a", "b", "ratio"),
    [
        # Figures of WebAIM's public contrast checker.
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_wcag(a, b, ratio):
    assert contrast_ratio(a, b) == pytest.approx(ratio, abs=0.005)


@given(COLORS, COLORS)
def test_contrast_is_symmetric_and_in_range(a, b):
    assert contrast_ratio(a, b) == contrast_ratio(b, a)
    assert 1 <= contrast_ratio(a, b) <= 21
    assert contrast_ratio(a, a) == 1


def test_default_theme_is_readable():
    assert check_theme(DEFAULT_THEME) == []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("text", "#aaaaaa", "text on the background"),
        ("muted_text", "#bbbbbb", "muted_text on the surface"),
        ("accent_text", DEFAULT_THEME.accent, "accent_text on the accent"),
        ("accent", "#eeeeee", "accent on the background"),
        # 4.48:1 on white: enough for a line or a mark, not for words.
        ("accent", "#777777", "accent on the surface"),
        ("background", "#101010", "text on the background"),
        ("gradient_to", "#202020", "text on the background"),
    ],
)
def test_what_cannot_be_read_is_named(field, value, says):
    problems = check_theme(replace(DEFAULT_THEME, **{field: value}))
    assert any(p.startswith(says) and "Received: " in p for p in problems)


def test_colours_between_the_ends_of_the_gradient_count():
    # Green to magenta passes through a grey darker than either: good ends, unreadable middle.
    ends = replace(DEFAULT_THEME, background="#00ff00", gradient_to="#ff80ff", text="#005000")
    middle = min(contrast_ratio(ends.text, c) for c in gradient(ends))
    assert middle < min(contrast_ratio(ends.text, c) for c in (ends.background, ends.gradient_to))


@pytest.mark.parametrize("bad", ["red", "#fff", "#gggggg", "", "#1234567", "url(x)"])
def test_only_hex_colours_pass(bad):
    assert check_theme(replace(DEFAULT_THEME, border=bad)) == [
        f"border: expected a colour as #rrggbb. Received: {bad!r}"
    ]


def test_only_known_fonts_pass():
    assert "font" in check_theme(replace(DEFAULT_THEME, font="Comic; }"))[0]


@given(COLORS, COLORS)
def test_mix_ends_at_its_ends(a, b):
    assert (mix(a, b, 0), mix(a, b, 1)) == (a, b)
