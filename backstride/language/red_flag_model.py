"""The learned half of the red-flag recogniser: how probable it is that a clause says each warning sign.

Nobody can list the hundred ways to say a thing. One kernel ridge regression learns all flags at once from the phrases
in `knowledge/red_flag_phrases/`, their denials and look-alikes, and from ordinary messages. Its kernel adds up how near
two texts are in the encoder's last layer, how near in a middle one, which keeps more of the words, and how many words
and parts of words they share. It cannot explain itself and is weak at "no" and "used to": `sign_rules.py` is the other
half. What was tried beside it stands in bench/results/red_flags.md.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from backstride.checked_yaml import FrozenModel, check, read_yaml
from backstride.errors import KnowledgeError, Problem
from backstride.language.clauses import clauses_of
from backstride.language.encoder import DIMENSION, Vectors
from backstride.language.kernel_network import KernelNetwork, Rounded, likeness
from backstride.language.ngrams import Ngrams
from backstride.language.sign_language import PHRASES_FOLDER
from backstride.language.text import REMEMBERED, tidy
from backstride.settings import ROOT

_CLEAN = "clean.yml"
_FILE = "red_flag_model.npz"
# What is known of a text without having learned from it calibrates the margins: so many parts take turns.
_FOLDS = 5
_SEED = 20
# A missed sign costs more than a question too many.
_SAID_WEIGHT = 1.5
# Width of the kernel (of the squared distance of two vectors of length 1) and strength of the ridge.
_GAMMA = 1.0
_RIDGE = 0.3
# Which of the encoder's vectors are compared (the last layer and the middle one), and on how many axes: those along
# which the examples differ most say as much as all 384, and a message is compared with every example.
LAYERS = (0, 2)
_AXES = 112
_LONGEST_PHRASE = 3
# So many ordinary messages are one that is learned from; which one, their own checksum says.
_ONE_MESSAGE_IN = 4
# What the shared words weigh beside the vectors.
WORDS_SHARE = 0.25

# Keeps a division finite.
_SMALLEST = 1e-9

Scores = NDArray[np.float64]


class _FlagPhrases(FrozenModel):
    """The phrases that the rules were written for, and those in other voices, from which only the classifier learns."""

    flag: str
    present: tuple[str, ...]
    not_present: tuple[str, ...]
    present_in_other_voices: tuple[str, ...] = ()
    not_present_in_other_voices: tuple[str, ...] = ()


class _CleanPhrases(FrozenModel):
    clean: tuple[str, ...]
    other_voices: tuple[str, ...] = ()


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
    for path in sorted((folder / PHRASES_FOLDER).glob("*.yml")):
        document = read_yaml(path)
        if path.name == _CLEAN:
            clean, wrong = check(_CleanPhrases, document, path=path)
            for text in (*clean.clean, *clean.other_voices) if clean else ():
                flags_of.setdefault(tidy(text), set())
                clean_texts.append(tidy(text))
        else:
            phrases, wrong = check(_FlagPhrases, document, path=path)
            if phrases:
                flags.append(phrases.flag)
                for text in (*phrases.present, *phrases.present_in_other_voices):
                    flags_of.setdefault(tidy(text), set()).add(phrases.flag)
                for text in (*phrases.not_present, *phrases.not_present_in_other_voices):
                    flags_of.setdefault(tidy(text), set())
        problems.extend(wrong)
    if problems:
        raise KnowledgeError(problems)
    return Phrases({text: frozenset(said) for text, said in flags_of.items()}, tuple(sorted(flags)), tuple(clean_texts))


def labelled_texts(phrases: Phrases, messages: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return all texts to learn from, with the flags that each says.

    The phrases; the clauses of the clean ones; and a part of the ordinary messages, the short ones ("goodbye then")
    too: without any, the classifier hears a sign in many a short message, and all of them teach it no more while the
    work grows with the cube of their number.

    Args:
        phrases: the training phrases.
        messages: tidied ordinary messages that say no flag.
    """
    said = dict(phrases.flags_of)
    for text in phrases.clean:
        for clause in clauses_of(text):
            said.setdefault(clause.text, frozenset())
    for text in messages:
        if zlib.crc32(text.encode()) % _ONE_MESSAGE_IN == 0:
            said.setdefault(text, frozenset())
    return said


