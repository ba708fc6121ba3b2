"""The learning rate: a warm-up and a cosine that ends at zero, by steps or by the clock."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from itertools import accumulate

import keras

from train.checkpoint import RunState
from train.config import TaughtRound, TrainConfig
from train.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a run with one cosine.

    Attributes:
        epochs: number of epochs.
        peak: highest learning rate.
        fine_tuning: the backbone is no longer frozen.
        taught: the round of the config; the weight average of the previous stage is its teacher.
        end_s: seconds of training, from the start of the run, after which it must end; None for no limit.
    """

    epochs: int
    peak: float
    fine_tuning: bool = True
    taught: TaughtRound | None = None
    end_s: float | None = None


def stages(config: TrainConfig) -> tuple[Stage, ...]:
    """List the stages of a run that the config asks for: frozen backbone, free, then its taught rounds.

    Raises:
        ConfigError: the taught rounds take all epochs, so the first one has no teacher.
    """
    frozen, last = min(config.frozen_epochs, config.epochs), sum(t.epochs for t in config.taught_rounds)
    if last >= config.epochs:
        raise ConfigError(f"Expected taught_rounds of fewer than {config.epochs} epochs. Received: {last}")
    free = config.learning_rate * (config.fine_tune_factor if frozen else 1.0)
    listed = [
        Stage(frozen, config.learning_rate, fine_tuning=False),
        Stage(config.epochs - frozen - last, free),
        *(Stage(t.epochs, t.learning_rate or free, taught=t) for t in config.taught_rounds),
    ]
    planned = [stage for stage in listed if stage.epochs > 0]
    if not config.max_hours:
        return tuple(planned)
    ends = accumulate(stage.epochs for stage in planned)
    an_epoch_s = config.max_hours * 3600 / config.epochs
    return tuple(replace(s, end_s=an_epoch_s * end) for s, end in zip(planned, ends, strict=True))


def rate_at(stage: Stage, progress: float, warmup_epochs: float) -> float:
    """Compute the learning rate at ``progress`` (0 to 1) of a stage: linear up, then a cosine to zero."""
    warmup = min(warmup_epochs, stage.epochs / 2) / stage.epochs
    if progress < warmup:
        return stage.peak * (0.01 + 0.99 * progress / warmup)
    return stage.peak * 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - warmup) / (1 - warmup))))


class Schedule(keras.callbacks.Callback):
    """Sets the learning rate before each step, and ends a stage when its time is over.

    Progress is the larger of two shares: steps done, and time spent.
    """

    def __init__(self, stage: Stage, steps: int, warmup_epochs: float, state: RunState) -> None:
        super().__init__()
        self.stage, self.steps, self.warmup_epochs, self.state = stage, steps, warmup_epochs, state
        self.began_s = time.monotonic()

    def _progress(self, batch: int) -> float:
        by_steps = (self.state.epoch - self.state.stage_epoch + batch / self.steps) / self.stage.epochs
        if self.stage.end_s is None:
            return by_steps
        spent = self.state.seconds + time.monotonic() - self.began_s - self.state.stage_s
        return max(by_steps, spent / max(1.0, self.stage.end_s - self.state.stage_s))

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        self.began_s = time.monotonic()

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        self.model.optimizer.learning_rate = rate_at(self.stage, self._progress(batch), self.warmup_epochs)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        if self._progress(batch + 1) >= 1 and self.stage.end_s is not None:
            self.state.stage_over = True
            self.model.stop_training = True
