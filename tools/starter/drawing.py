"""A small vector drawing kit: scenes are built as SVG text, deterministically from a seed.

Coordinates are pixels of a 960×600 canvas, origin top-left. Paints are CSS colours or the ``url(#…)``
that :meth:`Scene.linear` and :meth:`Scene.radial` return. Gradient stops are written ``#rrggbb``,
``#rrggbb@0.5`` (opacity) or ``#rrggbb@0.5:30`` (opacity, position in percent).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

WIDTH_PX = 960
HEIGHT_PX = 600

Point = tuple[float, float]
Attr = str | float | int


def _attrs(attrs: dict[str, Attr]) -> str:
    return "".join(f' {key.rstrip("_").replace("_", "-")}="{value}"' for key, value in attrs.items())


def path(d: str, fill: str = "none", **attrs: Attr) -> str:
    """A path element."""
    return f'<path d="{d}" fill="{fill}"{_attrs(attrs)}/>'


def stroke(d: str, color: str, width: float, **attrs: Attr) -> str:
    """An unfilled path with round caps and joins."""
    return (
        f'<path d="{d}" fill="none" stroke="{color}" stroke-width="{width}" stroke-linecap="round" '
        f'stroke-linejoin="round"{_attrs(attrs)}/>'
    )


def circle(x: float, y: float, r: float, fill: str, **attrs: Attr) -> str:
    """A circle element."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.2f}" fill="{fill}"{_attrs(attrs)}/>'


def ellipse(x: float, y: float, rx: float, ry: float, fill: str, **attrs: Attr) -> str:
    """An ellipse element."""
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" fill="{fill}"{_attrs(attrs)}/>'


def rect(x: float, y: float, w: float, h: float, fill: str, rx: float = 0, **attrs: Attr) -> str:
    """A rectangle, its corners rounded by ``rx``."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{rx}" fill="{fill}"'
        f"{_attrs(attrs)}/>"
    )


def group(*items: str, **attrs: Attr) -> str:
    """A group with shared attributes, such as ``transform`` or ``opacity``."""
    return f"<g{_attrs(attrs)}>{''.join(items)}</g>"


def at(x: float, y: float, *items: str, turn: float = 0, scale: float = 1, **attrs: Attr) -> str:
    """A group moved to (x, y), turned by degrees and scaled."""
    transform = f"translate({x:.1f} {y:.1f}) rotate({turn:.1f}) scale({scale:.3f})"
    return f'<g transform="{transform}"{_attrs(attrs)}>{"".join(items)}</g>'


def poly(points: Sequence[Point], closed: bool = True) -> str:
    """Straight lines through the points, as path data."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else "")


def spline(points: Sequence[Point], closed: bool = False, tension: float = 1.0) -> str:
    """A smooth (Catmull-Rom) curve through the points, as path data."""
    n = len(points)

    def point(i: int) -> Point:
        return points[i % n] if closed else points[min(max(i, 0), n - 1)]

    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for i in range(n if closed else n - 1):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (point(i + k) for k in (-1, 0, 1, 2))
        k = tension / 6
        parts.append(
            f"C{x1 + (x2 - x0) * k:.1f} {y1 + (y2 - y0) * k:.1f} "
            f"{x2 - (x3 - x1) * k:.1f} {y2 - (y3 - y1) * k:.1f} {x2:.1f} {y2:.1f}"
        )
    return "".join(parts) + ("Z" if closed else "")


def leaf(length: float, width: float, bend: float = 0) -> str:
    """Path data of a leaf from (0, 0) to (0, -length)."""
    return (
        f"M0 0C{-width + bend:.1f} {-length * 0.3:.1f} {-width * 0.8 + bend:.1f} {-length * 0.75:.1f} "
        f"{bend:.1f} {-length:.1f}C{width * 0.8 + bend:.1f} {-length * 0.75:.1f} "
        f"{width + bend:.1f} {-length * 0.3:.1f} 0 0Z"
    )


def star(r: float, inner: float, points: int = 4) -> str:
    """Path data of a star around (0, 0)."""
    corners = []
    for i in range(points * 2):
        radius = r if i % 2 == 0 else inner
        angle = math.pi * i / points - math.pi / 2
        corners.append((radius * math.cos(angle), radius * math.sin(angle)))
    return poly(corners)


