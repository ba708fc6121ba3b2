"""Reassurance for a fearful viewer: lamps, hearths, lit windows, a sleeping fox."""

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


@picture("ad-fear-nightlight", 301)
def nightlight(s: Scene) -> None:
    """A child's room at night: a mushroom lamp fills one corner with amber light."""
    s.add(rect(0, 0, 960, 440, s.linear("#1a2250", "#2a2f66", "#3b3568")))
    for x in range(20, 960, 64):
        for k, y in enumerate(range(24, 430, 64)):
            s.add(at(x + (32 if k % 2 else 0), y, path(star(5, 2), "#5a62a8", opacity=0.5)))
    s.add(
        rect(90, 60, 236, 250, "#141a40", 12),
        rect(104, 74, 208, 222, s.linear("#16265f", "#3a5aa0", "#7f8fc8")),
    )
    clip = s.clip(rect(104, 74, 208, 222, "#000"))
    sky = [
        circle(s.rng.uniform(104, 312), s.rng.uniform(74, 240), s.rng.uniform(0.8, 2.2), "#fff")
        for _ in range(34)
    ]
    s.add(group(*sky, circle(250, 136, 34, "#fff3cf"), circle(236, 128, 30, "#22397a"),
                path("M90 296C140 240 190 262 226 250C266 236 300 262 330 250L330 310L90 310Z", "#12204a"), clip_path=clip))  # fmt: skip
    s.add(
        rect(202, 74, 10, 222, "#141a40"),
        rect(104, 178, 208, 10, "#141a40"),
        rect(76, 304, 264, 16, "#20275a", 6),
    )
    for side in (-1, 1):
        x = 208 + side * 116
        s.add(path(f"M{x} 40C{x + side * 50} 40 {x + side * 64} 44 {x + side * 66} 48C{x + side * 50} 170 {x + side * 70} 260 "
                   f"{x + side * 54} 350L{x - side * 6} 350C{x + side * 14} 240 {x - side * 8} 160 {x - side * 40} 44Z",
                   s.linear("#57407f", "#3a2b60")))  # fmt: skip
    s.add(rect(66, 34, 284, 10, "#c9935a", 5))
    s.add(rect(0, 438, 960, 170, s.linear("#5b3a4d", "#2d1d36")))
    s.add(rect(0, 430, 960, 12, "#4a3c70"))
    s.glow(700, 330, 430, "#ffb04f", 0.85)
    s.add(
        ellipse(520, 530, 380, 60, "#7a4560", opacity=0.9),
        ellipse(520, 530, 340, 50, "#8f5570"),
        ellipse(520, 530, 290, 38, "#a66a80"),
    )
    # The bed, with a sleeping bear.
    s.add(
        rect(372, 300, 22, 220, s.linear("#b9793f", "#7a4822", angle=0), 10),
        rect(372, 330, 40, 120, "#a5672f", 10),
    )
    s.add(path("M60 420C60 390 80 380 110 380L400 380L400 490L60 490Z", "#7d6bb0"))
    s.add(
        rect(28, 290, 26, 230, s.linear("#b9793f", "#6e3f1c", angle=0), 12),
        rect(40, 318, 70, 150, "#96592a", 14),
    )
    s.add(path("M70 384C66 340 90 330 140 334C190 336 216 346 214 372C212 392 190 398 140 398C96 398 74 398 70 384Z",
               s.linear("#fff7e6", "#d9c8e0", angle=200)))  # fmt: skip
    s.add(
        path(
            "M58 430C110 372 190 404 250 384C320 360 380 382 404 402L404 500L58 500Z",
            s.linear("#f0a35a", "#b55a63", angle=160),
        )
    )
    clip = s.clip(path("M58 430C110 372 190 404 250 384C320 360 380 382 404 402L404 500L58 500Z", "#000"))
    quilt = [path(star(13, 6, 5), "#ffd98f", transform=f"translate({x + (20 if y % 80 else 0)} {y})", opacity=0.75)
             for x in range(80, 420, 44) for y in range(400, 500, 40)]  # fmt: skip
    s.add(group(*quilt, clip_path=clip))
    fur = s.radial("#d39a63", "#a86c3a", cx=0.7, cy=0.4, r=0.8)
    s.add(circle(120, 330, 13, "#a86c3a"), circle(172, 326, 13, "#a86c3a"), circle(172, 326, 7, "#e5b98a"),
          ellipse(147, 356, 40, 34, fur), ellipse(154, 368, 18, 13, "#f0cfa4"), ellipse(155, 362, 6, 4, "#4a2a18"),
          stroke("M126 352Q132 358 138 352M164 350Q170 356 176 350", "#4a2a18", 3), stroke("M155 366L155 371Q150 376 146 373", "#4a2a18", 2))  # fmt: skip
    # The night stand and the lamp.
    s.add(ellipse(706, 540, 170, 22, "#1c1028", opacity=0.6))
    s.add(
        rect(600, 396, 212, 18, s.linear("#f2b56c", "#b0703a"), 6),
        rect(612, 414, 188, 118, s.linear("#b0703a", "#6e3f24")),
    )
    s.add(
        rect(628, 430, 156, 40, "#8f552c", 5),
        circle(706, 450, 6, "#f6d08f"),
        rect(628, 480, 156, 40, "#84502b", 5),
        circle(706, 500, 6, "#f6d08f"),
    )
    s.glow(706, 320, 190, "#fff0bb", 0.95)
    s.add(
        path(
            "M676 396C684 356 682 330 680 312L732 312C730 330 728 356 736 396Z",
            s.linear("#fffbe6", "#ffe3a3", angle=0),
        )
    )
    s.add(
        path(
            "M606 318C608 250 650 214 706 214C762 214 804 250 806 318C780 334 632 334 606 318Z",
            s.radial("#fff2b8", "#ffc04d:50", "#f0852f", cx=0.5, cy=0.75, r=0.8),
        )
    )
    for x, y, r in ((662, 268, 15), (716, 244, 17), (762, 282, 14), (704, 296, 10), (640, 304, 8)):
        s.add(ellipse(x, y, r, r * 0.85, "#fffbe0", opacity=0.9))
    s.add(path("M612 320C640 334 772 334 800 320C770 344 642 344 612 320Z", "#fff6cf"))
    for x, y, w, h, c in (
        (748, 352, 14, 44, "#5f7fc0"),
        (763, 346, 12, 50, "#d9637a"),
        (776, 356, 16, 40, "#6fae92"),
    ):
        s.add(rect(x, y, w, h, c, 2), rect(x, y + 6, w, 4, "#fff", opacity=0.6))
    s.add(at(850, 470, rect(-4, -90, 8, 60, "#8a5a36"), path("M-44 60L-34 -36L34 -36L44 60Z", s.linear("#d98b4e", "#8b4a3c", angle=0)),
             *[circle(-22 + k * 22, -44, 20, ("#5f7fc0", "#f2c14e", "#d9637a")[k]) for k in range(3)]))  # fmt: skip
    s.add(path("M-10 610L-10 570C200 556 700 596 970 566L970 610Z", "#1d1430", opacity=0.5))
    for _ in range(40):
        x, y = s.rng.gauss(706, 150), s.rng.gauss(270, 90)
        s.add(circle(x, y, s.rng.uniform(0.8, 2.2), "#ffeab0", opacity=0.75))


