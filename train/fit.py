"""Fits a network: data, augmentation, schedule, averaging, checkpoints that survive a kill."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from train.batches import AugmentedBatches, make_targets, smooth
from train.checkpoint import RunState, load_state, save_state
from train.config import TeacherViews, TrainConfig, describe_config
from train.errors import RunError
from train.evaluation import predict_averaged
from train.faceset import FaceSet, Votes, grouped_holdout, require_all_classes
from train.files import RUN_MODEL, written_whole
from train.predictors import Predictor
from train.progress import ProgressBar, RunLog

BACKBONE = "backbone"
"""Name of the layer that ``frozen_epochs`` freezes."""


class Interrupted(Exception):
    """Ctrl-C, at a moment when nothing is half done."""


@dataclass(frozen=True, slots=True)
class FitResult:
    """Where a run ended.

    Attributes:
        model_path: the averaged model.
        epochs: finished epochs.
        best_epoch: the epoch (1-based) of the lowest validation loss.
        best_val_loss: that loss.
        stopped: ``done``, ``early`` (no progress) or ``interrupted`` (Ctrl-C).
    """

    model_path: Path
    epochs: int
    best_epoch: int
    best_val_loss: float
    stopped: str


class WeightAverage(keras.callbacks.Callback):
    """Polyak average of all weights, batch statistics included (Polyak and Juditsky, 1992)."""

    def __init__(self, decay: float, steps: int, average: list[npt.NDArray[np.float32]]) -> None:
        super().__init__()
        self.decay, self.steps, self.average = decay, steps, average

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        if not self.average:
            self.average = [np.array(w, np.float32) for w in self.model.get_weights()]

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        self.steps += 1
        # The average of the first steps would be mostly the random start.
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for mean, now in zip(self.average, self.model.get_weights(), strict=True):
            mean += (1 - decay) * (now - mean)


class EndOfEpoch(keras.callbacks.Callback):
    """Validation, log, averaged model and checkpoint after each epoch; tells when to stop."""

    def __init__(
        self,
        run: Path,
        config: TrainConfig,
        state: RunState,
        log: RunLog,
        average: WeightAverage,
        plain: keras.Model,
        held: tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]],
    ) -> None:
        super().__init__()
        self.run, self.config, self.state, self.log = run, config, state, log
        self.average, self.plain, self.held = average, plain, held
        self.interrupted = threading.Event()
        self.began_s = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        self.began_s = time.monotonic()
        reseed(self.model, self.config.seed, epoch)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        if self.interrupted.is_set():
            raise Interrupted

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        seconds = time.monotonic() - self.began_s
        figures = logs or {}
        self.plain.set_weights(self.average.average)
        images, targets = self.held
        shares = np.asarray(self.plain.predict(images, batch_size=256, verbose=0), np.float64)
        val_loss = float(-(targets * np.log(np.maximum(shares, 1e-7))).sum(axis=1).mean())
        state = self.state
        improved = val_loss < state.best_val_loss
        state.epoch, state.average_steps = epoch + 1, self.average.steps
        if improved:
            state.best_val_loss, state.best_epoch = val_loss, epoch + 1
        row = {
            "epoch": epoch + 1,
            "loss": round(float(figures.get("loss", np.nan)), 5),
            "accuracy": round(float(figures.get("accuracy", np.nan)), 5),
            "val_loss": round(val_loss, 5),
            "val_accuracy": round(float((shares.argmax(1) == targets.argmax(1)).mean()), 5),
            "learning_rate": round(learning_rate(self.model), 7),
            "seconds": round(seconds, 1),
        }
        if logs is not None:
            logs.update(val_loss=row["val_loss"], val_accuracy=row["val_accuracy"])
        try:
            if improved or self.config.average_decay > 0:
                save_model(self.plain, self.run / RUN_MODEL)
            self.log.add(row)
        except OSError as error:
            raise RunError(
                f"Expected room for the model of epoch {epoch + 1} in {self.run}; the checkpoint of epoch "
                f"{epoch} is whole: make room and go on with --resume. Received: {error}"
            ) from error
        save_state(self.run, state, self.model, self.average.average)
        print(" ".join(f"{k}={v}" for k, v in row.items()), file=sys.stderr, flush=True)
        if not np.isfinite(row["loss"]):
            raise RunError(
                f"Expected a finite loss in epoch {epoch + 1}; lower learning_rate. Received: {row['loss']}"
            )
        if epoch + 1 - state.best_epoch >= self.config.patience_epochs:
            self.model.stop_training = True


def learning_rate(model: keras.Model) -> float:
    """The optimizer's learning rate now."""
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))


def reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Sets the random state of every layer (dropout) for ``epoch``, so that a resumed run draws the same."""
    waiting, number = [model], 0
    while waiting:
        layer = waiting.pop()
        waiting.extend(getattr(layer, "layers", []))
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign([seed + number, epoch << 16])
            number += 1


def save_model(model: keras.Model, path: Path) -> None:
    """Writes ``path`` whole or not at all."""
    with written_whole(path) as partial:
        model.save(partial)


def build_float32(config: TrainConfig) -> keras.Model:
    """The network under the plain float32 policy: the form that is judged and saved."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        return config.build()
    finally:
        keras.config.set_dtype_policy(policy)


