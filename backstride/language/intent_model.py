"""The model that reads intents: one kernel ridge regression over meanings and spellings, calibrated.

Two messages are alike where their vectors lie near each other (a Gaussian kernel over the sentence vectors of message
and clauses, the means of the encoder's lower layers, and which part of the body is named), and where they share words
and parts of words (a linear kernel over TF-IDF): the last layer knows meanings, the lower layers and the n-grams know
spellings and function words, which it blurs ("yes" and "no", "can it cause" and "it can hurt").

The regression has a closed form, and so have its predictions for examples that it had not seen (Rifkin and Lippert
2007, "Notes on regularized least squares"): one Cholesky factor gives the model, and its last corner the margins of the
last fifth of the examples from a model that had learned the others only. On those the power is fitted that turns
margins into confidences.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray

from backstride.language.encoder import DIMENSION, Vectors
from backstride.language.kernel_network import KernelNetwork, Rounded, likeness
from backstride.language.ngrams import Ngrams
from backstride.language.scope_words import ScopeWords, load_scope_words
from backstride.language.text import REMEMBERED

Scores = NDArray[np.float64]
_Rows = NDArray[np.float32]

_FILE = "intent_model.npz"
_SEED = 20
_UNSEEN = 0.2  # the share of the examples that the confidence is fitted on
# Chosen by cross-validation of the training examples.
_COMPONENTS = 320  # principal components of the dense features: a sixth of their number; more gain nothing
_SCOPE_WEIGHT = 0.3
_WIDTH = 1.0  # of the Gaussian kernel, for each vector of length 1 that a message has
_NGRAM_WEIGHT = 0.06
_RIDGE = 0.2
_LONGEST_PHRASE = 2
# No dense feature lies farther than this from its mean.
_REACH = 2.0
# A margin of -1 says "not this one at all"; how sharply the likelihood vanishes there.
_SHARPNESS = 8.0
_POWERS = (0.5, 20.0)  # where the power is looked for
_TINY = 1e-12
_STRIP = 1024
# Below this many examples an intent cannot be both learned and checked.
_MIN_EXAMPLES = 4


@dataclass(frozen=True, slots=True)
class Example:
    """A tidied text with its vectors: row 0 of the whole text, further rows of its clauses where it has several.

    A row is a sentence vector, or a sentence vector with those of the encoder's lower layers beside it.
    """

    text: str
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Readings:
    """What a model makes of messages: two tables, float64, messages x intents.

    Args:
        probabilities: of each intent as the one of the message; a row sums up to 1.
        estimates: 0 to 1, how much speaks for each intent by itself: two questions in one message raise two.
    """

    probabilities: Scores
    estimates: Scores


@dataclass(frozen=True, slots=True)
class _Gaussian:
    """The examples that were learned, as points in the space of the principal components."""

    mean: _Rows  # dense features
    basis: Rounded  # dense features x components
    points: Rounded  # examples x components
    width: float

    def network(self, weights: _Rows) -> KernelNetwork:
        """Return what multiplies the likeness of messages to the examples with weights, examples x outputs."""
        network = KernelNetwork()
        centred = network.add("Sub", network.rows, self.mean)
        placed = network.product(centred, self.basis, reach=_REACH)
        return network.end(network.add("MatMul", network.likeness(placed, self.points, self.width), weights))


class IntentModel:
    """Reads intents with calibrated probabilities."""

    def __init__(
        self,
        intents: Sequence[str],
        gaussian: _Gaussian,
        dense: _Rows,
        sparse: _Rows,
        ngrams: Ngrams,
        power: float,
        scope: ScopeWords,
    ) -> None:
        """Put a fitted model together; use `fit` or `load`."""
        self.intents = tuple(intents)
        self._gaussian = gaussian
        self._dense = dense  # examples x intents
        self._network = gaussian.network(dense)
        self._sparse = sparse  # n-grams x intents
        self._ngrams = ngrams
        self._power = power
        self._scope = scope
        # A message's words are read while it is encoded, and used when its vectors are there.
        self._heard = lru_cache(maxsize=REMEMBERED)(self._hear)

    @classmethod
    def fit(
        cls, examples: Sequence[Example], intents: Sequence[str], *, ngram_weight: float = _NGRAM_WEIGHT
    ) -> IntentModel:
        """Learn from labelled examples; the same examples in the same order give the same model.

        Args:
            examples: what was said.
            intents: what each of them means.
            ngram_weight: how much the n-grams count beside the vectors.

        Raises:
            ValueError: an intent has too few examples to be learned and checked.
        """
        labels = np.array(intents)
        names, counts = np.unique(labels, return_counts=True)
        rare = [str(name) for name, count in zip(names, counts, strict=True) if count < _MIN_EXAMPLES]
        if rare:
            raise ValueError(f"{', '.join(rare)}: write at least {_MIN_EXAMPLES} examples of each intent.")
        # Those that the confidence is fitted on stand last: their margins take only the last corner of the factor.
        learned, unseen = _split(labels)
        order = np.concatenate([learned, unseen])
        examples = [examples[i] for i in order]
        right = np.searchsorted(names, labels[order])
        targets = np.full((len(right), len(names)), -1, np.float32)
        targets[np.arange(len(right)), right] = 1

        scope = load_scope_words()
        texts = [example.text for example in examples]
        ngrams = Ngrams(longest_phrase=_LONGEST_PHRASE).fit(texts)
        sparse_rows = ngrams.transform(texts)
        gaussian = _fit_gaussian(_dense_features(examples, _SCOPE_WEIGHT * scope.features(texts)), examples)
        factor = _factor(gaussian, sparse_rows, ngram_weight)
        weights = scipy.linalg.cho_solve((factor, True), targets, check_finite=False)
        power = _fit_power(unseen_margins(factor, weights, targets, len(unseen)), right[-len(unseen) :])
        sparse = np.asarray(ngram_weight * (sparse_rows.T @ weights), np.float32)
        return cls([str(name) for name in names], gaussian, weights, sparse, ngrams, power, scope)

    def probabilities(self, examples: Sequence[Example]) -> Scores:
        """Return the probability of each intent: float64, examples x intents, in the order of `intents`."""
        return self.read(examples).probabilities

    def read(self, examples: Sequence[Example]) -> Readings:
        """Return how probable each intent is as the one of the message, and how much speaks for each by itself."""
        named, by_words = zip(*(self._heard(example.text) for example in examples), strict=True)
        by_meaning = self._network.run(_dense_features(examples, np.array(named)))
        margins = np.asarray(by_meaning + np.array(by_words), np.float64)
        return Readings(_confidences(margins, self._power), np.clip((margins + 1) / 2, 0, 1))

    def listen(self, texts: Sequence[str]) -> None:
        """Read the words of a message and its clauses ahead of `read`."""
        for text in texts:
            self._heard(text)

    def _hear(self, text: str) -> tuple[_Rows, _Rows]:
        """Return what the words of a text tell: what part of the body they name, and their margins."""
        return _SCOPE_WEIGHT * self._scope.features([text])[0], self._ngrams.product(text, self._sparse)

    def save(self, folder: Path) -> None:
        """Store the model as arrays and JSON: nothing that runs code when it is loaded."""
        about = {
            "intents": self.intents,
            "terms": self._ngrams.terms(),
            "power": self._power,
            "width": self._gaussian.width,
        }
        # Not compressed: the model's archive is, and a server that starts need not wait for it twice.
        np.savez(
            folder / _FILE,
            dense=self._dense,
            sparse=self._sparse,
            mean=self._gaussian.mean,
            **self._gaussian.basis.named("basis"),
            **self._gaussian.points.named("points"),
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
                _Gaussian(
                    stored["mean"], Rounded.stored(stored, "basis"), Rounded.stored(stored, "points"), about["width"]
                ),
                stored["dense"],
                stored["sparse"],
                Ngrams(longest_phrase=_LONGEST_PHRASE).restore(about["terms"], stored),
                about["power"],
                load_scope_words(),
            )


def _dense_features(examples: Sequence[Example], named: _Rows) -> _Rows:
    """Return examples x features: the vectors of the whole text, the mean of its clauses', what its words name."""
    whole = np.stack([example.vectors[0] for example in examples])
    clauses = whole[:, :DIMENSION].copy()
    for row, example in zip(clauses, examples, strict=True):
        if len(example.vectors) > 1:
            row[:] = example.vectors[1:, :DIMENSION].mean(axis=0)
    clauses /= np.maximum(np.linalg.norm(clauses, axis=1, keepdims=True), 1e-9)
    return np.hstack([whole, clauses, named]).astype(np.float32, copy=False)


