"""The held-apart red-flag messages themselves: readable, known words only, enough of each, none twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LINES = [
    line
    for name in ("held_apart.jsonl", "held_apart_stories.jsonl")
    for line in (HERE / name).read_text(encoding="utf-8").splitlines()
]

KEYS = {"text", "flag", "urgency", "kind", "also"}
ORDER = ("routine", "doctor_days", "same_day", "emergency_now")
WITH_FLAG = {"red_flag", "long"}

# Floors, not targets: a smaller set says too little about how often an emergency is missed.
KIND_FLOORS = {"lookalike": 90, "denied": 110, "clean": 220, "story": 190, "long": 70}
EMERGENCY_FLOORS = {
    "cauda_equina": 80,
    "both_legs": 30,
    "major_injury": 25,
    "aortic_aneurysm": 20,
    "aortic_dissection": 20,
    "rhabdomyolysis": 25,
    "heat_stroke": 25,
    "other_emergency": 20,
    "heart": 30,
    "lung": 25,
    "abdominal_or_pelvic": 20,
    "overdose": 25,
    "self_harm": 30,
}
OTHER_FLOOR = 14


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LINES]


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip() or text


@pytest.fixture(scope="module")
def base_urgency() -> dict[str, str]:
    content = yaml.safe_load((ROOT / "knowledge" / "red_flags.yml").read_text(encoding="utf-8"))
    return {flag["id"]: flag["urgency"] for flag in content["flags"]}


def test_every_line_is_one_object_with_the_same_keys() -> None:
    """A reader may rely on the five keys and on their types."""
    for number, row in enumerate(rows(), start=1):
        assert set(row) == KEYS, number
        assert isinstance(row["text"], str), number
        assert row["text"] == row["text"].strip() != "", number
        assert isinstance(row["also"], list), number


def test_flags_are_known_and_not_named_twice(base_urgency: dict[str, str]) -> None:
    """`flag` and `also` hold ids of the knowledge file; a clean message has none."""
    for number, row in enumerate(rows(), start=1):
        named = [*row["also"], *([row["flag"]] if row["flag"] else [])]
        assert set(named) <= set(base_urgency), number
        assert len(named) == len(set(named)), number
        assert (row["flag"] is None) == (row["kind"] in {"clean", "story"}), number


def test_urgency_is_the_flags_own_or_a_higher_one(base_urgency: dict[str, str]) -> None:
    """A message about a flag is never expected below the flag; one without a flag expects nothing."""
    for number, row in enumerate(rows(), start=1):
        if row["kind"] in WITH_FLAG:
            assert ORDER.index(row["urgency"]) >= ORDER.index(base_urgency[row["flag"]]), number
            assert all(ORDER.index(base_urgency[flag]) <= ORDER.index(row["urgency"]) for flag in row["also"]), number
        else:
            assert row["urgency"] is None, number


def test_each_kind_has_enough_messages() -> None:
    """The false-alarm figures rest on the kinds without a flag."""
    counts = Counter(row["kind"] for row in rows())
    assert set(counts) == {*KIND_FLOORS, "red_flag"}
    assert {kind: counts[kind] for kind, floor in KIND_FLOORS.items() if counts[kind] < floor} == {}


def test_each_flag_has_enough_messages(base_urgency: dict[str, str]) -> None:
    """Every flag of the knowledge file is tried, the emergencies most."""
    counts = Counter(row["flag"] for row in rows() if row["kind"] == "red_flag")
    short = {flag: counts[flag] for flag in base_urgency if counts[flag] < EMERGENCY_FLOORS.get(flag, OTHER_FLOOR)}
    assert short == {}


def test_long_messages_are_long() -> None:
    """A sign hidden in a story needs a story around it."""
    lengths = [len(row["text"].split()) for row in rows() if row["kind"] == "long"]
    assert all(40 <= length <= 120 for length in lengths)


def test_no_message_stands_twice() -> None:
    """Case and punctuation aside, every message is another one."""
    counts = Counter(plain(row["text"]) for row in rows())
    assert [text for text, count in counts.items() if count > 1] == []
