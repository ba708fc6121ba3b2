"""What goes between the app and the reader on a cluster: a small picture there, its readings back.

A picture is one JPEG of at most ``MOST_BYTES``. Ray carries what is smaller than 100 kB inside its messages
and keeps what is larger in its object store, which may be written to disk; so no picture is ever larger.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from emotion.errors import ClusterError, ImageError
from emotion.faces import BgrImage, check_frame
from emotion.types import EmotionScores, FaceBox, FaceReading, Problem

ROUTE: Final = "/read"
WITHIN_HEADER: Final = "X-Within-Ms"
"""For how many milliseconds the sender waits for the answer."""

LONG_SIDE_PX: Final = 640
MOST_BYTES: Final = 96_000
_QUALITIES: Final = (90, 75, 50, 20)
"""Tried in this order, until the picture is small enough; a camera's always is at the first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read from one picture.

    Attributes:
        model_version: name and version of the model that read it.
        readings: every face, in pixels of the picture that was sent.
    """

    model_version: str
    readings: tuple[FaceReading, ...]


def encode_picture(frame_bgr: BgrImage) -> tuple[bytes, float]:
    """The frame as a small JPEG, and how many of the frame's pixels one of its pixels spans.

    Args:
        frame_bgr: uint8 ``(H, W, 3)``.

    Raises:
        ImageError: not a colour picture, or one that does not get small enough.
    """
    frame = check_frame(frame_bgr)
    height, width = frame.shape[:2]
    span = max(1.0, max(height, width) / LONG_SIDE_PX)
    if span > 1:
        size = (max(1, round(width / span)), max(1, round(height / span)))
        frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
    for quality in _QUALITIES:
        done, picture = cv2.imencode(".jpg", frame, (cv2.IMWRITE_JPEG_QUALITY, quality))
        if done and len(picture) <= MOST_BYTES:
            return picture.tobytes(), span
    raise ImageError(f"Expected a picture of at most {MOST_BYTES} bytes as JPEG. Received: a larger one.")


def decode_picture(picture: bytes) -> BgrImage:
    """The picture as uint8 ``(H, W, 3)``.

    Raises:
        ImageError: it is no JPEG of at most ``MOST_BYTES`` and ``LONG_SIDE_PX``.
    """
    if not picture.startswith(b"\xff\xd8") or len(picture) > MOST_BYTES:
        raise ImageError(f"Expected a JPEG of at most {MOST_BYTES} bytes. Received: {len(picture)} bytes")
    frame = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    if frame is None or max(frame.shape) > LONG_SIDE_PX:
        raise ImageError(f"Expected a JPEG of at most {LONG_SIDE_PX} pixels a side.")
    return np.asarray(frame, np.uint8)


def encode_answer(answer: Answer) -> bytes:
    """As JSON."""
    faces = [
        {
            "box": [r.box.x_px, r.box.y_px, r.box.width_px, r.box.height_px, r.box.confidence],
            "scores": [float(p) for p in r.scores.probabilities],
            "quality": list(r.quality),
        }
        for r in answer.readings
    ]
    return json.dumps({"model": answer.model_version, "faces": faces}).encode()


def decode_answer(said: bytes) -> Answer:
    """From JSON; when a face was captured is not in it.

    Raises:
        ClusterError: it is no such answer.
    """
    try:
        told = json.loads(said)
        return Answer(str(told["model"]), tuple(_reading(face) for face in told["faces"]))
    except (ValueError, TypeError, KeyError) as error:
        raise ClusterError(f"Expected the readings of a picture. Received: {said[:80]!r}") from error


def _reading(face: dict[str, Any]) -> FaceReading:
    x, y, width, height, confidence = (float(v) for v in face["box"])
    scores = EmotionScores(np.array(face["scores"], np.float32))
    quality = tuple(Problem(name) for name in face["quality"])
    return FaceReading(FaceBox(x, y, width, height, confidence), scores, 0.0, quality)
