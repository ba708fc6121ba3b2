"""Everything the app remembers about one viewer, in one typed object.

Streamlit's ``session_state`` holds it under a single key; pages and fragments read and change its
attributes. Nothing here is shared between sessions, so one viewer's mood can never reach another's page.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from content.themes import DEFAULT_THEME
from content.types import Strategy, ThemeColors
from emotion.baseline import SessionCalibration
from emotion.labels import Emotion
from emotion.types import SmoothingOptions

if TYPE_CHECKING:
    from content.choosing.programme import ProgrammeState
    from ui.catalog.state import EditorState
    from ui.live.camera import CameraFeed
    from ui.live.impressions import SessionLog
    from ui.look.moods import MoodLog
    from ui.photo.state import PhotoState
    from ui.video.state import VideoState

_KEY = "attune"


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
class SessionState:
    """One viewer's session.

    Attributes:
        session_id: random; kept with decisions, linked to nothing else.
        consented: the live page's notice was read and its camera allowed.
        photo_consented: the photo page's notice was read and its camera allowed, for photos one by one.
        source: camera, or the demo in which a person picks the mood.
        demo_mood: the picked expression; None is *unknown*.
        demo_strength: how sure the picked mood is, in [0, 1].
        demo_since_s: when that mood was picked, on the monotonic clock.
        strategy: meet the mood or lift it.
        smoothing: how readings become a mood.
        colors: the theme this session's page wears.
        programme: what is on in each slot, or None before the first decision.
        mood_log: the moods of the last minutes, for the timeline.
        log: what the page has shown and heard from the browser, or None before the first decision.
        calibration: what this viewer's face looks like at rest, and their corrections.
        resting: where the look at the resting face stands.
        doubt: a correction that may still be told what is right.
        delete_asked: the viewer wants this session's records deleted, and is asked whether they are sure.
        farewell: what was deleted, to be said once.
        feed: the camera and its worker while it is on the page, else None.
        camera_shown: this script run has put the camera on the page.
        media_urls: file in each place of the page and its address, see ``ui.look.cards.item_html``.
        rng: this session's own randomness.
        editor_unlocked: the catalog editor's password was given.
        editor: what this editor has on the catalog page, or None before it was opened.
        photo: the photos on the photo page, or None.
        photo_shown: this script run has put the photo page's photos on the page.
        video: the clip on the video page, or None.
        video_shown: this script run has put the video page's clip on the page.
        model: name of the model that reads for this session; None is the app's own.
        sample_insights: the insights page shows made-up data.
    """

    session_id: str
    rng: np.random.Generator
    consented: bool = False
    photo_consented: bool = False
    source: Source = Source.CAMERA
    demo_mood: Emotion | None = None
    demo_strength: float = 0.9
    demo_since_s: float = 0.0
    strategy: Strategy = Strategy.MATCH
    smoothing: SmoothingOptions = field(default_factory=SmoothingOptions)
    colors: ThemeColors = DEFAULT_THEME
    programme: ProgrammeState | None = None
    mood_log: MoodLog | None = None
    log: SessionLog | None = None
    calibration: SessionCalibration = field(default_factory=SessionCalibration)
    resting: Resting = Resting.OFFERED
    doubt: Doubt | None = None
    delete_asked: bool = False
    farewell: str = ""
    feed: CameraFeed | None = None
    camera_shown: bool = False
    media_urls: dict[str, tuple[str, str]] = field(default_factory=dict)
    editor_unlocked: bool = False
    editor: EditorState | None = None
    photo: PhotoState | None = None
    photo_shown: bool = False
    video: VideoState | None = None
    video_shown: bool = False
    model: str | None = None
    sample_insights: bool = False

    def begin_run(self) -> None:
        """Called when a whole script run begins (fragments do not count)."""
        self.camera_shown = False
        self.photo_shown = False
        self.video_shown = False
        # Streamlit lets go of all files of this session here, so each is handed over anew.
        self.media_urls.clear()

    def end_run(self) -> None:
        """Called when a whole script run has come to its end: what it did not show is let go.

        That is a camera, which is switched off, and photos and a clip, which are forgotten.

        A run that was broken off never comes here, and the browser keeps what it showed.
        """
        if self.feed is not None and not self.camera_shown:
            self.feed.close()
            self.feed = None
        if self.photo is not None and not self.photo_shown:
            self.photo.clear()
            self.photo = None
        if self.video is not None and not self.video_shown:
            self.video.close()
            self.video = None


def new_session_id() -> str:
    """A random number that is linked to nothing."""
    return uuid.uuid4().hex


def new_state() -> SessionState:
    """A fresh session with a random identity."""
    return SessionState(session_id=new_session_id(), rng=np.random.default_rng())


def session() -> SessionState:
    """This viewer's state, made on first use."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = new_state()
    state: SessionState = st.session_state[_KEY]
    return state
