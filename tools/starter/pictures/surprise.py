"""Wonder for a surprised viewer: cabinets, pop-up books, a night sky, a cuckoo, a whale in the clouds."""

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
    star,
    stroke,
)
from tools.starter.gallery import picture


@picture("ad-surprise-popup", 601)
def popup(s: Scene) -> None:
    """An open book from which a paper castle, clouds and a dragon kite unfold in magenta light."""
    s.backdrop("#3b1065", "#7a1f8f", "#d43c8c", "#ff8a5c")
    s.glow(480, 420, 470, "#ffd36b", 0.75)
    for k in range(13):
        a = math.pi * (k + 0.5) / 13
        s.add(
            path(
                poly(
                    [
                        (480, 470),
                        (480 - 800 * math.cos(a - 0.05), 470 - 800 * math.sin(a - 0.05)),
                        (480 - 800 * math.cos(a + 0.05), 470 - 800 * math.sin(a + 0.05)),
                    ]
                ),
                "#ffe9a8",
                opacity=0.13,
            )
        )
    s.stars(70, 330, "#ffe9f6", 2.4)
    for x, y, r in (
        (140, 120, 22),
        (824, 96, 28),
        (250, 60, 14),
        (720, 190, 14),
        (90, 290, 14),
        (880, 300, 18),
    ):
        s.add(path(star(r, r * 0.3), "#ffe27a", transform=f"translate({x} {y})"))
    s.add(ellipse(480, 556, 420, 34, "#1d0538", opacity=0.6, filter=s.blur(10)))
    s.add(path("M60 520L470 560L480 572L490 560L900 520L892 546L490 590L480 596L470 590L68 546Z", "#b0246d"))
    for k in range(5):
        s.add(
            path(
                f"M{72 + k * 4} {516 - k * 5}Q300 {486 - k * 5} 480 {556 - k * 5}Q660 {486 - k * 5} {888 - k * 4} {516 - k * 5}L{888 - k * 4} {526 - k * 5}Q660 {498 - k * 5} 480 {568 - k * 5}Q300 {498 - k * 5} {72 + k * 4} {526 - k * 5}Z",
                "#fff4dc" if k % 2 else "#e8d2b4",
            )
        )
    s.add(
        path(
            "M92 496Q90 430 150 404Q330 380 480 462L480 540Q300 462 92 496Z",
            s.linear("#fffaf0", "#f1dcc0", angle=0),
        )
    )
    s.add(
        path(
            "M868 496Q870 430 810 404Q630 380 480 462L480 540Q660 462 868 496Z",
            s.linear("#f1dcc0", "#fffaf0", angle=0),
        )
    )
    for k in range(4):
        s.add(
            stroke(
                f"M{146 - k * 8} {430 + k * 15}Q250 {414 + k * 13} 330 {430 + k * 14}",
                "#d9b99a",
                4,
                opacity=0.7,
            ),
            stroke(
                f"M{814 + k * 8} {430 + k * 15}Q710 {414 + k * 13} 630 {430 + k * 14}",
                "#d9b99a",
                4,
                opacity=0.7,
            ),
        )

    def layer(items: list[str], dx: float = 6, dy: float = 8) -> None:
        s.add(
            group(*items, transform=f"translate({dx} {dy})", style="filter:brightness(0)", opacity=0.22),
            group(*items),
        )

    hills = "M170 468C230 380 320 372 380 404C440 360 540 360 590 400C650 366 740 384 796 468C660 420 560 430 480 500C400 430 300 420 170 468Z"
    clouds = ((230, 250, 1.0), (742, 262, 1.1), (360, 120, 0.7), (640, 110, 0.8))
    for x, y, _ in clouds:
        s.add(stroke(f"M{x} {y + 18}L{x + (480 - x) * 0.25} 440", "#fff4dc", 3, opacity=0.8))
    s.add(stroke("M306 184C340 250 400 330 440 440", "#fff4dc", 2))
    layer([path(hills, s.linear("#ff9f68", "#e8596f"))])

    def tower(x: float, base: float, w: float, h: float, wall: str, shade: str, roof: str) -> list[str]:
        top = base - h
        teeth = [
            rect(x - w / 2 - 5 + i * (w + 10) / 4, top - 14, (w + 10) / 4 - 4, 16, wall) for i in range(4)
        ]
        return [rect(x - w / 2, top, w, h, wall), rect(x, top, w / 2, h, shade), rect(x - w / 2 - 5, top - 2, w + 10, 12, wall), *teeth,
                path(poly([(x, top - 14 - w * 1.35), (x + w / 2 + 8, top - 12), (x - w / 2 - 8, top - 12)]), roof),
                path(poly([(x, top - 14 - w * 1.35), (x + w / 2 + 8, top - 12), (x, top - 12)]), "#000", opacity=0.13),
                stroke(f"M{x} {top - 14 - w * 1.35}L{x} {top - 40 - w * 1.35}", "#fff4dc", 3), path(f"M{x} {top - 40 - w * 1.35}L{x + 26} {top - 32 - w * 1.35}L{x} {top - 22 - w * 1.35}Z", "#ffd23f"),
                path(f"M{x - w * 0.13} {top + 54}L{x - w * 0.13} {top + 34}A{w * 0.13} {w * 0.13} 0 0 1 {x + w * 0.13} {top + 34}L{x + w * 0.13} {top + 54}Z", "#7a1f8f")]  # fmt: skip

    layer(
        tower(372, 430, 62, 150, "#ffc2dc", "#f08fbd", "#5b3bd1")
        + tower(592, 430, 62, 160, "#ffc2dc", "#f08fbd", "#5b3bd1")
    )
    layer(tower(482, 430, 84, 220, "#fff0e0", "#f3cdb5", "#18b6b0"))
    wall = [
        rect(346, 362, 272, 90, "#ffe3cf"),
        rect(482, 362, 136, 90, "#f6c9b4"),
        *[rect(344 + k * 31, 346, 20, 20, "#ffe3cf" if k < 5 else "#f6c9b4") for k in range(9)],
        path("M448 452L448 408A34 34 0 0 1 516 408L516 452Z", "#7a1f8f"),
        stroke("M482 376L482 452M448 420L516 420M448 436L516 436", "#ffd23f", 3),
    ]
    layer(wall)
    layer(
        tower(312, 470, 50, 104, "#ffd9a0", "#f0a860", "#e8386d")
        + tower(654, 470, 50, 110, "#ffd9a0", "#f0a860", "#e8386d")
    )
    front = "M214 488C260 436 330 432 372 460C410 438 450 452 482 506C516 452 556 438 592 460C640 432 710 440 748 488C650 462 560 470 482 536C404 470 310 462 214 488Z"
    layer([path(front, s.linear("#39c79a", "#178a78"))])
    for x, y, h in (
        (262, 462, 70),
        (296, 452, 54),
        (700, 462, 74),
        (668, 452, 52),
        (742, 474, 46),
        (226, 478, 44),
    ):
        layer(
            [
                rect(x - 3, y - 12, 6, 20, "#7a3f2a"),
                path(poly([(x, y - h), (x + h * 0.3, y - 8), (x - h * 0.3, y - 8)]), "#a6e86a"),
                path(poly([(x, y - h), (x + h * 0.3, y - 8), (x, y - 8)]), "#63b84a"),
            ],
            4,
            5,
        )
    for x, y, k in clouds:
        cloud = [
            path(
                "M-60 20C-86 20 -86 -12 -58 -12C-56 -44 -8 -50 4 -22C24 -40 60 -22 50 0C76 0 76 20 56 20Z",
                "#ffffff",
            ),
            path("M-60 20C-80 20 -84 4 -74 -4C-60 10 20 12 72 6C76 14 68 20 56 20Z", "#f3c6e4"),
        ]
        s.add(at(x, y, *cloud, scale=k))
    body = [(130, 190), (170, 150), (220, 166), (262, 200), (300, 176)]
    s.add(
        stroke(spline(body), "#18b6b0", 26),
        stroke(spline(body), "#7df0d8", 8, stroke_dasharray="3 15"),
    )
    s.add(
        at(
            306,
            170,
            path("M-18 -20L34 -14L44 6L30 16L-14 18C-28 6 -28 -10 -18 -20Z", "#18b6b0"),
            path("M-10 -18L-22 -40L6 -20Z", "#ffd23f"),
            circle(10, -4, 6, "#fff"),
            circle(12, -4, 3, "#3b1065"),
            path("M40 6L66 0L50 12L68 18L32 16Z", "#ff5f4a"),
        )
    )
    s.add(
        at(128, 192, path("M0 0L-34 -20L-20 4L-36 24Z", "#ff5f4a")),
        at(196, 150, path("M0 0L-12 -34L22 -6Z", "#ffd23f")),
        at(250, 186, path("M0 0L4 -34L26 0Z", "#ffd23f")),
    )


