"""The parts of the model page: which model reads, how well it does, and what it must not be used for.

All figures come from the model's own folder (``metadata.json``, ``metrics.json``). A model that was never
measured has no figures, and the page says so.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from emotion.errors import EmotionError, ModelMetadataError
from emotion.installed import MODELS_FOLDER, find_model
from emotion.labels import EMOTIONS, Emotion
from emotion.metadata import METADATA_FILE, ModelMetadata
from ui.app.setup import IN_THE_LOG
from ui.app.state import Session
from ui.look import cards
from ui.look.cards import section_html
from ui.look.html import Markup, render
from ui.look.words import EXPRESSIONS, counted, percent

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
    "Choosing what a page shows to viewers who were told and who agreed.",
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
        "It learned from about 29,000 small grey pictures found by web searches. Nobody recorded who the "
        "people are, so nobody knows how well it reads different groups of people."
    ),
    (
        "It needs a face that looks roughly at the camera. It reads faces badly from the side, behind masks "
        "or hands, and in strong light from one side."
    ),
    (
        "It misses disgust and fear most, and often takes fear for sadness or a neutral face. It saw few "
        "disgusted faces, and people agree least about fear."
    ),
    "It sometimes takes a neutral face for a sad one.",
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
        st.error(f"**The app's own model cannot be used.** {IN_THE_LOG}")
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
        help="Applies to this browser session, from the next start of the camera, photo or video on.",
    )
    chosen = None if picked == own else picked
    if chosen != state.model:
        state.model = chosen
    return models[picked]


def _range(interval: list[float]) -> str:
    return f"{percent(interval[0], 1)} to {percent(interval[1], 1)}"


def figures_html(model: InstalledModel) -> Markup:
    """The headline figures as tiles, each with its 95% interval in words."""
    figures = model.figures
    tiles = []
    if figures:
        spans, ferplus = figures["intervals"], figures.get("ferplus", {})
        seen = f"of {figures['n']:,} faces kept for testing; 95% interval {_range(spans['accuracy'])}"
        rare = f"rare expressions count as much as common ones; {_range(spans['balanced_accuracy'])}"
        tiles.append((percent(figures["accuracy"], 1), "Right, all faces", seen))
        tiles.append((percent(figures["balanced_accuracy"], 1), "Right, mean of the seven", rare))
        if ferplus.get("n"):
            note = f"with most of FER+'s annotators, {ferplus['n']:,} faces; {_range(ferplus['interval'])}"
            tiles.append((percent(ferplus["agreement"], 1), "Agrees with ten people", note))
        gap = "mean gap between how sure it says it is and how often it is right"
        tiles.append((percent(figures["calibration_error"], 1), "Confidence off by", gap))
        if "latency_ms" in figures:
            spent = f"{figures['latency_ms']['p50']:.1f} ms"
            tiles.append((spent, "One face", "median on one processor core"))
    parameters = model.metadata.parameters
    if parameters:
        tiles.append((f"{parameters / 1e6:.2f} million", "Size", "numbers in the network"))
    return cards.figures_html(tiles, testid="figures")


def classes_html(figures: dict[str, Any]) -> Markup:
    """A row for each expression: how many of its faces are found, and how often the name is right."""
    rows = [(emotion, figures["per_class"][emotion.value]) for emotion in EMOTIONS]
    return render("model/classes.html", rows=rows)


def confusion_html(figures: dict[str, Any]) -> Markup:
    """The confusion matrix: rows are labels, columns answers, in shares of the row."""
    rows = [
        (emotion, max(1, sum(counts)), counts)
        for emotion, counts in zip(EMOTIONS, figures["confusion_matrix"], strict=True)
    ]
    head = ("Label ↓ answer →", *(EXPRESSIONS[e] for e in EMOTIONS))
    return render("model/confusion.html", head=head, rows=rows)


def calibration_html(figures: dict[str, Any]) -> Markup:
    """One row for each range of confidence: how often it was right, with a mark where it should be."""
    return render("model/calibration.html", bins=figures["reliability"])


def label_noise_html() -> Markup:
    """How often FER-2013's label is also what most of ten later annotators saw."""
    return render("model/label_noise.html", agreement=list(AGREEMENT.items()))


