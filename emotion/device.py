"""What reads faces in the viewer's browser: both networks as ONNX, and every number that goes with them.

The browser's code (``ui/live/device/``) follows ``emotion.faces``, ``emotion.crops`` and
``emotion.quality`` step by step. Its numbers come from here, so none is typed twice. The classifier's weights
travel in 8 and 16 bits, so less is fetched; ``docs/adr/0015-reading-on-the-device.md`` says what that costs.

``python -m emotion.device MODEL FILE`` writes the classifier. It is a process of its own because it imports
TensorFlow, which a server should not hold.
"""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from emotion.classifier import SMALLEST_PROBABILITY
from emotion.crops import MOST_TIMES, CropOptions
from emotion.errors import DetectorError, ModelError
from emotion.export import keras_predict, load_keras, smooth_noise, write_onnx
from emotion.faces import YuNetDetector
from emotion.installed import find_model
from emotion.labels import EMOTIONS, FACE_SIZE_PX
from emotion.metadata import KERAS_FILE, ModelMetadata, file_sha256
from emotion.quality import RULES
from emotion.yunet import MOST_CANDIDATES, STRIDES, free_size_network, yunet_file
from whole_files import write_whole

ALLOWED_DIFFERENCE: Final = 5e-3
"""Of a probability, before temperature, through weights in fewer bits."""
FLOAT16_FROM: Final = 256
"""Weights of a layer from which on it travels as float16. Fewer (biases) stay as they are."""
LARGEST_NUMBERS: Final = {500_000: 123, 30_000: 390}
"""From so many weights on a convolution travels as whole numbers up to this: in 8 and in 9.6 bits."""
EXPORT_VERSION: Final = 4
"""Goes up when this file makes something else of the same model."""
PROJECT: Final = Path(__file__).resolve().parent.parent


def numbers(model: str | Path | None = None) -> dict[str, Any]:
    """Everything that the browser's reader must know, by the names that it has in Python.

    Args:
        model: see ``emotion.installed.find_model``.

    Raises:
        ModelError: see there.
        DetectorError: the detector's file is missing.
    """
    found = find_model(model)
    metadata = ModelMetadata.load(found if found.is_dir() else found.parent)
    detector = YuNetDetector()
    return {
        "labels": [emotion.value for emotion in EMOTIONS],
        "model_version": f"{metadata.name}@{metadata.version}",
        "temperature": metadata.temperature,
        "smallest_probability": SMALLEST_PROBABILITY,
        "detector": {
            "width_px": detector.widths_px[0],
            "min_confidence": detector.min_confidence,
            "min_face_px": detector.min_face_px,
            "min_face_searched_px": detector.min_face_searched_px,
            "overlap": detector.overlap,
            "max_faces": detector.max_faces,
            "max_enlargement": detector.MAX_ENLARGEMENT,
            "strides": list(STRIDES),
            "most_candidates": MOST_CANDIDATES,
        },
        "crop": {
            **dataclasses.asdict(CropOptions()),
            "face_size_px": FACE_SIZE_PX,
            "most_times": MOST_TIMES,
        },
        "quality": dict(RULES),
    }


def detector_onnx() -> bytes:
    """YuNet for pictures of any size.

    Raises:
        DetectorError: its file is missing or broken.
    """
    path = yunet_file()
    try:
        return free_size_network(path)
    except Exception as error:  # protobuf's and the file system's have no common base
        raise DetectorError(f"Expected a readable face detector. Received: {path} ({error})") from error


def classifier_onnx(folder: Path, model: str | Path | None = None) -> Path:
    """The classifier for the browser, exported once into ``folder``.

    The first time this takes some seconds, in a process of its own.

    Args:
        folder: keeps the export; made where it is missing.
        model: see ``emotion.installed.find_model``.

    Raises:
        ModelError: there is no such model, or it cannot be exported.
        OSError: the folder cannot be written.
    """
    found = find_model(model)
    keras_path = found / KERAS_FILE if found.is_dir() else found.with_suffix(".keras")
    if not keras_path.is_file():
        raise ModelError(f"Expected a .keras file to export for browsers. Received: {found}, without one.")
    path = folder / f"classifier-{file_sha256(keras_path)[:16]}-{EXPORT_VERSION}.onnx"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "emotion.device", str(keras_path), str(path)],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        if not path.is_file():
            raise ModelError(
                f"Expected {keras_path} to be exported for browsers. "
                f"Received: {done.stderr.strip().splitlines()[-1:] or done.returncode}"
            )
    return path


