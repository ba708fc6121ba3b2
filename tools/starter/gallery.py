"""The register of pictures: a name, a seed and the function that draws the scene."""

from __future__ import annotations

from collections.abc import Callable

from tools.starter.drawing import Scene

Draw = Callable[[Scene], None]
PICTURES: dict[str, tuple[int, Draw]] = {}


def picture(name: str, seed: int) -> Callable[[Draw], Draw]:
    """Register a drawing function under the file name (without ending) that it makes."""

    def register(draw: Draw) -> Draw:
        if name in PICTURES:
            raise ValueError(f"Expected a picture name used once. Received: {name!r}.")
        PICTURES[name] = (seed, draw)
        return draw

    return register


def paint(name: str) -> str:
    """The SVG of a registered picture."""
    seed, draw = PICTURES[name]
    scene = Scene(seed)
    draw(scene)
    return scene.svg()
