"""The parts of the model page: which model reads, how well it does, and what it must not be used for.

All figures come from the model's own folder (``metadata.json``, ``metrics.json``); a model without
measured figures is shown as one.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from emotion.errors import EmotionError, ModelMetadataError
from emotion.installed import MODELS_FOLDER, find_model
from emotion.labels import EMOTIONS, Emotion
from emotion.metadata import METADATA_FILE, ModelMetadata
from ui.app.setup import IN_THE_LOG
from ui.app.state import Session
from ui.look.words import EXPRESSIONS, percent

_log = logging.getLogger(__name__)

AGREEMENT = {
    Emotion.HAPPY: 0.92,
    Emotion.NEUTRAL: 0.87,
    Emotion.SURPRISE: 0.80,
    Emotion.ANGRY: 0.47,
    Emotion.SAD: 0.40,
    Emotion.DISGUST: 0.31,
    Emotion.FEAR: 0.13,
}
"""Share of FER-2013's faces whose label is also what most of FER+'s ten annotators chose, by label."""
GOOD_FOR = (
    "Choosing what a page shows to a viewer who was told and agreed.",
    "Teaching and demonstrations of how machines read expressions.",
    "Research, together with the limits below.",
)
NOT_FOR = (
    "Knowing what somebody feels, thinks, wants or is: it reads what a face shows at one moment.",
    "Decisions about people: hiring, schooling, policing, borders, health, credit, insurance.",
    "Workplaces and schools, where law may forbid it (in the EU: AI Act, article 5).",
    "Recognising who somebody is, or watching people who did not agree.",
)
LIMITS = (
    (
        "It learned from about 29,000 small grey pictures that a web search for words found. Who the people "
        "are was never recorded, so nobody knows how much better or worse it reads some groups of people."
    ),
    (
        "It needs a face that looks roughly at the camera. Profiles, masks, hands before the mouth and "
        "strong light from one side are read badly."
    ),
    (
        "Disgust is rare in what it learned from, and fear is what people agree on least: it misses these "
        "two most, and often takes fear for sadness or for a calm face."
    ),
    "A calm face is not a sad one, but models of this kind sometimes say so.",
)


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A usable model folder.

    Attributes:
        folder: where it is.
        metadata: what it says about itself.
        figures: ``metrics.json``, or empty where it was not measured.
    """

    folder: Path
    metadata: ModelMetadata
    figures: dict[str, Any]


def read_model(folder: Path) -> InstalledModel:
    """A model folder.

    Raises:
        ModelMetadataError: its metadata cannot be used.
    """
    metadata = ModelMetadata.load(folder)
    try:
        figures = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        figures = {}
    except (OSError, ValueError) as error:
        _log.warning("The figures of %s cannot be read: %s", folder, error)
        figures = {}
    return InstalledModel(folder, metadata, figures if isinstance(figures, dict) else {})


def installed_models(models: Path = MODELS_FOLDER) -> list[InstalledModel]:
    """The usable folders under ``models``, by name; broken ones are logged and left out."""
    found = []
    for path in sorted(models.glob(f"*/{METADATA_FILE}")):
        if path.parent.name.startswith("."):
            continue
        try:
            found.append(read_model(path.parent))
        except ModelMetadataError as error:
            _log.warning("A model is left out: %s", error)
    return found


def choose_model(state: Session) -> InstalledModel | None:
    """The switch between installed models; the choice is this session's alone."""
    try:
        path = find_model(None)
        default = read_model(path if path.is_dir() else path.parent)
    except EmotionError as error:
        _log.error("The app's model cannot be used: %s", error)
        st.error(f"The app's model cannot be used. {IN_THE_LOG}")
        default = None
    models = {m.folder.name: m for m in installed_models()}
    if default is not None:
        models.setdefault(default.folder.name, default)
    if not models:
        return None
    own = default.folder.name if default else None
    if len(models) == 1:
        (only,) = models.values()
        return only
    names = list(models)
    current = state.model or own or names[0]
    picked = st.radio(
        "Model that reads expressions for you",
        names,
        index=names.index(current) if current in names else 0,
        format_func=lambda name: f"{name} (the app's own)" if name == own else name,
        horizontal=True,
        key="model-choice",
        help="Changes what this browser session uses, from the next start of the camera or the next photo.",
    )
    chosen = None if picked == own else picked
    if chosen != state.model:
        # What was read by the other model would be shown as this one's.
        state.model = chosen
    return models[picked]


def _range(interval: list[float]) -> str:
    return f"{percent(interval[0], 1)} to {percent(interval[1], 1)}"


def _tile(value: str, name: str, note: str) -> str:
    return (
        f'<div class="at-figure"><p class="at-eyebrow">{escape(name)}</p>'
        f'<p class="at-figure-value">{escape(value)}</p><p class="at-figure-note">{escape(note)}</p></div>'
    )


