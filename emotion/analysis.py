"""Reads one frame: one reading for each face, and which detections of a live stream are accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from emotion.classifier import Classifier
from emotion.crops import CropOptions, crop_faces
from emotion.faces import (
    BgrImage,
    CarefulDetector,
    DetectedFace,
    FaceDetector,
    intersection_over_union,
)
from emotion.metadata import INPUT_SHAPE
from emotion.quality import Judge, judge
from emotion.types import EmotionScores, FaceBox, FaceReading


@dataclass(frozen=True, slots=True)
class PersistenceOptions:
    """When a detection in a live stream is accepted.

    Attributes:
        min_frames: how many analysed frames in a row must show the face.
        max_gap_s: a detection after a longer gap is a new face.
        sparse_after_s: frames further apart than this cannot confirm each other, so detections after such a
            pause are accepted at once.
        min_overlap: intersection over union with the previous detection from which it is the same face.
        first_is_believed: detections in the very first frame are accepted at once. A clip may begin in the
            middle of a scene; a camera does not.
    """

    min_frames: int = 2
    max_gap_s: float = 0.5
    sparse_after_s: float = 0.26
    min_overlap: float = 0.2
    first_is_believed: bool = False


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One face followed over frames: where it was last, when, and in how many frames it was found."""

    box: FaceBox
    seen_at_s: float
    frames: int


class Boxed(Protocol):
    """A face that has a box: a detection or a reading."""

    @property
    def box(self) -> FaceBox:
        """Where it is."""
        ...


Face = TypeVar("Face", bound=Boxed)


def follow(
    tracks: Sequence[FaceTrack],
    faces: Sequence[Face],
    at_s: float,
    options: PersistenceOptions,
    pause_s: float = 0.0,
) -> tuple[tuple[FaceTrack, ...], tuple[Face, ...]]:
    """Holds back detections that do not last.

    Args:
        tracks: as the previous frame left them.
        faces: detections in this frame.
        at_s: the frame's time.
        options: when to accept a detection.
        pause_s: how long ago the previous frame was, whatever it showed.

    Returns:
        The tracks for the next frame, and the accepted faces in the given order.
    """
    if pause_s > options.sparse_after_s:
        return tuple(FaceTrack(f.box, at_s, options.min_frames) for f in faces), tuple(faces)
    # At a low rate a face may be missed in one frame too.
    max_gap_s = max(options.max_gap_s, 2.5 * pause_s)
    free = [t for t in tracks if 0 <= at_s - t.seen_at_s <= max_gap_s]
    kept, believed = [], []
    for face in faces:
        overlaps = [_overlap(face.box, t.box) for t in free]
        best = max(range(len(free)), key=overlaps.__getitem__, default=None)
        if best is not None and overlaps[best] >= options.min_overlap:
            before = free.pop(best)
            track = FaceTrack(face.box, at_s, before.frames + 1)
        else:
            track = FaceTrack(face.box, at_s, 1)
        kept.append(track)
        if track.frames >= options.min_frames:
            believed.append(face)
    # An accepted face that this frame missed may come back within the gap, and is then accepted at once.
    kept.extend(t for t in free if t.frames >= options.min_frames)
    return tuple(kept), tuple(believed)


def _overlap(a: FaceBox, b: FaceBox) -> float:
    return intersection_over_union(
        (a.x_px, a.y_px, a.width_px, a.height_px), (b.x_px, b.y_px, b.width_px, b.height_px)
    )


class Follower:
    """Holds back the detections of one stream that do not last, frame by frame (see ``follow``).

    Args:
        options: when a detection is accepted.
    """

    def __init__(self, options: PersistenceOptions) -> None:
        self.options = options
        self._tracks: tuple[FaceTrack, ...] | None = None
        self._last_at_s: float | None = None

    def believe(self, faces: Sequence[Face], at_s: float) -> tuple[Face, ...]:
        """The accepted faces of the next frame, in the given order.

        Args:
            faces: those that were found in it.
            at_s: when it was captured, monotonic seconds.
        """
        if self._tracks is None and self.options.first_is_believed:
            self._tracks = tuple(FaceTrack(f.box, at_s, self.options.min_frames) for f in faces)
        pause_s = 0.0 if self._last_at_s is None else at_s - self._last_at_s
        self._tracks, believed = follow(self._tracks or (), faces, at_s, self.options, pause_s)
        self._last_at_s = at_s
        return believed