@picture("ad-fear-hearth", 302)
def hearth(s: Scene) -> None:
    """A wing chair with a knitted blanket beside a fire, a cat asleep on the rug."""
    s.backdrop("#5a1f2b", "#7a2f30", "#8f4032")
    for x in range(0, 960, 60):
        s.add(rect(x, 0, 30, 452, "#000", opacity=0.07))
        s.add(at(x + 45, 70, path(leaf(22, 9), "#c2704a", opacity=0.3)), at(x + 45, 210, path(leaf(22, 9), "#c2704a", opacity=0.3)),
              at(x + 45, 350, path(leaf(22, 9), "#c2704a", opacity=0.3)))  # fmt: skip
    s.add(rect(0, 450, 960, 160, s.linear("#6b3a22", "#3b1d14")))
    for x in range(-400, 1400, 90):
        s.add(stroke(f"M{480 + (x - 480) * 0.6} 450L{x} 620", "#3b1d14", 3, opacity=0.6))
    s.add(rect(0, 440, 960, 14, "#4a1b20"))
    # Fireplace.
    s.add(rect(508, 120, 404, 336, s.linear("#d9c7b0", "#a98f78")))
    for r in range(9):
        for c in range(7):
            s.add(
                rect(
                    514 + c * 58 - (29 if r % 2 else 0),
                    140 + r * 36,
                    54,
                    32,
                    s.rng.choice(("#cbb49b", "#bda38a", "#d6c3ac", "#b3987f")),
                    4,
                    clip_path="",
                )
            )
    s.add(rect(440, 120, 68, 336, "#7a2c2f"), rect(912, 120, 60, 336, "#7a2c2f"))
    s.add(rect(478, 92, 464, 34, s.linear("#8b5a38", "#5a3420"), 5), rect(490, 126, 440, 12, "#452616"))
    s.add(path("M590 456L590 300C590 220 830 220 830 300L830 456Z", "#2a0f10"))
    s.glow(710, 400, 330, "#ff9a3d", 0.85)
    fire = s.clip(path("M590 456L590 300C590 220 830 220 830 300L830 456Z", "#000"))
    flames = []
    for color, k in (("#e2492b", 1.0), ("#f7872f", 0.76), ("#ffc34d", 0.52), ("#fff3b0", 0.28)):
        flames.append(at(710, 440, path("M-84 0C-96 -66 -54 -80 -58 -132C-30 -112 -24 -86 -28 -64C-10 -100 -14 -140 10 -182C26 -140 44 -122 40 -76"
                      "C56 -92 54 -110 52 -126C84 -90 96 -50 82 0Z", color), scale=k))  # fmt: skip
    s.add(group(*flames, clip_path=fire))
    for x, t in ((660, -8), (762, 9), (710, 2)):
        s.add(
            at(
                x,
                440,
                rect(-62, -13, 124, 26, s.linear("#7a4a2a", "#3b1f12"), 13),
                circle(54, 0, 12, "#c98f5a"),
                circle(54, 0, 6, "#8a5a34"),
                turn=t,
            )
        )
    s.add(rect(560, 452, 300, 20, s.linear("#9c8571", "#6d5848"), 3))
    for x, h, c in ((520, 54, "#f5e6c8"), (548, 38, "#e9d3ac")):
        s.add(
            rect(x, 92 - h, 18, h, c, 4),
            path(
                f"M{x + 9} {92 - h}C{x + 1} {78 - h} {x + 9} {70 - h} {x + 9} {64 - h}C{x + 12} {72 - h} {x + 17} {80 - h} {x + 9} {92 - h}Z",
                "#ffc34d",
            ),
        )
        s.glow(x + 9, 78 - h, 50, "#ffd98a", 0.6)
    s.add(path("M640 92C630 60 646 48 664 48C682 48 698 60 688 92Z", "#3f6f74"),
          *[at(664, 52, path(leaf(52, 13), c), turn=t) for t, c in ((-40, "#5c8a4f"), (-12, "#6fa05c"), (18, "#4d7a46"), (46, "#7fae68"))])  # fmt: skip
    s.add(
        rect(760, 22, 108, 70, "#4a2a1a", 3),
        rect(768, 30, 92, 54, s.linear("#f2c48a", "#d97f57")),
        path("M768 84L796 52L818 70L838 46L860 84Z", "#6b4a5a"),
    )
    s.add(
        ellipse(450, 548, 420, 52, "#8a2f3a"),
        ellipse(450, 548, 380, 43, "#d9a866"),
        ellipse(450, 548, 366, 40, "#8a2f3a"),
        ellipse(450, 548, 250, 24, "#a8484a"),
    )
    # The chair.
    s.add(ellipse(258, 540, 210, 24, "#1d0a0a", opacity=0.55))
    s.add(rect(128, 500, 20, 44, "#3b1f12"), rect(362, 500, 20, 44, "#3b1f12"))
    s.add(
        path(
            "M118 210C118 120 180 96 256 96C332 96 392 120 392 210L392 420L118 420Z",
            s.linear("#25524f", "#3d7a70", angle=0),
        )
    )
    s.add(
        path(
            "M150 226C150 156 196 134 256 134C316 134 360 156 360 226L360 400L150 400Z",
            s.linear("#3d7a70", "#5fa090", angle=20),
        )
    )
    for x, y in ((205, 200), (256, 186), (307, 200), (230, 250), (282, 250), (256, 306)):
        s.add(circle(x, y, 6, "#2b5c57"), circle(x - 1, y - 2, 3, "#8cc4b3"))
    s.add(
        path(
            "M98 330C80 330 74 350 76 372L84 510L168 510L168 366C168 342 130 330 98 330Z",
            s.linear("#2b5f5a", "#4a8c80", angle=0),
        )
    )
    s.add(
        path(
            "M412 330C430 330 436 350 434 372L426 510L342 510L342 366C342 342 380 330 412 330Z",
            s.linear("#4a8c80", "#6fb3a0", angle=0),
        )
    )
    s.add(
        rect(150, 386, 210, 62, s.linear("#6fb3a0", "#3f7d72"), 20),
        rect(160, 440, 190, 66, s.linear("#35706a", "#25524f"), 8),
    )
    blanket = "M346 260C384 250 430 300 440 350C448 400 446 470 452 536L356 544C362 470 352 420 336 380C320 340 320 270 346 260Z"
    s.add(path(blanket, s.linear("#f7e6cd", "#e0b98a", angle=200)))
    clip = s.clip(path(blanket, "#000"))
    knit = [stroke("M" + "".join(f"{300 + k * 10} {y + (7 if k % 2 else 0)}L" for k in range(17)).rstrip("L"), c, 5, opacity=0.8)
            for y, c in zip(range(266, 550, 15), ("#c7604d", "#e9cfa6", "#4f8a80", "#e9cfa6") * 5, strict=False)]  # fmt: skip
    s.add(group(*knit, clip_path=clip))
    for x in range(360, 452, 9):
        s.add(stroke(f"M{x} 541L{x + s.rng.uniform(-3, 3):.1f} 560", "#f1d9b4", 3))
    s.add(
        at(
            214,
            372,
            rect(-44, -48, 88, 88, s.linear("#f0b25c", "#c9772e"), 20),
            stroke("M-30 -34L30 28M30 -34L-30 28", "#fbd794", 3),
            turn=-12,
        )
    )
    # The cat.
    s.add(ellipse(590, 556, 110, 14, "#2a0f10", opacity=0.5))
    coat = s.radial("#ffc27a", "#d9803c:60", "#9c5024", cx=0.72, cy=0.2, r=0.9)
    s.add(path("M500 540C496 486 556 460 606 470C664 480 692 516 682 550C640 566 520 566 500 540Z", coat))
    s.add(stroke("M676 544C640 566 560 566 520 550", "#b5652e", 19), circle(522, 551, 9.5, "#fff0d9"))
    s.add(
        path(
            "M508 494L502 464L528 478C540 473 552 473 562 478L586 462L582 496C590 526 570 542 544 542C518 542 502 522 508 494Z",
            s.linear("#f5ac62", "#d9803c"),
        )
    )
    s.add(stroke("M526 508Q533 515 540 508M554 508Q561 515 568 508", "#5a2a14", 3.2), path("M543 518L553 518L548 524Z", "#a8453c"),
          stroke("M548 524Q542 530 537 527M548 524Q554 530 559 527", "#5a2a14", 2))  # fmt: skip
    for k in range(4):
        s.add(
            stroke(
                f"M{608 + k * 18} {474 + k * 6}C{604 + k * 18} {490 + k * 5} {606 + k * 18} {500 + k * 4} {612 + k * 17} {508 + k * 4}",
                "#a85a28",
                6,
                opacity=0.75,
            )
        )
    s.add(
        path(
            "M590 456L590 300C590 220 830 220 830 300L830 456L960 620L300 620Z",
            s.linear("#ffb35c@0", "#ffb35c@0.28"),
            style="mix-blend-mode:screen",
        )
    )


