"""YuNet finds faces where they are, on frames of any size, and refuses what is no picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion import faces
from emotion.errors import DetectorError, ImageError
from emotion.faces import PhotoFaceDetector, YuNetDetector, intersection_over_union
from emotion.yunet import keep_surest

# Where the face of scikit-image's astronaut is: brow to chin, in pixels of the 512×512 picture.
ASTRONAUT_FACE = (180, 63, 90, 111)


@pytest.fixture(scope="module")
def detector() -> YuNetDetector:
    return YuNetDetector()


def box_of(face: faces.DetectedFace) -> tuple[float, float, float, float]:
    return face.box.x_px, face.box.y_px, face.box.width_px, face.box.height_px


def test_finds_the_face_with_its_landmarks(detector, astronaut_bgr):
    (face,) = detector.detect(astronaut_bgr)
    assert intersection_over_union(box_of(face), ASTRONAUT_FACE) > 0.8
    assert 0.8 < face.box.confidence <= 1
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks_px
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    assert not face.landmarks_px.flags.writeable


@pytest.mark.parametrize("scale", [0.6, 1.0, 2.5])
def test_boxes_are_in_pixels_of_the_frame_at_any_size_and_in_any_order(detector, astronaut_bgr, scale):
    """One detector serves frames of different sizes: each new size is told to the network."""
    scaled = cv2.resize(astronaut_bgr, None, fx=scale, fy=scale)
    (face,) = detector.detect(scaled)
    expected = tuple(scale * v for v in ASTRONAUT_FACE)
    assert intersection_over_union(box_of(face), expected) > 0.75


@pytest.mark.parametrize(("top", "left"), [(0, 300), (300, 0)])
def test_landscape_and_portrait(detector, astronaut_bgr, top, left):
    frame = cv2.copyMakeBorder(astronaut_bgr, top, 0, left, 0, cv2.BORDER_CONSTANT, value=(90, 90, 90))
    (face,) = detector.detect(frame)
    x, y, w, h = ASTRONAUT_FACE
    assert intersection_over_union(box_of(face), (x + left, y + top, w, h)) > 0.7


def test_no_face_is_no_find(detector):
    assert detector.detect(np.full((480, 640, 3), 127, np.uint8)) == ()
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    assert detector.detect(noise) == ()


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 900, 3), (900, 2, 3), (30, 30, 3)])
def test_odd_sizes_are_searched_without_complaint(detector, shape):
    assert detector.detect(np.zeros(shape, np.uint8)) == ()


@pytest.mark.parametrize("shape", [(23, 900, 3), (900, 23, 3), (30, 4000, 3)])
def test_a_strip_too_narrow_for_a_face_is_not_searched(detector, shape):
    noise = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    assert detector.detect(noise) == ()


def test_a_box_mostly_outside_the_picture_is_held_back(detector, monkeypatch):
    class Inventing:
        @staticmethod
        def find(small):
            rows = np.zeros((2, 15), np.float32)
            rows[0, :4], rows[1, :4] = (-70, 10, 100, 100), (-40, 10, 100, 100)
            rows[:, 14] = 0.9
            return rows

    monkeypatch.setattr(detector, "_net", Inventing())
    (kept,) = detector.detect(np.zeros((240, 320, 3), np.uint8))
    assert kept.box.x_px == -40


def test_small_and_doubtful_finds_are_held_back(astronaut_bgr):
    assert len(YuNetDetector(min_face_px=85).detect(astronaut_bgr)) == 1
    assert YuNetDetector(min_face_px=120).detect(astronaut_bgr) == ()
    assert YuNetDetector(min_confidence=0.99).detect(astronaut_bgr) == ()
    tiny = cv2.resize(astronaut_bgr, (64, 64), interpolation=cv2.INTER_AREA)
    assert YuNetDetector().detect(tiny) == (), "an 11-pixel face holds no expression"


def test_more_scales_find_a_small_face_and_count_each_face_once(astronaut_bgr):
    large = np.full((1500, 2000, 3), 80, np.uint8)
    large[100:612, 200:712] = astronaut_bgr
    small = cv2.resize(astronaut_bgr, (160, 160), interpolation=cv2.INTER_AREA)
    large[1200:1360, 1500:1660] = small
    assert len(YuNetDetector(320).detect(large)) <= 1
    found = YuNetDetector((320, 960, 1600)).detect(large)
    assert len(found) == 2
    assert found[0].box.area_px > found[1].box.area_px, "largest first"
    x, y, w, h = (v * 160 / 512 for v in ASTRONAUT_FACE)
    assert intersection_over_union(box_of(found[1]), (1500 + x, 1200 + y, w, h)) > 0.6


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((48, 48), np.uint8),
        np.zeros((48, 48, 4), np.uint8),
        np.zeros((48, 48, 3), np.float32),
        np.zeros((0, 48, 3), np.uint8),
        "picture.png",
        None,
    ],
)
def test_what_is_no_picture_is_refused(detector, picture):
    with pytest.raises(ImageError, match="Received: "):
        detector.detect(picture)


def test_widths_must_make_sense():
    for widths in (0, 16, (), (320, 8)):
        with pytest.raises(DetectorError, match="Received: "):
            YuNetDetector(widths)


boxes = st.tuples(*[st.floats(-100, 100)] * 2, *[st.floats(0.1, 100)] * 2)


@given(a=boxes, b=boxes)
def test_overlap_is_symmetric_and_a_share(a, b):
    overlap = intersection_over_union(a, b)
    assert 0 <= overlap <= 1 + 1e-9
    assert overlap == pytest.approx(intersection_over_union(b, a))
    assert intersection_over_union(a, a) == pytest.approx(1)


def test_overlap_of_known_boxes():
    assert intersection_over_union((0, 0, 2, 2), (1, 0, 2, 2)) == pytest.approx(1 / 3)
    assert intersection_over_union((0, 0, 2, 2), (2, 0, 2, 2)) == 0
    assert intersection_over_union((0, 0, 0, 0), (0, 0, 0, 0)) == 0


@given(st.lists(st.tuples(boxes, st.floats(0, 1)), max_size=12))
def test_of_overlapping_finds_the_surest_stays(found):
    rows = np.array([(*box, score) for box, score in found], np.float32).reshape(-1, 5)
    kept = keep_surest(rows, 0.3)
    for i, a in enumerate(kept):
        assert all(intersection_over_union(a[:4], b[:4]) <= 0.3 for b in kept[:i])
    for row in rows:
        rivals = [k for k in kept if intersection_over_union(row[:4], k[:4]) > 0.3]
        assert any((row == k).all() for k in kept) or any(k[4] >= row[4] for k in rivals)


class TestPhotoFaceDetector:
    def test_the_box_and_landmarks_of_the_second_look_are_in_pixels_of_the_photo(self, astronaut_bgr):
        (face,) = PhotoFaceDetector().detect(astronaut_bgr)
        assert intersection_over_union(box_of(face), ASTRONAUT_FACE) > 0.75
        left_eye, right_eye, nose, left_mouth, _ = face.landmarks_px
        assert 180 < left_eye[0] < nose[0] < right_eye[0] < 270
        assert 63 < left_eye[1] < nose[1] < left_mouth[1] < 174

    def test_a_40_px_face_in_a_photo_of_12_megapixels_is_found(self, astronaut_bgr):
        photo = np.full((3000, 4000, 3), 90, np.uint8)
        photo[::50], photo[:, ::70] = 130, 60
        small = cv2.resize(astronaut_bgr, None, fx=40 / 90, fy=40 / 90, interpolation=cv2.INTER_AREA)
        places = ((300, 200), (2100, 2900), (2700, 1500))
        for top, left in places:
            photo[top : top + small.shape[0], left : left + small.shape[1]] = small
        found = PhotoFaceDetector().detect(photo)
        assert len(found) == len(places)
        x, y, w, h = (v * 40 / 90 for v in ASTRONAUT_FACE)
        for top, left in places:
            truth = (left + x, top + y, w, h)
            assert max(intersection_over_union(box_of(f), truth) for f in found) > 0.6

    def test_a_face_that_fills_the_photo_is_found(self, astronaut_bgr):
        x, y, w, h = ASTRONAUT_FACE
        close = cv2.resize(astronaut_bgr[y - 15 : y + h + 15, x - 15 : x + w + 15], (1000, 1175))
        (face,) = PhotoFaceDetector().detect(close)
        assert face.box.width_px > 500

    def test_a_face_at_the_edge_keeps_its_place(self, astronaut_bgr):
        cut = np.ascontiguousarray(astronaut_bgr[70:, 190:])
        (face,) = PhotoFaceDetector().detect(cut)
        assert intersection_over_union(box_of(face), (-10, -7, 90, 111)) > 0.6

    def test_what_the_second_look_doubts_is_no_find(self, astronaut_bgr):
        never_sure = {"sure_confidence": 1.0}
        assert len(PhotoFaceDetector(**never_sure).detect(astronaut_bgr)) == 1
        assert PhotoFaceDetector(min_confidence=0.99, **never_sure).detect(astronaut_bgr) == ()

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda photo: cv2.GaussianBlur(photo, (0, 0), 9),
            lambda photo: np.clip(photo.astype(np.int32) * 3, 0, 255).astype(np.uint8),
        ],
        ids=["blurred", "overexposed"],
    )
    def test_a_spoilt_face_is_found_by_looking_again(self, astronaut_bgr, monkeypatch, spoil):
        spoilt = spoil(astronaut_bgr)
        assert PhotoFaceDetector().detect(spoilt) == ()
        (face,) = PhotoFaceDetector().look_again(spoilt)
        assert intersection_over_union(box_of(face), ASTRONAUT_FACE) > 0.6
        assert PhotoFaceDetector(min_confidence=0.95).look_again(spoilt) == (), (
            "the threshold holds there too"
        )
        monkeypatch.setattr(faces, "LOOKS", faces.LOOKS[-1:])
        assert PhotoFaceDetector().look_again(spoilt) == (), "each look is for faults of its own"

    def test_a_larger_look_finds_in_the_photo_s_own_pixels(self, astronaut_bgr, monkeypatch):
        side = 36 / ASTRONAUT_FACE[3]
        small = cv2.resize(astronaut_bgr, None, fx=side, fy=side, interpolation=cv2.INTER_AREA)
        photo = np.full((480, 640, 3), 128, np.uint8)
        photo[200 : 200 + small.shape[0], 300 : 300 + small.shape[1]] = small
        (larger,) = (look for look in faces.LOOKS if max(look.sides_px) > 640)
        monkeypatch.setattr(faces, "LOOKS", (larger,))
        (face,) = PhotoFaceDetector().look_again(photo)
        x, y, w, h = (v * side for v in ASTRONAUT_FACE)
        assert intersection_over_union(box_of(face), (300 + x, 200 + y, w, h)) > 0.6

    @pytest.mark.parametrize("turn_deg", [25.0, -25.0])
    def test_what_a_tilted_look_finds_is_in_the_photo_s_own_pixels(self, astronaut_bgr, turn_deg):
        there, back = faces.tilted(astronaut_bgr, turn_deg)
        straight = PhotoFaceDetector()._search.search(astronaut_bgr, 640)
        moved = faces._moved(PhotoFaceDetector()._search.search(there, 640), back)
        assert len(straight) == len(moved) == 1
        assert intersection_over_union(straight[0, :4], moved[0, :4]) > 0.75
        assert np.abs(straight[0, 4:14] - moved[0, 4:14]).mean() < 8

    @pytest.mark.parametrize("sure_confidence", [0.0, 1.0])
    def test_the_second_look_keeps_the_place(self, astronaut_bgr, sure_confidence):
        (face,) = PhotoFaceDetector(sure_confidence=sure_confidence, min_confidence=0.5).detect(astronaut_bgr)
        assert intersection_over_union(box_of(face), ASTRONAUT_FACE) > 0.75

    def test_only_large_photos_are_searched_twice(self):
        scales = PhotoFaceDetector().scales_px
        assert [scales(px) for px in (100, 640, 1280, 4096)] == [(640,), (640,), (640, 1280), (640, 1600)]

    def test_from_photo_to_photo_of_other_sizes_the_answers_are_those_of_a_new_detector(self, astronaut_bgr):
        x, y, w, h = ASTRONAUT_FACE
        wide = cv2.copyMakeBorder(astronaut_bgr, 0, 0, 300, 900, cv2.BORDER_REFLECT)
        tall = np.ascontiguousarray(astronaut_bgr[:, 100:400])
        close = cv2.resize(astronaut_bgr[y - 15 : y + h + 15, x - 15 : x + w + 15], (1000, 1175))
        empty = np.full((480, 640, 3), 120, np.uint8)
        lasting = PhotoFaceDetector()
        for photo in (wide, close, empty, tall, wide, astronaut_bgr, close):
            found, expected = lasting.detect(photo), PhotoFaceDetector().detect(photo)
            assert [f.box for f in found] == [f.box for f in expected]
            for face, other in zip(found, expected, strict=True):
                np.testing.assert_array_equal(face.landmarks_px, other.landmarks_px)

    @pytest.mark.parametrize("shape", [(1, 1, 3), (2, 900, 3), (3000, 30, 3), (480, 640, 3)])
    def test_nothing_is_found_where_nothing_is(self, shape):
        nothing = np.full(shape, 120, np.uint8)
        assert PhotoFaceDetector().detect(nothing) == PhotoFaceDetector().look_again(nothing) == ()
