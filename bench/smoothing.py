"""Mood smoothing against what others do: flips a minute, delay to a true switch, share of time right.

    python -m bench smoothing --write docs/smoothing.md

Scripted expressions are read at 5 to 30 readings a second with noise that lasts a moment, as a real model's
does. Every method but raw argmax has one number that trades delay for calm; the others' is set, for each rate
of its own, so that they switch as fast as ours, and then the flips are compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion.labels import EMOTIONS
from emotion.smoothing import estimate, initial_state, update
from emotion.types import EmotionScores, FaceBox, FaceReading, SmoothingOptions

RATES_HZ = (5.0, 10.0, 15.0, 30.0)
SEEDS = 3
LENGTH_S = 60.0
NOISE_LASTS_S = 0.2
_BOX = FaceBox(0, 0, 100, 100, 1.0)
Named = npt.NDArray[np.int64]
"""The mood named at each reading, as an index; -1 is unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What a camera would deliver.

    Attributes:
        name: of the script.
        at_s: ``(n,)`` times of the readings.
        truth: ``(n,)`` the expression that is shown, as an index.
        scores: float32 ``(n, 7)``, rows sum to 1.
        seen: ``(n,)`` False where no face is found.
    """

    name: str
    at_s: npt.NDArray[np.float64]
    truth: Named
    scores: npt.NDArray[np.float32]
    seen: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Script:
    """A kind of trace: seconds between switches, how clear and how noisy the expression is, faces lost."""

    name: str
    every_s: float
    clear: float
    noise: float
    occlusions: int = 0


SCRIPTS = (
    Script("steady", LENGTH_S, clear=2.4, noise=1.0),
    Script("switching", 6.0, clear=2.4, noise=1.0),
    Script("noisy", 12.0, clear=1.8, noise=1.5),
    Script("occluded", 10.0, clear=2.4, noise=1.0, occlusions=10),
)


def make_trace(script: Script, rate_hz: float, seed: int) -> Trace:
    """One minute of a script. The truth depends on script and seed alone, not on the rate."""
    rng = np.random.default_rng((seed, int(script.every_s), script.occlusions))
    moods = [int(rng.integers(len(EMOTIONS)))]
    while len(moods) * script.every_s < LENGTH_S:
        moods.append(int((moods[-1] + rng.integers(1, len(EMOTIONS))) % len(EMOTIONS)))
    gaps = [(s, s + d) for s, d in zip(rng.uniform(2, LENGTH_S - 3, script.occlusions),
                                       rng.uniform(0.2, 1.5, script.occlusions), strict=True)]  # fmt: skip
    n = int(LENGTH_S * rate_hz)
    jitter = rng.uniform(-0.2, 0.2, n) / rate_hz
    at_s = np.maximum(np.arange(n) / rate_hz + jitter, 0)
    truth = np.array([moods[min(int(t / script.every_s), len(moods) - 1)] for t in at_s])
    # Errors of a model last as long as the pose or the light that cause them: noise with a memory.
    kept = np.exp(-1 / (rate_hz * NOISE_LASTS_S))
    noise = np.empty((n, len(EMOTIONS)))
    noise[0] = rng.normal(size=len(EMOTIONS))
    for k in range(1, n):
        noise[k] = kept * noise[k - 1] + np.sqrt(1 - kept**2) * rng.normal(size=len(EMOTIONS))
    logits = script.noise * noise
    logits[np.arange(n), truth] += script.clear
    shares = np.exp(logits - logits.max(1, keepdims=True))
    seen = np.array([not any(a <= t < b for a, b in gaps) for t in at_s])
    return Trace(script.name, at_s, truth, (shares / shares.sum(1, keepdims=True)).astype(np.float32), seen)


# -- methods: (trace, number) -> moods named ---------------------------------------------------------------


def ours(trace: Trace, half_life_s: float, options: SmoothingOptions | None = None) -> Named:
    """This project's smoother at a half-life; the other options scale with it as in the defaults."""
    base = options or SmoothingOptions()
    hold_s = base.min_hold_s * half_life_s / base.half_life_s
    return smoothed(trace, replace(base, half_life_s=half_life_s, min_hold_s=hold_s))


def smoothed(trace: Trace, options: SmoothingOptions) -> Named:
    """This project's smoother."""
    state = initial_state(0.0)
    named = np.full(len(trace.at_s), -1)
    for k, at_s in enumerate(trace.at_s.tolist()):
        readings = [FaceReading(_BOX, EmotionScores(trace.scores[k]), at_s)] if trace.seen[k] else []
        state = update(state, readings, at_s, options)
        dominant = estimate(state, at_s, options).dominant
        named[k] = -1 if dominant is None else dominant.index
    return named


def _argmax(trace: Trace, filtered: npt.NDArray[np.float64]) -> Named:
    """The top of each row; while no face is found the last answer stands."""
    return filtered.argmax(axis=1)[_last_seen(trace)]


def _last_seen(trace: Trace) -> npt.NDArray[np.intp]:
    rows = np.where(trace.seen, np.arange(len(trace.seen)), 0)
    return np.maximum.accumulate(rows)


