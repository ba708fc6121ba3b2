"""Searches for better values of a config with Optuna: tree-structured Parzen estimator, median pruning.

The study lives in a database: SQLite in the run folder by default; with a PostgreSQL address,
workers on several machines take trials from the same search.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from pprint import pformat
from typing import Any

import keras
import optuna

from train.config import TrainConfig, change_config, with_epochs
from train.errors import RunError
from train.faceset import FaceSet, Votes
from train.figures import save_figure
from train.files import written_whole
from train.fit import fit

BEST_FILE = "best.py"


def suggest(trial: optuna.Trial, config: TrainConfig) -> dict[str, object]:
    """Suggest one point of the search space around ``config``, in the form that ``change_config`` takes."""
    rate = config.learning_rate
    changes: dict[str, object] = {
        "learning_rate": trial.suggest_float("learning_rate", rate / 5, rate * 3, log=True),
        "label_smoothing": trial.suggest_float("label_smoothing", 0.0, 0.2),
        "class_balance": trial.suggest_float("class_balance", 0.0, 0.5),
        "augmentation.rotation_deg": trial.suggest_float("augmentation.rotation_deg", 0.0, 30.0),
        "augmentation.zoom": trial.suggest_float("augmentation.zoom", 0.0, 0.3),
        "augmentation.shift": trial.suggest_float("augmentation.shift", 0.0, 0.2),
        "augmentation.erase_probability": trial.suggest_float("augmentation.erase_probability", 0.0, 0.6),
        "augmentation.mixup_probability": trial.suggest_float("augmentation.mixup_probability", 0.0, 0.6),
    }
    if config.weight_decay > 0:
        decay = config.weight_decay
        changes["weight_decay"] = trial.suggest_float("weight_decay", decay / 10, decay * 5, log=True)
    if config.targets == "blend":
        changes["fer_share"] = trial.suggest_float("fer_share", 0.3, 0.9)
    return changes


class _Report(keras.callbacks.Callback):
    """Reports each epoch's validation loss to the study and ends trials that fall behind."""

    def __init__(self, trial: optuna.Trial) -> None:
        super().__init__()
        self.trial, self.best = trial, 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        accuracy = float((logs or {})["val_accuracy"])
        self.best = max(self.best, accuracy)
        self.trial.report(accuracy, epoch)
        if self.trial.should_prune():
            raise optuna.TrialPruned


def tune(
    config: TrainConfig,
    faces: FaceSet,
    votes: Votes | None,
    folder: Path,
    *,
    source: str,
    trials: int,
    epochs: int,
    storage: str | None = None,
) -> optuna.Study:
    """Search, or continue a search, until the study has ``trials`` finished trials.

    Maximises validation accuracy (on the held-out part of Training), because losses of trials with different
    targets cannot be compared.

    Args:
        config: where the search starts.
        faces: the whole data set.
        votes: FER+ votes, if the config needs them.
        folder: folder for the study, ``best.py`` and the plots.
        source: name or file of the config that ``best.py`` will start from.
        trials: finished trials to reach, including those of earlier calls and other workers.
        epochs: epochs of each trial.
        storage: an SQLAlchemy address; ``folder/study.db`` (SQLite) when left out.

    Returns:
        The study.

    Raises:
        RunError: the database cannot be used, or no trial was finished.
    """
    folder.mkdir(parents=True, exist_ok=True)
    address = storage or f"sqlite:///{folder / 'study.db'}"
    try:
        study = optuna.create_study(
            storage=address,
            study_name=config.name,
            direction="maximize",
            load_if_exists=True,
            sampler=optuna.samplers.TPESampler(),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=1),
        )
    except Exception as error:
        # Optuna, SQLAlchemy and the database's driver each raise their own errors.
        where = re.sub(r"//.*@", "//…@", address)
        raise RunError(f"Expected a database for the study. Received: {where} ({error})") from error

    def objective(trial: optuna.Trial) -> float:
        chosen = change_config(with_epochs(config, epochs), suggest(trial, config))
        run = folder / f"trial-{trial.number:04d}"
        report = _Report(trial)
        try:
            result = fit(chosen, faces, votes, run, callbacks=[report])
        finally:
            shutil.rmtree(run, ignore_errors=True)
        if result.stopped == "interrupted":
            study.stop()
            raise optuna.TrialPruned
        return report.best

    ended = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)

    def enough(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        if len(study.get_trials(deepcopy=False, states=ended)) >= trials:
            study.stop()

    if len(study.get_trials(deepcopy=False, states=ended)) < trials:
        study.optimize(objective, n_trials=trials, callbacks=[enough])
    if not study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,)):
        raise RunError("Expected at least one finished trial. Received: none.")
    write_best(study, config.name, source, folder / BEST_FILE)
    write_plots(study, folder)
    return study


def write_best(study: optuna.Study, name: str, source: str, path: Path) -> Path:
    """Write the best trial as a config file that ``fit --config`` takes."""
    changes: dict[str, Any] = dict(study.best_params)
    text = f'''"""The best of {len(study.trials)} trials around the config ``{name}``.

Validation accuracy {study.best_value:.4f} (trial {study.best_trial.number}).

Command:   python -m train fit --config {path}
Accuracy:  not measured on a test split.
"""

from train.config import TrainConfig, change_config, load_config

CHANGES = {pformat(changes)}


def get_config() -> TrainConfig:
    """See the module's docstring."""
    return change_config(load_config({source!r}), CHANGES | {{"name": "{name}_tuned"}})
'''
    with written_whole(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


def write_plots(study: optuna.Study, folder: Path) -> list[Path]:
    """Plot the study's history, intermediate values, and (from four finished trials) importances."""
    from optuna.visualization import matplotlib as plots

    made = {
        "history.png": plots.plot_optimization_history,
        "intermediate.png": plots.plot_intermediate_values,
        "parallel.png": plots.plot_parallel_coordinate,
    }
    if len(study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))) >= 4:
        made["importance.png"] = plots.plot_param_importances
    out = []
    for name, plot in made.items():
        axes = plot(study)
        out.append(save_figure(axes.get_figure(), folder / name))
    return out