def figures_html(model: InstalledModel) -> str:
    """The headline figures as tiles, each with its 95% interval in words."""
    figures = model.figures
    tiles = []
    if figures:
        spans, ferplus = figures["intervals"], figures.get("ferplus", {})
        seen = f"of {figures['n']:,} faces kept apart for this; 95% interval {_range(spans['accuracy'])}"
        rare = f"rare expressions count as much as common ones; {_range(spans['balanced_accuracy'])}"
        tiles.append(_tile(percent(figures["accuracy"], 1), "Right, all faces", seen))
        tiles.append(_tile(percent(figures["balanced_accuracy"], 1), "Right, mean of the seven", rare))
        if ferplus.get("n"):
            with_whom = f"with the majority of FER+'s annotators, {ferplus['n']:,} faces"
            note = f"{with_whom}; {_range(ferplus['interval'])}"
            tiles.append(_tile(percent(ferplus["agreement"], 1), "Agrees with ten people", note))
        gap = "mean gap between how sure it says it is and how often it is right"
        tiles.append(_tile(percent(figures["calibration_error"], 1), "Confidence off by", gap))
        if "latency_ms" in figures:
            spent = f"{figures['latency_ms']['p50']:.1f} ms"
            tiles.append(_tile(spent, "One face", "median on one processor core"))
    parameters = model.metadata.parameters
    if parameters:
        tiles.append(_tile(f"{parameters / 1e6:.2f} million", "Size", "numbers in the network"))
    return f'<div class="at-figures" data-testid="figures">{"".join(tiles)}</div>'


def _bar(share: float, *, mark: float | None = None, wide: bool = False) -> str:
    place = "" if mark is None else f'<i style="left:{100 * mark:.1f}%"></i>'
    return (
        f'<span class="at-cell-bar{" at-cell-wide" if wide else ""}" aria-hidden="true">'
        f'<span style="width:{100 * share:.0f}%"></span>{place}</span>'
    )


