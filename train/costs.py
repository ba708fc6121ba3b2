"""What it costs to run a model: size on disk, parameters, and time for one face."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emotion.labels import FACE_SIZE_PX
from emotion.metadata import METADATA_FILE, ModelMetadata
from train.predictors import LiteRTPredictor


def latency_ms(paths: Sequence[Path], runs: int = 200) -> list[dict[str, float]]:
    """Measure the median and 95th percentile for one face with LiteRT on one thread, in milliseconds.

    The files take turns, face by face, so other load on the machine affects all of them alike.

    Args:
        paths: ``.tflite`` files.
        runs: faces for each.

    Returns:
        ``p50`` and ``p95`` of each file.
    """
    predictors = [LiteRTPredictor(path, batch_size=1, threads=1) for path in paths]
    face = np.random.default_rng(0).integers(0, 255, (1, FACE_SIZE_PX, FACE_SIZE_PX, 1), dtype=np.uint8)
    for predictor in predictors:
        for _ in range(20):
            predictor.predict(face)
    taken = np.empty((len(paths), runs))
    for i in range(runs):
        for n, predictor in enumerate(predictors):
            began_s = time.perf_counter()
            predictor.predict(face)
            taken[n, i] = (time.perf_counter() - began_s) * 1000
    return [
        {"p50": round(float(np.median(row)), 3), "p95": round(float(np.percentile(row, 95)), 3)}
        for row in taken
    ]


def machine() -> str:
    """Describe the machine, to print beside a latency."""
    return f"{platform.machine()}, {os.cpu_count()} cores"


def costs(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Measure ``bytes``, ``parameters`` and ``latency_ms`` of each model file, where possible.

    For a Keras model the time is that of a temporary LiteRT export, as the app would run it. For other
    kinds of files (``.onnx``, ``.npz``) there is only the size.

    Raises:
        emotion.errors.ModelError: a ``.keras`` file cannot be read or exported.
        emotion.errors.ModelMetadataError: the ``metadata.json`` beside a file cannot be used.
    """
    from emotion.export import export_litert, load_keras
    from train.export import one_answer

    out: list[dict[str, Any]] = [{"bytes": {path.name: path.stat().st_size}} for path in paths]
    timed: dict[int, Path] = {}
    with tempfile.TemporaryDirectory() as aside:
        for n, path in enumerate(paths):
            beside = path.with_suffix(".keras")
            if (path.parent / METADATA_FILE).is_file():
                out[n]["parameters"] = ModelMetadata.load(path.parent).parameters
            elif beside.is_file():
                with one_answer(beside) as single:
                    out[n]["parameters"] = int(load_keras(single).count_params())
            if path.suffix == ".tflite":
                timed[n] = path
            elif path.suffix == ".keras":
                timed[n] = Path(aside) / f"{n}.tflite"
                # The converter prints the whole signature of the model.
                with contextlib.redirect_stdout(io.StringIO()), one_answer(path) as single:
                    export_litert(single, timed[n])
        for n, latency in zip(timed, latency_ms(list(timed.values())), strict=True):
            out[n] |= {"latency_ms": latency, "machine": machine()}
    return out
