"""Boxes are where the mirror shows the face, and labels can be read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.drawing import COLORS_RGB, INK_RGB, draw_boxes
from emotion.labels import EMOTIONS, Emotion
from emotion.types import EmotionScores, FaceBox, FaceReading

GRAY = np.full((480, 640, 3), 90, np.uint8)


def reading(x=100, y=150, width=120, height=140, emotion=Emotion.HAPPY, probability=0.87) -> FaceReading:
    return FaceReading(FaceBox(x, y, width, height, 0.9), EmotionScores.certain(emotion, probability), 0.0)


def painted(picture: np.ndarray, emotion: Emotion) -> np.ndarray:
    return np.abs(picture.astype(int) - COLORS_RGB[emotion][::-1]).max(axis=2) < 30


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_box_is_on_the_face(mirrored):
    picture = draw_boxes(GRAY, [reading()], mirrored)
    ys, xs = np.nonzero(painted(picture, Emotion.HAPPY)[150:291])
    left = 640 - 100 - 120 if mirrored else 100
    assert xs.min() == pytest.approx(left, abs=4)
    assert xs.max() == pytest.approx(left + 120, abs=4)
    assert ys.max() == pytest.approx(140, abs=4)


def test_a_mirror_without_faces_is_the_frame_turned_and_the_frame_stays_as_it_was():
    frame = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    before = frame.copy()
    np.testing.assert_array_equal(draw_boxes(frame, [], True), frame[:, ::-1])
    plain = draw_boxes(frame, [], False)
    np.testing.assert_array_equal(plain, frame)
    plain[:] = 0
    draw_boxes(frame, [reading(5, 5, 20, 20)], True)
    np.testing.assert_array_equal(frame, before)


def test_the_label_is_not_mirrored():
    """The same words at the same place: only the picture behind them is turned."""
    centered = reading(x=260, width=120)
    label = (slice(100, 149), slice(255, 460))
    np.testing.assert_array_equal(
        draw_boxes(GRAY, [centered], True)[label], draw_boxes(GRAY, [centered], False)[label]
    )


def test_words_stand_out_from_their_pill_in_every_color():
    def luminance(rgb):
        c = np.array(rgb) / 255
        return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)

    assert set(COLORS_RGB) == set(EMOTIONS)
    for color in COLORS_RGB.values():
        assert (luminance(color) + 0.05) / (luminance(INK_RGB) + 0.05) >= 7


@pytest.mark.parametrize("y", [0, 3, 330])
def test_the_label_stays_in_the_picture(y):
    wide = reading(x=600, y=y, width=60, height=150, emotion=Emotion.SURPRISE)
    picture = draw_boxes(GRAY, [wide], False)
    whole = painted(draw_boxes(GRAY, [reading(emotion=Emotion.SURPRISE)], False), Emotion.SURPRISE).sum()
    assert painted(picture, Emotion.SURPRISE).sum() > 0.5 * whole


@given(
    x=st.floats(-2000, 2000),
    y=st.floats(-2000, 2000),
    width=st.floats(0, 3000),
    height=st.floats(0, 3000),
    shape=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    mirrored=st.booleans(),
    emotion=st.sampled_from(EMOTIONS),
)
@settings(max_examples=100, deadline=None)
def test_any_box_on_any_frame_draws_without_complaint(x, y, width, height, shape, mirrored, emotion):
    frame = np.zeros((*shape, 3), np.uint8)
    picture = draw_boxes(frame, [reading(x, y, width, height, emotion)], mirrored)
    assert picture.shape == frame.shape
    assert picture.dtype == np.uint8


def test_many_faces_each_get_a_box():
    readings = [reading(30 + 150 * i, 200, 90, 110, e) for i, e in enumerate(EMOTIONS[:4])]
    picture = draw_boxes(cv2.merge([GRAY[..., 0]] * 3), readings, False)
    for e in EMOTIONS[:4]:
        assert painted(picture, e).sum() > 200
