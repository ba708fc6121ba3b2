"""One interface for all model files: faces in, shares out (.keras, .h5, .tflite, .onnx)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from emotion.labels import EMOTIONS, FACE_SIZE_PX
from train.errors import ModelFileError

FORMATS = (".keras", ".h5", ".tflite", ".onnx", ".npz")


class Predictor(Protocol):
    """Answers for a batch of faces."""

    def predict(self, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """uint8 ``(N, 48, 48, 1)`` → float32 ``(N, 7)`` shares, rows summing to 1.

        ``load_heads`` opens some that answer ``(N, 2, 7)``.
        """
        ...


class KerasPredictor:
    """A ``keras.Model`` in memory."""

    def __init__(self, model: Any, batch_size: int = 256) -> None:
        self.model, self.batch_size = model, batch_size

    def predict(self, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See ``Predictor``."""
        shares = self.model.predict(faces_gray.astype(np.float32), batch_size=self.batch_size, verbose=0)
        return np.asarray(shares, np.float32)


class LiteRTPredictor:
    """A ``.tflite`` file run by LiteRT in batches; handles quantised inputs and outputs."""

    def __init__(self, path: Path, batch_size: int = 64, threads: int | None = None) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self.batch_size, self._allocated = batch_size, 0

    def _run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        inputs = self.interpreter.get_input_details()[0]
        if len(batch) != self._allocated:
            self.interpreter.resize_tensor_input(inputs["index"], (len(batch), FACE_SIZE_PX, FACE_SIZE_PX, 1))
            self.interpreter.allocate_tensors()
            self._allocated = len(batch)
        outputs = self.interpreter.get_output_details()[0]
        if inputs["dtype"] != np.float32:
            scale, zero = inputs["quantization"]
            limits = np.iinfo(inputs["dtype"])
            batch = np.clip(np.round(batch / scale + zero), limits.min, limits.max).astype(inputs["dtype"])
        self.interpreter.set_tensor(inputs["index"], batch)
        self.interpreter.invoke()
        answer = self.interpreter.get_tensor(outputs["index"]).astype(np.float32)
        if outputs["dtype"] != np.float32:
            scale, zero = outputs["quantization"]
            answer = np.maximum((answer - zero) * scale, 1e-6)
            answer /= answer.sum(axis=1, keepdims=True)
        return answer

    def predict(self, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See ``Predictor``."""
        parts = [
            self._run(faces_gray[i : i + self.batch_size].astype(np.float32))
            for i in range(0, len(faces_gray), self.batch_size)
        ]
        return np.concatenate(parts) if parts else np.empty((0, len(EMOTIONS)), np.float32)


class OnnxPredictor:
    """A ``.onnx`` file run by ONNX Runtime on the CPU."""

    def __init__(self, path: Path, batch_size: int = 256) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.batch_size = batch_size

    def predict(self, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See ``Predictor``."""
        name = self.session.get_inputs()[0].name
        parts = [
            self.session.run(None, {name: faces_gray[i : i + self.batch_size].astype(np.float32)})[0]
            for i in range(0, len(faces_gray), self.batch_size)
        ]
        return np.concatenate(parts) if parts else np.empty((0, len(EMOTIONS)), np.float32)


def load_predictor(path: Path) -> Predictor:
    """Open a model file by its suffix, and check that it turns faces into seven shares.

    An unpublished network with two heads answers with the mean of its heads.

    Raises:
        ModelFileError: the file is missing or cannot be read, or its suffix or the shape of its answer is
            unknown.
    """
    if not path.is_file():
        raise ModelFileError(
            f"Expected a model file ending in one of {FORMATS}. Received: {path}, which is no file."
        )
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ModelFileError(f"Expected a model file ending in one of {FORMATS}. Received: {path}")
    predictor: Predictor
    try:
        if suffix == ".tflite":
            predictor = LiteRTPredictor(path)
        elif suffix == ".onnx":
            predictor = OnnxPredictor(path)
        elif suffix == ".npz":
            from train.baselines import load_baseline

            predictor = load_baseline(path)
        else:
            import keras

            from train.heads import is_two_headed, view_model

            model = keras.models.load_model(path, compile=False)
            predictor = KerasPredictor(view_model(model, 0.5) if is_two_headed(model) else model)
        answer = predictor.predict(np.zeros((2, FACE_SIZE_PX, FACE_SIZE_PX, 1), np.uint8))
    except Exception as error:
        # Four libraries, each with its own errors; all mean that the file cannot be used.
        raise ModelFileError(f"Expected a readable model file. Received: {path} ({error})") from error
    if answer.shape != (2, len(EMOTIONS)) or not np.allclose(answer.sum(axis=1), 1, atol=1e-2):
        raise ModelFileError(
            f"Expected {len(EMOTIONS)} shares for each of two faces. Received: {answer.shape} from {path}"
        )
    return predictor


def load_heads(path: Path) -> Predictor:
    """Open a model file to answer with both heads, ``(N, 2, 7)``, or with one if it has one.

    Raises:
        ModelFileError: see ``load_predictor``.
    """
    beside = path.with_suffix(".keras")
    if not beside.is_file():
        return load_predictor(path)
    import keras

    from train.heads import has_heads, heads_model

    try:
        model = keras.models.load_model(beside, compile=False)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise ModelFileError(f"Expected a readable model file. Received: {beside} ({error})") from error
    return KerasPredictor(heads_model(model)) if has_heads(model) else load_predictor(path)


def load_view(path: Path, fer_share: float) -> Predictor:
    """Open the ``.keras`` file at or beside ``path`` as one of its views.

    Raises:
        ModelFileError: there is no such file, or it does not have two heads.
    """
    import keras

    from train.heads import view_model

    beside = path.with_suffix(".keras")
    try:
        model = keras.models.load_model(beside, compile=False)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise ModelFileError(
            f"Expected a .keras file with two heads. Received: {beside} ({error})"
        ) from error
    return KerasPredictor(view_model(model, fer_share))
