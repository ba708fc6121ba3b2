"""The colours of a theme: pickers, the contrast of every pair that has to be told apart, and its mending."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from typing import Any

import streamlit as st

from content.catalog.readable import mended
from content.themes import DEFAULT_THEME, FONTS, Contrast, contrasts
from content.types import ThemeColors
from ui.catalog.form.fields import show_errors
from ui.catalog.state import OpenForm
from ui.catalog.words import COLOR_NAMES, pair_name
from ui.look.cards import theme_swatches_html


def color_fields(form: OpenForm) -> dict[str, Any]:
    """The pickers and the check below them; returns what they hold, as ``parse_item`` takes it."""
    seed = form.seed.colors or DEFAULT_THEME
    # Kept by key alone: the mending below sets them, which a widget with a value of its own would not allow.
    for name in COLOR_NAMES:
        st.session_state.setdefault(form.key(f"color-{name}"), getattr(seed, name))
    picked: dict[str, str] = {}
    with st.container(key="theme-pickers"):
        columns = st.columns(4)
        for n, (name, words) in enumerate(COLOR_NAMES.items()):
            picked[name] = columns[n % 4].color_picker(
                words, key=form.key(f"color-{name}"), persist_state="page"
            )
    font = st.segmented_control(
        "Letters",
        list(FONTS),
        default=seed.font if seed.font in FONTS else FONTS[0],
        required=True,
        format_func=str.capitalize,
        key=form.key("font"),
        persist_state="page",
    )
    colors = ThemeColors(**picked, font=font)
    _show_contrasts(form, colors)
    show_errors(form, "colors")
    return asdict(colors)


def _show_contrasts(form: OpenForm, colors: ThemeColors) -> None:
    found = contrasts(colors)
    failing = [pair for pair in found if not pair.readable]
    with st.container(key="theme-contrast"):
        st.html(
            '<p class="at-eyebrow">Can everyone read it?</p>'
            f'<ul class="at-checks" data-testid="contrasts">{"".join(_row(pair) for pair in found)}</ul>'
            f"{_verdict(failing)}"
        )
        for front in dict.fromkeys(pair.front for pair in failing):
            _offer(form, colors, front)


def _row(pair: Contrast) -> str:
    mark, style = ("✓", "at-ok") if pair.readable else ("✗", "at-bad")
    needs = "" if pair.readable else f" <small>needs {pair.needed:g} : 1</small>"
    return f'<li><span class="{style}">{mark} {_ratio(pair)} : 1</span> {escape(pair_name(pair))}{needs}</li>'


def _ratio(pair: Contrast) -> str:
    # Rounded down: 4.49 is not enough, and must not be shown as 4.5.
    return f"{int(pair.ratio * 10) / 10:.1f}"


def _verdict(failing: list[Contrast]) -> str:
    style, words = "at-text", "Readable for everyone: every contrast meets WCAG AA."
    if failing:
        named = ", ".join(f"{pair_name(pair).lower()} ({_ratio(pair)} : 1)" for pair in failing)
        style, words = "at-field-error", f"Not readable enough to publish: {named}."
    return f'<p class="{style}" data-testid="contrast-verdict">{escape(words)}</p>'


def _offer(form: OpenForm, colors: ThemeColors, front: str) -> None:
    """One click to the nearest colour that can be read."""
    better = mended(colors, front)
    if better is None:
        st.caption(
            f"No colour of “{COLOR_NAMES[front]}” can be read: bring the two ends of the page nearer "
            "together."
        )
        return
    color = getattr(better, front)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            f"Mend “{COLOR_NAMES[front]}”",
            icon=":material/auto_fix_high:",
            key=form.key(f"mend-{front}"),
            on_click=_take,
            args=(form.key(f"color-{front}"), color),
        )
        st.html(
            f'<span class="at-mend">{theme_swatches_html((getattr(colors, front),))} → '
            f"{theme_swatches_html((color,))} {color}, the nearest that can be read</span>",
            width="content",
        )


def _take(key: str, color: str) -> None:
    st.session_state[key] = color
