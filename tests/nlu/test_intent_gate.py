"""The gate of the intents: floors on a test set that was written apart from the training set."""

from __future__ import annotations

import asyncio
import collections
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sklearn.metrics import confusion_matrix

from backstride.evaluation.intents import read_test_set, score_intents
from backstride.settings import ROOT

F1_FLOOR = 0.85
MACRO_FLOOR = 0.92
ACCURACY_FLOOR = 0.92
FIRST_THREE_FLOOR = 0.96
# Of the messages in scope, how many may be turned away; of the stray ones, how many must be, of the nearer half and of
# the farther.
TURNED_AWAY_CEILING = 0.04
NOTICED_FLOORS = (0.88, 0.97)
# Of the questions beside the intent, how many are listed; of what is listed, how much was asked.
OTHERS_RECALL_FLOOR = 0.6
OTHERS_PRECISION_FLOOR = 0.85
TURNED_AWAY = {"out_of_scope", "nlu_fallback"}
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Read:
    """The right intents, the predicted ones, and the first three of each message's ranking."""

    right: list[str]
    predicted: list[str]
    first_three: list[list[str]]


def read_file(agent: Any, name: str) -> Read:
    examples = read_test_set(HERE / name)
    parsed = [asyncio.run(agent.parse_message(example.text)) for example in examples]
    return Read(
        [example.intent for example in examples],
        [message["intent"]["name"] for message in parsed],
        [[reading["name"] for reading in message["intent_ranking"][:3]] for message in parsed],
    )


@pytest.fixture(scope="module")
def read(agent: Any) -> Read:
    """The held-apart messages; the picture of their confusions goes to results/."""
    it = read_file(agent, "test_set.yml")
    draw_confusions(it.right, it.predicted, ROOT / "results" / "intent_confusions.svg")
    return it


def test_accuracy(read: Read) -> None:
    hits = sum(r == p for r, p in zip(read.right, read.predicted, strict=True))
    print(f"accuracy {hits / len(read.right):.3f} of {len(read.right)}")
    confusions = collections.Counter((r, p) for r, p in zip(read.right, read.predicted, strict=True) if r != p)
    print("most frequent confusions:", *confusions.most_common(5))
    assert hits / len(read.right) >= ACCURACY_FLOOR


def test_each_intent(read: Read) -> None:
    figures = score_intents(read.right, read.predicted)
    weak = {intent: round(score.f1, 3) for intent, score in figures.intents.items() if score.f1 < F1_FLOOR}
    print("macro F1", round(figures.macro_f1, 3), "below the floor:", weak)
    assert not weak
    assert figures.macro_f1 >= MACRO_FLOOR


def test_the_right_intent_is_among_the_first_three(read: Read) -> None:
    hits = sum(right in first for right, first in zip(read.right, read.first_three, strict=True))
    print(f"among the first three: {hits / len(read.right):.3f}")
    assert hits / len(read.right) >= FIRST_THREE_FLOOR


def test_stray_messages_are_noticed_and_few_others_turned_away(read: Read) -> None:
    near, far, turned_away = turned_away_of(read)
    print(f"stray noticed: near {near:.3f}, far {far:.3f}; others turned away: {turned_away:.3f}")
    assert near >= NOTICED_FLOORS[0]
    assert far >= NOTICED_FLOORS[1]
    assert turned_away <= TURNED_AWAY_CEILING


def test_other_questions_of_a_message_are_listed(agent: Any) -> None:
    recall, precision = others_of(agent, "multi_topic.yml")
    print(f"other questions listed: recall {recall:.2f}, precision {precision:.2f}")
    assert recall >= OTHERS_RECALL_FLOOR
    assert precision >= OTHERS_PRECISION_FLOOR


def test_every_blind_message_is_measured(agent: Any) -> None:
    """The figures of the blind set are printed, what is misread in it is not: whoever reads it tunes to it."""
    blind = read_file(agent, "blind_set.yml")
    figures = score_intents(blind.right, blind.predicted)
    near, far, turned_away = turned_away_of(blind)
    recall, precision = others_of(agent, "blind_multi_topic.yml")
    weak = {intent: round(score.f1, 2) for intent, score in figures.intents.items() if score.f1 < F1_FLOOR}
    print(
        f"blind: accuracy {figures.accuracy:.3f} of {len(blind.right)}, macro F1 {figures.macro_f1:.3f}, weak: {weak}"
    )
    print(f"blind: stray noticed: near {near:.3f}, far {far:.3f}; others turned away: {turned_away:.3f}")
    print(f"blind: other questions listed: recall {recall:.2f}, precision {precision:.2f}")
    assert sum(score.messages for score in figures.intents.values()) == len(blind.right)


def turned_away_of(read: Read) -> tuple[float, float, float]:
    """Return the shares turned away: of the nearer half of the stray messages, of the farther, of all others."""
    stray = [p in TURNED_AWAY for r, p in zip(read.right, read.predicted, strict=True) if r == "out_of_scope"]
    others = [p in TURNED_AWAY for r, p in zip(read.right, read.predicted, strict=True) if r != "out_of_scope"]
    near, far = stray[: len(stray) // 2], stray[len(stray) // 2 :]
    return sum(near) / len(near), sum(far) / len(far), sum(others) / len(others)


def others_of(agent: Any, name: str) -> tuple[float, float]:
    """Return which share of the questions beside the intent are listed, and which share of what is listed was asked."""
    further, listed, found = 0, 0, 0
    for message in yaml.safe_load((HERE / name).read_text(encoding="utf-8")):
        parsed = asyncio.run(agent.parse_message(message["text"]))
        others = {other["name"] for other in parsed["other_intents"]}
        asked = {message["main"], *message["also"]}
        further += len(asked - {parsed["intent"]["name"]})
        listed += len(others)
        found += len(others & asked)
    return found / further, found / max(1, listed)


def draw_confusions(right: list[str], predicted: list[str], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    names = sorted({*right, *predicted})
    figure, axes = pyplot.subplots(figsize=(12, 11))
    axes.imshow(confusion_matrix(right, predicted, labels=names, normalize="true"), cmap="Greys", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("predicted")
    axes.set_ylabel("right")
    figure.tight_layout()
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path)
    pyplot.close(figure)
