"""Turns a run into ``models/<name>/``: weights, export, temperature, figures and card, or nothing."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import keras

from emotion.metadata import (
    APP_VIEW,
    HEAD_VIEWS,
    KERAS_FILE,
    LITERT_FILE,
    ModelMetadata,
    ModelView,
    file_sha256,
)
from train.calibration import (
    Calibration,
    MixtureChoice,
    calibrate,
    choose_mixture,
    faces_to_judge,
    held_out_faces,
)
from train.config import TrainConfig, change_config, describe_config, parse_changes
from train.costs import costs, machine
from train.errors import RunError
from train.evaluation import evaluate, fresh_figures
from train.export import CHECKED_FACES, Format, export_model
from train.faceset import FaceSet, Votes
from train.files import RUN_MODEL, replaced_folder, written_whole
from train.heads import Mixture, mix
from train.lineage import read_lineage
from train.model_card import model_card
from train.predictors import load_heads, load_predictor, load_view

METRICS_FILE = "metrics.json"
CARD_FILE = "MODEL_CARD.md"


def training_summary(
    run: Path, config: TrainConfig, calibration: Calibration, mixture: MixtureChoice | None = None
) -> dict[str, Any]:
    """What ``metadata.json`` records of the training: config, progress, and choices made afterwards."""
    summary: dict[str, Any] = {"config": describe_config(config), "calibration": asdict(calibration)}
    if mixture is not None:
        summary["mixture"] = asdict(mixture)
    if steps := read_lineage(run):
        trained = next((step for step in reversed(steps) if not step.parts), steps[-1])
        summary |= {"epochs_done": trained.epochs, "hours": trained.hours, "machine": machine()}
        if trained.config == config.name:
            # The config that was run differs from the named one by --set.
            changed = change_config(config, parse_changes(trained.settings))
            summary["config"] = describe_config(changed)
        summary["steps"] = [{**asdict(step), "command": step.command} for step in steps]
    return summary


def publish_run(
    run: Path,
    models: Path,
    config: TrainConfig,
    faces: FaceSet,
    votes: Votes | None,
    *,
    name: str | None = None,
    usage: str = "PublicTest",
    weights: Literal["float16", "float32"] = "float16",
    now_utc: dt.datetime | None = None,
) -> Path:
    """Write ``models/<name>/`` from ``run``'s averaged model.

    Writes ``model.keras`` (float32), ``model.tflite`` (compared with it on 500 faces), ``metadata.json``,
    ``metrics.json`` and ``MODEL_CARD.md``. For a network with two heads, first chooses the mixture on the
    held-out part of Training. Builds the folder aside, and replaces an older one only once the new one is
    complete.

    Args:
        run: a folder that ``fit`` wrote, or any folder with an ``averaged.keras``.
        models: folder of the model folders.
        config: the config of the run; its seed and holdout say which faces ``fit`` held out.
        faces: the whole data set, Training included.
        votes: FER+ votes by file name, or None.
        name: folder name; the config's name when left out.
        usage: the split for the figures.
        weights: how ``model.tflite`` stores its weights; it computes in float32 either way.
        now_utc: time to record in the metadata; the current time when left out.

    Returns:
        The folder.

    Raises:
        RunError: ``run`` has no averaged model.
        ExportError: the export disagrees with the model.
        DatasetError, ModelFileError, emotion.errors.ModelError: see the parts.
    """
    source = run / RUN_MODEL
    if not source.is_file():
        raise RunError(f"Expected a finished epoch: {source}. Received: no such file.")
    name = name or config.name
    shown = faces_to_judge(faces, usage)
    with replaced_folder(models / name) as folder:
        mixture = _write_model(source, folder / KERAS_FILE, faces, config, votes)
        target = Format.LITERT_FLOAT16 if weights == "float16" else Format.LITERT
        checked = shown.spread(CHECKED_FACES).images
        (exported,) = export_model(folder / KERAS_FILE, folder, (target,), checked, checked[:0])
        Path(exported.path).replace(folder / LITERT_FILE)
        predictor = load_predictor(folder / LITERT_FILE)
        calibration = calibrate(predictor, faces, config, votes)
        figures, shares = evaluate(
            predictor, shown, votes, temperature=calibration.temperature, averagings=("flip", "tencrop")
        )
        figures |= fresh_figures(shares, shown, faces)
        (cost,) = costs([folder / LITERT_FILE])
        cost["bytes"][KERAS_FILE] = (folder / KERAS_FILE).stat().st_size
        sha = file_sha256(folder / KERAS_FILE)
        figures |= cost | {
            "usage": usage,
            "litert_weights": weights,
            "litert_largest_difference": exported.largest_difference,
            "litert_agreement": exported.agreement,
        }
        views: dict[str, ModelView] = {}
        if mixture is not None:
            figures["views"] = _view_figures(folder / KERAS_FILE, shown, faces, votes)
            views = {
                name: ModelView(fer_share=HEAD_VIEWS[name], metrics={usage: _headline(found)})
                for name, found in figures["views"].items()
            }
            views[APP_VIEW] = ModelView(
                fer_share=mixture.fer_share,
                temperature=round(calibration.temperature, 4),
                metrics={usage: _headline(figures)},
            )
        (folder / METRICS_FILE).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        created = (now_utc or dt.datetime.now(dt.UTC)).replace(microsecond=0)
        metadata = ModelMetadata(
            name=name,
            version=f"{created:%Y%m%d}-{sha[:8]}",
            temperature=round(calibration.temperature, 4),
            data_sha256=faces.usage("Training").sha256(),
            created_utc=created.isoformat(),
            parameters=cost["parameters"],
            metrics={usage: _headline(figures)},
            training=training_summary(run, config, calibration, mixture),
            views=views,
            exported_from_sha256=sha,
        )
        metadata.save(folder)
        (folder / CARD_FILE).write_text(model_card(metadata, figures), encoding="utf-8")
    return models / name


def _write_model(
    source: Path, target: Path, faces: FaceSet, config: TrainConfig, votes: Votes | None
) -> MixtureChoice | None:
    """Write the run's model as it ships; for two heads write their mixture, and return it."""
    if config.targets != "both":
        shutil.copyfile(source, target)
        return None
    held = held_out_faces(faces, config)
    answers = load_heads(source).predict(held.images)
    if answers.ndim != 3:
        raise RunError(f"Expected a network with two heads, as {config.name} trains. Received: {source}")
    choice = choose_mixture(answers, held, votes)
    model = keras.models.load_model(source, compile=False)
    mix(model, Mixture(choice.fer_share, choice.temperatures)).save(target)
    return choice


def _view_figures(
    model: Path, shown: FaceSet, faces: FaceSet, votes: Votes | None
) -> dict[str, dict[str, Any]]:
    """The figures of each head alone."""
    out = {}
    for name, fer_share in HEAD_VIEWS.items():
        figures, shares = evaluate(load_view(model, fer_share), shown, votes)
        out[name] = figures | fresh_figures(shares, shown, faces)
    return out


def _headline(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures that ``metadata.json`` repeats."""
    kept = ("n", "accuracy", "balanced_accuracy", "macro_f1", "calibration_error")
    headline = {key: figures[key] for key in kept}
    if figures.get("ferplus", {}).get("n"):
        headline["ferplus_agreement"] = figures["ferplus"]["agreement"]
    return headline


def set_default(models: Path, name: str) -> None:
    """Make ``models/<name>`` the app's model."""
    with written_whole(models / "default.txt") as partial:
        partial.write_text(name + "\n", encoding="utf-8")
