"""Colours of a page and whether its words can be read on them.

Contrast is that of the Web Content Accessibility Guidelines 2.2, sections 1.4.3 and 1.4.11,
https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from content.types import ThemeColors

FONTS = ("sans", "serif", "rounded", "mono")
TEXT_CONTRAST = 4.5
PART_CONTRAST = 3.0

DEFAULT_THEME = ThemeColors(
    background="#f6f7fb",
    surface="#ffffff",
    text="#1b2233",
    muted_text="#56607a",
    accent="#3d5a9e",
    accent_text="#ffffff",
    border="#d5d9e5",
    gradient_to="#e9ecf6",
)
"""What a page wears when the catalog has no theme for it."""

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_GRADIENT_STEPS = 8


def rgb(color: str) -> tuple[int, int, int]:
    """Channels of ``#rrggbb``, each 0 to 255.

    Raises:
        ValueError: not of that form.
    """
    if not _COLOR.fullmatch(color):
        raise ValueError(f"Expected a colour as #rrggbb. Received: {color!r}")
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def relative_luminance(color: str) -> float:
    """Lightness of ``#rrggbb`` in [0, 1], black to white (WCAG 2.2, "relative luminance")."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast_ratio(a: str, b: str) -> float:
    """How far two ``#rrggbb`` colours stand apart, in [1, 21], in either order (WCAG 2.2)."""
    dark, light = sorted((relative_luminance(a), relative_luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def mix(a: str, b: str, share: float) -> str:
    """The colour ``share`` of the way from ``a`` to ``b``, as a browser's gradient paints it."""
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(rgb(a), rgb(b), strict=True))


def gradient(colors: ThemeColors) -> tuple[str, ...]:
    """The page's background from its first colour to ``gradient_to``, both included."""
    return tuple(
        mix(colors.background, colors.gradient_to, i / _GRADIENT_STEPS) for i in range(_GRADIENT_STEPS + 1)
    )


@dataclass(frozen=True, slots=True)
class Contrast:
    """How far one colour of a theme stands apart from what lies behind it.

    Attributes:
        front: the field of ``ThemeColors`` in front.
        behind: the field behind it; ``background`` means all of the page's gradient.
        ratio: the smallest contrast between the two, in [1, 21].
        needed: what WCAG AA asks for here.
    """

    front: str
    behind: str
    ratio: float
    needed: float

    @property
    def readable(self) -> bool:
        """Whether it is enough."""
        return self.ratio >= self.needed


_PAIRS = (
    ("text", "background", TEXT_CONTRAST),
    ("text", "surface", TEXT_CONTRAST),
    ("muted_text", "background", TEXT_CONTRAST),
    ("muted_text", "surface", TEXT_CONTRAST),
    ("accent_text", "accent", TEXT_CONTRAST),
    ("accent", "background", PART_CONTRAST),
    ("accent", "surface", TEXT_CONTRAST),
)


def contrasts(colors: ThemeColors) -> tuple[Contrast, ...]:
    """Every pair of colours that has to be told apart, with its contrast.

    Text and muted text need 4.5:1 on the whole background gradient and on the surface, the words on a
    button 4.5:1 on the accent (AA, 1.4.3). The accent is a colour of words on the surface too, so it needs
    4.5:1 there, and 3:1 on the background, where it only marks parts (1.4.11).

    Raises:
        ValueError: a colour is not of the form ``#rrggbb``.
    """
    page = gradient(colors)
    return tuple(
        Contrast(
            front,
            behind,
            min(
                contrast_ratio(getattr(colors, front), b)
                for b in (page if behind == "background" else (getattr(colors, behind),))
            ),
            needed,
        )
        for front, behind, needed in _PAIRS
    )


def check_theme(colors: ThemeColors) -> list[str]:
    """What keeps a theme from being readable, in words; empty when all is well. See ``contrasts``."""
    problems = [
        f"{f.name}: expected a colour as #rrggbb. Received: {getattr(colors, f.name)!r}"
        for f in fields(colors)
        if f.name != "font" and not _COLOR.fullmatch(getattr(colors, f.name))
    ]
    if colors.font not in FONTS:
        problems.append(f"font: expected one of {', '.join(FONTS)}. Received: {colors.font!r}")
    if problems:
        return problems
    return [
        f"{c.front} on the {c.behind}: expected a contrast of {c.needed}:1. Received: {c.ratio:.2f}:1"
        for c in contrasts(colors)
        if not c.readable
    ]
