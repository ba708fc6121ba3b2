"""The weights of networks: written whole, begun with, averaged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from train.errors import RunError
from train.files import RUN_MODEL, written_whole
from train.heads import is_two_headed


def save_model(model: keras.Model, path: Path) -> None:
    """Write ``path`` whole or not at all."""
    with written_whole(path) as partial:
        model.save(partial)


def begin_with(model: keras.Model, starts: Sequence[Path], parts: Sequence[float] = ()) -> None:
    """Set the mean of the weights of ``starts``, weighted by ``parts`` (equal if left out).

    The mean of networks that were tuned from the same one is about as good as each, and its answers lie
    between theirs (Wortsman et al., "Model soups", 2022).
    """
    parts = parts or [1.0] * len(starts)
    mean: list[npt.NDArray[np.float32]] = []
    for start, part in zip(starts, parts, strict=True):
        try:
            weights = keras.models.load_model(start, compile=False).get_weights()
            if is_two_headed(model) and len(weights) + 2 == len(model.weights):
                # A network with one head: both heads begin with its weights.
                weights = [*weights, *weights[-2:]]
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
        parts: weight of each, above 0.
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
    begin_with(model, sources, parts)
    run.mkdir(parents=True, exist_ok=True)
    save_model(model, run / RUN_MODEL)
    return run / RUN_MODEL
