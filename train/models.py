"""Networks, as functions that return an uncompiled ``keras.Model``.

Each takes ``(N, 48, 48, 1)`` grey values 0 to 255 (scaling is inside) and answers ``(N, 7)`` shares. They
only use layers that come with Keras, so a saved model opens anywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
from keras import layers

from attune_settings import Program, load
from emotion.labels import EMOTIONS, FACE_SIZE_PX
from train.errors import ConfigError
from train.heads import HEADS
from train.pretrained import begin_with_faces, find_weights


def _conv(x: Any, filters: int, *, stride: int = 1, size: int = 3, activate: bool = True) -> Any:
    # Small first weights: under batch normalization they make large relative steps. With He's larger
    # ones, or with each block begun as the identity, the first hundred steps learned next to nothing.
    small = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
    x = layers.Conv2D(
        filters, size, strides=stride, padding="same", use_bias=False, kernel_initializer=small
    )(x)
    x = layers.BatchNormalization(momentum=0.97)(x)
    return layers.ReLU()(x) if activate else x


def _normalized(inputs: Any) -> Any:
    """Each face to mean 0 and variance 1, so a dim room and a bright one look alike."""
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    return layers.GroupNormalization(groups=1, center=False, scale=False, epsilon=1e-2, dtype="float32")(x)


def _faces(size_px: int | None = FACE_SIZE_PX) -> Any:
    return keras.Input((size_px, size_px, 1), name="face_gray")


def _shares(x: Any) -> Any:
    # Logits and softmax stay in float32 under mixed precision: shares near 1 need the digits.
    x = layers.Dense(len(EMOTIONS), name="logits", dtype="float32")(x)
    return layers.Softmax(name="probabilities", dtype="float32")(x)


def _block(x: Any, filters: int, stride: int) -> Any:
    y = _conv(_conv(x, filters, stride=stride), filters, activate=False)
    if stride > 1 or x.shape[-1] != filters:
        x = _conv(x, filters, stride=stride, size=1, activate=False)
    return layers.ReLU()(layers.Add()([x, y]))


def attune_resnet(
    *,
    stem: int = 32,
    widths: tuple[int, ...] = (48, 96, 96, 160, 160),
    dropout: float = 0.3,
    size_px: int | None = FACE_SIZE_PX,
) -> keras.Model:
    """The backbone of the models that ship: a small residual network (He et al., 2016) for 48-pixel faces.

    Input: ``(N, 48, 48, 1)`` grey 0 to 255. Output: ``(N, 7)`` shares. The network normalises each
    face to mean 0 and variance 1, so a dim room and a bright one look alike.
    1.18 M parameters at the default widths. ``size_px`` is the side of a face; None takes any.
    """
    inputs = _faces(size_px)
    x = layers.Dropout(dropout)(_residual_features(inputs, stem, widths))
    return keras.Model(inputs, _shares(x), name="attune_resnet")


def attune_two_heads(
    *,
    stem: int = 32,
    widths: tuple[int, ...] = (48, 96, 96, 160, 160),
    dropout: float = 0.3,
    size_px: int | None = FACE_SIZE_PX,
) -> keras.Model:
    """``attune_resnet`` with two heads: what FER-2013's label would be, and what FER+'s voters would say.

    Input: ``(N, 48, 48, 1)`` grey 0 to 255. Output: ``(N, 2, 7)`` shares, the heads in the order of
    ``train.heads.HEADS``. The published model is a mixture of the two (``train.heads.mix``).
    1.18 M parameters at the default widths. ``size_px`` is the side of a face; None takes any.
    """
    inputs = _faces(size_px)
    x = layers.Dropout(dropout)(_residual_features(inputs, stem, widths))
    return keras.Model(inputs, _two_heads(x), name="attune_two_heads")


def _two_heads(x: Any, initializer: str = "glorot_uniform") -> Any:
    heads = []
    for head in HEADS:
        logits = layers.Dense(
            len(EMOTIONS), kernel_initializer=initializer, name=f"{head}_logits", dtype="float32"
        )(x)
        shares = layers.Softmax(name=head, dtype="float32")(logits)
        heads.append(layers.Reshape((1, len(EMOTIONS)), name=f"{head}_row", dtype="float32")(shares))
    return layers.Concatenate(axis=1, name="heads", dtype="float32")(heads)


def attune_faces(
    *, weights: str | None = "faces", dropout: float = 0.3, size_px: int | None = FACE_SIZE_PX
) -> keras.Model:
    """A MobileNet (Howard et al., 2017) that begins with features learned on other faces, with two heads.

    Input: ``(N, 48, 48, 1)`` grey 0 to 255. Output: ``(N, 2, 7)`` shares, as ``attune_two_heads``. The face
    is normalised to mean 0 and variance 1 and doubled in size, because the features were learned on larger
    faces. 2.18 M parameters: the last of MobileNet's 13 pairs of layers, with another million, is left out.

    Args:
        weights: ``faces`` for those of ``train.pretrained``, from the folder that FACE_WEIGHTS names or by
            npm; None for a random start.
        dropout: before the heads.
        size_px: side of a face; None takes any.

    Raises:
        ConfigError: the weights are missing.
    """
    inputs = _faces(size_px)
    x = layers.UpSampling2D(2, interpolation="bilinear")(_normalized(inputs))
    x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="conv1")(x)
    x = _norm_relu(x, "conv1")
    for number in range(1, len(_MOBILENET)):
        x = _pair(x, number)
    return _begun(inputs, x, dropout, weights, "attune_faces")


def face_features(
    *, weights: str | None = "faces", px: int = 192, frozen_pairs: int = 9, dropout: float = 0.3
) -> keras.Model:
    """The same MobileNet on faces of ``px`` pixels, where it is better; a teacher, too slow to ship.

    Input: ``(N, 48, 48, 1)`` grey 0 to 255. Output: ``(N, 2, 7)`` shares, as ``attune_two_heads``. 3.2 M
    parameters. ``frozen_epochs`` freezes the layer ``backbone``: the first ``frozen_pairs`` of its 13 pairs.

    Args:
        weights: as in ``attune_faces``.
        px: side to which a face is enlarged.
        frozen_pairs: number of pairs in ``backbone``, without batch normalization.
        dropout: before the heads.

    Raises:
        ConfigError: the weights are missing.
    """
    inputs = _faces()
    x = layers.Resizing(px, px)(_normalized(inputs))
    x = _plain_mobilenet(px, frozen_pairs)(x)
    for number in range(frozen_pairs + 1, len(_MOBILENET) + 1):
        x = _pair(x, number)
    return _begun(inputs, x, dropout, weights, "face_features")


def _begun(inputs: Any, x: Any, dropout: float, weights: str | None, name: str) -> keras.Model:
    """The two heads on a MobileNet, undecided, and the learned features in its layers unless that is None."""
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, _two_heads(x, "zeros"), name=name)
    if weights is not None:
        begin_with_faces(model, find_weights(load(Program.TRAIN).face_weights))
    return model


def _plain_mobilenet(px: int, pairs: int) -> keras.Model:
    """The first layers of MobileNet, with biases in place of batch normalization."""
    inputs = keras.Input((px, px, 1))
    x = layers.ReLU(6.0)(layers.Conv2D(32, 3, strides=2, padding="same", name="conv1")(inputs))
    for number, (filters, stride) in enumerate(_MOBILENET[:pairs], 1):
        x = layers.ReLU(6.0)(_depthwise(number, stride, use_bias=True)(x))
        x = layers.ReLU(6.0)(layers.Conv2D(filters, 1, name=f"conv_pw_{number}")(x))
    return keras.Model(inputs, x, name="backbone")


_MOBILENET = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1),
)  # fmt: skip
"""Filters and stride of each pair of layers."""


def _pair(x: Any, number: int) -> Any:
    """MobileNet's pair ``number`` (from 1): a depthwise layer, then one that mixes the channels."""
    filters, stride = _MOBILENET[number - 1]
    x = _norm_relu(_depthwise(number, stride, use_bias=False)(x), f"conv_dw_{number}")
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"conv_pw_{number}")(x)
    return _norm_relu(x, f"conv_pw_{number}")


