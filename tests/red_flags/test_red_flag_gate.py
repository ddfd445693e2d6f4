"""The gate of the red-flag recogniser: floors on messages that nobody looked at while it was built.

Prints each share with its count and its 95 % Wilson interval (Wilson 1927): with 400 messages a share of 0.97 stands
for 0.95 to 0.98.
"""

from __future__ import annotations

import asyncio
import collections
import json
import math
from pathlib import Path
from typing import Any

import pytest

from backstride.triage import Urgency

MESSAGES = [
    json.loads(line)
    for line in (Path(__file__).parent / "held_apart.jsonl").read_text(encoding="utf-8").splitlines()
    if line.strip()
]
# What is measured -> the least (or the most) share of messages of which it must be true.
FLOORS = {
    "emergency answered as emergency": 0.97,
    "urgent enough": 0.95,
    "right flag named": 0.90,
    "emergency noticed in a long message": 0.95,
}
CEILINGS = {
    "denied flag raised as present": 0.05,
    "clean message with an alarm": 0.02,
    "clean message with a question": 0.08,
}


@pytest.fixture(scope="module")
def shares(agent: Any) -> dict[str, list[bool]]:
    found: dict[str, list[bool]] = collections.defaultdict(list)
    for message in MESSAGES:
        flags = asyncio.run(agent.parse_message(message["text"]))["red_flags"]
        present = {flag["id"] for flag in flags if flag["state"] == "present"}
        noticed = {flag["id"]: Urgency(flag["urgency"]) for flag in flags if flag["state"] in {"present", "ask"}}
        highest = max(noticed.values(), default=Urgency.SELF_CARE)
        right = {message["flag"], *message.get("also", [])} & noticed.keys()
        is_emergency = message["urgency"] == Urgency.EMERGENCY_NOW.value
        match message["kind"]:
            case "red_flag":
                found["urgent enough"].append(highest >= Urgency(message["urgency"]))
                found["right flag named"].append(bool(right))
                if is_emergency:
                    found["emergency answered as emergency"].append(highest is Urgency.EMERGENCY_NOW)
            case "long" if is_emergency:
                found["emergency noticed in a long message"].append(bool(right) or highest is Urgency.EMERGENCY_NOW)
            case "denied":
                found["denied flag raised as present"].append(message["flag"] in present)
            case "clean":
                found["clean message with an alarm"].append(bool(present))
                found["clean message with a question"].append(bool(noticed) and not present)
    for what, hits in found.items():
        low, high = wilson(sum(hits), len(hits))
        print(f"{what}: {sum(hits)} of {len(hits)} = {sum(hits) / len(hits):.3f} ({low:.3f} to {high:.3f})")
    return found


@pytest.mark.parametrize("what", FLOORS)
def test_signs_are_noticed(what: str, shares: dict[str, list[bool]]) -> None:
    hits = shares[what]
    assert sum(hits) / len(hits) >= FLOORS[what]


@pytest.mark.parametrize("what", CEILINGS)
def test_the_assistant_does_not_cry_wolf(what: str, shares: dict[str, list[bool]]) -> None:
    hits = shares[what]
    assert sum(hits) / len(hits) <= CEILINGS[what]


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    z, share = 1.96, hits / tries
    middle = (share + z * z / (2 * tries)) / (1 + z * z / tries)
    half = z * math.sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries)) / (1 + z * z / tries)
    return middle - half, middle + half


def test_wilson_interval_of_a_known_share() -> None:
    low, high = wilson(60, 60)
    assert (round(low, 2), round(high, 2)) == (0.94, 1.0)
