"""Shared joy for a happy viewer: bicycles, pastry, ice cream, music, the beach."""

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


def _wheel(r: float, tyre: str, rim: str) -> str:
    spokes = [
        stroke(
            f"M0 0L{r * math.cos(i * math.tau / 18):.1f} {r * math.sin(i * math.tau / 18):.1f}",
            "#f7efe0",
            1.4,
        )
        for i in range(18)
    ]
    return (circle(0, 0, r, "none", stroke=tyre, stroke_width=10) + circle(0, 0, r - 7, "none", stroke=rim, stroke_width=4)
            + "".join(spokes) + circle(0, 0, 8, "#5a4a4a"))  # fmt: skip


def _flower(r: float, petal: str, eye: str, n: int = 6) -> str:
    ring = [at(0, 0, ellipse(0, -r * 0.62, r * 0.34, r * 0.46, petal), turn=i * 360 / n) for i in range(n)]
    return group(*ring, circle(0, 0, r * 0.3, eye))


@picture("ad-happy-bicycle", 401)
def bicycle(s: Scene) -> None:
    """A mint bicycle with a basket of flowers against a sunlit coral wall."""
    s.backdrop("#ff9d7e", "#ff8469", angle=20)
    s.add(rect(0, 0, 960, 470, "#000", filter=s.texture(0.02, 0.03, 3, "#e0563f", 0.5)))
    s.add(
        path("M0 0L560 0L180 470L0 470Z", "#ffd0a3", opacity=0.34),
        path("M640 0L900 0L520 470L260 470Z", "#ffd0a3", opacity=0.26),
    )
    s.add(
        rect(640, 56, 220, 270, "#e76a52", 110), rect(654, 70, 192, 256, s.linear("#fff1d8", "#ffdcae"), 96)
    )
    s.add(
        rect(744, 70, 10, 256, "#e76a52"),
        rect(654, 190, 192, 10, "#e76a52"),
        rect(628, 322, 244, 22, "#fff4e2", 6),
    )
    for x in range(646, 860, 26):
        col = s.rng.choice(("#ffcf3f", "#ff5f86", "#ffffff", "#b56be0"))
        s.add(
            at(x, 320, path(leaf(34, 8), "#3f9a6b"), turn=s.rng.uniform(-30, 30)),
            at(x + 4, 296 + s.rng.uniform(-8, 10), _flower(15, col, "#f08a24")),
        )
    for x0, length, sway in ((14, 380, 26), (70, 300, -22), (128, 360, 24), (190, 210, -18), (248, 130, 14)):
        points = [(x0 + sway * math.sin(k * 0.9), -14 + length * k / 8) for k in range(9)]
        s.add(stroke(spline(points), "#237a58", 3.5))
        for k in range(int(length / 15)):
            t = k / (length / 15)
            x, y = x0 + sway * math.sin(t * 7.2), -14 + length * t
            green = s.rng.choice(("#2f8f6a", "#44ab7d", "#5cc494", "#27805e"))
            s.add(
                at(
                    x,
                    y,
                    path("M0 0C-20 -4 -22 -26 0 -40C22 -26 20 -4 0 0Z", green),
                    stroke("M0 -2L0 -28", "#a5e6c4", 1.4, opacity=0.6),
                    turn=(90 if k % 2 else -90) + s.rng.uniform(-35, 35),
                    scale=1.05 - 0.4 * t,
                )
            )
    s.add(rect(0, 466, 960, 140, s.linear("#f9d9a8", "#e6b578")), rect(0, 460, 960, 12, "#fff0d2"))
    for k, y in enumerate((492, 524, 564)):
        s.add(
            *[
                stroke(f"M{x} {y}L{x + 70} {y}", "#d49f5f", 3, opacity=0.6)
                for x in range(-40 + k * 50, 980, 130)
            ]
        )
    s.add(
        path(
            "M170 540C300 500 640 500 800 540C640 566 320 566 170 540Z",
            "#9c5a32",
            opacity=0.45,
            filter=s.blur(7),
        )
    )
    s.add(at(308, 426, _wheel(104, "#4a3a40", "#e8dccb")), at(652, 426, _wheel(104, "#4a3a40", "#e8dccb")))
    mint = s.linear("#8ff0d0", "#3fc3a4")
    s.add(
        stroke(
            "M308 426L392 262L470 430L308 426M392 262L600 262L470 430M600 262L652 426M380 232L392 262",
            mint,
            13,
        )
    )
    s.add(
        stroke("M600 262C592 230 588 214 584 196C600 186 630 184 652 196", "#5a4a4a", 9),
        stroke("M640 194L668 204", "#b5653a", 14),
    )
    s.add(
        stroke("M392 262L376 206", "#5a4a4a", 9),
        path("M330 198C350 186 410 186 430 200C420 214 392 210 380 222C360 218 338 214 330 198Z", "#b5653a"),
    )
    s.add(
        stroke("M214 372A108 108 0 0 1 390 352", "#2ba88a", 8),
        stroke("M566 350A108 108 0 0 1 756 396", "#2ba88a", 8),
    )
    s.add(circle(470, 430, 30, "#f2c14e"), circle(470, 430, 20, "#ff8469"), circle(470, 430, 8, "#5a4a4a"),
          stroke("M470 430L500 476M470 430L440 386", "#5a4a4a", 8), rect(484, 472, 40, 10, "#4a3a40", 5), rect(420, 378, 36, 10, "#4a3a40", 5),
          stroke("M310 416L468 401M310 436L468 459", "#6b5a5a", 3))  # fmt: skip
    basket = "M628 226L762 226L742 316L650 316Z"
    blooms = (
        (640, 196, 28, "#ffcf3f"),
        (676, 172, 32, "#ffffff"),
        (716, 188, 30, "#ff5f86"),
        (752, 204, 24, "#b56be0"),
        (660, 214, 22, "#ff7fb0"),
        (698, 214, 24, "#ffe08a"),
        (734, 222, 20, "#ffffff"),
    )
    for x, y, _, _ in blooms:
        s.add(
            at(x, y + 10, path(leaf(46, 13), "#2f8f6a"), turn=-50),
            at(x, y + 10, path(leaf(46, 13), "#44ab7d"), turn=50),
        )
    for x, y, r, c in blooms:
        s.add(at(x, y, _flower(r, c, "#f08a24" if c != "#ffcf3f" else "#8a4b1f", 8)))
    s.add(path(basket, s.linear("#e2a860", "#a8692f")))
    clip = s.clip(path(basket, "#000"))
    weave = [stroke(f"M{x} {220}L{x + (695 - x) * 0.15} 320", "#8a5222", 3) for x in range(630, 766, 12)] + [
        stroke(f"M620 {y}L770 {y}", "#f4cf92", 4) for y in range(238, 316, 14)
    ]
    s.add(group(*weave, clip_path=clip), rect(620, 218, 150, 14, "#c98844", 7))
    s.add(circle(596, 214, 12, "#f7d774"), circle(593, 210, 4, "#fff"))
    for x, y in ((250, 150), (520, 100), (880, 420)):
        s.add(
            at(
                x,
                y,
                path(
                    "M0 0C-16 -22 -34 -10 -22 4C-34 16 -12 24 0 4C12 24 34 16 22 4C34 -10 16 -22 0 0Z",
                    "#ffe9a8",
                ),
                rect(-1.5, -6, 3, 18, "#7a3f2a", 1),
                turn=s.rng.uniform(-30, 30),
            )
        )


