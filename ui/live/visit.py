"""Whether somebody is in front of the camera: when nobody has been for a while, the visit ends.

On a screen that people walk past, one page load sees many of them. A visit lasts until its last face has been
out of view for ``ABSENT_S``. The next visit begins with default choices and its own session number, and so
with its own draw of the control arm.
"""

from __future__ import annotations

from dataclasses import dataclass

ABSENT_S = 8.0
"""After this time without a face in view, the person has left."""

OFF_S = 60.0
"""After this time without a picture, the next face may be somebody else's."""

NEW_VISIT = "Nobody is in view, so a new visit has begun. Corrections and choices were reset."


@dataclass(slots=True)
class Attendance:
    """When somebody was last seen in this visit.

    Attributes:
        seen_at_s: on the monotonic clock; None until the visit's first face.
        picture_at_s: when the camera last gave a picture; None until it did in this visit.
    """

    seen_at_s: float | None = None
    picture_at_s: float | None = None

    def note(self, faces: int | None, now_s: float) -> bool:
        """Notes one moment; True when it ends the visit.

        Args:
            faces: in view; None while the camera gives no picture.
            now_s: on the monotonic clock.
        """
        before_s = self.picture_at_s
        if faces is not None:
            self.picture_at_s = now_s
        if self.seen_at_s is None:
            ended = False
        elif before_s is not None and now_s - before_s >= OFF_S:
            ended = True
        else:
            ended = faces == 0 and now_s - self.seen_at_s >= ABSENT_S
        if faces:
            self.seen_at_s = now_s
        elif ended:
            self.seen_at_s = None
        return ended