class RedFlagModel:
    """Gives the probability of each flag for each text."""

    def __init__(
        self,
        flags: Sequence[str],
        axes: _Axes,
        examples: Sequence[Rounded],
        shares: NDArray[np.float32],
        words: NDArray[np.float32],
        ngrams: Ngrams,
        calibration: NDArray[np.float64],
    ) -> None:
        """Put a fitted model together; use `fit` or `load`."""
        self.flags = tuple(flags)
        self._axes = axes
        self._examples = tuple(examples)  # layer by layer, examples x axes
        self._shares = shares  # what each example adds to each flag, examples x flags
        self._words = words  # the same for each n-gram, n-grams x flags
        self._ngrams = ngrams
        self._calibration = calibration  # flags x (slope, offset), after Platt 1999
        self._network = _network(axes, self._examples, shares)
        # A message's words are read while it is encoded, and used when its vectors are there.
        self._heard = lru_cache(maxsize=REMEMBERED)(self._hear)

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        vectors: Vectors,
        said: Sequence[Iterable[str]],
        flags: Sequence[str],
        *,
        layers: Sequence[int] = LAYERS,
        words_share: float = WORDS_SHARE,
    ) -> RedFlagModel:
        """Learn which texts say which flags.

        Args:
            texts: tidied texts, each once.
            vectors: what the encoder's layers say of them, texts x (4 x 384).
            said: the flags that each text says.
            flags: all flags.
            layers: which of the encoder's vectors are compared.
            words_share: what the shared words weigh beside them.
        """
        labels = np.zeros((len(texts), len(flags)), bool)
        column = {flag: i for i, flag in enumerate(flags)}
        for row, of_text in enumerate(said):
            for flag in of_text:
                labels[row, column[flag]] = True
        axes = _Axes.fit(vectors, layers)
        # Rounded already here, so that the regression learns what messages will be compared with.
        examples = [Rounded.of(of_layer) for of_layer in axes.project(vectors)]
        ngrams = Ngrams(longest_phrase=_LONGEST_PHRASE).fit(texts)
        by_words = ngrams.transform(texts)
        kernel = likeness(examples[0].values, _GAMMA)
        for of_layer in examples[1:]:
            kernel += likeness(of_layer.values, _GAMMA)
        kernel += np.float32(words_share) * (by_words @ by_words.T).toarray()
        shares, unseen = _solve(kernel, labels)
        calibration = np.array([_platt(unseen[:, i], labels[:, i]) for i in range(len(flags))])
        words = np.asarray(np.float32(words_share) * (by_words.T @ shares), np.float32)
        return cls(flags, axes, examples, shares, words, ngrams, calibration)

    def probabilities(self, texts: Sequence[str], vectors: Vectors) -> Scores:
        """Return how probably each text says each flag: float64, texts x flags, in the order of `flags`.

        Args:
            texts: tidied texts.
            vectors: what the encoder's layers say of them, texts x (4 x 384).
        """
        by_words = np.array([self._heard(text) for text in texts])
        margins = np.asarray(self._network.run(vectors) + by_words, np.float64)
        return np.asarray(1 / (1 + np.exp(-(margins * self._calibration[:, 0] + self._calibration[:, 1]))))

    def listen(self, texts: Sequence[str]) -> None:
        """Read the words of a message and its clauses ahead of `probabilities`."""
        for text in texts:
            self._heard(text)

    def _hear(self, text: str) -> NDArray[np.float32]:
        """Return what the words of a text add to the margin of each flag."""
        return self._ngrams.product(text, self._words)

    def save(self, folder: Path) -> None:
        """Store the model as arrays and JSON: nothing that runs code when it is loaded."""
        np.savez_compressed(
            folder / _FILE,
            **{
                name: array
                for layer, examples in zip(self._axes.layers, self._examples, strict=True)
                for name, array in examples.named(f"examples_{layer}").items()
            },
            shares=self._shares,
            words=self._words,
            means=self._axes.means,
            axes=self._axes.axes,
            calibration=self._calibration,
            **self._ngrams.weights(),
            about=np.array(
                json.dumps({"flags": self.flags, "layers": self._axes.layers, "terms": self._ngrams.terms()})
            ),
        )

    @classmethod
    def load(cls, folder: Path) -> RedFlagModel:
        """Load what `save` stored."""
        with np.load(folder / _FILE) as stored:
            about = json.loads(str(stored["about"]))
            return cls(
                about["flags"],
                _Axes(tuple(about["layers"]), stored["means"], stored["axes"]),
                [Rounded.stored(stored, f"examples_{layer}") for layer in about["layers"]],
                stored["shares"],
                stored["words"],
                Ngrams(longest_phrase=_LONGEST_PHRASE).restore(about["terms"], stored),
                stored["calibration"],
            )


