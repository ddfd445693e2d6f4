"""Asking for something that eases the pain."""

from __future__ import annotations

import pytest
from action_runner import CHECKED, run

from actions.give_relief import GiveRelief
from backstride.safety import SafetyState
from backstride.triage import Sign, State


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


def test_what_does_not_suit_a_sign_that_was_told_is_said() -> None:
    state = SafetyState(signs=(Sign("blood_thinners", State.PRESENT, "warfarin"),))

    said = run(GiveRelief(), "is massage ok", "relief_massage", slots={"safety": state.as_json()})

    assert "bruises" in said.text


def test_an_exercise_that_is_named_is_shown_instead_of_its_topic() -> None:
    said = run(GiveRelief(), "knee rolls please", "relief_general", slots={"safety": CHECKED})

    assert said.knowledge == ["exercise.knee_rolls"]
