"""How well intents are read: precision, recall and F1 of each on messages that nothing was trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from backstride.checked_yaml import FrozenModel, read_yaml


class IntentExample(FrozenModel):
    """A message and the intent that it has."""

    text: str
    intent: str


class IntentScore(FrozenModel):
    """How well one intent is read.

    Args:
        messages: how many messages of the set have it.
        precision: of those read as it, the share that has it; 0 where none was.
        recall: of those that have it, the share read as it; 0 where none has.
        f1: their harmonic mean.
    """

    messages: int
    precision: float
    recall: float
    f1: float


class IntentFigures(FrozenModel):
    """How well all intents are read.

    Args:
        accuracy: the share of messages read rightly.
        macro_f1: the mean F1, each intent of the set counting the same.
        intents: the score of each intent of the set.
    """

    accuracy: float
    macro_f1: float
    intents: dict[str, IntentScore]


def read_test_set(path: Path) -> tuple[IntentExample, ...]:
    """Return the messages of a file in Rasa's NLU format.

    Raises:
        KnowledgeError: the file is no YAML.
    """
    return tuple(
        IntentExample(text=line.removeprefix("- "), intent=block["intent"])
        for block in read_yaml(path)["nlu"]
        for line in map(str.strip, block["examples"].splitlines())
        if line.startswith("- ")
    )


def score_intents(right: Sequence[str], predicted: Sequence[str]) -> IntentFigures:
    """Compare the right intents with the predicted ones, message by message."""
    if not right:
        return IntentFigures(accuracy=0, macro_f1=0, intents={})
    hits = Counter(r for r, p in zip(right, predicted, strict=True) if r == p)
    there, read = Counter(right), Counter(predicted)
    scores = {intent: _score(hits[intent], there[intent], read[intent]) for intent in sorted(there)}
    return IntentFigures(
        accuracy=sum(hits.values()) / len(right),
        macro_f1=sum(score.f1 for score in scores.values()) / len(scores),
        intents=scores,
    )


def _score(hits: int, there: int, read: int) -> IntentScore:
    return IntentScore(
        messages=there,
        precision=hits / read if read else 0,
        recall=hits / there if there else 0,
        f1=2 * hits / (there + read) if there + read else 0,
    )
