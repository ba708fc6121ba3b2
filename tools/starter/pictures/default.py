"""For everyone, when no expression is known: a vegetable box, pottery, a ferry, terraces, a reef."""

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


@picture("ad-default-pottery", 801)
def pottery(s: Scene) -> None:
    """Glazed vases and bowls before three arches, hard light from the left."""
    s.backdrop("#e9d9c3", "#dcc3a3", angle=60)
    s.add(rect(0, 452, 960, 160, s.linear("#d4a878", "#b98455")))
    for x, w, h, a, b in (
        (96, 240, 380, "#c96f4a", "#a9502f"),
        (356, 270, 420, "#2f6f8f", "#1e4f6d"),
        (650, 230, 340, "#e3b34f", "#c48f2c"),
    ):
        s.add(
            path(
                f"M{x} 452L{x} {452 - h + w / 2}A{w / 2} {w / 2} 0 0 1 {x + w} {452 - h + w / 2}L{x + w} 452Z",
                s.linear(a, b, angle=70),
            )
        )
        s.add(
            path(
                f"M{x} 452L{x} {452 - h + w / 2}A{w / 2} {w / 2} 0 0 1 {x + w * 0.62} {452 - h + 8}C{x + w * 0.2} {452 - h + 30} {x + w * 0.2} {452 - h + 90} {x + w * 0.2} 452Z",
                "#000",
                opacity=0.16,
            )
        )
    s.add(rect(0, 448, 960, 8, "#a8744a", opacity=0.5))

    def vase(
        x: float, y: float, d: str, colors: tuple[str, str, str], *marks: str, shade: float = 130
    ) -> None:
        s.add(
            path(
                f"M{x - 30} {y - 4}L{x + shade} {y + 34}L{x + shade + 70} {y + 30}L{x + 40} {y - 10}Z",
                "#6d3f1f",
                opacity=0.4,
                filter=s.blur(6),
            )
        )
        c = s.clip(path(d, "#000"))
        s.add(at(x, y, path(d, s.linear(*colors, angle=0)), group(*marks, clip_path=c),
                 path(d, s.linear("#ffffff@0.28", "#ffffff@0:30", "#000000@0:60", "#2b1206@0.4", angle=0))))  # fmt: skip

    tall = "M-26 -270C-26 -276 26 -276 26 -270C24 -236 20 -220 34 -196C78 -150 84 -60 44 -4C38 4 -38 4 -44 -4C-84 -60 -78 -150 -34 -196C-20 -220 -24 -236 -26 -270Z"
    for t, h in ((-26, 190), (-12, 230), (4, 250), (18, 216), (32, 176)):
        s.add(
            at(
                216,
                236,
                stroke(f"M0 0C{t * 0.4} {-h * 0.4} {t} {-h * 0.7} {t * 1.4} {-h * 0.84}", "#8a6a3a", 2.5),
                at(t * 1.4, -h * 0.8, path(leaf(64, 13), s.linear("#fff3d9", "#dcb67c")), turn=t),
            )
        )
    vase(
        216,
        506,
        tall,
        ("#f7efe2", "#efe2cc", "#cdb595"),
        *[
            stroke(
                "M" + "".join(f"{-90 + k * 15} {y + (9 if k % 2 else -9)}L" for k in range(13)).rstrip("L"),
                "#c96f4a",
                5,
            )
            for y in (-150, -126, -60)
        ],
        rect(-90, -112, 180, 40, "#2f6f8f", opacity=0.85),
    )
    jug = "M-40 -190C-30 -200 34 -204 62 -186C44 -176 38 -160 42 -140C84 -104 88 -40 50 -2C42 4 -42 4 -50 -2C-88 -40 -84 -104 -42 -140C-36 -160 -40 -176 -40 -190Z"
    s.add(
        at(
            466,
            514,
            stroke("M-44 -150C-118 -150 -116 -60 -62 -50", "#123f57", 17),
            stroke("M-44 -152C-112 -152 -112 -62 -62 -54", "#5fa6c4", 6),
        )
    )
    vase(
        466,
        514,
        jug,
        ("#7fc1d9", "#3f8fb0", "#1e5f80"),
        path(
            "M-100 -220L100 -220L100 -120C70 -96 56 -130 36 -108C20 -84 0 -124 -20 -104C-44 -84 -60 -124 -100 -104Z",
            "#f7f1e4",
        ),
        *[circle(-70 + k * 28, -30 - (k % 2) * 18, 5, "#d9eef5") for k in range(6)],
    )
    bowl = "M-96 -84C-96 -20 -50 0 0 0C50 0 96 -20 96 -84Z"
    s.add(
        *[
            circle(x, y, 31, s.radial(a, b, cx=0.35, cy=0.3, r=0.8))
            for x, y, a, b in (
                (596, 434, "#ffb45c", "#d96f1f"),
                (650, 424, "#ffc46b", "#e07f24"),
                (698, 436, "#ffab4f", "#cf6418"),
            )
        ]
    )
    s.add(at(650, 400, path(leaf(34, 10), "#4f7f3f"), turn=50))
    vase(
        648,
        530,
        bowl,
        ("#e8795a", "#cf5b3c", "#96371f"),
        *[path(f"M{-100 + k * 25} -84L{-76 + k * 25} -84L{-88 + k * 25} -50Z", "#f7efe2") for k in range(9)],
        rect(-100, -40, 200, 5, "#f7efe2"),
    )
    s.add(ellipse(648, 446, 96, 9, "none", stroke="#f5a88f", stroke_width=4))
    bottle = "M-14 -200C-14 -206 14 -206 14 -200L16 -140C20 -116 52 -100 54 -60L54 -8C54 4 -54 4 -54 -8L-54 -60C-52 -100 -20 -116 -16 -140Z"
    vase(
        812,
        504,
        bottle,
        ("#8fae8a", "#6a9068", "#3f6345"),
        *[stroke(f"M-60 {y}C-30 {y - 8} 30 {y + 8} 60 {y}", "#dfead3", 3) for y in range(-90, 0, 16)],
        shade=90,
    )
    s.add(
        at(
            812,
            306,
            stroke(
                "M0 0C-6 -40 10 -80 -10 -130M-2 -60C20 -80 40 -90 52 -112M0 -30C-24 -50 -40 -60 -48 -84",
                "#5a3a24",
                4,
            ),
        )
    )
    for x, y in (
        (802, 170),
        (866, 192),
        (762, 222),
        (808, 230),
        (840, 214),
        (786, 250),
        (800, 200),
        (820, 262),
    ):
        s.add(
            at(
                x,
                y,
                *[at(0, 0, ellipse(0, -8, 6, 8, "#fff7f2"), turn=i * 72) for i in range(5)],
                circle(0, 0, 4, "#f2a65c"),
            )
        )
    cup = "M-36 -58L36 -58C36 -20 28 0 0 0C-28 0 -36 -20 -36 -58Z"
    vase(
        338,
        556,
        cup,
        ("#f2c76b", "#dfa53c", "#a8741c"),
        path("M-50 -60L50 -60L50 -34C20 -24 -10 -44 -50 -30Z", "#fff6df"),
        shade=70,
    )
    s.add(ellipse(338, 498, 36, 6, "#7a4f1c"))
    s.add(path("M0 0L150 0L560 600L250 600Z", "#fff1cf", opacity=0.3, style="mix-blend-mode:soft-light"))
    s.add(rect(0, 0, 960, 600, "#000", filter=s.texture(0.9, 0.9, 2, "#7a5a38", 0.22)))