@picture("ad-surprise-museum", 602)
def museum(s: Scene) -> None:
    """A museum cabinet of twelve lit boxes, each with one small wonder."""
    s.backdrop("#123a35", "#0a2622")
    s.add(rect(0, 0, 960, 600, "#000", filter=s.texture(0.9, 0.9, 2, "#1d5a50", 0.35)))
    s.add(rect(34, 18, 892, 566, s.linear("#8a5a2e", "#5c3718"), 10), rect(48, 32, 864, 538, "#3b2210", 4))
    cells = [(60 + c * 213, 44 + r * 176, 201, 164) for r in range(3) for c in range(4)]
    tones = (
        "#f2c14e",
        "#2a8f86",
        "#e2665c",
        "#3b5fa8",
        "#7d5ba6",
        "#e89a4b",
        "#2f6b5a",
        "#c9556f",
        "#4a9cc9",
        "#d9b75c",
        "#31708e",
        "#a84f6f",
    )
    for (x, y, w, h), tone in zip(cells, tones, strict=True):
        s.add(rect(x, y, w, h, tone, 3), rect(x, y, w, h, s.radial("#fff6d0@0.75", "#fff6d0@0.1:55", "#1a0d04@0.55", cx=0.5, cy=0.15, r=0.95), 3),
              path(f"M{x} {y + h}L{x + 18} {y + h - 22}L{x + w - 18} {y + h - 22}L{x + w} {y + h}Z", "#1a0d04", opacity=0.35), rect(x, y, w, 12, "#000", opacity=0.25))  # fmt: skip
        s.add(ellipse(x + w / 2, y + h - 15, 54, 8, "#1a0d04", opacity=0.45))

    def put(k: int, *items: str, dy: float = 0, scale: float = 1) -> None:
        x, y, w, h = cells[k]
        s.add(at(x + w / 2, y + h / 2 + dy, *items, scale=scale))

    spiral = [(3.2 * k**0.86 * math.cos(k * 0.42), 3.2 * k**0.86 * math.sin(k * 0.42)) for k in range(2, 40)]
    put(
        0,
        stroke(spline(spiral), "#7a3f2a", 25),
        stroke(spline(spiral), "#f0c9a0", 17),
        *[
            stroke(f"M{a * 0.84:.1f} {b * 0.84:.1f}L{a * 1.12:.1f} {b * 1.12:.1f}", "#b5704a", 2)
            for a, b in spiral[8::1]
        ],
        dy=4,
    )
    wing = "M0 0C20 -66 84 -72 86 -36C88 -10 44 2 0 6C50 6 66 30 54 50C42 66 10 44 0 12Z"
    put(
        1,
        *[
            group(
                path(wing, s.linear("#1b4f9c", "#56b6e8")),
                path("M10 -8C30 -44 66 -52 74 -34C70 -18 36 -8 10 -4Z", "#9fe0ff", opacity=0.7),
                circle(64, -34, 6, "#fff"),
                circle(44, 34, 6, "#ffd25c"),
                transform=f"scale({q} 1)",
            )
            for q in (-1, 1)
        ],
        rect(-4, -20, 8, 56, "#1c1420", 4),
        stroke("M-2 -20Q-12 -40 -22 -44M2 -20Q12 -40 22 -44", "#1c1420", 2.5),
    )
    put(
        2,
        path("M-50 60L-34 -20L-14 56ZM-18 60L4 -64L26 60ZM20 60L44 -30L58 60Z", "#e8d9ff"),
        path("M-34 -20L-14 56L-28 58ZM4 -64L26 60L6 60ZM44 -30L58 60L42 60Z", "#a184d9"),
        path("M-50 60L-34 -20L-40 58ZM-18 60L4 -64L-4 60Z", "#ffffff"),
        rect(-62, 54, 128, 14, "#5c4a6b", 4),
    )
    put(
        3,
        circle(0, -2, 54, s.radial("#9fd8f0", "#3f8fc0:60", "#1e4f86", cx=0.36, cy=0.32, r=0.8)),
        path(
            "M-40 -24C-26 -46 4 -44 6 -28C0 -12 -20 -14 -24 2C-34 4 -46 -8 -40 -24ZM12 4C30 -6 48 2 44 20C36 36 22 40 16 30C8 22 6 10 12 4ZM14 -44C26 -46 40 -34 40 -24C30 -20 18 -28 14 -44Z",
            "#8fcf7a",
        ),
        stroke("M-50 -34A62 62 0 0 0 34 54", "#e3b34f", 6),
        path("M-10 56L10 56L16 70L-16 70Z", "#b5803a"),
        dy=-6,
    )
    eye = [
        ellipse(0, 0, 22, 46, c, transform=f"scale({k})")
        for c, k in (("#1f7f6b", 1.0), ("#e3b34f", 0.72), ("#1f9fb5", 0.5), ("#25306b", 0.3))
    ]
    put(
        4,
        *[
            at(
                0,
                64,
                stroke("M0 0L0 -104", "#cfe8b0", 2.5),
                at(
                    0,
                    -96,
                    *[
                        path(leaf(30, 6), c, transform=f"rotate({t})")
                        for t, c in ((-70, "#2f8f6b"), (-40, "#3fae7d"), (40, "#3fae7d"), (70, "#2f8f6b"))
                    ],
                    group(*eye, transform="scale(.7)"),
                ),
                turn=t,
            )
            for t in (-24, 24, 0)
        ],
        dy=2,
    )
    gear = [at(0, 0, rect(-8, -62, 16, 20, "#8a5a1e", 2), turn=i * 30) for i in range(12)]
    put(
        5,
        *gear,
        circle(0, 0, 50, "#a8742e"),
        circle(0, 0, 42, "#fff6e0"),
        *[at(0, 0, rect(-1.5, -38, 3, 8, "#5a3a1a"), turn=i * 30) for i in range(12)],
        stroke("M0 0L0 -30M0 0L20 12", "#5a3a1a", 4),
        circle(0, 0, 4, "#c9402f"),
        scale=0.92,
    )
    put(
        6,
        path("M-46 66C-60 10 -30 -66 0 -66C30 -66 60 10 46 66Z", s.linear("#e9fff5", "#b8e0d0"), opacity=0.4),
        stroke("M-46 66C-60 10 -30 -66 0 -66C30 -66 60 10 46 66", "#eafff6", 3),
        stroke("M0 58L0 0", "#3f7a3a", 5),
        at(0, 40, path(leaf(34, 10), "#5ba65c"), turn=-55),
        at(0, 46, path(leaf(30, 10), "#5ba65c"), turn=55),
        *[at(0, -6, ellipse(0, -15, 11, 17, "#ff5f86"), turn=i * 60) for i in range(6)],
        circle(0, -6, 9, "#ffd25c"),
        rect(-56, 62, 112, 10, "#6b4322", 3),
    )
    put(
        7,
        path(
            "M-70 10C-50 -34 10 -40 40 -6L70 -32L66 40L40 16C10 46 -50 50 -70 10Z",
            s.linear("#ffe08a", "#f08a3c"),
        ),
        *[
            path(
                f"M{-40 + k * 20} -20Q{-28 + k * 20} 4 {-40 + k * 20} 28",
                "none",
                stroke="#c95a2a",
                stroke_width=3,
            )
            for k in range(4)
        ],
        circle(-50, 0, 7, "#2b1420"),
        circle(-52, -2, 2.4, "#fff"),
        *[circle(-78 - k * 3, -22 - k * 16, 5 - k, "none", stroke="#fff", stroke_width=2) for k in range(3)],
    )
    put(
        8,
        path("M-60 34C-40 60 40 60 60 34L50 24L-50 24Z", s.linear("#a8632f", "#6b3a1c")),
        stroke("M-14 24L-14 -58M24 24L24 -44", "#5a3418", 4),
        path(
            "M-16 -54C-62 -40 -58 0 -16 12ZM-12 -50C22 -36 14 4 -12 12ZM26 -40C58 -24 52 4 26 12Z", "#fff4dc"
        ),
        path("M-14 -58L-34 -66L-14 -70Z", "#e2574c"),
        path("M-76 50Q-57 40 -38 50T0 50T38 50T76 50L76 66L-76 66Z", "#e8f7ff", opacity=0.75),
    )
    put(
        9,
        path(
            "M-46 60C-58 20 -40 -10 -10 -14C-4 -52 34 -66 60 -40L40 -28C30 -34 22 -24 26 -8C44 10 40 46 26 60Z",
            s.linear("#f7efe0", "#cdb898"),
        ),
        path("M-30 6C-4 -6 20 8 14 40C-8 48 -34 36 -30 6Z", "#2a5a9c"),
        path("M-22 14C-2 6 12 16 8 34C-6 38 -24 32 -22 14Z", "#e3b34f"),
        circle(42, -44, 4, "#2b1420"),
        path("M58 -42L82 -34L56 -30Z", "#e2884c"),
        dy=2,
    )
    put(
        10,
        circle(0, -4, 56, "#0a1a30", opacity=0.4),
        *[
            circle(0, -4, r, "none", stroke=c, stroke_width=4)
            for r, c in ((54, "#e3b34f"), (38, "#f2d58a"), (24, "#e3b34f"))
        ],
        circle(0, -4, 13, "#ffd25c"),
        *[
            circle(r * math.cos(a), -4 + r * math.sin(a), q, c)
            for r, a, q, c in (
                (54, 0.7, 9, "#e2665c"),
                (54, 3.6, 7, "#8fd0e8"),
                (38, 2.2, 7, "#7fc97a"),
                (24, 5.2, 5, "#fff"),
            )
        ],
        rect(-4, 50, 8, 18, "#b5803a"),
    )
    put(
        11,
        path(star(50, 20, 5), s.linear("#ffe9a8", "#f0a63c")),
        *[
            circle(30 * math.cos(a), 30 * math.sin(a), 4, "#c9702a")
            for a in [math.tau * k / 5 - math.pi / 2 for k in range(5)]
        ],
        *[
            circle(14 * math.cos(a), 14 * math.sin(a), 3, "#c9702a")
            for a in [math.tau * k / 5 - math.pi / 2 for k in range(5)]
        ],
        circle(0, 0, 5, "#c9702a"),
        dy=8,
        scale=1.1,
    )
    for x, y, w, h in cells:
        s.add(
            path(
                f"M{x + w * 0.62} {y}L{x + w * 0.82} {y}L{x + w * 0.46} {y + h}L{x + w * 0.26} {y + h}Z",
                "#fff",
                opacity=0.1,
            ),
            rect(x + w / 2 - 22, y + h + 1, 44, 9, "#e3b34f", 2),
        )


