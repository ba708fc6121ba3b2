"""Weights for browsers travel in few bits and answer almost the same."""

from __future__ import annotations

import brotli
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from emotion.device import pack_weights, to_whole_numbers

SIDE = 6


def network(kernels: np.ndarray, bias: np.ndarray, small: np.ndarray) -> onnx.ModelProto:
    """A large convolution and a small one."""
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "large", "bias"], ["y"], pads=[1, 1, 1, 1]),
            helper.make_node("Conv", ["y", "small"], ["z"]),
        ],
        "two_layers",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, kernels.shape[1], SIDE, SIDE])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, len(small), SIDE, SIDE])],
        [numpy_helper.from_array(v, n) for v, n in ((kernels, "large"), (bias, "bias"), (small, "small"))],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


def answer(content: bytes, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x})[0])


def test_packed_weights_take_a_third_of_the_bytes_and_answer_almost_the_same() -> None:
    draw = np.random.default_rng(1)
    # Channels of very different sizes, as after a folded batch normalization.
    kernels = draw.normal(size=(128, 96, 3, 3)) * draw.uniform(1e-3, 1, (128, 1, 1, 1))
    small = draw.normal(size=(8, 128, 1, 1))
    plain = network(kernels.astype("f4"), draw.normal(size=128).astype("f4"), small.astype("f4"))
    whole = plain.SerializeToString()
    x = draw.normal(size=(1, 96, SIDE, SIDE)).astype("f4")
    expected = answer(whole, x)
    packed = pack_weights(plain)
    assert len(brotli.compress(packed)) < 0.33 * len(whole)
    difference = np.abs(answer(packed, x) - expected)
    assert 0 < difference.max() < 0.006 * np.abs(expected).max()


def test_each_channel_has_its_own_scale_and_one_of_zeros_stays_zero() -> None:
    kernels = np.zeros((3, 2, 1, 1), np.float32)
    kernels[0, :, 0, 0] = (1e-4, -5e-5)
    kernels[1, :, 0, 0] = (200.0, 100.0)
    numbers, scale = to_whole_numbers(kernels, 127)
    assert numbers.dtype == np.int16 and scale.shape == (3, 1, 1, 1)
    # 127 and -63.5: the half is rounded to the even neighbour.
    np.testing.assert_array_equal(numbers[:, :, 0, 0], [[127, -64], [127, 64], [0, 0]])
    np.testing.assert_allclose(numbers * scale, kernels, atol=200 / 254, rtol=0.01)


@pytest.mark.parametrize("largest", [127, 511])
def test_the_errors_of_a_kernel_cancel(largest: int) -> None:
    kernels = np.random.default_rng(2).normal(size=(64, 300, 1, 1)).astype(np.float32)
    numbers, scale = to_whole_numbers(kernels, largest)
    errors = (kernels - numbers * scale) / scale
    assert np.abs(errors).max() <= 1
    assert np.abs(errors.sum(axis=1)).max() < 0.51
    assert np.abs(np.round(kernels / scale) - kernels / scale).sum(axis=1).max() > 5
    assert np.abs(numbers).max() == largest
