"""Calm for an angry viewer: quiet sound, warm tea, open mountains, raked sand, slow fish."""

from __future__ import annotations

import math

from tools.starter.drawing import (
    Scene,
    at,
    circle,
    ellipse,
    group,
    leaf,
    path,
    poly,
    rect,
    spline,
    stroke,
)
from tools.starter.gallery import picture


@picture("ad-angry-headphones", 101)
def headphones(s: Scene) -> None:
    """Noise comes in jagged from the left and leaves the headphones as slow waves."""
    s.backdrop("#0c3540", "#12545c", "#1d7472", angle=70)
    s.glow(480, 290, 420, "#7fe0cf", 0.42)
    for r, a in ((290, 0.07), (225, 0.09), (160, 0.12)):
        s.add(circle(480, 300, r, "#c9fff0", opacity=a))
    for row in range(7):
        y0, hue = 180 + row * 40, ("#ff8a5c", "#ffb27a", "#f2674f")[row % 3]
        zig = [(x, y0 + s.rng.uniform(-46, 46) * (1 - abs(x - 120) / 420)) for x in range(-30, 350, 17)]
        s.add(stroke(poly(zig, False), hue, 3.2, opacity=0.85))
    fade = s.linear("#bff5e6@0.95", "#bff5e6@0.25", angle=0)
    for row in range(7):
        y0 = 180 + row * 40
        wave = [(x, y0 + 13 * math.sin((x - 600) / 62 + row * 0.5)) for x in range(600, 1000, 20)]
        s.add(stroke(spline(wave), fade, 3.4))
    s.shadow(480, 545, 250, 30, "#021a20", 0.55)
    band = "M336 380C322 40 638 40 624 380"
    s.add(
        stroke(band, s.linear("#f6efe2", "#d9cdb8", "#a99b86"), 40),
        stroke("M352 330C352 86 608 86 608 330", s.linear("#3a2f2c", "#5b4a43"), 16),
        stroke("M338 268C346 178 392 118 462 108", "#ffffff", 6, opacity=0.6),
        rect(326, 318, 18, 76, "#c9a46a", 9),
        rect(616, 318, 18, 76, "#c9a46a", 9),
    )
    for x, side in ((336, -1), (624, 1)):
        s.add(
            at(
                x,
                420,
                ellipse(side * -30, 0, 44, 88, "#2a211f"),
                ellipse(side * -22, 0, 44, 92, s.linear("#53443e", "#2d2421")),
                ellipse(side * 8, 0, 58, 100, s.linear("#fffaf0", "#e2d6c2", "#b5a68f", angle=60)),
                ellipse(side * 14, 0, 41, 76, s.linear("#efe5d3", "#cbbda5", angle=240)),
                ellipse(side * 16, 0, 24, 48, s.linear("#d8b071", "#a87f45", angle=60)),
                ellipse(side * 16, -6, 13, 28, "#f5dba6", opacity=0.45),
                turn=side * 5,
            )
        )
    s.add(stroke("M300 372C290 400 290 440 300 468", "#ffffff", 5, opacity=0.7))
    for _ in range(26):
        s.add(
            circle(
                s.rng.uniform(640, 940), s.rng.uniform(70, 540), s.rng.uniform(1, 3), "#e8fff7", opacity=0.5
            )
        )


def _chamomile(size: float, turn: float) -> str:
    petals = [at(0, 0, path(leaf(size, size * 0.34), "#fffdf6"), turn=turn + i * 360 / 11) for i in range(11)]
    return group(*petals, circle(0, 0, size * 0.36, "#f2b632"), circle(-2, -2, size * 0.2, "#ffd25e"))


