"""Build the MiniLM sentence encoder as an ONNX graph from its weights.

The graph is the architecture of BERT (Devlin 2019) with the fused operators of ONNX Runtime, followed by
the mean over the tokens and the scaling to length 1 that all-MiniLM-L6-v2 was trained with. There are two of it: one in
32 bits, and the one that is used, which multiplies in whole numbers: most of what a short message takes is the reading
of the weights from memory, and they are a quarter as large.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from backstride.language.whole_numbers import (
    GELU_ONE,
    GELU_ZERO,
    ONE,
    ZERO,
    Seen,
    factors_of,
    split_largest,
    whole_product,
)

Weights = Mapping[str, NDArray[np.float32]]

HEADS = 12
LAYERS = 6
# Layers whose mean over the tokens is an output too: the lower ones still know the words, the last only the meaning.
KEPT_LAYERS = (1, 3, 5)
_EPSILON = 1e-12
_FUSED = "com.microsoft"
# The graph's optimiser wants to read the small constants while it loads the model.
_LARGE_BYTES = 1024


def build(weights: Weights) -> onnx.ModelProto:
    """Return the encoder in 32 bits as an ONNX model that holds its weights: what the other is held against.

    Its inputs are `ids` (int32, texts x tokens, padded on the right with 0) and `lengths` (int32, texts);
    its outputs are `vectors` (float32, texts x 384, each of length 1) and the same of the layers of KEPT_LAYERS,
    `layer_1` and so on.

    Args:
        weights: the tensors of model.safetensors by name.
    """
    return _built(_Graph(weights)).model()


def build_with_inputs(weights: Weights) -> tuple[onnx.ModelProto, dict[str, str]]:
    """Return the encoder in 32 bits, and which of its outputs is what goes into each product, by the product's name."""
    graph = _built(_Graph(weights))
    model = graph.model()
    model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in graph.read_by.values())
    return model, graph.read_by


def build_whole(weights: Weights, seen: Mapping[str, Seen]) -> tuple[onnx.ModelProto, dict[str, NDArray[np.generic]]]:
    """Return the same encoder in whole numbers without its large constants, and these by name.

    Who loads them beside the model saves writing and reading 60 MB of weights as one message.

    Args:
        weights: the tensors of model.safetensors by name.
        seen: what goes into each product, by its name in the weights.
    """
    graph = _built(_WholeGraph(weights, seen))
    apart = {name: array for name, array in graph.constants.items() if array.nbytes > _LARGE_BYTES}
    return graph.model(apart=apart.keys()), apart


def _built(graph: _Graph) -> _Graph:
    hidden = graph.embeddings("ids", "lengths")
    graph.mask()
    for layer in range(LAYERS):
        hidden = graph.layer(hidden, f"encoder.layer.{layer}")
        if layer + 1 in KEPT_LAYERS:
            graph.pool(hidden, f"layer_{layer + 1}")
    graph.pool(hidden, "vectors")
    return graph


