"""Temperature scaling on the part of Training that fit never saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion.classifier import calibrate as apply_temperature
from train.config import TrainConfig
from train.errors import DatasetError
from train.faceset import FaceSet, Votes, ferplus_majority, grouped_holdout
from train.metrics import (
    Labels,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
)
from train.predictors import Predictor


@dataclass(frozen=True, slots=True)
class Calibration:
    """A temperature, and what it changed on the faces it was fitted on.

    Attributes:
        temperature: divisor of the logits; above 1 makes the model less sure of itself.
        faces: how many faces it was fitted on.
        labels: ``fer`` or ``ferplus``: whose labels they were.
        error_before, error_after: expected calibration error, 15 bins.
        likelihood_before, likelihood_after: mean negative log-likelihood in nats.
    """

    temperature: float
    faces: int
    labels: str
    error_before: float
    error_after: float
    likelihood_before: float
    likelihood_after: float


def held_out_faces(faces: FaceSet, config: TrainConfig) -> FaceSet:
    """The duplicate-grouped part of Training that ``fit`` leaves out for ``config``.

    Raises:
        DatasetError: the set has no Training faces, or so few that none were held out.
    """
    training = faces.usage("Training")
    held = training.take(grouped_holdout(training, share=config.holdout, seed=config.seed))
    if len(held) == 0:
        raise DatasetError(
            f"Expected held-out faces, a share of {config.holdout} of {len(training)}. Received: none."
        )
    return held


def calibration_labels(
    held: FaceSet, votes: Votes | None, targets: str
) -> tuple[npt.NDArray[np.bool_], Labels, str]:
    """Which held-out faces to calibrate on and their labels: those that the config's targets stand for.

    Returns:
        A mask over ``held``, the labels of the faces it selects, and ``fer`` or ``ferplus``.

    Raises:
        DatasetError: FER+ votes are needed and none were given.
    """
    if targets != "ferplus":
        return np.ones(len(held), np.bool_), held.labels, "fer"
    if votes is None:
        raise DatasetError("Expected FER+ votes to calibrate a model trained on them. Received: none.")
    majority = ferplus_majority(held, votes)
    return majority >= 0, majority[majority >= 0], "ferplus"


def calibrate(
    predictor: Predictor,
    faces: FaceSet,
    config: TrainConfig,
    votes: Votes | None,
) -> Calibration:
    """Fit the temperature of ``predictor`` by likelihood.

    Raises:
        DatasetError: there are no held-out faces, or FER+ votes are needed and missing.
    """
    held = held_out_faces(faces, config)
    mask, labels, source = calibration_labels(held, votes, config.targets)
    shares = predictor.predict(held.images[mask])
    temperature = fit_temperature(shares, labels)
    after = apply_temperature(shares, temperature)
    return Calibration(
        temperature=temperature,
        faces=len(labels),
        labels=source,
        error_before=expected_calibration_error(shares, labels),
        error_after=expected_calibration_error(after, labels),
        likelihood_before=negative_log_likelihood(shares, labels),
        likelihood_after=negative_log_likelihood(after, labels),
    )
