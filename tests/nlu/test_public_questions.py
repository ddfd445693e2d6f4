"""The gate on questions as people write them on public sites: topics, what is turned away, what is noticed as stray."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from backstride.evaluation.intents import read_test_set

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = ("public_questions.yml", "public_questions_later.yml")
ACCURACY_FLOOR = 0.9
FIRST_THREE_FLOOR = 0.96
TURNED_AWAY_CEILING = 0.04
NOTICED_FLOORS = {"near": 0.88, "far": 0.95}
TURNED_AWAY = {"out_of_scope", "nlu_fallback"}
# Up to so many words two people may happen to write the same.
SHORT = 5
STORY_WORDS = 25
# Of stories that end in a question, the share read as what is asked, and that has it among the first three.
STORY_FLOORS = (0.6, 0.85)


@dataclass(frozen=True)
class Asked:
    """A message, the intents that are right for it, and which kind of stray it is, if it is one."""

    text: str
    right: tuple[str, ...]
    stray: str = ""


def asked_in(name: str) -> list[Asked]:
    rows = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return [Asked(row["text"], (row["intent"], *row.get("also", ())), row.get("stray", "")) for row in rows]


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip() or text


def readings(agent: Any, texts: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return the intent of each text, and the first three of its ranking."""
    parsed = [asyncio.run(agent.parse_message(text)) for text in texts]
    return [(one["intent"]["name"], [reading["name"] for reading in one["intent_ranking"][:3]]) for one in parsed]


def test_the_messages_are_labelled_and_differ() -> None:
    known = set(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])
    everything = [message for name in FILES for message in asked_in(name)]
    assert [message.text for message in everything if not set(message.right) <= known] == []
    strays = [message for message in everything if "out_of_scope" in message.right]
    assert {message.stray for message in strays} == set(NOTICED_FLOORS)
    assert len({plain(message.text) for message in everything}) == len(everything)


def test_no_message_stands_in_the_training_set() -> None:
    """Words too short to be told otherwise aside."""
    known = {plain(example.text) for file in ROOT.glob("data/*/nlu.yml") for example in read_test_set(file)}
    mine = {plain(message.text) for name in FILES for message in asked_in(name)}
    assert sorted(text for text in mine & known if len(text.split()) > SHORT) == []


@pytest.mark.parametrize("name", FILES)
def test_public_questions_are_understood(agent: Any, name: str) -> None:
    messages = asked_in(name)
    read = list(zip(messages, readings(agent, [message.text for message in messages]), strict=True))
    inside = [(message, intent, three) for message, (intent, three) in read if not message.stray]
    accuracy = share([intent in message.right for message, intent, _ in inside])
    first_three = share([not set(message.right).isdisjoint(three) for message, _, three in inside])
    turned_away = share([intent in TURNED_AWAY for _, intent, _ in inside])
    noticed = {
        kind: share([intent in TURNED_AWAY for message, (intent, _) in read if message.stray == kind])
        for kind in NOTICED_FLOORS
    }
    print(f"{name}: accuracy {accuracy:.3f} of {len(inside)}, among the first three {first_three:.3f}")
    print(f"{name}: turned away {turned_away:.3f}, stray noticed: {noticed}")
    assert accuracy >= ACCURACY_FLOOR
    assert first_three >= FIRST_THREE_FLOOR
    assert turned_away <= TURNED_AWAY_CEILING
    assert {kind: part for kind, part in noticed.items() if part < NOTICED_FLOORS[kind]} == {}


def test_a_story_that_ends_in_a_question_is_about_the_question(agent: Any) -> None:
    """Held-apart reports of pain, one after the other, and a held-apart question behind them."""
    held_apart = read_test_set(HERE / "test_set.yml")
    reports = [e.text.replace("?", "").rstrip(".") + ". " for e in held_apart if e.intent == "report_pain"]
    asked = [e for e in held_apart if e.intent.split("_")[0] in {"cause", "relief", "prevent"} and "?" in e.text][::2]
    stories = ["".join(reports[place % len(reports) :][:3]) + e.text for place, e in enumerate(asked)]
    assert sum(len(story.split()) > STORY_WORDS for story in stories) > len(stories) / 2
    read = readings(agent, stories)
    right = share([intent == example.intent for (intent, _), example in zip(read, asked, strict=True)])
    first_three = share([example.intent in three for (_, three), example in zip(read, asked, strict=True)])
    print(f"stories with a question: right {right:.3f} of {len(asked)}, among the first three {first_three:.3f}")
    assert right >= STORY_FLOORS[0]
    assert first_three >= STORY_FLOORS[1]


def share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits)