def _table(head: tuple[str, ...], rows: list[str], *, kind: str = "", testid: str = "") -> str:
    cells = "".join(f'<th scope="col">{escape(h)}</th>' for h in head)
    return (
        f'<div class="at-scroll"><table class="at-table {kind}" data-testid="{testid}">'
        f"<thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def classes_html(figures: dict[str, Any]) -> str:
    """A row for each expression: how many of its faces are found, how often the word is right."""
    rows = []
    for emotion in EMOTIONS:
        c = figures["per_class"][emotion.value]
        cells = "".join(
            f"<td>{_bar(c[key])}<span>{percent(c[key], 1)}</span></td>" for key in ("recall", "precision")
        )
        rows.append(
            f'<tr data-mood="{emotion.value}"><th scope="row">{EXPRESSIONS[emotion]}</th>{cells}'
            f"<td>{c['support']:,}</td></tr>"
        )
    return _table(
        ("Expression", "Found", "Right when said", "Faces"), rows, kind="at-classes", testid="classes"
    )


def confusion_html(figures: dict[str, Any]) -> str:
    """The confusion matrix: rows are labels, columns answers, in shares of the row."""
    rows = []
    for emotion, counts in zip(EMOTIONS, figures["confusion_matrix"], strict=True):
        total = max(1, sum(counts))
        cells = "".join(
            f'<td class="at-heat{" at-heat-right" if i == emotion.index else ""}" '
            f'style="--share:{n / total:.3f}" title="{n} of {total}">{100 * n / total:.0f}</td>'
            for i, n in enumerate(counts)
        )
        rows.append(f'<tr><th scope="row">{EXPRESSIONS[emotion]}</th>{cells}</tr>')
    head = ("Label ↓ said →", *(EXPRESSIONS[e] for e in EMOTIONS))
    return _table(head, rows, kind="at-confusion", testid="confusion")


def calibration_html(figures: dict[str, Any]) -> str:
    """One row a range of confidence: how often it was right, with a mark where honesty would put it."""
    rows = [
        f'<tr><th scope="row">{100 * b["low"]:.0f}–{100 * b["high"]:.0f}%</th>'
        f"<td>{_bar(b['accuracy'], mark=b['confidence'], wide=True)}</td>"
        f"<td>{100 * b['accuracy']:.0f}%</td><td>{b['count']:,}</td></tr>"
        for b in figures["reliability"]
    ]
    return _table(("It says", "", "Right in", "Faces"), rows, testid="calibration")


def label_noise_html() -> str:
    """How often FER-2013's label is also what most of ten later annotators saw."""
    rows = [
        f'<tr data-mood="{emotion.value}"><th scope="row">{EXPRESSIONS[emotion]}</th>'
        f"<td>{_bar(share, wide=True)}</td><td>{percent(share)}</td></tr>"
        for emotion, share in AGREEMENT.items()
    ]
    return _table(("Label", "", "Seen by most"), rows, testid="label-noise")


def bullets_html(lines: tuple[str, ...], kind: str = "") -> str:
    """A list."""
    return f'<ul class="at-list {kind}">' + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def history_words(model: InstalledModel) -> str:
    """Where the model comes from, in a sentence or two."""
    metadata = model.metadata
    config = metadata.training.get("config", {})
    targets = {
        "fer": "FER-2013's own labels",
        "ferplus": "the votes of FER+'s ten annotators",
        "blend": "FER-2013's labels mixed with the votes of FER+'s ten annotators",
    }.get(str(config.get("targets")), "FER-2013")
    calibration = metadata.training.get("calibration", {})
    made = metadata.created_utc[:10] or "at an unknown time"
    words = f"{metadata.name}, version {metadata.version}, made {made}. "
    words += f"Trained from scratch on the Training part of FER-2013, with {targets}"
    steps = metadata.training.get("steps", [])
    epochs = sum(step.get("epochs", 0) for step in steps)
    if epochs:
        words += f", {epochs} times through all of it"
    if len(steps) > 1:
        words += f", in {len(steps)} steps, each from where others ended"
    words += "."
    if calibration.get("faces"):
        words += f" {calibration['faces']:,} faces were kept apart to set its confidence right"
        words += f" (temperature {metadata.temperature:.2f})."
    return words


def retrain_code(model: InstalledModel) -> str:
    """The commands that make this model again."""
    training, own = model.metadata.training, model.metadata.name
    name = training.get("config", {}).get("name", own)
    steps = training.get("steps") or [{"config": name, "command": f"python -m train fit --config {name}"}]
    return "\n".join(
        [
            "pip install -r requirements-train.txt",
            "# FER-2013 from Kaggle as data/fer2013.zip, FER+ votes by file name as data/ferplus_votes.csv",
            *(step["command"] for step in steps),
            f"python -m train publish runs/{steps[-1]['config']} --config {name} --name {own}",
            f"python -m train evaluate --model {own} --usage PublicTest",
        ]
    )


def section_html(title: str, words: str, body: str = "") -> str:
    """A headed part of a panel; ``body`` is HTML, the rest is text."""
    small = f'<p class="at-small">{escape(words)}</p>' if words else ""
    return f'<h2 class="at-h2">{escape(title)}</h2>{small}{body}'


def show_figures(model: InstalledModel) -> None:
    """Tiles, then expressions, confusion and calibration."""
    st.html(figures_html(model))
    if fresh := model.figures.get("without_training_copies"):
        copies = model.figures["n"] - fresh["n"]
        st.caption(
            f"FER-2013 holds copies: {copies:,} of these faces also lie among those it learned from. "
            f"Without them it is right in {percent(fresh['accuracy'], 1)}."
        )
    if not model.figures:
        st.info("This model was not measured yet: `python -m train publish` writes its figures.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        with st.container(key="panel-model-classes"):
            st.html(section_html("By expression", "", classes_html(model.figures)))
        with st.container(key="panel-model-noise"):
            words = "The labels came with search words. Ten people later looked at each face (FER+). "
            words += "So often did most of them see what the label says:"
            st.html(section_html("Even people disagree", words, label_noise_html()))
    with right, st.container(key="panel-model-calibration"):
        words = "Bar: how often it was right. Mark: how sure it said it was. They should meet."
        st.html(section_html("Is its confidence honest?", words, calibration_html(model.figures)))
    with st.container(key="panel-model-confusion"):
        usage, n = model.figures.get("usage", "PublicTest"), model.figures["n"]
        words = "Of 100 faces with the label on the left, so many were called the word above. "
        words += f"FER-2013's {usage}, {n:,} faces kept apart from training."
        st.html(section_html("What it takes for what", words, confusion_html(model.figures)))


def show_card(model: InstalledModel) -> None:
    """Use and misuse, limits, where it comes from, how to make it again."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="panel-model-use"):
        st.html(
            section_html("Good for", "", bullets_html(GOOD_FOR, "at-yes"))
            + section_html("Not for", "", bullets_html(NOT_FOR, "at-no"))
        )
    with right, st.container(key="panel-model-limits"):
        st.html(section_html("Limits", "", bullets_html(LIMITS)))
    with st.container(key="panel-model-retrain"):
        st.html(section_html("Where it comes from, and how to make it again", history_words(model)))
        st.code(retrain_code(model), language="bash", wrap_lines=True)
        st.caption(
            "`python -m train --help` explains each step. FER-2013: Goodfellow et al., 2013, offered for "
            "research. FER+: Barsoum et al., 2016, MIT licence. Neither is part of this app."
        )