@picture("ad-surprise-observatory", 603)
def observatory(s: Scene) -> None:
    """An observatory dome opens towards the Milky Way and a comet, seen from a hillside."""
    s.backdrop("#0a0826", "#1d1450", "#4a2272", "#a8447f")
    band = "M-60 420C160 330 300 330 470 210C640 90 760 60 1020 -60L1020 150C840 200 740 230 600 330C440 440 240 470 -60 560Z"
    s.add(
        path(band, "#7a5fd9", opacity=0.35, filter=s.blur(40)),
        path(band, "#ff9fd0", opacity=0.16, filter=s.blur(22)),
    )
    for _ in range(560):
        t = s.rng.random()
        x, y = -60 + 1080 * t + s.rng.gauss(0, 20), 490 - 520 * t**0.92 + s.rng.gauss(0, 46)
        s.add(
            circle(
                x,
                y,
                s.rng.uniform(0.4, 1.5),
                s.rng.choice(("#fff", "#ffe0f0", "#cfe0ff")),
                opacity=round(s.rng.uniform(0.3, 1), 2),
            )
        )
    s.stars(220, 460, "#ffffff", 2.2)
    for x, y, r in ((180, 90, 16), (420, 60, 11), (860, 250, 13), (90, 260, 9), (660, 40, 9)):
        s.glow(x, y, r * 3, "#bfd4ff", 0.6)
        s.add(path(star(r, r * 0.14), "#ffffff", transform=f"translate({x} {y})"))
    s.add(path("M210 300L96 80L330 276Z", "none"))
    tail = s.linear("#fff6d0", "#ffd9a0@0.4:30", "#9fd0ff@0", angle=-148)
    s.add(
        path("M322 214C250 170 150 80 60 -10L120 -30C200 60 290 140 334 200Z", tail),
        path(
            "M322 214C262 180 190 120 110 40L130 30C210 110 290 170 334 200Z",
            "#fff",
            opacity=0.4,
            filter=s.blur(4),
        ),
    )
    s.glow(328, 208, 46, "#fff3c4", 0.95)
    s.add(circle(328, 208, 10, "#fffdf0"))
    s.add(
        path(s.ridge(470, 30, 8, smooth=False), "#2a1550"),
        path(
            "M-40 560C160 500 420 470 640 474C800 478 920 500 1000 530L1000 640L-40 640Z",
            s.linear("#1c0f3d", "#0b0620"),
        ),
    )
    # Dome.
    s.glow(640, 330, 250, "#ffb86b", 0.3)
    s.add(
        rect(498, 372, 284, 110, s.linear("#f3e9ff", "#8f7ab5:60", "#54407d", angle=0)),
        rect(486, 360, 308, 18, s.linear("#ffffff", "#a896cc:60", "#6b5896", angle=0), 4),
    )
    s.add(path("M498 362C498 200 782 200 782 362Z", s.linear("#fffaff", "#c3b2e3:45", "#6a5597", angle=0)))
    for k in (0.22, 0.4, 0.78, 0.92):
        x = 498 + 284 * k
        s.add(stroke(f"M{x} 362Q{x} 280 {640 + (x - 640) * 0.2} 242", "#7d69a6", 2, opacity=0.6))
    s.add(path("M548 362C552 290 578 246 612 240L664 240C646 262 634 300 632 362Z", "#1a0c36"))
    s.glow(590, 330, 90, "#ffb04d", 0.8)
    s.add(
        at(
            596,
            322,
            rect(-22, -140, 44, 150, s.linear("#ffe9c0", "#d99a55:50", "#8a4f2e", angle=0), 6),
            rect(-27, -150, 54, 20, "#5a3420", 4),
            rect(-12, 8, 24, 34, "#8a4f2e", 4),
            rect(-26, -70, 52, 10, "#f7c97a"),
            turn=-38,
        )
    )
    s.add(
        path("M548 362C552 330 560 300 572 280L560 362Z", "#e9ddfa"),
        path("M498 362L632 362L632 374L498 374Z", "#b5a2d6"),
    )
    s.add(
        path("M604 482L604 432A24 24 0 0 1 652 432L652 482Z", "#3b1f5c"),
        path("M610 482L610 434A18 18 0 0 1 646 434L646 482Z", "#ffc46b"),
    )
    for x in (530, 560, 700, 736):
        s.add(rect(x, 408, 20, 32, "#ffd68a", 10))
    s.add(path("M610 482L646 482L700 600L520 600Z", "#ffc46b", opacity=0.25, filter=s.blur(8)))
    s.add(path("M616 484C600 520 500 540 420 610L520 610C580 560 640 530 640 484Z", "#c9a6d9", opacity=0.55))
    for x, y, k in ((452, 542, 1.0), (476, 538, 0.8), (428, 548, 0.66)):
        s.add(
            at(
                x,
                y,
                path("M-9 44L-7 0C-12 -14 12 -14 7 0L9 44Z", "#120826"),
                circle(0, -18, 9, "#120826"),
                stroke("M6 0L22 -26" if k == 1 else "M6 4L14 20", "#120826", 5),
                scale=k,
            )
        )
    for x, h in ((60, 150), (110, 110), (150, 130), (20, 190), (880, 130), (920, 180), (846, 90)):
        s.add(
            at(
                x,
                590,
                *[
                    path(
                        poly(
                            [
                                (0, -h + i * h * 0.2),
                                (h * (0.1 + 0.05 * i), -h + i * h * 0.2 + h * 0.34),
                                (-h * (0.1 + 0.05 * i), -h + i * h * 0.2 + h * 0.34),
                            ]
                        ),
                        "#0b0620",
                    )
                    for i in range(4)
                ],
            )
        )


