"""Writes ``MODEL_CARD.md`` from numbers (after Mitchell et al., "Model Cards for Model Reporting", 2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emotion.labels import LABELS
from emotion.metadata import APP_VIEW, ModelMetadata

TARGETS = {
    "fer": "FER-2013's own labels",
    "ferplus": "FER+'s votes, as soft targets",
    "blend": "FER-2013's labels and FER+'s votes, mixed into one soft target",
    "both": "FER-2013's labels with one head and FER+'s votes, as soft targets, with another",
}
MISUSE = (
    "It reads what a face shows at one moment, not what a person feels, thinks, wants or is.",
    "Not for decisions about a person: hiring, schooling, policing, borders, health, credit, insurance.",
    "Not for workplaces and schools, where law may forbid it (in the EU: AI Act, article 5(1)(f)).",
    "Not for telling who somebody is, and not for watching people who were not told and did not agree.",
)
LIMITS = tuple(
    " ".join(parts)
    for parts in (
        (
            "FER-2013 was collected by a web search for words; its people, lighting and poses are those of",
            "that search. Nobody recorded their age, sex or origin, so how the model differs between groups",
            "of people was not measured.",
        ),
        (
            "The faces are 48×48 grey pixels, mostly frontal. Profiles, masks, hands over the mouth and",
            "strong side light are read badly.",
        ),
        (
            "The labels are noisy: ten later annotators (FER+) agree by majority with FER-2013's label for",
            "92% of happy faces, but for 47% of angry, 40% of sad, 31% of disgusted and 13% of fearful ones.",
            "No model can be expected to be right more often than people agree.",
        ),
        (
            "Disgust is rare in the data (1.5%) and fear is what its annotators agree on least: these two",
            "are missed most, and fear is often taken for sadness or for a calm face.",
        ),
    )
)


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%"


def _spread(value: float, interval: list[float]) -> str:
    return f"{_percent(value)} ({_percent(interval[0])} to {_percent(interval[1])})"


def _with_interval(figures: dict[str, Any], key: str) -> str:
    return _spread(figures[key], figures["intervals"][key])


def _bullets(lines: tuple[str, ...]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def headline_rows(figures: dict[str, Any]) -> list[tuple[str, str]]:
    """The most important figures, as (name, value with interval) in words."""
    ferplus = figures.get("ferplus", {})
    rows = [
        ("Accuracy, one crop", _with_interval(figures, "accuracy")),
        ("Balanced accuracy", _with_interval(figures, "balanced_accuracy")),
        ("Macro-F1", _with_interval(figures, "macro_f1")),
    ]
    if ferplus.get("n"):
        agreement = _spread(ferplus["agreement"], ferplus["interval"])
        rows.append(("Agreement with FER+'s majority", f"{agreement}, {ferplus['n']:,} faces"))
        both = ferplus.get("both_agree")
        if both:
            balanced = _spread(both["balanced_accuracy"], both["interval"])
            rows.append(
                ("Balanced accuracy where FER-2013 and FER+ agree", f"{balanced}, {both['n']:,} faces")
            )
    rows.append(("Calibration error (15 bins)", f"{figures['calibration_error']:.3f}"))
    if ferplus.get("n"):
        rows.append(("Calibration error against FER+'s majority", f"{ferplus['calibration_error']:.3f}"))
        rows.append(("Calibration error against both together", f"{ferplus['calibration_error_both']:.3f}"))
    for averaging, kept in figures.get("averaged", {}).items():
        rows.append(
            (f"Accuracy, {averaging} averaging (the app uses none)", _with_interval(kept, "accuracy"))
        )
    if fresh := figures.get("without_training_copies"):
        rows.append(
            (
                f"Accuracy on the {fresh['n']:,} faces without an exact copy in Training",
                _percent(fresh["accuracy"]),
            )
        )
    if "bytes" in figures:
        files = (f"{name} {size / 1e6:.1f} MB" for name, size in figures["bytes"].items())
        rows.append(("Size", ", ".join(files)))
    if "parameters" in figures:
        rows.append(("Parameters", f"{figures['parameters'] / 1e6:.2f} million"))
    if "latency_ms" in figures:
        latency = figures["latency_ms"]
        spent = f"{latency['p50']:.1f} ms median, {latency['p95']:.1f} ms p95 ({figures['machine']})"
        rows.append(("One face, one thread, LiteRT", spent))
    return rows


def view_table(metadata: ModelMetadata, figures: dict[str, Any]) -> str:
    """The views of a network with two heads side by side, as Markdown; empty for a network with one."""
    views = figures.get("views") or {}
    if not views or not all(f.get("ferplus", {}).get("n") for f in (figures, *views.values())):
        return ""
    columns = {f"`{APP_VIEW}`": figures} | {f"`{name}`": found for name, found in views.items()}
    rows = [
        ("Share of the head for FER-2013's labels", [_percent(metadata.views[APP_VIEW].fer_share)]),
        ("Accuracy by FER-2013's labels", [_with_interval(f, "accuracy") for f in columns.values()]),
        (
            "Agreement with FER+'s majority",
            [_spread(f["ferplus"]["agreement"], f["ferplus"]["interval"]) for f in columns.values()],
        ),
        (
            "Balanced accuracy where the two agree",
            [_percent(f["ferplus"]["both_agree"]["balanced_accuracy"]) for f in columns.values()],
        ),
        (
            "Calibration error by FER-2013's labels",
            [f"{f['calibration_error']:.3f}" for f in columns.values()],
        ),
        (
            "Calibration error by FER+'s majority",
            [f"{f['ferplus']['calibration_error']:.3f}" for f in columns.values()],
        ),
        (
            "Calibration error by both together",
            [f"{f['ferplus']['calibration_error_both']:.3f}" for f in columns.values()],
        ),
    ]
    rows[0][1].extend(_percent(metadata.views[name].fer_share) for name in views)
    lines = [["view", *columns], ["---"] * (len(columns) + 1), *([name, *cells] for name, cells in rows)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"""
