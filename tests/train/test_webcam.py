"""What the webcam's faults do to a face, and that the rest stay as they are."""

from __future__ import annotations

import cv2
import keras
import numpy as np
import pytest

from train.augmentation import Augmentation
from train.augmentation_options import AugmentationOptions
from train.webcam import (
    RandomCamera,
    RandomCover,
    blur_matrix,
    cosine_matrix,
    resize_matrix,
    shrink,
    soft_matrices,
)

CALM = AugmentationOptions(
    softness=0.0,
    exposure_probability=0.0,
    noise_probability=0.0,
    compression_probability=0.0,
    camera_share=1.0,
)


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """float32 (16, 48, 48, 1): blotches, grey 20 to 235."""
    coarse = np.random.default_rng(3).uniform(20, 235, (16, 6, 6))
    return np.stack([cv2.resize(c, (48, 48), interpolation=cv2.INTER_LINEAR) for c in coarse])[
        ..., None
    ].astype(np.float32)


def changed(layer: keras.layers.Layer, pictures: np.ndarray) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(layer(pictures)))


def with_one(**effect: object) -> RandomCamera:
    from dataclasses import replace

    return RandomCamera(replace(CALM, **effect), seed=5)


def test_blur_is_opencvs(pictures: np.ndarray) -> None:
    matrix = blur_matrix(48, 1.6)
    face = pictures[0, ..., 0]
    expected = cv2.GaussianBlur(face, (11, 11), 1.6, borderType=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(matrix @ face @ matrix.T, expected, atol=0.2)


def test_matrices_keep_an_even_grey_and_the_cosines_are_orthogonal() -> None:
    for matrix in (*soft_matrices(48), resize_matrix(48, 20), resize_matrix(20, 48)):
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-5)
    cosine = cosine_matrix(48)
    np.testing.assert_allclose(cosine @ cosine.T, np.eye(48), atol=1e-5)


def test_a_face_that_the_camera_leaves_alone_is_as_it_was(pictures: np.ndarray) -> None:
    np.testing.assert_allclose(changed(with_one(), pictures), pictures, atol=1e-3)
    untouched = changed(with_one(camera_share=0.0, softness=1.0, noise_probability=1.0), pictures)
    np.testing.assert_allclose(untouched, pictures, atol=1e-3)


def test_a_smaller_face_is_opencvs_by_area(pictures: np.ndarray) -> None:
    ours = np.asarray(shrink(pictures, 32))[..., 0]
    theirs = [cv2.resize(p[..., 0], (32, 32), interpolation=cv2.INTER_AREA) for p in pictures]
    np.testing.assert_allclose(ours, theirs, atol=0.01)


def test_softness_takes_detail_away(pictures: np.ndarray) -> None:
    soft = changed(with_one(softness=1.0), pictures)
    assert (
        np.abs(np.diff(soft, axis=1)).mean((1, 2, 3)) < np.abs(np.diff(pictures, axis=1)).mean((1, 2, 3))
    ).all()


def test_too_much_light_clips_and_too_little_darkens(pictures: np.ndarray) -> None:
    bright = changed(with_one(exposure_probability=1.0, exposure=(2.4, 2.4), gamma=1.0), pictures)
    np.testing.assert_allclose(bright, np.minimum(pictures * 2.4, 255), atol=0.05)
    dark = changed(with_one(exposure_probability=1.0, exposure=(0.25, 0.25), gamma=1.0), pictures)
    np.testing.assert_allclose(dark, pictures * 0.25, atol=0.05)


def test_noise_is_as_strong_as_it_says(pictures: np.ndarray) -> None:
    noisy = changed(with_one(noise_probability=1.0, noise=10.0), pictures)
    spread = (noisy - pictures).std((1, 2, 3))
    assert spread.min() > 0 and spread.max() < 11


def test_compression_leaves_blocks(pictures: np.ndarray) -> None:
    pressed = changed(with_one(compression_probability=1.0, compression=(20.0, 20.0)), pictures)
    # Steps this coarse leave the mean of each block of 8 pixels and little more.
    blocks = pressed[..., 0].reshape(16, 6, 8, 6, 8)
    assert blocks.std((2, 4)).mean() < pictures[..., 0].reshape(16, 6, 8, 6, 8).std((2, 4)).mean()
    assert np.abs(pressed - pictures).max() > 5


def test_a_cover_hides_one_side_evenly(pictures: np.ndarray) -> None:
    layer = RandomCover(AugmentationOptions(cover_probability=1.0, cover_share=(0.5, 0.5)), seed=1)
    covered = changed(layer, pictures)
    differs = covered[..., 0] != pictures[..., 0]
    assert (differs.mean((1, 2)) > 0.35).all() and (differs.mean((1, 2)) < 0.55).all()
    for face, where in zip(covered[..., 0], differs, strict=True):
        assert np.unique(face[where]).size == 1


def test_the_whole_chain_draws_a_batch_again(pictures: np.ndarray) -> None:
    options = AugmentationOptions(camera_share=0.5, cover_probability=0.5, tilt_deg=30, tilt_probability=0.5)
    chain = Augmentation(options, seed=2)
    targets = np.full((16, 2, 7), 1 / 7, np.float32)

    def draw(batch: int) -> np.ndarray:
        chain.seek(3, batch)
        images, soft = chain(pictures.astype(np.uint8), targets)
        assert soft.shape == (16, 2, 7)
        return np.asarray(keras.ops.convert_to_numpy(images))

    first = draw(4)
    assert first.shape == (16, 48, 48, 1) and first.min() >= 0 and first.max() <= 255
    assert not np.array_equal(draw(5), first)
    np.testing.assert_array_equal(draw(4), first)
