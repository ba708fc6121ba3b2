"""Simulates webcam faults that FER-2013 does not show, as Keras layers.

Too little or too much light, soft and small pictures, sensor noise, compression, covered parts. The layers
only change a share of the faces (``camera_share``), and draw each effect for these separately. Each effect is
a few matrix products over the batch, so it costs a small part of a training step.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from train.random_layer import RandomLayer

BLURS_PX = (0.6, 0.9, 1.2, 1.6, 2.0)
"""Standard deviations of the blurs, in pixels of the 48-pixel face."""
SMALL_SIDES_PX = (32, 24, 20, 16)
"""Sides to which a face is brought down before it is drawn large again."""
BLOCK_PX = 8
QUANTISATION = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""JPEG's example table for brightness (ITU-T T.81, table K.1)."""

Matrix = npt.NDArray[np.float32]


def blur_matrix(side: int, sigma_px: float) -> Matrix:
    """``(side, side)``: Gaussian blur of a column of pixels, with the border repeated."""
    reach = int(np.ceil(3 * sigma_px))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_px) ** 2)
    taps /= taps.sum()
    out = np.zeros((side, side))
    for row in range(side):
        for offset, tap in zip(range(-reach, reach + 1), taps, strict=True):
            out[row, min(max(row + offset, 0), side - 1)] += tap
    return out.astype(np.float32)


def resize_matrix(source: int, target: int) -> Matrix:
    """``(target, source)``: linear interpolation of a column of pixels; by area when shrinking."""
    if target < source:
        edges = np.arange(target + 1) * source / target
        pixels = np.arange(source)
        low = np.maximum(edges[:-1, None], pixels)
        high = np.minimum(edges[1:, None], pixels + 1)
        return (np.maximum(high - low, 0) * target / source).astype(np.float32)
    at = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(source))).astype(np.float32)


def shrink(images: Any, side: int) -> Any:
    """``(N, S, S, 1)`` float → ``(N, side, side, 1)``, by area."""
    matrix = ops.convert_to_tensor(resize_matrix(images.shape[1], side))
    return ops.matmul(ops.matmul(matrix, images[..., 0]), ops.transpose(matrix))[..., None]


def soft_matrices(side: int) -> Matrix:
    """``(K, side, side)``: the identity, then every blur and every shrinking and enlarging."""
    small = [resize_matrix(s, side) @ resize_matrix(side, s) for s in SMALL_SIDES_PX]
    return np.stack([np.eye(side, dtype=np.float32), *(blur_matrix(side, s) for s in BLURS_PX), *small])


def cosine_matrix(side: int) -> Matrix:
    """``(side, side)``: the discrete cosine transform of each block of 8 pixels of a column."""
    k, n = np.arange(BLOCK_PX)[:, None], np.arange(BLOCK_PX)[None]
    block = np.cos(np.pi * (2 * n + 1) * k / (2 * BLOCK_PX)) * np.sqrt(2 / BLOCK_PX)
    block[0] /= np.sqrt(2)
    return np.kron(np.eye(side // BLOCK_PX), block).astype(np.float32)


@cache
def _constants(side: int) -> tuple[Matrix, Matrix, Matrix]:
    """The matrices of softness and of the cosine transform, and JPEG's table over the whole picture."""
    table = np.tile(np.array(QUANTISATION, np.float32), (side // BLOCK_PX, side // BLOCK_PX))
    return soft_matrices(side), cosine_matrix(side), table[None]


class RandomCamera(RandomLayer):
    """Softness, light, noise and compression, in the order in which a camera adds them."""

    def call(self, images: Any) -> Any:
        """``(N, S, S, 1)`` float 0 to 255, ``S`` a multiple of 8 → the same shape."""
        o = self.options
        n, side = ops.shape(images)[0], images.shape[1]
        soft, cosine, table = (ops.convert_to_tensor(matrix) for matrix in _constants(side))

        draw = partial(self.draw, (n, 1, 1))
        drawn = draw() < o.camera_share

        def chosen(probability: float) -> Any:
            return ops.logical_and(drawn, draw() < probability)

        x = images[..., 0]
        kind = ops.cast(self.draw((n,), 1.0, float(soft.shape[0]) - 1e-3), "int32")
        kind = ops.where(chosen(o.softness)[:, 0, 0], kind, 0)
        matrix = ops.take(soft, kind, axis=0)
        x = ops.matmul(ops.matmul(matrix, x), ops.transpose(matrix, (0, 2, 1)))

        gain = ops.exp(draw(*(float(np.log(v)) for v in o.exposure)))
        gamma = ops.exp(draw(-1.0, 1.0) * float(np.log(o.gamma)))
        exposed = 255.0 * ops.power(ops.clip(x / 255.0, 1e-4, 1.0), gamma) * gain
        x = ops.where(chosen(o.exposure_probability), ops.clip(exposed, 0.0, 255.0), x)

        grain = keras.random.normal(ops.shape(x), seed=self.generator) * draw(0.0, o.noise)
        x = ops.where(chosen(o.noise_probability), ops.clip(x + grain, 0.0, 255.0), x)

        step = table * ops.exp(draw(*(float(np.log(v)) for v in o.compression)))
        parts = ops.matmul(ops.matmul(cosine, x - 128.0), ops.transpose(cosine))
        parts = ops.round(parts / step) * step
        pressed = ops.matmul(ops.matmul(ops.transpose(cosine), parts), cosine) + 128.0
        x = ops.where(chosen(o.compression_probability), ops.clip(pressed, 0.0, 255.0), x)
        return x[..., None]


class RandomCover(RandomLayer):
    """Hides one side of a share of the faces with an even grey: a mask, a hat, the picture's edge."""

    def call(self, images: Any) -> Any:
        """``(N, H, W, C)`` float 0 to 255 → the same shape."""
        o = self.options
        height, width = images.shape[1], images.shape[2]
        n = (ops.shape(images)[0], 1, 1, 1)
        draw = partial(self.draw, n)
        share, side, grey = draw(*o.cover_share), draw(0.0, 4.0), draw(0.0, 255.0)
        rows = (ops.reshape(ops.arange(height, dtype="float32"), (1, -1, 1, 1)) + 0.5) / height
        columns = (ops.reshape(ops.arange(width, dtype="float32"), (1, 1, -1, 1)) + 0.5) / width
        # Half of the covers are masks. The rest come from above, and from either side.
        below = ops.logical_and(side < 2.0, rows > 1.0 - share)
        above = ops.logical_and(ops.logical_and(side >= 2.0, side < 3.0), rows < 0.8 * share)
        left = ops.logical_and(ops.logical_and(side >= 3.0, side < 3.5), columns < share)
        right = ops.logical_and(side >= 3.5, columns > 1.0 - share)
        covered = ops.logical_or(ops.logical_or(below, above), ops.logical_or(left, right))
        return ops.where(ops.logical_and(covered, draw() < o.cover_probability), grey, images)
