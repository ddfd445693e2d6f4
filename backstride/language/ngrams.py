"""Words and parts of words as numbers: TF-IDF, learned by scikit-learn, applied without its overhead.

scikit-learn's own `transform` spends milliseconds on checks; for one message at a time the counting below takes a
fraction of one. The numbers are the same.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

_WORD = r"[a-z']+|\d+|\S"
_SMALLEST = 1e-12


class Ngrams:
    """TF-IDF of word n-grams and of character n-grams inside words, side by side, each scaled to length 1."""

    def __init__(self, *, longest_phrase: int) -> None:
        """Set up without a vocabulary; use `fit` or `restore`.

        Args:
            longest_phrase: words in the longest word n-gram.
        """
        self._vectorizers = (
            TfidfVectorizer(ngram_range=(1, longest_phrase), sublinear_tf=True, min_df=2, token_pattern=_WORD),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3),
        )
        self._analyzers: tuple[Callable[[str], list[str]], ...] = tuple(v.build_analyzer() for v in self._vectorizers)
        self._columns: list[dict[str, int]] = []
        self._idf: list[NDArray[np.float64]] = []

    def fit(self, texts: Sequence[str]) -> Ngrams:
        """Learn the vocabulary and its weights."""
        for vectorizer in self._vectorizers:
            vectorizer.fit(texts)
        self._columns = [dict(vectorizer.vocabulary_) for vectorizer in self._vectorizers]
        self._idf = [np.asarray(vectorizer.idf_) for vectorizer in self._vectorizers]
        return self

    def transform(self, texts: Sequence[str]) -> scipy.sparse.csr_matrix:
        """Return the features of texts: float32, texts x vocabulary."""
        found = [self._features_of(text) for text in texts]
        ends = np.cumsum([0, *(len(columns) for columns, _ in found)])
        columns = np.concatenate([columns for columns, _ in found]) if found else np.empty(0, np.int64)
        values = np.concatenate([values for _, values in found]) if found else np.empty(0, np.float32)
        return scipy.sparse.csr_matrix((values, columns, ends), shape=(len(texts), sum(map(len, self._columns))))

    def product(self, text: str, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the features of a text times weights: float32, one number an output.

        One text needs no sparse matrix: putting it together takes longer than the product.

        Args:
            text: what was said.
            weights: vocabulary x outputs.
        """
        columns, values = self._features_of(text)
        return np.asarray(values @ weights[columns], np.float32)

    def _features_of(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the columns of the n-grams of a text, and their values."""
        columns, values, offset = [], [], 0
        for analyze, known, idf in zip(self._analyzers, self._columns, self._idf, strict=True):
            counts = Counter(known[term] for term in analyze(text) if term in known)
            of_kind = np.fromiter(counts.keys(), np.int64, len(counts))
            weights = (1 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))) * idf[of_kind]
            columns.append(of_kind + offset)
            values.append((weights / max(math.sqrt(weights @ weights), _SMALLEST)).astype(np.float32))
            offset += len(known)
        return np.concatenate(columns), np.concatenate(values)

    def terms(self) -> list[list[str]]:
        """Return the vocabulary, in the order of the columns, for storing it."""
        return [sorted(known, key=lambda term: known[term]) for known in self._columns]

    def weights(self) -> dict[str, NDArray[np.float64]]:
        """Return the vocabulary's weights by name, for storing them."""
        return {"word_idf": self._idf[0], "character_idf": self._idf[1]}

    def restore(self, terms: Sequence[Sequence[str]], stored: Any) -> Ngrams:
        """Take over what `terms` and `weights` gave."""
        self._columns = [{term: column for column, term in enumerate(of_kind)} for of_kind in terms]
        self._idf = [stored["word_idf"], stored["character_idf"]]
        return self