def _fit_gaussian(rows: _Rows, examples: Sequence[Example]) -> _Gaussian:
    vectors_a_message = examples[0].vectors.shape[1] // DIMENSION + 1
    mean = rows.mean(axis=0)
    spread = (rows - mean).T @ (rows - mean)
    last = len(spread) - 1
    _, basis = scipy.linalg.eigh(spread.astype(np.float64), subset_by_index=[max(0, last + 1 - _COMPONENTS), last])
    # Rounded already here, so that the regression learns what messages will be compared with.
    rounded = Rounded.of(basis.astype(np.float32))
    return _Gaussian(mean, rounded, Rounded.of((rows - mean) @ rounded.values), _WIDTH / vectors_a_message)


def _split(labels: NDArray[np.str_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Choose a share of the examples of each intent, at random but always the same; return the others and those."""
    random = np.random.default_rng(_SEED)
    unseen = np.concatenate(
        [
            random.permutation(np.flatnonzero(labels == name))[: max(1, round(_UNSEEN * np.sum(labels == name)))]
            for name in np.unique(labels)
        ]
    )
    return np.setdiff1d(np.arange(len(labels)), unseen), unseen


def _factor(gaussian: _Gaussian, sparse_rows: scipy.sparse.csr_matrix, ngram_weight: float) -> _Rows:
    """Return the lower Cholesky factor of the kernel matrix of all examples with the ridge on its diagonal."""
    kernel = likeness(gaussian.points.values, gaussian.width)
    # Strip by strip: the product of all with all would take as much memory again.
    for start in range(0, len(kernel), _STRIP):
        strip = slice(start, start + _STRIP)
        kernel[strip] += ngram_weight * (sparse_rows[strip] @ sparse_rows.T).toarray()
    kernel[np.diag_indices_from(kernel)] += _RIDGE
    factor, _ = scipy.linalg.cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(factor)


def unseen_margins(factor: _Rows, weights: _Rows, targets: _Rows, count: int) -> Scores:
    """Return the margins of the last examples from a regression that had learned all others only.

    Args:
        factor: the lower Cholesky factor of the kernel matrix of all examples; its upper half is not looked at.
        weights: of the regression on all examples, examples x intents.
        targets: what that regression aims at, examples x intents.
        count: how many of the last examples.
    """
    corner = np.tril(factor[-count:, -count:])
    return np.asarray(targets[-count:] - corner @ (corner.T @ weights[-count:]), np.float64)


def _confidences(margins: Scores, power: float) -> Scores:
    """Turn margins into probabilities: to the power, of how far each lies above -1, smoothed; they sum up to 1.

    The regression aims at 1 for the right intent and at -1 for the others, so that half the way above -1 estimates a
    probability already, if a timid one. A softmax of the margins, with one temperature, is surer of the middling ones
    than it should be: by cross-validation its expected calibration error is 0.045, and 0.010 here.
    """
    logarithms = power * np.log(np.logaddexp(0, _SHARPNESS * (margins + 1)))
    shares = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _fit_power(margins: Scores, right: NDArray[np.intp]) -> float:
    """Fit by likelihood the power that makes confidences of margins."""
    rows = np.arange(len(right))

    def loss(power: float) -> float:
        return float(-np.log(_confidences(margins, power)[rows, right] + _TINY).mean())

    return float(scipy.optimize.minimize_scalar(loss, bounds=_POWERS, method="bounded").x)
