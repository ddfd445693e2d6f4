"""Figures of merit for intent readings, and the thresholds that follow from them. Pure functions."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backstride.vocabulary import Intent

Scores = NDArray[np.float64]

BINS = 15
TURNED_AWAY = frozenset({Intent.OUT_OF_SCOPE, Intent.NLU_FALLBACK})


@dataclass(frozen=True, slots=True)
class Reading:
    """How a message was read.

    Args:
        ranking: the best intents, surest first; at least one.
        confidence: the probability of the first.
        rejected: whether the message counts as not understood in spite of the ranking.
    """

    ranking: tuple[str, ...]
    confidence: float
    rejected: bool = False

    @property
    def best(self) -> str:
        """The surest intent, whatever became of it."""
        return self.ranking[0]

    @property
    def answered(self) -> str:
        """The intent that the assistant acts on."""
        return Intent.NLU_FALLBACK if self.rejected else self.best


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well a set of messages was read; all shares are 0 to 1.

    Args:
        accuracy: messages whose surest intent is right.
        macro_f1: F1 of the surest intent, each intent counting the same.
        first_three: messages whose right intent is among the first three.
        noticed: out-of-scope messages that are not answered (read as out of scope, or not understood).
        rejected: other messages that are not answered.
        ece: expected calibration error of the confidence.
    """

    accuracy: float
    macro_f1: float
    first_three: float
    noticed: float
    rejected: float
    ece: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What happens where messages below a threshold are not answered; all shares are 0 to 1.

    Args:
        threshold: the confidence below which a message is not answered.
        answered: messages that are answered.
        accuracy: of those, the ones that are read rightly.
        noticed: out-of-scope messages that are not answered.
        rejected: other messages that are not answered.
    """

    threshold: float
    answered: float
    accuracy: float
    noticed: float
    rejected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Messages whose confidence lies between two values.

    Args:
        low: the least confidence.
        high: one past the greatest.
        count: how many messages.
        accuracy: the share that is read rightly; 0 where there are none.
        first_three: the share whose right intent is among the first three; 0 where there are none.
    """

    low: float
    high: float
    count: int
    accuracy: float
    first_three: float


def readings_of(
    intents: Sequence[str], probabilities: Scores, *, reject_below: float = 0.0, length: int = 10
) -> list[Reading]:
    """Return the readings that a table of probabilities (messages x intents) stands for."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :length]
    return [
        Reading(
            tuple(intents[column] for column in columns),
            float(row[columns[0]]),
            rejected=bool(row[columns[0]] < reject_below),
        )
        for row, columns in zip(probabilities, order, strict=True)
    ]


def with_bias(intents: Sequence[str], probabilities: Scores, bias: float) -> Scores:
    """Return the probabilities after `bias` is added to the log-odds of out_of_scope."""
    shifted = probabilities.copy()
    shifted[:, list(intents).index(Intent.OUT_OF_SCOPE)] *= np.exp(bias)
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def quality_of(readings: Sequence[Reading], truths: Sequence[str]) -> Quality:
    """Compare readings with what the messages really mean."""
    pairs = list(zip(readings, truths, strict=True))
    right = np.array([reading.best == truth for reading, truth in pairs], float)
    return Quality(
        accuracy=_share(right),
        macro_f1=macro_f1([reading.best for reading in readings], truths),
        first_three=_share(truth in reading.ranking[:3] for reading, truth in pairs),
        noticed=_share(r.answered in TURNED_AWAY for r, truth in pairs if truth == Intent.OUT_OF_SCOPE),
        rejected=_share(r.answered in TURNED_AWAY for r, truth in pairs if truth != Intent.OUT_OF_SCOPE),
        ece=calibration_error(np.array([reading.confidence for reading in readings]), right),
    )


def macro_f1(read: Sequence[str], truths: Sequence[str]) -> float:
    """Return the mean over the intents that occur in `truths` of each one's F1."""
    hits = Counter(truth for name, truth in zip(read, truths, strict=True) if name == truth)
    said, meant = Counter(read), Counter(truths)
    return _share(2 * hits[name] / (said[name] + meant[name]) for name in meant)


def calibration_error(confidences: Scores, right: Scores, bins: int = BINS) -> float:
    """Return the expected calibration error (Naeini 2015): the mean gap between confidence and accuracy.

    Args:
        confidences: of the surest intent, a message.
        right: 1 where that intent is right, else 0.
        bins: how many bands of equal width the confidences are sorted into.
    """
    if not len(confidences):
        return 0.0
    place = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [abs(float((confidences[place == i] - right[place == i]).sum())) for i in range(bins)]
    return sum(gaps) / len(confidences)


def bands_of(readings: Sequence[Reading], truths: Sequence[str], edges: Sequence[float]) -> list[Band]:
    """Sort messages by confidence into bands between the edges; the last band takes in its upper edge."""
    bands = []
    for low, high in itertools.pairwise(edges):
        inside = [
            (reading, truth)
            for reading, truth in zip(readings, truths, strict=True)
            if low <= reading.confidence and (reading.confidence < high or high == edges[-1])
        ]
        bands.append(
            Band(
                low=low,
                high=high,
                count=len(inside),
                accuracy=_share(reading.best == truth for reading, truth in inside),
                first_three=_share(truth in reading.ranking[:3] for reading, truth in inside),
            )
        )
    return bands


def curve_of(readings: Sequence[Reading], truths: Sequence[str], thresholds: Sequence[float]) -> list[Point]:
    """Return one point a threshold; what the readings themselves rejected is not looked at."""
    points = []
    for threshold in thresholds:
        answered = [r.confidence >= threshold and r.best != Intent.OUT_OF_SCOPE for r in readings]
        triples = list(zip(readings, truths, answered, strict=True))
        points.append(
            Point(
                threshold=threshold,
                answered=_share(answered),
                accuracy=_share(r.best == truth for r, truth, is_answered in triples if is_answered),
                noticed=_share(not a for _, truth, a in triples if truth == Intent.OUT_OF_SCOPE),
                rejected=_share(not a for _, truth, a in triples if truth != Intent.OUT_OF_SCOPE),
            )
        )
    return points


def lowest_reaching(points: Sequence[Point], *, accuracy: float) -> Point | None:
    """Return the lowest threshold from which on the answered messages are read rightly often enough."""
    found = None
    for point in sorted((point for point in points if point.answered > 0), key=lambda point: -point.threshold):
        if point.accuracy < accuracy:
            break
        found = point
    return found


def lowest_band(bands: Sequence[Band], holds: Callable[[Band], bool], *, count: int = 10) -> Band | None:
    """Return the lowest band for which something holds, as for all above; bands of fewer messages are passed over."""
    full = sorted((band for band in bands if band.count >= count), key=lambda band: -band.low)
    found = None
    for band in full:
        if not holds(band):
            break
        found = band
    return found


def last_within(points: Sequence[Point], *, rejected: float) -> int:
    """Return the last point that turns away at most this share of the messages in scope; the first if none does."""
    within = [place for place, point in enumerate(points) if point.rejected <= rejected]
    return within[-1] if within else 0


def confusions(readings: Sequence[Reading], truths: Sequence[str], length: int) -> list[tuple[str, str, int]]:
    """Return the commonest mistakes: what was meant, what was read, how often."""
    pairs = Counter((truth, r.best) for r, truth in zip(readings, truths, strict=True) if r.best != truth)
    ranked = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [(truth, read, count) for (truth, read), count in ranked[:length]]


def _share(values: Iterable[float] | NDArray[np.float64]) -> float:
    found = list(values)
    return float(sum(found)) / len(found) if found else 0.0
