"""The state of a run on disk: written whole after each epoch, read back by ``--resume``.

``state.json`` names the files it belongs to and is replaced last, so a kill between two files
leaves the previous epoch's state complete.
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


@dataclass(slots=True)
class RunState:
    """How far a run got.

    Attributes:
        epoch: finished epochs.
        stage: which of the run's stages (0-based) it is in.
        stage_epoch: the epoch (0-based) with which that stage began.
        stage_s: ``seconds`` when it began.
        stage_over: its time was up before its epochs were done.
        seconds: time that the finished epochs took, validation included.
        average_steps: steps in the weight average.
        best_val_loss: the lowest so far.
        best_epoch: the epoch (1-based) that had it.
        config: ``describe_config`` of the run.
        model_file, average_file: what belongs to this state.
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
        RunError: the disk is full or not writable; the previous epoch's state is left whole.
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
    """The state to go on from, or None where no epoch was finished.

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
    now = json.loads(json.dumps(config, default=str))
    differing = sorted(
        key
        for key in now.keys() | state.config.keys()
        if state.config and key not in FREE_TO_CHANGE and now.get(key) != state.config.get(key)
    )
    if differing:
        changes = ", ".join(
            f"{key}: {state.config.get(key)!r} then, {now.get(key)!r} now" for key in differing
        )
        raise RunError(f"Expected the config that {run} was started with. Received: {changes}")
    return state, model, average