def _depthwise(number: int, stride: int, *, use_bias: bool) -> layers.DepthwiseConv2D:
    # TensorFlow's bfloat16 kernels for a stride of 2 take three times as long as its float32 ones.
    return layers.DepthwiseConv2D(
        3, strides=stride, padding="same", use_bias=use_bias, name=f"conv_dw_{number}",
        dtype="float32" if stride > 1 else None,
    )  # fmt: skip


def _norm_relu(x: Any, name: str) -> Any:
    return layers.ReLU()(layers.BatchNormalization(momentum=0.97, name=f"{name}_bn")(x))


def _residual_features(inputs: Any, stem: int, widths: tuple[int, ...]) -> Any:
    x = _conv(_normalized(inputs), stem)
    previous = stem
    for filters in widths:
        x = _block(x, filters, stride=1 if filters == previous else 2)
        previous = filters
    return layers.GlobalAveragePooling2D()(x)


def plain_cnn(
    *, widths: tuple[int, ...] = (32, 64, 128), dense: int = 256, dropout: float = 0.4
) -> keras.Model:
    """A classic network: pairs of Conv2D and BatchNormalization, MaxPooling, Dropout, then Flatten and Dense.

    1.47 M parameters at the default widths.
    """
    inputs = _faces()
    x = layers.Rescaling(1 / 255)(inputs)
    for filters in widths:
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
            x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D()(x)
        x = layers.Dropout(dropout / 2)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(dense, activation="relu")(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, _shares(x), name="plain_cnn")


