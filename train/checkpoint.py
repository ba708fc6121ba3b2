"""The state of a run on disk: written after each epoch, read by ``--resume``.

``state.json`` names the files that belong to it and is replaced last. If a run is killed between two files,
the state of the previous epoch stays complete.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from train.errors import RunError
from train.files import written_whole

STATE_FILE = "state.json"
FREE_TO_CHANGE = ("patience_epochs", "max_hours")
"""Fields of a config that a resumed run may change."""
ONCE_UNKNOWN = {"pretrained": "", "teachers": []}
"""Fields that runs of older versions do not have, and what was so without saying."""


@dataclass(slots=True)
class RunState:
    """How far a run got.

    Attributes:
        epoch: number of finished epochs.
        stage: current stage of the run (0-based).
        stage_epoch: first epoch (0-based) of that stage.
        stage_s: ``seconds`` when the stage began.
        stage_over: the stage ran out of time before its epochs were done.
        seconds: time that the finished epochs took, including validation.
        average_steps: number of steps in the weight average.
        best_val_loss: lowest validation loss so far.
        best_epoch: its epoch (1-based).
        config: ``describe_config`` of the run.
        model_file, average_file: files of this state.
    """

    epoch: int = 0
    stage: int = 0
    stage_epoch: int = 0
    stage_s: float = 0.0
    stage_over: bool = False
    seconds: float = 0.0
    average_steps: int = 0
    best_val_loss: float = float("inf")
    best_epoch: int = 0
    config: dict[str, Any] = field(default_factory=dict)
    model_file: str = "state.keras"
    average_file: str = "average.npz"


def save_state(
    run: Path, state: RunState, model: keras.Model, average: list[npt.NDArray[np.float32]]
) -> None:
    """Write the state of a finished epoch.

    Raises:
        RunError: the disk is full or not writable; the state of the previous epoch stays complete.
    """
    state.model_file, state.average_file = f"state-{state.epoch:04d}.keras", f"average-{state.epoch:04d}.npz"
    try:
        with written_whole(run / state.model_file) as partial:
            model.save(partial)
        with written_whole(run / state.average_file) as partial:
            np.savez(partial, *average)
        with written_whole(run / STATE_FILE) as partial:
            partial.write_text(json.dumps(asdict(state), default=str), encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"Expected room for the checkpoint of epoch {state.epoch} in {run}; the one of epoch "
            f"{state.epoch - 1} is whole: make room and go on with --resume. Received: {error}"
        ) from error
    for pattern, kept in (("state-*.keras", state.model_file), ("average-*.npz", state.average_file)):
        for old in run.glob(pattern):
            if old.name != kept:
                old.unlink()


def load_state(
    run: Path, config: dict[str, Any]
) -> tuple[RunState, keras.Model, list[npt.NDArray[np.float32]]] | None:
    """Read the state to continue from; None if no epoch was finished.

    Raises:
        RunError: the state is damaged, or belongs to another config.
    """
    path = run / STATE_FILE
    if not path.is_file():
        return None
    try:
        state = RunState(**json.loads(path.read_text(encoding="utf-8")))
        model = keras.models.load_model(run / state.model_file)
        with np.load(run / state.average_file, allow_pickle=False) as stored:
            average = [np.array(stored[key]) for key in stored.files]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunError(f"Expected a whole checkpoint to go on from. Received: {run} ({error})") from error
    # Compared as JSON, because tuples come back as lists.
    now, then = json.loads(json.dumps(config, default=str)), ONCE_UNKNOWN | state.config
    differing = sorted(
        key
        for key in now.keys() | then.keys()
        if state.config and key not in FREE_TO_CHANGE and now.get(key) != then.get(key)
    )
    if differing:
        changes = ", ".join(f"{key}: {then.get(key)!r} then, {now.get(key)!r} now" for key in differing)
        raise RunError(f"Expected the config that {run} was started with. Received: {changes}")
    return state, model, average
