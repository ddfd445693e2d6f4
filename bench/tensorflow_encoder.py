"""The sentence encoder's forward pass in plain TensorFlow operators, from the same weights.

Written apart from the ONNX graph, so that the two can be held against each other: BERT (Devlin 2019), the mean over
the tokens, and the scaling to length 1.
"""

# ruff: noqa: PLC0415  # TensorFlow is loaded where it is measured only
from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

_HEADS = 12
_LAYERS = 6
_EPSILON = 1e-12
_MASKED = -1e9

Forward = Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.float32]]


def build(folder: Path, threads: int) -> Forward:
    """Return the forward pass as one traced function of ids (texts x tokens) and lengths (texts).

    Args:
        folder: where model.safetensors is.
        threads: threads that one operator may use; it can be set once in a process.
    """
    import tensorflow as tf  # type: ignore[import-untyped,unused-ignore]

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    weights = {name: tf.constant(array) for name, array in load_file(folder / "model.safetensors").items()}

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None], tf.int32)])  # type: ignore[untyped-decorator,unused-ignore]
    def forward(ids: Any, lengths: Any) -> Any:
        return _forward(tf, weights, ids, lengths)

    def run(ids: NDArray[np.int32], lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = forward(tf.constant(ids), tf.constant(lengths)).numpy()
        return found

    return run


def _forward(tf: Any, weights: Mapping[str, Any], ids: Any, lengths: Any) -> Any:
    width = tf.shape(ids)[1]
    mask = tf.sequence_mask(lengths, width, dtype=tf.float32)
    hidden = tf.gather(weights["embeddings.word_embeddings.weight"], ids)
    hidden += weights["embeddings.position_embeddings.weight"][:width]
    hidden += weights["embeddings.token_type_embeddings.weight"][0]
    hidden = _normalised(tf, weights, hidden, "embeddings.LayerNorm")
    ignored = (1 - mask)[:, None, None, :] * _MASKED
    for layer in range(_LAYERS):
        prefix = f"encoder.layer.{layer}"
        attended = _attention(tf, weights, hidden, ignored, f"{prefix}.attention.self")
        attended = _dense(tf, weights, attended, f"{prefix}.attention.output.dense")
        hidden = _normalised(tf, weights, hidden + attended, f"{prefix}.attention.output.LayerNorm")
        wide = tf.nn.gelu(_dense(tf, weights, hidden, f"{prefix}.intermediate.dense"), approximate=False)
        narrow = _dense(tf, weights, wide, f"{prefix}.output.dense")
        hidden = _normalised(tf, weights, hidden + narrow, f"{prefix}.output.LayerNorm")
    total = tf.reduce_sum(hidden * mask[:, :, None], axis=1)
    return tf.math.l2_normalize(total / tf.cast(lengths, tf.float32)[:, None], axis=-1)


def _attention(tf: Any, weights: Mapping[str, Any], hidden: Any, ignored: Any, prefix: str) -> Any:
    shape = tf.shape(hidden)
    size = hidden.shape[-1] // _HEADS
    query, key, value = (
        tf.transpose(
            tf.reshape(_dense(tf, weights, hidden, f"{prefix}.{name}"), [shape[0], shape[1], _HEADS, size]),
            [0, 2, 1, 3],
        )
        for name in ("query", "key", "value")
    )
    shares = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) / size**0.5 + ignored)
    return tf.reshape(tf.transpose(tf.matmul(shares, value), [0, 2, 1, 3]), shape)


def _dense(tf: Any, weights: Mapping[str, Any], hidden: Any, name: str) -> Any:
    shape = tf.shape(hidden)
    flat = tf.reshape(hidden, [-1, hidden.shape[-1]])
    product = tf.matmul(flat, weights[f"{name}.weight"], transpose_b=True) + weights[f"{name}.bias"]
    return tf.reshape(product, [shape[0], shape[1], weights[f"{name}.weight"].shape[0]])


def _normalised(tf: Any, weights: Mapping[str, Any], hidden: Any, name: str) -> Any:
    mean, variance = tf.nn.moments(hidden, axes=[-1], keepdims=True)
    scaled = (hidden - mean) * tf.math.rsqrt(variance + _EPSILON)
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]
