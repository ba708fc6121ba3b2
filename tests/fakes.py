"""Every fake of the test suite: small classes that behave, in place of mocks that are told what to say.

One section a package. A fake keeps the signature of what it stands in for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from emotion.analysis import FrameAnalyzer
from emotion.cluster.wire import Answer
from emotion.faces import DetectedFace
from emotion.labels import Emotion
from emotion.types import EmotionScores, FaceBox, FaceReading, Problem

# --- emotion -----------------------------------------------------------------------------------------


def a_face(
    x_px: float = 100, y_px: float = 80, side_px: float = 120, confidence: float = 0.9
) -> DetectedFace:
    """An upright face whose box is a square; landmarks where they usually are."""
    shares = np.array([(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)])
    return DetectedFace(
        FaceBox(x_px, y_px, side_px, side_px, confidence), shares * side_px + np.array((x_px, y_px))
    )


def a_reading(
    emotion: Emotion = Emotion.HAPPY,
    probability: float = 0.9,
    *,
    at_s: float = 0.0,
    side_px: float = 120,
    quality: tuple[Problem, ...] = (),
) -> FaceReading:
    """One face that shows ``emotion``."""
    box = FaceBox(100, 80, side_px, side_px, 0.9)
    return FaceReading(box, EmotionScores.certain(emotion, probability), at_s, quality)


class FakeDetector:
    """Finds what it was given: one tuple of faces a frame, the last one again at the end."""

    def __init__(self, *frames: Sequence[DetectedFace]) -> None:
        self.frames = [tuple(f) for f in frames] or [()]
        self.calls = 0

    def detect(self, frame_bgr: np.ndarray) -> tuple[DetectedFace, ...]:
        faces = self.frames[min(self.calls, len(self.frames) - 1)]
        self.calls += 1
        return faces


def no_problems(
    frame_bgr: np.ndarray, faces: Sequence[DetectedFace], crops: np.ndarray
) -> list[tuple[Problem, ...]]:
    """Finds nothing wrong with the picture of any face: the frames of tests are mostly blank."""
    return [() for _ in faces]


class FakeClassifier:
    """Reads the same expression from every face, and keeps the batches it was handed."""

    model_version = "fake@1"

    def __init__(self, emotion: Emotion = Emotion.HAPPY, probability: float = 0.9) -> None:
        self.row = EmotionScores.certain(emotion, probability).probabilities
        self.batches: list[np.ndarray] = []

    def predict(self, faces_gray: np.ndarray) -> np.ndarray:
        self.batches.append(faces_gray)
        return np.repeat(self.row[None], len(faces_gray), axis=0)


class FakeAnalyzer:
    """An analyzer that answers from a script, waits at a gate, and says when it is done with a frame.

    Args:
        script: what to answer a frame: readings, or an exception to raise; the last one again at the end.
    """

    model_version = "fake@1"

    def __init__(self, *script: Iterable[FaceReading] | Exception) -> None:
        self.script = list(script) or [()]
        self.seen: list[np.ndarray] = []
        self.threads: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)

    def analyze(self, frame_bgr: np.ndarray, at_s: float = 0.0) -> tuple[FaceReading, ...]:
        self.threads.add(threading.get_ident())
        answer = self.script[min(len(self.seen), len(self.script) - 1)]
        self.seen.append(frame_bgr)
        self.entered.release()
        self.gate.wait(30)
        if isinstance(answer, Exception):
            raise answer
        return tuple(answer)


def fake_frame_analyzer(emotion: Emotion = Emotion.HAPPY) -> Callable[[], FrameAnalyzer]:
    """A factory of real analyzers around one face that always shows ``emotion``."""
    return lambda: FrameAnalyzer(FakeDetector([a_face()]), FakeClassifier(emotion), judge=no_problems)


class FakeCluster:
    """A way to a cluster that answers from a script and waits at a gate; the last entry again at the end.

    Args:
        script: what to answer a picture: an answer, or an exception to raise.
    """

    def __init__(self, *script: Answer | Exception) -> None:
        self.script = list(script) or [Answer("fake@1", ())]
        self.seen: list[bytes] = []
        self.closed = 0
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)

    def read(self, picture: bytes, within_s: float) -> Answer:
        answer = self.script[min(len(self.seen), len(self.script) - 1)]
        self.seen.append(picture)
        self.entered.release()
        self.gate.wait(30)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.closed += 1


# --- content -----------------------------------------------------------------------------------------


# --- ui ----------------------------------------------------------------------------------------------


class BoxesAt:
    """Finds faces where it was told they are, with what it was told they show; all of one quality."""

    model_version = "fake@1"

    def __init__(self, *found: tuple[FaceBox, EmotionScores], quality: tuple[Problem, ...] = ()) -> None:
        self._found = found
        self._quality = quality
        self.frames: list[tuple[int, ...]] = []

    def analyze(self, frame_bgr: np.ndarray, at_s: float = 0.0) -> tuple[FaceReading, ...]:
        self.frames.append(frame_bgr.shape)
        return tuple(FaceReading(box, scores, at_s, self._quality) for box, scores in self._found)


# --- train -------------------------------------------------------------------------------------------
