"""What a text is near to in meaning: the project's sentence encoder over all training examples."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backstride.errors import WeightsError
from backstride.language.kept_vectors import Vectors, key_of, read_vectors, write_vectors

if TYPE_CHECKING:
    from collections.abc import Callable

    from backstride.studio.project_files import Example

logger = logging.getLogger(__name__)

DIMENSION = 384
# Sentences encoded between two savings, so that a stop loses little.
_STEP = 512


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training example and how near it is: the cosine, 1 for the same meaning."""

    example: Example
    nearness: float


class VectorStore:
    """Sentence vectors by their text; those of the files' examples are kept: 7,000 take half a minute to encode, once.

    What people wrote leaves no trace in the file: it may be erased at any time.

    Args:
        path: where they are kept.
        encode: turns texts into vectors of length 1; the project's encoder without it.
    """

    def __init__(self, path: Path, encode: Callable[[Sequence[str]], Vectors] | None = None) -> None:
        self._path = path
        self._encode = encode
        self._rows: dict[bytes, int] = {}
        self._lasting: set[bytes] = set()
        self._vectors: Vectors = np.empty((0, DIMENSION), np.float32)
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._load()

    def of(self, texts: Sequence[str], *, lasting: bool = False) -> Vectors:
        """Return one vector a text.

        Args:
            texts: the texts.
            lasting: keep the vectors in the file, for texts of the project's own.

        Raises:
            WeightsError: the encoder's weights are missing.
        """
        keys = [key_of(text) for text in texts]
        with self._lock:
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._rows}
            is_news = lasting and not self._lasting.issuperset(keys)
            if lasting:
                self._lasting.update(keys)
        items = list(missing.items())
        for start in range(0, len(items), _STEP):
            part = items[start : start + _STEP]
            # Outside the lock: a page's one sentence does not wait for thousands of examples.
            fresh = np.asarray(self._encoder()([text for _, text in part]), np.float32)
            with self._lock:
                for (key, _), vector in zip(part, fresh, strict=True):
                    self._add(key, vector)
            if lasting:
                self._save()
        if is_news and not items:
            self._save()
        with self._lock:
            return self._vectors[[self._rows[key] for key in keys]]

    def _add(self, key: bytes, vector: Vectors) -> None:
        if key in self._rows:
            return
        row = len(self._rows)
        if row == len(self._vectors):
            # Twice the room each time: adding one by one copies nothing.
            room = np.empty((max(1024, row), DIMENSION), np.float32)
            self._vectors = np.concatenate([self._vectors, room])
        self._rows[key] = row
        self._vectors[row] = vector

    def _encoder(self) -> Callable[[Sequence[str]], Vectors]:
        if self._encode is None:
            # ONNX Runtime takes half a second to import; pages that show nothing nearest do not need it.
            from backstride.language.encoder import shared_encoder  # noqa: PLC0415
            from backstride.language.text import tidy  # noqa: PLC0415

            encoder = shared_encoder()
            self._encode = lambda texts: encoder.encode([tidy(text) for text in texts])
        return self._encode

    def _load(self) -> None:
        kept = read_vectors(self._path)
        if kept.rows:
            self._rows = dict(kept.rows)
            self._lasting = set(self._rows)
            self._vectors = kept.vectors

    def _save(self) -> None:
        with self._saving:
            with self._lock:
                rows = {key: row for key, row in self._rows.items() if key in self._lasting}
                vectors = self._vectors[list(rows.values())]
            write_vectors(self._path, list(rows), vectors)


class Nearest:
    """The training examples that are nearest to a text."""

    def __init__(self, vectors: VectorStore) -> None:
        self._vectors = vectors
        self._examples: tuple[Example, ...] = ()
        self._matrix: Vectors = np.empty((0, DIMENSION), np.float32)
        self._lock = threading.Lock()

    def learn(self, examples: tuple[Example, ...]) -> None:
        """Take over the training examples; those that are known already cost nothing.

        Raises:
            WeightsError: the encoder's weights are missing.
        """
        with self._lock:
            if examples is self._examples or examples == self._examples:
                return
            matrix = self._vectors.of([example.text for example in examples], lasting=True)
            self._examples, self._matrix = examples, matrix

    def to(self, texts: Sequence[str], count: int = 5) -> list[list[Neighbour]]:
        """Return for each text the nearest examples, nearest first; none where the encoder is missing."""
        examples, matrix = self._examples, self._matrix
        if not examples or not texts:
            return [[] for _ in texts]
        try:
            scores = self._vectors.of(list(texts)) @ matrix.T
        except WeightsError:
            return [[] for _ in texts]
        found = []
        for row in scores:
            best = np.argsort(-row)[:count]
            found.append([Neighbour(examples[i], float(row[i])) for i in best])
        return found

    def intents(self, vector: Vectors, count: int = 3) -> list[tuple[str, float]]:
        """Return the intents whose five nearest examples are nearest to a vector, with their mean nearness."""
        if not self._examples:
            return []
        scores = self._matrix @ vector
        by_intent: dict[str, list[float]] = {}
        for i in np.argsort(-scores)[:400]:
            kept = by_intent.setdefault(self._examples[i].intent, [])
            if len(kept) < 5:  # noqa: PLR2004
                kept.append(float(scores[i]))
        ranked = sorted(((intent, sum(near) / len(near)) for intent, near in by_intent.items()), key=lambda r: -r[1])
        return ranked[:count]


class Meaning:
    """What texts are near to: the training examples, and the messages that are held apart.

    Args:
        vectors: gives the sentence vectors.
    """

    def __init__(self, vectors: VectorStore) -> None:
        self.vectors = vectors
        self.examples = Nearest(vectors)
        self.held_apart = Nearest(vectors)

    def learn(self, examples: tuple[Example, ...], held_apart: tuple[Example, ...]) -> None:
        """Take over what the files say now; where the encoder is missing, nothing is near to anything."""
        try:
            self.examples.learn(examples)
            self.held_apart.learn(held_apart)
        except WeightsError as error:
            logger.warning("Nearest examples are not shown: %s", error)

    def read_ahead(self, texts: Sequence[str]) -> None:
        """Encode texts that somebody will ask about, where the encoder is there."""
        with contextlib.suppress(WeightsError):
            self.vectors.of(texts)
