"""Fits a network: data, augmentation, schedule, averaging, checkpoints that survive a kill."""

from __future__ import annotations

import inspect
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

from emotion.labels import EMOTIONS, FACE_SIZE_PX
from train.batches import AugmentedBatches, make_targets, smooth
from train.checkpoint import RunState, load_state, save_state
from train.config import TrainConfig, change_config, describe_build, describe_config, in_round
from train.errors import ConfigError, RunError
from train.evaluation import predict_averaged
from train.faceset import FaceSet, Votes, grouped_holdout, require_all_classes
from train.files import RUN_MODEL, written_whole
from train.fused import with_fused_normalization
from train.heads import HEADS
from train.precision import compile_just_in_time, in_policy, training_policy
from train.predictors import KerasPredictor, Predictor
from train.pretrained import settle_normalization
from train.progress import ProgressBar, RunLog
from train.schedule import Schedule, Stage, stages
from train.webcam import shrink
from train.weights import begin_with, save_model

BACKBONE = "backbone"
"""Name of the layer that ``frozen_epochs`` freezes."""
SETTLING_FACES = 512
"""Number of Training faces, at even steps, on which a pretrained network's normalization settles."""
TEACHER_FILE, SELF_TEACHER_FILE = "teacher.npy", "self_teacher.npy"
"""What teachers answer to the faces of a run, float16 in the shape of its targets."""


class Interrupted(Exception):
    """Ctrl-C, handled when nothing is half done."""


@dataclass(frozen=True, slots=True)
class FitResult:
    """The result of a run.

    Attributes:
        model_path: the averaged model.
        epochs: number of finished epochs.
        best_epoch: epoch (1-based) with the lowest validation loss.
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
    """Validates, logs, and saves the averaged model and the checkpoint after each epoch; stops the run."""

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
        self.judged = build_float32(config, any_size=True) if config.small_epochs else plain
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

    def _answers(self, epoch: int) -> npt.NDArray[np.float64]:
        """What the weight average answers to the held-out faces, of the size of this epoch."""
        images: Any = self.held[0]
        if epoch < self.config.small_epochs:
            images = shrink(keras.ops.cast(images, "float32"), self.config.small_px)
        self.judged.set_weights(self.average.average)
        return np.asarray(self.judged.predict(images, batch_size=256, verbose=0), np.float64)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        seconds = time.monotonic() - self.began_s
        figures = logs or {}
        self.plain.set_weights(self.average.average)
        targets = self.held[1]
        shares = self._answers(epoch)
        known = targets.sum(axis=-1) > 0
        val_loss = float(-(targets * np.log(np.maximum(shares, 1e-7))).sum(axis=-1)[known].mean())
        right = (shares.argmax(-1) == targets.argmax(-1))[known]
        state = self.state
        state.seconds += seconds
        # What was judged on smaller faces is no measure for these.
        first_whole = 0 < self.config.small_epochs == epoch
        improved = first_whole or val_loss < state.best_val_loss
        state.epoch, state.average_steps = epoch + 1, self.average.steps
        if improved:
            state.best_val_loss, state.best_epoch = val_loss, epoch + 1
        row = {
            "epoch": epoch + 1,
            "loss": round(float(figures.get("loss", np.nan)), 5),
            "accuracy": round(float(figures.get("accuracy", np.nan)), 5),
            "val_loss": round(val_loss, 5),
            "val_accuracy": round(float(right.mean()), 5),
            "learning_rate": round(learning_rate(self.model), 7),
            "seconds": round(seconds, 1),
        }
        if logs is not None:
            logs.update(val_loss=row["val_loss"], val_accuracy=row["val_accuracy"])
        try:
            if improved or self.average.decay > 0:
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
    """Set the random state of every layer (dropout) for ``epoch``, so a resumed run draws the same."""
    waiting, number = [model], 0
    while waiting:
        layer = waiting.pop()
        waiting.extend(getattr(layer, "layers", []))
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign([seed + number, epoch << 16])
            number += 1


def build_for_training(config: TrainConfig) -> keras.Model:
    """Build the network for faces of 48 pixels, or of any size if the run begins with smaller ones.

    Raises:
        ConfigError: the config has ``small_epochs``, and its network takes faces of one size only.
    """
    if not config.small_epochs:
        return config.build()
    if "size_px" not in inspect.signature(config.build).parameters:
        raise ConfigError(
            f"Expected small_epochs=0 for a network that takes faces of one size only. Received: "
            f"{config.small_epochs} for {describe_build(config.build)}"
        )
    return change_config(config, {"build.size_px": None}).build()


def build_float32(config: TrainConfig, *, any_size: bool = False) -> keras.Model:
    """Build the network with the float32 policy, as it is saved; ``any_size`` as it is judged."""
    with in_policy("float32"):
        return build_for_training(config) if any_size else config.build()


def make_optimizer(config: TrainConfig, peak: float) -> keras.optimizers.Optimizer:
    """Build the config's optimizer; ``train.schedule.Schedule`` sets its rate before each step."""
    if config.optimizer == "adam":
        optimizer = keras.optimizers.Adam(peak, weight_decay=config.weight_decay or None)
    else:
        optimizer = keras.optimizers.SGD(
            peak, momentum=config.momentum, nesterov=True, weight_decay=config.weight_decay or None
        )
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def compile_model(model: keras.Model, config: TrainConfig, stage: Stage) -> None:
    """Compile ``model`` for ``stage`` of a run of ``config``."""
    if config.frozen_epochs:
        model.get_layer(BACKBONE).trainable = stage.fine_tuning
    model.compile(
        make_optimizer(config, stage.peak),
        keras.losses.CategoricalCrossentropy(),
        weighted_metrics=[],
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        jit_compile=compile_just_in_time(),
    )