@picture("ad-happy-bakery", 402)
def bakery(s: Scene) -> None:
    """A corner bakery's window full of cakes and loaves under a striped awning."""
    s.backdrop("#ffe9ef", "#ffd3dc")
    s.add(rect(60, 30, 840, 580, s.linear("#2aa39a", "#1b7f7c"), 10), rect(60, 30, 840, 70, "#176b69", 10))
    for x in range(80, 900, 52):
        s.add(circle(x + 10, 66, 7, "#ffe9a3"))
    s.add(rect(96, 118, 560, 400, "#fff7ea", 8), rect(110, 132, 532, 372, s.linear("#ffdf9e", "#ffc46b"), 4))
    s.glow(376, 230, 320, "#fff6cf", 0.9)
    clip = s.clip(rect(110, 132, 532, 372, "#000"))
    inside: list[str] = []
    for x in (200, 376, 552):
        inside.append(
            stroke(f"M{x} 120L{x} 196", "#7a4a2a", 3)
            + path(f"M{x - 36} 226C{x - 30} 196 {x + 30} 196 {x + 36} 226Z", "#e2574c")
            + ellipse(x, 228, 16, 8, "#fff9d6")
        )
    for y in (352, 500):
        inside.append(rect(110, y, 532, 12, "#9c5f33") + rect(110, y + 10, 532, 8, "#6e3f20", opacity=0.6))
    # Upper shelf: cake, loaves, tower of macarons.
    inside.append(at(200, 352, rect(-46, -14, 92, 8, "#fff"), rect(-8, -14, 16, 14, "#e8e0d4"), rect(-40, -70, 80, 56, "#ffb3c6", 8), rect(-28, -112, 56, 44, "#fff3f6", 8),
                  path("M-40 -62C-30 -44 -22 -58 -14 -50C-6 -40 4 -58 14 -48C24 -40 32 -58 40 -52L40 -70L-40 -70Z", "#fff"), circle(0, -120, 10, "#e2334d"), circle(-16, -112, 7, "#e2334d"), circle(16, -112, 7, "#e2334d")))  # fmt: skip
    for k in range(4):
        inside.append(
            at(
                306 + k * 48,
                350 - (k % 2) * 4,
                path("M-16 0L-10 -110C-8 -124 8 -124 10 -110L16 0Z", "#d98b3d"),
                *[stroke(f"M-9 {-20 - j * 24}L9 {-32 - j * 24}", "#f7cf8f", 5) for j in range(4)],
                turn=(-6, 5, -3, 8)[k],
            )
        )
    inside.append(
        path("M282 352L294 284L466 284L478 352Z", "#b9793f")
        + "".join(stroke(f"M288 {y}L472 {y}", "#8a5526", 4) for y in (298, 316, 334))
    )
    for row in range(4):
        for k in range(4 - row):
            inside.append(
                at(
                    526 + k * 30 + row * 15,
                    340 - row * 25,
                    rect(-14, -12, 28, 10, ("#ff9db8", "#a8dcc0", "#ffd66b", "#c9a6f0")[(row + k) % 4], 5),
                    rect(-13, -3, 26, 5, "#fff8ee"),
                    rect(-14, 1, 28, 10, ("#ff9db8", "#a8dcc0", "#ffd66b", "#c9a6f0")[(row + k) % 4], 5),
                )
            )
    # Lower shelf: croissants, doughnuts, pie, cupcakes.
    for x, y in ((152, 490), (212, 490), (182, 458)):
        inside.append(
            at(
                x,
                y,
                path(
                    "M-36 6C-40 -20 -18 -36 0 -36C18 -36 40 -20 36 6C26 -8 14 -12 0 -12C-14 -12 -26 -8 -36 6Z",
                    "#e0973f",
                ),
                stroke("M-20 -26L-12 -12M-4 -35L-4 -13M14 -31L8 -12", "#a8621f", 3),
                stroke("M-26 -14C-20 -24 -12 -29 -4 -30", "#ffd38a", 3),
            )
        )
    for k, (x, y) in enumerate(((278, 476), (340, 476), (309, 430))):
        c = ("#ff7fa8", "#7a4326", "#f6e0ff")[k]
        sprinkles = [
            at(
                24 * math.cos(j),
                24 * math.sin(j),
                rect(-1.5, -4, 3, 8, ("#fff", "#ffd23f", "#5fd0c0")[j % 3], 1.5),
                turn=j * 50,
            )
            for j in range(11)
        ]
        inside.append(
            at(
                x,
                y,
                circle(0, 0, 31, "#d9944a"),
                circle(0, 0, 28, c),
                *sprinkles,
                circle(0, 0, 10, "#ffd28a"),
                scale=0.86,
            )
        )
    inside.append(at(436, 500, path("M-62 0L-52 -34L52 -34L62 0Z", "#c9c2bd"), path("M-60 -34C-50 -66 50 -66 60 -34Z", "#e0a04d"),
                  *[stroke(f"M{-44 + k * 18} -36L{-30 + k * 16} -56", "#a8621f", 4) for k in range(6)], *[stroke(f"M{44 - k * 18} -36L{30 - k * 16} -56", "#f2c27b", 4) for k in range(6)]))  # fmt: skip
    for k in range(2):
        for j in range(2):
            c = ("#ffd1e0", "#bfe9df", "#fff0b8", "#d9c7ff")[k * 2 + j]
            inside.append(at(540 + k * 56, 498 - j * 0, path("M-22 0L-28 -32L28 -32L22 0Z", "#e2574c"), *[stroke(f"M{-18 + q * 9} 0L{-22 + q * 11} -32", "#b93b38", 2) for q in range(5)],
                          path("M-32 -32C-36 -50 -16 -50 -18 -60C-12 -76 12 -76 16 -60C18 -50 36 -50 32 -32Z", c), circle(0, -74, 7, "#e2334d")))  # fmt: skip
    s.add(group(*inside, clip_path=clip))
    s.add(
        path("M110 132L300 132L150 504L110 504Z", "#fff", opacity=0.2),
        path("M350 132L400 132L250 504L200 504Z", "#fff", opacity=0.16),
    )
    s.add(
        rect(694, 160, 160, 450, "#fff7ea", 8),
        rect(706, 172, 136, 430, "#d9574a", 6),
        rect(724, 192, 100, 230, s.linear("#ffe7ad", "#ffcd7d"), 50),
        circle(824, 480, 8, "#f7d774"),
    )
    s.add(
        at(
            774,
            290,
            stroke("M-34 -60L0 -90L34 -60", "#7a4a2a", 3),
            rect(-46, -62, 92, 60, "#fff7ea", 8),
            path(
                "M0 -14C-26 -34 -20 -52 -8 -50C-2 -49 0 -44 0 -42C0 -44 2 -49 8 -50C20 -52 26 -34 0 -14Z",
                "#e2574c",
            ),
        )
    )
    for k in range(12):
        x0, x1 = 72 + k * 50, 122 + k * 50
        c = "#ff6f6a" if k % 2 else "#fff7ea"
        s.add(path(f"M{86 + k * 47.4} 104L{86 + (k + 1) * 47.4} 104L{x1} 188C{x1} 214 {x0} 214 {x0} 188Z", c))
        s.add(path(f"M{x0} 186L{x1} 186C{x1} 214 {x0} 214 {x0} 186Z", "#000", opacity=0.1))
    s.add(rect(80, 98, 584, 12, "#fff7ea", 6), path("M72 206L672 206L656 236L96 236Z", "#000", opacity=0.12))
    s.add(
        rect(84, 518, 586, 90, "#176b69"),
        *[rect(104 + k * 140, 534, 120, 60, "#1f8a85", 6) for k in range(4)],
    )
    for x in (690, 868):
        s.shadow(x, 594, 60, 12, "#5a1f2b", 0.4)
        leaves = [
            at(
                x + s.rng.uniform(-34, 34),
                470 + s.rng.uniform(-46, 40),
                circle(0, 0, s.rng.uniform(14, 24), s.rng.choice(("#3f9a5f", "#56b573", "#2f8050"))),
            )
            for _ in range(26)
        ]
        s.add(
            rect(x - 4, 480, 8, 70, "#7a4a2a"),
            *leaves,
            path(f"M{x - 36} 532L{x + 36} 532L{x + 28} 594L{x - 28} 594Z", s.linear("#f4a261", "#c9643c")),
        )
    s.add(rect(0, 590, 960, 14, "#e8b3bf"))


