"""The model that reads intents: two classifiers that see a message differently, stacked and calibrated.

One is a logistic regression over the sentence vectors of the message and of its clauses: it knows meanings. The other
is a linear support-vector machine over words and parts of words: it knows spellings and function words, which the
sentence encoder blurs ("yes" and "no", "can it cause" and "it can hurt"). Both also see which part of the body is
named. Their scores are joined by two weights that are fitted, like everything that makes a confidence mean something,
on predictions for messages that the classifiers had not seen (cross-validation).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from backstride.language.encoder import Vectors
from backstride.language.ngrams import Ngrams
from backstride.language.scope_words import ScopeWords, load_scope_words

Scores = NDArray[np.float64]

_FILE = "intent_model.npz"
_FOLDS = 4
_SEED = 20
_DENSE_C = 5.0
_SPARSE_C = 0.3
_LONGEST_PHRASE = 2
# Below this many examples an intent cannot be cut into folds.
_MIN_EXAMPLES = _FOLDS


@dataclass(frozen=True, slots=True)
class Example:
    """A tidied text with its vectors: row 0 of the whole text, further rows of its clauses where it has several."""

    text: str
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class _Stack:
    """How the two classifiers' scores are joined: weights of log-probability and margin."""

    dense: float
    sparse: float

    def join(self, dense: Scores, sparse: Scores) -> Scores:
        return self.dense * dense + self.sparse * sparse


class IntentModel:
    """Reads intents with calibrated probabilities."""

    def __init__(
        self,
        intents: Sequence[str],
        dense: NDArray[np.float32],
        sparse: NDArray[np.float32],
        ngrams: Ngrams,
        stack: _Stack,
        scope: ScopeWords,
    ) -> None:
        """Put a fitted model together; use `fit` or `load`."""
        self.intents = tuple(intents)
        self._dense = dense  # (768 + scope + 1) x intents; the last row is the bias
        self._sparse = sparse  # (n-grams + scope + 1) x intents
        self._ngrams = ngrams
        self._stack = stack
        self._scope = scope

    @classmethod
    def fit(cls, examples: Sequence[Example], intents: Sequence[str]) -> IntentModel:
        """Learn from labelled examples; the same examples in the same order give the same model.

        Raises:
            ValueError: an intent has too few examples to be learned and checked.
        """
        labels = np.array(intents)
        names, counts = np.unique(labels, return_counts=True)
        rare = [str(name) for name, count in zip(names, counts, strict=True) if count < _MIN_EXAMPLES]
        if rare:
            raise ValueError(f"{', '.join(rare)}: write at least {_MIN_EXAMPLES} examples of each intent.")
        scope = load_scope_words()
        texts = [example.text for example in examples]
        ngrams = Ngrams(longest_phrase=_LONGEST_PHRASE).fit(texts)
        dense_rows = _dense_features(examples, scope)
        sparse_rows = _sparse_features(texts, ngrams, scope)
        stack = _fit_stack(dense_rows, sparse_rows, labels, names)
        return cls(
            [str(name) for name in names],
            _fit_dense(dense_rows, labels),
            _fit_sparse(sparse_rows, labels),
            ngrams,
            stack,
            scope,
        )

    def probabilities(self, examples: Sequence[Example]) -> Scores:
        """Return the probability of each intent: float64, examples x intents, in the order of `intents`."""
        dense_rows = _dense_features(examples, self._scope)
        texts = [example.text for example in examples]
        sparse_rows = _sparse_features(texts, self._ngrams, self._scope)
        dense = _log_softmax(_apply(self._dense, dense_rows))
        sparse = np.asarray(sparse_rows @ self._sparse[:-1] + self._sparse[-1], np.float64)
        return np.exp(_log_softmax(self._stack.join(dense, sparse)))

    def save(self, folder: Path) -> None:
        """Store the model as arrays and JSON: nothing that runs code when it is loaded."""
        about = {
            "intents": self.intents,
            "terms": self._ngrams.terms(),
            "stack": [self._stack.dense, self._stack.sparse],
        }
        np.savez_compressed(
            folder / _FILE,
            dense=self._dense,
            sparse=self._sparse,
            **self._ngrams.weights(),
            about=np.array(json.dumps(about)),
        )

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Load what `save` stored.

        Raises:
            FileNotFoundError: nothing was stored.
        """
        with np.load(folder / _FILE) as stored:
            about = json.loads(str(stored["about"]))
            return cls(
                about["intents"],
                stored["dense"],
                stored["sparse"],
                Ngrams(longest_phrase=_LONGEST_PHRASE).restore(about["terms"], stored),
                _Stack(*about["stack"]),
                load_scope_words(),
            )


def _dense_features(examples: Sequence[Example], scope: ScopeWords) -> NDArray[np.float32]:
    whole = np.stack([example.vectors[0] for example in examples])
    clauses = np.stack(
        [example.vectors[1:].mean(axis=0) if len(example.vectors) > 1 else example.vectors[0] for example in examples]
    )
    return np.hstack([whole, clauses, scope.features([example.text for example in examples])]).astype(np.float32)


def _sparse_features(texts: Sequence[str], ngrams: Ngrams, scope: ScopeWords) -> scipy.sparse.csr_matrix:
    named = scipy.sparse.csr_matrix(scope.features(texts))
    return scipy.sparse.hstack([ngrams.transform(texts), named]).tocsr().astype(np.float32)


def _fit_dense(rows: NDArray[np.float32], labels: NDArray[np.str_]) -> NDArray[np.float32]:
    model = LogisticRegression(C=_DENSE_C, max_iter=400).fit(rows, labels)
    return np.vstack([model.coef_.T, model.intercept_]).astype(np.float32)


def _fit_sparse(rows: scipy.sparse.csr_matrix, labels: NDArray[np.str_]) -> NDArray[np.float32]:
    model = LinearSVC(C=_SPARSE_C, random_state=_SEED).fit(rows, labels)
    return np.vstack([model.coef_.T, model.intercept_]).astype(np.float32)


def _apply(weights: NDArray[np.float32], rows: NDArray[np.float32]) -> Scores:
    return np.asarray(rows @ weights[:-1] + weights[-1], np.float64)


def _fit_stack(
    dense_rows: NDArray[np.float32],
    sparse_rows: scipy.sparse.csr_matrix,
    labels: NDArray[np.str_],
    names: NDArray[np.str_],
) -> _Stack:
    """Fit the two weights on predictions for examples that the classifiers had not seen.

    The weights are the inverse temperatures of the two classifiers: fitting them by likelihood joins and calibrates at
    once (Guo 2017, "On calibration of modern neural networks").
    """
    dense = np.empty((len(labels), len(names)))
    sparse = np.empty_like(dense)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED)
    for seen, unseen in folds.split(dense_rows, labels):
        dense[unseen] = _log_softmax(_apply(_fit_dense(dense_rows[seen], labels[seen]), dense_rows[unseen]))
        weights = _fit_sparse(sparse_rows[seen], labels[seen])
        sparse[unseen] = sparse_rows[unseen] @ weights[:-1] + weights[-1]
    right = np.searchsorted(names, labels)

    def loss(parameters: NDArray[np.float64]) -> float:
        joined = _log_softmax(parameters[0] * dense + parameters[1] * sparse)
        return float(-joined[np.arange(len(right)), right].mean())

    best = scipy.optimize.minimize(loss, x0=np.array([1.0, 2.0]), method="Nelder-Mead")
    return _Stack(*map(float, best.x))


def _log_softmax(scores: Scores) -> Scores:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
