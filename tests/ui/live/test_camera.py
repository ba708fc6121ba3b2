from __future__ import annotations

import gc
import logging
import re
import sys
import threading
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
import streamlit as st
import streamlit_webrtc
from streamlit_webrtc import component
from streamlit_webrtc.component import WebRtcStreamerContext, WebRtcStreamerState

import ui.live
from emotion.labels import Emotion
from emotion.live import LiveWorker
from emotion.types import SmoothingOptions
from tests.fakes import FakeAnalyzer, a_reading
from ui.app.housekeeping import Housekeeper
from ui.app.state import new_session
from ui.live import camera, ready
from ui.live.camera import CameraFeed, CameraStatus, forget_lost_start
from ui.live.device.camera import OFF
from ui.live.scripts import script
from ui.live.stage import READ_S
from ui.live.state import LiveState
from ui.live.trouble import ON_DEVICE, TROUBLES, TWO_WAYS

WATCH = script("recovery", "camera_watch", "device/camera")


def a_frame() -> av.VideoFrame:
    picture = np.zeros((240, 320, 3), np.uint8)
    picture[:, :160] = 255
    return av.VideoFrame.from_ndarray(picture, format="bgr24")


class Feeds:
    """Makes feeds around fake analyzers, and keeps the workers they started."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.workers: list[LiveWorker] = []
        self.analyzers: list[FakeAnalyzer] = []
        self.housekeeper = Housekeeper(lambda: None, lambda: self.now_s)

    def make(self) -> CameraFeed:
        return CameraFeed(
            SmoothingOptions(), self._worker, clock=lambda: self.now_s, housekeeper=self.housekeeper
        )

    def _worker(self, options: SmoothingOptions) -> LiveWorker:
        analyzer = FakeAnalyzer([a_reading(Emotion.HAPPY)])
        self.analyzers.append(analyzer)
        self.workers.append(LiveWorker(lambda: analyzer, options, clock=lambda: self.now_s))
        return self.workers[-1]


@pytest.fixture
def feeds(monkeypatch: pytest.MonkeyPatch) -> Feeds:
    # The housekeeper looks when a test says so.
    monkeypatch.setattr(Housekeeper, "_run", lambda self: None)
    return Feeds()


def test_the_picture_is_analysed_elsewhere_as_it_came(feeds: Feeds) -> None:
    feed = feeds.make()
    assert feed.snapshot(feeds.now_s) is None and feed.size is None
    feed.on_frame(a_frame())
    analyzer = feeds.analyzers[0]
    assert analyzer.entered.acquire(timeout=30)
    assert len(analyzer.threads) == 1
    assert threading.get_ident() not in analyzer.threads
    assert feed.size == (320, 240)
    (seen,) = analyzer.seen
    assert seen[200, 10].min() > 200
    assert seen[200, 300].max() < 60
    feed.close()
    assert feed.size is None


def test_no_thread_waits_for_the_end_of_a_stream(feeds: Feeds) -> None:
    """It ends in the server's own thread."""
    feed = feeds.make()
    feed.on_frame(a_frame())
    analyzer = feeds.analyzers[0]
    assert analyzer.entered.acquire(timeout=30)
    analyzer.gate.clear()
    feed.on_frame(a_frame())
    assert analyzer.entered.acquire(timeout=30)
    feed.on_ended()
    assert feeds.workers[0].is_alive
    analyzer.gate.set()
    feeds.workers[0].stop()
    feed.close()


def test_the_feed_says_whether_pictures_arrive(feeds: Feeds) -> None:
    feed = feeds.make()
    assert not feed.status(feeds.now_s).live
    feed.on_frame(a_frame())
    assert feed.status(feeds.now_s).live
    assert not feed.status(feeds.now_s + camera.FRESH_S + 0.1).live
    feed.on_ended()
    assert not feed.status(feeds.now_s).live


def test_the_worker_ends_with_the_stream_and_a_new_stream_gets_a_new_one(feeds: Feeds) -> None:
    feed = feeds.make()
    feed.on_frame(a_frame())
    feed.on_ended()
    feed.on_ended()
    feeds.workers[0].stop()
    assert feed.snapshot(feeds.now_s) is None
    feed.on_frame(a_frame())
    assert len(feeds.workers) == 2
    assert feeds.workers[1].is_alive
    feed.close()
    assert not feeds.workers[1].is_alive


def test_a_late_frame_starts_nothing_after_the_camera_was_left(feeds: Feeds) -> None:
    feed = feeds.make()
    feed.close()
    feed.on_frame(a_frame())
    assert feeds.workers == []


