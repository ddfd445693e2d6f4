"""Vectors of the project's own texts, kept in a file: to encode them is most of what a training takes.

A training keeps them for the next one, the studio for its next start. Only what the project's files say is kept,
examples and phrases, never what a person wrote. A file may be removed at any time; whoever needs it makes it anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backstride.files import replace_by
from backstride.language.weights import SHA256
from backstride.settings import ROOT

logger = logging.getLogger(__name__)

# Names another folder to keep them in.
ENVIRONMENT_VARIABLE = "BACKSTRIDE_CACHE"
FILE = Path(os.environ.get(ENVIRONMENT_VARIABLE, ROOT / ".cache")) / "sentence_vectors.npz"
# About twice the sentences of one training; each takes 6 kB.
MOST = 50_000
_KEY_BYTES = 16
# What decides the vector of a text, beside the weights: files of this package.
_MAKERS = ("encoder.py", "onnx_graph.py", "whole_numbers.py", "activations.npz")

Vectors = NDArray[np.float32]


class LayerEncoder(Protocol):
    """Gives the vectors of texts with those of the encoder's lower layers."""

    def encode_with_layers(self, texts: Sequence[str]) -> Vectors:
        """Return texts x (layers x dimension)."""


@dataclass(frozen=True, slots=True)
class KeptVectors:
    """What was encoded before: the row of each text's key, and the rows, those used longest ago first."""

    rows: Mapping[bytes, int]
    vectors: Vectors


def encode_kept(texts: Sequence[str], encoder: LayerEncoder, path: Path | None = None) -> Vectors:
    """Return what `encode_with_layers` says of training texts; what an earlier training encoded is taken over.

    Args:
        texts: texts of the project's own.
        encoder: encodes the others.
        path: where the vectors are kept; in the project's cache without it.
    """
    path = path or FILE
    keys = [key_of(text) for text in texts]
    kept = read_vectors(path)
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in kept.rows}
    if not missing:
        return kept.vectors[[kept.rows[key] for key in keys]]
    fresh = encoder.encode_with_layers(list(missing.values()))
    everything = np.concatenate([kept.vectors, fresh]) if len(kept.vectors) else fresh
    rows = {**kept.rows, **{key: len(kept.vectors) + row for row, key in enumerate(missing)}}
    used = dict.fromkeys(keys)
    order = [*(key for key in rows if key not in used), *used][-MOST:]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_vectors(path, order, everything[[rows[key] for key in order]])
    except OSError as error:
        logger.info("The vectors are not kept for the next training: %s", error)
    return everything[[rows[key] for key in keys]]


def read_vectors(path: Path) -> KeptVectors:
    """Return what a file keeps; nothing where it is missing, damaged, or made by another network."""
    with (
        contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile),
        path.open("rb") as file,
        np.load(file) as kept,
    ):
        if str(kept["made_by"]) == _made_by():
            return KeptVectors({bytes(key): row for row, key in enumerate(kept["keys"])}, kept["vectors"])
    return KeptVectors({}, np.empty((0, 0), np.float32))


def write_vectors(path: Path, keys: Sequence[bytes], vectors: Vectors) -> None:
    """Keep vectors in a file, one a key, in place of what it kept.

    Raises:
        OSError: the folder cannot be written to; the old file is as it was.
    """
    rows = np.frombuffer(b"".join(keys), np.uint8).reshape(-1, _KEY_BYTES)
    replace_by(path, lambda file: np.savez(file, made_by=np.array(_made_by()), keys=rows, vectors=vectors))


def key_of(text: str) -> bytes:
    """Return what stands for a text in a file: the text itself cannot be read from it."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:_KEY_BYTES]


def _made_by() -> str:
    """Return a hash over what decides the vector of a text: the network, its weights, what runs it."""
    folder = Path(__file__).parent
    code = b"".join((folder / name).read_bytes() for name in _MAKERS)
    return hashlib.sha256(code + repr((SHA256, version("onnxruntime"))).encode()).hexdigest()
