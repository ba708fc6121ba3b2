"""Comfort for a sad viewer: letters, shared tables, a friendly dog, a piano, a rainbow after rain."""

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
    rect,
    stroke,
)
from tools.starter.gallery import picture


def _rose(r: float, outer: str, inner: str) -> str:
    petals = [at(0, 0, ellipse(0, -r * 0.52, r * 0.5, r * 0.52, outer), turn=i * 72) for i in range(5)]
    mid = [at(0, 0, ellipse(0, -r * 0.26, r * 0.34, r * 0.34, inner), turn=i * 90 + 20) for i in range(4)]
    return group(
        *petals,
        *mid,
        stroke(
            f"M{-r * 0.16:.1f} 0A{r * 0.16:.1f} {r * 0.16:.1f} 0 1 1 {r * 0.1:.1f} {r * 0.14:.1f}",
            outer,
            r * 0.08,
        ),
    )


@picture("ad-sad-letter", 501)
def letter(s: Scene) -> None:
    """An opened lilac envelope with a bouquet growing out of it, on a peach table."""
    s.backdrop("#ffe3d3", "#f8c9c0", "#e9b3c4", angle=60)
    s.add(circle(480, 300, 270, s.linear("#fff3e6", "#ffd9cb", angle=60), opacity=0.8))
    for a in range(0, 360, 12):
        s.add(at(480, 300, rect(-1.5, -300, 3, 12, "#ffffff", 1.5, opacity=0.8), turn=a))
    s.add(ellipse(490, 540, 300, 26, "#7a4668", opacity=0.35, filter=s.blur(12)))
    s.add(path("M250 330L480 170L710 330L710 500L250 500Z", s.linear("#8f78b5", "#7a63a3")))
    stems = [
        (-150, -150, 0),
        (-96, -212, 1),
        (-34, -250, 2),
        (34, -236, 3),
        (98, -216, 4),
        (152, -146, 5),
        (-60, -150, 6),
        (10, -170, 7),
        (76, -140, 8),
    ]
    for dx, dy, _ in stems:
        s.add(
            stroke(
                f"M{480 + dx * 0.15} 420Q{480 + dx * 0.4} {420 + dy * 0.5} {480 + dx} {400 + dy * 0.9}",
                "#4f7a5a",
                5,
            )
        )
    for _ in range(44):
        x = s.rng.uniform(300, 660)
        y = 330 - s.rng.uniform(0, 190) * (1 - abs(x - 480) / 260)
        s.add(
            at(
                x,
                y,
                path(
                    leaf(s.rng.uniform(40, 74), s.rng.uniform(9, 16)),
                    s.rng.choice(("#5b8f68", "#78a97c", "#47735a", "#9cc29a")),
                ),
                turn=(x - 480) * 0.42 + s.rng.uniform(-25, 25),
            )
        )
    for x, y in ((330, 190), (420, 100), (560, 92), (640, 176), (500, 66)):
        for _ in range(7):
            s.add(
                circle(
                    x + s.rng.gauss(0, 15),
                    y + s.rng.gauss(0, 18),
                    s.rng.uniform(3, 6.5),
                    s.rng.choice(("#ffffff", "#fff2c9", "#e9dcff")),
                )
            )
    tones = (
        ("#f28b82", "#f7b0a0"),
        ("#fff3ea", "#ffe0d0"),
        ("#c58be0", "#dcb3f0"),
        ("#ffb86b", "#ffd199"),
        ("#e8638c", "#f593b0"),
    )
    for dx, dy, k in stems:
        r = (44, 36, 50, 40, 38, 42, 46, 54, 40)[k]
        x, y = 480 + dx, 400 + dy * 0.9
        s.add(ellipse(x + 4, y + 9, r * 0.9, r * 0.85, "#4a2d5c", opacity=0.2))
        s.add(at(x, y, _rose(r, *tones[k % 5]), turn=k * 31))
    s.add(
        path(
            "M250 330L480 488L710 330L710 524Q710 540 694 540L266 540Q250 540 250 524Z",
            s.linear("#cbb6ea", "#a98fd3"),
        )
    )
    s.add(
        path("M250 330L440 462L262 536Q250 534 250 524Z", "#b9a2de"),
        path("M710 330L520 462L698 536Q710 534 710 524Z", "#9d83c9"),
    )
    s.add(
        path(
            "M262 538L440 452Q480 424 520 452L698 538Q696 540 690 540L270 540Z",
            s.linear("#ddccf6", "#bfa8e4"),
        )
    )
    s.add(
        circle(480, 478, 30, s.radial("#ff9c86", "#d9503f", cx=0.38, cy=0.35, r=0.75)),
        circle(480, 478, 21, "none", stroke="#b83a2e", stroke_width=3),
        path(
            "M480 490C466 480 468 468 475 469C479 470 480 473 480 474C480 473 481 470 485 469C492 468 494 480 480 490Z",
            "#ffd9cb",
        ),
    )
    s.add(
        at(
            150,
            470,
            rect(-86, -56, 172, 112, "#5c3a5a", 4, opacity=0.2, transform="translate(7 10)"),
            rect(-86, -56, 172, 112, "#fffaf2", 4),
            *[rect(-66, -30 + k * 20, (120, 132, 104, 60)[k], 4, "#c9b6c9", 2) for k in range(4)],
            rect(48, -46, 28, 32, "#f28b82", 2),
            turn=-13,
        )
    )
    s.add(
        at(
            820,
            486,
            stroke("M-110 30L60 -22", "#5b3f6b", 9),
            path("M60 -22L86 -30L66 -10Z", "#f0c27a"),
            rect(-110, 22, 30, 14, "#f28b82", 5, transform="rotate(-17 -110 30)"),
            turn=-6,
        )
    )
    for _ in range(16):
        x, y = s.rng.choice((s.rng.uniform(30, 260), s.rng.uniform(700, 930))), s.rng.uniform(40, 580)
        s.add(
            at(
                x,
                y,
                path(leaf(22, 9), s.rng.choice(("#f28b82", "#fff3ea", "#c58be0"))),
                turn=s.rng.uniform(0, 360),
            )
        )