@picture("ad-default-market", 802)
def market(s: Scene) -> None:
    """A wooden crate brimming with vegetables, close up, against dark green."""
    s.backdrop("#1f4a3a", "#16382f", angle=45)
    s.glow(380, 120, 520, "#7fbf7a", 0.4)
    for _ in range(40):
        s.add(
            at(
                s.rng.uniform(0, 960),
                s.rng.uniform(0, 380),
                path(leaf(s.rng.uniform(60, 130), s.rng.uniform(16, 34)), "#2f6b4f"),
                turn=s.rng.uniform(0, 360),
                opacity=0.22,
            )
        )
    s.add(
        rect(0, 500, 960, 110, s.linear("#a8743f", "#7a4f28")),
        rect(0, 500, 960, 110, "#000", filter=s.texture(0.006, 0.2, 3, "#5a3417", 0.8)),
    )
    s.shadow(480, 556, 420, 44, "#1a0d04", 0.7)
    # Back row: leeks, kale, celery, baguette-free zone of greens.
    for x, t in ((250, -16), (282, -9), (314, -3)):
        s.add(
            at(
                x,
                370,
                path("M-15 0L-13 -130L13 -130L15 0Z", s.linear("#fdfdf0", "#d9e6b8", angle=0)),
                path(
                    "M-14 -120C-30 -190 -60 -240 -84 -262C-50 -250 -18 -220 0 -170C6 -220 24 -262 56 -284C40 -240 22 -190 14 -120Z",
                    s.linear("#3f8a4f", "#8fc26b"),
                ),
                turn=t,
            )
        )
    for _ in range(28):
        a = s.rng.uniform(-80, 80)
        frill = [
            (20 * math.cos(q) * (1 + 0.2 * (k % 2)), -70 + 46 * math.sin(q) * (1 + 0.2 * (k % 2)))
            for k, q in enumerate([math.tau * i / 16 for i in range(16)])
        ]
        s.add(
            at(
                420 + a * 0.5,
                370,
                path(spline(frill, True), s.rng.choice(("#2f6b3f", "#3f8a4f", "#57a05c", "#245a38"))),
                stroke("M0 0L0 -100", "#a8d98a", 3),
                turn=a,
                scale=s.rng.uniform(1.0, 1.7),
            )
        )
    for x, t in ((560, -4), (586, 3), (612, 9), (640, 15)):
        s.add(
            at(
                x,
                370,
                path(
                    "M-13 0C-17 -80 -13 -140 -9 -190L9 -190C13 -140 17 -80 13 0Z",
                    s.linear("#d3e89a", "#9cc55c", "#c9e08a", angle=0),
                ),
                *[
                    at(dx, -190, path(leaf(66, 17), c), turn=q)
                    for dx, q, c in ((-6, -40, "#5ba04f"), (0, 0, "#7fbf5c"), (6, 38, "#4a8f45"))
                ],
                turn=t,
            )
        )
    for x, t in ((712, 12), (744, 22), (686, 4)):
        tops = [
            at(
                0,
                -8,
                path(leaf(s.rng.uniform(90, 150), 9), s.rng.choice(("#57a05c", "#7fbf6b", "#3f8a4f"))),
                turn=q,
            )
            for q in (-34, -20, -6, 8, 22, 36)
        ]
        s.add(
            at(
                x,
                330,
                *tops,
                path(
                    "M-24 -4C-28 -26 28 -26 24 -4C20 50 8 110 0 140C-8 110 -20 50 -24 -4Z",
                    s.linear("#ffb05c", "#f07f2a", "#d9641a", angle=0),
                ),
                *[
                    stroke(f"M{-18 + k * 3} {10 + k * 22}L{-2 + k * 2} {12 + k * 22}", "#c9561a", 3)
                    for k in range(4)
                ],
                turn=t,
            )
        )
    # Middle row.
    s.add(
        at(
            330,
            352,
            path(
                "M-84 20C-96 -50 -40 -84 0 -66C40 -84 96 -50 84 20C70 70 -70 70 -84 20Z",
                s.radial("#ffb84f", "#f0872a:60", "#b5541a", cx=0.4, cy=0.3, r=0.75),
            ),
            *[
                path(
                    f"M0 -64C{k * 34} -50 {k * 40} 30 {k * 22} 56",
                    "none",
                    stroke="#c9641f",
                    stroke_width=4,
                    opacity=0.7,
                )
                for k in (-2, -1, 0, 1, 2)
            ],
            path("M-10 -62C-14 -90 4 -100 18 -104L24 -94C10 -88 10 -74 10 -62Z", "#6b8f3a"),
        )
    )
    for x, y, r in ((448, 352, 46), (530, 360, 44), (492, 318, 42)):
        s.add(
            at(
                x,
                y,
                circle(0, 0, r, s.radial("#ff8f7a", "#e2382f:55", "#9c1a1f", cx=0.36, cy=0.3, r=0.8)),
                ellipse(-14, -18, 11, 7, "#fff", opacity=0.65),
                path(star(19, 6, 5), "#3f8a3f", transform="translate(2 -26) scale(1 .6)"),
                stroke("M2 -28L6 -44", "#3f7a35", 5),
            )
        )
    s.add(
        at(
            634,
            350,
            path(
                "M-40 60C-76 20 -50 -40 -14 -60C-6 -90 26 -90 30 -60C64 -40 84 24 44 60C20 78 -20 78 -40 60Z",
                s.radial("#b58fe0", "#5b2f7f:60", "#2f1548", cx=0.35, cy=0.3, r=0.8),
            ),
            path("M-18 -58C-20 -86 30 -88 34 -58C20 -44 -6 -44 -18 -58Z", "#5f9f4a"),
            stroke("M8 -76L14 -98", "#4a8038", 8),
            stroke("M-32 -10C-36 14 -32 34 -22 48", "#e0c9f7", 7, opacity=0.6),
            turn=18,
        )
    )
    s.add(
        at(
            220,
            382,
            path(
                "M-52 30C-64 -14 -30 -46 0 -40C30 -46 64 -14 52 30C40 56 -40 56 -52 30Z",
                s.radial("#fff3a8", "#f5cf3a:60", "#c99a1a", cx=0.4, cy=0.3, r=0.8),
            ),
            path("M-8 -38C-8 -58 10 -62 14 -58L10 -38Z", "#5f8f3a"),
            stroke("M-22 -30C-32 0 -30 20 -22 42M22 -30C32 0 30 20 22 42", "#d9ac2a", 4),
        )
    )
    for x, y in ((716, 392), (760, 398), (738, 364)):
        s.add(
            at(
                x,
                y,
                path(
                    "M0 44C-34 34 -40 -14 0 -24C40 -14 34 34 0 44Z",
                    s.radial("#ffb5cc", "#d9386b:60", "#99204a", cx=0.36, cy=0.3, r=0.8),
                ),
                path("M-4 40L0 66L4 40Z", "#f5e0e6"),
                *[at(0, -22, path(leaf(40, 11), "#57a05c"), turn=q) for q in (-34, 0, 34)],
            )
        )
    # Crate.
    for y in (404, 456, 508):
        s.add(
            rect(146, y, 668, 46, s.linear("#e3b578", "#b98045"), 4),
            rect(146, y, 668, 46, "#000", 4, filter=s.texture(0.008, 0.16, 3, "#7a4a1f", 0.75, y)),
        )
        for x in (172, 786):
            s.add(circle(x, y + 14, 4, "#6b4a2a"), circle(x, y + 34, 4, "#6b4a2a"))
    for x in (146, 768):
        s.add(
            rect(x, 392, 48, 172, s.linear("#f0c98f", "#c08a4f", angle=0), 4),
            *[circle(x + 24, y, 4.5, "#7a5228") for y in (416, 438, 468, 490, 520, 542)],
        )
    s.add(
        at(
            480,
            482,
            path("M0 44C-60 20 -52 -44 0 -30C52 -44 60 20 0 44Z", "#8a5526", opacity=0.75),
            path(
                "M0 36L0 -18M0 10L-20 -6M0 0L20 -16",
                "none",
                stroke="#e3b578",
                stroke_width=5,
                stroke_linecap="round",
            ),
        )
    )
    for x, t in ((206, -30), (760, 26), (600, 8)):
        s.add(
            at(
                x,
                410,
                path(leaf(70, 22), s.linear("#7fbf5c", "#3f8a45")),
                stroke("M0 0L0 -60", "#cfe8a8", 2),
                turn=180 + t,
            )
        )
    for x, y, r in ((872, 548, 36), (92, 552, 34), (60, 566, 26)):
        s.shadow(x + 6, y + r, r * 1.2, 9, "#1a0d04", 0.6)
        s.add(
            at(
                x,
                y,
                circle(0, 0, r, s.radial("#ff9f8a", "#e2382f:55", "#9c1a1f", cx=0.36, cy=0.3, r=0.8)),
                ellipse(-10, -14, 9, 6, "#fff", opacity=0.65),
                path(star(15, 5, 5), "#3f8a3f", transform=f"translate(2 {-r * 0.6}) scale(1 .6)"),
            )
        )


