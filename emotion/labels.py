"""The seven expressions, in one order, defined in one place.

The order is that of FER-2013's ``emotion`` column (0 to 6). Every array of seven numbers in
this project follows it. A model file states its own order in ``metadata.json`` and is refused if that
differs.
"""

from __future__ import annotations

from enum import StrEnum


class Emotion(StrEnum):
    """An expression class of FER-2013 (Goodfellow et al., 2013)."""

    ANGRY = "angry"
    DISGUST = "disgust"
    FEAR = "fear"
    HAPPY = "happy"
    SAD = "sad"
    SURPRISE = "surprise"
    NEUTRAL = "neutral"

    @property
    def index(self) -> int:  # type: ignore[override]  # a label is no text to search in
        """Position in every seven-vector of the project, 0 to 6."""
        return EMOTIONS.index(self)


EMOTIONS: tuple[Emotion, ...] = tuple(Emotion)
LABELS: tuple[str, ...] = tuple(e.value for e in EMOTIONS)
UNKNOWN = "unknown"
"""The label of a mood in which no expression stands out."""
FACE_SIZE_PX = 48


def label_of(mood: Emotion | None) -> str:
    """``happy``, or ``unknown`` for None: as files, records and the page's elements carry it."""
    return UNKNOWN if mood is None else mood.value
