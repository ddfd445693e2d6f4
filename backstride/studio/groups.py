"""Group messages that were not understood by their meaning, biggest group first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from backstride.errors import WeightsError
from backstride.studio.checks import normal

if TYPE_CHECKING:
    from backstride.studio.index import IndexedMessage
    from backstride.studio.nearest import Meaning

# The mean distance (1 - cosine) at which two groups are no longer one.
_APART = 0.55
# More different texts take seconds to compare with each other; the newest are taken.
MOST = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Messages that mean much the same.

    Args:
        texts: the different texts, the most typical first, each with the messages that say it.
        size: how many messages there are.
        intents: the nearest intents and how near they are, nearest first.
    """

    texts: tuple[tuple[str, tuple[IndexedMessage, ...]], ...]
    size: int
    intents: tuple[tuple[str, float], ...]


def group(messages: Sequence[IndexedMessage], meaning: Meaning) -> list[Group]:
    """Return the messages in groups, the biggest first; each by itself where the encoder is missing."""
    said: dict[str, list[IndexedMessage]] = {}
    for message in messages:
        key = normal(message.text)
        if key and (key in said or len(said) < MOST):
            said.setdefault(key, []).append(message)
    same = list(said.values())
    if not same:
        return []
    try:
        vectors = meaning.vectors.of([each[0].text for each in same])
    except WeightsError:
        return [_group([each], ()) for each in same]
    groups = []
    numbers = _numbers(vectors)
    for number in np.unique(numbers):
        rows = np.flatnonzero(numbers == number)
        middle = vectors[rows].mean(axis=0)
        middle /= np.linalg.norm(middle) or 1.0
        typical = rows[np.argsort(-(vectors[rows] @ middle))]
        groups.append(_group([same[row] for row in typical], tuple(meaning.examples.intents(middle, 4))))
    return sorted(groups, key=lambda g: (-g.size, g.texts[0][0]))


def _group(same: Sequence[Sequence[IndexedMessage]], intents: tuple[tuple[str, float], ...]) -> Group:
    return Group(
        texts=tuple((each[0].text, tuple(each)) for each in same),
        size=sum(len(each) for each in same),
        intents=intents,
    )


def _numbers(vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the number of each text's group."""
    if len(vectors) == 1:
        return np.zeros(1, np.intp)
    # scikit-learn takes a second to import; only this page needs it.
    from sklearn.cluster import AgglomerativeClustering  # noqa: PLC0415

    distances = np.clip(1.0 - vectors @ vectors.T, 0.0, 2.0)
    clustering = AgglomerativeClustering(
        n_clusters=None, affinity="precomputed", linkage="average", distance_threshold=_APART
    )
    return np.asarray(clustering.fit_predict(distances), np.intp)
