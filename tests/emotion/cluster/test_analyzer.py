"""A session's frames go to the cluster, or are read here while it is away; faces stay accepted on the way."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from emotion.cluster.analyzer import ClusterAnalyzer
from emotion.cluster.service import ClusterService
from emotion.cluster.wire import Answer, decode_picture
from emotion.errors import ClusterAwayError, ClusterError, ImageError
from emotion.live import LiveWorker
from emotion.types import FaceBox
from tests.emotion.waiting import wait_for
from tests.fakes import FakeAnalyzer, FakeCluster, a_reading

FRAME = np.zeros((240, 320, 3), np.uint8)
FACE = Answer("fake@1", (a_reading(),))
AWAY = ClusterAwayError("connection refused")


class Place:
    """A session with a cluster and a reader in this process, both from scripts."""

    def __init__(self, *script: Answer | Exception, model: str = "fake@1") -> None:
        self.cluster = FakeCluster(*script)
        self.local: list[FakeAnalyzer] = []
        self.works: list = []
        service = ClusterService(
            "ray://there:8000", connect=lambda: self.cluster, run=self.works.append, pause=lambda _: None
        )
        self.works.pop()()
        self.analyzer = ClusterAnalyzer(service, model, self._create)

    def _create(self) -> FakeAnalyzer:
        self.local.append(FakeAnalyzer([a_reading()]))
        return self.local[-1]


def test_frames_are_read_on_the_cluster_and_nothing_is_loaded_here() -> None:
    place = Place(FACE)
    assert place.analyzer.analyze(FRAME, 1.0) == (), "one frame alone is not believed, as in this process"
    (reading,) = place.analyzer.analyze(FRAME, 1.1) or ()
    assert (reading.captured_at_s, reading.box) == (1.1, FACE.readings[0].box)
    assert place.local == []
    assert decode_picture(place.cluster.seen[-1]).shape == FRAME.shape


def test_boxes_are_in_pixels_of_the_frame() -> None:
    place = Place(FACE)
    large = np.zeros((960, 1280, 3), np.uint8)
    place.analyzer.analyze(large, 1.0)
    (reading,) = place.analyzer.analyze(large, 1.1) or ()
    assert reading.box == FaceBox(200, 160, 240, 240, 0.9)


def test_a_dropped_frame_is_no_reading() -> None:
    place = Place(FACE, FACE, FACE, ClusterError("no answer in 0.2 s"), FACE)
    place.analyzer.analyze(FRAME, 1.0)
    assert place.analyzer.analyze(FRAME, 1.1)
    assert place.analyzer.analyze(FRAME, 1.2) is None
    assert place.analyzer.analyze(FRAME, 1.3), "and the face is still believed"


def test_a_face_stays_accepted_when_the_cluster_goes_and_when_it_comes_back() -> None:
    place = Place(FACE, FACE, FACE, AWAY, FACE)
    place.analyzer.analyze(FRAME, 1.0)
    assert place.analyzer.analyze(FRAME, 1.1)
    assert place.analyzer.analyze(FRAME, 1.2) is None, "the frame that was under way is lost"
    assert place.analyzer.analyze(FRAME, 1.3) and place.analyzer.analyze(FRAME, 1.4)
    assert len(place.local) == 1 and len(place.local[0].seen) == 2
    place.works.pop()()
    assert place.analyzer.analyze(FRAME, 1.5)
    assert len(place.local[0].seen) == 2


def test_with_another_model_than_the_clusters_this_process_reads() -> None:
    place = Place(FACE, model="attune@9")
    place.analyzer.analyze(FRAME, 1.0)
    assert place.analyzer.analyze(FRAME, 1.1)
    assert len(place.cluster.seen) == 1 and len(place.local) == 1


def test_what_is_no_picture_is_said_and_not_sent() -> None:
    place = Place(FACE)
    with pytest.raises(ImageError):
        place.analyzer.analyze(np.zeros((4, 4), np.float32), 1.0)
    assert len(place.cluster.seen) == 1


def test_the_live_worker_leaves_out_what_was_dropped_and_tells_no_error() -> None:
    place = Place(FACE, FACE, ClusterError("it answers 503"), ClusterError("it answers 503"), FACE)

    def sent(count: int) -> bool:
        return len(place.cluster.seen) == count

    with LiveWorker(lambda: place.analyzer, max_rate_hz=1e6) as worker:
        for number in range(5):
            worker.submit(FRAME, number / 10)
            wait_for(partial(sent, number + 2))
        wait_for(lambda: worker.snapshot().frames_analyzed == 3)
        assert worker.snapshot().error is None
        assert worker.snapshot().model_version == "fake@1"
