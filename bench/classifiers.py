"""The classifiers that `bench.understanding` compares, each a choice of features and a way to learn from them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.optimize
import scipy.sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.svm import LinearSVC

from backstride.language.encoder import DIMENSION
from backstride.language.intent_model import Example, IntentModel
from backstride.language.scope_words import load_scope_words
from bench.scores import Scores

_SEED = 20
_HELD_OUT = 0.2


class Model(Protocol):
    """A fitted classifier."""

    @property
    def intents(self) -> Sequence[str]:
        """The intents, in the order of the columns of `probabilities`."""

    def probabilities(self, examples: Sequence[Example]) -> Scores:
        """Return messages x intents."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A classifier by name, and how it is fitted."""

    name: str
    fit: Callable[[Sequence[Example], Sequence[str]], Model]


def choices() -> list[Choice]:
    """Return the classifiers to compare, from Rasa's own kind to the project's."""
    dense = ("message", "clauses", "scope")
    return [
        Choice("word and character counts, logistic regression (as Rasa's own)", _plain(("counts",), _as_rasa)),
        Choice("encoder, logistic regression", _plain(("message",), _logistic)),
        Choice("encoder, clauses, scope words: logistic regression", _plain(dense, _logistic)),
        Choice(
            "word and character n-grams and scope words alone, linear SVM",
            _margin(("words", "characters", "scope"), _linear_svm),
        ),
        Choice("encoder, clauses, scope words: one kernel ridge regression", _ridge_on_the_last_layer),
        Choice("+ lower layers", functools.partial(IntentModel.fit, ngram_weight=0.0)),
        Choice("**+ n-grams (ours)**", IntentModel.fit),
    ]


def _ridge_on_the_last_layer(examples: Sequence[Example], intents: Sequence[str]) -> Model:
    return _LastLayer(IntentModel.fit([_last_layer(e) for e in examples], intents, ngram_weight=0.0))


@dataclass(frozen=True, slots=True)
class _LastLayer:
    """The project's model where it sees the encoder's last layer only."""

    model: IntentModel

    @property
    def intents(self) -> Sequence[str]:
        return self.model.intents

    def probabilities(self, examples: Sequence[Example]) -> Scores:
        return self.model.probabilities([_last_layer(example) for example in examples])


def _last_layer(example: Example) -> Example:
    return Example(example.text, example.vectors[:, :DIMENSION])


class _Features:
    """Columns for messages; what has a vocabulary learns it from the training messages."""

    def __init__(self, parts: Sequence[str], examples: Sequence[Example]) -> None:
        self._parts = parts
        self._scope = load_scope_words()
        self._vectorizers = {name: _VECTORIZERS[name]() for part in parts for name in _USES.get(part, ())}
        texts = [example.text for example in examples]
        for vectorizer in self._vectorizers.values():
            vectorizer.fit(texts)

    def rows(self, examples: Sequence[Example]) -> Any:
        texts = [example.text for example in examples]
        blocks = [block for part in self._parts for block in self._blocks(part, examples, texts)]
        if any(scipy.sparse.issparse(block) for block in blocks):
            return scipy.sparse.hstack(blocks).tocsr().astype(np.float32)
        return np.hstack(blocks).astype(np.float32)

    def _blocks(self, part: str, examples: Sequence[Example], texts: Sequence[str]) -> list[Any]:
        if part == "message":
            return [np.stack([example.vectors[0, :DIMENSION] for example in examples])]
        if part == "clauses":
            return [
                np.stack(
                    [(e.vectors[1:] if len(e.vectors) > 1 else e.vectors)[:, :DIMENSION].mean(axis=0) for e in examples]
                )
            ]
        if part == "scope":
            return [self._scope.features(texts)]
        return [self._vectorizers[name].transform(texts) for name in _USES[part]]


# The vectorizers of the two classifiers inside the project's model, and those of Rasa's default pipeline.
_VECTORIZERS: dict[str, Callable[[], Any]] = {
    "words": lambda: TfidfVectorizer(
        ngram_range=(1, 2),
        sublinear_tf=True,
        min_df=2,
        token_pattern=r"[a-z']+|\d+|\S",  # noqa: S106  # no password
    ),
    "characters": lambda: TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3),
    "word counts": lambda: CountVectorizer(token_pattern=r"(?u)\b\w+\b"),  # noqa: S106  # no password
    "character counts": lambda: CountVectorizer(analyzer="char_wb", ngram_range=(1, 4)),
}
_USES: dict[str, tuple[str, ...]] = {
    "words": ("words",),
    "characters": ("characters",),
    "counts": ("word counts", "character counts"),
}


class _Learned:
    """Features, an estimator of scikit-learn, and a temperature where it has margins instead of probabilities."""

    def __init__(self, features: _Features, estimator: Any, temperature: float | None) -> None:
        self._features = features
        self._estimator = estimator
        self._temperature = temperature
        self.intents: Sequence[str] = [str(name) for name in estimator.classes_]

    def probabilities(self, examples: Sequence[Example]) -> Scores:
        rows = self._features.rows(examples)
        if self._temperature is None:
            return np.asarray(self._estimator.predict_proba(rows), np.float64)
        return _softmax(self._estimator.decision_function(rows) * self._temperature)


def _plain(parts: Sequence[str], estimator: Callable[[], Any]) -> Callable[[Sequence[Example], Sequence[str]], Model]:
    """Fit an estimator that gives probabilities of its own."""

    def fit(examples: Sequence[Example], intents: Sequence[str]) -> Model:
        features = _Features(parts, examples)
        return _Learned(features, estimator().fit(features.rows(examples), intents), None)

    return fit


def _margin(parts: Sequence[str], estimator: Callable[[], Any]) -> Callable[[Sequence[Example], Sequence[str]], Model]:
    """Fit an estimator that gives margins, with a temperature learned on a fifth of the examples held out."""

    def fit(examples: Sequence[Example], intents: Sequence[str]) -> Model:
        features = _Features(parts, examples)
        rows = features.rows(examples)
        seen, unseen = train_test_split(
            np.arange(len(intents)), test_size=_HELD_OUT, random_state=_SEED, stratify=intents
        )
        labels = np.array(intents)
        trial = estimator().fit(rows[seen], labels[seen])
        right = np.searchsorted(trial.classes_, labels[unseen])
        temperature = _temperature(np.asarray(trial.decision_function(rows[unseen])), right)
        return _Learned(features, estimator().fit(rows, labels), temperature)

    return fit


def _temperature(margins: Scores, right: Any) -> float:
    def loss(logarithm: float) -> float:
        probabilities = _softmax(margins * np.exp(logarithm))
        return float(-np.log(probabilities[np.arange(len(right)), right] + 1e-12).mean())

    return float(np.exp(scipy.optimize.minimize_scalar(loss, bounds=(-3, 5), method="bounded").x))


def _softmax(scores: Scores) -> Scores:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def _as_rasa() -> Any:
    # The settings of rasa.nlu.classifiers.logistic_regression_classifier.
    return LogisticRegression(C=1.0, solver="lbfgs", max_iter=100, class_weight="balanced", tol=1e-4, random_state=42)


def _logistic() -> Any:
    return LogisticRegression(C=5.0, max_iter=400)


def _linear_svm() -> Any:
    return LinearSVC(C=0.3, random_state=_SEED)
