"""The learned half of the red-flag recogniser: how probable it is that a clause says each warning sign.

Nobody can list the hundred ways to say a thing. Two classifiers (kernel ridge regression over sentence vectors; a
support-vector machine a flag over words and parts of words) learn from the phrases in `knowledge/red_flag_phrases/`,
their denials and look-alikes, and from ordinary messages. They cannot explain themselves and are weak at "no" and
"used to": `sign_rules.py` is the other half.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.sparse
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.svm import LinearSVC

from backstride.checked_yaml import FrozenModel, check, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.language.encoder import Vectors
from backstride.language.ngrams import Ngrams
from backstride.language.text import tidy
from backstride.settings import ROOT

FOLDER = "red_flag_phrases"
_CLEAN = "clean.yml"
_FILE = "red_flag_model.npz"
_FOLDS = 3
_SEED = 20
# A missed sign costs more than a question too many.
_SPARSE_WEIGHT = {0: 1.0, 1: 2.0}
_SAID_WEIGHT = 1.5
_SPARSE_C = 0.5
# Width of the kernel (of the squared distance of two vectors of length 1) and strength of the ridge.
_GAMMA = 1.0
_RIDGE = 0.3
_LONGEST_PHRASE = 3
# How the two classifiers' margins add up before they are calibrated; from the table in bench/results.
_DENSE_SHARE = 2.0
_SPARSE_SHARE = 1.0

Scores = NDArray[np.float64]


class _FlagPhrases(FrozenModel):
    flag: str
    present: tuple[str, ...]
    not_present: tuple[str, ...]


class _CleanPhrases(FrozenModel):
    clean: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The training phrases: each text once, with all flags that it says; none for a text that says none.

    Args:
        flags_of: texts and flags.
        flags: all flags.
        clean: texts that say nothing of any flag, in any of their clauses either.
    """

    flags_of: Mapping[str, frozenset[str]]
    flags: tuple[str, ...]
    clean: tuple[str, ...] = ()


def load_phrases(folder: Path = ROOT / "knowledge") -> Phrases:
    """Read all files of `red_flag_phrases/`.

    Raises:
        KnowledgeError: with the mistakes of all files together.
    """
    flags_of: dict[str, set[str]] = {}
    flags: list[str] = []
    clean_texts: list[str] = []
    problems: list[Problem] = []
    for path in sorted((folder / FOLDER).glob("*.yml")):
        document = read_yaml(path)
        if path.name == _CLEAN:
            clean, wrong = check(_CleanPhrases, document, path=path)
            for text in clean.clean if clean else ():
                flags_of.setdefault(tidy(text), set())
                clean_texts.append(tidy(text))
        else:
            phrases, wrong = check(_FlagPhrases, document, path=path)
            if phrases:
                flags.append(phrases.flag)
                for text in phrases.present:
                    flags_of.setdefault(tidy(text), set()).add(phrases.flag)
                for text in phrases.not_present:
                    flags_of.setdefault(tidy(text), set())
        problems.extend(wrong)
    if problems:
        raise KnowledgeError(problems)
    return Phrases({text: frozenset(said) for text, said in flags_of.items()}, tuple(sorted(flags)), tuple(clean_texts))


class RedFlagModel:
    """Gives the probability of each flag for each text."""

    def __init__(
        self,
        flags: Sequence[str],
        dense: _KernelRidge,
        sparse: NDArray[np.float32],
        ngrams: Ngrams,
        calibration: NDArray[np.float64],
    ) -> None:
        """Put a fitted model together; use `fit` or `load`."""
        self.flags = tuple(flags)
        self._dense = dense
        self._sparse = sparse  # (n-grams + 1) x flags
        self._by_spelling = _BySpelling.of(sparse)
        self._ngrams = ngrams
        self._calibration = calibration  # flags x (slope, offset), after Platt 1999

    @classmethod
    def fit(
        cls, texts: Sequence[str], vectors: Vectors, said: Sequence[Iterable[str]], flags: Sequence[str]
    ) -> RedFlagModel:
        """Learn which texts say which flags.

        Args:
            texts: tidied texts, each once.
            vectors: their sentence vectors, texts x 384.
            said: the flags that each text says.
            flags: all flags.
        """
        labels = np.zeros((len(texts), len(flags)), bool)
        column = {flag: i for i, flag in enumerate(flags)}
        for row, of_text in enumerate(said):
            for flag in of_text:
                labels[row, column[flag]] = True
        ngrams = Ngrams(longest_phrase=_LONGEST_PHRASE).fit(texts)
        sparse_rows = ngrams.transform(texts)
        unseen = np.empty(labels.shape)
        for seen, left_out in KFold(_FOLDS, shuffle=True, random_state=_SEED).split(vectors):
            dense, sparse = _fit_margins(vectors[seen], sparse_rows[seen], labels[seen])
            by_spelling = _BySpelling.of(sparse)
            unseen[left_out] = _margins(dense, by_spelling, vectors[left_out], sparse_rows[left_out])
        calibration = np.array([_platt(unseen[:, i], labels[:, i]) for i in range(len(flags))])
        dense, sparse = _fit_margins(vectors, sparse_rows, labels)
        return cls(flags, dense, sparse, ngrams, calibration)

    def probabilities(self, texts: Sequence[str], vectors: Vectors) -> Scores:
        """Return how probably each text says each flag: float64, texts x flags, in the order of `flags`."""
        margins = _margins(self._dense, self._by_spelling, vectors, self._ngrams.transform(texts))
        return np.asarray(1 / (1 + np.exp(-(margins * self._calibration[:, 0] + self._calibration[:, 1]))))

    def save(self, folder: Path) -> None:
        """Store the model as arrays and JSON: nothing that runs code when it is loaded."""
        np.savez_compressed(
            folder / _FILE,
            # Half precision: the kernel does not see the difference, and the file is half as large.
            examples=self._dense.examples.astype(np.float16),
            shares=self._dense.shares,
            sparse=self._sparse,
            calibration=self._calibration,
            **self._ngrams.weights(),
            about=np.array(json.dumps({"flags": self.flags, "terms": self._ngrams.terms()})),
        )

    @classmethod
    def load(cls, folder: Path) -> RedFlagModel:
        """Load what `save` stored."""
        with np.load(folder / _FILE) as stored:
            about = json.loads(str(stored["about"]))
            ngrams = Ngrams(longest_phrase=_LONGEST_PHRASE).restore(about["terms"], stored)
            dense = _KernelRidge(stored["examples"].astype(np.float32), stored["shares"])
            return cls(about["flags"], dense, stored["sparse"], ngrams, stored["calibration"])


