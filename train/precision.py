"""How this machine trains fastest: in bfloat16 or in float32, compiled or not, traced or not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import layers

TRIES = 5
CLEARLY_SLOWER = 1.5
"""On a graphics processor the small network of the trial takes about as long in both."""
_FACES, _SIDE_PX, _CHANNELS = 16, 24, 32


def training_policy(*, mixed: bool) -> str:
    """Name Keras' dtype policy to train with.

    Args:
        mixed: ``mixed_precision`` of the config: bfloat16, unless it is slow here.
    """
    return "mixed_bfloat16" if mixed and not bfloat16_is_slow() else "float32"


@contextmanager
def in_policy(policy: str) -> Iterator[None]:
    """Build layers with that dtype policy; afterwards the one before holds again."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def compile_just_in_time() -> bool | str:
    """Keras' ``jit_compile``: XLA makes TensorFlow's convolutions on a CPU several times slower."""
    return False if keras.backend.backend() == "tensorflow" else "auto"


def traced(function: Callable[..., Any], states: Sequence[keras.Variable]) -> Callable[..., Any]:
    """Have TensorFlow or JAX run ``function`` as one program; PyTorch runs it as it is.

    What the function reads from Python is read once for each shape of its arguments.

    Args:
        function: of tensors.
        states: what it reads and changes, such as the states of its random generators. JAX keeps no change.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, autograph=False)
    if backend == "jax":
        import jax

        @jax.jit
        def run(values: Sequence[Any], arguments: Sequence[Any]) -> Any:
            with keras.StatelessScope(state_mapping=list(zip(states, values, strict=True))):
                return function(*arguments)

        return lambda *arguments: run([state.value for state in states], arguments)
    return function


@cache
def bfloat16_is_slow() -> bool:
    """Time some steps of a small network in both, once a process.

    Graphics processors, and processors with bfloat16 of AVX-512 or AMX, are faster in it. On one without,
    TensorFlow's gradients of convolutions are not made for it, and a step takes twelve times as long.
    """
    return _seconds("mixed_bfloat16") > CLEARLY_SLOWER * _seconds("float32")


def _seconds(policy: str) -> float:
    """Seconds that a step takes: the best of a few, after one that builds the graph."""
    network = keras.Sequential(
        [
            keras.Input((_SIDE_PX, _SIDE_PX, _CHANNELS)),
            layers.Conv2D(_CHANNELS, 3, padding="same", dtype=policy),
            layers.Conv2D(_CHANNELS, 3, padding="same", dtype=policy),
            layers.GlobalAveragePooling2D(dtype="float32"),
        ]
    )
    network.compile("sgd", "mse", jit_compile=compile_just_in_time())
    images = np.zeros((_FACES, _SIDE_PX, _SIDE_PX, _CHANNELS), np.float32)
    targets = np.zeros((_FACES, _CHANNELS), np.float32)
    taken = []
    for _ in range(1 + TRIES):
        began_s = time.perf_counter()
        network.train_on_batch(images, targets)
        taken.append(time.perf_counter() - began_s)
    return min(taken[1:])