def _snow_pine(h: float, tone: tuple[str, str, str]) -> str:
    out = [rect(-h * 0.04, -h * 0.16, h * 0.08, h * 0.16, "#3b2f4a")]
    for i in range(3):
        top, w, b = -h + i * h * 0.24, h * (0.2 + 0.08 * i), -h + i * h * 0.24 + h * 0.42
        out.append(path(poly([(0, top), (w, b), (-w, b)]), tone[0]))
        out.append(path(poly([(0, top), (-w, b), (-w * 0.1, b)]), tone[1]))
        out.append(path(f"M0 {top}L{w * 0.55} {top + (b - top) * 0.55}L{w * 0.2} {top + (b - top) * 0.42}L0 {top + (b - top) * 0.6}"
                        f"L{-w * 0.25} {top + (b - top) * 0.44}L{-w * 0.55} {top + (b - top) * 0.55}Z", tone[2]))  # fmt: skip
    return "".join(out)


@picture("ad-fear-cabin", 303)
def cabin(s: Scene) -> None:
    """An isometric cabin on a snowy hill at night, every window lit."""
    s.backdrop("#0f1740", "#1f2d6b", "#47549b")
    s.stars(130, 330)
    for k in range(3):
        wave = [(x, 96 + k * 36 + 34 * math.sin(x / 150 + k)) for x in range(-20, 1000, 60)]
        low = [(x, y + 90) for x, y in reversed(wave)]
        s.add(
            path(
                spline(wave) + "L" + spline(low)[1:] + "Z",
                ("#5fe0c0", "#69b8f0", "#a58cf0")[k],
                opacity=0.2,
                filter=s.blur(20),
            )
        )
    for x in range(0, 980, 34):
        s.add(
            at(
                x + s.rng.uniform(-10, 10),
                400 + 18 * math.sin(x / 90),
                _snow_pine(s.rng.uniform(60, 120), ("#2a3a7c", "#34478f", "#5a6db5")),
            )
        )
    s.add(
        path(
            "M-40 430C140 380 260 410 480 396C700 380 820 400 1000 420L1000 640L-40 640Z",
            s.linear("#c4d0f5", "#8b9bdc"),
        )
    )
    s.add(
        path(
            "M-40 500C200 440 330 470 520 462C700 452 840 470 1000 500L1000 640L-40 640Z",
            s.linear("#dfe7ff", "#a3b1e8"),
        )
    )
    s.glow(490, 370, 330, "#ffb85c", 0.6)

    def iso(x: float, y: float, z: float) -> tuple[float, float]:
        return 470 + (x - y) * 0.866, 424 + (x + y) * 0.42 - z

    def face(points: list[tuple[float, float, float]], fill: str, **kw: str | float) -> str:
        return path(poly([iso(*p) for p in points]), fill, **kw)

    s.add(
        path(
            poly([iso(-20, -20, 0), iso(200, -20, 0), iso(260, 150, 0), iso(40, 190, 0)]),
            "#5d6cb8",
            opacity=0.5,
            filter=s.blur(14),
        )
    )
    a, b, h, top = 180.0, 130.0, 96.0, 190.0
    s.add(face([(0, b, 0), (a, b, 0), (a, b, h), (0, b, h)], s.linear("#9a5a36", "#70391f", angle=0)))
    s.add(
        face(
            [(a, 0, 0), (a, b, 0), (a, b, h), (a, b / 2, top - 8), (a, 0, h)], s.linear("#7a4226", "#552a18")
        )
    )
    for z in range(14, 96, 16):
        s.add(
            stroke(poly([iso(0, b, z), iso(a, b, z)], False), "#552a18", 2, opacity=0.8),
            stroke(poly([iso(a, b, z), iso(a, 0, z)], False), "#3b1c10", 2, opacity=0.8),
        )
    s.add(
        face(
            [(-16, b + 18, h - 14), (a + 16, b + 18, h - 14), (a + 16, b / 2, top), (-16, b / 2, top)],
            s.linear("#ffffff", "#c9d5fb"),
        )
    )
    s.add(
        face(
            [
                (-16, b + 18, h - 14),
                (a + 16, b + 18, h - 14),
                (a + 16, b + 18, h - 26),
                (-16, b + 18, h - 26),
            ],
            "#a5b4ec",
        )
    )
    s.add(
        face(
            [
                (a + 16, b + 18, h - 14),
                (a + 16, b / 2, top),
                (a + 16, -18, h - 14),
                (a + 16, -18, h - 26),
                (a + 16, b / 2, top - 14),
                (a + 16, b + 18, h - 26),
            ],
            "#8d9de0",
        )
    )
    lit = s.linear("#fff3b5", "#ffb94a")
    for x0 in (24, 118):
        s.add(face([(x0, b, 34), (x0 + 40, b, 34), (x0 + 40, b, 76), (x0, b, 76)], "#3b1c10"),
              face([(x0 + 4, b, 38), (x0 + 36, b, 38), (x0 + 36, b, 72), (x0 + 4, b, 72)], lit),
              stroke(poly([iso(x0 + 20, b, 38), iso(x0 + 20, b, 72)], False), "#3b1c10", 3), stroke(poly([iso(x0 + 4, b, 55), iso(x0 + 36, b, 55)], False), "#3b1c10", 3),
              face([(x0 - 3, b + 4, 32), (x0 + 43, b + 4, 32), (x0 + 43, b + 4, 36), (x0 - 3, b + 4, 36)], "#f4f7ff"))  # fmt: skip
    s.add(
        face([(76, b, 0), (108, b, 0), (108, b, 66), (76, b, 66)], "#2c4a57"),
        face([(82, b, 34), (102, b, 34), (102, b, 58), (82, b, 58)], lit),
    )
    cx, cy = iso(a, b / 2, 0)
    s.add(face([(a, 36, 30), (a, 94, 30), (a, 94, 78), (a, 36, 78)], "#2a120a"), face([(a, 40, 34), (a, 90, 34), (a, 90, 74), (a, 40, 74)], lit),
          stroke(poly([iso(a, 65, 34), iso(a, 65, 74)], False), "#2a120a", 3), circle(cx, cy - 132, 13, "#2a120a"), circle(cx, cy - 132, 9, "#ffd877"))  # fmt: skip
    ch = [iso(46, 44, 150), iso(72, 44, 150), iso(72, 44, 232), iso(46, 44, 232)]
    s.add(path(poly(ch), "#7d8193"), path(poly([iso(72, 44, 150), iso(72, 24, 150), iso(72, 24, 232), iso(72, 44, 232)]), "#5a5e75"),
          path(poly([iso(44, 46, 232), iso(74, 46, 232), iso(74, 22, 232), iso(44, 22, 232)]), "#f4f7ff"))  # fmt: skip
    x, y = iso(58, 34, 240)
    for k in range(7):
        s.add(
            circle(
                x + 12 * math.sin(k * 0.9) + k * 7,
                y - 10 - k * 24,
                10 + k * 4.5,
                "#dbe3ff",
                opacity=round(0.5 - k * 0.055, 2),
                filter=s.blur(3),
            )
        )
    for x0 in (24, 118):
        p = [iso(x0, b, 0), iso(x0 + 40, b, 0), iso(x0 + 20, b + 110, 0), iso(x0 - 60, b + 110, 0)]
        s.add(path(poly(p), "#ffd28a", opacity=0.55, filter=s.blur(8)))
    steps = [iso(92 - k * 3, b + 16 + k * 22, 0) for k in range(6)]
    s.add(*[ellipse(px + (5 if k % 2 else -5), py, 8, 4.5, "#8b9bdc") for k, (px, py) in enumerate(steps)])
    for x, y, h2 in (
        (90, 560, 270),
        (200, 520, 190),
        (270, 480, 120),
        (760, 500, 170),
        (860, 560, 300),
        (714, 440, 110),
        (940, 510, 180),
    ):
        s.shadow(x, y, h2 * 0.3, h2 * 0.07, "#45539e", 0.7)
        s.add(at(x, y, _snow_pine(h2, ("#223072", "#2d3f88", "#e6ecff"))))
    s.add(
        at(
            690,
            590,
            rect(-4, -66, 8, 66, "#3b2f4a"),
            rect(-15, -96, 30, 34, "#2c2340", 4),
            rect(-10, -91, 20, 24, "#ffd877", 2),
            path("M-19 -96L0 -112L19 -96Z", "#f4f7ff"),
        )
    )
    s.glow(690, 510, 90, "#ffcb6b", 0.7)
    for _ in range(120):
        s.add(
            circle(
                s.rng.uniform(0, 960),
                s.rng.uniform(0, 600),
                s.rng.uniform(1, 3.4),
                "#fff",
                opacity=round(s.rng.uniform(0.3, 0.9), 2),
            )
        )