@picture("ad-sad-table", 502)
def table(s: Scene) -> None:
    """A long garden table set for many under strings of lights at dusk."""
    s.backdrop("#3a3566", "#7a5a8c", "#d9918f", "#f5c39a")
    s.stars(40, 160, "#fff3e0", 1.5)
    s.add(path(s.ridge(330, 26, 7), "#6b5687"), path(s.ridge(352, 20, 8), "#554873"))
    for x in range(-20, 1000, 34):
        r = s.rng.uniform(28, 58)
        s.add(circle(x, 372 + s.rng.uniform(-14, 14), r, s.rng.choice(("#3d3f5e", "#474a6b", "#353756"))))
    s.add(rect(0, 384, 960, 226, s.linear("#5d6b52", "#2f3a38")))
    for x, side in ((64, 1), (896, -1)):
        s.add(
            path(
                f"M{x - 16} 600C{x - 12} 420 {x - 22} 260 {x + side * 4} 120L{x + side * 20} 120C{x + 12} 260 {x + 14} 420 {x + 22} 600Z",
                s.linear("#4a3048", "#2b1d33", angle=0),
            )
        )
        for _ in range(46):
            s.add(
                at(
                    x + s.rng.gauss(0, 84),
                    96 + s.rng.gauss(0, 50),
                    path(
                        leaf(s.rng.uniform(26, 50), 13),
                        s.rng.choice(("#3b4a5a", "#4c6066", "#2d3a4c", "#5f7570")),
                    ),
                    turn=s.rng.uniform(0, 360),
                )
            )
    for y0, y1, sag, n in ((96, 116, 110, 13), (150, 90, 130, 14), (70, 170, 90, 12)):
        s.add(stroke(f"M70 {y0}Q480 {(y0 + y1) / 2 + sag * 1.6} 890 {y1}", "#2b1d33", 2.5))
        for i in range(1, n):
            t = i / n
            x = 70 * (1 - t) ** 2 + 960 * t * (1 - t) + 890 * t * t
            y = y0 * (1 - t) ** 2 + 2 * ((y0 + y1) / 2 + sag * 1.6) * t * (1 - t) + y1 * t * t
            s.glow(x, y + 13, 44, "#ffd27a", 0.75)
            s.add(rect(x - 3, y, 6, 7, "#2b1d33", 1), ellipse(x, y + 14, 7, 9, "#fff6d0"))
    s.glow(480, 420, 420, "#ffc98a", 0.5)
    for x in (170, 300, 430, 560, 690, 800):
        s.add(
            rect(x - 30, 352, 60, 74, s.linear("#a86a4a", "#7a4636"), 12),
            rect(x - 22, 362, 44, 6, "#7a4636", 3),
            rect(x - 22, 376, 44, 6, "#7a4636", 3),
        )
    s.add(path("M150 418L810 418L930 520L30 520Z", s.linear("#fff4e6", "#f3d8c4")))
    s.add(
        path(
            "M30 520L930 520L918 566C880 548 850 572 810 560C760 546 720 574 670 562C610 548 560 576 500 562C440 548 390 574 330 562C280 550 230 574 180 560C130 548 90 572 42 562Z",
            s.linear("#ead0c0", "#c9a4a0"),
        )
    )
    s.add(
        path("M452 418L508 418L530 520L430 520Z", "#b9697a"),
        path("M458 418L464 418L446 520L438 520ZM496 418L502 418L522 520L514 520Z", "#f7d9a8"),
    )
    for x, y, k in (
        (236, 440, 0.7),
        (350, 440, 0.7),
        (610, 440, 0.7),
        (724, 440, 0.7),
        (150, 496, 1),
        (300, 496, 1),
        (660, 496, 1),
        (810, 496, 1),
    ):
        s.add(
            at(
                x,
                y,
                ellipse(4, 5, 52, 15, "#a8706a", opacity=0.4),
                ellipse(0, 0, 50, 14, "#ffffff"),
                ellipse(0, -1, 38, 10, "#f0e4e4"),
                ellipse(0, -2, 30, 7.5, "#7fa6a8"),
                scale=k,
            )
        )
        s.add(
            at(
                x + 66 * k,
                y - 4,
                path(
                    "M-9 -34L9 -34C9 -18 5 -14 2 -12L2 4L9 8L-9 8L-2 4L-2 -12C-5 -14 -9 -18 -9 -34Z",
                    "#ffffff",
                    opacity=0.65,
                ),
                path("M-8 -26L8 -26C7 -17 4 -14 0 -13C-4 -14 -7 -17 -8 -26Z", "#b8405a"),
                scale=k,
            )
        )
    s.add(at(480, 462, ellipse(0, 10, 84, 14, "#8f4a58", opacity=0.5), path("M-74 -16C-70 14 70 14 74 -16Z", s.linear("#5f8fa6", "#345d75")), ellipse(0, -16, 74, 14, "#2d5268"),
             *[circle(dx, dy, r, c) for dx, dy, r, c in ((-44, -22, 15, "#e2574c"), (-18, -28, 17, "#f2a65c"), (12, -28, 17, "#c74a5c"), (40, -22, 15, "#f2c14e"), (-4, -38, 14, "#8fb35c"))]))  # fmt: skip
    s.add(
        at(
            370,
            478,
            rect(-50, -26, 100, 30, s.linear("#e0a55c", "#a8692f"), 15),
            *[stroke(f"M{-30 + k * 20} -22L{-22 + k * 20} -8", "#7a4a1f", 3) for k in range(4)],
        )
    )
    s.add(
        at(
            588,
            484,
            path(
                "M-34 0L-30 -46C-30 -56 30 -56 30 -46L34 0C34 8 -34 8 -34 0Z",
                s.linear("#f7efe6", "#cdb9b9", angle=0),
            ),
            stroke("M32 -40C58 -40 58 -6 34 -8", "#e6d6d0", 8),
            ellipse(0, -50, 30, 7, "#b99aa0"),
            path("M-16 -30L16 -30L12 -12L-12 -12Z", "#5f8fa6"),
        )
    )
    for x, y, h in ((428, 440, 44), (540, 438, 52), (250, 478, 40), (716, 478, 46)):
        s.glow(x, y - h - 8, 46, "#ffe3a0", 0.85)
        s.add(
            rect(x - 6, y - h, 12, h, s.linear("#fffaf0", "#e9d3c0", angle=0), 2),
            path(
                f"M{x} {y - h - 20}C{x + 9} {y - h - 6} {x + 5} {y - h} {x} {y - h}C{x - 5} {y - h} {x - 9} {y - h - 6} {x} {y - h - 20}Z",
                "#ffd05c",
            ),
        )
    for x, c in (
        (96, "#8f5a5a"),
        (250, "#7d6a8f"),
        (404, "#8f5a5a"),
        (556, "#6a7d8f"),
        (710, "#8f5a5a"),
        (864, "#7d6a8f"),
    ):
        s.add(
            path(f"M{x - 44} 612L{x - 40} 552Q{x} 536 {x + 40} 552L{x + 44} 612Z", s.linear(c, "#43304a")),
            rect(x - 26, 562, 52, 7, "#43304a", 3, opacity=0.6),
            rect(x - 26, 582, 52, 7, "#43304a", 3, opacity=0.6),
        )