def raw_argmax(trace: Trace, _: float) -> Named:
    """Each reading's own top expression."""
    return _argmax(trace, trace.scores.astype(np.float64))


def moving_average(trace: Trace, frames: float) -> Named:
    """The mean of the last ``frames`` readings with a face."""
    width = max(1, round(frames))
    shown = np.flatnonzero(trace.seen)
    sums = np.concatenate([np.zeros((1, 7)), np.cumsum(trace.scores[shown].astype(np.float64), axis=0)])
    ends = np.arange(1, len(shown) + 1)
    filtered = np.zeros(trace.scores.shape)
    filtered[shown] = sums[ends] - sums[np.maximum(ends - width, 0)]
    return _argmax(trace, filtered)


def exponential_average(trace: Trace, frames: float) -> Named:
    """An exponential average whose weight is a share a frame, ``2 / (frames + 1)``, whatever the rate."""
    share = 2 / (max(frames, 1) + 1)
    filtered = np.zeros(trace.scores.shape)
    belief = trace.scores[0].astype(np.float64)
    for k in range(len(trace.at_s)):
        if trace.seen[k]:
            belief = (1 - share) * belief + share * trace.scores[k]
        filtered[k] = belief
    return _argmax(trace, filtered)


def one_euro(trace: Trace, seconds: float) -> Named:
    """The one-euro filter on each probability (Casiez et al., CHI 2012), cut-off ``1 / seconds``."""
    beta, derivative_cutoff_hz = 0.02, 1.0

    def share(cutoff_hz: npt.NDArray[np.float64] | float, dt: float) -> npt.NDArray[np.float64]:
        return np.asarray(1 / (1 + 1 / (2 * np.pi * np.asarray(cutoff_hz) * dt)))

    filtered = np.zeros(trace.scores.shape)
    belief, slope, last_s = trace.scores[0].astype(np.float64), np.zeros(7), float(trace.at_s[0]) - 0.1
    for k, at_s in enumerate(trace.at_s.tolist()):
        if trace.seen[k]:
            dt = max(at_s - last_s, 1e-3)
            now = trace.scores[k].astype(np.float64)
            a = share(derivative_cutoff_hz, dt)
            slope = (1 - a) * slope + a * (now - belief) / dt
            b = share(1 / max(seconds, 1e-3) + beta * np.abs(slope), dt)
            belief, last_s = (1 - b) * belief + b * now, at_s
        filtered[k] = belief
    return _argmax(trace, filtered)


Method = Callable[[Trace, float], Named]
FRAMES = (1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 18.0, 26.0, 38.0, 55.0, 80.0, 120.0)
METHODS: dict[str, tuple[Method, tuple[float, ...]]] = {
    "ours": (ours, (0.1, 0.2, 0.35, 0.6, 1.0, 1.5)),
    "moving average": (moving_average, FRAMES),
    "exponential, by frames": (exponential_average, FRAMES),
    "one-euro filter": (one_euro, (0.05, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 14.0, 24.0)),
    "raw argmax": (raw_argmax, (0.0,)),
}


# -- measures ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """Mean over traces: false flips a minute, seconds from a true switch to its name, share of time right."""

    flips_a_minute: float
    delay_s: float
    right: float


def judge(trace: Trace, named: Named) -> Measured:
    """One trace's figures. A switch that is never named counts as long as its mood lasted."""
    switches = np.flatnonzero(np.diff(trace.truth)) + 1
    changes = int(np.count_nonzero(np.diff(named)))
    ends = [*switches[1:], len(named)][: len(switches)]
    delays = []
    for begin, end in zip(switches, ends, strict=True):
        hits = np.flatnonzero(named[begin:end] == trace.truth[begin])
        stop = begin + hits[0] if len(hits) else end - 1
        delays.append(trace.at_s[stop] - trace.at_s[begin])
    # The first name is no flip, nor is one change for each true switch.
    started = int(named[0] == -1 and (named >= 0).any())
    return Measured(
        flips_a_minute=max(0, changes - started - len(switches)) * 60 / LENGTH_S,
        delay_s=float(np.mean(delays)) if delays else float("nan"),
        right=float((named == trace.truth).mean()),
    )


def mean(found: Sequence[Measured]) -> Measured:
    """The mean of several traces' figures; traces without a switch have no delay."""
    return Measured(
        float(np.mean([m.flips_a_minute for m in found])),
        float(np.nanmean([m.delay_s for m in found])),
        float(np.mean([m.right for m in found])),
    )


def at_delay(sweep: Sequence[Measured], delay_s: float) -> Measured:
    """What a sweep reaches at a delay, between its two nearest points; its end where it does not reach."""
    ordered = sorted(sweep, key=lambda m: m.delay_s)
    delays = [m.delay_s for m in ordered]
    return Measured(
        float(np.interp(delay_s, delays, [m.flips_a_minute for m in ordered])),
        float(np.clip(delay_s, delays[0], delays[-1])),
        float(np.interp(delay_s, delays, [m.right for m in ordered])),
    )


