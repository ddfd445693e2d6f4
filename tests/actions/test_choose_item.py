"""Opening an entry of the last list."""

from __future__ import annotations

import pytest
from action_runner import run

from actions.choose_item import ChooseItem

LISTED = ["relief.massage", "relief.heat", "relief.see_doctor"]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("the second one", "relief.heat"),
        ("3", "relief.see_doctor"),
        ("last one please", "relief.see_doctor"),
        ("the massage one", "relief.massage"),
        ("masage", "relief.massage"),
        # Not on the list, but known by its name.
        ("what about painkillers", "relief.medicines"),
    ],
)
def test_a_choice_in_words_opens_the_entry(text: str, entry: str) -> None:
    said = run(ChooseItem(), text, "choose_item", slots={"listed": LISTED})

    assert said.knowledge == [entry]
    assert said.slots["thread"] == entry


def test_a_tapped_button_opens_its_entry_whatever_the_list_was() -> None:
    said = run(ChooseItem(), "2", "choose_item", slots={"listed": LISTED}, entities={"entry": "cause.posture"})

    assert said.knowledge == ["cause.posture"]


def test_an_entry_that_does_not_exist_is_not_opened() -> None:
    said = run(ChooseItem(), "", "choose_item", slots={"listed": LISTED}, entities={"entry": "cause.nonsense"})

    assert said.text.startswith("That one is not on my list")


def test_what_was_wanted_before_a_question_is_opened_and_forgotten() -> None:
    said = run(ChooseItem(), "no", "deny", slots={"listed": LISTED, "wanted": "exercise.knee_rolls"})

    assert said.knowledge == ["exercise.knee_rolls"]
    assert said.slots["wanted"] is None


def test_a_yes_to_a_list_opens_its_first() -> None:
    assert run(ChooseItem(), "yes", "affirm", slots={"listed": LISTED}).knowledge == ["relief.massage"]


def test_a_number_that_is_not_on_the_list_gives_the_list_again() -> None:
    said = run(ChooseItem(), "number 9", "choose_item", slots={"listed": LISTED, "thread": "relief.general"})

    assert "not on my list" in said.text
    assert said.titles == ["Massage", "A warm compress", "When to see someone"]


def test_without_a_list_there_is_the_menu() -> None:
    said = run(ChooseItem(), "the second one", "choose_item")

    assert said.titles[0] == "What helps now"
    assert not said.knowledge


def test_what_does_not_suit_a_condition_that_was_named_comes_with_the_warning() -> None:
    said = run(
        ChooseItem(), "1", "choose_item", slots={"listed": ["exercise.half_kneeling_lean"], "conditions": ["knee_pain"]}
    )

    assert "better leave out" in said.text
    assert "1. " not in said.text


def test_a_number_that_answers_nothing_is_asked_about() -> None:
    said = run(ChooseItem(), "5", "choose_item")

    assert "how strong your pain is" in said.text
    assert said.titles == ["A plan for my back"]


def test_a_number_beyond_the_scale_is_no_score() -> None:
    assert "how strong" not in run(ChooseItem(), "12", "choose_item").text