@picture("ad-sad-dog", 503)
def dog(s: Scene) -> None:
    """A shaggy dog looks up with its leash in its mouth on an autumn path."""
    s.backdrop("#f7d9b0", "#f3b98a", "#d98f72")
    s.glow(720, 150, 330, "#fff3d0", 0.9)
    for x, w, c in (
        (70, 40, "#a86a5a"),
        (190, 26, "#c08570"),
        (330, 20, "#d3a087"),
        (640, 22, "#d3a087"),
        (790, 30, "#b87a66"),
        (910, 46, "#9c5f54"),
    ):
        s.add(path(f"M{x - w / 2} 0L{x + w / 2} 0L{x + w * 0.6} 470L{x - w * 0.6} 470Z", c))
        s.add(stroke(f"M{x} 190L{x + w * 2.2} 90M{x} 130L{x - w * 2} 50", c, w * 0.22))
    for _ in range(240):
        x, y = s.rng.uniform(-20, 980), s.rng.uniform(-20, 170) * s.rng.uniform(0.3, 1)
        s.add(
            at(
                x,
                y,
                path(
                    leaf(s.rng.uniform(22, 44), s.rng.uniform(9, 16)),
                    s.rng.choice(("#e2703a", "#f09a4a", "#c9503c", "#f5bd5c", "#a8503f")),
                ),
                turn=s.rng.uniform(0, 360),
                opacity=0.9,
            )
        )
    s.add(path("M-40 450C200 420 700 420 1000 450L1000 640L-40 640Z", s.linear("#c9855c", "#8f4f44")))
    s.add(path("M330 436C400 432 560 432 630 436L900 640L60 640Z", s.linear("#f3d3a6", "#d9a577")))
    for _ in range(120):
        x, y = s.rng.uniform(-10, 970), s.rng.uniform(446, 600)
        k = (y - 400) / 200
        s.add(
            at(
                x,
                y,
                path(leaf(26, 11), s.rng.choice(("#e2703a", "#f09a4a", "#c9503c", "#f5bd5c", "#8f3f3a"))),
                turn=s.rng.uniform(0, 360),
                scale=k,
            )
        )
    s.shadow(490, 566, 240, 34, "#4a1f1f", 0.5)
    coat, dark = "#b9825a", "#8a5638"
    s.add(path("M640 520C720 500 740 420 706 370C700 420 670 440 630 450Z", dark))
    s.add(
        path(
            "M350 560C330 440 380 330 480 320C590 326 650 430 636 560C600 580 390 580 350 560Z",
            s.linear(coat, dark, angle=60),
        )
    )
    s.add(
        path(
            "M400 562C390 470 420 390 486 386C552 390 580 470 570 562C530 574 440 574 400 562Z",
            s.linear("#fff3e2", "#e6c9a6"),
        )
    )
    for x in (420, 548):
        s.add(path(f"M{x - 36} 566C{x - 38} 500 {x - 30} 450 {x} 446C{x + 30} 450 {x + 38} 500 {x + 36} 566C{x + 20} 582 {x - 20} 582 {x - 36} 566Z", s.linear("#fff3e2", "#e0bf99")),
              stroke(f"M{x - 10} 562L{x - 10} 574M{x + 10} 562L{x + 10} 574", "#b98f68", 3))  # fmt: skip
    s.add(
        path(
            "M388 390C420 430 560 430 588 390C592 410 590 420 584 430C550 456 430 456 394 430C388 420 386 406 388 390Z",
            "#d9503f",
        ),
        circle(488, 452, 17, "#f2c14e"),
        circle(488, 452, 9, "#d99a2e"),
    )
    for side in (-1, 1):
        s.add(
            path(
                f"M{488 + side * 92} 190C{488 + side * 160} 176 {488 + side * 196} 240 {488 + side * 176} 320C{488 + side * 168} 350 {488 + side * 140} 350 {488 + side * 126} 320C{488 + side * 112} 280 {488 + side * 100} 240 {488 + side * 92} 190Z",
                s.linear(dark, "#6b3f2a"),
            )
        )
    s.add(
        path(
            "M370 280C364 180 420 140 488 140C556 140 612 180 606 280C606 360 560 412 488 412C416 412 370 360 370 280Z",
            s.linear(coat, "#a26c46"),
        )
    )
    s.add(
        path(
            "M488 142C462 150 458 220 470 260C440 280 424 320 434 356C450 404 526 404 542 356C552 320 536 280 506 260C518 220 514 150 488 142Z",
            s.linear("#fff6e8", "#f0d6b4"),
        )
    )
    for k in range(17):
        a = math.pi * (0.12 + 0.76 * k / 16)
        if abs(math.cos(a)) < 0.72:
            continue
        x, y = 488 + 116 * math.cos(a), 282 + 124 * math.sin(a)
        s.add(at(x, y, path(leaf(26, 9), "#a26c46"), turn=math.degrees(a) + 90))
    for k in range(9):
        s.add(at(456 + k * 8, 152, path(leaf(28, 8), ("#c9946a", coat)[k % 2]), turn=(k - 4) * 14))
    for side in (-1, 1):
        x = 488 + side * 58
        s.add(
            ellipse(x, 262, 22, 24, "#3a1f18"),
            circle(x - 5, 253, 8, "#fff"),
            circle(x + 7, 271, 4, "#c98f68"),
            stroke(f"M{x - side * 20} 206Q{x + side * 4} 204 {x + side * 24} 222", "#6b3f2a", 7),
        )
    s.add(
        path("M456 308C456 292 520 292 520 308C520 328 500 340 488 340C476 340 456 328 456 308Z", "#3a1f18"),
        ellipse(478, 304, 10, 5, "#a88a80", opacity=0.8),
    )
    s.add(stroke("M488 340L488 356", "#6b3f2a", 5))
    s.add(
        stroke(
            "M300 470C330 380 400 372 488 372C580 372 660 392 690 480C700 520 690 560 660 570", "#2f7f86", 17
        ),
        stroke(
            "M300 470C330 380 400 372 488 372C580 372 660 392 690 480C700 520 690 560 660 570",
            "#7fc9c4",
            3,
            stroke_dasharray="8 8",
        ),
    )
    s.add(
        path(
            "M424 352C440 336 470 352 488 354C506 352 536 336 552 352C556 372 530 380 510 372C500 368 476 368 466 372C446 380 420 372 424 352Z",
            "#f7e4cb",
        ),
        stroke("M420 350Q452 370 488 358Q524 370 556 350", "#6b3f2a", 4.5),
    )
    s.add(circle(300, 476, 20, "none", stroke="#f2c14e", stroke_width=8))
    for x, y, t in ((150, 330, 30), (250, 230, 80), (820, 300, -20), (720, 380, 130), (880, 420, 60)):
        s.add(at(x, y, path(leaf(34, 14), "#e2703a"), stroke("M0 4L0 -28", "#8f3f3a", 2), turn=t))