def test_a_stream_that_has_fallen_silent_is_ended_and_another_may_begin(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = WebRtcStreamerContext(None, WebRtcStreamerState(playing=True, signalling=False))
    context._sdp_answer_json = "{}"
    monkeypatch.setattr(camera, "webrtc_streamer", lambda **_: context)
    monkeypatch.setattr(camera, "_picture", lambda **_: None)
    feed = feeds.make()
    feed.show(())
    feed.on_frame(a_frame())
    feeds.now_s += camera.SILENT_S - 0.5
    feeds.housekeeper.look()
    assert feeds.workers[0].is_alive
    feeds.now_s += 1
    feeds.housekeeper.look()
    assert not feeds.workers[0].is_alive
    assert context._sdp_answer_json is None, "the next offer finds nothing in its way"
    feed.on_frame(a_frame())
    assert feeds.workers[1].is_alive
    feed.close()


def test_the_camera_of_a_page_that_is_away_ends(feeds: Feeds) -> None:
    state = new_session().page(LiveState)
    state.leave()
    state.feed = feeds.make()
    state.feed.on_frame(a_frame())
    state.leave()
    assert not feeds.workers[0].is_alive
    assert state.feed is not None, "it may come back"


def test_no_thread_is_left_behind_over_twenty_starts_and_stops(feeds: Feeds) -> None:
    before = threading.active_count()
    feed = feeds.make()
    for _ in range(20):
        feed.on_frame(a_frame())
        feed.on_ended()
    feed.close()
    for worker in feeds.workers:
        worker.stop()
    assert threading.active_count() == before
    assert len(feeds.workers) == 20


def test_new_smoothing_reaches_the_running_worker_and_the_next(feeds: Feeds) -> None:
    feed = feeds.make()
    feed.on_frame(a_frame())
    calm = SmoothingOptions(half_life_s=9)
    feed.set_options(calm)
    assert feeds.workers[0]._tracker._options is calm
    feed.on_ended()
    feed.on_frame(a_frame())
    assert feeds.workers[1]._tracker._options is calm
    feed.close()


def test_a_run_that_does_not_show_the_camera_switches_it_off(feeds: Feeds) -> None:
    session, feed = new_session(), feeds.make()
    state = session.page(LiveState)
    state.feed = feed
    feed.on_frame(a_frame())
    session.begin_run()
    state.camera_shown = True
    session.end_run()
    assert state.feed is feed
    session.begin_run()
    # A run that is broken off does not come to its end: nothing is switched off.
    session.begin_run()
    state.camera_shown = True
    session.end_run()
    assert feeds.workers[0].is_alive
    session.begin_run()
    session.end_run()
    assert state.feed is None
    assert not feeds.workers[0].is_alive


def test_every_camera_is_a_stream_of_its_own(feeds: Feeds) -> None:
    assert feeds.make().key != feeds.make().key


# --- what is handed to streamlit-webrtc ------------------------------------------------------------------


def test_ice_servers_come_from_the_settings_and_are_none_by_default(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[dict[str, Any]] = []

    def streamer(**given: Any) -> WebRtcStreamerContext:
        calls.append(given)
        return WebRtcStreamerContext(None, WebRtcStreamerState(playing=False, signalling=False))

    monkeypatch.setattr(camera, "webrtc_streamer", streamer)
    monkeypatch.setattr(camera, "_picture", lambda **_: None)
    feed = feeds.make()
    feed.show(())
    feed.show(({"urls": "stun:a.example"},))
    assert calls[0]["rtc_configuration"] == {"iceServers": []}
    assert calls[1]["rtc_configuration"] == {"iceServers": [{"urls": "stun:a.example"}]}
    for given in calls:
        assert given["key"] == feed.key
        assert given["mode"] is streamlit_webrtc.WebRtcMode.SENDONLY
        assert given["media_stream_constraints"]["audio"] is False
        assert given["sink_video_track"] is calls[0]["sink_video_track"], "one for as long as it is shown"


@pytest.mark.parametrize(("playing", "signalling"), [(False, True), (True, False)])
def test_a_picture_is_waited_for_from_the_offer_to_the_first_frame(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch, playing: bool, signalling: bool
) -> None:
    context = WebRtcStreamerContext(None, WebRtcStreamerState(playing, signalling))
    monkeypatch.setattr(camera, "webrtc_streamer", lambda **_: context)
    feed = feeds.make()
    feed.show(())
    assert feed.status(feeds.now_s) == CameraStatus(live=False, connecting=True)
    feed.on_frame(a_frame())
    assert feed.status(feeds.now_s) == CameraStatus(live=True, connecting=False)
    feed.on_ended()
    assert feed.status(feeds.now_s) == CameraStatus(live=False, connecting=False)
    context._set_state(WebRtcStreamerState(playing=False, signalling=False))
    feed.show(())
    assert feed.status(feeds.now_s) == CameraStatus(live=False, connecting=False)


def test_a_mood_without_a_picture_is_gone_from_the_page_within_two_seconds() -> None:
    """The page is told every ``READ_S``; ``camera_watch.js`` hides the picture by its own clock."""
    assert camera.FRESH_S + READ_S < 1.5


def said_on(
    monkeypatch: pytest.MonkeyPatch, feed: CameraFeed, said: object, *, device_may_read: bool = False
) -> list[str]:
    """What the page shows when the browser has said that."""
    shown: list[str] = []
    monkeypatch.setattr(camera, "_watch", lambda **_: SimpleNamespace(said=said))
    monkeypatch.setattr(camera.st, "info", shown.append)
    monkeypatch.setattr(camera.st, "warning", shown.append)
    feed.show_trouble(device_may_read=device_may_read)
    return shown


def test_every_trouble_is_one_sentence_on_the_page_until_it_is_over(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    feed = feeds.make()
    for name, trouble in TROUBLES.items():
        with caplog.at_level(logging.WARNING):
            shown = said_on(monkeypatch, feed, {"trouble": name, "error": "NameOfIt: details"})
            assert said_on(monkeypatch, feed, {"trouble": name, "error": "NameOfIt: details"}) == shown
        assert feed.trouble is trouble
        ways = "" if trouble.passes or trouble.reads else f" {TWO_WAYS}"
        assert shown == ([] if name == "starting" else [f"{trouble.sentence}{ways}"])
        assert caplog.text.count("NameOfIt") == (0 if trouble.passes else 1), "logged once"
        caplog.clear()
    assert said_on(monkeypatch, feed, {"trouble": "", "error": ""}) == []
    assert feed.trouble is None


def test_where_the_network_blocks_the_picture_the_other_reader_is_offered_if_there_is_one(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = feeds.make()
    for device_may_read in (False, True):
        (shown,) = said_on(monkeypatch, feed, {"trouble": "blocked"}, device_may_read=device_may_read)
        assert (f"Or press “{ON_DEVICE}” below." in shown) is device_may_read


@pytest.mark.parametrize("said", [None, "denied", 7, {"trouble": ["denied"]}, {"else": 1}, {"trouble": "x"}])
def test_nonsense_from_a_browser_is_no_trouble(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch, said: object
) -> None:
    feed = feeds.make()
    assert said_on(monkeypatch, feed, said) == []
    assert feed.trouble is None


def test_every_trouble_that_the_script_tells_has_its_words() -> None:
    errors = re.search(r"const ERRORS = \{(.*?)\};", WATCH, re.S)
    assert errors is not None
    told = set(re.findall(r': "([a-z]+)"', errors[1])) | set(re.findall(r'return "([a-z]+)"', WATCH))
    assert told - {OFF} <= set(TROUBLES)
    assert [name for name in TROUBLES if f'"{name}"' not in WATCH] == []


def test_the_work_around_for_lost_starts_fits_the_installed_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs pass without the camera being reached; the library alone would then reset the stream."""
    kept: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", kept)
    runs = SimpleNamespace(script_run_count=1)
    monkeypatch.setattr(component, "get_this_session_info", lambda: runs)
    resets: list[object] = []
    monkeypatch.setattr(component, "_reset_context", resets.append)

    component._get_or_create_context("camera-x")
    runs.script_run_count = 9
    component._get_or_create_context("camera-x")
    assert len(resets) == 1, "the library still loses starts: else the work-around can go"

    runs.script_run_count = 19
    forget_lost_start("camera-x")
    component._get_or_create_context("camera-x")
    assert len(resets) == 1
    forget_lost_start("never seen")


@pytest.mark.slow
def test_the_collector_is_told_once_that_the_warm_model_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two settings keep the video smooth: no collection after script runs, and nothing old to walk."""
    from emotion import live

    monkeypatch.setattr(live, "_settled", threading.Event())
    gc.unfreeze()
    try:
        assert ready.model_is_ready()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


def test_the_camera_s_libraries_are_there_before_the_memory_settles(monkeypatch: pytest.MonkeyPatch) -> None:
    from emotion import bootstrap, live

    monkeypatch.setattr(ui.live, "camera", camera)
    monkeypatch.delitem(sys.modules, "ui.live.camera")
    there: list[bool] = []
    monkeypatch.setattr(bootstrap, "create_analyzer", lambda *_: FakeAnalyzer([]))
    monkeypatch.setattr(live, "settle_memory", lambda: there.append("ui.live.camera" in sys.modules))
    assert ready.model_is_ready()
    assert there == [True]