@picture("ad-happy-icecream", 403)
def icecream(s: Scene) -> None:
    """Three scoops in a waffle cone before a sunburst, sprinkles flying."""
    s.backdrop("#ffd93b", "#ffb52e")
    for k in range(24):
        a0, a1 = math.tau * k / 24, math.tau * (k + 0.5) / 24
        s.add(
            path(
                poly(
                    [
                        (480, 300),
                        (480 + 900 * math.cos(a0), 300 + 900 * math.sin(a0)),
                        (480 + 900 * math.cos(a1), 300 + 900 * math.sin(a1)),
                    ]
                ),
                "#ffe67a",
                opacity=0.8,
            )
        )
    s.glow(480, 280, 420, "#fffbe0", 0.9)
    for _ in range(120):
        a, r = s.rng.uniform(0, math.tau), s.rng.uniform(210, 620)
        c = s.rng.choice(("#ff4f81", "#21b7c9", "#8a5cf0", "#ffffff", "#2fbf71", "#ff7a2f"))
        s.add(
            at(
                480 + r * math.cos(a),
                300 + r * 0.7 * math.sin(a),
                rect(-4, -13, 8, 26, c, 4),
                turn=s.rng.uniform(0, 180),
                scale=s.rng.uniform(0.5, 1.15),
            )
        )
    s.add(ellipse(500, 350, 170, 300, "#c9720a", opacity=0.25, filter=s.blur(24)))
    cone = "M372 330L588 330L492 622C488 634 472 634 468 622Z"
    s.add(path(cone, s.linear("#f7b65a", "#c97824", angle=0)))
    clip = s.clip(path(cone, "#000"))
    grid = [
        stroke(f"M{x} 320L{x + 180} 660M{x + 240} 320L{x + 60} 660", "#a85d16", 5)
        for x in range(180, 620, 34)
    ]
    light = [stroke(f"M{x + 5} 320L{x + 185} 660", "#ffd896", 2) for x in range(180, 620, 34)]
    s.add(
        group(*grid, *light, clip_path=clip),
        path("M372 330L588 330L576 366C500 384 460 384 384 366Z", "#7a3f08", opacity=0.3),
    )

    def scoop(x: float, y: float, r: float, colors: tuple[str, str, str], drips: int) -> None:
        n = 9
        rim = [
            (
                x + r * 1.08 * math.cos(math.pi * i / n),
                y + r * 0.46 + (12 if i % 2 else -6) + (r * 0.22 if i == drips else 0),
            )
            for i in range(n + 1)
        ]
        d = (
            f"M{x - r * 1.06} {y + r * 0.4}C{x - r * 1.1} {y - r * 1.3} {x + r * 1.1} {y - r * 1.3} {x + r * 1.06} {y + r * 0.4}L"
            + spline(rim)[1:]
            + "Z"
        )
        s.add(path(d, s.radial(*colors, cx=0.36, cy=0.28, r=0.85)))
        c = s.clip(path(d, "#000"))
        spots = [
            circle(
                x + s.rng.uniform(-r, r),
                y + s.rng.uniform(-r, r * 0.5),
                s.rng.uniform(2, 6),
                s.rng.choice((colors[2], "#ffffff")),
                opacity=0.5,
            )
            for _ in range(46)
        ]
        s.add(
            group(
                *spots,
                path(
                    f"M{x + r * 0.3} {y - r}C{x + r * 1.3} {y - r * 0.6} {x + r * 1.3} {y + r * 0.7} {x + r * 0.2} {y + r * 0.8}C{x + r * 0.9} {y + r * 0.2} {x + r * 0.9} {y - r * 0.5} {x + r * 0.3} {y - r}Z",
                    colors[2],
                    opacity=0.45,
                ),
                clip_path=c,
            )
        )
        s.add(
            ellipse(
                x - r * 0.42,
                y - r * 0.5,
                r * 0.26,
                r * 0.14,
                "#fff",
                opacity=0.75,
                transform=f"rotate(-35 {x - r * 0.42:.0f} {y - r * 0.5:.0f})",
            )
        )

    scoop(416, 292, 88, ("#d9fff0", "#7fe0bd", "#34a585"), 3)
    scoop(548, 296, 84, ("#fff6df", "#ffe0a8", "#e0a85a"), 6)
    scoop(482, 182, 96, ("#ffd3e2", "#ff7fae", "#d63f7c"), 4)
    for _ in range(16):
        x, y = s.rng.uniform(416, 548), s.rng.uniform(112, 190)
        s.add(
            at(
                x,
                y,
                rect(-3, -9, 6, 18, s.rng.choice(("#21b7c9", "#8a5cf0", "#ffffff", "#ffd23f")), 3),
                turn=s.rng.uniform(0, 180),
            )
        )
    s.add(
        stroke("M486 66C492 30 520 14 548 12", "#5c8a2f", 5),
        circle(484, 84, 26, s.radial("#ff8f9b", "#e2203f:55", "#9c0f2b", cx=0.35, cy=0.3, r=0.8)),
        ellipse(475, 74, 7, 5, "#fff", opacity=0.9),
    )
    s.add(
        at(
            584,
            176,
            path("M-14 130L-26 -110L26 -110L14 130Z", s.linear("#e0a860", "#b5712a", angle=0)),
            *[stroke(f"M-24 {y}L24 {y}", "#8f5516", 2.5) for y in range(-100, 90, 14)],
            turn=24,
        )
    )
    s.add(
        path(star(18, 6), "#fff", transform="translate(330 130)"),
        path(star(26, 8), "#fff", transform="translate(650 250)"),
        path(star(14, 5), "#fff", transform="translate(300 320)"),
    )


