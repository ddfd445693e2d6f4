"""Asking for something that eases the pain."""

from __future__ import annotations

import pytest
from action_runner import run

from actions.give_relief import GiveRelief


@pytest.mark.parametrize("entry", ["relief.massage", "relief.heat", "relief.keep_running"])
def test_an_intent_gives_its_measure(entry: str) -> None:
    said = run(GiveRelief(), intent=entry.replace(".", "_", 1))

    assert said.knowledge == [entry]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("can i take ibuprofen", "relief.medicines"),
        ("any good painkiller?", "relief.medicines"),
        ("is an ice pack any good", "relief.rest_or_ice"),
        ("whats the recovery time", "relief.recovery_time"),
        ("a good sleeping position", "relief.sleep"),
    ],
)
def test_a_general_question_that_names_something_beside_the_five_gives_that(text: str, entry: str) -> None:
    assert run(GiveRelief(), text, "relief_general").knowledge == [entry]


@pytest.mark.parametrize(
    ("text", "intent"), [("what helps", "relief_general"), ("yes", "affirm"), ("ibuprofen", "affirm")]
)
def test_anything_else_gives_the_list(text: str, intent: str) -> None:
    said = run(GiveRelief(), text, intent)

    assert said.knowledge[0] == "relief.general"
    assert len(said.slots["listed"]) == 5
