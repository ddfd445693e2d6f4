"""Asking for a tip, or for all of them."""

from __future__ import annotations

import pytest
from action_runner import run

from actions.give_prevention_tip import GivePreventionTip

TIPS = ["prevent.warm_up", "prevent.load", "prevent.posture", "prevent.venue_shoes", "prevent.strengthen"]


@pytest.mark.parametrize("entry", TIPS)
def test_an_intent_gives_its_tip(entry: str) -> None:
    said = run(GivePreventionTip(), intent=entry.replace(".", "_", 1))

    assert said.knowledge == [entry]
    assert said.slots["thread"] == entry


@pytest.mark.parametrize("intent", ["prevent_general", "affirm", "cause_posture"])
def test_any_other_intent_gives_the_list(intent: str) -> None:
    said = run(GivePreventionTip(), intent=intent)

    assert said.knowledge == ["prevent.general", *TIPS]
    assert said.slots["listed"] == TIPS