def make_optimizer(
    config: TrainConfig, steps: int, *, epochs: int, peak: float
) -> keras.optimizers.Optimizer:
    """The config's optimizer under a warm-up and a cosine that ends at zero after ``epochs``."""
    warmup = min(config.warmup_epochs, epochs / 2)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / 100,
        warmup_target=peak,
        warmup_steps=int(warmup * steps),
        decay_steps=max(1, int((epochs - warmup) * steps)),
    )
    if config.optimizer == "adam":
        optimizer = keras.optimizers.Adam(schedule, weight_decay=config.weight_decay or None)
    else:
        optimizer = keras.optimizers.SGD(
            schedule, momentum=config.momentum, nesterov=True, weight_decay=config.weight_decay or None
        )
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def _compile(model: keras.Model, config: TrainConfig, steps: int, *, fine_tuning: bool) -> None:
    frozen = config.frozen_epochs
    fine_tuning = fine_tuning and frozen > 0
    if frozen:
        model.get_layer(BACKBONE).trainable = fine_tuning
    model.compile(
        make_optimizer(
            config,
            steps,
            epochs=config.epochs - frozen if fine_tuning else frozen or config.epochs,
            peak=config.learning_rate * (config.fine_tune_factor if fine_tuning else 1.0),
        ),
        keras.losses.CategoricalCrossentropy(),
        weighted_metrics=[],
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        # XLA makes TensorFlow's convolutions on a CPU several times slower.
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )


