"""Sentence vectors from all-MiniLM-L6-v2, run by ONNX Runtime without torch, mostly in whole numbers."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from backstride.language import onnx_graph
from backstride.language.weights import find_weights
from backstride.language.whole_numbers import read_seen

DIMENSION = 384
# The model was trained on 128 word pieces; what follows in a text is for the clauses to carry.
MAX_TOKENS = 128
_BATCH = 64
# One run costs as much as so many tokens, whatever is in it.
_TOKENS_A_RUN = 8

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts that go through the network together.

    Args:
        rows: which of the texts.
        ids: their word pieces, int32, texts x tokens, padded on the right with 0.
        lengths: how many word pieces each has, int32.
    """

    rows: list[int]
    ids: NDArray[np.int32]
    lengths: NDArray[np.int32]


class SentenceEncoder:
    """Turns texts into vectors whose cosine says how near their meanings are."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """Build the network from the weights in a folder.

        Args:
            folder: where model.safetensors and tokenizer.json are.
            threads: threads that one batch may use; 1 leaves the other cores to other conversations.
        """
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # The graph is written with fused operators already.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        model, weights = onnx_graph.build_whole(load_file(folder / "model.safetensors"), read_seen())
        # The session reads the arrays where they lie, so they live as long as it.
        self._weights = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
        options.add_external_initializers(list(weights), self._weights)
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 a text: float32, texts x 384.

        Texts of like length share a batch, so that little is spent on padding; a text's vector does not
        depend on what else is encoded with it beyond the last digits. It is that of 32 bits to a cosine of .998 in
        the mean.
        """
        return self._run(self.batches_of(texts), ("vectors",))

    def encode_with_layers(self, texts: Sequence[str]) -> Vectors:
        """Return the vector of each text and, beside it, those of the layers below: float32, texts x (4 x 384)."""
        return self.run_with_layers(self.batches_of(texts))

    def batches_of(self, texts: Sequence[str]) -> list[Batch]:
        """Return texts as the network reads them: the part of the work that needs Python."""
        encodings = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        return [
            _padded(order[start:end], [encodings[i].ids for i in order[start:end]])
            for start, end in _batches([len(encodings[i].ids) for i in order])
        ]

    def run_with_layers(self, batches: Sequence[Batch]) -> Vectors:
        """Return what `encode_with_layers` does of texts that are cut into batches already."""
        return self._run(batches, ("vectors", *(f"layer_{layer}" for layer in onnx_graph.KEPT_LAYERS)))

    def _run(self, batches: Sequence[Batch], outputs: Sequence[str]) -> Vectors:
        vectors = np.empty((sum(len(batch.rows) for batch in batches), len(outputs) * DIMENSION), np.float32)
        for batch in batches:
            found = self._session.run(list(outputs), {"ids": batch.ids, "lengths": batch.lengths})
            vectors[batch.rows] = np.hstack(found)
        return vectors


def _padded(rows: list[int], ids: Sequence[Sequence[int]]) -> Batch:
    lengths = np.array([len(of_text) for of_text in ids], np.int32)
    padded = np.zeros((len(ids), int(lengths.max())), np.int32)
    for row, of_text in enumerate(ids):
        padded[row, : lengths[row]] = of_text
    return Batch(rows, padded, lengths)


def _batches(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Cut texts into the batches that cost least: a long message padded to nothing, its short clauses together.

    Args:
        lengths: tokens of each text, shortest first.

    Returns:
        Where each batch starts and ends.
    """
    cost, start_of = [0], [0]
    for end, longest in enumerate(lengths, start=1):
        # Everything in a batch is padded to its longest text, the last.
        least, start = min(
            (cost[start] + _TOKENS_A_RUN + (end - start) * longest, start) for start in range(max(0, end - _BATCH), end)
        )
        cost.append(least)
        start_of.append(start)
    batches: list[tuple[int, int]] = []
    end = len(lengths)
    while end:
        batches.append((start_of[end], end))
        end = start_of[end]
    return batches[::-1]


@functools.lru_cache(maxsize=2)
def shared_encoder(location: str | None = None, threads: int = 1) -> SentenceEncoder:
    """Return the process's one encoder for a location: several components use the same weights."""
    return SentenceEncoder(find_weights(location), threads=threads)
