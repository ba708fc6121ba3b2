"""The record of a photo or of a moment of a clip, and its one written form.

One JSON object a line, the same from the command line, in folders' tables and in downloads::

    {"path", "width_px", "height_px",
     "faces": [{"box": {"x_px", "y_px", "width_px", "height_px"}, "scores": {"angry": …, all seven},
                "dominant", "confidence", "valence", "arousal", "quality": ["blurred", …]}],
     "mood": {"dominant", "confidence"}, "elapsed_ms", "turned_deg", "frames", "ends_early"}

A moment of a clip has ``"t_s"`` after ``"path"`` and lacks the last three; its mood is the smoothed one of
that moment. Boxes are in pixels of the upright picture. A mood without a clear answer is ``"unknown"``.
``quality`` names what is wrong with a face's picture; such a face does not count for the mood.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from emotion.images import MOST_FRAMES
from emotion.labels import LABELS, label_of
from emotion.smoothing import merge_faces
from emotion.types import EmotionScores, FaceReading, MoodEstimate, SmoothingOptions
from spreadsheet_text import guarded


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """What one photo shows.

    Attributes:
        path: of the file, as text (``as_text``).
        width_px, height_px: of the upright photo.
        faces: numbered from left to right.
        mood: of all faces together, larger ones count more; ``dominant`` is None without a clear answer.
        elapsed_ms: how long reading took, decoding included.
        turned_deg: how far the picture was turned clockwise because its faces did not stand upright, beyond
            what the file says: 0, 90, 180 or 270.
        frames: frames or pages in the file, of which this is the first.
        ends_early: the file lacks its end.
    """

    path: str
    width_px: int
    height_px: int
    faces: tuple[FaceReading, ...]
    mood: MoodEstimate
    elapsed_ms: float
    turned_deg: int = 0
    frames: int = 1
    ends_early: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about how this photo was read, in one sentence each."""
        notes = []
        if self.turned_deg:
            notes.append(f"The photo was turned by {self.turned_deg}°, so that its faces stand upright.")
        if self.frames > 1:
            count = f"{self.frames:,}" if self.frames < MOST_FRAMES else f"more than {MOST_FRAMES:,}"
            notes.append(f"The file holds {count} frames or pages. Only the first was read.")
        if self.ends_early:
            notes.append("The file ends too early. What is there was read; a few pixels may be missing.")
        poor = [face for face in self.faces if face.is_poor]
        if poor:
            why = ", ".join(sorted({problem.words for face in poor for problem in face.quality}))
            if len(self.faces) == 1:
                notes.append(f"The face is not clear enough to read ({why}).")
            else:
                are, them = ("is", "it") if len(poor) == 1 else ("are", "them")
                notes.append(
                    f"{len(poor)} of the {len(self.faces)} faces {are} not clear enough to read ({why}). "
                    f"The mood leaves {them} out."
                )
        return tuple(notes)

    def as_dict(self) -> dict[str, Any]:
        """The module's form, as plain data."""
        told = {"turned_deg": self.turned_deg, "frames": self.frames, "ends_early": self.ends_early}
        return {"path": self.path, **_seen(self), **told}

    def as_json(self) -> str:
        """One line of JSON, without its end."""
        return as_line(self.as_dict())


@dataclass(frozen=True, slots=True)
class MomentRecord:
    """What one moment of a clip or a camera shows.

    Attributes:
        path: of the file, or the camera's name.
        t_s: seconds since the clip's beginning.
        width_px, height_px: of the upright picture.
        faces: from left to right.
        mood: smoothed over the moments so far.
        elapsed_ms: how long reading this moment took.
    """

    path: str
    t_s: float
    width_px: int
    height_px: int
    faces: tuple[FaceReading, ...]
    mood: MoodEstimate
    elapsed_ms: float

    def as_dict(self) -> dict[str, Any]:
        """The module's form, as plain data."""
        return {"path": self.path, "t_s": round(self.t_s, 3), **_seen(self)}

    def as_json(self) -> str:
        """One line of JSON, without its end."""
        return as_line(self.as_dict())


def _seen(record: PhotoRecord | MomentRecord) -> dict[str, Any]:
    """The parts that a photo and a moment share, in the module's form."""
    return {
        "width_px": record.width_px,
        "height_px": record.height_px,
        "faces": [face_as_dict(face) for face in record.faces],
        "mood": mood_as_dict(record.mood),
        "elapsed_ms": round(record.elapsed_ms, 1),
    }


