"""Augmentation as Keras layers, on any backend.

Shift, rotation, scale and mirror are one affine map with one interpolation: four separate layers would blur
a 48-pixel face four times.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
from keras import ops

from train.augmentation_options import AugmentationOptions
from train.precision import traced
from train.random_layer import RandomLayer
from train.webcam import RandomCamera, RandomCover


class RandomAffine(RandomLayer):
    """Rotation, scale, shift and mirror about the centre, with one bilinear interpolation."""

    def call(self, images: Any) -> Any:
        """``(N, H, W, C)`` float 0 to 255 → the same shape."""
        o = self.options
        height, width = images.shape[1], images.shape[2]
        n = (ops.shape(images)[0],)
        draw = partial(self.draw, n)
        turn = draw(-1.0, 1.0)
        most = ops.where(draw(0.0, 1.0) < o.tilt_probability, o.tilt_deg, o.rotation_deg)
        angle = turn * most * (3.14159265 / 180.0)
        scale = ops.exp(draw(-1.0, 1.0) * ops.log(1.0 + o.zoom))
        mirror = ops.where(draw(0.0, 1.0) < 0.5, -1.0, 1.0) if o.flip else ops.ones(n)
        dx, dy = draw(-o.shift, o.shift) * width, draw(-o.shift, o.shift) * height
        cx, cy = (width - 1) / 2.0, (height - 1) / 2.0
        cos, sin = ops.cos(angle) * scale, ops.sin(angle) * scale
        a0, a1 = cos * mirror, -sin
        b0, b1 = sin * mirror, cos
        a2 = cx + dx - a0 * cx - a1 * cy
        b2 = cy + dy - b0 * cx - b1 * cy
        zero = ops.zeros(n)
        transform = ops.stack([a0, a1, a2, b0, b1, b2, zero, zero], axis=1)
        return ops.image.affine_transform(
            images, transform, interpolation="bilinear", fill_mode="nearest",
            data_format="channels_last",
        )  # fmt: skip


class RandomLight(RandomLayer):
    """Brightness and contrast, per image, clipped to 0 to 255."""

    def call(self, images: Any) -> Any:
        """``(N, H, W, C)`` float 0 to 255 → the same shape."""
        o = self.options
        n = (ops.shape(images)[0], 1, 1, 1)
        gain = 1.0 + self.draw(n, -o.contrast, o.contrast)
        lift = self.draw(n, -o.brightness, o.brightness) * 255.0
        mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
        return ops.clip((images - mean) * gain + mean + lift, 0.0, 255.0)


class RandomErase(RandomLayer):
    """Puts one rectangle of noise on a share of the images (Zhong et al., 2020): a hand, hair, a mug."""

    def call(self, images: Any) -> Any:
        """``(N, H, W, C)`` float 0 to 255 → the same shape."""
        o = self.options
        height, width = images.shape[1], images.shape[2]
        n = (ops.shape(images)[0], 1)
        draw = partial(self.draw, n)
        area, aspect = draw(*o.erase_area), ops.exp(draw(-0.7, 0.7))
        box_h = ops.sqrt(area * aspect) * height
        box_w = ops.sqrt(area / aspect) * width
        top, left = draw() * (height - box_h), draw() * (width - box_w)
        rows = ops.reshape(ops.arange(height, dtype="float32"), (1, -1))
        columns = ops.reshape(ops.arange(width, dtype="float32"), (1, -1))
        in_rows = ops.logical_and(rows >= top, rows < top + box_h)
        in_columns = ops.logical_and(columns >= left, columns < left + box_w)
        erased = ops.logical_and(ops.expand_dims(in_rows, 2), ops.expand_dims(in_columns, 1))
        erased = ops.logical_and(erased, ops.expand_dims(draw() < o.erase_probability, 2))
        noise = self.draw(ops.shape(images), 0.0, 255.0)
        return ops.where(ops.expand_dims(erased, 3), noise, images)


class MixUp(RandomLayer):
    """Blends each image and its target with another of the batch (Zhang et al., 2018)."""

    def call(self, images: Any, targets: Any) -> tuple[Any, Any]:
        """``(N, H, W, C)``, ``(N, …, 7)`` → the same shapes; whole batches are mixed or left alone."""
        o = self.options
        share = keras.random.beta((1,), o.mixup_alpha, o.mixup_alpha, seed=self.generator)
        on = self.draw((1,)) < o.mixup_probability
        share = ops.where(on, ops.maximum(share, 1.0 - share), 1.0)[0]
        other_images, other_targets = ops.flip(images, axis=0), ops.flip(targets, axis=0)
        return (
            images * share + other_images * (1.0 - share),
            targets * share + other_targets * (1.0 - share),
        )


class Augmentation:
    """All layers in order. ``seek`` sets their random state, so any batch can be drawn again."""

    def __init__(self, options: AugmentationOptions, seed: int) -> None:
        self.seed, self.options = seed, options
        self.affine = RandomAffine(options, seed)
        self.light = RandomLight(options, seed + 1)
        self.erase = RandomErase(options, seed + 2)
        self.mixup = MixUp(options, seed + 3)
        self.camera = RandomCamera(options, seed + 4)
        self.cover = RandomCover(options, seed + 5)
        self.layers: tuple[Any, ...] = (
            self.affine, self.light, self.erase, self.mixup, self.camera, self.cover,
        )  # fmt: skip
        self._traced = self._trace()

    def _trace(self) -> Callable[..., Any]:
        return traced(self.apply, [layer.generator.state for layer in self.layers])

    def set_strength(self, strength: float) -> None:
        """Scale the strength of the options by ``strength``, from the next batch on."""
        options = self.options.scaled(strength)
        if options == self.affine.options:
            return
        for layer in self.layers:
            layer.options = options
        self._traced = self._trace()

    def seek(self, epoch: int, batch: int) -> None:
        """Set every generator for a batch (both 0-based); no layer draws more than 16 times a batch."""
        counter = (epoch * 100_003 + batch) * 16 % 2**32
        for i, layer in enumerate(self.layers):
            layer.generator.state.assign([self.seed + i, counter])

    def __call__(self, images: Any, targets: Any) -> tuple[Any, Any]:
        """uint8 ``(N, 48, 48, 1)``, float32 ``(N, …, 7)`` → float32 images 0 to 255 and targets."""
        outputs: tuple[Any, Any] = self._traced(images, ops.convert_to_tensor(targets, dtype="float32"))
        return outputs

    def apply(self, images: Any, targets: Any) -> tuple[Any, Any]:
        """The same, operation by operation."""
        x = self.erase(self.light(self.affine(ops.cast(images, "float32"))))
        if self.options.cover_probability > 0:
            x = self.cover(x)
        if self.options.camera_share > 0:
            x = self.camera(x)
        mixed: tuple[Any, Any] = self.mixup(x, ops.convert_to_tensor(targets, dtype="float32"))
        return mixed