@picture("ad-angry-tea", 102)
def tea(s: Scene) -> None:
    """A cup of chamomile tea from above, on oak, in window light."""
    s.backdrop("#c88f5a", "#b97c49")
    for i in range(5):
        y = i * 122 - 10
        s.add(rect(0, y, 960, 120, ("#c99361", "#bd8450", "#cf9c6b", "#c08a57", "#c99462")[i]))
        s.add(rect(0, y, 960, 120, "#000", filter=s.texture(0.004, 0.11, 3, "#6b3d1a", 0.95, 3 + i)))
        s.add(rect(0, y + 118, 960, 4, "#7a4a24", opacity=0.65))
    s.add(at(180, 330, rect(-190, -240, 380, 520, "#3a2110", 6, opacity=0.28), turn=-14))
    stripes = [rect(-190 + k * 46, -250, 9, 520, "#7d9c92") for k in range(9)]
    s.add(at(172, 318, rect(-190, -250, 380, 520, "#eef0e6", 4), *stripes, turn=-14))
    s.add(
        at(
            172,
            318,
            rect(-190, -250, 380, 520, "#000", filter=s.texture(0.7, 0.7, 2, "#8a8a7a", 0.5)),
            turn=-14,
        )
    )
    s.add(ellipse(512, 336, 222, 214, "#2b1608", opacity=0.42, filter=s.blur(16)))
    s.add(circle(480, 300, 212, s.linear("#fbf7ee", "#dcd3c2", angle=50)))
    s.add(circle(480, 300, 190, s.linear("#e4dccd", "#f7f2e8", angle=50)))
    s.add(circle(480, 300, 206, "none", stroke="#5f8f86", stroke_width=4))
    s.add(ellipse(498, 320, 146, 142, "#6d5b45", opacity=0.4, filter=s.blur(9)))
    s.add(rect(590, 262, 98, 44, "#f3ecde", 22, transform="rotate(24 600 280)"))
    s.add(rect(612, 274, 58, 20, "#cfc4ae", 10, transform="rotate(24 600 280)"))
    s.add(circle(480, 300, 142, s.linear("#fffdf8", "#d9cfbd", angle=50)))
    s.add(circle(480, 300, 126, s.radial("#f0b13e", "#dd9226:60", "#a85f12", cx=0.42, cy=0.4, r=0.62)))
    s.add(path("M366 262A126 126 0 0 1 560 204A136 136 0 0 0 366 262Z", "#7a3f08", opacity=0.35))
    s.add(stroke("M392 372C430 410 520 414 566 372", "#ffe3a0", 7, opacity=0.6))
    for x, y, size, turn in ((450, 282, 40, 10), (520, 330, 34, 40), (502, 248, 24, 5)):
        s.add(ellipse(x + 5, y + 8, size * 0.9, size * 0.85, "#7a3f08", opacity=0.35))
        s.add(at(x, y, _chamomile(size, turn)))
    s.add(at(690, 470, rect(-176, -5, 250, 14, "#3a2110", 7, opacity=0.35), turn=-32))
    spoon = s.linear("#f4d58a", "#b98a33", "#f0cf80", angle=90)
    s.add(at(684, 462, rect(-170, -6, 200, 11, spoon, 6), ellipse(64, 0, 52, 30, spoon), turn=-32))
    s.add(at(684, 462, ellipse(66, 3, 40, 20, "#a87b2c"), turn=-32))
    for x, y, size in (
        (130, 150, 42),
        (218, 92, 30),
        (118, 470, 34),
        (820, 130, 44),
        (760, 78, 28),
        (868, 214, 30),
    ):
        s.add(ellipse(x + 7, y + 10, size, size * 0.95, "#2b1608", opacity=0.3, filter=s.blur(4)))
        s.add(at(x, y, _chamomile(size, x)))
    for x, y, t in ((250, 168, 60), (748, 168, 210), (890, 320, 150), (186, 420, -30)):
        s.add(at(x, y, path(leaf(66, 20), "#5c7f4a"), stroke("M0 0L0 -60", "#86a66f", 2), turn=t))
    s.add(circle(838, 470, 92, "#2b1608", opacity=0.35, filter=s.blur(12)))
    s.add(circle(826, 456, 84, s.linear("#e9f1ee", "#a9c4bd", angle=50)))
    s.add(circle(826, 456, 70, s.radial("#ffd067", "#e39a1e", cx=0.4, cy=0.35, r=0.7)))
    s.add(ellipse(804, 430, 24, 14, "#fff3cf", opacity=0.7, transform="rotate(-30 804 430)"))
    light = s.linear("#fff1c9@0.55", "#fff1c9@0.05", angle=30)
    for k in range(3):
        x = -60 + k * 300
        s.add(
            path(f"M{x} 0L{x + 170} 0L{x + 520} 600L{x + 350} 600Z", light, style="mix-blend-mode:soft-light")
        )


def _pine(height: float, color: str) -> str:
    tiers = []
    for i in range(5):
        w, top = height * (0.1 + 0.055 * i), -height + i * height * 0.17
        tiers.append(poly([(0, top), (w, top + height * 0.27), (-w, top + height * 0.27)]))
    return path("".join(tiers), color) + rect(
        -height * 0.025, -height * 0.1, height * 0.05, height * 0.1, color
    )