@dataclass(frozen=True, slots=True)
class _KernelRidge:
    """Kernel ridge regression onto -1 (not said) and 1 (said), for all flags at once.

    Args:
        examples: the vectors that it learned from, examples x 384.
        shares: what each example adds to each flag, examples x flags.
    """

    examples: Vectors
    shares: NDArray[np.float32]

    @classmethod
    def fit(cls, vectors: Vectors, labels: NDArray[np.bool_]) -> _KernelRidge:
        """Solve the one linear system that has the best shares as its solution."""
        weights = np.where(labels.any(axis=1), _SAID_WEIGHT, 1.0)
        system = _kernel(vectors, vectors)
        system[np.diag_indices(len(vectors))] += _RIDGE / weights
        factor = scipy.linalg.cho_factor(system, overwrite_a=True, check_finite=False)
        shares = scipy.linalg.cho_solve(factor, np.where(labels, 1.0, -1.0), check_finite=False)
        return cls(vectors, np.asarray(shares, np.float32))

    def margins(self, vectors: Vectors) -> Scores:
        """Return how much each text leans to "said", texts x flags."""
        return np.asarray(_kernel(vectors, self.examples) @ self.shares, np.float64)


@dataclass(frozen=True, slots=True)
class _BySpelling:
    """The support-vector machines of all flags.

    Args:
        weights: n-grams x flags, row after row in memory: scipy would copy any other order for each message.
        offsets: flags.
    """

    weights: NDArray[np.float32]
    offsets: NDArray[np.float32]

    @classmethod
    def of(cls, stored: NDArray[np.float32]) -> _BySpelling:
        """Take apart what is stored as one array, the offsets in its last row."""
        return cls(np.ascontiguousarray(stored[:-1]), stored[-1])

    def margins(self, rows: scipy.sparse.csr_matrix) -> Scores:
        """Return how much each text leans to "said", texts x flags."""
        return np.asarray(rows @ self.weights + self.offsets, np.float64)


def _kernel(left: Vectors, right: Vectors) -> NDArray[np.float32]:
    # The vectors have length 1, so the squared distance is 2 - 2 cos.
    return np.asarray(np.exp(2 * _GAMMA * (left @ right.T - 1)), np.float32)


def _fit_margins(
    vectors: Vectors, sparse_rows: scipy.sparse.csr_matrix, labels: NDArray[np.bool_]
) -> tuple[_KernelRidge, NDArray[np.float32]]:
    sparse = []
    for said in labels.T:
        by_spelling = LinearSVC(C=_SPARSE_C, class_weight=_SPARSE_WEIGHT, random_state=_SEED).fit(sparse_rows, said)
        sparse.append(np.append(by_spelling.coef_[0], by_spelling.intercept_))
    return _KernelRidge.fit(vectors, labels), np.array(sparse, np.float32).T


def _margins(
    dense: _KernelRidge, by_spelling: _BySpelling, vectors: Vectors, sparse_rows: scipy.sparse.csr_matrix
) -> Scores:
    return np.asarray(_DENSE_SHARE * dense.margins(vectors) + _SPARSE_SHARE * by_spelling.margins(sparse_rows))


def _platt(margins: Scores, said: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and offset that turn a margin into a probability (Platt 1999)."""
    fitted = LogisticRegression(C=1e3).fit(margins[:, None], said)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