def list_html(lines: tuple[str, ...], kind: str = "") -> Markup:
    """A list; ``kind`` adds a class of the style sheet."""
    return render("model/list.html", lines=lines, kind=kind)


def history_words(model: InstalledModel) -> str:
    """Where the model comes from, in a few sentences."""
    metadata = model.metadata
    config = metadata.training.get("config", {})
    targets = {
        "fer": "FER-2013's own labels",
        "ferplus": "the votes of FER+'s ten annotators",
        "blend": "FER-2013's labels mixed with the votes of FER+'s ten annotators",
        "both": "FER-2013's own labels and the votes of FER+'s ten annotators",
    }.get(str(config.get("targets")), "FER-2013")
    calibration = metadata.training.get("calibration", {})
    made = metadata.created_utc[:10] or "an unknown day"
    words = f"{metadata.name}, version {metadata.version}, from {made}. "
    begun = "with features learned on other faces" if config.get("pretrained") else "from scratch"
    words += f"Trained {begun}, on the Training part of FER-2013, with {targets}"
    steps = metadata.training.get("steps", [])
    teachers = {name for step in steps for name in step.get("teachers", [])}
    own = [step for step in steps if step.get("config") not in teachers]
    epochs = sum(step.get("epochs", 0) for step in own)
    if epochs:
        words += f", for {counted(epochs, 'epoch')}"
    if len(own) > 1:
        words += f" in {len(own)} steps, each of which continues from others"
    if teachers:
        words += f", taught by {counted(len(teachers), 'network')} trained before"
    words += "."
    if calibration.get("faces"):
        words += f" {calibration['faces']:,} faces were kept apart to calibrate its confidence"
        words += f" (temperature {metadata.temperature:.2f})."
    return words


def retrain_code(model: InstalledModel) -> str:
    """The commands that train this model again."""
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


def show_figures(model: InstalledModel) -> None:
    """Tiles, then expressions, confusion and calibration."""
    st.html(figures_html(model))
    if fresh := model.figures.get("without_training_copies"):
        copies = model.figures["n"] - fresh["n"]
        st.caption(
            f"FER-2013 contains duplicates: {copies:,} of these faces are also in its training part. Without "
            f"them, {percent(fresh['accuracy'], 1)} are right."
        )
    if not model.figures:
        st.info("This model has no figures yet. `python -m train publish` measures them.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        with st.container(key="panel-model-classes"):
            st.html(section_html("By expression", body=classes_html(model.figures)))
        with st.container(key="panel-model-noise"):
            words = "FER-2013's labels come from web searches. Later, ten people looked at each face (FER+). "
            words += "This is how often most of them saw what the label says."
            st.html(section_html("Even people disagree", words, label_noise_html()))
    with right, st.container(key="panel-model-calibration"):
        words = "Bar: how often it was right. Mark: how sure it said it was. The two should meet."
        st.html(section_html("Is its confidence honest?", words, calibration_html(model.figures)))
    with st.container(key="panel-model-confusion"):
        usage, n = model.figures.get("usage", "PublicTest"), model.figures["n"]
        words = "Out of 100 faces with the label on the left, how many got the answer above. "
        words += f"Measured on FER-2013's {usage}: {n:,} faces kept apart from training."
        st.html(section_html("What it mixes up", words, confusion_html(model.figures)))


def show_card(model: InstalledModel) -> None:
    """Use and misuse, limits, where it comes from, and how to train it again."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="panel-model-use"):
        st.html(
            section_html("Good for", body=list_html(GOOD_FOR, "at-yes"))
            + section_html("Not for", body=list_html(NOT_FOR, "at-no"))
        )
    with right, st.container(key="panel-model-limits"):
        st.html(section_html("Limits", body=list_html(LIMITS)))
    with st.container(key="panel-model-retrain"):
        st.html(section_html("Where it comes from, and how to train it again", history_words(model)))
        st.code(retrain_code(model), language="bash", wrap_lines=True)
        st.caption(
            "`python -m train --help` explains each step. FER-2013: Goodfellow et al., 2013, offered for "
            "research. FER+: Barsoum et al., 2016, MIT licence. Neither is part of this app."
        )