@picture("audio-sad-window", 504)
def window(s: Scene) -> None:
    """An upright piano by a tall window on a rainy evening, one lamp and a cup of tea on it."""
    s.backdrop("#4a4f74", "#5b5678", "#6b5a74")
    for x in range(0, 960, 48):
        s.add(rect(x, 0, 2, 430, "#ffffff", opacity=0.05))
    s.add(rect(0, 430, 960, 180, s.linear("#5a4052", "#33243a")), rect(0, 422, 960, 14, "#3d3350"))
    s.add(
        rect(84, 30, 300, 372, "#2f2c4a", 6),
        rect(98, 44, 272, 344, s.linear("#5f7f9f", "#8fa6b5", "#a89fb0")),
    )
    clip = s.clip(rect(98, 44, 272, 344, "#000"))
    town = [
        rect(98 + k * 36, 290 - (k * 37) % 70, 34, 140, ("#4f6480", "#5a6f88", "#475a76")[k % 3])
        for k in range(8)
    ]
    lights = [
        rect(106 + (k * 29) % 250, 280 + (k * 17) % 80, 7, 9, "#ffd98f", opacity=0.9) for k in range(20)
    ]
    bokeh = [
        circle(
            s.rng.uniform(98, 370),
            s.rng.uniform(240, 390),
            s.rng.uniform(8, 22),
            s.rng.choice(("#ffd98f", "#ffb58a", "#d9e6f2")),
            opacity=0.28,
        )
        for _ in range(18)
    ]
    rain = []
    for _ in range(110):
        x, y = s.rng.uniform(98, 370), s.rng.uniform(44, 388)
        r = s.rng.uniform(1.2, 4.4)
        rain.append(
            ellipse(x, y, r, r * 1.25, "#e9f3fa", opacity=0.6)
            + circle(x - r * 0.3, y - r * 0.4, r * 0.35, "#ffffff")
        )
        if r > 3.4:
            rain.append(
                stroke(
                    f"M{x} {y}Q{x + s.rng.uniform(-4, 4)} {y - 30} {x} {y - s.rng.uniform(40, 100)}",
                    "#e9f3fa",
                    2,
                    opacity=0.4,
                )
            )
    s.add(group(*town, *lights, *bokeh, *rain, clip_path=clip))
    s.add(
        rect(228, 44, 12, 344, "#2f2c4a"),
        rect(98, 206, 272, 12, "#2f2c4a"),
        rect(66, 396, 336, 18, "#3d3958", 4),
    )
    for side in (-1, 1):
        x = 234 + side * 172
        s.add(
            path(
                f"M{x - side * 26} 10C{x - side * 40} 180 {x - side * 6} 300 {x - side * 40} 452L{x + side * 44} 452C{x + side * 28} 300 {x + side * 50} 160 {x + side * 40} 10Z",
                s.linear("#8f6f8a", "#6b4f70", "#8a6a88", angle=0),
            )
        )
        for d in (-10, 8, 24):
            s.add(
                stroke(
                    f"M{x + side * d} 14C{x + side * (d - 10)} 180 {x + side * (d + 10)} 300 {x + side * (d - 8)} 450",
                    "#523a58",
                    3,
                    opacity=0.5,
                )
            )
    s.add(rect(20, 2, 430, 12, "#c9a06a", 6))
    s.glow(760, 200, 330, "#ffcf8a", 0.75)
    # Piano.
    s.add(ellipse(660, 566, 300, 24, "#1c1226", opacity=0.6))
    s.add(
        rect(430, 214, 470, 40, s.linear("#8a4f38", "#5f3222"), 6),
        rect(446, 250, 438, 130, s.linear("#74402c", "#54291c")),
        rect(470, 268, 180, 94, "none", 4, stroke="#8f5840", stroke_width=4),
        rect(680, 268, 180, 94, "none", 4, stroke="#8f5840", stroke_width=4),
    )
    s.add(
        path("M420 380L910 380L926 424L404 424Z", "#6b3826"),
        path("M440 384L890 384L902 412L428 412Z", "#fffdf6"),
    )
    for k in range(1, 33):
        t = k / 33
        s.add(stroke(f"M{440 + 450 * t} 384L{428 + 474 * t} 412", "#b9a89f", 1.3))
        if k % 7 not in (3, 0):
            s.add(
                path(
                    f"M{436 + 450 * t} 384L{444 + 450 * t} 384L{441 + 462 * t} 401L{432 + 462 * t} 401Z",
                    "#241820",
                )
            )
    s.add(
        path("M404 424L926 424L926 444L404 444Z", s.linear("#8a4f38", "#54291c")),
        rect(446, 444, 438, 100, "#4a2418"),
        rect(420, 424, 26, 140, s.linear("#7a4430", "#4a2418", angle=0)),
        rect(884, 424, 26, 140, s.linear("#7a4430", "#4a2418", angle=0)),
    )
    for x in (636, 660, 684):
        s.add(path(f"M{x - 7} 530L{x + 7} 530L{x + 9} 556L{x - 9} 556Z", "#e3b968"))
    s.add(
        path("M570 296L664 286L758 296L758 384L664 376L570 384Z", "#fff8ea"),
        stroke("M664 286L664 376", "#d9c6b0", 3),
    )
    for k in range(4):
        s.add(
            stroke(
                f"M580 {310 + k * 18}L654 {303 + k * 18}M674 {303 + k * 18}L748 {310 + k * 18}",
                "#8a7a80",
                1.5,
            )
        )
        for d in range(4):
            x = 588 + d * 17
            s.add(
                ellipse(x, 308 + k * 18 - (d % 3) * 4, 3.4, 2.6, "#3a2a38"),
                ellipse(x + 94, 306 + k * 18 - (d % 2) * 5, 3.4, 2.6, "#3a2a38"),
            )
    s.add(
        at(
            800,
            214,
            rect(-26, -10, 52, 10, "#c9a06a", 4),
            rect(-4, -88, 8, 80, "#c9a06a"),
            path("M-58 -84L-36 -158L36 -158L58 -84Z", s.linear("#fff0c4", "#ffc772")),
            rect(-58, -88, 116, 6, "#e3a055", 3),
        )
    )
    s.glow(800, 100, 120, "#fff3cf", 0.7)
    s.add(
        at(
            522,
            214,
            path(
                "M-30 -50L30 -50C30 -16 20 0 0 0C-20 0 -30 -16 -30 -50Z",
                s.linear("#d9e6ee", "#8fa9bd", angle=0),
            ),
            stroke("M28 -42C50 -44 48 -14 22 -14", "#b5c9d6", 7),
            ellipse(0, -50, 30, 6, "#8a5a3c"),
            ellipse(0, 2, 44, 6, "#c9d6df"),
            stroke("M-8 -64C-18 -80 4 -90 -8 -112M10 -66C2 -82 22 -92 12 -114", "#ffffff", 4, opacity=0.4),
        )
    )
    for x, w, c in ((616, 54, "#b5605a"), (610, 66, "#5f7f8f")):
        s.add(
            rect(x, 200 if c == "#5f7f8f" else 186, w, 14, c, 2),
            rect(x + 4, 203 if c == "#5f7f8f" else 189, w - 8, 3, "#f7e6cf", opacity=0.7),
        )
    s.add(
        path("M560 500L760 500L748 520L572 520Z", s.linear("#b56a6b", "#7f4450")),
        rect(584, 518, 12, 70, "#4a2a2f"),
        rect(724, 518, 12, 70, "#4a2a2f"),
        ellipse(660, 500, 100, 12, "#c97f7c"),
    )
    s.add(path("M98 452L370 452L520 600L20 600Z", "#b5c9e0", opacity=0.14))