class FrameAnalyzer:
    """Detector, persistence, crops and classifier, wired together; one instance belongs to one thread.

    Args:
        detector: finds faces.
        classifier: reads them.
        crop: the framing of the crops.
        persistence: when a detection is accepted; None accepts at once, for photos.
        judge: says what is wrong with the picture of each face.
    """

    def __init__(
        self,
        detector: FaceDetector,
        classifier: Classifier,
        crop: CropOptions | None = None,
        persistence: PersistenceOptions | None = None,
        judge: Judge = judge,
    ) -> None:
        self.detector = detector
        self.classifier = classifier
        self.crop = crop or CropOptions()
        self._follower = Follower(persistence) if persistence is not None else None
        self._judge = judge

    @property
    def model_version(self) -> str:
        """Name and version of the model, as decisions record it."""
        return self.classifier.model_version

    def warm_up(self) -> None:
        """Runs detector and classifier once, so that the first frame of a stream is not slow."""
        self.detector.detect(np.zeros((48, 64, 3), np.uint8))
        self.classifier.predict(np.zeros((1, *INPUT_SHAPE), np.uint8))

    def analyze(self, frame_bgr: BgrImage, at_s: float = 0.0) -> tuple[FaceReading, ...]:
        """Reads every face of a frame, all in one batch.

        Args:
            frame_bgr: uint8 ``(H, W, 3)``, unmirrored.
            at_s: when it was captured, monotonic seconds.

        Returns:
            One reading for each face, largest face first; ``quality`` says what is wrong with its picture.

        Raises:
            ImageError: not a colour picture.
        """
        faces = self.detector.detect(frame_bgr)
        if self._follower is not None:
            faces = self._follower.believe(faces, at_s)
        return self._read(frame_bgr, faces, at_s)

    def analyze_all(self, frames_bgr: Sequence[BgrImage]) -> list[tuple[FaceReading, ...]]:
        """Reads pictures that have nothing to do with each other, the faces of all in one batch.

        Args:
            frames_bgr: uint8 ``(H, W, 3)`` each.

        Returns:
            As ``analyze`` without persistence, for each picture.

        Raises:
            ImageError: one of them is not a colour picture.
        """
        return self._read_all([(frame, self.detector.detect(frame)) for frame in frames_bgr], 0.0)

    def look_again(self, frame_bgr: BgrImage) -> tuple[FaceReading, ...]:
        """Looks harder at a photo in which ``analyze`` found no face; ``()`` where the detector cannot.

        Args:
            frame_bgr: uint8 ``(H, W, 3)``.

        Raises:
            ImageError: not a colour picture.
        """
        if not isinstance(self.detector, CarefulDetector):
            return ()
        return self._read(frame_bgr, self.detector.look_again(frame_bgr), 0.0)

    def _read(
        self, frame_bgr: BgrImage, faces: Sequence[DetectedFace], at_s: float
    ) -> tuple[FaceReading, ...]:
        return self._read_all([(frame_bgr, faces)], at_s)[0]

    def _read_all(
        self, found: Sequence[tuple[BgrImage, Sequence[DetectedFace]]], at_s: float
    ) -> list[tuple[FaceReading, ...]]:
        if not any(faces for _, faces in found):
            return [() for _ in found]
        crops = [crop_faces(frame, faces, self.crop) for frame, faces in found]
        rows = iter(self.classifier.predict(np.concatenate(crops)))
        return [
            tuple(
                FaceReading(face.box, EmotionScores(next(rows)), at_s, problems)
                for face, problems in zip(faces, self._judge(frame, faces, cut), strict=True)
            )
            for (frame, faces), cut in zip(found, crops, strict=True)
        ]