@picture("audio-surprise-box", 604)
def cuckoo(s: Scene) -> None:
    """A carved cuckoo clock: its door flies open and a blue bird springs out with notes and stars."""
    s.backdrop("#17a398", "#0f7f86", angle=70)
    for k in range(13):
        for j in range(9):
            s.add(
                at(20 + k * 80 + (40 if j % 2 else 0), 10 + j * 76, path(star(10, 4), "#2fc4b5", opacity=0.5))
            )
    s.glow(480, 220, 400, "#d9fff0", 0.5)
    s.add(
        path(
            "M250 300L490 60L730 300L690 560L290 560Z",
            "#06484f",
            opacity=0.35,
            filter=s.blur(18),
            transform="translate(18 22)",
        )
    )
    for x, y in ((420, 640), (540, 600)):
        s.add(stroke(f"M{x} 540L{x} {y - 60}", "#f2c14e", 3, stroke_dasharray="5 3"))
    wood, dark, light = "#b5662f", "#7a3d1a", "#d98f4f"
    s.add(path("M300 290L660 290L640 560L320 560Z", s.linear(light, wood, dark, angle=0)))
    for y in range(310, 560, 36):
        s.add(stroke(f"M304 {y}L656 {y}", dark, 2, opacity=0.35))
    s.add(path("M480 46L760 312L726 336L480 112L234 336L200 312Z", s.linear("#8a4a20", "#5f2d10")))
    for k in range(9):
        t = k / 9
        for side in (-1, 1):
            x, y = 480 + side * 268 * (1 - t), 62 + 254 * (1 - t)
            s.add(
                at(
                    x,
                    y,
                    path(leaf(54, 17), ("#6fbf5c", "#4a9f4f", "#8fd06f")[k % 3]),
                    stroke("M0 0L0 -44", "#d9f0b5", 2),
                    turn=side * (44 + 24 * (k % 2)),
                )
            )
    s.add(path("M480 112L708 318L640 322L320 322L252 318Z", s.linear(light, wood)))
    s.add(
        *[
            at(480, 52, path(leaf(60, 16), c), turn=t)
            for t, c in ((-70, "#4a9f4f"), (-35, "#6fbf5c"), (0, "#8fd06f"), (35, "#6fbf5c"), (70, "#4a9f4f"))
        ],
        *[circle(480 + d, 52, 9, "#e2453c") for d in (-14, 0, 14)],
    )
    s.add(path("M430 300L430 214C430 176 530 176 530 214L530 300Z", "#2a1208"))
    s.glow(480, 250, 120, "#ffd95c", 0.9)
    for side in (-1, 1):
        s.add(
            path(
                f"M{480 + side * 50} 300L{480 + side * 50} 206L{480 + side * 108} 190L{480 + side * 108} 314Z",
                s.linear(light, dark, angle=0 if side > 0 else 180),
            ),
            path(
                f"M{480 + side * 79} 232C{480 + side * 64} 222 {480 + side * 66} 248 {480 + side * 79} 262C{480 + side * 92} 250 {480 + side * 94} 224 {480 + side * 79} 232Z",
                "#e2453c",
            ),
        )
    # Bird on a spring.
    s.add(
        stroke(
            "M480 292"
            + "".join(
                f"C{462 + (k % 2) * 36} {288 - k * 0} {462 + (k % 2) * 36} {284} {480 + k * 9} {286 - k * 2}"
                for k in range(1, 9)
            ),
            "#d9e2e8",
            5,
        ),
        rect(464, 286, 32, 12, "#f2c14e", 3),
    )
    s.add(at(578, 236, path("M-64 30C-78 -8 -40 -52 6 -48C34 -46 58 -30 58 2C60 36 20 56 -14 54C-40 54 -58 46 -64 30Z", s.radial("#8fd6ff", "#2f8fe0:60", "#1a5aa8", cx=0.45, cy=0.25, r=0.9)), path("M-10 52C24 54 56 34 56 4C44 22 10 30 -16 28C-30 36 -24 50 -10 52Z", "#fff3d9"),
                path("M-64 28C-90 22 -112 36 -122 52C-100 48 -86 54 -70 48Z", "#1a5aa8"), path("M-40 -4C-66 -50 -40 -92 -14 -104C-20 -76 10 -60 14 -22C0 10 -24 14 -40 -4Z", s.linear("#5fb8ff", "#1f6fc0")), stroke("M-26 -72C-34 -50 -28 -30 -14 -14M-12 -66C-18 -48 -10 -30 0 -20", "#bfe6ff", 3),
                circle(30, -18, 10, "#fff"), circle(33, -18, 6, "#10222a"), circle(35, -21, 2, "#fff"), path("M54 -14L94 -34L62 2Z", "#ffb02e"), path("M56 2L90 22L48 16Z", "#f08a1f"), *[at(18, -44, path(leaf(30, 7), "#ff5f86"), turn=t) for t in (-20, 8, 36)]))  # fmt: skip
    # Dial.
    s.add(
        circle(486, 432, 98, "#5f2d10", opacity=0.5),
        circle(480, 426, 96, s.linear("#8a4a20", "#5f2d10")),
        circle(480, 426, 82, s.radial("#fffdf2", "#f7e9c9")),
    )
    for k in range(12):
        a = math.tau * k / 12
        s.add(
            at(
                480 + 66 * math.cos(a),
                426 + 66 * math.sin(a),
                rect(-3, -9, 6, 18 if k % 3 == 0 else 11, "#5f2d10", 3),
                turn=math.degrees(a) + 90,
            )
        )
    s.add(
        stroke("M480 426L480 372", "#2a1208", 7),
        stroke("M480 426L446 396", "#2a1208", 8),
        path("M480 362L472 380L488 380Z", "#2a1208"),
        circle(480, 426, 8, "#e2453c"),
    )
    for x, side in ((318, 1), (642, -1)):
        for k in range(5):
            s.add(
                at(
                    x,
                    400 + k * 30,
                    path(leaf(44, 13), ("#6fbf5c", "#4a9f4f")[k % 2]),
                    turn=side * (-40 - 20 * (k % 2)),
                )
            )
    s.add(
        path("M312 548L648 548L630 580L330 580Z", s.linear("#8a4a20", "#5f2d10")),
        rect(474, 580, 12, 30, "#f2c14e"),
    )
    note = "M0 0C-14 -8 -30 2 -26 14C-22 24 -4 22 2 10L2 -48L34 -56L34 -8C20 -14 6 -4 10 8C14 18 32 14 38 2L38 -76L-4 -66Z"
    for x, y, t, k, c in (
        (742, 200, 10, 0.9, "#fff3d9"),
        (820, 130, -8, 1.1, "#ffd95c"),
        (846, 270, 14, 0.8, "#ff8fb0"),
        (746, 90, -12, 0.6, "#ffffff"),
    ):
        s.add(at(x, y, path(note, c), turn=t, scale=k))
    for x, y, r in (
        (150, 130, 24),
        (120, 300, 15),
        (220, 210, 12),
        (850, 420, 22),
        (780, 500, 13),
        (180, 470, 18),
        (900, 60, 12),
    ):
        s.add(path(star(r, r * 0.3), "#ffe38a", transform=f"translate({x} {y})"))


