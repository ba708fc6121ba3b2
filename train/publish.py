"""From a run to ``models/<name>/``: weights, export, temperature, figures and card, whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from emotion.export import export_litert
from emotion.labels import FACE_SIZE_PX
from emotion.metadata import KERAS_FILE, LITERT_FILE, ModelMetadata, file_sha256
from train.calibration import Calibration, calibrate
from train.config import TrainConfig, describe_config
from train.errors import RunError
from train.evaluation import evaluate
from train.faceset import FaceSet, Votes
from train.files import RUN_MODEL, replaced_folder, written_whole
from train.lineage import read_lineage
from train.model_card import model_card
from train.predictors import LiteRTPredictor, load_predictor

METRICS_FILE = "metrics.json"
CARD_FILE = "MODEL_CARD.md"


def latency_ms(path: Path, runs: int = 200) -> dict[str, float]:
    """Median and 95th percentile of one face on one thread by LiteRT, in milliseconds."""
    predictor = LiteRTPredictor(path, batch_size=1, threads=1)
    face = np.random.default_rng(0).integers(0, 255, (1, FACE_SIZE_PX, FACE_SIZE_PX, 1), dtype=np.uint8)
    for _ in range(20):
        predictor.predict(face)
    taken = np.empty(runs)
    for i in range(runs):
        began_s = time.perf_counter()
        predictor.predict(face)
        taken[i] = (time.perf_counter() - began_s) * 1000
    return {"p50": round(float(np.median(taken)), 3), "p95": round(float(np.percentile(taken, 95)), 3)}


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
        now_utc: stamped into the metadata; the clock's when left out.

    Returns:
        The folder.

    Raises:
        RunError: ``run`` has no averaged model.
        DatasetError, ModelFileError, emotion.errors.ModelError: see the parts.
    """
    source = run / RUN_MODEL
    if not source.is_file():
        raise RunError(f"Expected a finished epoch: {source}. Received: no such file.")
    name = name or config.name
    shown = faces.usage(usage)
    with replaced_folder(models / name) as folder:
        shutil.copyfile(source, folder / KERAS_FILE)
        difference = export_litert(folder / KERAS_FILE, folder / LITERT_FILE, check_faces=shown.images[:500])
        predictor = load_predictor(folder / LITERT_FILE)
        calibration = calibrate(predictor, faces, config, votes)
        figures, _ = evaluate(
            predictor, shown, votes, temperature=calibration.temperature, averagings=("flip", "tencrop")
        )
        figures["usage"] = usage
        parameters = _parameters(folder / KERAS_FILE)
        sha = file_sha256(folder / KERAS_FILE)
        figures |= {
            "parameters": parameters,
            "latency_ms": latency_ms(folder / LITERT_FILE),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "litert_largest_difference": difference,
            "bytes": {f: (folder / f).stat().st_size for f in (KERAS_FILE, LITERT_FILE)},
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
            parameters=parameters,
            metrics={usage: headline},
            training=training_summary(run, config, calibration),
            exported_from_sha256=sha,
        )
        metadata.save(folder)
        (folder / CARD_FILE).write_text(model_card(metadata, figures), encoding="utf-8")
    return models / name


def _parameters(keras_path: Path) -> int:
    from emotion.export import load_keras

    return int(load_keras(keras_path).count_params())


def set_default(models: Path, name: str) -> None:
    """Make ``models/<name>`` the app's model."""
    with written_whole(models / "default.txt") as partial:
        partial.write_text(name + "\n", encoding="utf-8")
