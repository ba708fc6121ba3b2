"""From a run to ``models/<name>/``: weights, export, temperature, figures and card, whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from emotion.metadata import KERAS_FILE, LITERT_FILE, ModelMetadata, file_sha256
from train.calibration import Calibration, calibrate
from train.config import TrainConfig, describe_config
from train.costs import costs
from train.errors import RunError
from train.evaluation import evaluate, fresh_figures
from train.export import CHECKED_FACES, Format, export_model
from train.faceset import FaceSet, Votes
from train.files import RUN_MODEL, replaced_folder, written_whole
from train.lineage import read_lineage
from train.model_card import model_card
from train.predictors import load_predictor

METRICS_FILE = "metrics.json"
CARD_FILE = "MODEL_CARD.md"


def training_summary(run: Path, config: TrainConfig, calibration: Calibration) -> dict[str, Any]:
    """What ``metadata.json`` keeps of the training: the config, how far it got, the calibration."""
    summary: dict[str, Any] = {"config": describe_config(config), "calibration": asdict(calibration)}
    state = run / "state.json"
    if state.is_file():
        summary["epochs_done"] = json.loads(state.read_text(encoding="utf-8")).get("epoch")
    if steps := read_lineage(run):
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

    Holds ``model.keras`` (float32), ``model.tflite`` (checked against it on 500 faces),
    ``metadata.json``, ``metrics.json`` and ``MODEL_CARD.md``. The folder is built aside and takes
    the place of an older one only when everything in it is there.

    Args:
        run: a folder that ``fit`` wrote, or any folder with an ``averaged.keras``.
        models: where model folders live.
        config: the config of the run; its seed and holdout say which faces ``fit`` never saw.
        faces: the whole data set, Training included.
        votes: FER+ votes by file name, or None.
        name: folder name; the config's name when left out.
        usage: the split the figures are for.
        weights: how ``model.tflite`` stores them; it computes in float32 either way.
        now_utc: stamped into the metadata; the clock's when left out.

    Returns:
        The folder.

    Raises:
        RunError: ``run`` has no averaged model.
        ExportError: the export does not answer as the model does.
        DatasetError, ModelFileError, emotion.errors.ModelError: see the parts.
    """
    source = run / RUN_MODEL
    if not source.is_file():
        raise RunError(f"Expected a finished epoch: {source}. Received: no such file.")
    name = name or config.name
    shown = faces.usage(usage)
    with replaced_folder(models / name) as folder:
        shutil.copyfile(source, folder / KERAS_FILE)
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
        (folder / METRICS_FILE).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        headline = {
            k: figures[k] for k in ("n", "accuracy", "balanced_accuracy", "macro_f1", "calibration_error")
        }
        if figures.get("ferplus", {}).get("n"):
            headline["ferplus_agreement"] = figures["ferplus"]["agreement"]
        created = (now_utc or dt.datetime.now(dt.UTC)).replace(microsecond=0)
        metadata = ModelMetadata(
            name=name,
            version=f"{created:%Y%m%d}-{sha[:8]}",
            temperature=round(calibration.temperature, 4),
            data_sha256=faces.usage("Training").sha256(),
            created_utc=created.isoformat(),
            parameters=cost["parameters"],
            metrics={usage: headline},
            training=training_summary(run, config, calibration),
            exported_from_sha256=sha,
        )
        metadata.save(folder)
        (folder / CARD_FILE).write_text(model_card(metadata, figures), encoding="utf-8")
    return models / name


def set_default(models: Path, name: str) -> None:
    """Make ``models/<name>`` the app's model."""
    with written_whole(models / "default.txt") as partial:
        partial.write_text(name + "\n", encoding="utf-8")