@picture("ad-angry-mountains", 103)
def mountains(s: Scene) -> None:
    """Ranges in morning mist above a lake, and one small lit tent."""
    s.backdrop("#8fb8c9", "#cfe0dc", "#f7e7cf", "#f3d7b5")
    s.glow(640, 232, 330, "#fff6dc", 0.95)
    s.add(circle(640, 232, 44, "#fffaf0"))
    for y, amp, steps, top, low in (
        (250, 62, 9, "#a9c3cc", "#dfe7e2"),
        (290, 58, 11, "#7fa5b3", "#cfdedb"),
        (334, 46, 13, "#56818f", "#b4cdcb"),
    ):
        s.add(path(s.ridge(y, amp, steps, smooth=False), s.linear(top, low)))
        s.add(ellipse(480, y + 110, 640, 40, "#f4f1e6", opacity=0.4, filter=s.blur(22)))
    s.add(rect(0, 418, 960, 190, s.linear("#c9dcd9", "#7ea9b1", "#3f7380")))
    s.add(ellipse(640, 440, 70, 120, "#fff3d6", opacity=0.45, filter=s.blur(16)))
    for _ in range(46):
        y = s.rng.uniform(424, 560)
        x, w = s.rng.uniform(0, 960), s.rng.uniform(20, 90) * (y - 380) / 120
        s.add(rect(x, y, w, 1.6 + (y - 420) / 90, "#f2f6ee", 2, opacity=0.3))
    far = [
        at(x, 424 + s.rng.uniform(-3, 4), _pine(s.rng.uniform(26, 58), "#3d6672"))
        for x in range(-10, 330, 15)
    ]
    s.add(path("M-20 430C90 414 230 420 344 430Z", "#3d6672"), *far)
    shore = (
        "M-40 620L-40 520C80 486 220 512 330 530C500 556 640 500 780 494C860 490 930 500 1000 512L1000 620Z"
    )
    s.add(path(shore, s.linear("#2c5048", "#16312f")))
    s.add(path("M-40 540C120 506 240 530 330 546C500 572 660 516 1000 528L1000 620L-40 620Z", "#1c3d39"))
    for x, h in ((36, 250), (96, 190), (150, 224), (204, 140), (816, 180), (872, 290), (934, 230)):
        s.add(at(x, 560, _pine(h, "#12302f")))
    s.glow(600, 512, 150, "#ffc66b", 0.75)
    s.add(
        path("M516 548L600 440L690 548Z", s.linear("#ffdd8f", "#f2913d")),
        path("M600 440L690 548L640 548Z", "#d9702b"),
        path("M588 548L600 462L618 548Z", "#7a3416"),
        path("M516 548L600 440L588 548Z", "#ffe9ae", opacity=0.5),
        stroke("M600 440L596 428M690 548L708 556M516 548L500 556", "#3a2412", 3),
    )
    for x in range(420, 780, 13):
        y = 552 + 6 * math.sin(x)
        s.add(at(x, y + 12, path(leaf(s.rng.uniform(14, 30), 4), "#2a564c"), turn=s.rng.uniform(-25, 25)))
    for x, y, k in ((330, 150, 1.0), (372, 132, 0.8), (410, 158, 0.7), (292, 120, 0.6)):
        s.add(at(x, y, stroke("M-16 -4Q-8 -12 0 0Q8 -12 16 -4", "#4a6f7c", 3), scale=k))