def face_as_dict(face: FaceReading) -> dict[str, Any]:
    """One face of the module's form."""
    box, scores = face.box, face.scores
    return {
        "box": {
            "x_px": round(box.x_px, 1),
            "y_px": round(box.y_px, 1),
            "width_px": round(box.width_px, 1),
            "height_px": round(box.height_px, 1),
        },
        "scores": {name: round(p, 4) for name, p in scores.as_dict().items()},
        "dominant": scores.top.value,
        "confidence": round(scores.confidence, 4),
        "valence": round(scores.valence, 4),
        "arousal": round(scores.arousal, 4),
        "quality": [problem.value for problem in face.quality],
    }


def mood_as_dict(mood: MoodEstimate) -> dict[str, Any]:
    """The mood of the module's form."""
    confidence = mood.confidence if math.isfinite(mood.confidence) else 0.0
    return {
        "dominant": label_of(mood.dominant),
        "confidence": round(confidence, 4),
    }


CSV_COLUMNS: Final = (
    *("path", "face", "x_px", "y_px", "width_px", "height_px", *LABELS, "dominant", "confidence"),
    *("valence", "arousal", "quality", "mood", "turned_deg", "error"),
)
"""The columns of a table of photos, a row a face."""


def csv_rows(told: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """One photo as rows of a table with ``CSV_COLUMNS``; without a face, and without a reading, one row.

    Args:
        told: ``PhotoRecord.as_dict()``, or ``path`` and ``error`` of a file that could not be read.
    """
    empty: dict[str, object] = dict.fromkeys(CSV_COLUMNS, "")
    photo = empty | {"path": guarded(told["path"]), "error": guarded(told.get("error") or "")}
    if told.get("faces") is None:
        yield photo
        return
    photo |= {"mood": told["mood"]["dominant"], "turned_deg": told["turned_deg"]}
    if not told["faces"]:
        yield photo
    for number, face in enumerate(told["faces"], start=1):
        shares = {name: f"{share:.4f}" for name, share in face["scores"].items()}
        affect = {name: f"{face[name]:.4f}" for name in ("confidence", "valence", "arousal")}
        yield (
            photo | {"face": number} | face["box"] | shares | affect
            | {"dominant": face["dominant"], "quality": " ".join(face["quality"])}
        )  # fmt: skip


def as_line(values: dict[str, Any]) -> str:
    """One line of strict JSON in ASCII, which works in every terminal and pipe."""
    return json.dumps(values, allow_nan=False)


_PASSWORD = re.compile(r"(?<=:/)(/?[^/@:\s]*):[^/@\s]+(?=@)")
_SECRET = re.compile(r"(?i)([?&;][^=&;\s]*(?:pass|pwd|secret|token|key|auth)[^=&;\s]*=)[^&;\s]+")


def without_passwords(text: str) -> str:
    """The text with ``***`` for each password in an address: ``rtsp://me:***@camera/…?token=***``."""
    return _SECRET.sub(r"\1***", _PASSWORD.sub(r"\1:***", text))


def as_text(path: str | os.PathLike[str]) -> str:
    r"""The path as text that can be written anywhere; bytes that are not UTF-8 become ``\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def from_the_left(faces: Sequence[FaceReading]) -> tuple[FaceReading, ...]:
    """The faces from left to right, by the middle of their boxes, as people count them."""
    return tuple(sorted(faces, key=lambda face: face.box.x_px + face.box.width_px / 2))


def photo_mood(
    faces: Sequence[FaceReading], options: SmoothingOptions | None = None, at_s: float = 0.0
) -> MoodEstimate:
    """The mood of one picture: named if its confidence and lead are large enough, as in a live stream.

    A photo has no past, so nothing is smoothed.
    """
    options = options or SmoothingOptions()
    merged = merge_faces(faces)
    scores = merged or EmotionScores.uniform()
    second, first = (float(p) for p in np.sort(scores.probabilities)[-2:])
    named = merged is not None and first >= options.min_confidence and first - second >= options.enter_margin
    return MoodEstimate(
        scores=scores,
        dominant=scores.top if named else None,
        confidence=scores.confidence,
        since_s=at_s,
        updated_at_s=at_s,
        faces_seen=len(faces),
    )