@picture("audio-happy-skip", 404)
def marimba(s: Scene) -> None:
    """Rainbow marimba bars fan out under two dancing mallets, notes hopping off between big leaves."""
    s.backdrop("#ff7a59", "#ff9f5c", "#ffd07a", angle=60)
    s.add(circle(480, 250, 230, "#ffe3a3", opacity=0.55), circle(480, 250, 170, "#fff1cc", opacity=0.6))
    for x, y, t, k, c in (
        (40, 620, 30, 1.3, "#1f8f7a"),
        (130, 640, 8, 1.1, "#2fae8f"),
        (-10, 540, 60, 1.2, "#17756a"),
        (920, 620, -30, 1.3, "#1f8f7a"),
        (830, 640, -8, 1.1, "#2fae8f"),
        (970, 540, -60, 1.2, "#17756a"),
        (60, -10, 150, 1.0, "#2fae8f"),
        (-10, 60, 110, 1.1, "#1f8f7a"),
        (900, -10, -150, 1.0, "#2fae8f"),
        (970, 60, -110, 1.1, "#1f8f7a"),
    ):
        ribs = [
            stroke(f"M0 {-40 - j * 26}L{q * (46 - j * 4)} {-66 - j * 26}", "#8fe0c0", 2.5, opacity=0.5)
            for j in range(7)
            for q in (-1, 1)
        ]
        s.add(
            at(
                x,
                y,
                path(leaf(270, 74), c),
                stroke("M0 0L0 -250", "#8fe0c0", 4, opacity=0.6),
                *ribs,
                turn=t,
                scale=k,
            )
        )
    s.add(ellipse(480, 556, 400, 34, "#a83f2a", opacity=0.35, filter=s.blur(12)))
    s.add(
        path("M120 402L840 402L800 432L160 432Z", "#7a3f22"),
        path("M190 536L770 536L746 560L214 560Z", "#6b3419"),
    )
    for k in range(8):
        x = 176 + k * 87
        h = 190 - k * 9
        s.add(
            rect(x - 22, 424, 44, 132 - k * 8, s.linear("#ffe9a8", "#d99a3c:45", "#a86a1f", angle=0), 22),
            ellipse(x, 430, 22, 7, "#8a5518"),
        )
        tone = ("#e8386d", "#f5683f", "#f9a825", "#f2d32f", "#5bbf5a", "#1fb5ad", "#3f7fe0", "#8a5cd9")[k]
        s.add(rect(x - 35, 470 - h + 6, 70, h, "#7a2f1a", 12, opacity=0.3))
        s.add(
            rect(x - 37, 464 - h, 74, h, tone, 12),
            rect(
                x - 37, 464 - h, 74, h, s.linear("#ffffff@0.4", "#ffffff@0:40", "#000000@0.22", angle=0), 12
            ),
            rect(x - 30, 470 - h, 8, h - 14, "#ffffff", 4, opacity=0.35),
        )
        for y in (464 - h + 24, 440):
            s.add(circle(x, y, 6, "#5a2a12"), circle(x, y, 2.6, "#ffe9a8"))
    for x, y, t, c in ((330, 276, 24, "#e8386d"), (588, 262, -30, "#3f7fe0")):
        s.add(
            at(
                x,
                y,
                rect(-5, -230, 10, 220, s.linear("#f7d9a0", "#b5793c", angle=0), 5),
                circle(0, 0, 33, s.radial("#ffffff@0.6", c + ":35", c, cx=0.35, cy=0.3, r=0.9)),
                *[stroke(f"M-30 {d}Q0 {d + 12} 30 {d}", "#ffffff", 2, opacity=0.35) for d in (-14, -2, 10)],
                turn=t,
            )
        )
    for x, y in ((330, 316), (588, 302)):
        for a in (-150, -125, -100, -80, -55, -30):
            q = math.radians(a)
            s.add(
                stroke(
                    f"M{x + 48 * math.cos(q):.0f} {y + 8 + 48 * math.sin(q):.0f}L{x + 66 * math.cos(q):.0f} {y + 8 + 66 * math.sin(q):.0f}",
                    "#ffffff",
                    5,
                )
            )
    note = "M0 0C-14 -8 -30 2 -26 14C-22 24 -4 22 2 10L2 -48L34 -56L34 -8C20 -14 6 -4 10 8C14 18 32 14 38 2L38 -76L-4 -66Z"
    for x, y, t, k, c in (
        (180, 190, -12, 1.0, "#ffffff"),
        (270, 96, 8, 0.8, "#e8386d"),
        (460, 150, -6, 0.9, "#1fb5ad"),
        (700, 110, 14, 1.1, "#ffffff"),
        (800, 220, -8, 0.8, "#8a5cd9"),
    ):
        s.add(at(x, y, path(note, c), turn=t, scale=k))


