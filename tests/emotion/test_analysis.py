"""A frame becomes readings; in a live stream only faces that last are believed."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.analysis import FaceTrack, FrameAnalyzer, PersistenceOptions, follow
from emotion.bootstrap import create_analyzer, create_photo_analyzer
from emotion.errors import ImageError
from emotion.labels import Emotion
from emotion.types import FaceBox
from tests.fakes import FakeClassifier, FakeDetector, a_face

FRAME = np.zeros((480, 640, 3), np.uint8)
OPTIONS = PersistenceOptions(min_frames=2, max_gap_s=0.5, min_overlap=0.2)


class TestFollow:
    def test_a_face_is_believed_when_it_lasts(self):
        tracks, believed = follow((), [a_face(100, 80)], 0.0, OPTIONS)
        assert believed == ()
        face = a_face(104, 82)
        tracks, believed = follow(tracks, [face], 0.1, OPTIONS)
        assert believed == (face,)
        assert tracks == (FaceTrack(face.box, 0.1, 2),)

    def test_a_single_flash_is_not(self):
        tracks, believed = follow((), [a_face(100, 80)], 0.0, OPTIONS)
        tracks, believed = follow(tracks, [], 0.1, OPTIONS)
        tracks, believed = follow(tracks, [a_face(100, 80)], 0.2, OPTIONS)
        assert believed == (), "in a row, not now and then"

    def test_finds_at_changing_places_are_not(self):
        tracks: tuple[FaceTrack, ...] = ()
        for i in range(6):
            tracks, believed = follow(tracks, [a_face(130 * (i % 4), 80)], i / 10, OPTIONS)
            assert believed == ()

    def test_a_believed_face_survives_a_missed_frame_but_no_long_gap(self):
        tracks = (FaceTrack(a_face().box, 1.0, 5),)
        tracks, believed = follow(tracks, [], 1.2, OPTIONS)
        assert believed == ()
        assert len(follow(tracks, [a_face()], 1.4, OPTIONS)[1]) == 1
        assert follow(tracks, [a_face()], 1.6, OPTIONS)[1] == ()

    def test_frames_far_apart_cannot_vouch_for_each_other(self):
        face = a_face(100, 80)
        assert follow((), [face], 5.0, OPTIONS, pause_s=0.5)[1] == (face,)
        assert follow((), [face], 5.0, OPTIONS, pause_s=0.2)[1] == ()

    def test_at_a_low_rate_a_believed_face_survives_a_missed_frame_too(self):
        tracks = (FaceTrack(a_face().box, 1.0, 5),)
        tracks, _ = follow(tracks, [], 1.25, OPTIONS, pause_s=0.25)
        tracks, believed = follow(tracks, [a_face()], 1.55, OPTIONS, pause_s=0.25)
        assert len(believed) == 1

    def test_time_going_backward_starts_anew(self):
        tracks = (FaceTrack(a_face().box, 9.0, 5),)
        assert follow(tracks, [a_face()], 1.0, OPTIONS) == ((FaceTrack(a_face().box, 1.0, 1),), ())

    def test_two_faces_are_two_tracks(self):
        left, right = a_face(50, 80), a_face(400, 80)
        tracks, _ = follow((), [left, right], 0.0, OPTIONS)
        tracks, believed = follow(tracks, [right, left], 0.1, OPTIONS)
        assert believed == (right, left)
        assert len(tracks) == 2

    def test_two_finds_on_one_place_do_not_confirm_each_other(self):
        tracks, _ = follow((), [a_face(100, 80)], 0.0, OPTIONS)
        _, believed = follow(tracks, [a_face(100, 80), a_face(110, 80)], 0.1, OPTIONS)
        assert len(believed) == 1


class TestFrameAnalyzer:
    def test_reads_all_faces_in_one_batch(self):
        faces = [a_face(20, 80, 160), a_face(300, 80, 120), a_face(500, 80, 60)]
        classifier = FakeClassifier(Emotion.SURPRISE)
        readings = FrameAnalyzer(FakeDetector(faces), classifier).analyze(FRAME, 3.5)
        assert [len(b) for b in classifier.batches] == [3]
        assert [r.box for r in readings] == [f.box for f in faces]
        assert {r.scores.top for r in readings} == {Emotion.SURPRISE}
        assert {r.captured_at_s for r in readings} == {3.5}

    def test_without_a_face_the_classifier_rests(self):
        classifier = FakeClassifier()
        assert FrameAnalyzer(FakeDetector(), classifier).analyze(FRAME, 0.0) == ()
        assert classifier.batches == []

    def test_holds_back_what_does_not_last(self):
        lasting, flash = a_face(100, 80), a_face(400, 200)
        detector = FakeDetector([lasting], [lasting, flash], [lasting])
        analyzer = FrameAnalyzer(detector, FakeClassifier(), persistence=PersistenceOptions())
        seen = [[r.box for r in analyzer.analyze(FRAME, i / 15)] for i in range(3)]
        assert seen == [[], [lasting.box], [lasting.box]]

    @pytest.mark.parametrize("rate_hz", [0.2, 0.5, 1, 2, 3])
    def test_a_face_stays_at_whatever_rate_the_frames_come(self, rate_hz: float):
        analyzer = FrameAnalyzer(FakeDetector([a_face()]), FakeClassifier(), persistence=PersistenceOptions())
        # As a camera delivers them: never quite on time.
        times = [n / rate_hz + 0.02 * (n % 3) for n in range(8)]
        assert [len(analyzer.analyze(FRAME, at_s)) for at_s in times] == [0] + [1] * 7

    def test_a_face_is_there_again_right_after_a_gap(self):
        analyzer = FrameAnalyzer(FakeDetector([a_face()]), FakeClassifier(), persistence=PersistenceOptions())
        times = [0.0, 0.1, 0.2, 4.0, 4.1, 9.0]
        assert [len(analyzer.analyze(FRAME, at_s)) for at_s in times] == [0, 1, 1, 1, 1, 1]

    def test_may_believe_the_first_frame_and_no_other(self):
        lasting, flash = a_face(100, 80), a_face(400, 200)
        detector = FakeDetector([lasting], [lasting, flash], [lasting])
        options = PersistenceOptions(first_is_believed=True)
        analyzer = FrameAnalyzer(detector, FakeClassifier(), persistence=options)
        seen = [[r.box for r in analyzer.analyze(FRAME, i / 15)] for i in range(3)]
        assert seen == [[lasting.box], [lasting.box], [lasting.box]]

    def test_warming_up_runs_both_parts_and_leaves_no_trace(self):
        detector, classifier = FakeDetector([], [a_face()]), FakeClassifier()
        analyzer = FrameAnalyzer(detector, classifier, persistence=PersistenceOptions())
        analyzer.warm_up()
        assert (detector.calls, len(classifier.batches)) == (1, 1)
        assert analyzer.analyze(FRAME, 0.0) == ()


class TestRealParts:
    def test_live(self, tiny_model, astronaut_bgr):
        analyzer = create_analyzer(tiny_model)
        assert analyzer.model_version == "tiny@1"
        assert analyzer.analyze(astronaut_bgr, 0.0) == (), "one frame is not yet believed"
        (reading,) = analyzer.analyze(astronaut_bgr, 0.1)
        assert reading.box.width_px == pytest.approx(90, abs=12)
        assert reading.scores.probabilities.sum() == pytest.approx(1, abs=1e-5)

    def test_photo(self, tiny_model, astronaut_bgr):
        (reading,) = create_photo_analyzer(tiny_model).analyze(astronaut_bgr)
        assert reading.box.height_px == pytest.approx(111, abs=12)

    def test_parts_are_replaceable(self, astronaut_bgr):
        analyzer = create_photo_analyzer(detector=FakeDetector([a_face()]), classifier=FakeClassifier())
        (reading,) = analyzer.analyze(astronaut_bgr)
        assert reading.box == FaceBox(100, 80, 120, 120, 0.9)

    def test_a_picture_that_is_none_is_refused(self, tiny_model):
        with pytest.raises(ImageError, match="Received: "):
            create_photo_analyzer(tiny_model).analyze(np.zeros((5, 5), np.uint8))

    def test_the_shipped_model_sees_the_astronaut_smile(self, astronaut_bgr):
        from emotion.errors import ModelNotFoundError
        from emotion.installed import find_model

        try:
            find_model()
        except ModelNotFoundError:
            pytest.skip("no model is installed under models/")
        (reading,) = create_photo_analyzer().analyze(astronaut_bgr)
        assert reading.scores.top is Emotion.HAPPY