@picture("audio-fear-lullaby", 304)
def lullaby(s: Scene) -> None:
    """A fox sleeps curled in the bow of a crescent moon among hanging stars and soft clouds."""
    s.backdrop("#141338", "#2b2560", "#57407f", "#8f5f8f")
    s.stars(150, 520, "#fff3e0", 1.7)
    s.glow(470, 320, 380, "#ffd99a", 0.45)
    for x, y, r in (
        (160, 190, 20),
        (250, 300, 14),
        (720, 150, 22),
        (810, 280, 15),
        (640, 90, 12),
        (340, 120, 15),
        (880, 140, 11),
        (90, 330, 12),
    ):
        s.add(stroke(f"M{x} -10L{x} {y - r}", "#d9c2f0", 1.2, opacity=0.55))
        s.glow(x, y, r * 2.6, "#ffe3a0", 0.55)
        s.add(
            path(
                star(r, r * 0.48, 5),
                s.linear("#fff3c4", "#ffc663"),
                transform=f"translate({x} {y})",
                stroke="#fff3c4",
                stroke_width=3,
                stroke_linejoin="round",
            )
        )
    moon = "M300 170C210 300 250 500 430 548C590 588 740 500 780 360C720 452 610 490 510 462C380 426 306 300 300 170Z"
    s.add(
        path(moon, "#ffe3a8", filter=s.blur(20), opacity=0.7),
        path(moon, s.linear("#fff8dc", "#ffdf94", "#f2b866", angle=60)),
    )
    clip = s.clip(path(moon, "#000"))
    s.add(
        group(
            *[
                circle(x, y, r, "#f0bd6b", opacity=0.45)
                for x, y, r in (
                    (330, 380, 26),
                    (400, 500, 34),
                    (560, 540, 28),
                    (690, 470, 22),
                    (300, 280, 14),
                    (480, 520, 12),
                    (640, 520, 12),
                )
            ],
            clip_path=clip,
        )
    )
    coat, deep, pale = "#f08a4b", "#c9602c", "#fff1de"
    s.add(ellipse(520, 464, 150, 20, "#a8622f", opacity=0.35, filter=s.blur(8)))
    s.add(
        path(
            "M640 440C700 420 730 366 700 318C690 300 664 306 662 326C660 352 640 372 610 382Z",
            s.linear(coat, deep),
        ),
        path("M708 346C716 330 712 312 696 306C676 300 662 312 662 332C676 326 694 330 708 346Z", pale),
    )
    s.add(
        path(
            "M380 430C384 360 450 322 530 332C612 342 666 392 652 440C620 474 440 486 380 430Z",
            s.radial("#ffb072", coat + ":55", deep, cx=0.45, cy=0.2, r=0.9),
        )
    )
    s.add(
        path(
            "M650 436C620 486 500 488 430 462C470 452 560 466 600 424C630 398 660 410 650 436Z",
            s.linear(deep, coat),
        ),
        path("M430 462C410 456 404 440 420 430C446 426 470 440 480 462C462 468 444 468 430 462Z", pale),
    )
    s.add(
        path(
            "M356 386L346 318L398 352C420 342 446 342 466 352L516 316L508 386C516 424 480 458 432 458C386 458 350 424 356 386Z",
            s.linear("#ffa766", coat, angle=80),
        )
    )
    s.add(
        path(
            "M356 388C366 430 396 440 432 446C468 440 498 430 508 388C490 410 466 408 450 398C440 392 424 392 414 398C398 408 374 410 356 388Z",
            pale,
        ),
        path("M354 336L360 366L382 352ZM508 334L502 366L482 352Z", "#5a2f3a"),
    )
    s.add(
        stroke("M378 392Q392 404 406 392M458 392Q472 404 486 392", "#4a2430", 4),
        path("M422 430C422 422 442 422 442 430C442 438 436 442 432 442C428 442 422 438 422 430Z", "#3a1c28"),
        stroke("M432 442Q424 452 416 446M432 442Q440 452 448 446", "#4a2430", 2.5),
    )
    for k in range(4):
        s.add(
            stroke(
                f"M{540 + k * 22} {350 + k * 9}C{552 + k * 20} {366 + k * 9} {552 + k * 20} {384 + k * 8} {544 + k * 20} {398 + k * 6}",
                deep,
                5,
                opacity=0.5,
            )
        )
    for x, y, k, a in (
        (120, 520, 1.4, 0.95),
        (850, 540, 1.5, 0.95),
        (480, 606, 1.6, 0.9),
        (300, 584, 1.0, 0.8),
        (690, 590, 1.1, 0.85),
    ):
        puffs = [
            circle(dx, dy, r, s.linear("#f7dff0", "#a87fb8"))
            for dx, dy, r in ((-70, 6, 38), (-26, -18, 48), (26, -8, 44), (70, 8, 34), (0, 16, 50))
        ]
        s.add(at(x, y, *puffs, scale=k, opacity=a))
    for k, (x, y) in enumerate(((520, 296), (546, 262), (580, 236))):
        s.add(
            at(x, y, stroke("M-9 -9L9 -9L-9 9L9 9", "#fff3e0", 4), turn=8, scale=0.7 + k * 0.25, opacity=0.85)
        )


