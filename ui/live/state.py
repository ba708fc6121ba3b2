"""What the live page remembers of its viewer."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from content.choosing.programme import ProgrammeState
from content.themes import DEFAULT_THEME
from content.types import Reader, ThemeColors
from emotion.baseline import SessionCalibration
from emotion.labels import Emotion
from ui.app.state import PageState
from ui.live.admission import admission
from ui.live.impressions import SessionLog, Taken
from ui.live.link import Link, links
from ui.live.pulse import Pulse
from ui.live.tab_token import TabToken
from ui.live.turn import IceServers
from ui.live.visit import Attendance
from ui.look.moods import MoodLog

if TYPE_CHECKING:
    from ui.live.camera import CameraFeed
    from ui.live.device.camera import DeviceCamera


MOST_HEARD: Final = 100
"""Between two runs of the stage a browser tells of a few items that were skipped or played out."""


class Source(StrEnum):
    """Where this session's mood comes from."""

    CAMERA = "camera"
    DEMO = "demo"


class Resting(StrEnum):
    """Where the look at this viewer's resting face stands."""

    OFFERED = "offered"
    LOOKING = "looking"
    MEASURED = "measured"
    MISSED = "missed"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Doubt:
    """The viewer has just said that an expression is not how they look.

    Attributes:
        shown: that expression.
        before: the calibration until then, for when they say what is right.
        since_s: when, on the monotonic clock.
    """

    shown: Emotion
    before: SessionCalibration
    since_s: float


@dataclass(slots=True)
class LiveState(PageState):
    """One viewer's live page.

    Attributes:
        consented: the notice was read and the camera allowed.
        ended: the viewer has ended the visit by "End", or cannot go on with it: what the tab remembers goes.
        source: camera, or the demo in which a person picks the mood.
        demo_mood: the picked expression; None is *unknown*.
        demo_strength: how sure the picked mood is, in [0, 1].
        demo_since_s: when that mood was picked, on the monotonic clock.
        colors: the theme this session's page wears.
        programme: what is on in each slot, or None before the first decision.
        mood_log: the moods of the last minutes, for the timeline.
        log: what the page has shown and heard from the browser, or None before the first decision.
        heard: what the browser told of the content, for the next run of the stage; its socket adds to it.
        calibration: what this viewer's face looks like at rest, and their corrections.
        resting: where the look at the resting face stands.
        last_shown: the expression that "that's not how I look" speaks of, and when it was last shown, on the
            monotonic clock.
        doubt: a correction that may still be told what is right.
        attendance: when somebody was last in view.
        new_visit: this visit began because nobody was in view any more, and nobody has been since.
        strategy_back: the switch of the strategy has yet to go back with it.
        delete_asked: the viewer wants this session's records deleted, and is asked whether they are sure.
        delete_failed: the answer was yes, and the records could not be deleted.
        farewell: what was deleted, to be said once.
        reader: where this viewer wants the picture to be read; None is where the setting says.
        moved: the camera picture did not reach the server, so it is read on the device since.
        by_socket: video does not reach the server and the device cannot read, so small pictures come over the
            page's socket.
        device_fails: this browser has said that it cannot read by itself.
        switch_hidden: the page was drawn without the button to the other place where the picture can be read.
        page_is_late: something was pressed that the whole page has to be drawn for, and it has not been yet.
        starts: the camera ran in this tab until its server went, so it starts by itself.
        token: with which the tab goes on when its server is gone.
        feed: the camera and its worker while it is on the page, else None.
        ice: the STUN and TURN servers of the camera's stream, or None before the first.
        camera_shown: this script run has put the camera on the page.
        link: of the page's live socket.
        pulse: knows when the stage has to run, or None before it has run once.
        today: how often items with a daily cap were shown, when the stage last asked.
        visit_over: the last person has left, and the visit is to be ended.
        awaits_file: a file of what is on has not arrived here yet.
        link_shown: this script run has put the socket's script on the page.
        pending_files: that the preview of an editor shows, see ``ui.look.files.file_url``.
    """

    consented: bool = False
    ended: bool = False
    source: Source = Source.CAMERA
    demo_mood: Emotion | None = None
    demo_strength: float = 0.9
    demo_since_s: float = 0.0
    colors: ThemeColors = DEFAULT_THEME
    programme: ProgrammeState | None = None
    mood_log: MoodLog | None = None
    log: SessionLog | None = None
    heard: deque[Taken] = field(default_factory=lambda: deque(maxlen=MOST_HEARD))
    calibration: SessionCalibration = field(default_factory=SessionCalibration)
    resting: Resting = Resting.OFFERED
    last_shown: tuple[Emotion, float] | None = None
    doubt: Doubt | None = None
    attendance: Attendance = field(default_factory=Attendance)
    new_visit: bool = False
    strategy_back: bool = False
    delete_asked: bool = False
    delete_failed: bool = False
    farewell: str = ""
    reader: Reader | None = None
    moved: bool = False
    by_socket: bool = False
    device_fails: bool = False
    switch_hidden: bool = False
    page_is_late: bool = False
    starts: bool = False
    token: TabToken = field(default_factory=TabToken)
    feed: CameraFeed | DeviceCamera | None = None
    ice: IceServers | None = None
    camera_shown: bool = False
    link: Link = field(default_factory=Link)
    link_shown: bool = False
    pulse: Pulse | None = None
    today: Mapping[str, int] = field(default_factory=dict)
    visit_over: bool = False
    awaits_file: bool = False
    pending_files: dict[str, str] = field(default_factory=dict)

    def stop_waiting(self) -> None:
        """Back to the notice, out of the line for a place."""
        self.source, self.consented = Source.CAMERA, False

    def socket_token(self) -> str:
        """What the page's script says first on its live socket; whoever shows that script asks for it."""
        self.link_shown = True
        return links.admit(self.link)

    def begin_run(self) -> None:
        """See ``PageState``."""
        self.camera_shown = self.link_shown = self.page_is_late = False
        # Streamlit lets go of all files of this session here, so each is handed over again.
        self.pending_files.clear()

    def end_run(self) -> None:
        """Switches off a camera and a socket that this run did not show."""
        if not self.link_shown:
            self._unlink()
        if self.feed is not None and not self.camera_shown:
            self.feed.close()
            self.feed = None

    def leave(self) -> None:
        """Ends the camera's connection and the socket's; when the page comes back, both begin anew."""
        self._unlink()
        feed = self.feed
        if feed is not None:
            feed.hang_up()

    def _unlink(self) -> None:
        links.dismiss(self.link)
        admission().leave(self.link)
