"""Two heads on one network: what FER-2013's label would be, and what FER+'s voters would say.

A two-headed network answers ``(N, 2, 7)`` while it is trained. What ships answers ``(N, 7)``: a fixed mixture
of the two. Both hold the layers ``fer`` and ``ferplus``, so either head can be asked by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from emotion.labels import EMOTIONS
from emotion.metadata import HEAD_VIEWS
from train.errors import ModelFileError

HEADS = tuple(HEAD_VIEWS)
"""Names of the heads and of the layers with their shares; the order in ``(N, 2, 7)``."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """How the two heads are made one answer.

    Attributes:
        fer_share: of the ``fer`` head's shares, 0 to 1; the rest is the ``ferplus`` head's.
        temperatures: divisors of the logits of each head, in the order of ``HEADS``.
    """

    fer_share: float = 0.5
    temperatures: tuple[float, float] = (1.0, 1.0)


def has_heads(model: keras.Model) -> bool:
    """Whether the heads of ``model`` can be asked one by one."""
    return set(HEADS) <= {layer.name for layer in model.layers}


def is_two_headed(model: keras.Model) -> bool:
    """Whether ``model`` answers ``(N, 2, 7)``, as it does while it is trained."""
    return tuple(model.output_shape[1:]) == (len(HEADS), len(EMOTIONS))


def heads_model(model: keras.Model) -> keras.Model:
    """``model`` with the answer of both heads, ``(N, 2, 7)``, and no weight of its own.

    Raises:
        ModelFileError: it has no two heads.
    """
    rows = [layers.Reshape((1, len(EMOTIONS)), dtype="float32")(_output(model, head)) for head in HEADS]
    return keras.Model(model.input, layers.Concatenate(axis=1, dtype="float32")(rows), name="heads")


def view_model(model: keras.Model, fer_share: float) -> keras.Model:
    """``model`` with one answer, ``(N, 7)``: its heads mixed at ``fer_share``, at the temperatures they have.

    Raises:
        ModelFileError: it has no two heads.
    """
    return keras.Model(model.input, _mixed([_output(model, h) for h in HEADS], fer_share), name=model.name)


def mix(model: keras.Model, mixture: Mixture) -> keras.Model:
    """The model that ships: seven shares, temperatures and mixture inside.

    Args:
        model: a two-headed network; its layers are shared with the answer, its weights stay.
        mixture: what to make of its heads.

    Returns:
        ``(N, 48, 48, 1)`` grey 0 to 255 → ``(N, 7)`` shares.

    Raises:
        ModelFileError: it has no two heads.
    """
    _output(model, HEADS[0])
    shares = []
    for head, temperature in zip(HEADS, mixture.temperatures, strict=True):
        learned = model.get_layer(f"{head}_logits")
        cooled = layers.Dense(len(EMOTIONS), name=learned.name, dtype="float32")
        logits = cooled(learned.input)
        cooled.set_weights([weight / np.float32(temperature) for weight in learned.get_weights()])
        shares.append(layers.Softmax(name=head, dtype="float32")(logits))
    return keras.Model(model.input, _mixed(shares, mixture.fer_share), name=model.name)


def _output(model: keras.Model, head: str) -> keras.KerasTensor:
    if not has_heads(model):
        raise ModelFileError(f"Expected a network with the heads {', '.join(HEADS)}. Received: {model.name}")
    output: keras.KerasTensor = model.get_layer(head).output
    return output


def _mixed(shares: list[keras.KerasTensor], fer_share: float) -> keras.KerasTensor:
    parts = [
        layers.Rescaling(part, name=f"{head}_part", dtype="float32")(s)
        for head, part, s in zip(HEADS, (fer_share, 1 - fer_share), shares, strict=True)
    ]
    mixed: keras.KerasTensor = layers.Add(name="probabilities", dtype="float32")(parts)
    return mixed