@contextmanager
def _ctrl_c(flag: threading.Event) -> Iterator[None]:
    """Set ``flag`` on the first Ctrl-C; a second one interrupts at once."""
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
    targets: npt.NDArray[np.float32], answers: npt.NDArray[np.float32], share: float
) -> npt.NDArray[np.float32]:
    """Mix targets with a teacher's answers; a target of zeros stays zeros.

    Hinton et al., "Distilling the Knowledge in a Neural Network", 2015. The answers are computed
    once, before training.

    Args:
        targets: float32 ``(N, …, 7)``.
        answers: the same shape.
        share: share of the answers, 0 to 1.
    """
    there = targets.sum(axis=-1, keepdims=True) > 0
    return np.where(there, (1 - share) * targets + share * answers, 0).astype(np.float32)


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
        resume: continue after the last finished epoch, if there is one.
        start: ``.keras`` files of the same network; the run begins with the mean of their weights.
        teachers: trained networks; their answers make up ``config.distill_share`` of the targets.
        callbacks: more callbacks, after this module's own.

    Returns:
        The result. After Ctrl-C (``stopped == "interrupted"``) the last finished epoch is kept.

    Raises:
        DatasetError: the faces or votes cannot be trained on.
        RunError: a ``start`` is not this network, ``run`` holds another run's checkpoint, the disk is
            full, or the loss is not finite.
    """
    # It draws first weights too, so it comes before the seed.
    fast_policy = training_policy(mixed=config.mixed_precision)
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
    if targets.ndim == 2:
        usable = np.flatnonzero(~np.isnan(targets[:, 0]))
        held_usable = np.flatnonzero(~np.isnan(held_targets[:, 0]))
        used, targets = used.take(usable), targets[usable]
        held, held_targets = held.take(held_usable), held_targets[held_usable]

    run.mkdir(parents=True, exist_ok=True)
    lessons = Lessons(run, config, used.images, targets, teachers)
    lessons.prepare(resume=resume)
    plain = build_float32(config)
    with in_policy(fast_policy):
        loaded = load_state(run, describe_config(config)) if resume else None
        steps = max(1, len(used) // config.batch_size)
        if loaded is None:
            state = RunState(config=describe_config(config))
            average: list[npt.NDArray[np.float32]] = []
            model = with_fused_normalization(build_for_training(config))
            if start:
                begin_with(model, start)
            elif config.pretrained or config.frozen_epochs:
                if config.pretrained:
                    settle_normalization(plain, used.images[:: max(1, len(used) // SETTLING_FACES)])
                model.set_weights(plain.get_weights())
            compile_model(model, config, stages(config)[0])
        else:
            state, model, average = loaded
            state.config = describe_config(config)
            before = [keras.ops.convert_to_numpy(v) for v in model.optimizer.variables]
            compile_model(model, config, stages(config)[state.stage])
            # Keras does not save which weights have no decay, so the optimizer is rebuilt.
            model.optimizer.build(model.trainable_variables)
            for variable, value in zip(model.optimizer.variables, before, strict=True):
                variable.assign(value)
        averaging = WeightAverage(config.average_decay, state.average_steps, average)
        with RunLog(run, state.epoch) as log:
            end = EndOfEpoch(run, config, state, log, averaging, plain, (held.images, held_targets))
            stopped = _run_stages(model, config, lessons, steps, end, [averaging, end, *callbacks])
    return FitResult(run / RUN_MODEL, state.epoch, state.best_epoch, state.best_val_loss, stopped)


class Lessons:
    """The targets of a run's stages: labels, and teachers' answers, computed once and kept on disk."""

    def __init__(
        self,
        run: Path,
        config: TrainConfig,
        images: npt.NDArray[np.uint8],
        targets: npt.NDArray[np.float32],
        teachers: Sequence[Predictor],
    ) -> None:
        self.run, self.config, self.images, self.targets = run, config, images, targets
        self.teachers = teachers

    def prepare(self, *, resume: bool) -> None:
        """Ask the given teachers, unless the resumed run has their answers already."""
        if self.teachers and not (resume and (self.run / TEACHER_FILE).is_file()):
            self._ask(TEACHER_FILE, self.teachers)
        elif not resume:
            for name in (TEACHER_FILE, SELF_TEACHER_FILE):
                (self.run / name).unlink(missing_ok=True)

    def ask_itself(self, teacher: Predictor) -> None:
        """Ask the weight average of a stage, as teacher of the next one."""
        self._ask(SELF_TEACHER_FILE, [teacher])

    def _ask(self, name: str, teachers: Sequence[Predictor]) -> None:
        answers = [predict_averaged(t, self.images, self.config.teacher_views) for t in teachers]
        shapes = [answer.shape[1:] for answer in answers]
        if self.targets.ndim == 3 and shapes == [(len(EMOTIONS),)] * len(HEADS):
            mean = np.stack(answers, axis=1)
        elif set(shapes) == {self.targets.shape[1:]}:
            mean = np.mean(answers, axis=0)
        else:
            raise RunError(
                f"Expected teachers that answer {self.targets.shape[1:]} to a face, or for two heads one "
                f"teacher each, in the order {', '.join(HEADS)}. Received: answers of {shapes}"
            )
        with written_whole(self.run / name) as partial, partial.open("wb") as handle:
            np.save(handle, mean.astype(np.float16))

    def batches(self, stage: Stage) -> AugmentedBatches:
        """Augmented batches with the targets of ``stage``.

        Raises:
            RunError: the teacher's answers belong to other faces.
        """
        names = (TEACHER_FILE, SELF_TEACHER_FILE) if stage.taught else (TEACHER_FILE,)
        config = in_round(self.config, stage.taught)
        targets, lessons = self.targets, []
        for path in (self.run / name for name in names):
            if not path.is_file():
                continue
            answers = np.load(path).astype(np.float32)
            if answers.shape != targets.shape:
                raise RunError(
                    f"Expected answers of the shape {targets.shape} in {path}. Received: {answers.shape}"
                )
            lessons.append(answers)
        if lessons:
            targets = teach(targets, np.mean(lessons, axis=0), config.distill_share)
        return AugmentedBatches(self.images, smooth(targets, config.label_smoothing), config)


def _run_stages(
    model: keras.Model,
    config: TrainConfig,
    lessons: Lessons,
    steps: int,
    end: EndOfEpoch,
    callbacks: list[keras.callbacks.Callback],
) -> str:
    """Run every stage that is not finished yet."""
    bar = ProgressBar(config.epochs, steps)
    state, planned = end.state, stages(config)
    with _ctrl_c(end.interrupted):
        while True:
            stage = planned[state.stage]
            until = state.stage_epoch + stage.epochs
            small = state.epoch < config.small_epochs
            if small:
                # fit() learns the shape of its batches once, so it is called again for full-sized faces.
                until = min(until, config.small_epochs)
            if state.epoch < state.stage_epoch + stage.epochs and not state.stage_over:
                batches = lessons.batches(stage)
                batches.side_px = config.small_px if small else FACE_SIZE_PX
                batches.start_epoch(state.epoch)
                end.average.decay = in_round(config, stage.taught).average_decay
                schedule = Schedule(stage, steps, config.warmup_epochs, state)
                try:
                    # shuffle=False: the batches draw their own order, so a resumed run sees the same.
                    model.fit(
                        batches, epochs=until, initial_epoch=state.epoch,
                        shuffle=False, verbose=0, callbacks=[schedule, *callbacks, bar],
                    )  # fmt: skip
                except (Interrupted, KeyboardInterrupt):
                    return "interrupted"
                finally:
                    bar.close()
                if model.stop_training and not state.stage_over:
                    return "early"
                if state.epoch < state.stage_epoch + stage.epochs and not state.stage_over:
                    continue
            if state.stage + 1 == len(planned):
                return "done"
            state.stage, state.stage_epoch, state.stage_over = state.stage + 1, state.epoch, False
            state.stage_s = state.seconds
            if planned[state.stage].taught:
                end.plain.set_weights(end.average.average)
                lessons.ask_itself(KerasPredictor(end.plain))
                model.set_weights(end.average.average)
            compile_model(model, config, planned[state.stage])


def fit_summary(result: FitResult) -> dict[str, Any]:
    """``FitResult`` as JSON-ready data."""
    return {
        "model": str(result.model_path),
        "epochs": result.epochs,
        "best_epoch": result.best_epoch,
        "best_val_loss": result.best_val_loss,
        "stopped": result.stopped,
    }
