"""Fresh and clean for a disgusted viewer: soap, sun-dried linen, citrus, spring water, a glasshouse."""

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


def bubble(s: Scene, x: float, y: float, r: float) -> str:
    """One iridescent soap bubble."""
    film = s.radial(
        "#ffffff@0:55", "#bfe9ff@0.25:76", "#f7b9e6@0.55:88", "#8fe3d8@0.75:95", "#ffffff@0.9:100"
    )
    return group(
        circle(x, y, r, film),
        ellipse(x - r * 0.38, y - r * 0.45, r * 0.26, r * 0.14, "#fff", opacity=0.95,
                transform=f"rotate(-38 {x - r * 0.38:.1f} {y - r * 0.45:.1f})"),
        stroke(f"M{x + r * 0.2:.1f} {y + r * 0.72:.1f}A{r * 0.75:.1f} {r * 0.75:.1f} 0 0 0 {x + r * 0.72:.1f} "
               f"{y + r * 0.22:.1f}", "#fff", max(r * 0.05, 1), opacity=0.75),
    )  # fmt: skip


@picture("ad-disgust-soap", 201)
def soap(s: Scene) -> None:
    """A bar of mint soap on a stone dish, foam and bubbles rising in bright light."""
    s.backdrop("#e9fbf6", "#c4efe6", "#9fdfd8", angle=65)
    s.add(circle(700, 190, 250, s.linear("#ffffff@0.85", "#ffffff@0.1", angle=60)))
    s.add(rect(0, 420, 960, 190, s.linear("#f6fffc", "#bfe6df")))
    for x in range(-60, 1000, 120):
        s.add(stroke(f"M{480 + (x - 480) * 0.8} 420L{480 + (x - 480) * 1.9} 610", "#a8d6cf", 2, opacity=0.7))
    for y in (446, 488, 546):
        s.add(stroke(f"M0 {y}L960 {y}", "#a8d6cf", 2, opacity=0.7))
    # Folded towels on the left, a glass bottle with eucalyptus on the right.
    s.shadow(150, 520, 170, 24, "#1f5d57", 0.35)
    for k, (y, w, c, d) in enumerate(
        ((470, 236, "#ffffff", "#cfe9e4"), (428, 224, "#bfe8dc", "#8cc9b8"), (388, 230, "#ffffff", "#d5ece8"))
    ):
        x = 146 - w / 2 + k * 3
        s.add(
            rect(x, y, w, 44, s.linear(c, d), 20),
            stroke(f"M{x + 16} {y + 22}L{x + w - 4} {y + 22}", "#7fbfb0", 2, opacity=0.5),
            rect(x + w - 70, y + 1, 14, 42, "#7fcdb6", 2, opacity=0.55),
        )
    s.shadow(826, 520, 100, 18, "#1f5d57", 0.35)
    for t, n in ((-20, 8), (2, 10), (22, 8)):
        rounds = [
            at(
                0,
                -40 - k * 22,
                ellipse(
                    q * 17,
                    0,
                    17,
                    12,
                    ("#7fc2a4", "#5fae8f", "#9bd3b8")[(k + (q > 0)) % 3],
                    transform=f"rotate({q * -28})",
                ),
            )
            for k in range(n)
            for q in (-1, 1)
        ]
        s.add(at(826, 390, stroke(f"M0 60L0 {-44 - n * 21}", "#3f8f72", 3), *rounds, turn=t, scale=0.86))
    jar = "M806 356L846 356L846 388C880 400 884 420 884 446L884 502C884 514 876 520 864 520L788 520C776 520 768 514 768 502L768 446C768 420 772 400 806 388Z"
    s.add(
        path(jar, "#e9fffa", opacity=0.5),
        path(
            "M770 452L882 452L882 502C882 512 876 518 864 518L788 518C776 518 770 512 770 502Z",
            "#7fd3cf",
            opacity=0.55,
        ),
        path(jar, "none", stroke="#ffffff", stroke_width=4, opacity=0.85),
        stroke("M782 424C778 440 780 470 782 492", "#fff", 6, opacity=0.8),
    )
    s.shadow(480, 508, 330, 40, "#1f5d57", 0.45)
    s.add(path("M214 446C240 520 720 520 746 446Z", s.linear("#8d9aa0", "#5a676d")))
    s.add(ellipse(480, 446, 266, 36, s.linear("#b9c5c9", "#8d9aa0")))
    s.add(ellipse(480, 444, 236, 26, "#6d7a80"))
    s.add(path("M262 330C262 296 286 282 330 280L640 280C684 282 700 298 700 330L700 420C700 446 686 456 650 458"
               "L310 458C276 456 262 446 262 420Z", s.linear("#7fd3b8", "#4fae93")))  # fmt: skip
    s.add(path("M262 330C262 296 286 282 330 280L640 280C684 282 700 298 700 330C700 352 684 362 650 364L310 364"
               "C276 362 262 352 262 330Z", s.linear("#d6f8ea", "#a5e6cf")))  # fmt: skip
    s.add(rect(318, 298, 326, 46, "none", 23, stroke="#6fc7aa", stroke_width=4))
    s.add(
        at(481, 336, path(leaf(30, 11), "#6fc7aa"), turn=40),
        at(481, 336, path(leaf(30, 11), "#6fc7aa"), turn=-40),
    )
    s.add(stroke("M284 322C288 304 300 296 330 294", "#fff", 6, opacity=0.9))
    s.add(stroke("M276 392L276 420C276 434 284 442 300 444", "#bdf0df", 5, opacity=0.8))
    for _ in range(90):
        a = s.rng.uniform(math.pi * 0.02, math.pi * 0.98)
        x, y = (
            480 - 262 * math.cos(a) + s.rng.uniform(-16, 16),
            452 + 18 * math.sin(a) + s.rng.uniform(-14, 8),
        )
        r = s.rng.uniform(6, 21)
        s.add(circle(x, y, r, s.radial("#ffffff", "#f4fffd:60", "#bfe3e6", cx=0.38, cy=0.35, r=0.75)))
    for x, y, r in (
        (330, 276, 20),
        (360, 268, 26),
        (396, 274, 18),
        (604, 276, 24),
        (632, 284, 15),
        (574, 282, 14),
    ):
        s.add(circle(x, y, r, s.radial("#ffffff", "#f4fffd:60", "#c6e8ea", cx=0.38, cy=0.35, r=0.75)))
    for x, y, r in ((372, 168, 66), (510, 96, 40), (604, 196, 52), (468, 216, 24), (264, 214, 30), (688, 84, 24),
                    (752, 236, 20), (182, 118, 44), (846, 150, 34), (90, 288, 22), (566, 40, 14), (300, 70, 18)):  # fmt: skip
        s.add(bubble(s, x, y, r))


