"""Round the encoder's products to whole numbers of 8 bits in a way that leaves its vectors what they are.

What goes into a product differs much from column to column: a few are ten times as large as the rest. So each column
is divided by the largest value that the training examples bring there, and the weights that it meets are multiplied
with it (SmoothQuant, Xiao 2023). What 1 is worth is then the same everywhere and fixed beforehand: what a text comes to
does not depend on what shares its batch. Inside a layer the largest columns are also written down several times, each
with a part of the weight (outlier channel splitting, Zhao 2019), or their weights would leave no room to the others.

Both factors are without a sign: these ONNX Runtime adds up exactly on every processor, where with signed weights of 8
bits the older ones run over 16 bits. The columns out of each product are a multiple of 32: with 17 to 31 more, and 32
rows or more, ONNX Runtime 1.23 multiplies wrongly on processors with AMX.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float32]
Weights = Mapping[str, Row]

# Made by `python -m bench.activations` from the training examples.
FILE = Path(__file__).with_name("activations.npz")
# What 0 is, and what 1 is worth, in a weight and in what comes from a layer norm: -1 to 1.
ZERO = 128
ONE = 127
# GELU gives nothing below -0.17, so there is more room above.
GELU_ZERO = 37
GELU_ONE = 218
# Columns behind GELU that stay below it are few and small; dividing by less would move where the others begin.
_LEAST_BEHIND_GELU = 1.0
_SMALLEST = 1e-3
# How many columns are added inside a layer; with them there are 49 times 32.
_ADDED = 32


@dataclass(frozen=True, slots=True)
class Seen:
    """What goes into a product, column by column, over the tokens of the training examples.

    Args:
        largest: the largest, without its sign.
        mean: their mean.
    """

    largest: Row
    mean: Row


@dataclass(frozen=True, slots=True)
class WholeProduct:
    """The weights of a product in whole numbers.

    Args:
        weights: uint8, columns in x columns out.
        scales: what 1 is worth in each column out.
        correction: what the rounding takes from each column out, in the mean.
    """

    weights: NDArray[np.uint8]
    scales: Row
    correction: Row


def read_seen(path: Path = FILE) -> dict[str, Seen]:
    """Return what goes into each product, by its name in the weights."""
    with np.load(path) as kept:
        names = {key.rpartition("/")[0] for key in kept}
        return {
            name: Seen(*(kept[f"{name}/{part}"].astype(np.float32) for part in ("largest", "mean"))) for name in names
        }


def write_seen(seen: Mapping[str, Seen], path: Path = FILE) -> None:
    """Keep what goes into each product; three digits are enough."""
    arrays = {}
    for name, columns in seen.items():
        arrays[f"{name}/largest"] = columns.largest.astype(np.float16)
        arrays[f"{name}/mean"] = columns.mean.astype(np.float16)
    np.savez_compressed(path, **arrays)


def split_largest(weights: Weights, seen: Mapping[str, Seen], layer: str) -> tuple[dict[str, Row], Seen]:
    """Return a layer's inner weights with its largest columns written down several times: the same in sum.

    Args:
        weights: of the network, by name.
        seen: what goes into its products.
        layer: `encoder.layer.0` and so on.

    Returns:
        The weights that take the place of the layer's, and what goes into its last product then.
    """
    into, out_of = f"{layer}.intermediate.dense", f"{layer}.output.dense"
    columns = replace(seen[out_of], largest=np.maximum(seen[out_of].largest, _LEAST_BEHIND_GELU))
    heaviest = np.abs(weights[f"{out_of}.weight"]).max(axis=0) * columns.largest
    times = np.ones(len(heaviest), np.int64)
    for _ in range(_ADDED):
        times[np.argmax(heaviest / times)] += 1
    chosen = np.repeat(np.arange(len(times)), times)
    changed = {
        f"{into}.weight": weights[f"{into}.weight"][chosen],
        f"{into}.bias": weights[f"{into}.bias"][chosen],
        f"{out_of}.weight": weights[f"{out_of}.weight"][:, chosen] / times[chosen].astype(np.float32),
    }
    return changed, Seen(columns.largest[chosen], columns.mean[chosen])


def factors_of(seen: Seen) -> Row:
    """Return what the columns are multiplied with to lie between -1 and 1."""
    return np.asarray(1 / np.maximum(seen.largest, _SMALLEST), np.float32)


def whole_product(weight: Row, seen: Seen) -> WholeProduct:
    """Return a product's weights in whole numbers, for columns that were multiplied with their factors.

    Args:
        weight: columns in x columns out, for columns as they are.
        seen: what goes into the product.
    """
    factors = factors_of(seen)
    scaled = weight / factors[:, None]
    scales = np.abs(scaled).max(axis=0) / ONE
    scaled /= scales
    rounded = np.rint(scaled)
    correction = ((seen.mean * factors) @ (scaled - rounded)) * scales
    rounded += ZERO
    return WholeProduct(rounded.astype(np.uint8), scales, correction)
