"""What a viewer's browser may send over the live socket, checked like any other input from outside.

JSON text, one message a reading::

    {"at": 8123.4, "sent": 8170.1, "size": [640, 480],
     "faces": [{"box": [x, y, w, h, confidence], "p": [7 numbers], "q": "blurred"}], "frame": null}

or what was seen of the content, see ``ui.live.impressions``::

    {"batch": {"number": 3, "events": [{"event_id": …, "name": "impression", …}]}}

or, where the browser cannot read, a small picture in a binary message: ``at`` and ``sent`` as two
little-endian doubles, then a JPEG or WebP.

``at`` and ``sent`` are milliseconds of the browser's own clock at capture and at sending. ``size`` is that of
the analysed picture in pixels; boxes are in its pixels, unmirrored. ``p`` is in the order of ``EMOTIONS``,
after temperature. ``q`` says what is wrong with a face's picture, ``frame`` with one that shows no face.
"""

from __future__ import annotations

import math
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emotion.labels import EMOTIONS
from emotion.types import EmotionScores, FaceBox, FaceReading, Problem

MOST_BYTES: Final = 8192
MOST_FACES: Final = 16
MOST_EVENTS: Final = 6
"""``MOST`` of ``impressions.js``: so many events the browser sends at once, and the next ones after them. So
a message stays below 2 kB, and none that is text could hold a picture."""

MOST_PICTURE_BYTES: Final = 48 * 1024
"""A JPEG of 320 pixels has 10 to 25 kB."""

PICTURE_SIDE_PX: Final = 320
_TIMES: Final = struct.Struct("<dd")
SUM_SLACK: Final = 0.02
"""How far seven probabilities may be from adding up to 1: they are sent with a few decimals."""

OLDEST_MS: Final = 10_000.0
LATE_S: Final = 1.0
"""A reading that was under way for so much longer than the quickest one lately says nothing about now."""

LATELY: Final = 100
"""How many messages the quickest way is looked for in. A clock that stood still, as while the device slept,
is found again after so many."""

_LATEST_MS: Final = 1e13
_Millis = Annotated[float, Field(ge=0, le=_LATEST_MS, allow_inf_nan=False)]
_Side = Annotated[int, Field(ge=16, le=8192)]
_Pixels = Annotated[float, Field(ge=-16_384, le=16_384, allow_inf_nan=False)]
_Length = Annotated[float, Field(gt=0, le=16_384, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Hello(BaseModel):
    """The first message: whose page this is."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=20, max_length=100)]


class Face(BaseModel):
    """One detection, believed or not."""

    model_config = ConfigDict(extra="forbid")

    box: tuple[_Pixels, _Pixels, _Length, _Length, _Share]
    p: Annotated[list[_Share], Field(min_length=len(EMOTIONS), max_length=len(EMOTIONS))]
    q: Problem | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if abs(sum(self.p) - 1) > SUM_SLACK:
            raise ValueError(f"Expected probabilities that add up to 1. Received: {sum(self.p):.3f}")
        return self

    def reading(self, at_s: float) -> FaceReading:
        """As the rest of the app knows it."""
        x, y, width, height, confidence = self.box
        return FaceReading(
            FaceBox(x, y, width, height, confidence),
            EmotionScores(np.array(self.p, np.float32)),
            at_s,
            () if self.q is None else (self.q,),
        )


class Reading(BaseModel):
    """All that was read from one picture."""

    model_config = ConfigDict(extra="forbid")

    at: _Millis
    sent: _Millis
    size: tuple[_Side, _Side]
    faces: Annotated[list[Face], Field(max_length=MOST_FACES)]
    frame: Problem | None = None

    @model_validator(mode="after")
    def _was_captured_before_it_was_sent(self) -> Self:
        if not 0 <= self.sent - self.at <= OLDEST_MS:
            raise ValueError(
                f"Expected a picture of the last seconds. Received: {self.sent - self.at:.0f} ms"
            )
        return self

    def readings(self, at_s: float) -> tuple[FaceReading, ...]:
        """Its faces, largest first, as read at ``at_s`` on the server's clock."""
        found = [face.reading(at_s) for face in self.faces]
        return tuple(sorted(found, key=lambda reading: -reading.box.area_px))


class Batch(BaseModel):
    """What was seen of the content, told together; the events are checked one by one where they are known.

    Attributes:
        number: rises from batch to batch; with it the browser is told that this one was taken.
        events: as the browser reports them.
    """

    model_config = ConfigDict(extra="forbid")

    number: Annotated[int, Field(ge=0, le=2**53)]
    events: Annotated[list[Any], Field(max_length=MOST_EVENTS)]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")

    batch: Batch


def message_of(text: str) -> Reading | Batch:
    """What a text message says.

    Raises:
        ValidationError: it is neither a reading nor a batch.
    """
    if text.startswith('{"batch":'):
        return _Told.model_validate_json(text).batch
    return Reading.model_validate_json(text)


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture, not decoded yet.

    Attributes:
        at, sent: see above, milliseconds of the browser's own clock.
        content: a JPEG or WebP, by its first bytes.
    """

    at: float
    sent: float
    content: bytes = field(repr=False)


def picture_of(message: bytes) -> Picture:
    """The picture of a binary message.

    Raises:
        ValueError: it is none; the message says why.
    """
    if len(message) <= _TIMES.size:
        raise ValueError(f"{len(message)} bytes")
    at, sent = _TIMES.unpack_from(message)
    if not (0 <= at <= _LATEST_MS and 0 <= sent - at <= OLDEST_MS):
        raise ValueError("times that cannot be")
    content = message[_TIMES.size :]
    is_webp = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    if not (content.startswith(b"\xff\xd8\xff") or is_webp):
        raise ValueError("neither a JPEG nor a WebP")
    return Picture(at, sent, content)


def first_problem(error: ValidationError) -> str:
    """What is wrong with a message, for the log."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'message'}: {first['msg']}"


class SentClock:
    """Turns one browser's times into this server's, and tells late, doubled and disordered messages."""

    def __init__(self) -> None:
        self._last_ms = -math.inf
        self._last_s = -math.inf
        self._under_way_s: deque[float] = deque(maxlen=LATELY)

    def captured_s(self, reading: Reading | Picture, arrived_s: float) -> float | None:
        """When a reading's picture was taken, on the clock of ``arrived_s``: never later, and always rising.

        Args:
            reading: or picture, as it came.
            arrived_s: when it came, monotonic seconds.

        Returns:
            None for a reading to leave out: it came before, out of order, or too late.
        """
        if reading.at <= self._last_ms:
            return None
        self._last_ms = reading.at
        # The two clocks began at different times, so this is a duration plus an unknown constant.
        way_s = arrived_s - reading.sent / 1000
        self._under_way_s.append(way_s)
        if way_s - min(self._under_way_s) > LATE_S:
            return None
        at_s = arrived_s - (reading.sent - reading.at) / 1000
        if at_s <= self._last_s:
            at_s = math.nextafter(self._last_s, math.inf)
        if at_s > arrived_s:
            return None
        self._last_s = at_s
        return at_s
