"""Somebody tells of their back."""

from __future__ import annotations

from action_runner import run

from actions.acknowledge_pain import AcknowledgePain
from backstride.vocabulary import Response


def test_the_caring_lines_come_with_the_ways_on() -> None:
    said = run(AcknowledgePain(), "my back hurts", "report_pain")

    assert said.responses == [Response.ACKNOWLEDGE_PAIN]
    assert len(said.titles) == 4


def test_a_follow_up_is_no_longer_about_what_was_said_before() -> None:
    said = run(AcknowledgePain(), "my back hurts", "report_pain", slots={"thread": "relief.heat"})

    assert said.slots["thread"] is None
