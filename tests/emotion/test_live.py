"""The live worker reads the newest frame, reports what is wrong, and leaves no thread behind.

No test looks at a wall clock: they wait for states, with a generous limit.
"""

from __future__ import annotations

import gc
import logging
import threading

import numpy as np
import pytest

from emotion import live
from emotion.baseline import SessionCalibration
from emotion.bootstrap import create_analyzer
from emotion.errors import ModelNotFoundError
from emotion.labels import Emotion
from emotion.live import LiveWorker, settle_memory
from emotion.types import FaceReading, Problem, SmoothingOptions
from tests.emotion.waiting import wait_for
from tests.fakes import FakeAnalyzer, a_reading, fake_frame_analyzer

FAST = 1e6
EAGER = SmoothingOptions(min_hold_s=0.0)


def frame(number: int = 0) -> np.ndarray:
    return np.full((48, 64, 3), number, np.uint8)


def analyzed(worker: LiveWorker) -> int:
    return worker.snapshot(0.0).frames_analyzed


def submit_and_wait(worker: LiveWorker, picture: np.ndarray, at_s: float) -> None:
    before = analyzed(worker)
    worker.submit(picture, at_s)
    wait_for(lambda: analyzed(worker) > before)


def live_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "emotion-live"]


class TestFrames:
    def test_only_the_newest_is_read_and_the_rest_is_dropped(self):
        analyzer = FakeAnalyzer()
        analyzer.gate.clear()
        with LiveWorker(lambda: analyzer, max_rate_hz=FAST) as worker:
            worker.submit(frame(1), 0.1)
            assert analyzer.entered.acquire(timeout=30)
            for number in (2, 3, 4):
                worker.submit(frame(number), number / 10)
            analyzer.gate.set()
            wait_for(lambda: analyzed(worker) == 2)
            snapshot = worker.snapshot(0.5)
        assert [int(f[0, 0, 0]) for f in analyzer.seen] == [1, 4]
        assert snapshot.frames_analyzed == 2

    def test_the_rate_is_capped(self):
        """At one frame in a quarter of an hour, the second one is still waiting when the worker stops."""
        analyzer = FakeAnalyzer()
        worker = LiveWorker(lambda: analyzer, max_rate_hz=1 / 1000)
        worker.submit(frame(1), 0.1)
        wait_for(lambda: analyzed(worker) == 1)
        for number in range(2, 50):
            worker.submit(frame(number), number / 10)
        worker.stop()
        assert len(analyzer.seen) == 1

    def test_at_most_15_a_second_by_default(self):
        with LiveWorker(FakeAnalyzer) as worker:
            assert worker._period_s == pytest.approx(1 / 15)

    def test_the_rate_must_be_positive(self):
        with pytest.raises(ValueError, match="Received: "):
            LiveWorker(FakeAnalyzer, max_rate_hz=0)

    def test_the_analyzer_lives_in_the_worker_s_thread(self):
        made_in: list[int] = []

        def create() -> FakeAnalyzer:
            made_in.append(threading.get_ident())
            return analyzer

        analyzer = FakeAnalyzer()
        with LiveWorker(create, max_rate_hz=FAST) as worker:
            for number in range(3):
                worker.submit(frame(), number)
                wait_for(lambda n=number: analyzed(worker) == n + 1)
        assert set(made_in) == analyzer.threads
        assert threading.get_ident() not in analyzer.threads


