"""A picture on its way to a cluster stays small and whole, and its readings come back as they were."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from emotion.cluster.wire import (
    LONG_SIDE_PX,
    MOST_BYTES,
    Answer,
    decode_answer,
    decode_picture,
    encode_answer,
    encode_picture,
)
from emotion.errors import ClusterError, ImageError
from emotion.labels import Emotion
from emotion.types import Problem
from tests.fakes import a_reading


def test_a_small_picture_comes_through_at_its_size(astronaut_bgr: np.ndarray) -> None:
    small = cv2.resize(astronaut_bgr, (320, 240), interpolation=cv2.INTER_AREA)
    picture, span = encode_picture(small)
    back = decode_picture(picture)
    assert span == 1.0 and back.shape == small.shape
    assert np.abs(back.astype(int) - small).mean() < 4


def test_a_large_picture_is_made_smaller_and_says_by_how_much() -> None:
    picture, span = encode_picture(np.zeros((960, 1280, 3), np.uint8))
    assert span == 2.0
    assert decode_picture(picture).shape == (480, LONG_SIDE_PX, 3)


def test_no_picture_is_too_large_for_rays_messages() -> None:
    noise = np.random.default_rng(0).choice(np.array([0, 255], np.uint8), (640, 640, 3))
    with pytest.raises(ImageError, match="Received: a larger one"):
        encode_picture(noise)
    grain = cv2.GaussianBlur(noise, (0, 0), 1.0)
    assert cv2.imencode(".jpg", grain, (cv2.IMWRITE_JPEG_QUALITY, 90))[1].size > MOST_BYTES
    assert len(encode_picture(grain)[0]) <= MOST_BYTES


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"Dear diary",
        b"\xff\xd8\xff",
        cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes(),
        cv2.imencode(".jpg", np.zeros((8, 2 * LONG_SIDE_PX, 3), np.uint8))[1].tobytes(),
        b"\xff\xd8" + bytes(MOST_BYTES),
    ],
)
def test_what_is_no_small_jpeg_is_refused(sent: bytes) -> None:
    with pytest.raises(ImageError, match="Expected a JPEG"):
        decode_picture(sent)


def test_readings_come_back_as_they_were() -> None:
    readings = (a_reading(Emotion.SAD, 0.7), a_reading(Emotion.FEAR, quality=(Problem.BLURRED,)))
    back = decode_answer(encode_answer(Answer("attune@3", readings)))
    assert back.model_version == "attune@3"
    for ours, theirs in zip(readings, back.readings, strict=True):
        assert (theirs.box, theirs.quality) == (ours.box, ours.quality)
        np.testing.assert_allclose(theirs.scores.probabilities, ours.scores.probabilities, atol=1e-6)


@pytest.mark.parametrize(
    "said",
    [b"", b"<html>", b"{}", b"[]", b'{"model": "m", "faces": [{"box": [1]}]}', b'{"model": "m", "faces": 3}'],
)
def test_an_answer_that_is_none_is_an_error(said: bytes) -> None:
    with pytest.raises(ClusterError, match="Expected the readings"):
        decode_answer(said)
