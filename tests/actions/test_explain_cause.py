"""Asking for a cause, or for all of them."""

from __future__ import annotations

import pytest
from action_runner import run

from actions.explain_cause import ExplainCause

CAUSES = ["cause.lack_of_exercise", "cause.no_warm_up", "cause.too_much_exercise", "cause.posture", "cause.weak_back"]


@pytest.mark.parametrize("entry", CAUSES)
def test_an_intent_gives_its_cause(entry: str) -> None:
    said = run(ExplainCause(), intent=entry.replace(".", "_", 1))

    assert said.knowledge == [entry]
    assert said.slots["thread"] == entry
    assert "Source: " in said.text


@pytest.mark.parametrize("intent", ["cause_general", "affirm", "relief_heat", ""])
def test_any_other_intent_gives_the_list(intent: str) -> None:
    said = run(ExplainCause(), intent=intent)

    assert said.knowledge == ["cause.general", *CAUSES]
    assert said.slots["listed"] == CAUSES
    assert len(said.titles) == 5