@picture("still-fear-street", 305)
def street(s: Scene) -> None:
    """A steep street of old houses at night; a lamp and a light in every window."""
    s.backdrop("#0e1330", "#1c2450", "#38406f")
    s.stars(80, 180)
    s.add(circle(140, 90, 30, "#fff3d0"), circle(128, 84, 27, "#131a3c"))
    s.add(path("M-20 250C120 200 260 240 380 214C520 190 700 240 980 200L980 420L-20 420Z", "#1a2148"))
    vx, vy = 470.0, 300.0
    s.glow(vx, vy, 240, "#ffb45c", 0.5)

    def house(k0: float, k1: float, side: int, wall: str, dark: str, tall: float, roof: str) -> None:
        def spot(k: float, h: float) -> tuple[float, float]:
            return vx + side * 470 * k, vy + 250 * k - h * k

        s.add(
            path(
                poly([spot(k0, 0), spot(k1, 0), spot(k1, tall), spot(k0, tall)]),
                s.linear(wall, dark, angle=0 if side > 0 else 180),
            )
        )
        s.add(
            path(
                poly(
                    [
                        spot(k0, tall),
                        spot(k1, tall),
                        spot(k1 - (k1 - k0) * 0.1, tall + 74),
                        spot(k0 + (k1 - k0) * 0.1, tall + 74),
                    ]
                ),
                roof,
            )
        )
        cx, cy = spot((k0 + k1) / 2, tall + 60)
        s.add(
            rect(cx - 16 * k0, cy - 60 * k0, 32 * k0, 70 * k0, dark),
            path(
                poly([spot(k0, tall), spot(k1, tall), spot(k1, tall - 10), spot(k0, tall - 10)]),
                "#0c1028",
                opacity=0.5,
            ),
        )
        rows, cols = int(tall // 120), 2
        for r in range(rows):
            for q in range(cols):
                a = k0 + (k1 - k0) * (0.16 + q * 0.42)
                b = a + (k1 - k0) * 0.27
                low = 150 + r * 118 if r else 130
                if low + 76 > tall:
                    continue
                corners = [spot(a, low), spot(b, low), spot(b, low + 74), spot(a, low + 74)]
                x, y = (corners[0][0] + corners[2][0]) / 2, (corners[0][1] + corners[2][1]) / 2
                s.glow(x, y, 74 * k1, "#ffb85c", 0.4)
                tone = s.rng.choice((("#fff0b0", "#ffb84a"), ("#ffe3a0", "#f7a03c"), ("#fff6cf", "#ffcb6b")))
                mid = (spot((a + b) / 2, low), spot((a + b) / 2, low + 74))
                s.add(
                    path(poly(corners), s.linear(*tone), stroke="#2a1c1a", stroke_width=3 * k1 + 1),
                    stroke(poly(mid, False), "#2a1c1a", 1 + 3 * k1),
                    stroke(poly([spot(a, low + 40), spot(b, low + 40)], False), "#2a1c1a", 1 + 2 * k1),
                )
                s.add(
                    path(
                        poly(
                            [
                                spot(a - 0.01, low - 6),
                                spot(b + 0.01, low - 6),
                                spot(b + 0.01, low + 2),
                                spot(a - 0.01, low + 2),
                            ]
                        ),
                        "#e9dcc6",
                    )
                )
        a = k0 + (k1 - k0) * 0.38
        b = a + (k1 - k0) * 0.24
        s.add(
            path(
                poly([spot(a, 0), spot(b, 0), spot(b, 100), spot(a, 100)]),
                s.rng.choice(("#7a2f35", "#2f5f6b", "#3f6b4a", "#8a5a2a")),
            ),
            path(poly([spot(a, 104), spot(b, 104), spot(b, 122), spot(a, 122)]), "#ffdf94"),
        )

    tones = (
        ("#6b5a7f", "#453b5f"),
        ("#8a5f5f", "#5a3f4a"),
        ("#4f6b7f", "#34485f"),
        ("#7f7260", "#544a48"),
        ("#5f6b8a", "#3d4766"),
    )
    edges = (0.16, 0.24, 0.34, 0.48, 0.68, 1.0, 1.5)
    s.add(
        path(
            f"M{vx - 70} {vy + 40}L{vx + 70} {vy + 40}L{vx + 620} 620L{vx - 620} 620Z",
            s.linear("#5a5470", "#2c2a44"),
        )
    )
    for k in range(5, -1, -1):
        j = 5 - k
        for side in (-1, 1):
            wall, dark = tones[(j + (side > 0) * 2) % 5]
            house(
                edges[j],
                edges[j + 1],
                side,
                wall,
                dark,
                330 + 70 * ((j + (side > 0)) % 3),
                ("#2f2a4a", "#3d2f45", "#28344f")[(j + (side > 0)) % 3],
            )
    for k in range(1, 22):
        t = k / 22
        y = vy + 44 + 290 * t**1.6
        for q in range(-9, 10):
            x = vx + (q + 0.5 * (k % 2)) * 9 * (1 + 5.2 * t**1.2)
            if abs(x - vx) < 62 + 500 * t**1.5:
                s.add(
                    ellipse(
                        x,
                        y,
                        4 * (0.6 + 4.4 * t),
                        1.6 * (0.6 + 4 * t),
                        s.rng.choice(("#6f6784", "#7d7390", "#5d5674")),
                        opacity=0.55,
                    )
                )
    s.add(
        path(
            f"M{vx - 40} {vy + 44}L{vx + 40} {vy + 44}L{vx + 240} 620L{vx - 240} 620Z",
            s.linear("#ffc46b@0.4", "#ffc46b@0.05"),
            filter=s.blur(14),
        )
    )
    for k, side in ((0.3, -1), (0.46, 1), (0.74, -1)):
        x, y = vx + side * 330 * k, vy + 262 * k
        s.glow(x, y - 264 * k, 190 * k, "#ffdf94", 0.85)
        s.add(
            rect(x - 5 * k, y - 236 * k, 10 * k, 236 * k, "#161a33"),
            path(
                f"M{x - 22 * k} {y - 290 * k}L{x + 22 * k} {y - 290 * k}L{x + 14 * k} {y - 236 * k}L{x - 14 * k} {y - 236 * k}Z",
                "#fff0b8",
                stroke="#161a33",
                stroke_width=5 * k,
            ),
            path(f"M{x - 30 * k} {y - 290 * k}L{x} {y - 322 * k}L{x + 30 * k} {y - 290 * k}Z", "#161a33"),
            ellipse(x, y, 30 * k, 8 * k, "#161a33"),
        )
    s.add(
        at(
            556,
            512,
            path("M-26 40C-34 4 -18 -20 0 -20C18 -20 34 4 26 40Z", "#1a1730"),
            path("M-17 -14L-20 -46L-4 -34L6 -34L20 -46L17 -14C14 2 -14 2 -17 -14Z", "#1a1730"),
            stroke("M24 36C52 40 58 12 46 -6", "#1a1730", 8),
            circle(-7, -22, 3, "#ffdf94"),
            circle(8, -22, 3, "#ffdf94"),
        )
    )