@picture("still-sad-rainbow", 505)
def rainbow(s: Scene) -> None:
    """After the rain: a rainbow over wet fields, a yellow umbrella resting by a puddle on the lane."""
    s.backdrop("#7f8fb5", "#b5b9d0", "#f3dcd0", "#ffe9c9")
    for r, c in (
        (430, "#e2706b"),
        (410, "#f0a25c"),
        (390, "#f7d972"),
        (370, "#8fcf8a"),
        (350, "#6fb0d9"),
        (330, "#8f86cf"),
    ):
        s.add(circle(560, 470, r, "none", stroke=c, stroke_width=20, opacity=0.5))
    s.add(circle(560, 470, 320, "#fff3dc", opacity=0.18))
    for x, y, k, c in (
        (140, 90, 1.5, "#6b7aa3"),
        (330, 60, 1.1, "#8492b5"),
        (60, 190, 1.0, "#8b98ba"),
        (880, 90, 0.9, "#f7e6e0"),
        (760, 60, 0.7, "#fff3ea"),
    ):
        s.add(
            at(
                x,
                y,
                *[
                    ellipse(dx, dy, r, r * 0.6, c)
                    for dx, dy, r in (
                        (-90, 12, 64),
                        (-30, -18, 80),
                        (44, -8, 76),
                        (100, 14, 54),
                        (0, 24, 120),
                    )
                ],
                scale=k,
                opacity=0.9,
            )
        )
    for _ in range(60):
        x, y = s.rng.uniform(0, 380), s.rng.uniform(130, 330)
        s.add(stroke(f"M{x} {y}L{x - 7} {y + 24}", "#dfe8f5", 1.6, opacity=0.5))
    s.add(
        path(s.ridge(372, 20, 6), s.linear("#9fb89a", "#7f9f86")),
        path(s.ridge(406, 18, 5), s.linear("#8fb57a", "#6b9a66")),
    )
    for k in range(9):
        s.add(
            stroke(
                f"M{560 + k * 50} {420 + (k % 3) * 3}Q{620 + k * 60} 460 {700 + k * 90} 520",
                "#a8c98a",
                3,
                opacity=0.6,
            )
        )
    for x, y, k in ((210, 390, 0.8), (262, 396, 0.6), (840, 392, 0.9), (900, 400, 0.7), (780, 398, 0.5)):
        s.add(
            at(
                x,
                y,
                rect(-5, -36, 10, 40, "#6b4f45"),
                *[
                    circle(dx, dy, r, s.linear("#8fbf7a", "#557f57"))
                    for dx, dy, r in ((-20, -54, 28), (18, -58, 30), (0, -80, 28))
                ],
                scale=k,
            )
        )
    s.add(
        at(
            590,
            398,
            rect(-44, -40, 88, 42, "#f7efe2"),
            path("M-54 -38L0 -78L54 -38Z", "#c9665a"),
            rect(-10, -28, 20, 30, "#7a5a4a"),
            rect(20, -28, 16, 14, "#ffd98f"),
            rect(-36, -28, 16, 14, "#ffd98f"),
            rect(22, -80, 12, 24, "#a8503f"),
        )
    )
    s.add(path("M-40 450C200 430 700 440 1000 456L1000 640L-40 640Z", s.linear("#7fae66", "#3f7a50")))
    s.add(
        path(
            "M578 404C550 440 420 470 330 520C280 550 250 580 240 640L800 640C760 580 640 540 620 490C604 450 620 430 604 404Z",
            s.linear("#e0c9a8", "#a88a78"),
        )
    )
    for x, y, rx, ry in ((430, 560, 96, 20), (600, 520, 54, 11), (520, 596, 120, 16), (470, 480, 40, 6)):
        s.add(
            ellipse(x, y, rx + 5, ry + 4, "#8a6f66"),
            ellipse(x, y, rx, ry, s.linear("#b5c0dd", "#f7dfd2")),
            ellipse(x - rx * 0.2, y + ry * 0.1, rx * 0.5, ry * 0.25, "#f0a25c", opacity=0.35),
            ellipse(x - rx * 0.2, y + ry * 0.35, rx * 0.45, ry * 0.2, "#8fcf8a", opacity=0.35),
        )
    s.shadow(740, 590, 150, 18, "#2b3a2b", 0.45)
    canopy = "M-132 0C-130 -84 -70 -132 0 -134C70 -132 130 -84 132 0C116 -18 100 -18 88 0C72 -20 58 -20 44 0C30 -20 14 -20 0 0C-14 -20 -30 -20 -44 0C-58 -20 -72 -20 -88 0C-100 -18 -116 -18 -132 0Z"
    panel = "M44 0C58 -20 72 -20 88 0C80 -80 44 -126 0 -134C30 -110 44 -60 44 0Z"
    ribs = [
        stroke(f"M0 -134C{x * 0.62} -112 {x} -60 {x} 0", "#c98f1f", 2, opacity=0.7)
        for x in (-88, -44, 0, 44, 88)
    ]
    s.add(
        at(
            762,
            512,
            stroke("M0 -10L0 104C0 126 34 126 34 104", "#7a4a2a", 8),
            path(canopy, s.linear("#ffe58a", "#ffd24a:50", "#e8a322", angle=0)),
            path(panel, "#ffffff", opacity=0.16, transform="scale(-1 1)"),
            path(panel, "#a8670a", opacity=0.14),
            *ribs,
            stroke("M0 -134L0 -152", "#7a4a2a", 6),
            turn=-58,
        )
    )
    for _ in range(230):
        x = s.rng.choice((s.rng.uniform(-10, 260), s.rng.uniform(780, 970)))
        s.add(
            at(
                x,
                s.rng.uniform(560, 630),
                path(
                    leaf(s.rng.uniform(34, 90), s.rng.uniform(3, 5), s.rng.uniform(-6, 6)),
                    s.rng.choice(("#4f8f57", "#6bab62", "#39734a", "#8fc274")),
                ),
                turn=s.rng.uniform(-18, 18),
            )
        )
    for _ in range(26):
        x = s.rng.choice((s.rng.uniform(10, 240), s.rng.uniform(800, 950)))
        y = s.rng.uniform(496, 580)
        c = s.rng.choice(("#fff3ea", "#e6a3c4", "#c9b5f0"))
        s.add(
            at(
                x,
                y,
                *[at(0, 0, ellipse(0, -8, 5, 8, c), turn=i * 72) for i in range(5)],
                circle(0, 0, 4, "#f7c94f"),
            )
        )
    for _ in range(50):
        x = s.rng.choice((s.rng.uniform(0, 280), s.rng.uniform(780, 960)))
        s.add(circle(x, s.rng.uniform(480, 600), s.rng.uniform(1.5, 3.4), "#ffffff", opacity=0.8))