def mini_xception(*, stem: int = 8, widths: tuple[int, ...] = (16, 32, 64, 128)) -> keras.Model:
    """Residual blocks of depthwise separable convolutions, after Arriaga et al., 2017 (arXiv:1710.07557).

    About 58,000 parameters. Theirs takes 64×64 faces; this one takes 48×48.
    """
    inputs = _faces()
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for _ in range(2):
        x = layers.Conv2D(stem, 3, use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    for filters in widths:
        short = layers.Conv2D(filters, 1, strides=2, padding="same", use_bias=False)(x)
        short = layers.BatchNormalization()(short)
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(layers.BatchNormalization()(x))
        x = layers.Add()([x, short])
    x = layers.Conv2D(len(EMOTIONS), 3, padding="same")(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Softmax(name="probabilities", dtype="float32")(x)
    return keras.Model(inputs, outputs, name="mini_xception")


def cnn_gru(*, widths: tuple[int, ...] = (32, 64, 128), units: int = 96, dropout: float = 0.4) -> keras.Model:
    """Convolutional features, then a bidirectional recurrent layer over the rows from forehead to chin.

    0.79 M parameters at the default widths.
    """
    inputs = _faces()
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for filters in widths:
        x = _conv(_conv(x, filters), filters)
        x = layers.MaxPooling2D()(x)
    rows, columns, channels = x.shape[1:]
    x = layers.Reshape((rows, columns * channels))(x)
    x = layers.Dropout(dropout)(x)
    # Unrolled, six rows export to LiteRT's plain operators; a loop would not.
    x = layers.Bidirectional(layers.GRU(units, unroll=True, reset_after=False))(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, _shares(x), name="cnn_gru")


WEIGHTS_VARIABLE = "VGG16_WEIGHTS"


def vgg16(
    *,
    weights: str | None = "imagenet",
    dense: int = 256,
    dropout: float = 0.5,
    size_px: int | None = FACE_SIZE_PX,
) -> keras.Model:
    """VGG16's convolutions with ImageNet's weights (Simonyan and Zisserman, 2015) and a new head.

    14.8 M parameters. ``frozen_epochs`` freezes the layer ``backbone``.

    Args:
        weights: ``imagenet`` for the file that VGG16_WEIGHTS names, else Keras' own download
            (``vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5``, 59 MB); a path; or None for a random
            start.
        dense: units of the head.
        dropout: before its last layer.
        size_px: of a face's side; None for any from 32.

    Raises:
        ConfigError: the weights are missing and cannot be downloaded.
    """
    if weights == "imagenet":
        weights = str(load(Program.TRAIN).vgg16_weights or "imagenet")
    if weights not in (None, "imagenet") and not Path(str(weights)).is_file():
        raise ConfigError(
            f"Expected VGG16's weights without its top, a .h5 file. Received: {weights}, no such file."
        )
    try:
        backbone = keras.applications.VGG16(
            include_top=False, weights=weights, input_shape=(size_px, size_px, 3), name="backbone"
        )
    except Exception as error:
        # Downloading raises whatever urllib, ssl or socket raise, wrapped in a bare Exception by Keras.
        raise ConfigError(
            "Expected ImageNet's weights for VGG16. Without a network, fetch "
            "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 from Keras' applications elsewhere and set "
            f"{WEIGHTS_VARIABLE} to its path. Received: {error}"
        ) from error
    inputs = _faces(size_px)
    # As keras.applications.vgg16.preprocess_input: blue, green and red minus their means.
    x = layers.Concatenate()([inputs, inputs, inputs])
    x = layers.Rescaling(1.0, offset=[-103.939, -116.779, -123.68])(x)
    x = layers.GlobalAveragePooling2D()(backbone(x))
    x = layers.Dense(dense, activation="relu")(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, _shares(x), name="vgg16")
