"""The model that reads intents: one kernel ridge regression over meanings and spellings, calibrated.

Two messages are alike where their vectors lie near each other (a Gaussian kernel over the sentence vectors of message
and clauses, the means of the encoder's lower layers, and which part of the body is named), and where they share words
and parts of words (a linear kernel over TF-IDF): the last layer knows meanings, the lower layers and the n-grams know
spellings and function words, which it blurs ("yes" and "no", "can it cause" and "it can hurt").

The regression has a closed form, and so have its predictions for a fold that it had not seen (Rifkin and Lippert 2007,
"Notes on regularized least squares"): one inverse gives the model and the cross-validated margins, on which the
temperature that turns margins into confidences is fitted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from backstride.language.encoder import DIMENSION, Vectors
from backstride.language.ngrams import Ngrams
from backstride.language.scope_words import ScopeWords, load_scope_words

Scores = NDArray[np.float64]
_Rows = NDArray[np.float32]

_FILE = "intent_model.npz"
_FOLDS = 4
_SEED = 20
# Chosen by cross-validation of the training examples.
_COMPONENTS = 384  # principal components of the dense features: a fifth of their number, with 94 % of the variance
_SCOPE_WEIGHT = 0.3
_WIDTH = 1.0  # of the Gaussian kernel, for each vector of length 1 that a message has
_NGRAM_WEIGHT = 0.125
_RIDGE = 0.2
_LONGEST_PHRASE = 2
# Below this many examples an intent cannot be cut into folds.
_MIN_EXAMPLES = _FOLDS


@dataclass(frozen=True, slots=True)
class Example:
    """A tidied text with its vectors: row 0 of the whole text, further rows of its clauses where it has several.

    A row is a sentence vector, or a sentence vector with those of the encoder's lower layers beside it.
    """

    text: str
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class _Gaussian:
    """The examples that were learned, as points in the space of the principal components."""

    mean: _Rows  # dense features
    basis: _Rows  # dense features x components
    points: _Rows  # examples x components
    width: float
    lengths: _Rows = field(init=False)  # squared, of the points; for each message they are the same

    def __post_init__(self) -> None:
        object.__setattr__(self, "lengths", (self.points**2).sum(axis=1))

    def place(self, rows: _Rows) -> _Rows:
        return np.asarray((rows - self.mean) @ self.basis, np.float32)

    def likeness(self, placed: _Rows) -> _Rows:
        """Return how like each message is to each example: float32, messages x examples."""
        own = (placed**2).sum(axis=1)
        likeness: _Rows = placed @ self.points.T
        likeness *= 2
        likeness -= own[:, None]
        likeness -= self.lengths
        likeness *= self.width
        return np.exp(likeness, out=likeness)


class IntentModel:
    """Reads intents with calibrated probabilities."""

    def __init__(
        self,
        intents: Sequence[str],
        gaussian: _Gaussian,
        dense: _Rows,
        sparse: _Rows,
        ngrams: Ngrams,
        temperature: float,
        scope: ScopeWords,
    ) -> None:
        """Put a fitted model together; use `fit` or `load`."""
        self.intents = tuple(intents)
        self._gaussian = gaussian
        self._dense = dense  # examples x intents
        self._sparse = sparse  # n-grams x intents
        self._ngrams = ngrams
        self._temperature = temperature
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
        sparse_rows = ngrams.transform(texts)
        gaussian = _fit_gaussian(_dense_features(examples, scope), examples)
        right = np.searchsorted(names, labels)
        targets = np.full((len(labels), len(names)), -1, np.float32)
        targets[np.arange(len(labels)), right] = 1
        inverse = _inverse(gaussian, sparse_rows)
        weights = inverse @ targets
        temperature = _fit_temperature(_unseen_margins(inverse, weights, targets, labels), right)
        sparse = np.asarray(_NGRAM_WEIGHT * (sparse_rows.T @ weights), np.float32)
        return cls([str(name) for name in names], gaussian, weights, sparse, ngrams, temperature, scope)

    def probabilities(self, examples: Sequence[Example]) -> Scores:
        """Return the probability of each intent: float64, examples x intents, in the order of `intents`."""
        placed = self._gaussian.place(_dense_features(examples, self._scope))
        sparse_rows = self._ngrams.transform([example.text for example in examples])
        margins = self._gaussian.likeness(placed) @ self._dense + sparse_rows @ self._sparse
        return np.exp(_log_softmax(self._temperature * np.asarray(margins, np.float64)))

    def save(self, folder: Path) -> None:
        """Store the model as arrays and JSON: nothing that runs code when it is loaded."""
        about = {
            "intents": self.intents,
            "terms": self._ngrams.terms(),
            "temperature": self._temperature,
            "width": self._gaussian.width,
        }
        # Not compressed: the model's archive is, and a server that starts need not wait for it twice.
        np.savez(
            folder / _FILE,
            dense=self._dense,
            sparse=self._sparse,
            mean=self._gaussian.mean,
            basis=self._gaussian.basis,
            points=self._gaussian.points.astype(np.float16),
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
            points = stored["points"].astype(np.float32)
            return cls(
                about["intents"],
                _Gaussian(stored["mean"], stored["basis"], points, about["width"]),
                stored["dense"],
                stored["sparse"],
                Ngrams(longest_phrase=_LONGEST_PHRASE).restore(about["terms"], stored),
                about["temperature"],
                load_scope_words(),
            )


def _dense_features(examples: Sequence[Example], scope: ScopeWords) -> _Rows:
    whole = np.stack([example.vectors[0] for example in examples])
    sentences = [example.vectors[:, :DIMENSION] for example in examples]
    clauses = np.stack([(rows[1:] if len(rows) > 1 else rows).mean(axis=0) for rows in sentences])
    clauses /= np.maximum(np.linalg.norm(clauses, axis=1, keepdims=True), 1e-9)
    named = _SCOPE_WEIGHT * scope.features([example.text for example in examples])
    return np.hstack([whole, clauses, named]).astype(np.float32)


def _fit_gaussian(rows: _Rows, examples: Sequence[Example]) -> _Gaussian:
    vectors_a_message = examples[0].vectors.shape[1] // DIMENSION + 1
    mean = rows.mean(axis=0)
    spread = (rows - mean).T @ (rows - mean)
    last = len(spread) - 1
    _, basis = scipy.linalg.eigh(spread.astype(np.float64), subset_by_index=[max(0, last + 1 - _COMPONENTS), last])
    basis = basis.astype(np.float32)
    # Rounded as they are stored, so that a loaded model gives the same numbers.
    points = ((rows - mean) @ basis).astype(np.float16).astype(np.float32)
    return _Gaussian(mean, basis, points, _WIDTH / vectors_a_message)


def _inverse(gaussian: _Gaussian, sparse_rows: scipy.sparse.csr_matrix) -> _Rows:
    """Return the inverse of the kernel matrix of all examples with the ridge on its diagonal."""
    kernel = gaussian.likeness(gaussian.points)
    kernel += _NGRAM_WEIGHT * (sparse_rows @ sparse_rows.T).toarray()
    kernel[np.diag_indices_from(kernel)] += _RIDGE
    factor, _ = scipy.linalg.cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
    (invert,) = scipy.linalg.get_lapack_funcs(("potri",), (factor,))
    inverse, _ = invert(factor, lower=True, overwrite_c=True)
    lower = np.tril(inverse)
    return np.asarray(lower + np.tril(lower, -1).T, np.float32)


def _unseen_margins(inverse: _Rows, weights: _Rows, targets: _Rows, labels: NDArray[np.str_]) -> Scores:
    """Return the margins of each example from the model that had learned the other folds only."""
    margins = np.empty(targets.shape)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED)
    for _, unseen in folds.split(labels, labels):
        block = inverse[np.ix_(unseen, unseen)]
        margins[unseen] = targets[unseen] - scipy.linalg.solve(block, weights[unseen], assume_a="pos")
    return margins


def _fit_temperature(margins: Scores, right: NDArray[np.intp]) -> float:
    """Fit by likelihood the factor that makes confidences of margins (Guo 2017, "On calibration…")."""

    def loss(logarithm: float) -> float:
        shares = _log_softmax(np.exp(logarithm) * margins)
        return float(-shares[np.arange(len(right)), right].mean())

    return float(np.exp(scipy.optimize.minimize_scalar(loss, bounds=(-1, 4), method="bounded").x))


def _log_softmax(scores: Scores) -> Scores:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
