"""Sentence vectors from all-MiniLM-L6-v2, run by ONNX Runtime without torch."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from backstride.language import onnx_graph
from backstride.language.weights import find_weights

DIMENSION = 384
# The model was trained on 128 word pieces; what follows in a text is for the clauses to carry.
MAX_TOKENS = 128
_BATCH = 64
# One run costs as much as so many tokens, whatever is in it.
_TOKENS_A_RUN = 8

Vectors = NDArray[np.float32]


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
        model, weights = onnx_graph.build_apart(load_file(folder / "model.safetensors"))
        # The session reads the arrays where they lie, so they live as long as it.
        self._weights = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
        options.add_external_initializers(list(weights), self._weights)
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 a text: float32, texts x 384.

        Texts of like length share a batch, so that little is spent on padding; a text's vector does not
        depend on what else is encoded with it beyond the last digits.
        """
        return self._encode(texts, ("vectors",))

    def encode_with_layers(self, texts: Sequence[str]) -> Vectors:
        """Return the vector of each text and, beside it, those of the layers below: float32, texts x (4 x 384)."""
        return self._encode(texts, ("vectors", *(f"layer_{layer}" for layer in onnx_graph.KEPT_LAYERS)))

    def _encode(self, texts: Sequence[str], outputs: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), len(outputs) * DIMENSION), np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        for start, end in _batches([len(encodings[i].ids) for i in order]):
            batch = order[start:end]
            lengths = np.array([len(encodings[i].ids) for i in batch], np.int32)
            ids = np.zeros((len(batch), int(lengths.max())), np.int32)
            for row, i in enumerate(batch):
                ids[row, : lengths[row]] = encodings[i].ids
            vectors[batch] = np.hstack(self._session.run(list(outputs), {"ids": ids, "lengths": lengths}))
        return vectors


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
