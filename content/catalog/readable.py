"""The nearest colour that can be read, for a theme whose words cannot. Pure.

Nearness is Euclidean distance in Oklab, in which equal distances look about equally far apart: B. Ottosson,
"A perceptual color space for image processing" (2020), https://bottosson.github.io/posts/oklab/.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from content.themes import contrasts, gradient, relative_luminance, rgb
from content.types import ThemeColors

Colors = npt.NDArray[np.float64]

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_COARSE = 8


def mended(colors: ThemeColors, front: str) -> ThemeColors | None:
    """The theme with one colour moved as little as it takes to be readable wherever it is used.

    Args:
        colors: each ``#rrggbb``.
        front: the field to change, such as ``text``.

    Returns:
        The theme, or None where no colour stands apart from everything that lies behind it.

    Raises:
        ValueError: a colour is not of the form ``#rrggbb``.
    """
    limits = _limits(colors, front)
    # Words on the accent stay readable where they can; else they are mended next.
    kept = limits + _limits_in_front(colors, front)
    return _moved(colors, front, kept) or _moved(colors, front, limits)


def _moved(colors: ThemeColors, front: str, limits: list[tuple[float, float]]) -> ThemeColors | None:
    wanted = np.array(rgb(getattr(colors, front)), np.float64)
    steps = np.append(np.arange(0, 255, _COARSE), 255)
    best = _nearest(_lattice(steps, steps, steps), wanted, limits)
    if best is None:
        return None
    around = [np.arange(max(0, int(c) - _COARSE), min(255, int(c) + _COARSE) + 1) for c in best]
    finer = _nearest(_lattice(*around), wanted, limits)
    red, green, blue = (int(c) for c in (best if finer is None else finer))
    return replace(colors, **{front: f"#{red:02x}{green:02x}{blue:02x}"})


def _limits(colors: ThemeColors, front: str) -> list[tuple[float, float]]:
    """Luminance of everything that lies behind ``front``, and the contrast that it needs to it."""
    found = []
    for pair in contrasts(colors):
        if pair.front == front:
            behind = gradient(colors) if pair.behind == "background" else (getattr(colors, pair.behind),)
            found += [(relative_luminance(b), pair.needed) for b in behind]
    return found


def _limits_in_front(colors: ThemeColors, behind: str) -> list[tuple[float, float]]:
    """Luminance of what lies in front of ``behind`` and can be read now, and the contrast it needs."""
    return [
        (relative_luminance(getattr(colors, pair.front)), pair.needed)
        for pair in contrasts(colors)
        if pair.behind == behind and pair.readable
    ]


def _nearest(candidates: Colors, wanted: Colors, limits: list[tuple[float, float]]) -> Colors | None:
    linear = _linear(candidates)
    light = linear @ _LUMINANCE
    readable = np.ones(len(candidates), np.bool_)
    for other, needed in limits:
        ratio = (np.maximum(light, other) + 0.05) / (np.minimum(light, other) + 0.05)
        readable &= ratio >= needed
    if not readable.any():
        return None
    distance = np.linalg.norm(_oklab(linear[readable]) - _oklab(_linear(wanted[None])), axis=1)
    nearest: Colors = candidates[readable][int(distance.argmin())]
    return nearest


def _lattice(red: npt.NDArray[np.int_], green: npt.NDArray[np.int_], blue: npt.NDArray[np.int_]) -> Colors:
    """Every colour with a channel of each: float64 ``(n, 3)`` in [0, 255]."""
    return np.stack(np.meshgrid(red, green, blue, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float64)


def _linear(channels: Colors) -> Colors:
    """Light of sRGB channels in [0, 255], each in [0, 1] (WCAG 2.2, "relative luminance")."""
    c = channels / 255
    light: Colors = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return light


def _oklab(linear: Colors) -> Colors:
    lab: Colors = np.cbrt(linear @ _TO_CONES.T) @ _TO_OKLAB.T
    return lab
