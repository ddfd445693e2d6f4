"""The blind red-flag messages: readable, known words only, enough of each, and nowhere else in the project."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from backstride.evaluation.red_flags import read_messages
from backstride.triage import Urgency, load_red_flags

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BLIND = read_messages(HERE, "blind.jsonl")

# What is wanted of each urgency among the messages of kind red_flag, and of each other kind.
URGENT_FLOORS = {Urgency.EMERGENCY_NOW: 244, Urgency.SAME_DAY: 105, Urgency.DOCTOR_DAYS: 42, Urgency.ROUTINE: 8}
KIND_FLOORS = {"long": 80, "denied": 63, "lookalike": 21, "clean": 80, "story": 141}
# Up to so many words two people may happen to write the same.
SHORT = 5
# Words: the least and the most.
LENGTHS = {"long": (60, 200), "story": (30, 200)}


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip() or text


def strings_of(value: Any) -> list[str]:
    """Every text of a YAML file, and every line of it: examples of Rasa are lines of one text."""
    if isinstance(value, dict):
        return [text for item in value.items() for part in item for text in strings_of(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings_of(part)]
    return [line.strip().removeprefix("- ") for line in str(value).splitlines()]


@pytest.fixture(scope="module")
def base_urgency() -> dict[str, Urgency]:
    return {flag.id: flag.urgency for flag in load_red_flags(ROOT / "knowledge").flags}


def test_each_kind_has_enough_messages() -> None:
    counts = Counter(message.kind for message in BLIND)
    assert {kind: counts[kind] for kind, floor in KIND_FLOORS.items() if counts[kind] < floor} == {}


def test_each_urgency_has_enough_messages() -> None:
    counts = Counter(message.urgency for message in BLIND if message.kind == "red_flag")
    assert {urgency: counts[urgency] for urgency, floor in URGENT_FLOORS.items() if counts[urgency] < floor} == {}


def test_every_flag_is_tried(base_urgency: dict[str, Urgency]) -> None:
    """Every flag of the knowledge file, emergencies with a dozen messages at least."""
    counts = Counter(message.flag for message in BLIND if message.kind == "red_flag")
    wanted = {flag: 12 if urgency is Urgency.EMERGENCY_NOW else 8 for flag, urgency in base_urgency.items()}
    assert {flag: counts[flag] for flag, floor in wanted.items() if counts[flag] < floor} == {}


def test_labels_fit_together(base_urgency: dict[str, Urgency]) -> None:
    """Known flags, none twice, an urgency not below the flag's own, and none where nothing should be done."""
    for message in BLIND:
        named = [*message.also, *([message.flag] if message.flag else [])]
        assert set(named) <= set(base_urgency), message.text
        assert len(named) == len(set(named)), message.text
        assert (message.flag is None) == (message.kind in {"clean", "story"}), message.text
        if message.kind in {"red_flag", "long"}:
            assert message.urgency is not None, message.text
            assert message.flag is not None, message.text
            # Who does not cope and means no harm is for the same day.
            assert message.flag == "self_harm" or message.urgency >= base_urgency[message.flag], message.text
        else:
            assert message.urgency is None, message.text


def test_all_long_messages_hold_an_emergency() -> None:
    assert {message.urgency for message in BLIND if message.kind == "long"} == {Urgency.EMERGENCY_NOW}


@pytest.mark.parametrize("kind", LENGTHS)
def test_stories_are_as_long_as_stories(kind: str) -> None:
    least, most = LENGTHS[kind]
    lengths = [len(message.text.split()) for message in BLIND if message.kind == kind]
    assert all(least <= length <= most for length in lengths)


def test_no_message_stands_anywhere_else() -> None:
    """Not twice, not among the held-apart ones, and not among what the model learns or a rule is written from."""
    files = [*(ROOT / "data").glob("*/nlu.yml"), *(ROOT / "knowledge" / "red_flag_phrases").glob("*.yml")]
    known = {plain(text) for file in files for text in strings_of(yaml.safe_load(file.read_text(encoding="utf-8")))}
    known |= {plain(message.text) for message in read_messages(HERE)}
    counts = Counter(plain(message.text) for message in BLIND)
    assert [text for text, count in counts.items() if count > 1] == []
    assert sorted(text for text in set(counts) & known if len(text.split()) > SHORT) == []
