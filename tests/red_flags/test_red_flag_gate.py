"""The gate of the red-flag recogniser: floors on messages that nobody looked at while it was built.

Prints each share with its count and its 95 % Wilson interval (Wilson 1927): with 400 messages a share of 0.97 stands
for 0.95 to 0.98. The floors stand in backstride/evaluation/red_flags.py: a promotion in the studio is held to them too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from backstride.evaluation.red_flags import (
    CEILINGS,
    FLOORS,
    FlagFigures,
    FlagMessage,
    Share,
    measure_flags,
    read_messages,
    readings_of,
)

MESSAGES = read_messages(Path(__file__).parent)
BLIND = read_messages(Path(__file__).parent, "blind.jsonl")


def measured(agent: Any, messages: Sequence[FlagMessage]) -> FlagFigures:
    """Measure the model and print the shares, without a word of the messages."""
    parsed = [asyncio.run(agent.parse_message(message.text)) for message in messages]
    figures = measure_flags(messages, [readings_of(said["red_flags"]) for said in parsed])
    for what, share in figures.shares.items():
        low, high = share.interval
        print(f"{what}: {share.hits} of {share.tries} = {share.value:.3f} ({low:.3f} to {high:.3f})")
    return figures


@pytest.fixture(scope="module")
def shares(agent: Any) -> Mapping[str, Share]:
    figures = measured(agent, MESSAGES)
    print("emergencies not noticed:", *figures.missed, sep="\n- ")
    return figures.shares


@pytest.mark.parametrize("what", FLOORS)
def test_signs_are_noticed(what: str, shares: Mapping[str, Share]) -> None:
    assert shares[what].value >= FLOORS[what]


@pytest.mark.parametrize("what", CEILINGS)
def test_the_assistant_does_not_cry_wolf(what: str, shares: Mapping[str, Share]) -> None:
    assert shares[what].value <= CEILINGS[what]


@pytest.mark.skipif(not BLIND, reason="the next one is being written")
def test_every_blind_message_is_measured(agent: Any) -> None:
    """The figures of the blind set are printed, what is missed in it is not: whoever reads it tunes to it."""
    figures = measured(agent, BLIND)
    assert set(figures.shares) == {*FLOORS, *CEILINGS}
    assert sum(share.tries for share in figures.flags.values()) == sum(m.kind in {"red_flag", "long"} for m in BLIND)
