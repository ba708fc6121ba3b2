"""One page of HTML that stands alone: a run and its model, or several models side by side.

A report of a run shows faces of the data set (the misclassified ones): it belongs under ``runs/``.
"""

from __future__ import annotations

import html
import json
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
body { font: 16px/1.5 system-ui, sans-serif; color: #22303c }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.5rem }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto }
th, td { border-bottom: 1px solid #d5dde3; padding: .3rem .8rem; text-align: left; vertical-align: top }
img { max-width: 100%; height: auto } figure { margin: 1rem 0 }
pre { background: #f3f6f8; padding: 1rem; overflow-x: auto }
.pair { display: flex; flex-wrap: wrap; gap: 1rem } .pair figure { flex: 1 1 20rem }
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """A model's name, what ``evaluate`` found, and the answers it was found from."""

    name: str
    figures: dict[str, Any]
    shares: Shares


def _image(figure: Figure, alt: str) -> str:
    return f'<figure><img src="{figures.data_uri(figure)}" alt="{html.escape(alt)}"></figure>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(value))}</td>" for value in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{''.join(f'<th>{html.escape(h)}</th>' for h in head)}</tr>{cells}</table>"


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _faces_of(result: dict[str, Any]) -> str:
    return f"{result['usage']}, {result['n']:,} faces, one crop a face"


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{html.escape(title)}</h1>{body}</body></html>"
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
    """Write the report of one model.

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
    parts = [
        _paragraph(f"Judged on {_faces_of(result)}; in brackets 95% bootstrap intervals."),
        _table(("figure", "value"), headline_rows(result)),
    ]
    if log:
        last = log[-1]
        parts += [
            "<h2>Training</h2>",
            _paragraph(
                f"{int(last['epoch'])} epochs, {sum(r.get('seconds', 0) for r in log) / 60:.0f} minutes."
            ),
            _image(figures.curves(log), "Loss and accuracy of training and validation over the epochs"),
        ]
    parts += [
        "<h2>By expression</h2>",
        _table(("expression", "precision", "recall", "F1", "faces"), _class_rows(result)),
        '<div class="pair">',
        _image(figures.confusion(result["confusion_matrix"]), "Confusion matrix"),
        _image(
            figures.reliability_diagram(result["reliability"], result["calibration_error"]),
            "Reliability diagram",
        ),
        "</div>",
        "<h2>Mistakes</h2>",
        _image(mistakes_sheet(judged, faces), "Faces that were misclassified with the highest confidence"),
    ]
    if config:
        parts += ["<h2>Config</h2>", f"<pre>{html.escape(json.dumps(config, indent=1, default=str))}</pre>"]
    with written_whole(path) as partial:
        partial.write_text(_page(judged.name, "".join(parts)), encoding="utf-8")
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
    """What a viewer would notice: the sure faces by expression, and the faces that annotators dispute.

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
            ("sides with FER-2013", "sides_with_fer"),
            ("sides with FER+", "sides_with_ferplus"),
            ("says a third thing", "neither"),
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
    return [
        (
            f"Faces found where FER-2013's label is FER+'s majority ({agree[0]['n']:,} faces)",
            ["expression", *names],
            rows,
        ),
        (f"Faces on which the two differ ({disputed[0]['n']:,} faces)", ["the model", *names], sides),
        (
            "The same by pair of labels, FER-2013 / FER+: how often the model says the one / the other",
            ["labels", "faces", *names],
            pairs,
        ),
    ]


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
    """Write a page that sets several models side by side; it shows no faces."""
    head, rows = comparison_rows(models)
    parts = [
        _paragraph(f"On {_faces_of(models[0].figures)}."),
        _table(head, rows),
    ]
    for caption, names, lines in judgement_tables(models):
        parts += [f"<h2>{html.escape(caption)}</h2>", _table(names, lines)]
    for judged in models:
        result = judged.figures
        parts += [
            f"<h2>{html.escape(judged.name)}</h2>",
            '<div class="pair">',
            _image(figures.confusion(result["confusion_matrix"]), f"Confusion matrix of {judged.name}"),
            _image(
                figures.reliability_diagram(result["reliability"], result["calibration_error"]),
                f"Reliability diagram of {judged.name}",
            ),
            "</div>",
        ]
    with written_whole(path) as partial:
        partial.write_text(_page("Models compared", "".join(parts)), encoding="utf-8")
    return path