@picture("still-happy-beach", 405)
def beach(s: Scene) -> None:
    """A beach from straight above: parasols, towels and swimmers along a curling tide line."""
    s.backdrop("#ffe3ae", "#ffd592", angle=20)
    s.add(rect(0, 0, 960, 600, "#000", filter=s.texture(0.8, 0.8, 2, "#d9a04f", 0.4)))
    for _ in range(60):
        x, y = s.rng.uniform(330, 950), s.rng.uniform(0, 600)
        s.add(ellipse(x, y, s.rng.uniform(3, 7), s.rng.uniform(2, 4), "#e0ab5f", opacity=0.5))

    def tide_line(dx: float) -> str:
        return (
            spline(
                [
                    (330 + dx, -30),
                    (372 + dx, 60),
                    (318 + dx, 150),
                    (366 + dx, 250),
                    (300 + dx, 340),
                    (352 + dx, 440),
                    (296 + dx, 530),
                    (330 + dx, 640),
                ]
            )
            + "L-40 640L-40 -30Z"
        )

    for dx, fill, a in (
        (46, "#e6bf7f", 1.0),
        (20, "#ffffff", 0.9),
        (8, "#8fe3dc", 1.0),
        (-30, "#ffffff", 0.75),
        (-40, "#5fd3d3", 1.0),
        (-110, "#3bbccb", 1.0),
        (-200, "#1f9fbf", 1.0),
    ):
        s.add(path(tide_line(dx), fill, opacity=a))
    for _ in range(70):
        x, y = s.rng.uniform(0, 300), s.rng.uniform(0, 600)
        s.add(
            path(
                f"M{x} {y}Q{x + 10} {y - 6} {x + 20} {y}T{x + 40} {y}",
                "none",
                stroke="#d9fbf7",
                stroke_width=2.4,
                opacity=0.5,
                stroke_linecap="round",
            )
        )

    def parasol(x: float, y: float, r: float, a: str, b: str) -> None:
        s.add(ellipse(x + r * 0.5, y + r * 0.42, r, r * 0.96, "#a8702a", opacity=0.4))
        for k in range(12):
            p, q = math.tau * k / 12, math.tau * (k + 1) / 12
            m = (p + q) / 2
            s.add(
                path(
                    f"M{x} {y}L{x + r * math.cos(p):.1f} {y + r * math.sin(p):.1f}Q{x + r * 0.97 * math.cos(m):.1f} {y + r * 0.97 * math.sin(m):.1f} {x + r * math.cos(q):.1f} {y + r * math.sin(q):.1f}Z",
                    a if k % 2 else b,
                )
            )
        s.add(
            circle(x, y, r, s.linear("#ffffff@0.3", "#ffffff@0:50", "#000000@0.2", angle=45)),
            circle(x, y, 6, "#fff"),
            circle(x + 1, y + 1, 3, "#d9a04f"),
        )

    def towel(x: float, y: float, t: float, a: str, b: str, person: tuple[str, str] | None = None) -> None:
        bars = [rect(-27, -54 + k * 24, 54, 11, b) for k in range(5)]
        body = []
        if person:
            skin, suit = person
            body = [
                ellipse(8, 8, 17, 40, "#a8702a", opacity=0.3),
                rect(-11, 6, 9, 46, skin, 5),
                rect(2, 6, 9, 46, skin, 5),
                rect(-13, -24, 26, 42, skin, 12),
                rect(-13, -4, 26, 20, suit, 8),
                rect(-24, -20, 9, 36, skin, 5, transform="rotate(12 -20 -20)"),
                rect(15, -20, 9, 36, skin, 5, transform="rotate(-12 20 -20)"),
                circle(0, -38, 12, skin),
                path("M-12 -38A12 12 0 0 1 12 -38C8 -44 -8 -44 -12 -38Z", "#5a3320"),
                rect(-9, -40, 18, 5, "#20303c", 2),
            ]
        s.add(
            at(
                x,
                y,
                rect(-24, -52, 60, 118, "#a8702a", 4, opacity=0.3),
                rect(-30, -60, 60, 120, a, 4),
                *bars,
                *body,
                turn=t,
            )
        )

    towel(520, 130, 12, "#ffffff", "#e8386d", ("#d99a6b", "#1f7fbf"))
    towel(600, 150, 6, "#ffe08a", "#f5863f")
    parasol(560, 84, 62, "#e2453c", "#fff7ea")
    towel(800, 128, -20, "#8fe3dc", "#1f8fa5", ("#8a5a3c", "#ffd23f"))
    parasol(868, 84, 68, "#1f8fa5", "#fff7ea")
    towel(470, 390, -8, "#d9c2f7", "#7a4fd0")
    towel(548, 404, -4, "#fff", "#2fae8f", ("#f0c096", "#e2453c"))
    parasol(500, 330, 66, "#7a4fd0", "#ffd9ec")
    towel(800, 400, 24, "#ffd0c2", "#f5683f", ("#c98a5c", "#2fae8f"))
    parasol(730, 350, 74, "#f9a825", "#fff7ea")
    towel(690, 540, 80, "#bfe9ff", "#3f7fe0")
    parasol(890, 540, 60, "#e8386d", "#ffe3ee")
    s.add(
        circle(662, 262, 25, "#a8702a", opacity=0.3, transform="translate(10 10)"),
        *[
            path(
                f"M660 258L{660 + 26 * math.cos(a):.1f} {258 + 26 * math.sin(a):.1f}A26 26 0 0 1 {660 + 26 * math.cos(a + 1.05):.1f} {258 + 26 * math.sin(a + 1.05):.1f}Z",
                c,
            )
            for a, c in zip(
                [k * 1.047 for k in range(6)],
                ("#e2453c", "#fff", "#3f7fe0", "#fff", "#f9c82f", "#fff"),
                strict=True,
            )
        ],
        circle(660, 258, 5, "#fff"),
    )
    for x, y, a, b in ((130, 170, "#e8386d", "#fff"), (210, 420, "#ffd23f", "#f5863f")):
        s.add(
            circle(x + 7, y + 9, 33, "#12708f", opacity=0.5),
            circle(x, y, 24, "none", stroke=a, stroke_width=19),
            circle(x, y, 24, "none", stroke=b, stroke_width=19, stroke_dasharray="19 19"),
            circle(x, y, 15, "#d99a6b"),
            ellipse(x, y - 4, 11, 10, "#6b3f24"),
        )
    s.add(
        at(
            90,
            330,
            path(
                "M0 -74C26 -50 26 50 0 74C-26 50 -26 -50 0 -74Z",
                "#12708f",
                opacity=0.5,
                transform="translate(8 10)",
            ),
            path("M0 -74C26 -50 26 50 0 74C-26 50 -26 -50 0 -74Z", "#fff7ea"),
            path("M-5 -62L5 -62L5 62L-5 62Z", "#f5683f"),
            circle(0, 10, 11, "#c98a5c"),
            rect(-32, 4, 26, 8, "#c98a5c", 4),
            rect(6, 4, 26, 8, "#c98a5c", 4),
            turn=38,
        )
    )
    s.add(
        at(
            420,
            540,
            rect(-30, -24, 60, 48, "#a8702a", 6, opacity=0.3, transform="translate(6 8)"),
            rect(-30, -24, 60, 48, "#e2453c", 6),
            rect(-30, -24, 60, 14, "#fff", 6),
            turn=-14,
        )
    )
    for x, y in ((620, 470), (880, 260), (450, 240), (760, 230)):
        s.add(
            at(
                x,
                y,
                path(star(15, 7, 5), "#f5863f", stroke="#f5863f", stroke_width=5, stroke_linejoin="round"),
                turn=x,
            )
        )
    for x, y, t in ((240, 80, 20), (300, 560, -30)):
        s.add(
            at(
                x,
                y,
                path(
                    "M-30 6Q-14 -14 0 0Q14 -14 30 6Q12 -4 0 10Q-12 -4 -30 6Z",
                    "#a8702a",
                    opacity=0.25,
                    transform="translate(18 26)",
                ),
                path("M-30 6Q-14 -14 0 0Q14 -14 30 6Q12 -4 0 10Q-12 -4 -30 6Z", "#ffffff"),
                turn=t,
                scale=1.2,
            )
        )
