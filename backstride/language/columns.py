"""Compare a few messages with thousands of learned examples, quickly.

What a comparison takes is mostly the reading of the examples from memory, for which everything that runs on a machine
competes. The numbers in which the examples differ most are compared as they are; the others, rounded to 7 bits, are a
quarter as large, and ONNX Runtime multiplies them as whole numbers. A row gives the same alone and among others.
"""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Rows = NDArray[np.float32]

# The largest whole numbers of an example and of a message. With one bit more of an example, two products would not fit
# into the 16 bits in which older processors add them.
_LARGEST_OF_EXAMPLE = 63
_LARGEST_OF_ROW = 127
# What 0 is in a row: whole numbers from 0 to 255.
_ZERO = 128
_SMALLEST = 1e-12
# Of the ONNX format: what any version of ONNX Runtime that the project runs on reads.
_IR_VERSION = 9
_OPSET = 17


class Columns:
    """Learned examples, rounded, laid out for comparing.

    Args:
        examples: one a row, float32.
        leading: how many of their first numbers are not rounded.
    """

    def __init__(self, examples: Rows, *, leading: int) -> None:
        self._leading = np.ascontiguousarray(examples[:, :leading].T)
        others = examples[:, leading:]
        self._scales = _scales(others, _LARGEST_OF_EXAMPLE)
        rounded = np.ascontiguousarray(np.rint(others / self._scales[:, None]).T.astype(np.int8))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            _product_with(rounded), options, providers=["CPUExecutionProvider"]
        )

    def products(self, rows: Rows) -> Rows:
        """Return the inner product of each row with each example: float32, rows x examples."""
        width = len(self._leading)
        others = rows[:, width:]
        scales = _scales(others, _LARGEST_OF_ROW)
        whole = (np.rint(others / scales[:, None]) + _ZERO).astype(np.uint8)
        (found,) = self._session.run(None, {"rows": whole})
        products = found.astype(np.float32)
        products *= self._scales
        products *= scales[:, None]
        for number, row in enumerate(rows[:, :width]):
            # One after the other: BLAS copies the larger of two matrices first, which takes longer than the product.
            products[number] += row @ self._leading
        return np.asarray(products)


def _scales(rows: Rows, largest: int) -> Rows:
    """Return what 1 is worth in each row."""
    return np.asarray(np.maximum(np.abs(rows).max(axis=1), _SMALLEST) / largest, np.float32)


def _product_with(columns: NDArray[np.int8]) -> bytes:
    """Return a network that multiplies rows of whole numbers with columns."""
    zero = numpy_helper.from_array(np.array(_ZERO, np.uint8), "zero")
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["rows", "columns", "zero"], ["products"])],
        "compare",
        [helper.make_tensor_value_info("rows", TensorProto.UINT8, ["rows", len(columns)])],
        [helper.make_tensor_value_info("products", TensorProto.INT32, ["rows", columns.shape[1]])],
        [numpy_helper.from_array(columns, "columns"), zero],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
    return bytes(model.SerializeToString())
