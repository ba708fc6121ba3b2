"""What the video page remembers about one viewer between two script runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from content.types import Strategy
from emotion.video.analyze import VideoReading
from emotion.video.clip import VideoInfo
from ui.app.state import PageState
from ui.app.task import Task
from ui.video.reading import VideoResult
from ui.video.replay import Shown


@dataclass(slots=True)
class Clip:
    """The clip that was uploaded last.

    It is forgotten when it is removed from the page, when the page is left, and when the session ends.

    Attributes:
        source_id: which upload it was.
        name: what the file was called.
        content: its bytes.
        seed: of the choices in the replay, so that they stay.
        info: what its header says, or None when it could not be read.
        problem: why it could not be read, in words for the viewer.
        reading: the analysis, running or over; None before it was asked for.
        noted: readings so far, filled by the analysis.
        annotation: the task that writes the clip with boxes; None before it was asked for.
        strategy: for which ``shown`` was made.
        shown: what would have been shown; None before it was worked out.
        shown_version: of the catalog that ``shown`` was made from.
    """

    source_id: str
    name: str
    content: bytes = field(repr=False)
    seed: int
    info: VideoInfo | None = None
    problem: str = ""
    reading: Task[VideoResult] | None = None
    noted: list[VideoReading] = field(default_factory=list, repr=False)
    annotation: Task[bytes] | None = None
    strategy: Strategy = Strategy.MATCH
    shown: tuple[Shown, ...] | None = None
    shown_version: int = -1

    @property
    def result(self) -> VideoResult | None:
        """What the clip shows, once it was read."""
        return self.reading.result if self.reading is not None else None

    def forget_reading(self) -> None:
        """Ends what runs and lets the results go; the clip stays."""
        for task in (self.reading, self.annotation):
            if task is not None:
                task.cancel()
        self.reading, self.annotation, self.shown = None, None, None
        self.noted = []

    def close(self) -> None:
        """Ends what runs and lets the clip go, for good."""
        self.forget_reading()
        self.content = b""


@dataclass(slots=True)
class VideoState(PageState):
    """One viewer's video page.

    Attributes:
        clip: the one that was brought last, or None.
        on_page: this script run has put it on the page.
    """

    clip: Clip | None = None
    on_page: bool = False

    def begin_run(self) -> None:
        """See ``PageState``."""
        self.on_page = False

    def end_run(self) -> None:
        """Forgets a clip that this run did not show."""
        if not self.on_page:
            self.forget()

    def forget(self) -> None:
        """Ends what runs and lets the clip go, for good."""
        if self.clip is not None:
            self.clip.close()
        self.clip = None
