"""Two heads on one network: what FER-2013's label would be, and what FER+'s voters would say.

A network with two heads answers ``(N, 2, 7)`` during training. The published model answers ``(N, 7)``: a
fixed mixture of the two. Both have the layers ``fer`` and ``ferplus``, so each head can also answer alone.
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
    """How to combine the two heads into one answer.

    Attributes:
        fer_share: weight of the ``fer`` head, 0 to 1; the ``ferplus`` head has the rest.
        temperatures: divisors of the logits of each head, in the order of ``HEADS``.
    """

    fer_share: float = 0.5
    temperatures: tuple[float, float] = (1.0, 1.0)


def has_heads(model: keras.Model) -> bool:
    """Whether each head of ``model`` can answer alone."""
    return set(HEADS) <= {layer.name for layer in model.layers}


def is_two_headed(model: keras.Model) -> bool:
    """Whether ``model`` answers ``(N, 2, 7)``, as during training."""
    return tuple(model.output_shape[1:]) == (len(HEADS), len(EMOTIONS))


def heads_model(model: keras.Model) -> keras.Model:
    """Make a model that answers with both heads, ``(N, 2, 7)``, and shares the weights of ``model``.

    Raises:
        ModelFileError: it has no two heads.
    """
    rows = [layers.Reshape((1, len(EMOTIONS)), dtype="float32")(_output(model, head)) for head in HEADS]
    return keras.Model(model.input, layers.Concatenate(axis=1, dtype="float32")(rows), name="heads")


def view_model(model: keras.Model, fer_share: float) -> keras.Model:
    """Make a model with one answer, ``(N, 7)``: heads mixed at ``fer_share``, at their own temperatures.

    Raises:
        ModelFileError: it has no two heads.
    """
    return keras.Model(model.input, _mixed([_output(model, h) for h in HEADS], fer_share), name=model.name)


def mix(model: keras.Model, mixture: Mixture) -> keras.Model:
    """Build the published model: it answers seven shares, with temperatures and mixture inside.

    Args:
        model: a network with two heads; the result shares its layers and weights.
        mixture: how to combine the heads.

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