@picture("audio-angry-tide", 104)
def tide(s: Scene) -> None:
    """A full moon over tidal flats, its light caught in curved ripples of wet sand."""
    s.backdrop("#0d2038", "#1f4560", "#4f7f8f")
    s.stars(90, 240, "#dff2f5", 1.5)
    s.glow(480, 190, 300, "#d9f0e8", 0.75)
    s.add(circle(480, 190, 78, s.radial("#fffdf0", "#f0eed9:70", "#d9dcc9", cx=0.42, cy=0.4, r=0.7)))
    for x, y, r in ((456, 170, 13), (506, 205, 18), (470, 222, 9), (512, 160, 8)):
        s.add(circle(x, y, r, "#d5d8c6", opacity=0.6))
    s.add(
        path("M-20 310C100 296 180 306 260 300C330 296 380 304 420 308L420 330L-20 330Z", "#16344b"),
        path("M640 312C720 292 860 286 1000 298L1000 330L640 330Z", "#1a3b53"),
    )
    s.add(rect(0, 312, 960, 300, s.linear("#6f9faa", "#2d5a6e", "#122f45")))
    for k in range(30):
        t = k / 29
        y = 318 + 300 * t**1.7
        w = 60 + 900 * t
        points = [
            (
                480 + w * (q / 12 - 0.5) * 2,
                y
                + (8 + 30 * t) * math.cos((q / 12 - 0.5) * math.pi) * (1 if k % 2 else 0.8)
                + s.rng.uniform(-2, 2) * t,
            )
            for q in range(13)
        ]
        s.add(
            stroke(spline(points), "#f7f3d9", 1.2 + 5 * t, opacity=round(0.85 - 0.6 * t, 2)),
            stroke(spline([(x, y2 + 4 + 8 * t) for x, y2 in points]), "#0d2a40", 1.2 + 7 * t, opacity=0.4),
        )
    s.add(ellipse(480, 420, 70, 130, "#fffbe0", opacity=0.4, filter=s.blur(20)))
    for x, y, k in ((170, 480, 1.0), (230, 520, 0.7), (790, 500, 0.9)):
        s.add(
            at(
                x,
                y,
                ellipse(6, 10, 60, 12, "#081c2e", opacity=0.6),
                path("M-56 8C-60 -30 -20 -44 6 -40C44 -36 62 -12 56 8Z", s.linear("#5f7f8c", "#1f3b4f")),
                path("M-30 -30C-14 -40 20 -38 34 -24C10 -32 -10 -32 -30 -30Z", "#d9f0e8", opacity=0.5),
                scale=k,
            )
        )
    s.add(
        at(
            706,
            470,
            path("M-2 40L-2 -20M6 40L8 -16", "none", stroke="#0b1d2e", stroke_width=3),
            path("M-26 -20C-20 -50 24 -52 34 -30C24 -14 -10 -8 -26 -20Z", "#dfeef0"),
            path(
                "M24 -34C34 -60 20 -78 34 -92C46 -100 52 -90 50 -84L74 -78L48 -76C36 -68 46 -50 34 -30Z",
                "#dfeef0",
            ),
            path("M-26 -20L-48 -10L-14 -14Z", "#9fb9c2"),
            circle(44, -87, 2, "#0b1d2e"),
        )
    )