class TestMood:
    def test_follows_the_readings_and_fades_when_they_stop(self):
        with LiveWorker(fake_frame_analyzer(Emotion.SAD), max_rate_hz=FAST, clock=lambda: 0.0) as worker:
            for number in range(11):
                worker.submit(np.zeros((480, 640, 3), np.uint8), number / 10)
                wait_for(lambda n=number: analyzed(worker) == n + 1)
            now, later = worker.snapshot(1.0), worker.snapshot(60.0)
        assert (now.mood.dominant, now.mood.faces_seen, len(now.readings)) == (Emotion.SAD, 1, 1)
        assert now.model_version == "fake@1"
        assert worker.readings == now.readings
        assert later.mood.dominant is None

    def test_the_smoothing_can_be_changed_on_the_way(self):
        slow = SmoothingOptions(min_hold_s=0.6)
        with LiveWorker(
            lambda: FakeAnalyzer([a_reading()]), slow, max_rate_hz=FAST, clock=lambda: 0.0
        ) as worker:
            worker.submit(frame(), 1.0)
            wait_for(lambda: analyzed(worker) == 1)
            assert worker.snapshot(1.0).mood.dominant is None
            worker.set_options(EAGER)
            worker.submit(frame(), 1.1)
            wait_for(lambda: analyzed(worker) == 2)
            assert worker.snapshot(1.1).mood.dominant is Emotion.HAPPY

    def test_three_seconds_of_a_resting_face_calibrate_the_session(self):
        sad = a_reading(Emotion.SAD, 0.5)
        with LiveWorker(lambda: FakeAnalyzer([sad]), max_rate_hz=FAST, clock=lambda: 0.0) as worker:
            worker.begin_baseline()
            assert worker.snapshot(0.0).resting_share == 0.0
            # One second without a reading in between does not count as looked at.
            times = [k / 10 for k in range(16)] + [2.5 + k / 10 for k in range(16)]
            for number, at_s in enumerate(times):
                worker.submit(frame(), at_s)
                wait_for(lambda n=number: analyzed(worker) == n + 1)
                if number == 15:
                    assert worker.snapshot(1.5).resting_share == pytest.approx(0.5)
                    assert worker.readings[0].scores.top is Emotion.SAD
            done = worker.snapshot(4.0)
        assert done.resting_share is None and done.calibration.has_baseline
        assert worker.readings[0].scores.top is Emotion.NEUTRAL

    def test_a_calibration_is_applied_and_ends_a_look_at_the_resting_face(self):
        angry = SessionCalibration((-1.5, 0, 0, 0, 0, 0, 1.5), corrections=3)
        with LiveWorker(
            lambda: FakeAnalyzer([a_reading(Emotion.ANGRY, 0.4)]), max_rate_hz=FAST, clock=lambda: 0.0
        ) as worker:
            worker.begin_baseline()
            worker.set_calibration(angry)
            worker.submit(frame(), 0.1)
            wait_for(lambda: analyzed(worker) == 1)
            snapshot = worker.snapshot(0.1)
        assert snapshot.calibration == angry and snapshot.resting_share is None
        assert snapshot.readings[0].scores.top is Emotion.NEUTRAL

    def test_the_rate_is_counted(self):
        now = [0.0]
        with LiveWorker(FakeAnalyzer, max_rate_hz=FAST, clock=lambda: now[0]) as worker:
            for number in range(10):
                now[0] = number / 10
                worker.submit(frame())
                wait_for(lambda n=number: analyzed(worker) == n + 1)
            assert worker.snapshot(1.0).readings_per_s == pytest.approx(5.0)
            assert worker.snapshot(9.0).readings_per_s == 0


class TestErrors:
    def test_a_missing_model_is_said_and_tried_again(self, caplog):
        problems = [ModelNotFoundError("Expected a model. Received: none"), OSError("disk on fire")]
        heard: list[str | None] = []

        def create() -> FakeAnalyzer:
            heard.append(worker_box[0].snapshot(0.0).error if worker_box else None)
            if problems:
                raise problems.pop(0)
            return FakeAnalyzer([a_reading()])

        worker_box: list[LiveWorker] = []
        with (
            caplog.at_level(logging.ERROR),
            LiveWorker(create, max_rate_hz=FAST, retry_after_s=0.05) as worker,
        ):
            worker_box.append(worker)
            worker.submit(frame())
            wait_for(lambda: analyzed(worker) == 1)
            assert worker.snapshot().error is None
        assert heard[1] == "Expected a model. Received: none"
        assert heard[2] == "The expression model could not be started. The log has the details."
        assert "disk on fire" in caplog.text, "the log has what the page does not say"

    def test_stop_does_not_wait_for_the_next_try(self):
        def create() -> FakeAnalyzer:
            raise ModelNotFoundError("Expected a model. Received: none")

        worker = LiveWorker(create, retry_after_s=10_000)
        wait_for(lambda: worker.snapshot().error is not None)
        worker.stop()
        assert not worker.is_alive
        assert worker.snapshot().error == "Expected a model. Received: none"

    def test_a_bad_frame_is_said_and_the_next_one_read(self, caplog):
        analyzer = FakeAnalyzer([a_reading()], RuntimeError("broken"), RuntimeError("broken"), [a_reading()])
        with caplog.at_level(logging.ERROR), LiveWorker(lambda: analyzer, max_rate_hz=FAST) as worker:
            worker.submit(frame())
            wait_for(lambda: analyzed(worker) == 1)
            for number in (2, 3):
                worker.submit(frame())
                wait_for(lambda n=number: len(analyzer.seen) == n and worker.snapshot().error is not None)
            assert (
                worker.snapshot().error == "A camera picture could not be analysed. The log has the details."
            )
            assert worker.snapshot().readings == ()
            worker.submit(frame())
            wait_for(lambda: analyzed(worker) == 2)
            assert worker.snapshot().error is None
        assert caplog.text.count("A camera picture could not be analysed") == 1, (
            "said once, not at every frame"
        )
        assert "RuntimeError: broken" in caplog.text

    def test_a_frame_that_is_no_picture_is_said_in_plain_words(self, tiny_model):
        with LiveWorker(lambda: create_analyzer(tiny_model)) as worker:
            worker.submit(np.zeros((4, 4), np.float32))
            wait_for(lambda: worker.snapshot().error is not None)
            assert "Expected a colour picture" in worker.snapshot().error
            worker.submit(frame())
            wait_for(lambda: worker.snapshot().error is None)


