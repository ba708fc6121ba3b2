"""Crops are 48×48, grey, and cut where they should be, at any place, size, turn and edge."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.crops import CropOptions, crop_faces, crop_square
from emotion.errors import ImageError
from emotion.faces import DetectedFace
from emotion.types import FaceBox
from tests.fakes import a_face

EXACT = CropOptions(margin=0.0, shift_down=0.0, level_from_deg=180.0)


def smooth_picture(side_px: int = 48) -> np.ndarray:
    """A soft grey picture without symmetry, uint8 (side, side)."""
    y, x = np.mgrid[0:48, 0:48] / 47
    picture = (120 + 60 * np.sin(3 * x + 1) * np.cos(4 * y) + 50 * x * y).astype(np.uint8)
    return cv2.resize(picture, (side_px, side_px), interpolation=cv2.INTER_CUBIC)


def in_color(gray: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)


def test_a_face_of_48_pixels_comes_out_as_it_is():
    frame = np.full((200, 300), 10, np.uint8)
    frame[60:108, 90:138] = smooth_picture()
    (crop,) = crop_faces(in_color(frame), [a_face(90, 60, 48)], EXACT)
    assert crop.dtype == np.uint8
    assert crop.shape == (48, 48, 1)
    np.testing.assert_array_equal(crop[..., 0], smooth_picture())


@pytest.mark.parametrize("side_px", [24, 60, 72, 100, 190, 333])
@pytest.mark.parametrize("at_px", [(50, 40), (333, 111)])
def test_a_face_of_any_size_comes_out_alike(side_px, at_px):
    frame = np.full((600, 800), 10, np.uint8)
    x, y = at_px
    frame[y : y + side_px, x : x + side_px] = smooth_picture(side_px)
    (crop,) = crop_faces(in_color(frame), [a_face(x, y, side_px)], EXACT)
    inner = (slice(3, -3), slice(3, -3))
    difference = np.abs(crop[..., 0].astype(int) - smooth_picture())[inner]
    assert difference.mean() < 2.5
    assert difference.max() < 12


@pytest.mark.parametrize("side_px", [64, 96, 131, 192, 256, 400])
@pytest.mark.parametrize("offset_px", [0.0, 0.3, 0.5])
def test_fine_detail_survives_wherever_the_pixels_fall(side_px, offset_px):
    noise = np.random.default_rng(4).normal(128, 90, (48, 48))
    picture = np.clip(cv2.GaussianBlur(noise, (0, 0), 0.8), 0, 255).astype(np.uint8)
    scale, at = side_px / 48, 60 + offset_px
    # Pixel centres lie half a pixel in.
    place = np.array([[scale, 0, at + scale / 2 - 0.5], [0, scale, at + scale / 2 - 0.5]])
    frame = cv2.warpAffine(picture, place, (520, 520), flags=cv2.INTER_CUBIC, borderValue=128)
    (crop,) = crop_faces(in_color(frame), [a_face(at, at, side_px)], EXACT)
    inner = (slice(3, -3), slice(3, -3))
    assert crop[..., 0][inner].std() > 0.93 * picture[inner].std(), "blurred"
    assert np.corrcoef(crop[..., 0][inner].ravel(), picture[inner].ravel())[0, 1] > 0.99


def test_detail_too_fine_for_the_crop_becomes_grey_and_no_pattern():
    y, x = np.mgrid[0:500, 0:500]
    stripes = np.where((x + y) % 6 < 3, 30, 220).astype(np.uint8)
    for side_px in (191, 216, 300, 400):
        (crop,) = crop_faces(in_color(stripes), [a_face(40.3, 40.3, side_px)], EXACT)
        assert crop.std() < 12, side_px


def test_the_crop_is_a_square_around_the_middle_of_the_box():
    frame = np.zeros((300, 300), np.uint8)
    cv2.circle(frame, (150, 150), 10, 255, -1)
    face = DetectedFace(FaceBox(110, 90, 80, 120, 0.9), np.zeros((5, 2)))
    (crop,) = crop_faces(in_color(frame), [face], EXACT)
    rows, columns = np.nonzero(crop[..., 0] > 127)
    assert rows.mean() == pytest.approx(23.5, abs=0.6)
    assert columns.mean() == pytest.approx(23.5, abs=0.6)
    assert np.ptp(rows) == np.ptp(columns), "a circle stays a circle"


def test_margin_and_shift_do_what_they_say():
    frame = np.zeros((300, 300), np.uint8)
    cv2.circle(frame, (150, 150), 24, 255, -1)
    face = a_face(100, 100, 100)
    wide = crop_faces(in_color(frame), [face], CropOptions(margin=1.0, shift_down=0.0))[0, ..., 0]
    assert (wide > 127).sum() == pytest.approx(np.pi * (24 * 48 / 200) ** 2, rel=0.1)
    low = crop_faces(in_color(frame), [face], CropOptions(margin=0.0, shift_down=0.25))[0, ..., 0]
    assert np.nonzero(low > 127)[0].mean() == pytest.approx(23.5 - 0.25 * 48, abs=0.7)


@pytest.mark.parametrize("turn_deg", [-30, -10, 15, 40])
def test_levelling_undoes_a_known_turn(turn_deg):
    side, center = 160, 300.0
    flat = np.full((600, 600), 128, np.uint8)
    flat[220:380, 220:380] = smooth_picture(side)
    turn = cv2.getRotationMatrix2D((center - 0.5, center - 0.5), -turn_deg, 1.0)
    frame = cv2.warpAffine(flat, turn, (600, 600), flags=cv2.INTER_CUBIC, borderValue=128)
    straight = a_face(220, 220, side)
    points = (straight.landmarks_px - center) @ turn[:, :2].T + center
    options = CropOptions(margin=-0.2, shift_down=0.0, level_from_deg=0.0)
    (expected,) = crop_faces(in_color(flat), [straight], options)
    (levelled,) = crop_faces(in_color(frame), [DetectedFace(straight.box, points)], options)
    assert np.abs(levelled.astype(int) - expected.astype(int)).mean() < 3


@pytest.mark.parametrize(
    ("tilt_deg", "levelled"), [(0, False), (-9, False), (9, False), (11, True), (-11, True)]
)
def test_only_a_face_that_is_clearly_tilted_is_levelled(tilt_deg, levelled):
    face = a_face(220, 220, 160)
    turn = cv2.getRotationMatrix2D((300, 300), -tilt_deg, 1.0)
    points = (face.landmarks_px - 300) @ turn[:, :2].T + 300
    angle = crop_square(DetectedFace(face.box, points), CropOptions())[3]
    assert np.degrees(angle) == pytest.approx(tilt_deg if levelled else 0, abs=0.01)


@given(
    x=st.floats(-500, 900),
    y=st.floats(-500, 900),
    width=st.floats(0, 700),
    height=st.floats(0, 700),
    level=st.sampled_from((0.0, 10.0, 180.0)),
)
@settings(max_examples=80, deadline=None)
def test_a_box_over_the_edge_or_outside_still_gives_a_crop(x, y, width, height, level):
    frame = in_color(smooth_picture(300))
    face = DetectedFace(
        FaceBox(x, y, width, height, 0.9), np.array([(x, y), (x + width, y + height)] + [(x, y)] * 3)
    )
    crops = crop_faces(frame, [face], CropOptions(level_from_deg=level))
    assert crops.shape == (1, 48, 48, 1)


def test_many_faces_make_one_batch_in_their_order_and_none_an_empty_one():
    frame = np.zeros((200, 400), np.uint8)
    for i in range(3):
        frame[50:150, 20 + 120 * i : 120 + 120 * i] = 60 * (i + 1)
    crops = crop_faces(in_color(frame), [a_face(20 + 120 * i, 50, 100) for i in range(3)], EXACT)
    assert [int(np.median(c)) for c in crops] == [60, 120, 180]
    assert crop_faces(in_color(frame), []).shape == (0, 48, 48, 1)


def test_what_is_no_picture_is_refused():
    with pytest.raises(ImageError, match="Received: "):
        crop_faces(np.zeros((48, 48), np.uint8), [a_face()])
