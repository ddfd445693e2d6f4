"""Asking for stretches."""

from __future__ import annotations

from action_runner import run

from actions.give_stretches import GiveStretches


def test_the_stretches_come_as_a_list() -> None:
    said = run(GiveStretches(), intent="relief_stretching")

    assert said.slots["thread"] == "relief.stretching"
    assert "exercise.half_kneeling_lean" in said.slots["listed"]
    assert said.knowledge == ["relief.stretching", *said.slots["listed"]]


def test_what_does_not_suit_a_condition_that_was_named_is_left_out() -> None:
    said = run(GiveStretches(), intent="relief_stretching", slots={"conditions": ["knee_pain"]})

    assert "exercise.half_kneeling_lean" not in said.slots["listed"]


def test_what_does_not_suit_is_left_out_in_the_same_breath_and_remembered() -> None:
    said = run(GiveStretches(), "a stretch that is not on my knees", "relief_stretching")

    assert "exercise.half_kneeling_lean" not in said.slots["listed"]
    assert said.slots["conditions"] == ["knee_pain"]


def test_what_was_told_with_the_wish_outlives_the_five_checks() -> None:
    said = run(GiveStretches(), "stretches for a bad knee", "relief_stretching", slots={"safety": None})

    assert "None of these" in said.titles
    assert said.slots["conditions"] == ["knee_pain"]


def test_the_five_checks_come_first() -> None:
    said = run(GiveStretches(), intent="relief_stretching", slots={"safety": None})

    assert not said.knowledge
    assert "None of these" in said.titles
