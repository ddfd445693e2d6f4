"""The learned half of the red-flag recogniser: how probable it is that a clause says each warning sign.

Nobody can list the hundred ways to say a thing. One pair of classifiers a flag (sentence vectors; words and parts of
words) learns from the phrases in `knowledge/red_flag_phrases/`, their denials and look-alikes, and from ordinary
messages. It cannot explain itself and is weak at "no" and "used to": `sign_rules.py` is the other half.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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
_FOLDS = 4
_SEED = 20
# A missed sign costs more than a question too many.
_DENSE_WEIGHT = {0: 1.0, 1: 3.0}
_SPARSE_WEIGHT = {0: 1.0, 1: 2.0}
_DENSE_C = 30.0
_SPARSE_C = 0.5
_LONGEST_PHRASE = 3
# How the two classifiers' margins add up before they are calibrated; from the table in bench/results.
_DENSE_SHARE = 0.5
_SPARSE_SHARE = 2.0

Scores = NDArray[np.float64]


class _FlagPhrases(FrozenModel):
    flag: str
    present: tuple[str, ...]
    not_present: tuple[str, ...]


class _CleanPhrases(FrozenModel):
    clean: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The training phrases: each text once, with all flags that it says; none for a text that says none."""

    flags_of: Mapping[str, frozenset[str]]
    flags: tuple[str, ...]


def load_phrases(folder: Path = ROOT / "knowledge") -> Phrases:
    """Read all files of `red_flag_phrases/`.

    Raises:
        KnowledgeError: with the mistakes of all files together.
    """
    flags_of: dict[str, set[str]] = {}
    flags: list[str] = []
    problems: list[Problem] = []
    for path in sorted((folder / FOLDER).glob("*.yml")):
        document = read_yaml(path)
        if path.name == _CLEAN:
            clean, wrong = check(_CleanPhrases, document, path=path)
            for text in clean.clean if clean else ():
                flags_of.setdefault(tidy(text), set())
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
    return Phrases({text: frozenset(said) for text, said in flags_of.items()}, tuple(sorted(flags)))


class RedFlagModel:
    """Gives the probability of each flag for each text."""

    def __init__(
        self,
        flags: Sequence[str],
        dense: NDArray[np.float32],
        sparse: NDArray[np.float32],
        ngrams: Ngrams,
        calibration: NDArray[np.float64],
    ) -> None:
        """Put a fitted model together; use `fit` or `load`."""
        self.flags = tuple(flags)
        self._dense = dense  # (384 + 1) x flags; the last row is the bias
        self._sparse = sparse  # (n-grams + 1) x flags
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
            unseen[left_out] = _margins(dense, sparse, vectors[left_out], sparse_rows[left_out])
        calibration = np.array([_platt(unseen[:, i], labels[:, i]) for i in range(len(flags))])
        dense, sparse = _fit_margins(vectors, sparse_rows, labels)
        return cls(flags, dense, sparse, ngrams, calibration)

    def probabilities(self, texts: Sequence[str], vectors: Vectors) -> Scores:
        """Return how probably each text says each flag: float64, texts x flags, in the order of `flags`."""
        margins = _margins(self._dense, self._sparse, vectors, self._ngrams.transform(texts))
        return np.asarray(1 / (1 + np.exp(-(margins * self._calibration[:, 0] + self._calibration[:, 1]))))

    def save(self, folder: Path) -> None:
        """Store the model as arrays and JSON: nothing that runs code when it is loaded."""
        np.savez_compressed(
            folder / _FILE,
            dense=self._dense,
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
            return cls(about["flags"], stored["dense"], stored["sparse"], ngrams, stored["calibration"])


def _fit_margins(
    vectors: Vectors, sparse_rows: scipy.sparse.csr_matrix, labels: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    dense, sparse = [], []
    for said in labels.T:
        by_meaning = LogisticRegression(C=_DENSE_C, max_iter=400, class_weight=_DENSE_WEIGHT).fit(vectors, said)
        by_spelling = LinearSVC(C=_SPARSE_C, class_weight=_SPARSE_WEIGHT, random_state=_SEED).fit(sparse_rows, said)
        dense.append(np.append(by_meaning.coef_[0], by_meaning.intercept_))
        sparse.append(np.append(by_spelling.coef_[0], by_spelling.intercept_))
    return np.array(dense, np.float32).T, np.array(sparse, np.float32).T


def _margins(
    dense: NDArray[np.float32],
    sparse: NDArray[np.float32],
    vectors: Vectors,
    sparse_rows: scipy.sparse.csr_matrix,
) -> Scores:
    by_meaning = vectors @ dense[:-1] + dense[-1]
    by_spelling = sparse_rows @ sparse[:-1] + sparse[-1]
    return np.asarray(_DENSE_SHARE * by_meaning + _SPARSE_SHARE * by_spelling, np.float64)


def _platt(margins: Scores, said: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and offset that turn a margin into a probability (Platt 1999)."""
    fitted = LogisticRegression(C=1e3).fit(margins[:, None], said)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
