"""Weights in blocks of 4 bits: those that came so are written back exactly, and the graph runs."""

from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, load, numpy_helper, save

from bot.language import blocks

RNG = np.random.default_rng(1)


def grid(rows: int, columns: int) -> np.ndarray:
    """Weights as a 4-bit file has them: levels times a scale for each block of 32."""
    levels = RNG.integers(-8, 8, (rows, columns // 32, 32))
    levels[..., 0] = -8  # the largest of each block decides its scale
    scales = RNG.normal(size=(rows, columns // 32, 1)).astype(np.float16).astype(np.float32)
    return (levels * scales).reshape(rows, columns).astype(np.float32)


def test_levels_and_scales_give_the_weights_back() -> None:
    weights = grid(3, 64)
    packed, scales = blocks.pack(weights)
    levels = np.stack([packed & 15, packed >> 4], axis=-1).reshape(3, 2, 32).astype(np.float32) - 8
    np.testing.assert_array_equal((levels * scales[..., None]).reshape(3, 64), weights)


def test_a_row_of_zeros_stays_zero() -> None:
    packed, scales = blocks.pack(np.zeros((1, 32), dtype=np.float32))
    assert scales.tolist() == [[0.0]]
    assert packed.shape == (1, 1, 16)


def test_weights_that_are_not_of_4_bits_get_8(tmp_path: Path) -> None:
    tuned = (grid(32, 64) + RNG.normal(size=(32, 64)) / 50).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["in", "matrix"], ["out"])],
        "tiny",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, ["n", 64])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 32])],
        [numpy_helper.from_array(tuned.T.copy(), "matrix")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "model.onnx"
    save(model, path)
    blocks.shrink(path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given = RNG.normal(size=(3, 64)).astype(np.float32)
    (found,) = session.run(None, {"in": given})
    wanted = given @ tuned.T
    assert np.abs(found - wanted).max() < 0.02 * np.abs(wanted).max()


def test_a_smaller_model_gives_the_same_numbers(tmp_path: Path) -> None:
    table, matrix = grid(12_000, 64), grid(32, 64).T.copy()
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "ids"], ["words"]),
            helper.make_node("MatMul", ["words", "matrix"], ["out"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 32])],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(matrix, "matrix")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    path = tmp_path / "model.onnx"
    save(model, path)
    blocks.shrink(path)
    assert {node.op_type for node in load(path).graph.node} == {
        "GatherBlockQuantized",
        "MatMulNBits",
    }
    assert path.stat().st_size < table.nbytes / 5
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ids = np.array([0, 5, 11_999])
    (found,) = session.run(None, {"ids": ids})
    wanted = table[ids] @ matrix
    # Between the two, numbers are rounded to 8 bits.
    assert np.abs(found - wanted).max() < 0.03 * np.abs(wanted).max()
