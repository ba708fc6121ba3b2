"""The look of the app: the only place with CSS.

One static sheet, written against custom properties, plus one small sheet that sets those properties from
the ``ThemeColors`` of *this* session. Both go out through ``st.html``, which reaches one browser only;
Streamlit's own theme options are process-wide and are left alone. The properties are registered colours,
so the browser blends from one theme to the next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

import streamlit as st

from content.themes import DEFAULT_THEME
from content.types import ThemeColors
from emotion.labels import EMOTIONS, label_of
from ui.look.moods import COLORS, face_svg

__all__ = ["DEFAULT_THEME", "FONTS", "LOGO", "install", "own_sheet", "theme_css", "wear"]

_SHEETS = tuple(
    Path(__file__).with_name(f"{name}.css")
    for name in (
        "attune",
        "stage",
        "live",
        "photo",
        "video",
        "catalog",
        "catalog_list",
        "model",
        "insights",
        "forced",
    )
)
LOGO = Path(__file__).parent / "brand" / "logo.svg"

FONTS: Mapping[str, str] = {
    "sans": '"Source Sans", "Source Sans Pro", "Inter", "Segoe UI", system-ui, sans-serif',
    "serif": '"Source Serif", "Source Serif Pro", Georgia, "Times New Roman", serif',
    "rounded": '"Nunito", "Quicksand", ui-rounded, "Arial Rounded MT Bold", "Source Sans", sans-serif',
    "mono": '"Source Code Pro", ui-monospace, Menlo, Consolas, monospace',
}
"""Font stacks by the name in a theme; each ends in a family that every system has."""

MOOD_SHARE = 70
"""Percent of an expression's own colour in its marks; the rest is the theme's text colour, so that marks are
darker on light themes and lighter on dark ones: 3:1 or more against surface, track and page."""


def theme_css(colors: ThemeColors, scope: str = ":root") -> str:
    """The custom properties of one theme, as a rule for the page's root or for another part of it."""
    pairs = {
        "bg": colors.background,
        "bg-to": colors.gradient_to,
        "surface": colors.surface,
        "text": colors.text,
        "muted": colors.muted_text,
        "accent": colors.accent,
        "accent-text": colors.accent_text,
        "border": colors.border,
        "font": FONTS.get(colors.font, FONTS["sans"]),
    }
    scheme = "dark" if _is_dark(colors.background) else "light"
    own = "".join(f"--at-{k}:{v};" for k, v in pairs.items())
    # The root mixes some colours from these, once; another part of the page has to mix them again.
    mixed = "" if scope == ":root" else "".join(_MIXED.findall(_sheet()))
    return f"{scope}{{{own}{mixed}color-scheme:{scheme};}}"


_MIXED = re.compile(r"--at-[\w-]+: color-mix\([^;{}]*;")
_ON_A_PHONE = re.compile(r"@media \(max-width: 640px\) \{((?:[^{}]*\{[^{}]*\})*)\s*\}")


def phone_css(scope: str) -> str:
    """The sheet's rules for phones, for a part of the page that is as narrow as one."""
    return "".join(f"{scope}{{{rules}}}" for rules in _ON_A_PHONE.findall(_sheet()))


def _is_dark(color: str) -> bool:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 128


@cache
def _sheet() -> str:
    faces = "".join(
        f'.at-face[data-mood="{label_of(mood)}"]{{--face:url("data:image/svg+xml,{quote(face_svg(mood))}")}}'
        f'[data-mood="{label_of(mood)}"]'
        f"{{--mood:color-mix(in srgb, {COLORS[mood]} {MOOD_SHARE}%, var(--at-text))}}"
        for mood in (*EMOTIONS, None)
    )
    mark = f':root{{--at-mark:url("data:image/svg+xml,{quote(LOGO.read_text(encoding="utf-8"))}")}}'
    return "".join(sheet.read_text(encoding="utf-8") for sheet in _SHEETS) + mark + faces


@cache
def own_sheet(name: str) -> str:
    """The sheet of something outside the page: a document to download, or the camera's frame."""
    return Path(__file__).with_name(f"{name}.css").read_text(encoding="utf-8")


def install(colors: ThemeColors) -> None:
    """Puts the whole sheet and the session's colours on the page; called once in each script run."""
    st.html(f"<style>{_sheet()}</style>")
    wear(colors)


def wear(colors: ThemeColors) -> None:
    """Dresses this session's page in ``colors``; may be called from a fragment at every tick."""
    st.html(f"<style>{theme_css(colors)}</style>")


def wear_within(colors: ThemeColors, scope: str, *, phone: bool) -> None:
    """Dresses one part of the page in ``colors``, and in the rules for phones where it is one.

    Args:
        colors: its own.
        scope: a selector.
        phone: as narrow as a phone.
    """
    st.html(f"<style>{theme_css(colors, scope)}{phone_css(scope) if phone else ''}</style>")