class Scene:
    """One picture under construction: definitions, and elements in painting order."""

    def __init__(self, seed: int, width: int = WIDTH_PX, height: int = HEIGHT_PX) -> None:
        self.rng = random.Random(seed)
        self.width, self.height = width, height
        self._defs: list[str] = []
        self._body: list[str] = []

    def add(self, *items: str) -> None:
        """Paint the elements over what is there."""
        self._body.extend(items)

    def _define(self, element: str) -> str:
        name = f"d{len(self._defs)}"
        self._defs.append(element.replace("ID", name, 1))
        return f"url(#{name})"

    @staticmethod
    def _stops(stops: Sequence[str]) -> str:
        parts = []
        for i, stop in enumerate(stops):
            color, _, position = stop.partition(":")
            color, _, alpha = color.partition("@")
            offset = position or f"{100 * i / max(len(stops) - 1, 1):.0f}"
            parts.append(f'<stop offset="{offset}%" stop-color="{color}" stop-opacity="{alpha or 1}"/>')
        return "".join(parts)

    def linear(self, *stops: str, angle: float = 90) -> str:
        """A linear gradient over the painted shape; 90 degrees runs from top to bottom, 0 left to right."""
        dx, dy = math.cos(math.radians(angle)) / 2, math.sin(math.radians(angle)) / 2
        return self._define(
            f'<linearGradient id="ID" x1="{0.5 - dx:.3f}" y1="{0.5 - dy:.3f}" x2="{0.5 + dx:.3f}" '
            f'y2="{0.5 + dy:.3f}">{self._stops(stops)}</linearGradient>'
        )

    def radial(self, *stops: str, cx: float = 0.5, cy: float = 0.5, r: float = 0.5) -> str:
        """A radial gradient; centre and radius are fractions of the painted shape's box."""
        return self._define(
            f'<radialGradient id="ID" cx="{cx}" cy="{cy}" r="{r}">{self._stops(stops)}</radialGradient>'
        )

    def blur(self, radius: float) -> str:
        """A blur filter."""
        return self._define(
            f'<filter id="ID" x="-100%" y="-100%" width="300%" height="300%">'
            f'<feGaussianBlur stdDeviation="{radius}"/></filter>'
        )

    def clip(self, *shapes: str) -> str:
        """A clip path made of the shapes."""
        return self._define(f'<clipPath id="ID">{"".join(shapes)}</clipPath>')

    def texture(self, fx: float, fy: float, octaves: int, color: str, amount: float, seed: int = 1) -> str:
        """A filter that fills a shape with streaks of noise in one colour (wood, paper, water, wool)."""
        red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return self._define(
            f'<filter id="ID" x="0" y="0" width="100%" height="100%"><feTurbulence type="fractalNoise" '
            f'baseFrequency="{fx} {fy}" numOctaves="{octaves}" seed="{seed}"/><feColorMatrix values="0 0 0 0 '
            f"{red:.3f} 0 0 0 0 {green:.3f} 0 0 0 0 {blue:.3f} {amount * 3} 0 0 0 {-amount * 1.2:.3f}"
            f'"/><feComposite in2="SourceGraphic" operator="in"/></filter>'
        )

    def backdrop(self, *stops: str, angle: float = 90) -> None:
        """Fill the whole canvas with a linear gradient."""
        self.add(rect(0, 0, self.width, self.height, self.linear(*stops, angle=angle)))

    def glow(self, x: float, y: float, r: float, color: str, strength: float = 0.8, **attrs: Attr) -> None:
        """Light that fades out around a point."""
        fill = self.radial(f"{color}@{strength}", f"{color}@{strength * 0.35:.3f}:40", f"{color}@0")
        self.add(circle(x, y, r, fill, **attrs))

    def shadow(
        self, x: float, y: float, rx: float, ry: float, color: str = "#000", alpha: float = 0.3
    ) -> None:
        """A soft contact shadow on the ground."""
        fill = self.radial(f"{color}@{alpha}", f"{color}@{alpha * 0.6:.3f}:50", f"{color}@0")
        self.add(ellipse(x, y, rx, ry, fill))

    def ridge(self, y: float, amplitude: float, steps: int, smooth: bool = True, lean: float = 0) -> str:
        """Path data of hills or mountains over the full width, closed along the bottom edge."""
        pad = 40
        points = [
            (
                -pad + (self.width + 2 * pad) * i / steps,
                y + lean * i / steps + self.rng.uniform(-amplitude, amplitude),
            )
            for i in range(steps + 1)
        ]
        line = spline(points) if smooth else poly(points, closed=False)
        return f"{line}L{self.width + pad} {self.height + pad}L{-pad} {self.height + pad}Z"

    def stars(self, count: int, bottom: float, color: str = "#ffffff", size: float = 1.6) -> None:
        """Scatter stars of varied size and brightness above ``bottom``."""
        rng = self.rng
        for _ in range(count):
            x, y = rng.uniform(0, self.width), rng.uniform(0, bottom)
            self.add(
                circle(x, y, rng.uniform(0.4, 1) ** 2 * size, color, opacity=round(rng.uniform(0.3, 1), 2))
            )

    def svg(self, grain: float = 0.16) -> str:
        """The finished picture, with a fine paper grain over it."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}"><defs>{"".join(self._defs)}<filter id="grain" x="0" '
            f'y="0" width="100%" height="100%"><feTurbulence type="fractalNoise" baseFrequency="0.55" '
            f'numOctaves="2" seed="7"/><feColorMatrix type="saturate" values="0"/></filter></defs>'
            f"{''.join(self._body)}"
            f'<rect width="100%" height="100%" filter="url(#grain)" opacity="{grain}" '
            f'style="mix-blend-mode:soft-light"/></svg>'
        )