@picture("ad-disgust-laundry", 202)
def laundry(s: Scene) -> None:
    """White sheets and summer clothes in the wind over a meadow, seen from low in the grass."""
    s.backdrop("#3f9fe0", "#86c9f0", "#d9f2fb")
    s.glow(150, 90, 300, "#ffffff", 0.8)
    for x, y, k in ((640, 120, 1.2), (300, 190, 0.7), (860, 230, 0.8), (90, 250, 0.6)):
        puffs = [ellipse(dx, dy, rx, rx * 0.62, "#fff") for dx, dy, rx in
                 ((-80, 10, 60), (-20, -16, 74), (50, -4, 66), (104, 14, 46), (0, 20, 110))]  # fmt: skip
        s.add(at(x, y, *puffs, scale=k, opacity=0.92))
        s.add(at(x, y + 34 * k, ellipse(6, 0, 120, 16, "#c9e6f5"), scale=k, opacity=0.8))
    s.add(path(s.ridge(430, 18, 5), s.linear("#a6d86b", "#6db04a")))
    s.add(path(s.ridge(470, 16, 4), s.linear("#86c651", "#4e9a3d")))
    s.add(rect(70, 160, 14, 360, s.linear("#d9b98c", "#8f6a40", angle=0), 5))
    s.add(rect(884, 140, 14, 390, s.linear("#d9b98c", "#8f6a40", angle=0), 5))
    s.add(stroke("M76 176C300 216 660 212 892 158", "#ffffff", 4))

    def line_y(x: float) -> float:
        t = (x - 76) / 816
        return 176 * (1 - t) ** 3 + 3 * 216 * t * (1 - t) ** 2 + 3 * 212 * t * t * (1 - t) + 158 * t**3

    def cloth(x0: float, x1: float, length: float, fill: str, fold: str, sway: float) -> None:
        y0, y1 = line_y(x0), line_y(x1)
        n = 6
        hem = [
            (x1 + sway - (x1 - x0) * i / n, (y1 + (y0 - y1) * i / n) + length + 17 * math.sin(i * 1.9))
            for i in range(n + 1)
        ]
        d = f"M{x0} {y0}L{x1} {y1}C{x1 + 8} {y1 + length * 0.4} {x1 + sway - 6} {y1 + length * 0.7} {hem[0][0]} {hem[0][1]}"
        d += (
            "L"
            + spline(hem)[1:]
            + f"C{x0 + sway * 0.6} {y0 + length * 0.7} {x0 + 14} {y0 + length * 0.4} {x0} {y0}Z"
        )
        s.add(path(d, fill))
        clip = s.clip(path(d, "#000"))
        for i in range(1, 6):
            xa = x0 + (x1 - x0) * i / 6
            s.add(path(f"M{xa} {y0 - 4}C{xa + 18} {y0 + length * 0.4} {xa + sway - 20} {y0 + length * 0.7} {xa + sway} "
                       f"{y0 + length + 40}L{xa + sway + 26} {y0 + length + 40}C{xa + sway + 10} {y0 + length * 0.6} "
                       f"{xa + 26} {y0 + length * 0.4} {xa + 6} {y0 - 4}Z", fold, opacity=0.55, clip_path=clip))  # fmt: skip
        for x in (x0 + 10, (x0 + x1) / 2, x1 - 10):
            s.add(
                rect(x - 4, line_y(x) - 12, 8, 26, "#e8a24e", 3), rect(x - 4, line_y(x) - 2, 8, 3, "#a86a24")
            )

    cloth(116, 352, 230, s.linear("#ffffff", "#e6f2fb"), "#c4dcef", 34)
    cloth(580, 806, 246, s.linear("#fffdf3", "#f5ecd0"), "#e6d8ae", 46)
    y = line_y(464)
    shirt = ("M-64 0L-24 -4Q0 18 24 -4L64 0L118 70L82 98L62 72C66 120 70 160 86 214L-50 214C-62 160 -66 120 -62 72"
             "L-84 98L-116 66Z")  # fmt: skip
    s.add(at(464, y + 4, path(shirt, s.linear("#ff9a84", "#ee6c62")), turn=4))
    clip = s.clip(path(shirt, "#000"))
    stripes = [rect(-130, k * 34 + 8, 260, 12, "#fff2e6", opacity=0.85) for k in range(7)]
    s.add(at(464, y + 4, group(*stripes, clip_path=clip), path("M40 60C46 110 50 160 64 220L100 220L70 60Z",
          "#b8403f", opacity=0.25, clip_path=clip), turn=4))  # fmt: skip
    for x in (414, 512):
        s.add(rect(x - 4, line_y(x) - 12, 8, 26, "#5aa7c9", 3))
    sock = "M0 0L30 0L32 66C50 78 70 84 66 102C62 116 20 112 6 96Z"
    s.add(at(826, line_y(826), path(sock, "#f6c64a"), rect(0, 0, 30, 14, "#fff"), turn=-8))
    s.add(at(862, line_y(862), path(sock, "#f6c64a"), rect(0, 0, 30, 14, "#fff"), turn=6, scale=0.9))
    for _ in range(330):
        x, h = s.rng.uniform(-10, 970), s.rng.uniform(40, 135)
        green = s.rng.choice(("#2f7d34", "#3f9440", "#58ab48", "#7cc255", "#256b30"))
        s.add(
            at(
                x,
                624,
                path(leaf(h, s.rng.uniform(3, 6), s.rng.uniform(-6, 16)), green),
                turn=s.rng.uniform(-4, 18),
            )
        )
    for _ in range(30):
        x, y = s.rng.uniform(0, 960), s.rng.uniform(505, 585)
        petals = [at(0, 0, path(leaf(13, 5), "#ffffff"), turn=i * 60) for i in range(6)]
        s.add(
            stroke(f"M{x} {y}L{x - 8} 610", "#3f9440", 2.5), at(x, y, *petals, circle(0, 0, 4.5, "#ffcf3f"))
        )


