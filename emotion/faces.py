"""Finds faces in frames and in photos: YuNet (``emotion.yunet``) behind a small protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
import numpy.typing as npt

from emotion.errors import DetectorError, ImageError
from emotion.types import FaceBox
from emotion.yunet import YuNet, keep_surest

BgrImage = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class DetectedFace:
    """A face in a frame.

    Attributes:
        box: where it is, and how sure the detector is.
        landmarks_px: float32 ``(5, 2)``, x and y of: the eye at the left of the picture, the eye at
            the right, the tip of the nose, the left corner of the mouth, the right one. Read-only.
    """

    box: FaceBox
    landmarks_px: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        points = np.array(self.landmarks_px, np.float32).reshape(5, 2)
        points.setflags(write=False)
        object.__setattr__(self, "landmarks_px", points)


class FaceDetector(Protocol):
    """Anything that finds faces."""

    def detect(self, frame_bgr: BgrImage) -> tuple[DetectedFace, ...]:
        """Faces in ``frame_bgr`` (uint8 ``(H, W, 3)``), largest first."""
        ...


@runtime_checkable
class CarefulDetector(FaceDetector, Protocol):
    """A face detector that can look harder at a photo in which it found nothing."""

    def look_again(self, frame_bgr: BgrImage) -> tuple[DetectedFace, ...]:
        """Faces in ``frame_bgr`` (uint8 ``(H, W, 3)``), largest first."""
        ...


def check_frame(frame_bgr: npt.NDArray[np.generic]) -> BgrImage:
    """Returns the frame as contiguous uint8.

    Raises:
        ImageError: not uint8 ``(H, W, 3)`` with at least one pixel.
    """
    if (
        not isinstance(frame_bgr, np.ndarray)
        or frame_bgr.ndim != 3
        or frame_bgr.shape[2] != 3
        or frame_bgr.dtype != np.uint8
        or frame_bgr.size == 0
    ):
        what = (
            f"{frame_bgr.dtype} {frame_bgr.shape}"
            if isinstance(frame_bgr, np.ndarray)
            else type(frame_bgr).__name__
        )
        raise ImageError(f"Expected a colour picture, uint8 (height, width, 3). Received: {what}")
    return np.ascontiguousarray(frame_bgr)


class YuNetDetector:
    """YuNet on a frame scaled to a small width.

    Args:
        width_px: the longer side of the frame is scaled to this before the search, so a portrait frame
            costs the same as a landscape frame. A sequence searches at each of these sizes and merges the
            detections: photos contain faces of very different sizes.
        min_confidence: detections below this score are dropped, in [0, 1].
        min_face_px: faces whose shorter side is smaller, in pixels of the frame, are dropped: too few
            pixels are left to read an expression from.
        min_face_searched_px: the same in pixels of the searched scale, where tiny detections are noise.
        overlap: of two detections with a larger intersection over union, the more confident one stays.
        max_faces: at most so many faces are returned, the largest.

    Raises:
        DetectorError: the detector's file is missing or cannot be loaded.
    """

    MAX_ENLARGEMENT = 4.0

    def __init__(
        self,
        width_px: int | Sequence[int] = 320,
        *,
        min_confidence: float = 0.7,
        min_face_px: float = 24.0,
        min_face_searched_px: float = 12.0,
        overlap: float = 0.3,
        max_faces: int = 64,
    ) -> None:
        self.widths_px = (width_px,) if isinstance(width_px, int) else tuple(width_px)
        if not self.widths_px or min(self.widths_px) < 32:
            raise DetectorError(f"Expected widths of at least 32 pixels. Received: {width_px!r}")
        self.min_confidence = min_confidence
        self.min_face_px = min_face_px
        self.min_face_searched_px = min_face_searched_px
        self.overlap = overlap
        self.max_faces = max_faces
        self._net = YuNet(min_confidence=min_confidence, overlap=overlap)

    def detect(self, frame_bgr: BgrImage) -> tuple[DetectedFace, ...]:
        """Faces in ``frame_bgr`` (uint8 ``(H, W, 3)``), largest first.

        Raises:
            ImageError: not a colour picture.
        """
        frame = check_frame(frame_bgr)
        found = [self.search(frame, width) for width in self.widths_px]
        rows = np.concatenate(found)
        if len(self.widths_px) > 1:
            rows = keep_surest(rows, self.overlap)
        return _as_faces(rows, self.max_faces)

    def search(self, frame: BgrImage, long_side_px: int) -> npt.NDArray[np.float32]:
        """YuNet's rows float32 ``(N, 15)`` at one scale, in pixels of ``frame``, a checked picture.

        A row is the box's x, y, width, height, five landmarks' x and y, and the score.
        """
        height, width = frame.shape[:2]
        scale = min(long_side_px / max(height, width), self.MAX_ENLARGEMENT)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        # No face fits into such a strip, but the network has been seen to invent some in one.
        if min(height, width) < self.min_face_px or min(size) < self.min_face_searched_px:
            return np.empty((0, 15), np.float32)
        shrink = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
        small = frame if size == (width, height) else cv2.resize(frame, size, interpolation=shrink)
        rows = self._net.find(np.asarray(small, np.uint8))
        sides = np.minimum(rows[:, 2], rows[:, 3])
        rows[:, 0:14:2] *= width / size[0]
        rows[:, 1:14:2] *= height / size[1]
        large = sides >= max(self.min_face_searched_px, self.min_face_px * scale)
        kept: npt.NDArray[np.float32] = rows[large & np.isfinite(rows).all(axis=1)]
        return kept[_share_inside(kept, width, height) >= 0.5]


Moved = npt.NDArray[np.float64]
"""float64 ``(2, 3)``: takes a point ``(x, y, 1)`` of a changed picture to where it was before."""


@dataclass(frozen=True, slots=True)
class Look:
    """One other way of looking at a photo in which no face was found.

    Attributes:
        change: from a picture to what is searched instead, and the way back.
        stricter: added to the threshold for what is found in it.
        sides_px: longer sides at which it is searched.
    """

    change: Callable[[BgrImage], tuple[BgrImage, Moved]]
    stricter: float
    sides_px: tuple[int, ...] = (640, 320)


def unchanged(frame: BgrImage) -> tuple[BgrImage, Moved]:
    """For small faces: only searched larger."""
    return frame, np.eye(2, 3)


def sharpened(frame: BgrImage) -> tuple[BgrImage, Moved]:
    """For blurred faces: edges are drawn clearly."""
    fine = frame.astype(np.float32)
    soft = cv2.GaussianBlur(fine, (0, 0), 4)
    return np.clip(2.5 * fine - 1.5 * soft, 0, 255).astype(np.uint8), np.eye(2, 3)


def softened(frame: BgrImage) -> tuple[BgrImage, Moved]:
    """For covered and glaring faces: what is left of eyes and mouth counts, not the edge of the cover."""
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), 2), np.uint8), np.eye(2, 3)


def darkened(frame: BgrImage, soften_px: float = 0.0) -> tuple[BgrImage, Moved]:
    """For overexposed faces: the little contrast that is left near white is stretched."""
    curve = (255 * (np.arange(256) / 255) ** 4).astype(np.uint8)
    soft = cv2.GaussianBlur(frame, (0, 0), soften_px) if soften_px else frame
    return np.asarray(cv2.LUT(soft, curve), np.uint8), np.eye(2, 3)


def tilted(frame: BgrImage, turn_deg: float) -> tuple[BgrImage, Moved]:
    """For tilted heads: the whole picture turned clockwise; nothing is cut off, and edges are repeated."""
    height, width = frame.shape[:2]
    middle = ((width - 1) / 2, (height - 1) / 2)
    there = cv2.getRotationMatrix2D(middle, -turn_deg, 1.0)
    cos, sin = abs(there[0, 0]), abs(there[0, 1])
    size = (int(height * sin + width * cos), int(height * cos + width * sin))
    there[:, 2] += ((size[0] - 1) / 2 - middle[0], (size[1] - 1) / 2 - middle[1])
    turned = cv2.warpAffine(frame, there, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8), np.asarray(cv2.invertAffineTransform(there), np.float64)


LOOKS = (
    Look(sharpened, 0.0),
    Look(softened, -0.07),
    Look(darkened, 0.0),
    Look(partial(darkened, soften_px=4.0), 0.0),
    Look(partial(tilted, turn_deg=25.0), 0.02),
    Look(partial(tilted, turn_deg=-25.0), 0.02),
    Look(unchanged, 0.04, (1280,)),
)
"""Chosen on pasted faces of FER-2013's Training and on face-free pictures (see ``python -m bench faces``)."""


