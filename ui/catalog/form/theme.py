"""The colours of a theme: pickers, the contrast of every pair that has to be told apart, and its mending."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import streamlit as st

from content.catalog.readable import mended
from content.themes import DEFAULT_THEME, FONTS, Contrast, contrasts
from content.types import ThemeColors
from ui.catalog.form.fields import show_errors
from ui.catalog.state import OpenForm
from ui.catalog.words import COLOR_NAMES, pair_name
from ui.look.cards import theme_swatches_html
from ui.look.html import render


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
                words, key=form.key(f"color-{name}"), persist_state="session"
            )
    font = st.segmented_control(
        "Letters",
        list(FONTS),
        default=seed.font if seed.font in FONTS else FONTS[0],
        required=True,
        format_func=str.capitalize,
        key=form.key("font"),
        persist_state="session",
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
            render(
                "catalog/contrasts.html",
                pairs=[(pair_name(pair), pair, _ratio(pair)) for pair in found],
                failing=[f"{pair_name(pair).lower()} ({_ratio(pair)} : 1)" for pair in failing],
            )
        )
        for front in dict.fromkeys(pair.front for pair in failing):
            _offer(form, colors, front)


def _ratio(pair: Contrast) -> str:
    # Rounded down: 4.49 is not enough, and must not be shown as 4.5.
    return f"{int(pair.ratio * 10) / 10:.1f}"


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
        swatches = [theme_swatches_html((shown,)) for shown in (getattr(colors, front), color)]
        st.html(
            render("catalog/mend.html", before=swatches[0], after=swatches[1], color=color), width="content"
        )


def _take(key: str, color: str) -> None:
    st.session_state[key] = color
