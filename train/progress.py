"""Shows how a run is going: a bar, ``log.csv``, and TensorBoard files (without TensorFlow)."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import keras
from tqdm import tqdm

from train.files import written_whole

LOG_FILE = "log.csv"
LOG_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")


class RunLog:
    """``log.csv`` and ``tensorboard/`` of a run.

    Args:
        run: the run's folder.
        epoch: number of finished epochs; drops rows of later ones, which a killed run leaves.
    """

    def __init__(self, run: Path, epoch: int) -> None:
        from tensorboardX import SummaryWriter

        self.path = run / LOG_FILE
        self.rows = [row for row in read_log(self.path) if row["epoch"] <= epoch]
        self.board = SummaryWriter(str(run / "tensorboard"), purge_step=epoch + 1 if epoch else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.board.close()

    def add(self, row: dict[str, float]) -> None:
        """Add one epoch's figures."""
        self.rows.append(row)
        with written_whole(self.path) as partial, partial.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, LOG_COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        for key, value in row.items():
            if key != "epoch":
                self.board.add_scalar(key, value, int(row["epoch"]))
        self.board.flush()


def read_log(path: Path) -> list[dict[str, float]]:
    """Read the rows of a ``log.csv``; none if there is no such file."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as handle:
        return [
            {key: float(value) for key, value in row.items() if key in LOG_COLUMNS and value}
            for row in csv.DictReader(handle)
        ]


class ProgressBar(keras.callbacks.Callback):
    """A bar for each epoch, if standard error is a terminal."""

    def __init__(self, epochs: int, steps: int) -> None:
        super().__init__()
        self.epochs, self.steps = epochs, steps
        self.bar: Any = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        self.bar = tqdm(
            total=self.steps, desc=f"epoch {epoch + 1}/{self.epochs}", unit="batch", leave=False, disable=None
        )

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        figures = logs or {}
        self.bar.set_postfix(
            {k: f"{figures[k]:.3f}" for k in ("loss", "accuracy") if k in figures}, refresh=False
        )
        self.bar.update()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        self.bar.close()

    def close(self) -> None:
        """Remove the bar when an epoch ends early."""
        if self.bar is not None:
            self.bar.close()