@picture("ad-default-ferry", 803)
def ferry(s: Scene) -> None:
    """A white and red ferry leaves a harbour under a tall bridge, seen from above the water."""
    s.backdrop("#2f86c9", "#7fc1e6", "#d3ecf2")
    s.add(
        path(
            "M-20 250C60 190 140 230 220 196C320 160 380 220 470 206C560 190 640 226 740 190C830 166 900 210 1000 196L1000 320L-20 320Z",
            "#8fb5c9",
        )
    )
    for x, w, h, c in (
        (30, 60, 80, "#f2e4cc"),
        (84, 46, 110, "#e0a07a"),
        (126, 56, 70, "#f7f0e0"),
        (178, 40, 96, "#c9746a"),
        (214, 60, 64, "#e9cfa8"),
        (700, 52, 74, "#f7f0e0"),
        (748, 60, 104, "#d98f6a"),
        (804, 44, 80, "#f2d9b0"),
        (844, 66, 120, "#f7f0e0"),
        (906, 60, 86, "#c9746a"),
    ):
        s.add(
            rect(x, 300 - h, w, h, c),
            path(f"M{x - 3} {300 - h}L{x + w / 2} {280 - h}L{x + w + 3} {300 - h}Z", "#a8503f"),
            *[
                rect(x + 8 + q * 15, 312 - h + r * 20, 8, 11, "#4a7a99")
                for q in range(int((w - 10) // 15))
                for r in range(int((h - 14) // 20))
            ],
        )
    s.add(rect(0, 296, 960, 12, "#7a8a8f"))
    s.add(rect(0, 306, 960, 300, s.linear("#3fa3bd", "#1f7a9f", "#125a80")))
    for _ in range(170):
        y = s.rng.uniform(312, 596)
        k = (y - 290) / 300
        x, w = s.rng.uniform(-60, 960), s.rng.uniform(14, 70) * (0.4 + k * 1.5)
        s.add(
            path(
                f"M{x} {y}Q{x + w / 4} {y - 5 * k} {x + w / 2} {y}T{x + w} {y}",
                "none",
                stroke=s.rng.choice(("#9fe0e6", "#d9f5f2", "#0f4f73")),
                stroke_width=1 + 2.4 * k,
                opacity=0.5,
                stroke_linecap="round",
            )
        )
    # Suspension bridge.
    for x in (250, 700):
        s.add(
            rect(x - 16, 50, 12, 290, s.linear("#e2574c", "#a83228", angle=0)),
            rect(x + 8, 50, 12, 290, s.linear("#e2574c", "#a83228", angle=0)),
            *[rect(x - 18, y, 40, 10, "#c9453a") for y in (56, 104, 152, 200)],
            rect(x - 30, 326, 64, 30, "#d9cbb5", 4),
            ellipse(x, 358, 52, 8, "#d9f5f2", opacity=0.6),
        )
    s.add(rect(-10, 226, 980, 14, "#c9453a"), rect(-10, 240, 980, 5, "#8f2f27"))
    for pts in (
        [(-180, 60), (-20, 190), (246, 56)],
        [(246, 56), (476, 222), (700, 56)],
        [(700, 56), (960, 190), (1100, 60)],
    ):
        (x0, y0), (x1, y1), (x2, y2) = pts
        s.add(stroke(f"M{x0} {y0}Q{x1} {y1 * 1.72 - 30} {x2} {y2}", "#a83228", 5))
        for k in range(1, 20):
            t = k / 20
            x, y = (
                x0 * (1 - t) ** 2 + 2 * x1 * t * (1 - t) + x2 * t * t,
                y0 * (1 - t) ** 2 + 2 * (y1 * 1.72 - 30) * t * (1 - t) + y2 * t * t,
            )
            if y < 226:
                s.add(stroke(f"M{x} {y}L{x} 228", "#a83228", 1.6))
    for x, c in (
        (60, "#fff"),
        (130, "#f2c14e"),
        (356, "#5f9f8a"),
        (520, "#fff"),
        (600, "#e2884c"),
        (830, "#f2c14e"),
    ):
        s.add(rect(x, 214, 24, 11, c, 3), rect(x + 5, 207, 13, 8, c, 3))
    # Ferry with its wake.
    for k in range(5):
        s.add(
            path(
                f"M{190 - k * 6} {546 + k * 5}C{90 - k * 10} {540 + k * 12} {20} {556 + k * 10} -40 {548 + k * 16}L-40 {556 + k * 17}C30 {566 + k * 10} {100 - k * 10} {552 + k * 13} {190 - k * 6} {554 + k * 5}Z",
                "#e9fbf9",
                opacity=round(0.85 - 0.13 * k, 2),
            )
        )
    s.add(ellipse(500, 556, 380, 22, "#0b3f5f", opacity=0.5))
    s.add(
        path(
            "M150 470L840 462C834 510 800 552 760 560L230 560C190 552 160 516 150 470Z",
            s.linear("#e2483f", "#a8281f"),
        ),
        path("M150 470L840 462L836 484L154 494Z", "#ffffff"),
        path("M212 540L784 536C778 548 770 556 760 560L230 560C222 556 216 548 212 540Z", "#1f3a55"),
    )
    foam = [(176 + k * 42, 556 + (7 if k % 2 else -2)) for k in range(16)]
    s.add(
        path(
            spline(foam) + "L800 548C836 520 850 540 880 566C840 572 300 588 160 570Z", "#f2fdfb", opacity=0.9
        )
    )
    s.add(rect(200, 398, 560, 74, s.linear("#ffffff", "#dfe8ee"), 10), rect(200, 398, 560, 12, "#2f6b99", 6))
    for k in range(13):
        s.add(rect(222 + k * 41, 422, 28, 26, s.linear("#9fd6ea", "#3f7fa3"), 6))
    s.add(
        rect(270, 338, 400, 62, s.linear("#ffffff", "#e6edf2"), 10),
        *[rect(290 + k * 46, 354, 32, 24, s.linear("#9fd6ea", "#3f7fa3"), 6) for k in range(8)],
        rect(258, 332, 424, 10, "#2f6b99", 5),
    )
    s.add(
        path("M560 334L570 282L676 282L690 334Z", s.linear("#ffffff", "#dfe8ee")),
        path("M584 320L590 294L668 294L674 320Z", s.linear("#9fd6ea", "#3f7fa3")),
        rect(562, 276, 122, 9, "#e2483f", 4),
    )
    s.add(
        path("M350 334L358 262L436 262L444 334Z", s.linear("#f2c14e", "#d99a2a", angle=0)),
        rect(354, 262, 84, 18, "#1f3a55"),
        rect(352, 292, 90, 10, "#ffffff"),
    )
    for k in range(5):
        s.add(
            circle(
                380 - k * 26,
                240 - k * 15 + 4 * math.sin(k),
                15 + k * 5,
                "#ffffff",
                opacity=round(0.55 - k * 0.09, 2),
            )
        )
    s.add(
        stroke("M626 276L626 214M604 232L648 232", "#1f3a55", 4), path("M626 214L664 224L626 236Z", "#e2483f")
    )
    for k in range(30):
        s.add(stroke(f"M{206 + k * 19} 398L{206 + k * 19} 384", "#8fa3b0", 2))
    s.add(stroke("M206 384L264 384M676 384L760 384", "#8fa3b0", 3))
    for x, c in ((222, "#e2884c"), (244, "#4a7a5c"), (706, "#7a5a8f"), (730, "#d9574c")):
        s.add(circle(x, 372, 7, "#8a5a44"), rect(x - 8, 379, 16, 20, c, 6))
    for x in (230, 420, 610):
        s.add(
            circle(x + 70, 512, 15, "none", stroke="#fff6df", stroke_width=7),
            circle(x + 70, 512, 15, "none", stroke="#f2884c", stroke_width=7, stroke_dasharray="12 12"),
        )
    for x, y, k in (
        (120, 120, 1.2),
        (180, 150, 0.9),
        (560, 120, 1.0),
        (860, 130, 1.1),
        (480, 300, 0.9),
        (90, 400, 1.3),
    ):
        s.add(
            at(
                x,
                y,
                path("M-26 -8Q-12 -16 0 0Q12 -16 26 -8Q12 -8 0 6Q-12 -8 -26 -8Z", "#ffffff"),
                path("M18 -11L26 -8L17 -8Z", "#3a4a55"),
                scale=k,
            )
        )


@picture("audio-default-light", 804)
def terraces(s: Scene) -> None:
    """Sunrise over stepped rice terraces: bands of mirror water, a hut, a heron line in the sky."""
    s.backdrop("#f29a6b", "#ffc98a", "#fff0c9")
    s.add(circle(480, 196, 74, s.linear("#fffdf0", "#fff0b5")))
    s.glow(480, 196, 330, "#fff6d0", 0.85)
    for a in range(-80, 90, 16):
        s.add(at(480, 196, path("M-9 -110L9 -110L44 -560L-44 -560Z", "#fff6d0", opacity=0.16), turn=a))
    s.add(
        path(s.ridge(226, 34, 8, smooth=False), "#d98f7f"),
        path(s.ridge(256, 26, 9), "#b57a82"),
        path(s.ridge(282, 20, 7), "#8f6a80"),
    )
    s.add(ellipse(480, 290, 600, 34, "#fff3dc", opacity=0.55, filter=s.blur(20)))
    greens = ("#5f8f62", "#4f8a5c", "#3f8257", "#357a52", "#2c704d", "#246646", "#1c5a3f", "#144d37")
    for k in range(8):
        t = k / 7
        y = 300 + 270 * t**1.25
        drop = 12 + 26 * t
        sway = [
            (x, y + (16 + 30 * t) * math.sin(x / (170 + 24 * k) + k * 1.35) + 0.05 * abs(x - 480))
            for x in range(-60, 1061, 80)
        ]
        s.add(
            path(
                spline(sway) + "L1060 660L-60 660Z",
                s.linear("#fff0cf", "#f7cfa8:5", "#a9d3d9:13", "#6fb0c4:40"),
            )
        )
        for _ in range(8):
            x = s.rng.uniform(0, 900)
            s.add(
                rect(
                    x,
                    y + s.rng.uniform(6, 18),
                    s.rng.uniform(20, 90),
                    1.5 + 2 * t,
                    "#fffbe6",
                    1,
                    opacity=0.55,
                )
            )
        bank = [(x, q + drop * 0.9 + 10 * t) for x, q in sway]
        s.add(
            path(spline(bank) + "L1060 660L-60 660Z", greens[k]),
            stroke(spline(bank), "#bfe08a", 2 + 3 * t, opacity=0.8),
        )
        for _ in range(46):
            i = s.rng.randrange(len(bank) - 1)
            f = s.rng.random()
            x, q = (
                bank[i][0] + (bank[i + 1][0] - bank[i][0]) * f,
                bank[i][1] + (bank[i + 1][1] - bank[i][1]) * f,
            )
            s.add(
                at(
                    x,
                    q + 5 + 8 * t,
                    path(leaf(8 + 18 * t, 2 + 2 * t), s.rng.choice(("#8fc26b", "#6fae5c", "#a9d67f"))),
                    turn=s.rng.uniform(-30, 30),
                )
            )
    s.add(
        at(
            728,
            372,
            rect(-34, -30, 68, 34, "#8a5a3a"),
            path("M-54 -26L0 -74L54 -26Z", s.linear("#d9a55f", "#9c6a34")),
            rect(-9, -20, 18, 24, "#4a2c1c"),
            *[stroke(f"M{-40 + q * 16} -30L{-8 + q * 3} -66", "#7a4f26", 2) for q in range(6)],
        )
    )
    s.add(
        at(
            250,
            430,
            stroke("M0 0C8 -50 -6 -90 8 -130", "#5a3f2c", 8),
            *[
                at(8, -130, path(leaf(92, 13, 8), c), turn=t)
                for t, c in (
                    (-110, "#2f7a4f"),
                    (-70, "#3f8f5c"),
                    (-30, "#4fa066"),
                    (15, "#3f8f5c"),
                    (60, "#2f7a4f"),
                    (100, "#3f8f5c"),
                )
            ],
        )
    )
    for k, (x, y) in enumerate(((640, 120), (676, 108), (712, 98), (748, 106), (784, 118))):
        s.add(at(x, y, stroke("M-15 -5Q-7 -12 0 0Q7 -12 15 -5", "#8a4f45", 3), scale=1 - k * 0.05))


@picture("still-default-reef", 805)
def reef(s: Scene) -> None:
    """A coral reef cut through the surface: a turtle, reef fish and light shafts below a tiny boat."""
    s.backdrop("#bfe9f7", "#e6f7fb")
    s.add(circle(800, 60, 36, "#fff6c9"))
    s.add(
        at(
            300,
            106,
            path("M-60 -6L60 -6C54 18 -46 18 -60 -6Z", s.linear("#e2574c", "#a8352d")),
            path("M-4 -10L-4 -92L46 -18Z", "#ffffff"),
            path("M-10 -10L-10 -78L-40 -16Z", "#ffd98a"),
            rect(-9, -94, 5, 90, "#7a4a2a"),
        )
    )
    wave = [(x, 122 + 7 * math.sin(x / 44)) for x in range(-40, 1010, 30)]
    s.add(
        path(spline(wave) + "L1000 640L-40 640Z", s.linear("#5fd0de", "#2097b8:30", "#11628f:70", "#0c3f6b"))
    )
    s.add(stroke(spline(wave), "#ffffff", 5, opacity=0.9))
    for x, w in ((120, 50), (260, 90), (430, 60), (600, 110), (790, 70)):
        s.add(
            path(
                f"M{x} 124L{x + w} 124L{x + w * 2.4 - 160} 620L{x - 160} 620Z",
                s.linear("#ffffff@0.3", "#ffffff@0"),
            )
        )
    s.add(
        path(
            "M-20 520C120 470 240 520 380 540C560 566 700 500 980 470L980 640L-20 640Z",
            s.linear("#1b5f86", "#0d3a61"),
            opacity=0.8,
        )
    )

    def branch(x: float, y: float, size: float, angle: float, depth: int, color: str) -> list[str]:
        q = math.radians(angle)
        x2, y2 = x + size * math.sin(q), y - size * math.cos(q)
        out = [stroke(f"M{x:.1f} {y:.1f}L{x2:.1f} {y2:.1f}", color, max(size * 0.3, 4))]
        if depth:
            for turn in (-34, 4, 30) if depth > 1 else (-26, 22):
                out += branch(
                    x2,
                    y2,
                    size * s.rng.uniform(0.62, 0.8),
                    angle + turn + s.rng.uniform(-8, 8),
                    depth - 1,
                    color,
                )
        return out

    def fan(x: float, y: float, r: float, color: str, rib: str) -> None:
        s.add(
            at(
                x,
                y,
                path(
                    f"M0 0C{-r} {-r * 0.2} {-r * 1.1} {-r * 1.1} {-r * 0.3} {-r * 1.3}C0 {-r * 1.5} {r} {-r * 1.2} {r * 0.9} {-r * 0.6}C{r * 0.8} {-r * 0.2} {r * 0.3} 0 0 0Z",
                    color,
                ),
                *[
                    stroke(
                        f"M0 0Q{r * 0.5 * math.sin(a)} {-r * 0.5} {r * 1.0 * math.sin(a)} {-r * 1.15 * math.cos(a)}",
                        rib,
                        2.5,
                        opacity=0.75,
                    )
                    for a in (-0.8, -0.55, -0.3, 0, 0.3, 0.55)
                ],
            )
        )

    def tubes(x: float, y: float, color: str, dark: str) -> None:
        for dx, h, w in ((-44, 70, 30), (-12, 112, 34), (24, 86, 32), (54, 58, 26)):
            s.add(
                path(
                    f"M{x + dx - w / 2} {y}L{x + dx - w * 0.42} {y - h}L{x + dx + w * 0.42} {y - h}L{x + dx + w / 2} {y}Z",
                    s.linear(color, dark, angle=0),
                ),
                ellipse(x + dx, y - h, w * 0.42, w * 0.16, "#3a1238"),
            )

    s.add(
        path(
            "M-20 640L-20 500C60 480 160 520 260 560C420 610 520 580 640 560C760 540 860 490 980 470L980 640Z",
            s.linear("#7a4f7f", "#3a2458"),
        )
    )
    s.add(
        *branch(120, 540, 58, -6, 3, "#ff6f7f"),
        *branch(820, 540, 64, 8, 3, "#ff9f4a"),
        *branch(660, 590, 40, -10, 3, "#f7d14f"),
    )
    fan(230, 560, 90, "#c05fd0", "#f2c2fa")
    fan(930, 520, 100, "#f0568f", "#ffc2d9")
    tubes(410, 610, "#5fd9b5", "#1f8f8a")
    tubes(40, 560, "#ffb35c", "#c96a2a")
    for x, y, r, c, d in (
        (520, 600, 56, "#f58a6b", "#b5453f"),
        (730, 604, 48, "#7fd06b", "#2f8f5c"),
        (320, 614, 40, "#f7c94f", "#c98a1f"),
    ):
        s.add(
            path(
                f"M{x - r} {y + 20}C{x - r} {y - r * 1.1} {x + r} {y - r * 1.1} {x + r} {y + 20}Z",
                s.radial(c, d, cx=0.4, cy=0.3, r=0.9),
            ),
            *[
                stroke(
                    f"M{x + q * r * 0.3} {y - r * 0.72 + abs(q) * 6}C{x + q * r * 0.5} {y - r * 0.3} {x + q * r * 0.4} {y} {x + q * r * 0.5} {y + 14}",
                    d,
                    3,
                    opacity=0.6,
                )
                for q in (-1.4, -0.7, 0, 0.7, 1.4)
            ],
        )
    for x, h in ((580, 150), (600, 110), (616, 170), (180, 130), (166, 90)):
        s.add(
            stroke(
                f"M{x} 620C{x - 16} {620 - h * 0.3} {x + 18} {620 - h * 0.6} {x} {620 - h}",
                "#4fbf7a",
                9,
                opacity=0.9,
            )
        )
    # Turtle.
    s.add(
        at(
            500,
            330,
            path(
                "M-64 -34C-110 -84 -150 -96 -170 -76C-150 -60 -116 -36 -80 -8ZM58 -40C70 -96 108 -118 128 -104C124 -74 102 -40 80 -14Z",
                s.linear("#9fcf8a", "#4f9470"),
            ),
            path(
                "M-80 30C-112 44 -128 66 -122 78C-96 72 -76 58 -62 44ZM70 34C98 44 112 64 106 76C84 72 64 58 54 44Z",
                "#6fae7c",
            ),
            ellipse(112, -2, 38, 27, s.linear("#b5dd95", "#6fae7c")),
            circle(124, -10, 5.5, "#10302a"),
            stroke("M136 8Q126 14 114 12", "#2f6b52", 3),
            ellipse(0, 0, 98, 62, s.radial("#d9a85c", "#9c6a3a:60", "#5a3a2a", cx=0.42, cy=0.3, r=0.8)),
            *[
                path(
                    poly(
                        [
                            (dx + 26 * math.cos(math.tau * k / 6) * w, dy + 22 * math.sin(math.tau * k / 6))
                            for k in range(6)
                        ]
                    ),
                    "none",
                    stroke="#f2d39a",
                    stroke_width=3.5,
                    opacity=0.75,
                )
                for dx, dy, w in (
                    (0, 0, 1),
                    (-46, 0, 0.8),
                    (46, 0, 0.8),
                    (-24, -36, 0.8),
                    (24, -36, 0.8),
                    (-24, 36, 0.8),
                    (24, 36, 0.8),
                )
            ],
            turn=-12,
        )
    )

    def fish(x: float, y: float, k: float, a: str, b: str, flip: int) -> None:
        s.add(
            at(
                x,
                y,
                group(
                    path("M-34 0C-20 -26 20 -28 38 0C20 28 -20 26 -34 0Z", a),
                    path("M-30 0L-56 -20L-50 0L-56 20Z", b),
                    path("M-4 -22C0 -8 0 8 -4 22L6 23C10 8 10 -8 6 -23Z", b),
                    path("M14 -19C18 -8 18 8 14 19L20 16C24 6 24 -6 20 -16Z", b),
                    path("M-10 -22C0 -36 14 -34 18 -20Z", b),
                    circle(28, -5, 4.5, "#fff"),
                    circle(29, -5, 2.4, "#10202a"),
                    transform=f"scale({flip} 1)",
                ),
                scale=k,
            )
        )

    for x, y, k, a, b, f in (
        (170, 270, 1.0, "#ff9f2f", "#fff7ea", 1),
        (236, 310, 0.8, "#ff9f2f", "#fff7ea", 1),
        (120, 340, 0.7, "#ff9f2f", "#fff7ea", 1),
        (760, 250, 1.0, "#ffe04f", "#3f5fd0", -1),
        (836, 290, 0.85, "#ffe04f", "#3f5fd0", -1),
        (720, 420, 0.8, "#ff6fa0", "#ffd9e6", -1),
        (340, 470, 0.7, "#7fe0ff", "#2f5fc0", 1),
        (880, 380, 0.7, "#ffe04f", "#3f5fd0", -1),
    ):
        fish(x, y, k, a, b, f)
    for k in range(24):
        s.add(
            at(
                560 + (k % 8) * 24 + s.rng.uniform(-8, 8),
                186 + (k // 8) * 20 + s.rng.uniform(-6, 6),
                path("M-9 0C-4 -6 5 -6 9 0C5 6 -4 6 -9 0ZM-8 0L-15 -5L-15 5Z", "#d9f7ff", opacity=0.8),
            )
        )
    for x0 in (440, 700, 90):
        for k in range(7):
            s.add(
                circle(
                    x0 + 10 * math.sin(k * 1.7),
                    470 - k * 36,
                    3 + k * 0.9,
                    "none",
                    stroke="#e6fbff",
                    stroke_width=2,
                    opacity=0.8,
                )
            )
