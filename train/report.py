"""Writes one self-contained HTML page: a run and its model, or several models side by side.

A report of a run shows misclassified faces of the data set, so it belongs under ``runs/``.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from emotion.labels import LABELS
from train import figures
from train.evaluation import worst_mistakes
from train.faceset import FaceSet
from train.files import written_whole
from train.metrics import Shares
from train.model_card import headline_rows

_STYLE = """
:root { --ink: #22303c; --muted: #5b6b78; --line: #dde5ea; --accent: #2a6f97; --paper: #f3f6f8 }
* { box-sizing: border-box }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 3rem }
.eyebrow { font-size: .8rem; font-weight: 600; letter-spacing: .08em; text-transform: uppercase;
  color: var(--accent); margin: 0 }
h1 { font-size: 2rem; line-height: 1.2; margin: .2rem 0 .4rem; overflow-wrap: anywhere }
h2 { font-size: 1.15rem; margin: 0 0 .6rem }
.note { color: var(--muted); margin: 0 0 .6rem; max-width: 75ch }
section { background: #fff; border: 1px solid var(--line); border-radius: 14px; padding: 1.2rem 1.4rem;
  margin: 1.1rem 0 }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.2rem, 1fr)); gap: .8rem;
  margin: 1.1rem 0 }
.tile { background: #fff; border: 1px solid var(--line); border-radius: 14px; padding: .8rem 1rem }
.tile b { display: block; font-size: 1.7rem; line-height: 1.25; letter-spacing: -.02em }
.tile small { display: block; color: var(--muted) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .93rem; min-width: 100% }
th, td { border-bottom: 1px solid var(--line); padding: .38rem .7rem; text-align: left; vertical-align: top }
thead th { font-size: .82rem; color: var(--muted) }
tr:last-child > * { border-bottom: 0 }
tbody th { font-weight: 600; position: sticky; left: 0; background: #fff; min-width: 8rem }
.best { font-weight: 700; color: var(--accent) }
.heat { font-size: .85rem } .heat :is(td, thead th) { text-align: center; padding: .4rem .3rem }
.heat td { background: color-mix(in srgb, var(--accent) calc(var(--share) * 70%), #fff); min-width: 2.6rem }
.heat td.right { font-weight: 700 } .heat tbody th { min-width: 5rem }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem }
.pair > * { min-width: 0 }
figure { margin: 0; overflow-x: auto } img { display: block; max-width: 100%; height: auto }
.wide img { max-width: none; min-width: min(100%, 60rem); width: 60rem }
pre { background: var(--paper); border-radius: 10px; padding: 1rem; overflow-x: auto; font-size: .85rem }
@media (max-width: 640px) {
  main { padding: 1.2rem .8rem } section { padding: 1rem } h1 { font-size: 1.5rem }
  .tiles { grid-template-columns: 1fr 1fr } .tile b { font-size: 1.3rem }
}
"""
_LESS_IS_BETTER = ("Calibration error", "neutral called sad")
_NO_CONTEST = ("Size", "Parameters", "One face")


@dataclass(frozen=True, slots=True)
class Judged:
    """A model's name, its figures from ``evaluate``, and its answers."""

    name: str
    figures: dict[str, Any]
    shares: Shares


def _image(figure: Figure, alt: str, kind: str = "") -> str:
    source = figures.data_uri(figure)
    return f'<figure class="{kind}"><img src="{source}" alt="{html.escape(alt)}"></figure>'


def _best(row: Sequence[str]) -> set[int]:
    """Which cells of a row of figures are the best of it; none where it is no contest."""
    found = [re.match(r"[\d.]+", value) for value in row[1:]]
    numbers = [float(m[0]) for m in found if m]
    if row[0].startswith(_NO_CONTEST) or len(numbers) < max(2, len(found)) or len(set(numbers)) == 1:
        return set()
    best = min(numbers) if row[0].startswith(_LESS_IS_BETTER) else max(numbers)
    return {n + 1 for n, number in enumerate(numbers) if number == best}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, contest: bool = False) -> str:
    def cells(row: Sequence[str]) -> str:
        best = _best(row) if contest else set()
        first, *others = (html.escape(str(value)) for value in row)
        return f'<th scope="row">{first}</th>' + "".join(
            f'<td class="best">{value}</td>' if n in best else f"<td>{value}</td>"
            for n, value in enumerate(others, 1)
        )

    heads = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in head)
    body = "".join(f"<tr>{cells(row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _confusion(matrix: Sequence[Sequence[int]]) -> str:
    """Rows are labels, columns answers; of a hundred faces of a row how many."""
    heads = "".join(f'<th scope="col">{label}</th>' for label in LABELS)
    rows = []
    for i, counts in enumerate(matrix):
        total = max(1, sum(counts))
        cells = "".join(
            f'<td{" class=right" if i == j else ""} style="--share:{n / total:.3f}" '
            f'title="{n} of {total}">{100 * n / total:.0f}</td>'
            for j, n in enumerate(counts)
        )
        rows.append(f'<tr><th scope="row">{LABELS[i]}</th>{cells}</tr>')
    return (
        '<div class="scroll"><table class="heat"><thead><tr><th>label ↓ said →</th>'
        f"{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _note(text: str) -> str:
    return f'<p class="note">{html.escape(text)}</p>'


def _section(title: str, *parts: str) -> str:
    return f"<section><h2>{html.escape(title)}</h2>{''.join(parts)}</section>"


def _tiles(result: dict[str, Any]) -> str:
    spans, ferplus = result["intervals"], result.get("ferplus", {})

    def span(interval: Sequence[float]) -> str:
        return f"{interval[0]:.1%} to {interval[1]:.1%}"

    tiles = [
        ("Accuracy", f"{result['accuracy']:.1%}", span(spans["accuracy"])),
        ("Macro-F1", f"{result['macro_f1']:.3f}", span(spans["macro_f1"])),
        ("Calibration error", f"{result['calibration_error']:.3f}", "15 bins"),
    ]
    if ferplus.get("n"):
        tiles.insert(2, ("Agreement with FER+", f"{ferplus['agreement']:.1%}", span(ferplus["interval"])))
    if "latency_ms" in result:
        tiles.append(("One face", f"{result['latency_ms']['p50']:.1f} ms", "one thread, LiteRT"))
    if "parameters" in result:
        tiles.append(("Size", f"{result['parameters'] / 1e6:.2f} M", "parameters"))
    return (
        '<div class="tiles">'
        + "".join(
            f'<div class="tile"><small>{name}</small><b>{value}</b><small>{note}</small></div>'
            for name, value, note in tiles
        )
        + "</div>"
    )


def _answers(result: dict[str, Any], name: str) -> str:
    diagram = figures.reliability_diagram(result["reliability"], result["calibration_error"])
    return (
        '<div class="pair"><div>'
        + _note("Of 100 faces with the label on the left, so many were called the word above.")
        + _confusion(result["confusion_matrix"])
        + "</div><div>"
        + _image(diagram, f"Reliability diagram of {name}")
        + "</div></div>"
    )


def _faces_of(result: dict[str, Any]) -> str:
    return f"{result['usage']}, {result['n']:,} faces, one crop a face"


def _page(kind: str, title: str, note: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f'<p class="eyebrow">{html.escape(kind)}</p><h1>{html.escape(title)}</h1>{_note(note)}{body}'
        "</main></body></html>"
    )


def _class_rows(result: dict[str, Any]) -> list[list[str]]:
    return [
        [label, f"{c['precision']:.3f}", f"{c['recall']:.3f}", f"{c['f1']:.3f}", str(c["support"])]
        for label, c in result["per_class"].items()
    ]


def mistakes_sheet(judged: Judged, faces: FaceSet, count: int = 30) -> Figure:
    """The most confidently misclassified faces, each with its label, the answer and the confidence."""
    worst = worst_mistakes(judged.shares, faces, count)
    captions = [
        f"{LABELS[int(faces.labels[i])]}, said\n{LABELS[int(judged.shares[i].argmax())]} "
        f"{judged.shares[i].max():.0%}"
        for i in worst
    ]
    images = faces.images[worst] if worst else np.full((1, 48, 48, 1), 255, np.uint8)
    return figures.face_sheet(images, captions or ["none"], title="Most confidently misclassified")


def run_report(
    judged: Judged, faces: FaceSet, log: Sequence[dict[str, float]], config: dict[str, Any], path: Path
) -> Path:
    """Write the report on one model.

    Args:
        judged: the model and its figures on ``faces``.
        faces: what it was judged on.
        log: rows of ``log.csv``; none for a model without a run.
        config: ``describe_config`` of the run, or empty.
        path: the .html to write; it shows faces of the data set.

    Returns:
        ``path``.
    """
    result = judged.figures
    parts = [_tiles(result)]
    if log:
        last = log[-1]
        spent = f"{int(last['epoch'])} epochs, {sum(r.get('seconds', 0) for r in log) / 60:.0f} minutes."
        alt = "Loss and accuracy of training and validation over the epochs"
        parts.append(_section("Training", _note(spent), _image(figures.curves(log), alt, "wide")))
    sheet = mistakes_sheet(judged, faces)
    parts += [
        _section("Figures", _table(("figure", "value"), headline_rows(result))),
        _section(
            "By expression",
            _table(("expression", "precision", "recall", "F1", "faces"), _class_rows(result)),
        ),
        _section("What it takes for what, and how sure it is", _answers(result, judged.name)),
        _section("Mistakes", _image(sheet, "Faces misclassified with the highest confidence", "wide")),
    ]
    if config:
        words = html.escape(json.dumps(config, indent=1, default=str))
        parts.append(_section("Config", f"<pre>{words}</pre>"))
    note = f"Judged on {_faces_of(result)}; in brackets 95% bootstrap intervals."
    with written_whole(path) as partial:
        partial.write_text(_page("Training report", judged.name, note, "".join(parts)), encoding="utf-8")
    return path


def comparison_rows(models: Sequence[Judged]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of a table with a column for each model."""
    names: list[str] = []
    columns = []
    for judged in models:
        column = dict(headline_rows(judged.figures))
        column |= {f"{label}: F1": f"{c['f1']:.3f}" for label, c in judged.figures["per_class"].items()}
        columns.append(column)
        names += [key for key in column if key not in names]
    return ["", *(j.name for j in models)], [[key, *(c.get(key, "") for c in columns)] for key in names]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def judgement_tables(models: Sequence[Judged]) -> list[tuple[str, list[str], list[list[str]]]]:
    """What a viewer would notice: undisputed faces by expression, and faces that annotators dispute.

    Returns:
        Caption, head and rows of each table; none without FER+ votes.
    """
    found = [judged.figures.get("ferplus", {}) for judged in models]
    if not all("both_agree" in f and "disputed" in f for f in found):
        return []
    names = [judged.name for judged in models]
    agree = [f["both_agree"] for f in found]
    rows = [["all, balanced", *(_percent(a["balanced_accuracy"]) for a in agree)]]
    rows += [
        [label, *(_percent(a["per_class"].get(label)) for a in agree)]
        for label in LABELS
        if any(label in a["per_class"] for a in agree)
    ]
    rows.append(["neutral called sad", *(_percent(a["neutral_called_sad"]) for a in agree)])
    disputed = [f["disputed"] for f in found]
    sides = [
        [words, *(_percent(d[key]) for d in disputed)]
        for words, key in (
            ("agrees with FER-2013", "sides_with_fer"),
            ("agrees with FER+", "sides_with_ferplus"),
            ("gives another answer", "neither"),
        )
    ]
    pairs = [
        [
            f"{pair['fer']} / {pair['ferplus']}",
            str(pair["n"]),
            *(f"{d['pairs'][n]['with_fer']:.0%} / {d['pairs'][n]['with_ferplus']:.0%}" for d in disputed),
        ]
        for n, pair in enumerate(disputed[0]["pairs"])
    ]
    tables = [
        (
            f"Faces found where FER-2013's label is FER+'s majority ({agree[0]['n']:,} faces)",
            ["expression", *names],
            rows,
        ),
        (f"Faces whose two labels differ ({disputed[0]['n']:,} faces)", ["the model", *names], sides),
        (
            "By pair of labels, FER-2013 / FER+: how often the model gives the first / the second",
            ["labels", "faces", *names],
            pairs,
        ),
    ]
    return [table for table in tables if table[2]]


def comparison_markdown(models: Sequence[Judged], title: str, note: str) -> str:
    """The comparison as a page of Markdown, without pictures."""

    def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        lines = [head, ["---"] * len(head), *rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    parts = [f"# {title}", note, table(*comparison_rows(models))]
    for caption, head, rows in judgement_tables(models):
        parts += [f"## {caption}", table(head, rows)]
    return "\n\n".join(parts) + "\n"


def comparison(models: Sequence[Judged], path: Path) -> Path:
    """Write a page that compares several models; it shows no faces."""
    head, rows = comparison_rows(models)
    parts = [_section("Figures", _table(head, rows, contest=True))]
    for caption, names, lines in judgement_tables(models):
        # It is not better or worse to agree with one label set.
        parts.append(_section(caption, _table(names, lines, contest=names[0] == "expression")))
    parts += [_section(judged.name, _answers(judged.figures, judged.name)) for judged in models]
    note = (
        f"On {_faces_of(models[0].figures)}. 95% bootstrap intervals are in brackets. "
        "The best of each row is bold."
    )
    with written_whole(path) as partial:
        partial.write_text(
            _page("Models compared", ", ".join(j.name for j in models), note, "".join(parts)),
            encoding="utf-8",
        )
    return path
