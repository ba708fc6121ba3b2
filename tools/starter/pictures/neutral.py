"""Everyday balance for a neutral viewer: plants, a tidy desk, a tram, a turntable, dunes."""

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


@picture("ad-neutral-plants", 701)
def plants(s: Scene) -> None:
    """Three shelves of houseplants, each in its own pot, in flat morning light."""
    s.backdrop("#f3eee3", "#e8e0d0")
    s.add(
        path("M0 0L360 0L720 600L180 600L0 260Z", "#fffaf0", opacity=0.8),
        path("M470 0L640 0L960 520L960 600L820 600Z", "#fffaf0", opacity=0.6),
    )
    for y in (214, 396, 568):
        s.add(
            rect(60, y + 16, 840, 30, "#8b7a5e", opacity=0.18, filter=s.blur(9)),
            rect(50, y, 860, 17, s.linear("#d9b184", "#b98a58"), 3),
        )
        for x in (140, 820):
            s.add(
                path(
                    f"M{x} {y + 17}L{x + 10} {y + 17}L{x + 10} {y + 46}Q{x + 6} {y + 50} {x} {y + 30}Z",
                    "#4a4038",
                )
            )

    def pot(x: float, y: float, w: float, h: float, fill: str, dark: str, band: str = "") -> None:
        s.add(ellipse(x + 14, y, w * 0.62, 7, "#8b6a40", opacity=0.35))
        s.add(
            path(
                f"M{x - w / 2} {y - h}L{x + w / 2} {y - h}L{x + w * 0.38} {y}L{x - w * 0.38} {y}Z",
                s.linear(fill, dark, angle=0),
            )
        )
        if band:
            s.add(
                path(
                    f"M{x - w * 0.46} {y - h * 0.68}L{x + w * 0.46} {y - h * 0.68}L{x + w * 0.43} {y - h * 0.4}L{x - w * 0.43} {y - h * 0.4}Z",
                    band,
                    opacity=0.85,
                )
            )
        s.add(rect(x - w / 2 - 4, y - h - 6, w + 8, 14, s.linear(fill, dark, angle=0), 4))

    greens = ("#2f6b4f", "#3f8a63", "#5ba678", "#7fbf8c", "#245640")
    # Top shelf: monstera, string of hearts, cactus, snake plant.
    for t, k in ((-62, 0.8), (-34, 1.05), (-8, 1.2), (24, 1.1), (54, 0.85), (8, 0.8)):
        blade = "M0 0C-44 -6 -56 -52 -26 -84C-16 -94 -6 -98 0 -102C6 -98 16 -94 26 -84C56 -52 44 -6 0 0Z"
        notch = "".join(
            f"M{q * 46} {-24 - j * 20}L{q * 16} {-34 - j * 18}L{q * 46} {-34 - j * 20}Z"
            for q in (-1, 1)
            for j in range(3)
        )
        s.add(
            at(
                176,
                150,
                stroke("M0 0L0 -40", "#2f6b4f", 4),
                at(
                    0,
                    -36,
                    path(blade, s.linear("#5ba678", "#2f6b4f")),
                    path(notch, "#f3eee3"),
                    stroke("M0 0L0 -96", "#8fce9f", 2),
                    scale=0.72,
                ),
                turn=t,
                scale=k,
            )
        )
    pot(176, 214, 84, 68, "#e58a62", "#b85c3a")
    for k, x in enumerate((352, 372, 396, 418)):
        s.add(
            stroke(
                f"M{x} 150C{x - 14 + k * 8} 190 {x - 18 + k * 12} 250 {x - 10 + k * 8} {290 + (k % 2) * 50}",
                "#6f9f83",
                2,
            )
        )
        for j in range(9):
            s.add(
                at(
                    x - 8 + k * 5 + math.sin(j * 2 + k) * 7,
                    172 + j * (13 + (k % 2) * 6),
                    path("M0 0C-12 -10 -8 -18 0 -12C8 -18 12 -10 0 0Z", greens[1 + (j + k) % 3]),
                )
            )
    for _ in range(24):
        s.add(
            at(
                386 + s.rng.gauss(0, 22),
                150 + s.rng.gauss(0, 7),
                path("M0 0C-12 -10 -8 -18 0 -12C8 -18 12 -10 0 0Z", s.rng.choice(greens)),
                turn=s.rng.uniform(-60, 60),
            )
        )
    pot(386, 214, 70, 54, "#fbfaf6", "#cfc9bd", "#4f7fa0")
    s.add(
        rect(540, 70, 46, 100, s.linear("#6fb58a", "#2f7a58", angle=0), 23),
        path(
            "M544 128C512 130 508 116 508 96",
            "none",
            stroke="#4f9a72",
            stroke_width=20,
            stroke_linecap="round",
        ),
        path(
            "M584 116C612 118 616 104 616 88",
            "none",
            stroke="#2f7a58",
            stroke_width=18,
            stroke_linecap="round",
        ),
    )
    for x in (550, 562, 574):
        s.add(*[stroke(f"M{x} {y}l0 5", "#eaf7d9", 2) for y in range(84, 160, 13)])
    s.add(*[at(563, 70, path(leaf(18, 6), "#f57f9c"), turn=t) for t in (-60, -25, 10, 45)])
    pot(563, 214, 66, 46, "#f2c14e", "#c98a20")
    for t, h in ((-16, 120), (-7, 150), (2, 170), (10, 140), (19, 112)):
        s.add(
            at(
                748,
                160,
                path(
                    leaf(h, 13),
                    s.linear("#f2dc7a", "#2f6b4f:22", "#4f9a72:50", "#2f6b4f:78", "#f2dc7a", angle=0),
                ),
                turn=t,
            )
        )
    pot(748, 214, 74, 58, "#7d8c94", "#4f5c64")
    # Middle shelf: books, fern, succulents, watering can.
    for k, (w, h, c) in enumerate(
        ((20, 108, "#b8573f"), (26, 124, "#2f5f6b"), (16, 98, "#e0b04f"), (24, 116, "#5a4a6b"))
    ):
        x = 96 + sum((20, 26, 16, 24)[:k]) + k * 2
        s.add(
            rect(x, 396 - h, w, h, c, 2),
            rect(x + 3, 396 - h + 14, w - 6, 4, "#fff6e0", opacity=0.8),
            rect(x + 3, 396 - 22, w - 6, 4, "#fff6e0", opacity=0.8),
        )
    for t in range(-84, 90, 14):
        fronds = [
            at(0, -j * 9, path(leaf(17 - j, 4), greens[(j + t // 14) % 3 + 1]), turn=q * 58)
            for j in range(12)
            for q in (-1, 1)
        ]
        s.add(
            at(
                326,
                340,
                *fronds,
                stroke("M0 0L0 -110", "#2f6b4f", 2),
                turn=t * 0.92,
                scale=0.9 + 0.15 * math.cos(t / 30),
            )
        )
    pot(326, 396, 78, 58, "#d9cbb8", "#a8927a", "#7a9f86")
    for x, y, r, c in (
        (478, 352, 26, ("#8fcfb8", "#5aa08c")),
        (512, 356, 20, ("#c9a6d9", "#9a72b5")),
        (446, 358, 18, ("#f0b8a8", "#cf8570")),
    ):
        for ring, n in ((1.0, 9), (0.7, 7), (0.42, 5)):
            s.add(
                *[
                    at(
                        x,
                        y,
                        path(leaf(r * ring, r * 0.28 * ring), c[0] if ring != 0.7 else c[1]),
                        turn=i * 360 / n + ring * 40,
                    )
                    for i in range(n)
                ]
            )
    s.add(
        path("M418 360L540 360L528 396L430 396Z", s.linear("#f6f2ea", "#cfc6b5", angle=0)),
        rect(412, 354, 134, 12, "#fffdf8", 4),
    )
    s.add(
        stroke("M690 350C664 300 740 290 736 340", "#c07a3a", 9),
        path("M664 340L752 340L764 396L652 396Z", s.linear("#e8a867", "#b06a30", angle=0)),
        path("M664 362L600 316L606 308L664 344Z", "#c98848"),
        path("M594 300L618 322L606 334L584 312Z", "#e8a867"),
        stroke("M676 352L676 388", "#fbdcb0", 4),
    )
    for t, k in ((-40, 0.9), (-14, 1.15), (12, 1.0), (38, 0.9), (60, 0.7), (-66, 0.7)):
        s.add(
            at(
                836,
                350,
                stroke("M0 0L0 -60", "#7a4f5c", 3),
                at(
                    0,
                    -52,
                    path(
                        "M0 8C-34 0 -34 -44 0 -62C34 -44 34 0 0 8Z", s.linear("#d9657a", "#3f8a63", angle=90)
                    ),
                    stroke("M0 6L0 -54M0 -10L16 -28M0 -10L-16 -28M0 -26L10 -40M0 -26L-10 -40", "#ffc9cf", 2),
                    scale=0.75,
                ),
                turn=t,
                scale=k,
            )
        )
    pot(836, 396, 70, 50, "#47616b", "#2b3f47")
    # Bottom shelf: rubber plant, terrarium, trailing pothos, seedlings.
    for j in range(9):
        side = -1 if j % 2 else 1
        s.add(
            at(
                150,
                516 - j * 11,
                path(leaf(70 - j * 3, 17), s.linear("#4f8f6d", "#1f4f3b")),
                stroke("M0 0L0 -56", "#8fbfa3", 1.6),
                turn=side * (68 - j * 6),
            )
        )
    pot(150, 568, 78, 56, "#f6f2ea", "#cfc6b5", "#d98b4e")
    s.add(
        path(
            "M300 568C262 560 256 480 300 458L300 440L380 440L380 458C424 480 418 560 380 568Z",
            "#d9efe8",
            opacity=0.75,
        ),
        path(
            "M272 530C300 516 380 522 410 528C408 552 396 566 380 568L300 568C284 566 274 552 272 530Z",
            "#5a4030",
        ),
        path("M274 522C300 508 380 514 408 520L410 532C380 524 300 520 272 534Z", "#7fae5f"),
        *[
            at(340 + k * 15, 524, path(leaf(44 - abs(k) * 8, 9), greens[k % 4]), turn=k * 18)
            for k in range(-2, 3)
        ],
        stroke("M282 486C276 506 278 524 284 540", "#fff", 5, opacity=0.9),
        rect(294, 428, 92, 18, s.linear("#d9b184", "#a8743f"), 6),
    )
    for k in range(5):
        d = (-1) ** k
        s.add(
            stroke(
                f"M540 500C{540 + d * (30 + k * 14)} 480 {540 + d * (52 + k * 16)} 510 {540 + d * (50 + k * 20)} {560 + k * 8}",
                "#4f9a72",
                3,
            )
        )
        for j in range(4):
            s.add(
                at(
                    540 + d * (22 + j * 13 + k * 4),
                    492 + j * (12 + k * 3),
                    path("M0 0C-18 -8 -16 -30 0 -36C16 -30 18 -8 0 0Z", greens[(j + k) % 4], opacity=1),
                    turn=d * (60 + j * 22),
                )
            )
    pot(540, 568, 74, 60, "#c9a6d9", "#8f6aa8")
    for k in range(4):
        x = 690 + k * 50
        s.add(
            stroke(f"M{x} 524L{x} 490", "#5ba678", 3),
            at(x, 492, path(leaf(26, 9), "#7fbf8c"), turn=-52),
            at(x, 492, path(leaf(26, 9), "#5ba678"), turn=52),
        )
        pot(x, 568, 40, 40, ("#e58a62", "#d97a52")[k % 2], "#b85c3a")


@picture("ad-neutral-desk", 702)
def desk(s: Scene) -> None:
    """Notebooks, pencils and a coffee laid out in isometric order on a slate-blue ground."""
    s.backdrop("#5b7a99", "#46637f", angle=60)

    def iso(x: float, y: float, z: float = 0) -> tuple[float, float]:
        return 484 + (x - y) * 1.02, 312 + (x + y) * 0.589 - z * 1.18

    def quad(x: float, y: float, w: float, d: float, z: float, fill: str, **kw: str | float) -> str:
        return path(
            poly([iso(x, y, z), iso(x + w, y, z), iso(x + w, y + d, z), iso(x, y + d, z)]), fill, **kw
        )

    def box(
        x: float, y: float, w: float, d: float, z: float, h: float, top: str, left: str, right: str
    ) -> None:
        s.add(path(poly([iso(x, y + d, z), iso(x + w, y + d, z), iso(x + w, y + d, z + h), iso(x, y + d, z + h)]), left),
              path(poly([iso(x + w, y, z), iso(x + w, y + d, z), iso(x + w, y + d, z + h), iso(x + w, y, z + h)]), right), quad(x, y, w, d, z + h, top))  # fmt: skip

    def cast(x: float, y: float, w: float, d: float, h: float) -> None:
        s.add(
            path(
                poly(
                    [
                        iso(x, y + d),
                        iso(x + w, y + d),
                        iso(x + w, y),
                        iso(x + w + h * 0.9, y + h * 0.2),
                        iso(x + w + h * 0.9, y + d + h * 0.2),
                        iso(x + h * 0.9, y + d + h * 0.2),
                    ]
                ),
                "#1c3045",
                opacity=0.35,
            )
        )

    for k in range(-14, 15):
        s.add(
            stroke(poly([iso(k * 44, -640), iso(k * 44, 640)], False), "#6b8aa8", 1.2, opacity=0.6),
            stroke(poly([iso(-640, k * 44), iso(640, k * 44)], False), "#6b8aa8", 1.2, opacity=0.6),
        )
    s.add(
        quad(-250, -210, 480, 420, 0, "#2f4a63", opacity=0.5, transform="translate(10 14)"),
        quad(-250, -210, 480, 420, 0, "#e9dcc6"),
        quad(-238, -198, 456, 396, 0, "#f3e9d6"),
    )
    for k in range(1, 11):
        s.add(
            stroke(poly([iso(-238 + k * 41.4, -198), iso(-238 + k * 41.4, 198)], False), "#d9c8aa", 1),
            stroke(poly([iso(-238, -198 + k * 36), iso(218, -198 + k * 36)], False), "#d9c8aa", 1),
        )
    # Stack of notebooks.
    for k, (c, lit, dim) in enumerate(
        (
            ("#d9674e", "#b04a36", "#8f3828"),
            ("#2f6b6b", "#1f5050", "#153c3c"),
            ("#f0b84f", "#c9912c", "#a8761c"),
        )
    ):
        x, y = -206 + k * 9, -166 + k * 5
        cast(x, y, 150, 190, 20)
        box(x, y, 150, 190, k * 26, 5, c, lit, dim)
        box(x + 3, y + 3, 144, 184, k * 26 + 5, 14, "#fbf6ea", "#e6dcc6", "#d3c6ab")
        box(x, y, 150, 190, k * 26 + 19, 5, c, lit, dim)
    s.add(
        quad(-188, -156, 16, 190, 76.5, "#fff2d0"),
        quad(-146, -104, 76, 66, 76.5, "#fffaf0"),
        stroke(poly([iso(-136, -82, 77), iso(-82, -82, 77)], False), "#b99a5c", 4),
        stroke(poly([iso(-136, -64, 77), iso(-102, -64, 77)], False), "#b99a5c", 4),
    )
    # Open notebook.
    cast(6, -150, 206, 150, 8)
    box(4, -152, 210, 154, 0, 5, "#3b5f8a", "#2a4768", "#1e3650")
    s.add(
        path(
            f"M{poly([iso(8, -148, 6)])[1:-1]}L{poly([iso(8, -2, 6)])[1:-1]}Q{poly([iso(60, -2, 24)])[1:-1]} {poly([iso(108, -2, 7)])[1:-1]}L{poly([iso(108, -148, 7)])[1:-1]}Q{poly([iso(60, -148, 24)])[1:-1]} {poly([iso(8, -148, 6)])[1:-1]}Z",
            s.linear("#ffffff", "#efe7d6", angle=20),
        )
    )
    s.add(
        path(
            f"M{poly([iso(108, -148, 7)])[1:-1]}L{poly([iso(108, -2, 7)])[1:-1]}Q{poly([iso(160, -2, 24)])[1:-1]} {poly([iso(210, -2, 6)])[1:-1]}L{poly([iso(210, -148, 6)])[1:-1]}Q{poly([iso(160, -148, 24)])[1:-1]} {poly([iso(108, -148, 7)])[1:-1]}Z",
            s.linear("#e9dfcb", "#ffffff", angle=20),
        )
    )
    for k in range(7):
        y = -132 + k * 18
        s.add(
            stroke(poly([iso(24, y, 15), iso((92, 84, 92, 60, 92, 88, 50)[k], y, 13)], False), "#9fb3c6", 3)
        )
    pts = [iso(122 + k * 10, -30 - v, 14) for k, v in enumerate((0, 22, 14, 50, 42, 74, 66, 98))]
    s.add(
        stroke(spline(pts), "#d9674e", 4),
        *[circle(x, y, 4, "#d9674e") for x, y in pts[1::2]],
        stroke(poly([iso(118, -132, 14), iso(118, -20, 14), iso(200, -20, 12)], False), "#9fb3c6", 3),
    )
    # Pencils and ruler.
    for k, (c, d) in enumerate((("#d9674e", "#b04a36"), ("#2f6b6b", "#1f5050"), ("#f0b84f", "#c9912c"))):
        y = 40 + k * 24
        cast(-20, y, 150, 9, 7)
        box(-20, y, 150, 9, 0, 8, c, d, d)
        a, b, t = iso(130, y + 9, 0), iso(130, y, 8), iso(158, y + 4, 3)
        s.add(
            path(poly([a, (b[0], b[1]), iso(130, y + 9, 8), t]), "#f3d3a0"),
            path(poly([iso(150, y + 6, 2), iso(150, y + 2, 5), t]), "#3b3b3b"),
            path(
                poly([iso(-20, y + 9, 0), iso(-8, y + 9, 0), iso(-8, y + 9, 8), iso(-20, y + 9, 8)]),
                "#f7b7b0",
            ),
        )
    cast(-206, 112, 330, 34, 3)
    box(-206, 112, 330, 34, 0, 4, "#f2c86b", "#c9973a", "#b5832a")
    for k in range(32):
        s.add(
            stroke(
                poly([iso(-198 + k * 10, 112, 4), iso(-198 + k * 10, 122 if k % 5 else 130, 4)], False),
                "#8a6420",
                1.6,
            )
        )
    # Coffee.
    x, y = iso(-120, 66)
    s.add(
        ellipse(x + 34, y + 10, 74, 36, "#1c3045", opacity=0.3),
        ellipse(x, y, 70, 40, "#cfd9df"),
        ellipse(x, y - 5, 70, 40, "#f7fafb"),
        ellipse(x, y - 4, 50, 28, "#dbe4e9"),
    )
    s.add(
        stroke(f"M{x + 38} {y - 44}C{x + 74} {y - 52} {x + 72} {y - 8} {x + 32} {y - 14}", "#e3ebef", 10),
        path(
            f"M{x - 42} {y - 56}L{x + 42} {y - 56}C{x + 42} {y - 16} {x + 28} {y + 4} {x} {y + 4}C{x - 28} {y + 4} {x - 42} {y - 16} {x - 42} {y - 56}Z",
            s.linear("#ffffff", "#b9c8d2", angle=0),
        ),
    )
    s.add(
        ellipse(x, y - 56, 42, 22, "#f7fafb"),
        ellipse(x, y - 55, 35, 17, "#6b3f22"),
        ellipse(x, y - 53, 33, 14, "#9c6234"),
        path(
            f"M{x} {y - 46}C{x - 22} {y - 52} {x - 16} {y - 64} {x - 4} {y - 60}L{x} {y - 57}L{x + 4} {y - 60}C{x + 16} {y - 64} {x + 22} {y - 52} {x} {y - 46}Z",
            "#f0d9b8",
        ),
    )
    for k in (-14, 6):
        s.add(
            stroke(
                f"M{x + k} {y - 78}C{x + k - 14} {y - 98} {x + k + 14} {y - 112} {x + k} {y - 136}",
                "#ffffff",
                6,
                opacity=0.35,
                filter=s.blur(3),
            )
        )
    # A succulent and paper clips.
    box(150, 118, 50, 50, 0, 40, "#8a4f36", "#d98b62", "#b56a44")
    cx, cy = iso(175, 143, 42)
    for ring, n, q in ((40, 9, 0), (30, 8, 20), (18, 6, 40)):
        s.add(
            *[
                at(
                    cx,
                    cy - 4,
                    path(
                        leaf(ring, ring * 0.26), ("#6fae92", "#8fc9ac", "#b5e0c6")[(40, 30, 18).index(ring)]
                    ),
                    turn=i * 360 / n + q,
                )
                for i in range(n)
            ]
        )
    for px, py, t, c in (
        (-330, 60, 20, "#f0b84f"),
        (-350, 120, 70, "#e9eef2"),
        (300, -60, -30, "#d9674e"),
        (-60, 300, 10, "#e9eef2"),
        (330, 40, 50, "#f0b84f"),
    ):
        a, b = iso(px, py)
        s.add(at(a, b, stroke("M-16 -6L12 -6A6 6 0 0 1 12 6L-10 6A4 4 0 0 1 -10 -2L8 -2", c, 3), turn=t))


@picture("ad-neutral-tram", 703)
def tram(s: Scene) -> None:
    """A yellow tram crosses a bridge in front of stacked city houses, all in profile."""
    s.backdrop("#dfe8e4", "#c9d9d6", "#efe0c4")
    s.add(circle(760, 120, 64, "#fff6df"))
    for x, w, h, c in (
        (0, 90, 250, "#b5c9c6"),
        (80, 70, 310, "#a8bfbd"),
        (190, 110, 270, "#b5c9c6"),
        (330, 60, 350, "#a3bab9"),
        (420, 100, 290, "#b5c9c6"),
        (560, 80, 330, "#a8bfbd"),
        (680, 120, 260, "#b5c9c6"),
        (820, 60, 340, "#a3bab9"),
        (890, 90, 280, "#b5c9c6"),
    ):
        s.add(
            rect(x, 400 - h, w, h + 40, c),
            path(f"M{x - 4} {400 - h}L{x + w / 2} {372 - h}L{x + w + 4} {400 - h}Z", c),
        )
    s.add(path("M350 60L360 10L370 60Z", "#8fa8a8"), rect(344, 50, 32, 60, "#a3bab9"))
    walls = (
        ("#d9825c", 96, 232),
        ("#efd9a8", 118, 284),
        ("#6f8f9c", 84, 206),
        ("#e6b15c", 108, 256),
        ("#f2e6d3", 92, 300),
        ("#a85f4f", 122, 222),
        ("#8fae9a", 96, 270),
        ("#e8c9b0", 112, 240),
        ("#5f7d8f", 100, 290),
        ("#d9a15c", 110, 226),
    )
    x = -24.0
    for k, (c, w, h) in enumerate(walls):
        top = 430 - h
        s.add(rect(x, top, w, h, c), rect(x + w * 0.72, top, w * 0.28, h, "#000", opacity=0.07))
        roof = ("#7a4638", "#4f5f66", "#8f4f3c")[k % 3]
        if k % 3 == 0:
            s.add(path(f"M{x - 6} {top}L{x + w / 2} {top - 46}L{x + w + 6} {top}Z", roof))
        elif k % 3 == 1:
            steps = "".join(
                f"L{x + q * w / 8} {top - min(q, 8 - q) * 13}L{x + (q + 1) * w / 8} {top - min(q, 8 - q) * 13}"
                for q in range(8)
            )
            s.add(
                path(f"M{x} {top}{steps}L{x + w} {top}Z", c),
                path(f"M{x} {top}{steps}L{x + w} {top}", "none", stroke=roof, stroke_width=5),
            )
        else:
            s.add(
                path(f"M{x - 4} {top}L{x + 8} {top - 34}L{x + w - 8} {top - 34}L{x + w + 4} {top}Z", roof),
                rect(x + w * 0.4, top - 26, w * 0.22, 22, "#f7f0e0", 2),
            )
        s.add(rect(x + w * 0.66, top - 58, 14, 40, "#8a5a48"))
        for r in range(int(h // 54)):
            for q in range(3):
                wx, wy = x + w * (0.13 + q * 0.29), top + 18 + r * 52
                lit = (k * 7 + r * 5 + q * 3) % 7 == 0
                s.add(
                    rect(wx - 2, wy - 2, w * 0.19 + 4, 34, "#fffaf0", 2),
                    rect(wx, wy, w * 0.19, 30, "#ffdf8f" if lit else s.linear("#7fa3b5", "#4f7488"), 1),
                    rect(wx + w * 0.085, wy, 2, 30, "#fffaf0"),
                )
                if (k + r + q) % 5 == 0:
                    s.add(
                        rect(wx - 3, wy + 30, w * 0.19 + 6, 7, "#7a4638"),
                        *[
                            circle(wx + d, wy + 29, 4.5, ("#e2665c", "#6f9f5c")[d % 2])
                            for d in range(2, int(w * 0.19), 5)
                        ],
                    )
        x += w
    s.add(rect(0, 400, 960, 36, "#b9a689"), rect(0, 396, 960, 8, "#d9c9ab"))
    for x in range(20, 960, 90):
        s.add(rect(x, 376, 6, 26, "#5f6b66"), circle(x + 3, 374, 5, "#5f6b66"))
    s.add(stroke("M0 386L960 386", "#5f6b66", 3))
    s.add(
        stroke("M0 214L960 214", "#3f4a4a", 2),
        rect(120, 190, 8, 230, "#3f4a4a"),
        rect(828, 190, 8, 230, "#3f4a4a"),
        stroke("M124 200L220 214M832 200L740 214", "#3f4a4a", 3),
    )
    # Tram.
    s.add(stroke("M470 214L500 262L560 262M530 214L500 262", "#3f4a4a", 4))
    s.add(
        rect(196, 262, 568, 20, "#e9e2d0", 8),
        rect(186, 276, 588, 128, s.linear("#ffd25c", "#f0a93a"), 26),
        rect(186, 352, 588, 14, "#fff6df"),
        path("M186 372L774 372L774 384C774 396 764 404 748 404L212 404C196 404 186 396 186 384Z", "#b5542f"),
    )
    for k in range(6):
        wx = 246 + k * 80
        if k in (1, 4):
            s.add(
                rect(wx - 4, 290, 62, 112, "#e8963a", 6),
                rect(wx, 294, 25, 104, s.linear("#bfe0ea", "#6f9fb5"), 3),
                rect(wx + 29, 294, 25, 104, s.linear("#bfe0ea", "#6f9fb5"), 3),
            )
        else:
            s.add(
                rect(wx - 4, 292, 66, 50, "#fff6df", 8),
                rect(wx, 296, 58, 42, s.linear("#bfe0ea", "#6f9fb5"), 5),
                path(f"M{wx + 8} 338L{wx + 30} 296L{wx + 44} 296L{wx + 22} 338Z", "#fff", opacity=0.4),
            )
    for wx, c in ((262, "#4f5f7a"), (424, "#8a4f5c"), (500, "#4f6b5c"), (664, "#6b5a7a")):
        s.add(circle(wx, 316, 9, c), path(f"M{wx - 13} 338C{wx - 13} 324 {wx + 13} 324 {wx + 13} 338Z", c))
    s.add(
        path("M190 296C190 288 200 284 226 284L226 342L188 342Z", s.linear("#cfe9f0", "#7fabc0")),
        path("M770 296C770 288 760 284 734 284L734 342L772 342Z", s.linear("#cfe9f0", "#7fabc0")),
        circle(200, 386, 8, "#fff6c9"),
        circle(760, 386, 8, "#fff6c9"),
    )
    for wx in (290, 350, 610, 670):
        s.add(circle(wx, 404, 19, "#3a3f42"), circle(wx, 404, 10, "#8a9094"))
    s.add(rect(0, 420, 960, 8, "#6f6252"))
    # Bridge and canal.
    s.add(
        path(
            "M0 428L960 428L960 520L880 520A120 92 0 0 0 640 520L600 520A120 92 0 0 0 360 520L320 520A120 92 0 0 0 80 520L0 520Z",
            s.linear("#cdb998", "#a38c6b"),
        )
    )
    for cx in (200, 480, 760):
        for k in range(9):
            a = math.pi * (k + 0.5) / 9
            s.add(
                at(
                    cx - 128 * math.cos(a),
                    520 - 100 * math.sin(a),
                    rect(-11, -13, 22, 26, ("#e0cfae", "#bfa985")[k % 2], 2),
                    turn=math.degrees(a) - 90,
                )
            )
        s.add(path(f"M{cx - 118} 520A118 90 0 0 1 {cx + 118} 520Z", s.linear("#4a6a70", "#7fa8a8")))
    s.add(rect(0, 516, 960, 90, s.linear("#8fbab8", "#5f9296")))
    for _ in range(70):
        y = s.rng.uniform(524, 596)
        s.add(
            rect(
                s.rng.uniform(-40, 960),
                y,
                s.rng.uniform(20, 90),
                3,
                s.rng.choice(("#c9e0d9", "#f2d9a0", "#4a7c82")),
                1.5,
                opacity=0.6,
            )
        )
    s.add(
        at(
            478,
            548,
            path("M-66 -8L66 -8C58 18 -58 18 -66 -8Z", s.linear("#b5542f", "#7a3420")),
            rect(-30, -30, 52, 22, "#f7f0e0", 5),
            *[rect(-24 + k * 16, -25, 10, 10, "#6f9fb5", 2) for k in range(3)],
            stroke("M-66 -8L66 -8", "#fff6df", 3),
        )
    )
    for x in (36, 912):
        s.add(
            path(f"M{x - 5} 600L{x - 3} 470L{x + 3} 470L{x + 5} 600Z", "#6b4a38"),
            *[
                circle(
                    x + s.rng.gauss(0, 26),
                    452 + s.rng.gauss(0, 26),
                    s.rng.uniform(15, 25),
                    s.rng.choice(("#6f9f6b", "#8fb87f", "#557f57")),
                )
                for _ in range(15)
            ],
        )


@picture("audio-neutral-afternoon", 704)
def turntable(s: Scene) -> None:
    """A record player from above, an olive record turning beside its sleeve on a walnut top."""
    s.backdrop("#d8cfc0", "#c9bda9")
    s.add(rect(0, 0, 960, 600, "#000", filter=s.texture(0.9, 0.9, 2, "#8a7a5f", 0.3)))
    s.add(
        rect(150, 40, 680, 530, "#5a4a38", 22, opacity=0.4, filter=s.blur(18), transform="translate(14 20)")
    )
    s.add(
        rect(140, 34, 680, 530, s.linear("#7a5236", "#5c3a24", angle=20), 20),
        rect(140, 34, 680, 530, "#000", 20, filter=s.texture(0.004, 0.09, 3, "#2f1a0d", 0.8)),
    )
    s.add(
        rect(156, 50, 648, 498, s.linear("#ece6da", "#d3cabb", angle=45), 12),
        rect(156, 50, 648, 498, "none", 12, stroke="#fffaf0", stroke_width=2),
    )
    cx, cy = 410.0, 300.0
    s.add(
        ellipse(cx + 10, cy + 14, 226, 224, "#6b5a45", opacity=0.45, filter=s.blur(10)),
        circle(cx, cy, 224, s.linear("#b9b0a3", "#8f8678", angle=45)),
    )
    for k in range(90):
        s.add(at(cx, cy, rect(-1.5, -223, 3, 7, "#f7f2e8", opacity=0.8), turn=k * 4))
    s.add(circle(cx, cy, 212, "#1d1f1e"))
    for k in range(34):
        s.add(
            circle(cx, cy, 84 + k * 3.7, "none", stroke="#3a3d3b" if k % 3 else "#4a4e4b", stroke_width=1.1)
        )
    for k in (108, 146, 182):
        s.add(circle(cx, cy, k, "none", stroke="#101211", stroke_width=4))
    for a, o in ((-38, 0.32), (142, 0.26), (-20, 0.12), (160, 0.12)):
        p, q = math.radians(a - 11), math.radians(a + 11)
        s.add(
            path(
                f"M{cx} {cy}L{cx + 210 * math.cos(p):.1f} {cy + 210 * math.sin(p):.1f}A210 210 0 0 1 {cx + 210 * math.cos(q):.1f} {cy + 210 * math.sin(q):.1f}Z",
                "#ffffff",
                opacity=o * 0.6,
                filter=s.blur(5),
            )
        )
    s.add(
        circle(cx, cy, 76, "#6f7f4f"),
        path(f"M{cx - 76} {cy}A76 76 0 0 1 {cx + 76} {cy}Z", "#e3b75c"),
        circle(cx, cy - 12, 26, "#fff3d6"),
        path(
            f"M{cx - 76} {cy}Q{cx - 38} {cy - 18} {cx} {cy}T{cx + 76} {cy}A76 76 0 0 1 {cx - 76} {cy}Z",
            "#55693f",
        ),
        path(
            f"M{cx - 66} {cy + 38}Q{cx - 30} {cy + 18} {cx} {cy + 34}T{cx + 68} {cy + 32}A76 76 0 0 1 {cx - 66} {cy + 38}Z",
            "#3f5233",
        ),
        circle(cx, cy, 76, "none", stroke="#2f3a26", stroke_width=2),
        circle(cx, cy, 6, "#d9d3c8"),
    )
    # Arm.
    s.add(
        circle(728, 136, 54, "#8f8678"),
        circle(724, 132, 52, s.linear("#f2ede3", "#b5ac9f", angle=45)),
        circle(724, 132, 34, s.linear("#a8a094", "#d9d2c6", angle=45)),
    )
    s.add(
        stroke("M736 108L738 330L604 428", "#4a4238", 12, opacity=0.35, transform="translate(10 14)"),
        stroke("M730 88L730 322L600 420", s.linear("#faf7f0", "#a8a095"), 11, stroke_linejoin="round"),
        rect(710, 62, 40, 40, s.linear("#6b6459", "#3a352e"), 6),
    )
    s.add(
        at(
            596,
            424,
            rect(-20, -12, 58, 26, "#3a352e", 4),
            rect(-20, -12, 14, 26, "#e2694a", 3),
            turn=-37 + 180,
        )
    )
    s.add(circle(724, 132, 12, "#6b6459"))
    for x, y, r in ((732, 440, 30), (732, 510, 16)):
        s.add(
            circle(x + 4, y + 6, r, "#6b5a45", opacity=0.4),
            circle(x, y, r, s.linear("#f7f3ea", "#aaa193", angle=45)),
            circle(x, y, r * 0.72, s.linear("#b5ac9f", "#ece6da", angle=45)),
            rect(x - 2, y - r * 0.7, 4, r * 0.4, "#e2694a"),
        )
    s.add(
        rect(772, 300, 8, 120, "#a0978a", 4),
        rect(762, 346, 28, 16, s.linear("#fffaf0", "#aaa193"), 4),
        circle(190, 510, 9, "#e2694a"),
        circle(190, 510, 4, "#ffd9c4"),
    )
    # Sleeve and cup at the edges.
    s.add(
        at(
            40,
            500,
            rect(-130, -110, 250, 250, "#5a4a38", 3, opacity=0.35, transform="translate(10 14)"),
            rect(-130, -110, 250, 250, "#e3b75c", 3),
            circle(-5, 0, 70, "#fff3d6"),
            path("M-130 60Q-60 20 0 56T120 44L120 140L-130 140Z", "#6f7f4f"),
            path("M-130 100Q-60 70 0 96T120 88L120 140L-130 140Z", "#3f5233"),
            turn=-12,
        )
    )
    s.add(
        circle(908, 520, 76, "#5a4a38", opacity=0.35, filter=s.blur(8), transform="translate(8 12)"),
        circle(908, 520, 72, s.linear("#dfe6e0", "#a9b8ae", angle=45)),
        circle(908, 520, 52, s.linear("#ffffff", "#c9d3cb", angle=45)),
        circle(908, 520, 43, s.radial("#8a5a36", "#5c3820")),
        ellipse(894, 506, 16, 8, "#b98a5c", opacity=0.6),
        stroke("M866 480L838 452", "#dfe6e0", 16),
    )
    s.add(
        at(
            985,
            30,
            *[
                path(leaf(150, 30), c, transform=f"rotate({t})")
                for t, c in ((150, "#6f8f5c"), (190, "#55784f"), (225, "#86a66f"), (260, "#6f8f5c"))
            ],
        )
    )
    s.add(path("M420 0L640 0L360 600L140 600Z", "#ffffff", opacity=0.1))


@picture("still-neutral-dunes", 705)
def dunes(s: Scene) -> None:
    """Smooth dunes with knife-edge shadows, three tiny camels walking a ridge."""
    s.backdrop("#e9e4d8", "#f3e4c9", "#f0d2a8")
    s.add(circle(250, 150, 58, "#fffaf0"))
    s.glow(250, 150, 200, "#fffaf0", 0.7)
    for y, amp, n, c in ((300, 16, 7, "#dcc9a8"), (326, 14, 6, "#d3ba92")):
        s.add(path(s.ridge(y, amp, n), c))

    def dune(
        crest: list[tuple[float, float]],
        light: tuple[str, str],
        dark: tuple[str, str],
        spine: list[tuple[float, float]],
    ) -> None:
        base = spline(crest) + "L1000 660L-40 660Z"
        s.add(path(base, s.linear(*light)))
        clip = s.clip(path(base, "#000"))
        edge = spline(spine)
        s.add(group(path(edge + "L1100 660L1100 0Z", s.linear(*dark, angle=20)), clip_path=clip))
        ripples = []
        for k in range(34):
            y = crest[0][1] + 20 + k * 13
            ripples.append(
                stroke(
                    spline(
                        [
                            (x, y + 9 * math.sin(x / 70 + k * 0.5) + 0.06 * (x - 200))
                            for x in range(-40, 1010, 70)
                        ]
                    ),
                    "#a87a45",
                    1.5,
                    opacity=0.2,
                )
            )
        s.add(group(*ripples, clip_path=clip), stroke(spline(crest), "#fff3d9", 2, opacity=0.8))

    dune(
        [(-40, 392), (120, 350), (300, 336), (470, 372), (640, 400), (820, 372), (1000, 356)],
        ("#e9c48c", "#d3a566"),
        ("#b5854f", "#c99a60"),
        [(300, 336), (340, 376), (330, 430), (420, 500), (420, 660)],
    )
    for k, (x, y) in enumerate(((402, 352), (446, 364), (490, 374))):
        s.add(
            at(
                x,
                y,
                path(
                    "M-16 0L-14 -14C-14 -22 -8 -22 -6 -17C-3 -26 4 -26 6 -17C9 -16 11 -14 12 -12L18 -22L24 -22L25 -18L20 -17L14 -6L12 2L10 2L9 -6L-10 -6L-13 2Z",
                    "#5a3a24",
                ),
                scale=1.25 - k * 0.05,
            )
        )
        s.add(at(x + 8, y + 4, path("M-14 0L30 18L34 16L0 -2Z", "#7a5228", opacity=0.5)))
    dune(
        [(-40, 420), (90, 436), (240, 470), (400, 450), (560, 404), (700, 390), (860, 436), (1000, 470)],
        ("#f2cf98", "#dcae6c"),
        ("#a87545", "#c4935a"),
        [(700, 390), (680, 440), (730, 490), (690, 560), (740, 660)],
    )
    dune(
        [(-40, 520), (120, 478), (250, 470), (420, 520), (600, 560), (800, 548), (1000, 520)],
        ("#f7dba8", "#e3b87a"),
        ("#96663a", "#b98a52"),
        [(250, 470), (300, 520), (280, 560), (380, 610), (370, 680)],
    )
    for x, y in ((760, 570), (790, 584), (880, 560)):
        s.add(*[at(x, y, path(leaf(38, 3.5, q * 0.4), "#7f8a55"), turn=q) for q in (-34, -18, -4, 12, 28)])
    for k in range(16):
        s.add(ellipse(70 + k * 25, 590 - k * 5 + (4 if k % 2 else -4), 6, 2.4, "#b58a52", opacity=0.7))
    s.add(rect(0, 0, 960, 600, "#000", filter=s.texture(0.9, 0.9, 2, "#8a6230", 0.25)))
    for x, y, k in ((620, 130, 1), (656, 112, 0.8), (590, 108, 0.7)):
        s.add(at(x, y, stroke("M-15 -4Q-8 -11 0 0Q8 -11 15 -4", "#7a5f45", 2.6), scale=k))
