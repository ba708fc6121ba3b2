"""Quantises a network to eight bits: int8 weights, and activations with ranges chosen on real faces.

TensorFlow's converter uses the smallest and largest value that it sees as the range of an activation, so one
outlier makes the steps coarse for all values. This module chooses the range with the smallest squared error
(Nagel et al., "A White Paper on Neural Network Quantization", 2021, section 3.1). Cheap and sensitive parts
stay in float32: the normalisation of the input and the first convolution, the sums of the
residual blocks, the softmax.

Both halves of the converter, calibration and quantisation, are private parts of TensorFlow, tested with the
version in ``requirements.txt``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FLOAT_OPERATORS = (
    "ADD", "MEAN", "MUL", "NEG", "RESHAPE", "RSQRT", "SOFTMAX", "SQUARE", "SQUARED_DIFFERENCE", "SUB",
)  # fmt: skip
"""LiteRT's names of what stays in float32."""
_LEVELS = 255
_SAMPLE = 100_000


def quantize_int8(model: Any, representative: npt.NDArray[np.uint8]) -> bytes:
    """Quantise to int8; returns the content of a ``.tflite`` file.

    Args:
        model: a ``keras.Model``.
        representative: uint8 ``(N, 48, 48, 1)``; keeps all their activations in memory, about 6 MB a face.

    Raises:
        Exception: of many kinds, if the converter refuses the model.
    """
    import flatbuffers
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.python.convert import mlir_quantize

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    # An operator without an int8 form stays in float32.
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
        tf.lite.OpsSet.TFLITE_BUILTINS,
    ]
    # One face makes a range for every activation; what they are is set below.
    converter.representative_dataset = lambda: iter([[representative[:1].astype(np.float32)]])
    converter._experimental_calibrate_only = True
    content = converter.convert()

    faces = representative.astype(np.float32)
    # XNNPACK would keep no activation in between.
    interpreter = Interpreter(
        model_content=content,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    (given,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(given["index"], faces.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], faces)
    interpreter.invoke()
    graph = schema.ModelT.InitFromPackedBuf(bytearray(content), 0)
    rng = np.random.default_rng(0)
    for index, tensor in enumerate(graph.subgraphs[0].tensors):
        known = tensor.quantization
        if known is not None and known.min is not None and len(known.min) == 1:
            values = interpreter.get_tensor(index).ravel()
            known.min, known.max = ([v] for v in best_range(rng.choice(values, min(_SAMPLE, values.size))))
    builder = flatbuffers.Builder(len(content))
    builder.Finish(graph.Pack(builder), b"TFL3")
    return bytes(
        mlir_quantize(
            bytes(builder.Output()),
            denylisted_ops=list(FLOAT_OPERATORS),
            denylisted_nodes=_first_convolution(graph, schema.BuiltinOperator.CONV_2D),
        )
    )


def _first_convolution(graph: Any, convolution: int) -> list[str]:
    """Find the converter's name for the first convolution, if there is one."""
    for operator in graph.subgraphs[0].operators:
        if graph.operatorCodes[operator.opcodeIndex].builtinCode == convolution:
            return [graph.subgraphs[0].tensors[operator.outputs[0]].name.decode()]
    return []


def best_range(values: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Find the range around 0 that rounds ``values`` to 256 levels with the smallest squared error.

    Searches for its upper end first, then for its lower end.
    """
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)

    def error(ends: tuple[float, float]) -> float:
        step = max(ends[1] - ends[0], 1e-9) / _LEVELS
        levels = np.clip(np.round((values - ends[0]) / step), 0, _LEVELS)
        return float(((levels * step + ends[0] - values) ** 2).mean())

    shares = np.linspace(0.3, 1.0, 29).tolist()
    low, high = min(((low, share * high) for share in shares), key=error)
    return min(((share * low, high) for share in shares), key=error)