class _Graph:
    """Nodes and constants of the graph while it is being built."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, NDArray[np.generic]] = {}
        # What goes into each product, by the product's name.
        self.read_by: dict[str, str] = {}

    def embeddings(self, ids: str, lengths: str) -> str:
        self._add("Mul", [ids, self._constant("zero", np.zeros(1, np.int32))], ["segments"])
        prefix = "embeddings."
        self._add(
            "EmbedLayerNormalization",
            [
                ids,
                "segments",
                *(
                    self._weight(f"{prefix}{name}.weight")
                    for name in ("word_embeddings", "position_embeddings", "token_type_embeddings")
                ),
                self._weight(f"{prefix}LayerNorm.weight"),
                self._weight(f"{prefix}LayerNorm.bias"),
            ],
            ["embedded", "unused_mask"],
            domain=_FUSED,
            epsilon=_EPSILON,
        )
        return "embedded"

    def layer(self, hidden: str, prefix: str) -> str:
        attention = f"{prefix}.attention"
        self._attention(hidden, attention)
        attended = self._product(f"{attention}.context", f"{attention}.output.dense")
        hidden = self._add_and_normalise(attended, hidden, f"{attention}.output")
        wide = self._product(hidden, f"{prefix}.intermediate.dense")
        self._add(
            "BiasGelu",
            [wide, self._weight(f"{prefix}.intermediate.dense.bias")],
            [f"{wide}.gelu"],
            domain=_FUSED,
        )
        narrow = self._product(f"{wide}.gelu", f"{prefix}.output.dense")
        return self._add_and_normalise(narrow, hidden, f"{prefix}.output")

    def mask(self) -> None:
        """1 for tokens, 0 for padding; and how many tokens there are."""
        one = self._constant("one", np.array([1], np.int64))
        self._add("Shape", ["ids"], ["shape"])
        self._add("Gather", ["shape", one], ["width"], axis=0)
        self._add("Squeeze", ["width"], ["width_scalar"])
        first, step = self._constant("first", np.array(0, np.int64)), self._constant("step", np.array(1, np.int64))
        self._add("Range", [first, "width_scalar", step], ["positions"])
        self._add("Cast", ["positions"], ["positions_int32"], to=TensorProto.INT32)
        self._add("Unsqueeze", ["lengths", one], ["lengths_column"])
        self._add("Less", ["positions_int32", "lengths_column"], ["is_token"])
        self._add("Cast", ["is_token"], ["mask"], to=TensorProto.FLOAT)
        self._add("Unsqueeze", ["mask", self._constant("two", np.array([2], np.int64))], ["mask_column"])
        self._add("Cast", ["lengths_column"], ["count"], to=TensorProto.FLOAT)

    def pool(self, hidden: str, output: str) -> None:
        """Mean over the tokens that are not padding, then length 1."""
        self._add("Mul", [hidden, "mask_column"], [f"{output}.masked"])
        self._add("ReduceSum", [f"{output}.masked", "one"], [f"{output}.sum"], keepdims=0)
        self._add("Div", [f"{output}.sum", "count"], [f"{output}.mean"])
        self._add("LpNormalization", [f"{output}.mean"], [output], axis=-1, p=2)

    def model(self, *, apart: Collection[str] = ()) -> onnx.ModelProto:
        graph = helper.make_graph(
            self._nodes,
            "sentence_encoder",
            [
                helper.make_tensor_value_info("ids", TensorProto.INT32, ["texts", "tokens"]),
                helper.make_tensor_value_info("lengths", TensorProto.INT32, ["texts"]),
            ],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["texts", 384])
                for name in ("vectors", *(f"layer_{layer}" for layer in KEPT_LAYERS))
            ],
            [
                _elsewhere(array, name) if name in apart else numpy_helper.from_array(array, name)
                for name, array in self.constants.items()
            ],
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)

    def _attention(self, hidden: str, attention: str) -> None:
        self.read_by[f"{attention}.self"] = hidden
        weight, bias = self._query_key_value(attention)
        self._add(
            "Attention",
            [
                hidden,
                self._constant(f"{attention}.self.weight", weight),
                self._constant(f"{attention}.self.bias", bias),
                "lengths",
            ],
            [f"{attention}.context"],
            domain=_FUSED,
            num_heads=HEADS,
        )

    def _query_key_value(self, attention: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        parts = [f"{attention}.self.{name}" for name in ("query", "key", "value")]
        weight = np.concatenate([self._weights[f"{part}.weight"].T for part in parts], axis=1)
        return weight, np.concatenate([self._weights[f"{part}.bias"] for part in parts])

    def _product(self, hidden: str, name: str) -> str:
        # The bias is added by the fused operator that follows.
        self.read_by[name] = hidden
        output = f"{name}.product"
        self._add("MatMul", [hidden, self._constant(f"{name}.weight", self._weights[f"{name}.weight"].T)], [output])
        return output

    def _add_and_normalise(self, hidden: str, skip: str, prefix: str) -> str:
        output = f"{prefix}.normalised"
        self._add(
            "SkipLayerNormalization",
            [
                hidden,
                skip,
                self._weight(f"{prefix}.LayerNorm.weight"),
                self._weight(f"{prefix}.LayerNorm.bias"),
                self._weight(f"{prefix}.dense.bias"),
            ],
            [output],
            domain=_FUSED,
            epsilon=_EPSILON,
        )
        return output

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, array: NDArray[np.generic]) -> str:
        self.constants[name] = np.ascontiguousarray(array)
        return name

    def _add(
        self, operator: str, inputs: list[str], outputs: list[str], *, domain: str = "", **attributes: object
    ) -> None:
        self._nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, **attributes))


class _WholeGraph(_Graph):
    """The same, its products in whole numbers."""

    def __init__(self, weights: Weights, seen: Mapping[str, Seen]) -> None:
        super().__init__(weights)
        self._seen = dict(seen)
        self._zero = self._constant("whole.zero", np.array(ZERO, np.uint8))
        self._scale = self._constant("whole.scale", np.array(1 / ONE, np.float32))
        self._gelu_zero = self._constant("whole.gelu_zero", np.array(GELU_ZERO, np.uint8))
        self._gelu_scale = self._constant("whole.gelu_scale", np.array(1 / GELU_ONE, np.float32))

    def layer(self, hidden: str, prefix: str) -> str:
        changed, seen = split_largest(self._weights, self._seen, prefix)
        self._weights = {**self._weights, **changed}
        self._seen[f"{prefix}.output.dense"] = seen
        return super().layer(hidden, prefix)

    def _attention(self, hidden: str, attention: str) -> None:
        name = f"{attention}.self"
        weight, bias = self._query_key_value(attention)
        product = whole_product(weight, self._seen[name])
        # What goes into the next product is a mean of the values: they are given its factors already.
        factors = np.ones_like(bias)
        next_factors = factors_of(self._seen[f"{attention}.output.dense"])
        factors[-len(next_factors) :] = next_factors
        self._add(
            "QAttention",
            [
                self._whole(self._multiplied(hidden, name)),
                self._constant(f"{name}.weight", product.weights),
                self._constant(f"{name}.bias", (bias + product.correction) * factors),
                self._scale,
                self._constant(f"{name}.scales", product.scales * factors),
                "lengths",
                self._zero,
                self._zero,
            ],
            [f"{attention}.context"],
            domain=_FUSED,
            num_heads=HEADS,
        )

    def _product(self, hidden: str, name: str) -> str:
        product = whole_product(self._weights[f"{name}.weight"].T, self._seen[name])
        is_context = name.endswith(".attention.output.dense")
        is_behind_gelu = name.endswith(".output.dense") and not is_context
        zero, scale = (self._gelu_zero, self._gelu_scale) if is_behind_gelu else (self._zero, self._scale)
        output = f"{name}.product"
        self._add(
            "MatMulIntegerToFloat",
            [
                self._whole(hidden if is_context else self._multiplied(hidden, name), zero=zero, scale=scale),
                self._constant(f"{name}.weight", product.weights),
                scale,
                self._constant(f"{name}.scales", product.scales),
                zero,
                self._zero,
                self._constant(f"{name}.correction", product.correction),
            ],
            [output],
            domain=_FUSED,
        )
        return output

    def _multiplied(self, hidden: str, name: str) -> str:
        output = f"{name}.multiplied"
        self._add("Mul", [hidden, self._constant(f"{name}.factors", factors_of(self._seen[name]))], [output])
        return output

    def _whole(self, hidden: str, *, zero: str = "whole.zero", scale: str = "whole.scale") -> str:
        output = f"{hidden}.whole"
        self._add("QuantizeLinear", [hidden, scale, zero], [output])
        return output


def _elsewhere(array: NDArray[np.generic], name: str) -> TensorProto:
    """Return a constant of which the model knows only the form; the format wants the name of a place, too."""
    data_type = helper.np_dtype_to_tensor_dtype(array.dtype)
    tensor = TensorProto(name=name, dims=array.shape, data_type=data_type, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="handed over when the model is loaded")
    return tensor
