"""A camera for the live page that needs no browser."""

from __future__ import annotations

from content.types import Reader
from emotion.baseline import SessionCalibration, resting_calibration
from emotion.labels import Emotion
from emotion.tracker import LiveSnapshot
from emotion.types import EmotionScores, MoodEstimate, Problem
from ui.live.camera import CameraStatus
from ui.live.trouble import Trouble


class FakeFeed:
    """A camera that is on at once, in front of one face; the look at that is driven by hand.

    Args:
        shown: what the face shows.

    ``faces`` is how many are in view; ``problem`` is why none of them can be read well.
    """

    key = "camera-fake"
    reader = Reader.SERVER

    def __init__(self, shown: Emotion = Emotion.SAD) -> None:
        self.shown = shown
        self.faces = 1
        self.problem: Problem | None = None
        self.live = True
        self.calibration = SessionCalibration()
        self.resting_share: float | None = None
        self.closed = False
        self.trouble: Trouble | None = None
        self.size = (320, 240)

    def show(self, ice_servers: object) -> None:
        """Needs no browser."""

    def show_trouble(self, *, device_may_read: bool) -> None:
        """Has none."""

    def set_options(self, options: object) -> None:
        """Does not smooth."""

    def close(self) -> None:
        self.closed = True

    def set_calibration(self, calibration: SessionCalibration) -> None:
        self.calibration, self.resting_share = calibration, None

    def begin_baseline(self) -> bool:
        self.resting_share = 0.0 if self.live else None
        return self.live

    def finish_baseline(self) -> None:
        """The three seconds are over."""
        scores = EmotionScores.certain(self.shown, 0.9)
        self.calibration = resting_calibration([scores] * 10, self.calibration)
        self.resting_share = None

    def status(self, at_s: float) -> CameraStatus:
        return CameraStatus(self.live, connecting=False)

    def snapshot(self, at_s: float) -> LiveSnapshot | None:
        if not self.live:
            return None
        scores = self.calibration.apply(EmotionScores.certain(self.shown, 0.9))
        mood = MoodEstimate(scores, scores.top, scores.confidence, at_s - 5, at_s, self.faces)
        if self.problem is not None:
            mood = MoodEstimate(EmotionScores.uniform(), None, 1 / 7, at_s, at_s, self.faces)
        return LiveSnapshot(
            (), mood, self.calibration, self.resting_share, 9, 9.0, None, "fake@1", self.problem
        )