## Three views of one network

The network has two heads on one backbone. `fer` says what FER-2013's label would be, `ferplus` what FER+'s
voters would say, `app` is the fixed mixture of the two that the model file answers and the app runs. Mixture
and temperatures were chosen on Training faces that the fitting never saw.

{table}
"""


def origin(metadata: ModelMetadata) -> str:
    """Say which weights and teachers the training began with, how long it took, and on which machine."""
    steps = metadata.training.get("steps") or [{}]
    last: dict[str, Any] = next((step for step in reversed(steps) if not step.get("parts")), {})
    starts, teachers = (_listed(last.get(key) or ()) for key in ("start_from", "teachers"))
    pretrained = metadata.training.get("config", {}).get("pretrained")
    words = f"Begun with {pretrained}" if pretrained else "Trained from scratch"
    words = f"Begun with the weights of {starts}" if starts else words
    words += f" and taught by {teachers}" if teachers else ""
    if hours := metadata.training.get("hours"):
        words += f" for {hours:.1f} hours ({metadata.training.get('machine', 'one machine')})"
    if parts := steps[-1].get("parts"):
        mixed = zip(steps[-1]["start_from"], parts, strict=True)
        listed = " and ".join(f"{part:g} parts {name}" for name, part in mixed)
        words += f". What ships is the mean of weights, {listed}"
    return words


def _listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _effort(step: Mapping[str, Any]) -> str:
    if not step.get("epochs"):
        return ""
    hours = f", {step['hours']:.1f} hours" if step.get("hours") else ""
    return f"    # {step['epochs']} epochs{hours}"


def model_card(metadata: ModelMetadata, figures: dict[str, Any]) -> str:
    """The card as Markdown.

    Args:
        metadata: the model's metadata.
        figures: what ``metrics.json`` holds.
    """
    config: dict[str, Any] = metadata.training.get("config", {})
    calibration: dict[str, Any] = metadata.training.get("calibration", {})
    targets = TARGETS.get(str(config.get("targets")), "the labels named in metadata.json")
    if config.get("targets") == "blend":
        targets += f" ({_percent(config['fer_share'])} FER-2013)"
    name, labels = config.get("name", metadata.name), ", ".join(LABELS)
    done = metadata.training.get("epochs_done")
    epochs = f"; {done} of {config.get('epochs', '?')} epochs" if done else ""
    steps = metadata.training.get("steps") or [{"command": f"python -m train fit --config {name}"}]
    last = steps[-1].get("config", name)
    again = "\n".join(
        [
            *(s["command"] + _effort(s) for s in steps),
            f"python -m train publish runs/{last} --config {name} --name {metadata.name}",
        ]
    )
    figure_table = "\n".join(f"| {key} | {value} |" for key, value in headline_rows(figures))
    class_table = "\n".join(
        f"| {label} | {_percent(c['precision'])} | {_percent(c['recall'])} | {c['f1']:.3f} | {c['support']} |"
        for label, c in figures["per_class"].items()
    )
    confusion = "\n".join(
        f"| **{label}** | " + " | ".join(str(v) for v in row) + " |"
        for label, row in zip(LABELS, figures["confusion_matrix"], strict=True)
    )
    borrowed = ""
    if pretrained := config.get("pretrained"):
        borrowed = (
            f"\n\nThe training began with {pretrained}. The photos that those features were learned "
            "from have terms of their own; whether these reach a model that learned from them is not settled."
        )
    return f"""# {metadata.name}

Version {metadata.version}, made {metadata.created_utc[:10]}. Reads the expression of a face, cut out and
scaled to 48×48 grey pixels, as seven probabilities: {labels}.

## What it is for, and not for

Choosing what a page shows to a viewer who agreed to it, teaching, and research on expression recognition.

{_bullets(MISUSE)}

## How it was made

{origin(metadata)}. The faces are the Training part of FER-2013 (Goodfellow et al., 2013); learned
were {targets}{epochs}.
{calibration.get("faces", 0):,} faces of Training that the fitting never saw were kept for early stopping
and for the temperature, {metadata.temperature:.3f}, that makes its confidence honest.

Again, step by step:

```
{again}
```
{view_table(metadata, figures)}
## Figures on {figures["usage"]} ({figures["n"]:,} faces)

In brackets: 95% bootstrap intervals.

| figure | value |
|---|---|
{figure_table}

| expression | precision | recall | F1 | faces |
|---|---|---|---|---|
{class_table}

Confusion matrix (rows: FER-2013's label; columns: what the model says):

| | {" | ".join(LABELS)} |
{"|---" * (len(LABELS) + 1)}|
{confusion}

## Limits

{_bullets(LIMITS)}

## Licences

The weights are offered under this project's licence. FER-2013 is offered for research; FER+ (Barsoum et
al., 2016) under MIT. Neither is part of this repository.{borrowed}
"""