@picture("still-angry-koi", 105)
def koi(s: Scene) -> None:
    """Koi turn slowly between lily pads, seen straight from above."""
    s.backdrop("#0f5a63", "#0b3f4c", angle=60)
    s.add(rect(0, 0, 960, 600, "#000", filter=s.texture(0.008, 0.014, 2, "#2a8f8f", 0.5)))
    for _ in range(26):
        x, y = s.rng.uniform(0, 960), s.rng.uniform(0, 600)
        s.add(
            ellipse(
                x,
                y,
                s.rng.uniform(14, 40),
                s.rng.uniform(10, 26),
                s.rng.choice(("#0a3742", "#134f58", "#0d454f")),
                opacity=0.7,
            )
        )

    def fish(
        x: float, y: float, turn: float, scale: float, base: str, spots: tuple[str, ...], bend: float
    ) -> None:
        body = f"M0 -120C34 -112 44 -60 38 -10C34 40 {16 + bend} 90 {6 + bend} 124L{-6 + bend} 124C{-16 + bend} 90 -34 40 -38 -10C-44 -60 -34 -112 0 -120Z"
        clip = s.clip(path(body, "#000"))
        marks = [
            ellipse(dx, dy, rx, ry, c)
            for c, (dx, dy, rx, ry) in zip(
                spots * 3,
                ((4, -84, 26, 22), (-16, -22, 20, 30), (18, 24, 18, 22), (-4, 78, 18, 20)),
                strict=False,
            )
        ]
        tail = f"M{bend} 112C{bend + 50} 150 {bend + 56} 196 {bend + 44} 214C{bend + 24} 186 {bend + 10} 176 {bend} 172C{bend - 10} 176 {bend - 24} 190 {bend - 50} 208C{bend - 52} 186 {bend - 40} 146 {bend} 112Z"
        fins = "M34 -40C76 -34 92 0 88 22C66 14 46 6 34 4ZM-34 -40C-76 -34 -92 0 -88 22C-66 14 -46 6 -34 4ZM22 50C44 58 52 76 48 88C36 82 26 74 18 68ZM-24 50C-46 58 -54 76 -50 88C-38 82 -28 74 -20 68Z"
        s.add(
            at(
                x + 22,
                y + 34,
                path(body + tail + fins, "#04222c"),
                turn=turn,
                scale=scale,
                opacity=0.45,
                filter=s.blur(9),
            )
        )
        s.add(at(x, y, path(tail, base, opacity=0.8), path(fins, base, opacity=0.72), path(body, s.linear("#ffffff", base, "#d9c9b8", angle=0)), group(*marks, clip_path=clip, opacity=0.95),
                 stroke(f"M0 -60Q{bend * 0.2} 20 {bend * 0.7} 90", "#fff", 5, opacity=0.4), circle(-20, -98, 4.5, "#10222a"), circle(20, -98, 4.5, "#10222a"), stroke("M-14 -112Q-30 -122 -34 -132M14 -112Q30 -122 34 -132", base, 2.5),
                 *[stroke(f"M{bend + d} 130L{bend + d * 3.4} 196", "#ffffff", 1.6, opacity=0.5) for d in (-10, -5, 5, 10)], turn=turn, scale=scale))  # fmt: skip

    fish(330, 250, 62, 1.05, "#fff6ec", ("#f0622d", "#e2491f"), 22)
    fish(640, 370, 236, 1.1, "#ffb04a", ("#f28a1f", "#ffcf7a"), -24)
    fish(520, 150, 120, 0.72, "#f7efe6", ("#20303c", "#e2552a"), 18)
    fish(220, 470, -30, 0.62, "#ffd9a8", ("#f0622d",), -16)
    fish(806, 160, 20, 0.66, "#fff6ec", ("#f0622d", "#20303c"), 16)
    for x, y, r in ((420, 320, 120), (420, 320, 86), (420, 320, 52), (742, 470, 80), (742, 470, 50)):
        s.add(ellipse(x, y, r, r * 0.94, "none", stroke="#bff0e6", stroke_width=2.2, opacity=0.35))

    def pad(x: float, y: float, r: float, turn: float, tone: tuple[str, str]) -> None:
        cut = f"M0 0L{r * 0.94:.1f} {-r * 0.34:.1f}A{r} {r} 0 1 0 {r * 0.99:.1f} {r * 0.14:.1f}Z"
        veins = [
            stroke(
                f"M0 0L{r * 0.86 * math.cos(a):.1f} {r * 0.86 * math.sin(a):.1f}",
                "#bfe6a0",
                1.6,
                opacity=0.55,
            )
            for a in [0.5 + k * 0.62 for k in range(9)]
        ]
        s.add(at(x + 12, y + 18, path(cut, "#04222c"), turn=turn, opacity=0.4, filter=s.blur(7)))
        s.add(
            at(
                x,
                y,
                path(cut, s.linear(*tone, angle=40)),
                *veins,
                path(cut, "none", stroke="#d9f0b5", stroke_width=2, opacity=0.5),
                turn=turn,
            )
        )

    for x, y, r, t in (
        (90, 110, 92, 20),
        (196, 60, 54, 200),
        (60, 250, 60, 120),
        (884, 500, 104, 210),
        (760, 560, 62, 40),
        (930, 360, 54, 300),
        (470, 560, 70, 80),
        (380, 40, 46, 160),
        (600, 30, 38, 20),
    ):
        pad(
            x, y, r, t, s.rng.choice((("#7fbf5c", "#3f8a4f"), ("#6fae62", "#2f7a4f"), ("#a3c95f", "#4f9450")))
        )
    for x, y, k in ((118, 140, 1.0), (860, 478, 1.15)):
        for ring, n, c in ((46, 9, "#f7a8c9"), (36, 8, "#fbc6dc"), (24, 6, "#fff0f6")):
            s.add(
                *[
                    at(x, y, path(leaf(ring, ring * 0.3), c), turn=i * 360 / n + ring, scale=k)
                    for i in range(n)
                ]
            )
        s.add(circle(x, y, 9 * k, "#ffd25c"))
    for _ in range(60):
        s.add(
            circle(s.rng.uniform(0, 960), s.rng.uniform(0, 600), s.rng.uniform(1, 3), "#dffaf0", opacity=0.4)
        )
    s.add(
        path("M0 0L360 0L0 420Z", "#d9fff0", opacity=0.08),
        path("M560 0L760 0L300 600L120 600Z", "#d9fff0", opacity=0.07),
    )
