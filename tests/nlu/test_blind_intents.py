"""The blind messages for the intents: enough for every intent that people type, and nowhere else in the project."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import yaml

from backstride.evaluation.intents import read_test_set

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BLIND = read_test_set(HERE / "blind_set.yml")
SEVERAL = yaml.safe_load((HERE / "blind_multi_topic.yml").read_text(encoding="utf-8"))

FLOORS = {"out_of_scope": 123, "report_pain": 26, "relief_general": 21, "cause_general": 20, "relief_see_doctor": 17}
FLOOR = 10
SEVERAL_FLOOR = 50
# Rasa's own; nobody types it.
# Up to so many words two people may happen to write the same.
SHORT = 5
UNTYPED = {"nlu_fallback"}


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip() or text


def intents_of_the_domain() -> set[str]:
    return set(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]) - UNTYPED


def test_every_intent_has_enough_messages() -> None:
    counts = Counter(example.intent for example in BLIND)
    assert set(counts) == intents_of_the_domain()
    assert {name: count for name, count in counts.items() if count < FLOORS.get(name, FLOOR)} == {}


def test_messages_with_several_questions_are_enough_and_name_known_intents() -> None:
    assert len(SEVERAL) >= SEVERAL_FLOOR
    for message in SEVERAL:
        named = [message["main"], *message["also"]]
        assert set(named) <= intents_of_the_domain(), message["text"]
        assert 1 < len(named) == len(set(named)), message["text"]


def test_no_message_stands_anywhere_else() -> None:
    """Not twice, not in the other test set, not in the training set; words too short to be told otherwise aside."""
    others = [*(ROOT / "data").glob("*/nlu.yml"), HERE / "test_set.yml"]
    known = {plain(example.text) for file in others for example in read_test_set(file)}
    mine = Counter([*(plain(example.text) for example in BLIND), *(plain(message["text"]) for message in SEVERAL)])
    assert [text for text, count in mine.items() if count > 1] == []
    assert sorted(text for text in set(mine) & known if len(text.split()) > SHORT) == []