@contextmanager
def _ctrl_c(flag: threading.Event) -> Iterator[None]:
    """The first Ctrl-C sets ``flag``; a second one is not waited for."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if flag.is_set():
            raise KeyboardInterrupt
        flag.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def teach(
    targets: npt.NDArray[np.float32],
    faces: FaceSet,
    teachers: Sequence[Predictor],
    share: float,
    views: TeacherViews = "flip",
) -> npt.NDArray[np.float32]:
    """Targets mixed with what trained networks answer on average over several views of a face.

    Hinton et al., "Distilling the Knowledge in a Neural Network", 2015, with the answers computed
    once, ahead of the training.
    """
    if not teachers:
        return targets
    answers = np.mean([predict_averaged(t, faces.images, views) for t in teachers], axis=0)
    return ((1 - share) * targets + share * answers).astype(np.float32)


def _begin_with(model: keras.Model, starts: Sequence[Path], parts: Sequence[float] = ()) -> None:
    """Sets the mean of the weights of ``starts``, weighed by ``parts`` (alike when left out).

    Networks tuned from the same one lie in one valley, so that their mean is as good as each, and between
    them in what it answers (Wortsman et al., "Model soups", 2022).
    """
    parts = parts or [1.0] * len(starts)
    mean: list[npt.NDArray[np.float32]] = []
    for start, part in zip(starts, parts, strict=True):
        try:
            weights = keras.models.load_model(start, compile=False).get_weights()
            shapes = [w.shape for w in weights]
            if shapes != [tuple(w.shape) for w in model.weights]:
                raise ValueError(f"{len(shapes)} weights of other shapes")
        except (OSError, ValueError) as error:
            raise RunError(
                f"Expected a .keras file of the network {model.name}. Received: {start}"
            ) from error
        shares = [np.asarray(w * (part / sum(parts)), np.float32) for w in weights]
        mean = [m + s for m, s in zip(mean, shares, strict=True)] if mean else shares
    model.set_weights(mean)


def soup(sources: Sequence[Path], parts: Sequence[float], run: Path) -> Path:
    """Write the weighted mean of several tuned networks as the model of ``run``.

    Args:
        sources: ``.keras`` files of one network.
        parts: how much of each, above 0.
        run: folder for ``averaged.keras``.

    Returns:
        The model's path.

    Raises:
        RunError: fewer than two sources, a part that is not positive, or files of different networks.
    """
    if len(sources) < 2 or not all(np.isfinite(p) and p > 0 for p in parts):
        raise RunError(f"Expected two models or more, with parts above 0. Received: {list(parts)}")
    try:
        model = keras.models.load_model(sources[0], compile=False)
    except (OSError, ValueError) as error:
        raise RunError(f"Expected a .keras file. Received: {sources[0]}") from error
    _begin_with(model, sources, parts)
    run.mkdir(parents=True, exist_ok=True)
    save_model(model, run / RUN_MODEL)
    return run / RUN_MODEL


def fit(
    config: TrainConfig,
    faces: FaceSet,
    votes: Votes | None,
    run: Path,
    *,
    resume: bool = False,
    start: Sequence[Path] = (),
    teachers: Sequence[Predictor] = (),
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> FitResult:
    """Train ``config`` on the Training faces of ``faces``.

    Args:
        config: what to train.
        faces: the whole data set.
        votes: FER+ votes, for configs that need them.
        run: folder for ``averaged.keras``, ``log.csv``, ``tensorboard/`` and the checkpoint.
        resume: go on from the last finished epoch, if there is one.
        start: ``.keras`` files of the same network; the mean of their weights is what to begin with.
        teachers: trained networks whose answers make up ``config.distill_share`` of the targets.
        callbacks: more callbacks, after this module's own.

    Returns:
        Where the run ended. After Ctrl-C (``stopped == "interrupted"``) the last finished epoch is kept.

    Raises:
        DatasetError: the faces or votes cannot be trained on.
        RunError: a ``start`` is not this network, ``run`` holds another run's checkpoint, the disk is
            full, or the loss is not finite.
    """
    keras.utils.set_random_seed(config.seed)
    training = faces.usage("Training")
    require_all_classes(training)
    held_mask = grouped_holdout(training, share=config.holdout, seed=config.seed)
    held, used = training.take(held_mask), training.take(~held_mask)
    if len(held) == 0 or len(used) == 0:
        raise RunError(f"Expected faces to fit and to validate on. Received: {len(used)} and {len(held)}.")
    if config.batch_size > len(used):
        raise RunError(f"Expected a batch_size of at most {len(used)} faces. Received: {config.batch_size}")
    targets, held_targets = make_targets(config, used, votes), make_targets(config, held, votes)
    usable = np.flatnonzero(~np.isnan(targets[:, 0]))
    held_usable = np.flatnonzero(~np.isnan(held_targets[:, 0]))
    used, targets = used.take(usable), targets[usable]
    targets = smooth(
        teach(targets, used, teachers, config.distill_share, config.teacher_views), config.label_smoothing
    )
    batches = AugmentedBatches(used.images, targets, config)

    run.mkdir(parents=True, exist_ok=True)
    plain = build_float32(config)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if config.mixed_precision else "float32")
    try:
        loaded = load_state(run, describe_config(config)) if resume else None
        if loaded is None:
            state = RunState(config=describe_config(config))
            average: list[npt.NDArray[np.float32]] = []
            model = config.build()
            if start:
                _begin_with(model, start)
            elif config.frozen_epochs:
                model.set_weights(plain.get_weights())
            _compile(model, config, len(batches), fine_tuning=False)
        else:
            state, model, average = loaded
            state.config = describe_config(config)
            before = [keras.ops.convert_to_numpy(v) for v in model.optimizer.variables]
            _compile(model, config, len(batches), fine_tuning=state.epoch > config.frozen_epochs)
            # Keras does not save which weights are spared from decay: the optimizer is made anew.
            model.optimizer.build(model.trainable_variables)
            for variable, value in zip(model.optimizer.variables, before, strict=True):
                variable.assign(value)
        averaging = WeightAverage(config.average_decay, state.average_steps, average)
        with RunLog(run, state.epoch) as log:
            end = EndOfEpoch(
                run, config, state, log, averaging, plain,
                (held.images[held_usable], held_targets[held_usable]),
            )  # fmt: skip
            stopped = _run_stages(model, config, batches, end, [averaging, end, *callbacks])
    finally:
        keras.config.set_dtype_policy(policy)
    return FitResult(run / RUN_MODEL, state.epoch, state.best_epoch, state.best_val_loss, stopped)


def _run_stages(
    model: keras.Model,
    config: TrainConfig,
    batches: AugmentedBatches,
    end: EndOfEpoch,
    callbacks: list[keras.callbacks.Callback],
) -> str:
    """One stage, or two: with the backbone frozen, then free."""
    bar = ProgressBar(config.epochs, len(batches))
    state = end.state
    boundaries = [config.frozen_epochs, config.epochs] if config.frozen_epochs else [config.epochs]
    with _ctrl_c(end.interrupted):
        for until in boundaries:
            if state.epoch >= until:
                continue
            if config.frozen_epochs and state.epoch == config.frozen_epochs:
                _compile(model, config, len(batches), fine_tuning=True)
            batches.start_epoch(state.epoch)
            try:
                # shuffle=False: the batches draw their own order, so that a resumed run sees the same one.
                model.fit(
                    batches, epochs=until, initial_epoch=state.epoch, shuffle=False, verbose=0,
                    callbacks=[*callbacks, bar],
                )  # fmt: skip
            except (Interrupted, KeyboardInterrupt):
                return "interrupted"
            finally:
                bar.close()
            if model.stop_training:
                return "early"
    return "done"


def fit_summary(result: FitResult) -> dict[str, Any]:
    """``FitResult`` as JSON-ready data."""
    return {
        "model": str(result.model_path),
        "epochs": result.epochs,
        "best_epoch": result.best_epoch,
        "best_val_loss": result.best_val_loss,
        "stopped": result.stopped,
    }