class PhotoFaceDetector:
    """Finds faces of very different sizes in a photo.

    First the photo is searched at the scales of ``scales_px`` with a low threshold, which small, blurred and
    tightly framed faces pass. Then each detection is checked alone, at the size at which the network knows
    faces best. A face looks more like a face there, anything else does not. On pasted faces and face-free
    pictures (``python -m bench faces``), both scores together, with the second counted twice, separate the
    two better than either score, than other sizes, or than any threshold on the search alone.

    Where all that finds nothing, ``look_again`` looks in other ways (``LOOKS``): sharpened, softened,
    darkened, turned to either side and enlarged, each with a threshold of its own.

    Args:
        min_candidate_confidence: threshold of the search, in [0, 1].
        min_confidence: threshold for both scores together, in [0, 1]; this is the reported confidence. Each
            of ``LOOKS`` changes it a little.
        sure_confidence: a detection with this confidence needs no second look.
        min_face_px: faces whose shorter side is smaller, in pixels of the frame, are dropped.
        overlap: of two detections with a larger intersection over union, the more confident one stays.
        max_faces: at most so many faces are returned, the largest.

    Raises:
        DetectorError: the detector's file is missing or cannot be loaded.
    """

    WIDE_PX, FINE_PX, COARSE_PX = 640, 1600, 320
    LOOK_FACE_PX, LOOK_PX, LOOK_WEIGHT = 160, 320, 2
    FAINT = 0.15
    """Confidence from which a detection in ``LOOKS`` is checked; a photo without a face has few."""

    def __init__(
        self,
        *,
        min_candidate_confidence: float = 0.3,
        min_confidence: float = 0.75,
        sure_confidence: float = 0.88,
        min_face_px: float = 20.0,
        overlap: float = 0.3,
        max_faces: int = 1000,
    ) -> None:
        self.min_confidence = min_confidence
        self.sure_confidence = sure_confidence
        self.overlap = overlap
        self.max_faces = max_faces
        self._search = YuNetDetector(
            min_confidence=min_candidate_confidence,
            min_face_px=min_face_px,
            min_face_searched_px=8.0,
            overlap=overlap,
        )
        self._look = YuNetDetector(min_confidence=min_candidate_confidence, overlap=overlap)
        self._faint = YuNetDetector(
            min_confidence=self.FAINT, min_face_px=min_face_px, min_face_searched_px=8.0, overlap=overlap
        )

    def detect(self, frame_bgr: BgrImage) -> tuple[DetectedFace, ...]:
        """Faces in ``frame_bgr`` (uint8 ``(H, W, 3)``), largest first.

        Raises:
            ImageError: not a colour picture.
        """
        frame = check_frame(frame_bgr)
        rows = self._at(frame, self.scales_px(max(frame.shape[:2])))
        if not len(rows):
            # A face that fills the photo is larger there than the network knows.
            rows = self._at(frame, (self.COARSE_PX,))
        return _as_faces(rows, self.max_faces)

    def look_again(self, frame_bgr: BgrImage) -> tuple[DetectedFace, ...]:
        """Faces of a photo in which ``detect`` finds none, looked at in other ways (``LOOKS``).

        Args:
            frame_bgr: uint8 ``(H, W, 3)``.

        Raises:
            ImageError: not a colour picture.
        """
        frame = check_frame(frame_bgr)
        height, width = frame.shape[:2]
        scale = min(1.0, self.WIDE_PX / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
        found = []
        for look in LOOKS:
            changed, back = look.change(small)
            faint = np.concatenate([self._faint.search(changed, px) for px in look.sides_px])
            threshold = self.min_confidence + look.stricter
            found.append(_moved(self._checked(changed, faint, self._faint, threshold), back))
        rows = keep_surest(np.concatenate(found), self.overlap)
        # As with every search: what is too small in the photo is not read.
        rows[:, 0:14:2] *= width / size[0]
        rows[:, 1:14:2] *= height / size[1]
        kept: npt.NDArray[np.float32] = rows[np.minimum(rows[:, 2], rows[:, 3]) >= self._search.min_face_px]
        kept = kept[_share_inside(kept, width, height) >= 0.5]
        return _as_faces(kept, self.max_faces)

    def scales_px(self, long_side_px: int) -> tuple[int, ...]:
        """The longer sides at which a photo with this longer side is searched.

        A face of 40 px in a photo of 12 megapixels is one of 16 px at the finest.
        """
        if long_side_px <= 1.5 * self.WIDE_PX:
            return (self.WIDE_PX,)
        return (self.WIDE_PX, min(long_side_px, self.FINE_PX))

    def _at(self, frame: BgrImage, scales_px: Sequence[int]) -> npt.NDArray[np.float32]:
        found = np.concatenate([self._search.search(frame, px) for px in scales_px])
        return self._checked(frame, found, self._look, self.min_confidence)

    def _checked(
        self,
        frame: BgrImage,
        found: npt.NDArray[np.float32],
        detector: YuNetDetector,
        min_confidence: float,
    ) -> npt.NDArray[np.float32]:
        """Of the detections those that pass the second look, by ``detector``."""
        surest = keep_surest(found, self.overlap)
        looked = [self._second_look(frame, row, detector, min_confidence) for row in surest]
        rows = np.array([row for row in looked if row is not None], np.float32).reshape(-1, 15)
        return keep_surest(rows, self.overlap)

    def _second_look(
        self,
        frame: BgrImage,
        row: npt.NDArray[np.float32],
        detector: YuNetDetector,
        min_confidence: float,
    ) -> npt.NDArray[np.float32] | None:
        """The detection checked alone, in pixels of ``frame``; None if both scores are too low."""
        if row[14] >= self.sure_confidence:
            return row if row[14] >= min_confidence else None
        x, y, width, height = (float(v) for v in row[:4])
        factor = self.LOOK_FACE_PX / max(width, height)
        reach = self.LOOK_PX / 2 / factor
        left, top = x + width / 2 - reach, y + height / 2 - reach
        window = _window(frame, left, top, 2 * reach, self.LOOK_PX)
        seen = detector.search(window, self.LOOK_PX)
        seen[:, 0:14] /= factor
        seen[:, [0, 4, 6, 8, 10, 12]] += left
        seen[:, [1, 5, 7, 9, 11, 13]] += top
        same = [r for r in seen if intersection_over_union(r[:4], row[:4]) > self.overlap]
        best = max(same, key=lambda r: float(r[14]), default=None)
        if best is None:
            return None
        best[14] = (row[14] + self.LOOK_WEIGHT * best[14]) / (1 + self.LOOK_WEIGHT)
        return best if best[14] >= min_confidence else None


def _window(frame: BgrImage, left: float, top: float, side: float, side_out_px: int) -> BgrImage:
    """A square of the frame at ``(side_out_px, side_out_px)``, black beyond the frame's edge."""
    height, width = frame.shape[:2]
    x0, y0 = max(0, int(left)), max(0, int(top))
    x1, y1 = min(width, int(left + side) + 2), min(height, int(top + side) + 2)
    region = frame[y0:y1, x0:x1]
    factor = side_out_px / side
    if factor < 0.5:
        # By area first: sampling a large face at few points would alias.
        region = np.asarray(
            cv2.resize(region, None, fx=2 * factor, fy=2 * factor, interpolation=cv2.INTER_AREA), np.uint8
        )
    sx, sy = region.shape[1] / (x1 - x0), region.shape[0] / (y1 - y0)
    place = np.array([[factor / sx, 0, (x0 - left) * factor], [0, factor / sy, (y0 - top) * factor]])
    return np.asarray(cv2.warpAffine(region, place, (side_out_px, side_out_px)), np.uint8)


def _moved(rows: npt.NDArray[np.float32], back: Moved) -> npt.NDArray[np.float32]:
    """YuNet's rows with each point taken back; a box keeps its size and moves with its middle."""
    out = rows.copy()
    middle = rows[:, 0:2] + rows[:, 2:4] / 2
    out[:, 0:2] = middle @ back[:, :2].T + back[:, 2] - rows[:, 2:4] / 2
    points = rows[:, 4:14].reshape(-1, 5, 2)
    out[:, 4:14] = (points @ back[:, :2].T + back[:, 2]).reshape(-1, 10)
    return out


def _as_faces(rows: npt.NDArray[np.float32], most: int) -> tuple[DetectedFace, ...]:
    """YuNet's rows as faces: the ``most`` largest, largest first."""
    rows = rows[np.argsort(-rows[:, 2] * rows[:, 3], kind="stable")][:most]
    return tuple(
        DetectedFace(
            FaceBox(float(r[0]), float(r[1]), float(r[2]), float(r[3]), min(1.0, float(r[14]))),
            r[4:14].reshape(5, 2),
        )
        for r in rows
    )


def _share_inside(rows: npt.NDArray[np.float32], width: int, height: int) -> npt.NDArray[np.float32]:
    """How much of each box ``(x, y, width, height, …)`` lies in the picture, in [0, 1]."""
    wide = np.minimum(rows[:, 0] + rows[:, 2], width) - np.maximum(rows[:, 0], 0)
    high = np.minimum(rows[:, 1] + rows[:, 3], height) - np.maximum(rows[:, 1], 0)
    share: npt.NDArray[np.float32] = np.maximum(wide, 0) * np.maximum(high, 0) / (rows[:, 2] * rows[:, 3])
    return share


def intersection_over_union(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Shared over joint area of two boxes ``(x, y, width, height)``, in [0, 1]; 0 if both are empty."""
    ax, ay, aw, ah = np.asarray(a, np.float64)
    bx, by, bw, bh = np.asarray(b, np.float64)
    wide = min(ax + aw, bx + bw) - max(ax, bx)
    high = min(ay + ah, by + bh) - max(ay, by)
    if wide <= 0 or high <= 0:
        return 0.0
    shared = wide * high
    return float(shared / (aw * ah + bw * bh - shared))