class TestLife:
    def test_twenty_starts_and_stops_leave_no_thread(self, tiny_model, astronaut_bgr):
        before = threading.active_count()
        for _ in range(20):
            worker = LiveWorker(lambda: create_analyzer(tiny_model))
            worker.submit(astronaut_bgr)
            wait_for(lambda w=worker: analyzed(w) >= 1)
            worker.stop()
            assert not worker.is_alive
        assert live_threads() == []
        assert threading.active_count() <= before

    @pytest.mark.parametrize("after", ["nothing", "frames"])
    def test_stops_at_once_whatever_it_is_doing_and_more_than_once(self, after):
        worker = LiveWorker(FakeAnalyzer)
        if after == "frames":
            for _ in range(100):
                worker.submit(frame())
        worker.stop()
        worker.stop()
        worker.submit(frame())
        assert not worker.is_alive
        assert worker.snapshot().error is None

    def test_two_workers_share_nothing(self):
        with (
            LiveWorker(lambda: FakeAnalyzer([a_reading(Emotion.HAPPY)]), EAGER, max_rate_hz=FAST) as first,
            LiveWorker(lambda: FakeAnalyzer([a_reading(Emotion.SAD)]), EAGER, max_rate_hz=FAST) as second,
        ):
            for worker in (first, second):
                worker.submit(frame())
                wait_for(lambda w=worker: analyzed(w) == 1)
            assert first.snapshot().mood.dominant is Emotion.HAPPY
            assert second.snapshot().mood.dominant is Emotion.SAD

    def test_memory_is_settled_once_when_the_model_is_warm(self, monkeypatch):
        calls: list[str] = []
        monkeypatch.setattr(live, "_settled", threading.Event())
        monkeypatch.setattr(gc, "collect", lambda: calls.append("collect"))
        monkeypatch.setattr(gc, "freeze", lambda: calls.append("freeze"))
        for _ in range(2):
            with LiveWorker(lambda: FakeAnalyzer([a_reading()]), max_rate_hz=FAST) as worker:
                worker.submit(frame())
                wait_for(lambda w=worker: analyzed(w) == 1)
        settle_memory()
        assert calls == ["collect", "freeze"]


class TestPoorPictures:
    BLURRED = a_reading(Emotion.HAPPY, 0.99, quality=(Problem.BLURRED,))
    GOOD = a_reading(Emotion.SAD, 0.9)

    def read(self, *frames: tuple[tuple[FaceReading, ...], float]) -> LiveWorker:
        """A worker that has read each (readings, time); stopped, so that nothing else happens."""
        analyzer = FakeAnalyzer(*(readings for readings, _ in frames))
        with LiveWorker(lambda: analyzer, max_rate_hz=1000, clock=lambda: 0.0) as worker:
            for _, at_s in frames:
                submit_and_wait(worker, np.full((60, 80, 3), 90, np.uint8), at_s)
        return worker

    def test_no_mood_comes_of_them(self) -> None:
        worker = self.read(*([((self.BLURRED,), n / 10) for n in range(30)]))
        shown = worker.snapshot(2.9)
        assert shown.mood.dominant is None
        assert shown.mood.faces_seen == 1
        assert shown.problem is Problem.BLURRED

    def test_a_mood_that_held_becomes_unknown(self) -> None:
        worker = self.read(((self.GOOD,), 0.0), *[((self.BLURRED,), 0.1 + n / 10) for n in range(30)])
        assert worker.snapshot(0.0).mood.dominant is None
        assert worker.snapshot(3.0).problem is Problem.BLURRED

    def test_one_blurred_frame_is_not_told(self) -> None:
        worker = self.read(((self.GOOD,), 0.0), ((self.BLURRED,), 0.1))
        assert worker.snapshot(0.2).problem is None
        assert worker.snapshot(0.2).mood.dominant is Emotion.SAD

    def test_beside_somebody_who_is_seen_well_nothing_is_amiss(self) -> None:
        worker = self.read(((self.GOOD, self.BLURRED), 0.0), ((self.GOOD, self.BLURRED), 5.0))
        assert worker.snapshot(5.0).problem is None
        assert worker.snapshot(5.0).mood.dominant is Emotion.SAD

    def test_a_dark_frame_without_a_face_is_told(self) -> None:
        analyzer = FakeAnalyzer(())
        with LiveWorker(lambda: analyzer, max_rate_hz=1000, clock=lambda: 0.0) as worker:
            for at_s in (0.0, 2.0):
                submit_and_wait(worker, np.full((60, 80, 3), 8, np.uint8), at_s)
        assert worker.snapshot(2.0).problem is Problem.TOO_DARK