@dataclass(frozen=True, slots=True)
class _Axes:
    """The directions along which texts differ most, for each of the layers.

    Args:
        layers: which of the encoder's vectors.
        means: where the texts lie on average, layers x 384.
        axes: the directions, layers x 384 x axes.
    """

    layers: tuple[int, ...]
    means: NDArray[np.float32]
    axes: NDArray[np.float32]

    @classmethod
    def fit(cls, vectors: Vectors, layers: Sequence[int]) -> _Axes:
        """Find the directions (principal components)."""
        means, axes = [], []
        for layer in layers:
            of_layer = _layer(vectors, layer)
            mean = of_layer.mean(axis=0)
            _, directions = np.linalg.eigh((of_layer - mean).T @ (of_layer - mean))
            means.append(mean)
            axes.append(directions[:, ::-1][:, :_AXES])
        return cls(tuple(layers), np.array(means, np.float32), np.array(axes, np.float32))

    def project(self, vectors: Vectors) -> list[Vectors]:
        """Return texts x axes of each layer, each row of length 1."""
        return [
            _scaled((_layer(vectors, layer) - mean) @ axes)
            for layer, mean, axes in zip(self.layers, self.means, self.axes, strict=True)
        ]


def _layer(vectors: Vectors, layer: int) -> Vectors:
    return _scaled(vectors[:, layer * DIMENSION : (layer + 1) * DIMENSION])


def _scaled(rows: Vectors) -> Vectors:
    """Return rows, each scaled to length 1."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _SMALLEST), np.float32)


def _network(axes: _Axes, examples: Sequence[Rounded], shares: NDArray[np.float32]) -> KernelNetwork:
    """Return what `_Axes.project`, the comparison with the examples and their shares make of a message's vectors."""
    network = KernelNetwork()
    found = []
    for layer, mean, directions, of_layer in zip(axes.layers, axes.means, axes.axes, examples, strict=True):
        vectors = network.scaled(network.columns(network.rows, layer * DIMENSION, (layer + 1) * DIMENSION))
        placed = network.scaled(network.add("MatMul", network.add("Sub", vectors, mean), directions))
        found.append(network.likeness(placed, of_layer, _GAMMA))
    return network.end(network.add("MatMul", network.add("Sum", *found), shares))


def _solve(kernel: NDArray[np.float32], labels: NDArray[np.bool_]) -> tuple[NDArray[np.float32], Scores]:
    """Return what each example adds to each flag, and each example's margins had it not been learned from.

    One linear system holds the best shares for all flags. Its inverse also tells what the answer would be without a
    part of the examples, target - inverse(inverse of the part) x shares of the part, so none has to be left out and
    learned again (Rasmussen and Williams 2006, section 5.4.2).

    Args:
        kernel: examples x examples; it is overwritten.
        labels: examples x flags.
    """
    target = np.where(labels, np.float32(1), np.float32(-1))
    kernel[np.diag_indices(len(kernel))] += _RIDGE / np.where(labels.any(axis=1), _SAID_WEIGHT, 1.0)
    factor, failed = scipy.linalg.lapack.spotrf(kernel, lower=1, overwrite_a=1)
    if failed:
        raise ValueError("The phrases make no solvable system; is one of their vectors no number?")
    shares = scipy.linalg.cho_solve((factor, True), target, check_finite=False)
    inverse, _ = scipy.linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
    part_of = np.random.default_rng(_SEED).integers(0, _FOLDS, len(kernel))
    unseen = np.empty(labels.shape)
    for part in np.unique(part_of):
        rows = np.flatnonzero(part_of == part)
        block = np.tril(inverse[np.ix_(rows, rows)])
        block += np.tril(block, -1).T
        unseen[rows] = target[rows] - scipy.linalg.solve(block, shares[rows], assume_a="pos", check_finite=False)
    return np.asarray(shares, np.float32), unseen


def _platt(margins: Scores, said: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and offset that turn a margin into a probability (Platt 1999)."""
    fitted = LogisticRegression(C=1e3).fit(margins[:, None], said)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