@picture("still-surprise-whale", 605)
def whale(s: Scene) -> None:
    """A blue whale swims through sunset clouds above a tiny lighthouse island."""
    s.backdrop("#3f6fd0", "#8f9ff0", "#f2b5dc", "#ffd9b0")
    s.glow(760, 420, 380, "#fff3c4", 0.9)
    s.add(circle(760, 420, 56, "#fffbe6"))

    def cloud(x: float, y: float, k: float, top: str, low: str, a: float = 1.0) -> None:
        puffs = [
            (-120, 20, 54),
            (-76, -14, 62),
            (-16, -38, 76),
            (54, -22, 66),
            (112, 14, 52),
            (0, 26, 90),
            (-60, 30, 70),
            (66, 32, 70),
        ]
        s.add(at(x, y, *[circle(dx, dy, r, s.linear(top, low)) for dx, dy, r in puffs], scale=k, opacity=a))

    for x, y, k in ((120, 180, 0.6), (860, 150, 0.7), (640, 70, 0.4), (330, 80, 0.45)):
        cloud(x, y, k, "#ffffff", "#d9c9f7", 0.75)
    body = "M150 330C150 230 280 168 430 176C580 184 690 250 760 276C800 290 830 262 846 214C862 236 866 262 858 284C890 272 924 276 944 296C906 312 880 340 836 344C790 350 740 400 640 432C520 470 380 476 290 450C200 426 150 392 150 330Z"
    s.add(path(body, "#2a3f8f", opacity=0.3, filter=s.blur(22), transform="translate(10 46)"))
    s.add(path(body, s.linear("#6fa0f0", "#3f63c9:50", "#2f489f")))
    clip = s.clip(path(body, "#000"))
    belly = "M130 350C240 400 420 420 560 396C660 380 740 350 800 330L700 500L200 520Z"
    grooves = [
        stroke(
            f"M{168 + k * 8} {372 + k * 11}C{300} {420 + k * 10} {430} {430 + k * 8} {560 - k * 12} {404 + k * 9}",
            "#a9bde6",
            3,
        )
        for k in range(7)
    ]
    spots = [
        circle(s.rng.uniform(220, 720), s.rng.uniform(180, 320), s.rng.uniform(2, 6), "#a9c9ff", opacity=0.55)
        for _ in range(60)
    ]
    s.add(
        group(
            path(belly, s.linear("#f3f5ff", "#c3cff2")),
            *grooves,
            *spots,
            path("M150 300C240 180 420 170 560 210C440 200 280 230 210 320Z", "#b5d3ff", opacity=0.3),
            clip_path=clip,
        )
    )
    s.add(
        path("M420 410C440 470 420 540 360 572C350 520 350 460 370 420Z", s.linear("#4f7fdd", "#2a429a")),
        path("M600 226C640 190 672 190 692 196C676 214 668 236 664 250Z", "#4f7fdd"),
    )
    s.add(
        circle(256, 336, 12, "#1a2560"),
        circle(252, 331, 4, "#fff"),
        stroke("M162 362C200 384 250 386 292 362", "#27408f", 4),
    )
    for d in (0, -34, 34, -16, 18):
        s.add(
            stroke(
                f"M350 182C{350 + d * 0.3} 130 {350 + d} {110 + abs(d) * 0.3} {350 + d * 1.6} {120 + abs(d)}",
                "#ffffff",
                8,
                opacity=0.85,
            )
        )
    for x, y, k, top, low in (
        (120, 480, 1.0, "#ffffff", "#f7c9e6"),
        (330, 520, 0.9, "#ffffff", "#f2c2ea"),
        (560, 500, 0.8, "#fff7ee", "#f7cfdc"),
        (900, 480, 1.1, "#fff7ea", "#ffd0c4"),
        (740, 560, 1.0, "#ffffff", "#ffd0d0"),
        (200, 610, 1.1, "#ffffff", "#e9c2f2"),
        (480, 620, 1.2, "#ffffff", "#f7c9e0"),
        (960, 620, 1.0, "#fff", "#ffd0c4"),
    ):
        cloud(x, y, k, top, low)
    s.add(
        at(
            650,
            520,
            path("M-70 40C-66 6 -30 -6 0 -4C34 -8 66 8 72 40Z", s.linear("#8fd08a", "#4f9f78")),
            path("M-16 0L-11 -78L11 -78L16 0Z", "#fff7ee"),
            path("M-14 -20L-12.500 -42L12.500 -42L14 -20Z", "#e2574c"),
            path("M-11.500 -60L-11 -78L11 -78L11.500 -60Z", "#e2574c"),
            rect(-14, -82, 28, 5, "#3a3f6b"),
            rect(-8, -96, 16, 15, "#fff3b0"),
            path("M-12 -96L0 -110L12 -96Z", "#e2574c"),
            rect(26, -14, 26, 18, "#fff7ee"),
            path("M22 -13L39 -28L56 -13Z", "#d9746a"),
            scale=1.3,
        )
    )
    cloud(610, 596, 0.62, "#ffffff", "#f7d3e6")
    for x, y, k in ((560, 110, 1.0), (596, 92, 0.7), (530, 84, 0.6), (100, 90, 0.8)):
        s.add(at(x, y, stroke("M-16 -5Q-8 -13 0 0Q8 -13 16 -5", "#3a4a9c", 3.4), scale=k))
    for _ in range(26):
        x, y = s.rng.uniform(60, 900), s.rng.uniform(30, 380)
        s.add(
            path(
                star(s.rng.uniform(3, 7), 1.2),
                "#ffffff",
                transform=f"translate({x:.0f} {y:.0f})",
                opacity=0.8,
            )
        )