def measure(seeds: int = SEEDS) -> dict[str, dict[float, list[Measured]]]:
    """Method → rate → its sweep, each point the mean over all scripts and seeds."""
    traces = {
        rate: [make_trace(s, rate, seed) for s in SCRIPTS for seed in range(seeds)] for rate in RATES_HZ
    }
    return {
        name: {
            rate: [mean([judge(t, method(t, number)) for t in traces[rate]]) for number in numbers]
            for rate in RATES_HZ
        }
        for name, (method, numbers) in METHODS.items()
    }


def by_script(seeds: int = SEEDS) -> list[tuple[str, Measured]]:
    """Our defaults, script by script, at 15 readings a second."""
    half_life_s = SmoothingOptions().half_life_s
    return [
        (
            s.name,
            mean([judge(t, ours(t, half_life_s)) for t in (make_trace(s, 15.0, k) for k in range(seeds))]),
        )
        for s in SCRIPTS
    ]


def compare(found: dict[str, dict[float, list[Measured]]]) -> tuple[list[list[str]], bool]:
    """Rows of the table, and whether ours has the fewest flips at every rate."""
    numbers = METHODS["ours"][1]
    default = numbers.index(SmoothingOptions().half_life_s)
    rows, best = [], True
    for rate in RATES_HZ:
        us = found["ours"][rate][default]
        for name in METHODS:
            them = us if name == "ours" else at_delay(found[name][rate], us.delay_s)
            if name != "ours":
                best &= us.flips_a_minute < them.flips_a_minute
            rows.append(
                [
                    f"{rate:.0f}",
                    name,
                    f"{them.delay_s:.2f}",
                    f"{them.flips_a_minute:.1f}",
                    f"{them.right:.0%}",
                    "" if name == "ours" else f"{them.flips_a_minute / max(us.flips_a_minute, 0.05):.1f}×",
                ]
            )
    return rows, best


HEAD = ["readings/s", "method", "delay s", "flips a minute", "time right", "flips against ours"]


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rows])


def draw(found: dict[str, dict[float, list[Measured]]], path: Path) -> None:
    """Delay against flips for each method at 15 readings a second; our default is the large dot."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for name in METHODS:
        points = sorted(found[name][15.0], key=lambda m: m.delay_s)
        x, y = [m.delay_s for m in points], [m.flips_a_minute for m in points]
        axes.plot(x, y, "o-" if len(x) > 1 else "s", label=name, lw=2.5 if name == "ours" else 1.2, ms=4)
    us = found["ours"][15.0][METHODS["ours"][1].index(SmoothingOptions().half_life_s)]
    axes.plot([us.delay_s], [us.flips_a_minute], "o", ms=11, color="C0", label="our default")
    axes.set(
        xlabel="delay to a true switch, s", ylabel="false flips a minute", yscale="symlog", xlim=(0, 2.5)
    )
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path)


PAGE = """# Smoothing a mood, measured

Made by `python -m bench smoothing --write docs/smoothing.md`. Scripted expressions (steady, switching
every 6 s, noisy, occluded), {seeds} one-minute traces of each, at 5 to 30 readings a second, with
errors that last about {lasts} s, like a real model's. *Delay*: from a true switch until the new mood is
named. *Flips*: changes of the named mood beyond the true ones. Each other method is tuned, separately for
each rate, to the delay that ours has; raw argmax has nothing to tune.

{table}

![Delay against flips at 15 readings a second](smoothing.svg)

Our defaults, script by script, at 15 readings a second:

{scripts}

A method that counts frames (moving average, exponential by frames) must be tuned again for every rate;
ours is the same at all of them because its half-life is in seconds. The difference in flips comes from
the hysteresis: a new mood must lead by a margin, and the current one is dropped only far below the level
at which it was named, so noise near a tie changes nothing. A hold (a new mood must lead for a while) was
tried too: at equal delay, a longer half-life does better, so there is no hold by default.
"""


def main(argv: Sequence[str]) -> int:
    """Prints the table; 1 if another method flips less at our delay."""
    parser = argparse.ArgumentParser(prog="python -m bench smoothing", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"traces of each script (default: {SEEDS})")
    parser.add_argument("--write", type=Path, metavar="FILE", help="a Markdown page, its chart beside it")
    given = parser.parse_args(argv)
    found = measure(given.seeds)
    rows, best = compare(found)
    table = markdown(HEAD, rows)
    scripts = markdown(
        ["script", "delay s", "flips a minute", "time right"],
        [
            [
                n,
                "–" if np.isnan(m.delay_s) else f"{m.delay_s:.2f}",
                f"{m.flips_a_minute:.1f}",
                f"{m.right:.0%}",
            ]
            for n, m in by_script(given.seeds)
        ],
    )
    print(table, "", scripts, sep="\n")
    print("\nFewest flips at equal delay, at every rate:", "met" if best else "NOT MET")
    if given.write:
        draw(found, given.write.with_suffix(".svg"))
        page = PAGE.format(seeds=given.seeds, lasts=NOISE_LASTS_S, table=table, scripts=scripts)
        given.write.write_text(page, encoding="utf-8")
    return 0 if best else 1