def export_classifier(keras_path: Path, path: Path) -> float:
    """Writes a ``.keras`` file as ONNX with weights in few bits, and checks it on smooth pictures.

    Returns:
        The largest difference in any probability, before temperature.

    Raises:
        ModelError: it cannot be read or converted, or the export answers differently.
    """
    import onnx

    model = load_keras(keras_path)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "classifier.onnx"
        try:
            write_onnx(model, whole)
        except Exception as error:  # the converter's own types are in no documentation
            raise ModelError(f"Expected a model for ONNX. Received: {keras_path} ({error})") from error
        content = pack_weights(onnx.load(whole))
    faces = smooth_noise(16)
    difference = float(np.abs(answers(content, faces) - keras_predict(model, faces)).max())
    if not difference <= ALLOWED_DIFFERENCE:
        raise ModelError(
            f"Expected an export within {ALLOWED_DIFFERENCE} of {keras_path}. "
            f"Received: a difference of {difference:.2g}"
        )
    write_whole(path, content)
    return difference


def pack_weights(network: Any) -> bytes:
    """An ONNX network whose weights travel in few bits, and are float32 again once it is loaded.

    The largest convolutions are whole numbers of 8 to 10 bits with a scale for each output channel, the
    others float16. The lower 8 bits and the upper ones lie apart: Brotli makes one or two bits of the latter.
    A runtime widens all of them once, because they depend on no input.
    """
    from onnx import TensorProto, helper, numpy_helper

    added, nodes = [numpy_helper.from_array(np.float32(256), "upper_bits_count")], []

    def widened(array: npt.NDArray[Any], name: str) -> str:
        added.append(numpy_helper.from_array(array, f"{name}_packed"))
        nodes.append(helper.make_node("Cast", [f"{name}_packed"], [name], to=TensorProto.FLOAT))
        return name

    kept = []
    for weight in network.graph.initializer:
        values, name = numpy_helper.to_array(weight), weight.name
        largest = next((most for size, most in LARGEST_NUMBERS.items() if values.size >= size), None)
        if values.dtype != np.float32 or values.size < FLOAT16_FROM:
            kept.append(weight)
        elif values.ndim == 4 and largest:
            whole, scale = to_whole_numbers(values, largest)
            lower = widened((whole & 255).astype(np.uint8), f"{name}_lower")
            upper = widened((whole >> 8).astype(np.int8), f"{name}_upper")
            added.append(numpy_helper.from_array(scale, f"{name}_scale"))
            nodes += [
                helper.make_node("Mul", [upper, "upper_bits_count"], [f"{name}_upper_part"]),
                helper.make_node("Add", [lower, f"{name}_upper_part"], [f"{name}_whole"]),
                helper.make_node("Mul", [f"{name}_whole", f"{name}_scale"], [name]),
            ]
        else:
            widened(values.astype(np.float16), name)
    nodes += network.graph.node
    del network.graph.initializer[:], network.graph.node[:]
    network.graph.initializer.extend([*kept, *added])
    network.graph.node.extend(nodes)
    return bytes(network.SerializeToString())


def to_whole_numbers(
    kernels: npt.NDArray[np.float32], largest: int
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.float32]]:
    """Kernels as whole numbers, rounded so that the errors of each kernel nearly add up to zero.

    What a kernel is multiplied with has been through a ReLU: it is never negative, so errors that add up
    would shift the channel.

    Args:
        kernels: ``(O, I, H, W)``.
        largest: of the numbers, which go from ``-largest`` to ``largest``.

    Returns:
        The numbers in the shape of ``kernels``, and the scale of each kernel, ``(O, 1, 1, 1)``.
    """
    most = np.abs(kernels).max(axis=(1, 2, 3), keepdims=True)
    scale = np.where(most > 0, most / largest, 1).astype(np.float32)
    exact = (kernels / scale).reshape(len(kernels), -1)
    whole = np.round(exact)
    errors = exact - whole
    surplus = np.round(errors.sum(axis=1, keepdims=True))
    rank = errors.argsort(axis=1).argsort(axis=1)
    whole += rank >= rank.shape[1] - surplus
    whole -= rank < -surplus
    return np.clip(whole, -largest, largest).astype(np.int16).reshape(kernels.shape), scale


def answers(content: bytes, faces_gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """An exported classifier's answer to uint8 ``(N, 48, 48, 1)``: float32 ``(N, 7)``, no temperature."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    given = {session.get_inputs()[0].name: faces_gray.astype(np.float32)}
    return np.asarray(session.run(None, given)[0], np.float32)


if __name__ == "__main__":
    export_classifier(Path(sys.argv[1]), Path(sys.argv[2]))