def _slice(s: Scene, r: float, rind: str, flesh: tuple[str, str]) -> str:
    pulp = s.radial(flesh[0], flesh[1], r=0.6)
    wedges = []
    for i in range(9):
        a0, a1 = math.tau * i / 9 + 0.055, math.tau * (i + 1) / 9 - 0.055
        mid, q = (a0 + a1) / 2, r * 0.8
        d = (f"M{r * 0.1 * math.cos(mid):.1f} {r * 0.1 * math.sin(mid):.1f}L{q * math.cos(a0):.1f} {q * math.sin(a0):.1f}"
             f"A{q:.1f} {q:.1f} 0 0 1 {q * math.cos(a1):.1f} {q * math.sin(a1):.1f}Z")  # fmt: skip
        wedges.append(path(d, flesh[1], stroke=flesh[1], stroke_width=r * 0.05, stroke_linejoin="round"))
        wedges.append(path(d, flesh[0], opacity=0.45, transform="scale(.9)"))
    return (
        circle(0, 0, r, rind)
        + circle(0, 0, r * 0.92, "#fffbe6")
        + circle(0, 0, r * 0.84, pulp, opacity=0.25)
        + "".join(wedges)
    )


@picture("ad-disgust-citrus", 203)
def citrus(s: Scene) -> None:
    """A tall glass of citrus water, from above a tiled pattern of fruit slices and mint."""
    s.backdrop("#fff3b8", "#ffe27a", angle=45)
    kinds = (
        ("#f6c21b", ("#fff0a0", "#fbd23c")),
        ("#8cc63f", ("#e9f7b0", "#b9dd5e")),
        ("#f58a2c", ("#ffd9a0", "#ffab4a")),
    )
    spots = [(-20 + c * 176 + (88 if r % 2 else 0), 20 + r * 142) for r in range(5) for c in range(7)]
    for i, (x, y) in enumerate(spots):
        if 340 < x < 620 and 30 < y < 580:
            continue
        rind, flesh = kinds[(i * 2 + i // 7) % 3]
        r = (74, 60, 68)[i % 3]
        s.add(ellipse(x + 12, y + 16, r, r, "#b07a10", opacity=0.28, filter=s.blur(6)))
        s.add(at(x, y, _slice(s, r, rind, flesh), turn=s.rng.uniform(0, 40)))
    for x, y, t in (
        (262, 96, 40),
        (232, 400, 120),
        (718, 250, -60),
        (694, 520, 20),
        (80, 540, 200),
        (886, 60, -30),
        (104, 238, 80),
        (800, 405, 100),
    ):
        for d in (0, 70):
            s.add(
                at(
                    x,
                    y,
                    path(leaf(62, 22), "#3fa35b"),
                    path(leaf(62, 8, -4), "#63c07a"),
                    stroke("M0 0L0 -56", "#2a7d43", 2),
                    turn=t + d,
                )
            )
    s.add(
        rect(330, 14, 300, 600, "#8a6a00", 40, opacity=0.26, filter=s.blur(26), transform="translate(46 22)")
    )
    glass = "M352 60L608 60L580 560Q576 586 548 586L412 586Q384 586 380 560Z"
    s.add(path(glass, s.linear("#ffffff@0.92", "#e4fbf6@0.95", "#bdeee4@0.96")))
    clip = s.clip(path(glass, "#000"))
    water = [rect(330, 132, 300, 470, s.linear("#d8f8ee@0.9", "#8fdccb", "#5cc2b0"))]
    for x, y, r, k, t in (
        (440, 470, 76, 0, 20),
        (540, 360, 70, 1, 50),
        (430, 280, 62, 2, 10),
        (530, 200, 50, 0, 70),
        (520, 540, 52, 1, 5),
    ):
        water.append(at(x, y, _slice(s, r, *kinds[k]), turn=t, opacity=0.92))
    for x, y, t in ((402, 180, 30), (520, 290, -70), (420, 390, 100)):
        water.append(at(x, y, path(leaf(60, 20), "#3fa35b"), path(leaf(60, 7, -4), "#7fd391"), turn=t))
    for x, y, t in ((450, 168, 12), (566, 150, -18), (480, 120, 30)):
        water.append(at(x, y, rect(-34, -34, 68, 68, s.linear("#ffffff@0.9", "#c8f3ea@0.55", angle=50), 12,
                        stroke="#fff", stroke_width=3), turn=t))  # fmt: skip
    for _ in range(60):
        water.append(circle(s.rng.uniform(370, 600), s.rng.uniform(150, 590), s.rng.uniform(1.5, 6), "none", stroke="#fff",
                            stroke_width=1.5, opacity=0.8))  # fmt: skip
    s.add(group(*water, clip_path=clip))
    s.add(
        ellipse(480, 134, 121, 12, "#f2fffb", opacity=0.8), ellipse(480, 60, 128, 14, "#ffffff", opacity=0.7)
    )
    s.add(
        path("M368 90L392 90L412 560L398 560Z", "#fff", opacity=0.55),
        path("M586 100L594 100L574 540L566 540Z", "#fff", opacity=0.5),
    )
    straw = poly([(556, -20), (584, -14), (520, 330), (500, 326)])
    s.add(
        path(straw, "#ff7a68"),
        *[
            path(
                poly(
                    [
                        (553 - k * 7.6, 20 + k * 44),
                        (577 - k * 8.1, 26 + k * 44),
                        (573 - k * 8.1, 46 + k * 44),
                        (549 - k * 7.6, 40 + k * 44),
                    ]
                ),
                "#fff",
            )
            for k in range(7)
        ],
    )


@picture("audio-disgust-spring", 204)
def spring(s: Scene) -> None:
    """A thin waterfall drops through mossy rocks and ferns into a clear pool."""
    s.backdrop("#e6f7c9", "#a3d98f", "#4f9f78")
    s.glow(480, 60, 420, "#fffde0", 0.95)
    for x, w, c in (
        (60, 50, "#5f9f74"),
        (170, 34, "#7fb586"),
        (270, 22, "#a0cb98"),
        (700, 24, "#a0cb98"),
        (800, 36, "#7fb586"),
        (910, 54, "#5f9f74"),
    ):
        s.add(rect(x - w / 2, -10, w, 400, c))
    for _ in range(150):
        x = s.rng.choice((s.rng.uniform(-20, 330), s.rng.uniform(640, 980)))
        s.add(
            at(
                x,
                s.rng.uniform(-20, 150),
                path(
                    leaf(s.rng.uniform(30, 60), s.rng.uniform(10, 18)),
                    s.rng.choice(("#8fcf72", "#6fb86a", "#aee08a", "#56a468")),
                ),
                turn=s.rng.uniform(0, 360),
                opacity=0.85,
            )
        )
    s.add(
        path(
            "M-20 160C60 150 140 190 230 196C320 200 380 230 410 250L420 470L-20 500Z",
            s.linear("#5d7f6c", "#2f4f4a"),
        ),
        path(
            "M980 150C900 150 830 186 740 200C650 210 590 232 556 250L546 470L980 500Z",
            s.linear("#557a69", "#2b4a46"),
        ),
    )
    s.add(path("M400 240C440 228 520 228 566 240L556 470L408 470Z", "#3b5f58"))
    fall = "M424 236C450 226 514 226 542 236C548 300 540 380 560 470L404 470C426 380 418 300 424 236Z"
    s.add(path(fall, s.linear("#ffffff", "#d3f2f0", "#a9e0e3")))
    clip = s.clip(path(fall, "#000"))
    streaks = [
        stroke(
            f"M{x} 230C{x + (x - 482) * 0.02} 320 {x + (x - 482) * 0.1} 400 {x + (x - 482) * 0.3} 480",
            c,
            s.rng.uniform(1.5, 5),
            opacity=0.7,
        )
        for x, c in [
            (s.rng.uniform(424, 542), s.rng.choice(("#ffffff", "#7fc9d3", "#c9eef0"))) for _ in range(46)
        ]
    ]
    s.add(group(*streaks, clip_path=clip))
    for x0, y0, n, side in ((20, 170, 15, 1), (600, 240, 16, -1)):
        for k in range(n):
            x, y = x0 + k * 26, y0 + (k * 6 if side > 0 else -k * 6)
            s.add(
                path(
                    f"M{x - 30} {y + 26}C{x - 34} {y - 12} {x + 34} {y - 16} {x + 32} {y + 22}C{x + 22} {y + 50} {x + 12} {y + 26} {x} {y + 46}C{x - 10} {y + 26} {x - 22} {y + 54} {x - 30} {y + 26}Z",
                    s.rng.choice(("#8fc750", "#79b548", "#a5d75f")),
                )
            )
    s.add(
        path(
            "M-20 440C160 424 300 452 480 448C660 452 800 424 980 440L980 620L-20 620Z",
            s.linear("#9fe3dc", "#4fb5b5", "#1f7f8a"),
        )
    )
    for k in range(9):
        s.add(
            ellipse(
                482,
                470 + k * 8,
                90 + k * 46,
                10 + k * 5.5,
                "none",
                stroke="#eafffb",
                stroke_width=2.4,
                opacity=round(0.75 - k * 0.075, 3),
            )
        )
    for _ in range(80):
        s.add(
            circle(
                482 + s.rng.gauss(0, 62),
                462 + s.rng.gauss(0, 12),
                s.rng.uniform(4, 18),
                "#ffffff",
                opacity=0.5,
            )
        )
    s.add(ellipse(482, 440, 150, 60, "#ffffff", opacity=0.4, filter=s.blur(18)))
    for x, y, rx, ry in (
        (120, 520, 110, 56),
        (250, 574, 80, 40),
        (830, 530, 130, 62),
        (690, 584, 70, 34),
        (40, 580, 80, 50),
        (930, 590, 80, 50),
    ):
        s.add(ellipse(x, y + ry * 0.7, rx * 1.06, ry * 0.35, "#0f5a66", opacity=0.5))
        s.add(
            path(
                f"M{x - rx} {y + ry * 0.6}C{x - rx} {y - ry * 0.7} {x - rx * 0.4} {y - ry} {x} {y - ry}C{x + rx * 0.5} {y - ry} {x + rx} {y - ry * 0.5} {x + rx} {y + ry * 0.6}Z",
                s.linear("#7d9c8f", "#3b5c58"),
            )
        )
        s.add(
            path(
                f"M{x - rx * 0.86} {y - ry * 0.3}C{x - rx * 0.6} {y - ry * 1.16} {x + rx * 0.6} {y - ry * 1.16} {x + rx * 0.84} {y - ry * 0.26}C{x + rx * 0.4} {y - ry * 0.5} {x + rx * 0.1} {y - ry * 0.1} {x - rx * 0.2} {y - ry * 0.5}C{x - rx * 0.5} {y - ry * 0.1} {x - rx * 0.7} {y - ry * 0.5} {x - rx * 0.86} {y - ry * 0.3}Z",
                "#9cd35a",
            )
        )
    for x, y, t0 in ((70, 500, 20), (900, 500, -20), (330, 600, 6), (600, 612, -8)):
        for t in (-60, -32, -8, 18, 44, 66):
            fronds = [
                at(0, -k * 10, path(leaf(30 - k * 1.9, 6), ("#3f8f55", "#57a85f")[k % 2]), turn=q * 62)
                for k in range(14)
                for q in (-1, 1)
            ]
            s.add(at(x, y, *fronds, stroke("M0 0L0 -142", "#2f7a4a", 2.5), turn=t + t0, scale=0.85))
    s.add(
        path("M300 0L420 0L300 600L60 600Z", "#fffde0", opacity=0.16),
        path("M560 0L640 0L760 600L600 600Z", "#fffde0", opacity=0.13),
    )
    for _ in range(40):
        s.add(
            circle(
                s.rng.uniform(60, 900), s.rng.uniform(60, 460), s.rng.uniform(1, 3), "#fffde0", opacity=0.75
            )
        )


@picture("still-disgust-greenhouse", 205)
def greenhouse(s: Scene) -> None:
    """Looking down the white aisle of a Victorian glasshouse full of palms and orchids."""
    s.backdrop("#cfeefa", "#eefaf5", "#dff2e4")
    vx, vy = 480.0, 320.0
    s.glow(vx, vy - 40, 330, "#ffffff", 0.95)

    def arch(k: float) -> str:
        wall, top = f"{vx - 560 * k} {vy - 60 * k}", f"{vx + 560 * k} {vy - 60 * k}"
        vault = f"C{vx - 520 * k} {vy - 460 * k} {vx + 520 * k} {vy - 460 * k} {top}"
        return f"M{vx - 560 * k} {vy + 330 * k}L{wall}{vault}L{vx + 560 * k} {vy + 330 * k}"

    levels = [0.16, 0.22, 0.3, 0.42, 0.6, 0.86, 1.2]
    s.add(path(arch(1.3) + "Z", "#bfe6f2", opacity=0.5))
    for q in range(15):
        a = math.pi * q / 14
        x, y = -math.cos(a), -(math.sin(a) ** 0.8)
        s.add(
            stroke(
                f"M{vx + 90 * x} {vy - 12 + 54 * y}L{vx + 760 * x} {vy - 110 + 440 * y}",
                "#ffffff",
                3,
                opacity=0.9,
            )
        )
    s.add(
        path(
            f"M{vx - 26} {vy + 56}L{vx + 26} {vy + 56}L{vx + 250} 610L{vx - 250} 610Z",
            s.linear("#f7f3ea", "#dccfba"),
        )
    )
    for k, level in enumerate(levels):
        s.add(
            stroke(
                f"M{vx - 52 * level * 4} {vy + 300 * level}L{vx + 52 * level * 4} {vy + 300 * level}",
                "#c9b99f",
                1 + 2 * level,
            )
        )
        s.add(stroke(arch(level), "#8fb5a5", 4 + 13 * level), stroke(arch(level), "#ffffff", 2.5 + 9 * level))
        if k == len(levels) - 1:
            break
        spread = 560 * (level + levels[k + 1]) / 2
        for side in (-1, 1):
            base_x, base_y, size = vx + side * spread * 0.62, vy + 310 * level, level + 0.1
            haze = ("#b5d9b8", "#9fcfa5", "#7fbf8c", "#5aa874", "#3f9464", "#2a7a50")[k]
            deep = ("#a3cdb0", "#86bd96", "#63a67a", "#3f8f63", "#257550", "#175c3e")[k]
            for j in range(11):
                t = side * -62 + (j - 5) * 26
                if (j + k) % 2:
                    s.add(
                        at(
                            base_x,
                            base_y - 60 * size,
                            path(leaf(s.rng.uniform(220, 330), 30, 24 * side), s.linear(haze, deep)),
                            stroke(f"M0 0Q{12 * side} -120 {20 * side} -220", "#e6f7e0", 2, opacity=0.5),
                            turn=t,
                            scale=size,
                        )
                    )
                else:
                    teeth = [
                        at(0, -q * 22, path(leaf(90 - q * 6, 7), deep if q % 2 else haze), turn=e * 56)
                        for q in range(12)
                        for e in (-1, 1)
                    ]
                    s.add(at(base_x + side * 40 * size, base_y - 40 * size, *teeth, turn=t * 0.8, scale=size))
            if k >= 2:
                for _ in range(7):
                    x, y = base_x + s.rng.gauss(-side * 50, 60) * size, base_y - s.rng.uniform(20, 190) * size
                    c = s.rng.choice(("#ffffff", "#ffb5d0", "#ffd98a", "#e6c2f7"))
                    s.add(
                        at(
                            x,
                            y,
                            *[at(0, 0, ellipse(0, -15, 10, 16, c), turn=i * 72) for i in range(5)],
                            circle(0, 0, 6, "#f2a63c"),
                            scale=size * 1.05,
                        )
                    )
                s.add(
                    at(
                        base_x - side * 130 * size,
                        base_y + 26 * size,
                        path("M-60 -70L60 -70L44 10L-44 10Z", s.linear("#f4c9a0", "#c9825a", angle=0)),
                        rect(-66, -84, 132, 22, "#e0a078", 5),
                        *[
                            at(d, -80, path(leaf(110, 22), s.linear("#8fd09a", deep)), turn=d)
                            for d in (-44, -22, 0, 22, 44)
                        ],
                        scale=size,
                    )
                )
    s.add(
        path("M80 0L330 0L700 600L420 600Z", "#ffffff", opacity=0.18),
        path("M560 0L680 0L960 420L960 600Z", "#ffffff", opacity=0.14),
    )
    for k in (0.3, 0.6):
        s.add(
            stroke(f"M{vx} {vy - 330 * k}L{vx} {vy - 230 * k}", "#5a7a6b", 3 * k + 1),
            path(
                f"M{vx - 50 * k} {vy - 200 * k}L{vx + 50 * k} {vy - 200 * k}L{vx + 30 * k} {vy - 160 * k}L{vx - 30 * k} {vy - 160 * k}Z",
                "#b5825a",
            ),
            *[
                at(
                    vx + d * k,
                    vy - 196 * k,
                    path(leaf(90 * k, 14 * k), ("#7fc48a", "#57a86f")[abs(d) % 20 == 0]),
                    turn=180 + d * 1.6,
                )
                for d in (-50, -30, -10, 10, 30, 50)
            ],
        )
