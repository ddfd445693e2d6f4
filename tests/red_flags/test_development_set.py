"""The development messages and the blind ones: readable, known words only, enough of each, and nowhere else."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from backstride.evaluation.red_flags import FlagMessage, read_messages
from backstride.triage import Urgency, load_red_flags

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SETS = {name: read_messages(HERE, f"{name}.jsonl") for name in ("development", "blind")}

# What is wanted of each urgency among the messages of kind red_flag, and of each other kind.
URGENT_FLOORS = {Urgency.EMERGENCY_NOW: 240, Urgency.SAME_DAY: 85, Urgency.DOCTOR_DAYS: 35, Urgency.ROUTINE: 7}
KIND_FLOORS = {"long": 80, "denied": 60, "lookalike": 20, "clean": 80, "story": 140}
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


@pytest.fixture(scope="module", params=[name for name, messages in SETS.items() if messages])
def messages(request: pytest.FixtureRequest) -> tuple[FlagMessage, ...]:
    """Each of the two sets that is there: until the next blind one is written, there is none."""
    return SETS[request.param]


@pytest.fixture(scope="module")
def base_urgency() -> dict[str, Urgency]:
    return {flag.id: flag.urgency for flag in load_red_flags(ROOT / "knowledge").flags}


def test_each_kind_has_enough_messages(messages: tuple[FlagMessage, ...]) -> None:
    counts = Counter(message.kind for message in messages)
    assert {kind: counts[kind] for kind, floor in KIND_FLOORS.items() if counts[kind] < floor} == {}


def test_each_urgency_has_enough_messages(messages: tuple[FlagMessage, ...]) -> None:
    counts = Counter(message.urgency for message in messages if message.kind == "red_flag")
    assert {urgency: counts[urgency] for urgency, floor in URGENT_FLOORS.items() if counts[urgency] < floor} == {}


def test_every_flag_is_tried(messages: tuple[FlagMessage, ...], base_urgency: dict[str, Urgency]) -> None:
    """Every flag of the knowledge file, emergencies with a dozen messages at least."""
    counts = Counter(message.flag for message in messages if message.kind == "red_flag")
    wanted = {flag: 12 if urgency is Urgency.EMERGENCY_NOW else 7 for flag, urgency in base_urgency.items()}
    assert {flag: counts[flag] for flag, floor in wanted.items() if counts[flag] < floor} == {}


def test_labels_fit_together(messages: tuple[FlagMessage, ...], base_urgency: dict[str, Urgency]) -> None:
    """Known flags, none twice, an urgency not below the flag's own, and none where nothing should be done."""
    for message in messages:
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


@pytest.mark.parametrize("kind", LENGTHS)
def test_stories_are_as_long_as_stories(messages: tuple[FlagMessage, ...], kind: str) -> None:
    least, most = LENGTHS[kind]
    lengths = [len(message.text.split()) for message in messages if message.kind == kind]
    assert all(least <= length <= most for length in lengths)


def test_no_message_stands_anywhere_else(messages: tuple[FlagMessage, ...]) -> None:
    """Not twice, not in another set, and not among what the model learns or a rule is written from."""
    files = [*(ROOT / "data").glob("*/nlu.yml"), *(ROOT / "knowledge" / "red_flag_phrases").glob("*.yml")]
    known = {plain(text) for file in files for text in strings_of(yaml.safe_load(file.read_text(encoding="utf-8")))}
    known |= {
        plain(message.text)
        for others in (read_messages(HERE), *SETS.values())
        if others is not messages
        for message in others
    }
    counts = Counter(plain(message.text) for message in messages)
    assert [text for text, count in counts.items() if count > 1] == []
    assert sorted(text for text in set(counts) & known if len(text.split()) > SHORT) == []
