"""What each part of the training recipe is worth: short runs on one budget, one part left out at a time.

    python -m bench ablation --write docs/ablation.md

The network is half as wide as `attune_small` so that a run takes minutes. A run that is finished is not
trained again, and a killed one goes on, so the command can be stopped at any time.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

BY_NAME_ONLY = True  # it trains for half an hour and more

RUNS = Path(__file__).resolve().parent.parent / "runs" / "ablation"
HALF_WIDTH = ("build.stem=16", "build.widths=[24, 48, 48, 80, 80]", "taught_rounds=[]")


@dataclass(frozen=True, slots=True)
class Variant:
    """One run: what is other than in the whole recipe, and the changes that make it so."""

    name: str
    words: str
    changes: tuple[str, ...] = ()


VARIANTS = (
    Variant("recipe", "the whole recipe but the taught rounds"),
    Variant(
        "no-geometry",
        "no rotation, zoom and shift (mirror stays)",
        (
            "augmentation.rotation_deg=0",
            "augmentation.tilt_deg=0",
            "augmentation.zoom=0",
            "augmentation.shift=0",
        ),
    ),
    Variant(
        "no-camera",
        "no webcam's faults and no covered parts",
        ("augmentation.camera_share=0", "augmentation.cover_probability=0"),
    ),
    Variant(
        "no-erasing-mixup",
        "no erasing and no mixup",
        ("augmentation.erase_probability=0", "augmentation.mixup_probability=0"),
    ),
    Variant("no-smoothing", "hard targets: no label smoothing", ("label_smoothing=0",)),
    Variant("no-average", "no weight averaging", ("average_decay=0",)),
)


def fit_and_judge(variant: Variant, epochs: int) -> dict[str, float]:
    """Train one variant, or take the finished run, and judge it on PublicTest.

    Returns:
        ``accuracy``, ``low``, ``high``, ``macro_f1``, ``ferplus`` (agreement with FER+'s majority; missing
        without votes), ``seconds_per_epoch`` (median).
    """
    run = RUNS / f"{variant.name}-{epochs}"
    done = run / "judged.json"
    if done.is_file():
        return dict(json.loads(done.read_text("utf-8")))
    changes = [f"--set={c}" for c in (*HALF_WIDTH, f"small_epochs={epochs // 2}", *variant.changes)]
    fit = ["fit", "--config", "attune_small", f"--epochs={epochs}", f"--out={run}", "--resume", *changes]
    subprocess.run([sys.executable, "-m", "train", *fit], check=True, stdout=sys.stderr)
    judge = ["evaluate", "--model", f"{run}@fer", "--usage", "PublicTest", "--json"]
    out = subprocess.run([sys.executable, "-m", "train", *judge], check=True, stdout=subprocess.PIPE)
    judged = json.loads(out.stdout)
    low, high = judged["intervals"]["accuracy"]
    with (run / "log.csv").open(encoding="utf-8") as handle:
        seconds = [float(row["seconds"]) for row in csv.DictReader(handle)]
    figures = {
        "accuracy": judged["accuracy"],
        "low": low,
        "high": high,
        "macro_f1": judged["macro_f1"],
        "seconds_per_epoch": median(seconds),
    }
    if "ferplus" in judged:
        figures["ferplus"] = judged["ferplus"]["agreement"]
    done.write_text(json.dumps(figures), encoding="utf-8")
    return figures


def table(rows: Sequence[tuple[Variant, dict[str, float]]], epochs: int) -> str:
    """The results as Markdown."""
    whole = rows[0][1]["accuracy"]
    lines = [
        "| config | epochs | s an epoch | PublicTest, one crop (95%) | difference | macro-F1 | FER+ |",
        "|---|---|---|---|---|---|---|",
    ]
    for variant, f in rows:
        ferplus = f"{f['ferplus']:.1%}" if "ferplus" in f else "–"
        difference = "" if variant is rows[0][0] else f"{100 * (f['accuracy'] - whole):+.1f} points"
        lines.append(
            f"| {variant.words} | {epochs} | {f['seconds_per_epoch']:.0f} | {f['accuracy']:.1%} "
            f"({f['low']:.1%} to {f['high']:.1%}) | {difference} | {f['macro_f1']:.3f} | {ferplus} |"
        )
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    """Trains what is not trained yet, and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m bench ablation", description=__doc__)
    parser.add_argument("--epochs", type=int, default=25, help="of each run (default: 25)")
    parser.add_argument("--only", nargs="*", choices=[v.name for v in VARIANTS], help="some variants")
    parser.add_argument("--write", type=Path, metavar="FILE", help="a Markdown page to write")
    given = parser.parse_args(argv)
    chosen = [v for v in VARIANTS if not given.only or v.name in given.only]
    rows = [(v, fit_and_judge(v, given.epochs)) for v in chosen]
    text = table(rows, given.epochs)
    print(text)
    if given.write:
        given.write.write_text(PAGE.format(table=text, epochs=given.epochs), encoding="utf-8")
    return 0


PAGE = """# What each part of the recipe is worth

Made by `python -m bench ablation --epochs {epochs} --write docs/ablation.md`: `attune_small` at half its
width (0.30 M parameters), trained from scratch on the same faces with the same seed for {epochs} epochs, one
part of the recipe left out at a time. Seconds an epoch were taken on 2 CPU cores beside other work.

{table}

The figures are those of the head for FER-2013's labels; FER+ is its agreement with FER+'s majority. The
intervals (bootstrap over the 3,589 faces of PublicTest) say how far a figure may be off because PublicTest
is a sample; a difference inside them means nothing.
Short runs favour parts that learn fast. Augmentation, erasing and mixup pay off in long runs, where a
network would otherwise memorise the training faces. So the table says what a part costs early; only a
long run shows what it gains in the end.
"""
