"""Words and parts of words as numbers: TF-IDF, learned by scikit-learn, applied without its overhead.

scikit-learn's own `transform` spends milliseconds on checks; for one message at a time the counting below takes a
fraction of one. The numbers are the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

_WORD = r"[a-z']+|\d+|\S"


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
        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        for text in texts:
            offset = 0
            for analyze, known, idf in zip(self._analyzers, self._columns, self._idf, strict=True):
                counts = Counter(known[term] for term in analyze(text) if term in known)
                if counts:
                    found = np.fromiter(counts.keys(), np.int64, len(counts))
                    weights = (1 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))) * idf[found]
                    columns.extend((found + offset).tolist())
                    values.extend((weights / np.sqrt(weights @ weights)).tolist())
                offset += len(known)
            ends.append(len(columns))
        shape = (len(texts), sum(map(len, self._columns)))
        return scipy.sparse.csr_matrix((np.array(values, np.float32), columns, ends), shape=shape)

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
