"""Compare a few messages with thousands of learned examples, quickly: a kernel regression as an ONNX network.

What a comparison takes is mostly the reading of the examples from memory, for which everything that runs on a machine
competes. So the examples are whole numbers of 7 bits, a quarter as large, and they are that already when the regression
is fitted: what it learns holds for them as they are. A message is not rounded that far, and a row gives the same alone
and among others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

Rows = NDArray[np.float32]
# A value of a network by its name, or a constant.
_Input = str | NDArray[Any] | float

# The largest whole number of an example. With one bit more, two products would not fit into the 16 bits in which older
# processors add them.
_LARGEST = 63
# A message's numbers have two digits to this base, each from -127 to 127; the network wants them from 1 to 255.
_BASE = 255
_ZERO = 128
_REACH = 127 * _BASE
# How much farther out than any example a message may lie; what lies beyond counts as lying there.
_FARTHER = 2.0
# ONNX Runtime multiplies the last columns of every 32nd row wrongly where a processor has AMX and they fill no tile.
_TILE = 16
_SMALLEST = 1e-12
# Of the ONNX format: what any version of ONNX Runtime that the project runs on reads.
_IR_VERSION = 9
_OPSET = 17


@dataclass(frozen=True, slots=True)
class Rounded:
    """A matrix of whole numbers.

    Args:
        whole: int8, rows x columns.
        units: what 1 is worth in each column, float32.
    """

    whole: NDArray[np.int8]
    units: Rows

    @classmethod
    def of(cls, matrix: Rows) -> Rounded:
        """Round a matrix, each of its columns as finely as its largest number allows."""
        units = np.asarray(np.maximum(np.abs(matrix).max(axis=0), _SMALLEST) / _LARGEST, np.float32)
        return cls(np.rint(matrix / units).astype(np.int8), units)

    @classmethod
    def stored(cls, arrays: Mapping[str, NDArray[Any]], name: str) -> Rounded:
        """Take over what was stored under a name."""
        return cls(arrays[name], arrays[f"{name}_units"])

    def named(self, name: str) -> dict[str, NDArray[Any]]:
        """Return its arrays by name, for storing them."""
        return {name: self.whole, f"{name}_units": self.units}

    @property
    def values(self) -> Rows:
        """The numbers that it stands for, float32."""
        return self.whole * self.units


def likeness(points: Rows, width: float) -> Rows:
    """Return how like each point is to each other by the Gaussian kernel: float32, points x points."""
    lengths = (points**2).sum(axis=1)
    found = points @ points.T
    found *= 2
    found -= lengths[:, None]
    found -= lengths
    found *= width
    return np.asarray(np.exp(found, out=found))


class KernelNetwork:
    """A network while it is put together, value by value, each known by its name; and then run.

    What it is given, one row a message, is the value `rows`.
    """

    def __init__(self) -> None:
        self.rows = "rows"
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []
        self._session: onnxruntime.InferenceSession | None = None

    def add(self, operator: str, *inputs: _Input, **attributes: object) -> str:
        """Add an operator of ONNX with one output; numbers among its inputs are constants."""
        output = f"{operator}_{len(self._nodes)}"
        self._node(operator, inputs, [output], **attributes)
        return output

    def columns(self, rows: str, start: int, end: int) -> str:
        """Return some columns of rows."""
        return self.add("Slice", rows, *(np.array([at]) for at in (start, end, 1)))

    def scaled(self, rows: str) -> str:
        """Return rows, each scaled to length 1."""
        return self.add("LpNormalization", rows, axis=-1, p=2)

    def product(self, rows: str, matrix: Rounded, *, reach: float) -> str:
        """Return rows times a matrix.

        Args:
            rows: messages x rows of the matrix.
            matrix: rounded.
            reach: the largest number that the rows hold.
        """
        unit = reach / _REACH
        whole = self._whole_product(self.add("Mul", rows, 1 / unit), matrix.whole)
        return self.add("Mul", whole, matrix.units * np.float32(unit))

    def likeness(self, rows: str, points: Rounded, width: float) -> str:
        """Return how like each message is to each point by the Gaussian kernel: messages x points.

        Args:
            rows: messages x columns of the points.
            points: learned examples.
            width: what the squared distance is multiplied with.
        """
        farthest = float(np.abs(points.values * points.units).max())
        unit = _FARTHER * max(farthest, _SMALLEST) / _REACH
        whole = self._whole_product(self.add("Mul", rows, points.units / np.float32(unit)), points.whole.T)
        of_points = self.add("Sub", self.add("Mul", whole, 2 * width * unit), width * (points.values**2).sum(axis=1))
        of_rows = self.add("Mul", self.add("ReduceSumSquare", rows, axes=[-1]), width)
        return self.add("Exp", self.add("Sub", of_points, of_rows))

    def end(self, output: str) -> KernelNetwork:
        """Let it return a value, and make it ready to run."""
        graph = helper.make_graph(
            self._nodes,
            "compare",
            [helper.make_tensor_value_info(self.rows, TensorProto.FLOAT, ["messages", "numbers"])],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["messages", "outputs"])],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self._nodes, self._constants = [], []
        return self

    def run(self, rows: Rows) -> Rows:
        """Return the output for messages: float32, messages x its columns."""
        if self._session is None:
            raise RuntimeError("The network has no end yet.")
        (found,) = self._session.run(None, {self.rows: rows})
        return np.asarray(found)

    def _whole_product(self, rows: str, columns: NDArray[np.int8]) -> str:
        """Return rows, rounded to whole numbers of two digits, times columns of whole numbers: float32."""
        width = columns.shape[1]
        filled = np.zeros((len(columns), -(-width // _TILE) * _TILE), np.int8)
        filled[:, :width] = columns
        whole = self.add("Clip", self.add("Round", rows), -float(_REACH), float(_REACH))
        upper = self.add("Round", self.add("Mul", whole, 1 / _BASE))
        lower = self.add("Sub", whole, self.add("Mul", upper, float(_BASE)))
        # Both digits of all rows at once: the columns are read from memory once.
        digits = self.add("Add", self.add("Concat", upper, lower, axis=0), float(_ZERO))
        found = self.add(
            "MatMulInteger", self.add("Cast", digits, to=TensorProto.UINT8), filled, np.array(_ZERO, np.uint8)
        )
        halves = [f"{found}_upper", f"{found}_lower"]
        self._node("Split", [self.add("Cast", found, to=TensorProto.FLOAT)], halves, axis=0)
        product = self.add("Add", self.add("Mul", halves[0], float(_BASE)), halves[1])
        return self.columns(product, 0, width)

    def _node(self, operator: str, inputs: Sequence[_Input], outputs: list[str], **attributes: object) -> None:
        names = [value if isinstance(value, str) else self._constant(value) for value in inputs]
        self._nodes.append(helper.make_node(operator, names, outputs, **attributes))

    def _constant(self, value: NDArray[Any] | float) -> str:
        name = f"constant_{len(self._constants)}"
        array = value if isinstance(value, np.ndarray) else np.array(value, np.float32)
        self._constants.append(numpy_helper.from_array(array, name))
        return name
