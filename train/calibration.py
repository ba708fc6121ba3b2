"""Temperature scaling on the held-out part of Training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion.classifier import calibrate as apply_temperature
from emotion.labels import EMOTIONS
from emotion.metadata import HEAD_VIEWS
from train.config import HELD_OUT, TrainConfig
from train.errors import DatasetError
from train.faceset import FaceSet, Votes, ferplus_majority, grouped_holdout
from train.metrics import (
    TINY,
    Labels,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
)
from train.predictors import Predictor


@dataclass(frozen=True, slots=True)
class Calibration:
    """A temperature, and its effect on the faces that it was fitted on.

    Attributes:
        temperature: divisor of the logits; above 1 makes the model less sure of itself.
        faces: number of faces that it was fitted on.
        labels: whose labels they were: ``fer``, ``ferplus``, or ``both`` if each face counts for both.
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
    """The part of Training that ``fit`` holds out for ``config``; copies stay together.

    Raises:
        DatasetError: the set has no Training faces, or too few to hold any out.
    """
    training = faces.usage("Training")
    held = training.take(grouped_holdout(training, share=config.holdout, seed=config.seed))
    if len(held) == 0:
        raise DatasetError(
            f"Expected held-out faces, a share of {config.holdout} of {len(training)}. Received: none."
        )
    return held


def faces_to_judge(faces: FaceSet, usage: str) -> FaceSet:
    """The faces of a split; ``HELD_OUT`` is what ``fit`` holds out by the default config.

    Raises:
        DatasetError: there are none.
    """
    from train.configs.attune import get_config

    return held_out_faces(faces, get_config()) if usage == HELD_OUT else faces.usage(usage)


def calibration_labels(
    held: FaceSet, votes: Votes | None, targets: str
) -> tuple[npt.NDArray[np.int64], Labels, str]:
    """Choose the held-out faces to calibrate on, with the labels that the config's targets stand for.

    Returns:
        Positions in ``held``, their labels, and ``fer``, ``ferplus`` or ``both``. With ``both`` each face
        is there twice, once with FER-2013's label and once with FER+'s majority.

    Raises:
        DatasetError: FER+ votes are needed but missing.
    """
    every = np.arange(len(held))
    if targets not in ("ferplus", "both"):
        return every, held.labels, "fer"
    if votes is None:
        raise DatasetError("Expected FER+ votes to calibrate a model trained on them. Received: none.")
    majority = ferplus_majority(held, votes)
    known = np.flatnonzero(majority >= 0)
    if targets == "ferplus":
        return known, majority[known], "ferplus"
    return np.concatenate([every, known]), np.concatenate([held.labels, majority[known]]), "both"


FER_SHARE_STEPS = 20
MIXTURE_BALANCE = 0.5
"""0 counts every face alike, 1 every expression."""


@dataclass(frozen=True, slots=True)
class MixtureChoice:
    """A mixture of two heads, and how it was chosen.

    Attributes:
        fer_share, temperatures: of ``train.heads.Mixture``.
        faces: number of held-out faces that it was chosen on.
        likelihoods: weighted mean of the negative log-likelihood (nats) of both label sets, by share tried.
    """

    fer_share: float
    temperatures: tuple[float, float]
    faces: int
    likelihoods: dict[str, float]


def choose_mixture(heads: npt.NDArray[np.float32], held: FaceSet, votes: Votes | None) -> MixtureChoice:
    """Fit each head's temperature by its own labels, then choose the mixture that makes both sets likeliest.

    A face of a rare expression weighs more: the number of faces with its label to the power of
    ``-MIXTURE_BALANCE``. A viewer's expressions are not spread as the data set's, and where happy and neutral
    faces decide, the rare ones lose.

    Args:
        heads: float32 ``(N, 2, 7)``, both heads' answers to ``held``.
        held: the held-out faces.
        votes: FER+ votes by file name.

    Raises:
        DatasetError: there are no votes.
    """
    cooled, temperatures = [], []
    for head, name in enumerate(HEAD_VIEWS):
        rows, labels, _ = calibration_labels(held, votes, name)
        temperatures.append(fit_temperature(heads[rows, head], labels))
        cooled.append(apply_temperature(heads[:, head], temperatures[-1]))
    rows, labels, _ = calibration_labels(held, votes, "both")
    weights = np.bincount(labels, minlength=len(EMOTIONS))[labels] ** -MIXTURE_BALANCE
    likelihoods = {}
    for step in range(FER_SHARE_STEPS + 1):
        share = step / FER_SHARE_STEPS
        mixed = share * cooled[0] + (1 - share) * cooled[1]
        of_face = -np.log(np.maximum(mixed[rows, labels], TINY))
        likelihoods[f"{share:.2f}"] = round(float(np.average(of_face, weights=weights)), 5)
    best = min(likelihoods, key=lambda share: likelihoods[share])
    return MixtureChoice(float(best), (temperatures[0], temperatures[1]), len(held), likelihoods)


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
    rows, labels, source = calibration_labels(held, votes, config.targets)
    shares = predictor.predict(held.images)[rows]
    temperature = fit_temperature(shares, labels)
    after = apply_temperature(shares, temperature)
    return Calibration(
        temperature=temperature,
        faces=len(set(rows.tolist())),
        labels=source,
        error_before=expected_calibration_error(shares, labels),
        error_after=expected_calibration_error(after, labels),
        likelihood_before=negative_log_likelihood(shares, labels),
        likelihood_after=negative_log_likelihood(after, labels),
    )
