"""The encoder's products in whole numbers: what the rounding changes, and what it may not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

from backstride.language import onnx_graph
from backstride.language.weights import find_weights
from backstride.language.whole_numbers import (
    ONE,
    ZERO,
    Seen,
    factors_of,
    read_seen,
    split_largest,
    whole_product,
    write_seen,
)

LAYER = "encoder.layer.0"


@pytest.fixture(scope="module")
def random() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_product_in_whole_numbers_is_nearly_the_product(random: np.random.Generator) -> None:
    rows = random.standard_normal((50, 384)).astype(np.float32)
    # One column is ten times the others, as inside the encoder.
    rows[:, 7] *= 10
    weight = random.standard_normal((384, 64)).astype(np.float32)
    seen = Seen(np.abs(rows).max(axis=0), rows.mean(axis=0))

    product = whole_product(weight, seen)
    whole = np.rint(rows * factors_of(seen) * ONE).astype(np.int64)
    found = (whole @ (product.weights.astype(np.int64) - ZERO)) * product.scales / ONE + product.correction

    exact = rows @ weight
    assert ((found - exact) ** 2).mean() < 0.001 * (exact**2).mean()


def test_a_column_written_down_several_times_adds_up_to_the_same(random: np.random.Generator) -> None:
    into, out_of = f"{LAYER}.intermediate.dense", f"{LAYER}.output.dense"
    weights = {
        f"{into}.weight": random.standard_normal((1536, 8)).astype(np.float32),
        f"{into}.bias": random.standard_normal(1536).astype(np.float32),
        f"{out_of}.weight": random.standard_normal((8, 1536)).astype(np.float32),
    }
    seen = Seen(np.full(1536, 2, np.float32), np.zeros(1536, np.float32))
    seen.largest[3] = 80

    changed, columns = split_largest(weights, {out_of: seen}, LAYER)

    def through(those: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        hidden = np.ones((1, 8), np.float32) @ those[f"{into}.weight"].T + those[f"{into}.bias"]
        return np.asarray(np.maximum(hidden, 0) @ those[f"{out_of}.weight"].T)

    np.testing.assert_allclose(through(changed), through(weights), rtol=1e-4)
    assert (columns.largest == 80).sum() > 10


def test_what_was_seen_is_read_as_it_was_written(tmp_path: Path) -> None:
    seen = {"a.product": Seen(np.array([1.5, 30], np.float32), np.array([-0.25, 2], np.float32))}

    write_seen(seen, tmp_path / "seen.npz")
    found = read_seen(tmp_path / "seen.npz")

    assert found.keys() == seen.keys()
    assert found["a.product"].largest.tolist() == [1.5, 30]
    assert found["a.product"].mean.tolist() == [-0.25, 2]


def test_every_product_of_the_encoder_has_been_seen() -> None:
    _, inputs = onnx_graph.build_with_inputs(load_file(find_weights() / "model.safetensors"))

    assert read_seen().keys() == inputs.keys()


@pytest.mark.parametrize("rows", [1, 11, 31, 32, 33, 64, 200])
def test_onnx_runtime_adds_whole_numbers_up_exactly_on_this_processor(rows: int, random: np.random.Generator) -> None:
    _, apart = onnx_graph.build_whole(load_file(find_weights() / "model.safetensors"), read_seen())
    sizes = {array.shape for array in apart.values() if array.dtype == np.uint8}
    # Attention multiplies head by head.
    sizes = {(deep, 32 if wide == 3 * deep else wide) for deep, wide in sizes}

    for deep, wide in sizes:
        assert wide % 32 == 0
        left = random.integers(0, 256, (rows, deep)).astype(np.uint8)
        right = random.integers(0, 256, (deep, wide)).astype(np.uint8)
        # Where 16 bits would run over.
        left[0], right[:, 0] = 255, 255
        expected = (left.astype(np.int64) - ZERO) @ (right.astype(np.int64) - ZERO)
        assert np.array_equal(_multiplied(left, right), expected)


def _multiplied(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.int32]:
    zero = numpy_helper.from_array(np.array(ZERO, np.uint8), "zero")
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["left", "right", "zero", "zero"], ["product"])],
        "multiply",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, left.shape)],
        [helper.make_tensor_value_info("product", TensorProto.INT32, [len(left), right.shape[1]])],
        [numpy_helper.from_array(right, "right"), zero],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found: NDArray[np.int32] = session.run(None, {"left": left})[0]
    return found
