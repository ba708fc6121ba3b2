"""Reads expressions: 48×48 grey faces to seven calibrated probabilities.

The app runs the LiteRT export. ``emotion.export`` makes it from the Keras model, and ``emotion.installed``
finds and loads what is installed.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from emotion.errors import ModelError, ModelNotFoundError
from emotion.labels import EMOTIONS
from emotion.metadata import INPUT_SHAPE

SMALLEST_PROBABILITY = 1e-7


class Classifier(Protocol):
    """Anything that reads expressions from faces."""

    @property
    def model_version(self) -> str:
        """Name and version of the model, as decisions record it."""
        ...

    def predict(self, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """uint8 ``(N, 48, 48, 1)`` → calibrated probabilities float32 ``(N, 7)``, rows sum to 1."""
        ...


def calibrate(probabilities: npt.NDArray[np.floating[Any]], temperature: float) -> npt.NDArray[np.float32]:
    """Temperature scaling of log-probabilities: ``p ** (1 / T)``, normalised.

    For a softmax this is the same as dividing the logits by ``T``. A temperature above 1 makes the
    answers less confident, one below 1 more confident; the order of the classes never changes.

    Source: C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural
    Networks", ICML 2017, section 4.2.

    Args:
        probabilities: ``(N, 7)``, each at least 0.
        temperature: T > 0.

    Returns:
        float32 ``(N, 7)``, rows sum to 1.

    Raises:
        ValueError: the temperature is not a positive number.
        ModelError: a probability is not finite, so the weights are broken.
    """
    if not (np.isfinite(temperature) and temperature > 0):
        raise ValueError(f"Expected a temperature > 0. Received: {temperature!r}")
    given = np.asarray(probabilities, np.float64)
    if not np.isfinite(given).all():
        raise ModelError(f"Expected a model that answers with numbers. Received: {given.tolist()}")
    logs = np.log(np.maximum(given, SMALLEST_PROBABILITY)) / temperature
    shares = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return (shares / shares.sum(axis=-1, keepdims=True)).astype(np.float32)


def check_faces(faces_gray: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """The faces as float32 0 to 255.

    Raises:
        ValueError: not uint8 ``(N, 48, 48, 1)``.
    """
    faces = np.asarray(faces_gray)
    if faces.ndim != 4 or faces.shape[1:] != INPUT_SHAPE or faces.dtype != np.uint8:
        raise ValueError(f"Expected uint8 faces (N, 48, 48, 1). Received: {faces.dtype} {faces.shape}")
    return faces.astype(np.float32)


def litert_is_installed() -> bool:
    """Whether this machine can run ``LiteRTClassifier``; LiteRT is not available for every platform."""
    try:
        import ai_edge_litert.interpreter  # noqa: F401
    except ImportError:
        return False
    return True


_quieting = threading.Lock()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Takes LiteRT's notes ("INFO: Created …") off stderr, where they look like faults; all else stays there.

    They are written past Python, and no setting of LiteRT's turns them off.
    """
    with _quieting, contextlib.ExitStack() as stack:
        try:
            stderr = os.dup(2)
        except OSError:  # a process without a stderr
            yield
            return
        stack.callback(os.close, stderr)
        heard = stack.enter_context(tempfile.TemporaryFile())
        os.dup2(heard.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            heard.seek(0)
            os.write(2, b"".join(line for line in heard if not line.startswith(b"INFO: ")))


class LiteRTClassifier:
    """A LiteRT model on one thread; one instance belongs to one thread.

    Args:
        model: path of a ``.tflite`` file, or its content.
        model_version: what ``model_version`` says.
        temperature: see ``calibrate``.

    Raises:
        ModelNotFoundError: no such file.
        ModelError: LiteRT cannot load it, or its input or output differs from this project's.
        ImportError: LiteRT is not installed.
    """

    def __init__(self, model: Path | bytes, *, model_version: str, temperature: float) -> None:
        from ai_edge_litert.interpreter import Interpreter

        if isinstance(model, Path):
            if not model.is_file():
                raise ModelNotFoundError(f"Expected a .tflite file. Received: {model}, which does not exist.")
            what, content = str(model), model.read_bytes()
        else:
            what, content = "a model in memory", model
        try:
            with _quiet():
                interpreter = Interpreter(model_content=content, num_threads=1)
                interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"Expected a model that LiteRT can run. Received: {what} ({error})") from error
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        shapes = [tuple(int(v) for v in d["shape"][1:]) for d in (*inputs, *outputs)]
        if shapes != [INPUT_SHAPE, (len(EMOTIONS),)] or inputs[0]["dtype"] != np.float32:
            raise ModelError(
                f"Expected a model from float32 {INPUT_SHAPE} to ({len(EMOTIONS)},). "
                f"Received: {what} with {shapes}"
            )
        self._interpreter = interpreter
        self._input, self._output = int(inputs[0]["index"]), int(outputs[0]["index"])
        self._batch = int(inputs[0]["shape"][0])
        self._temperature = temperature
        self._version = model_version

    @property
    def model_version(self) -> str:
        """Name and version of the model, as decisions record it."""
        return self._version

    def predict(self, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """uint8 ``(N, 48, 48, 1)`` → calibrated probabilities float32 ``(N, 7)``, rows sum to 1.

        Raises:
            ValueError: not such an array.
        """
        faces = check_faces(faces_gray)
        if len(faces) == 0:
            return np.empty((0, len(EMOTIONS)), np.float32)
        if len(faces) != self._batch:
            self._interpreter.resize_tensor_input(self._input, [len(faces), *INPUT_SHAPE])
            self._interpreter.allocate_tensors()
            self._batch = len(faces)
        self._interpreter.set_tensor(self._input, faces)
        self._interpreter.invoke()
        return calibrate(self._interpreter.get_tensor(self._output), self._temperature)
