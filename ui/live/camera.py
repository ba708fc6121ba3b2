"""The camera in the browser: the only file that knows streamlit-webrtc and decoded video frames.

Frames arrive in the server's own thread. The newest one is stored in the session's live worker, which decodes
its colours only if it comes to read it; no frame is kept anywhere else, and none goes back: the browser shows
its own picture, and draws the boxes that it is told of (``picture.js``). The worker starts with the first
frame and ends with the stream, however that ends: by the stop button, by leaving the page, or by closing the
browser.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import av
import numpy as np
import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer
from streamlit_webrtc.component import _reset_context
from streamlit_webrtc.sink import VideoSinkTrack

from content.types import Reader
from emotion.baseline import SessionCalibration
from emotion.faces import BgrImage
from emotion.live import LiveWorker
from emotion.tracker import LiveSnapshot
from emotion.types import SmoothingOptions
from ui.app.housekeeping import Housekeeper, housekeeper
from ui.live.analyzer import create_live_analyzer
from ui.live.scripts import script
from ui.live.trouble import TROUBLES, Trouble, show
from ui.look.theming import own_sheet

_log = logging.getLogger(__name__)
_serials = itertools.count(1)

FRAME = {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 30, "max": 30}}
FRESH_S = 1.25
"""A stream that gives no frame for longer than this is not live any more."""

SILENT_S = 8.0
"""A stream without a frame for so long is ended; ICE itself (RFC 7675) takes half a minute to notice."""

_picture = st.components.v2.component("attune_camera_picture", js=script("picture"))
_watch = st.components.v2.component("attune_camera_watch", js=script("turns", "recovery", "camera_watch"))
_WORDS = {
    "start": "Start camera",
    "stop": "Stop camera",
    "select_device": "Choose camera",
    "select_camera": "Camera",
    "media_api_not_available": TROUBLES["insecure"].sentence,
    "device_ask_permission": TROUBLES["asking"].sentence,
    "device_not_available": TROUBLES["missing"].sentence,
    "device_access_denied": TROUBLES["denied"].sentence,
    "turn_camera_on": "Show picture",
    "turn_camera_off": "Pause picture",
}


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """Where the camera stands: not started, connecting, or live."""

    live: bool
    connecting: bool


class CameraFeed:
    """One camera on one page of one session, from when it is shown until the page is left.

    Attributes:
        reader: where its pictures are read.

    Args:
        options: how readings become a mood.
        create_worker: makes the live worker for a new stream.
        clock: monotonic seconds.
        housekeeper: ends a stream that has fallen silent.
        model: name of the model that reads; None is the app's own.
        calibration: of this session so far.
    """

    reader: Final = Reader.SERVER

    def __init__(
        self,
        options: SmoothingOptions,
        create_worker: Callable[[SmoothingOptions], LiveWorker] | None = None,
        clock: Callable[[], float] = time.monotonic,
        housekeeper: Housekeeper = housekeeper,
        *,
        model: str | None = None,
        calibration: SessionCalibration = SessionCalibration(),  # noqa: B008 (frozen)
    ) -> None:
        # To streamlit-webrtc, a camera that is shown again is a new stream. It gets its own key, so that
        # what an earlier stream left in the session is not taken for this one's.
        self.key = f"camera-{next(_serials)}"
        # Width and height of the latest picture that was read, in pixels.
        self.size: tuple[int, int] | None = None
        # What keeps it from being seen, as its browser tells, or None.
        self.trouble: Trouble | None = None
        self._options = options
        self._calibration = calibration
        self._create_worker = create_worker or (
            lambda chosen: LiveWorker(partial(create_live_analyzer, model), chosen)
        )
        self._clock = clock
        self._housekeeper = housekeeper
        self._lock = threading.Lock()
        self._worker: LiveWorker | None = None
        self._frame_at_s: float | None = None
        self._connecting = False
        self._told = ""
        self._closed = False
        self._hang_up: Callable[[], None] | None = None
        # Takes the frames of a stream; nothing goes back, as the browser shows its own picture.
        self._frames = VideoSinkTrack(self.on_frame)
        self._frames._on_ended_callback = self.on_ended

    def on_frame(self, frame: av.VideoFrame) -> None:
        """Called for every frame of the stream, in the server's own thread, so nothing in it takes long."""
        self.take_frame(lambda: self._picture(frame), self._clock())

    def take_frame(self, picture: Callable[[], BgrImage], at_s: float) -> None:
        """Takes a frame of the stream; the first one starts the worker. Quick.

        Args:
            picture: makes it, in the worker's thread and only if it is read.
            at_s: when it was captured, monotonic seconds.
        """
        with self._lock:
            self._frame_at_s = at_s
            begins = self._worker is None and not self._closed
            if begins:
                self._worker = self._create_worker(self._options)
                self._worker.set_calibration(self._calibration)
            worker = self._worker
        if begins and worker is not None:
            self._housekeeper.watch(
                lambda: self._is_heard(worker), lambda: self._fall_silent(worker), is_stream=True
            )
        if worker is not None:
            worker.submit(picture, at_s)

    def _picture(self, frame: av.VideoFrame) -> BgrImage:
        picture = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
        self.size = picture.shape[1], picture.shape[0]
        return picture

    def on_ended(self) -> None:
        """Called when the stream has ended: stops the worker. A new stream starts a new one."""
        worker = self._let_go()
        if worker is not None:
            # In the server's own thread, which must not wait.
            worker.stop(wait=False)

    def _let_go(self) -> LiveWorker | None:
        with self._lock:
            worker, self._worker = self._worker, None
            self._frame_at_s = None
            self._connecting = False
            self.size = None
        return worker

    def hang_up(self) -> None:
        """Ends the stream, if one runs, and the worker; another one may begin. Takes up to some seconds."""
        with self._lock:
            hang_up, self._hang_up = self._hang_up, None
        if hang_up is not None:
            hang_up()
        worker = self._let_go()
        if worker is not None:
            worker.stop()

    def close(self) -> None:
        """Ends the stream, if one runs, and the worker, for good. May be called again."""
        with self._lock:
            self._closed = True
        self.hang_up()

    def _is_heard(self, worker: LiveWorker) -> bool:
        """Whether that worker's stream runs and still brings pictures."""
        with self._lock:
            frame_at_s = self._frame_at_s
            return self._worker is worker and frame_at_s is not None and self._clock() - frame_at_s < SILENT_S

    def _fall_silent(self, worker: LiveWorker) -> None:
        """Ends that worker's stream where it has not ended by itself: its network is gone."""
        with self._lock:
            runs_on = self._worker is worker
        if runs_on:
            _log.info("No picture of %s for %.0f s: its connection is ended.", self.key, SILENT_S)
            self.hang_up()

    def set_options(self, options: SmoothingOptions) -> None:
        """Changes the smoothing from the next reading on."""
        with self._lock:
            self._options = options
            worker = self._worker
        if worker is not None:
            worker.set_options(options)

    def set_calibration(self, calibration: SessionCalibration) -> None:
        """Changes the session's calibration from the next reading on, of streams to come too."""
        with self._lock:
            self._calibration = calibration
            worker = self._worker
        if worker is not None:
            worker.set_calibration(calibration)

    def begin_baseline(self) -> bool:
        """Starts to measure the resting face; False where no stream runs."""
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.begin_baseline()
        return worker is not None

    def snapshot(self, at_s: float) -> LiveSnapshot | None:
        """What the worker knows, or None while no stream runs."""
        with self._lock:
            worker = self._worker
        return worker.snapshot(at_s) if worker is not None else None

    def status(self, at_s: float) -> CameraStatus:
        """Whether frames arrive, or are waited for."""
        frame_at_s = self._frame_at_s
        live = frame_at_s is not None and at_s - frame_at_s <= FRESH_S
        return CameraStatus(live, self._connecting and not live)

    def show_trouble(self, *, device_may_read: bool) -> None:
        """Says what keeps the camera from being seen, for as long as something does; styles its frame.

        Args:
            device_may_read: the viewer's device can read the picture in the server's place.
        """
        watched = _watch(
            key=f"{self.key}-watch",
            data={
                "sheet": own_sheet("camera_frame"),
                "start": _WORDS["start"],
                "stop": _WORDS["stop"],
                "told": self._told,
            },
            on_said_change=lambda: None,
        )
        said = watched.said if isinstance(watched.said, dict) else {}
        told = str(said.get("trouble", ""))
        self.trouble = TROUBLES.get(told)
        if told != self._told and self.trouble is not None and not self.trouble.passes:
            _log.warning("The camera of %s is not seen: %s %s", self.key, told, said.get("error", ""))
        self._told = told
        show(self.trouble if told != "starting" else None, other_reader=device_may_read)

    def show(self, ice_servers: Sequence[Mapping[str, Any]]) -> None:
        """Puts the camera on the page; called in every script run that shows it."""
        if self._closed:
            return
        forget_lost_start(self.key)
        context = webrtc_streamer(
            key=self.key,
            mode=WebRtcMode.SENDONLY,
            # An empty list: without the key streamlit-webrtc would ask a public STUN server.
            rtc_configuration={"iceServers": [dict(server) for server in ice_servers]},
            media_stream_constraints={"video": FRAME, "audio": False},
            sink_video_track=self._frames,
            translations=_WORDS,
            media_toggle_controls=False,
        )
        with st.container(key="unseen-picture"):
            _picture(key=f"{self.key}-picture")

        with self._lock:
            # Back to where it was before the first start, so that the next offer finds nothing in its way.
            self._hang_up = partial(_reset_context, context)
            self._connecting = context.state.signalling or context.state.playing


def forget_lost_start(key: str) -> None:
    """Keeps streamlit-webrtc 0.79.0 from losing one start in twenty.

    The library drops a stream when more than one script run has begun since the stream was last shown. Quick
    reruns are often broken off before they reach it, so the library then throws away a fresh connection.
    ``CameraFeed`` itself decides when a stream is over and does not need the library's count.
    """
    context = st.session_state.get(key)
    if context is not None:
        context._last_rendered_run_count = None
