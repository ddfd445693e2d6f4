"""Messages that were not understood."""

from __future__ import annotations

import pytest
from action_runner import CHECKED, run

from actions.not_understood import NotUnderstood
from backstride.vocabulary import Response


def test_the_nearest_readings_are_offered() -> None:
    said = run(
        NotUnderstood(),
        "warm thing",
        "nlu_fallback",
        ranking=[("affirm", 0.2), ("relief_heat", 0.15), ("relief_massage", 0.1), ("cause_posture", 0.1), ("greet", 0)],
    )

    assert said.responses == [Response.NOT_UNDERSTOOD]
    assert said.titles == ["A warm compress", "Massage", "Running style"]
    assert said.slots == {"misses": 1}


def test_out_of_scope_is_said_with_the_menu() -> None:
    said = run(NotUnderstood(), "bake bread", "out_of_scope", ranking=[("out_of_scope", 0.9), ("relief_heat", 0.1)])

    assert said.responses == [Response.OUT_OF_SCOPE]
    assert said.titles[0] == "What helps now"


def test_what_is_outside_is_no_miss() -> None:
    said = run(NotUnderstood(), "bake bread", "out_of_scope", slots={"misses": 1})

    assert said.responses == [Response.OUT_OF_SCOPE]
    assert said.slots["misses"] == 0


def test_another_part_of_the_body_is_told_who_is_right_for_it() -> None:
    said = run(NotUnderstood(), "my ankle hurts", "out_of_scope")

    assert "physiotherapist" in said.text
    assert "If your back hurts too" in said.text


def test_the_same_answer_is_not_given_twice_in_a_row() -> None:
    before = run(NotUnderstood(), "you are useless", "out_of_scope").text

    said = run(NotUnderstood(), "useless!", "out_of_scope", last_said=before)

    assert said.text != before
    assert len(said.titles) == 4


def test_the_second_time_in_a_row_there_is_the_menu_and_a_human() -> None:
    said = run(NotUnderstood(), "x", "nlu_fallback", slots={"misses": 1})

    assert said.responses == [Response.NOT_UNDERSTOOD_AGAIN]
    assert len(said.titles) == 4
    assert said.slots["misses"] == 2


def test_keys_pressed_at_random_are_a_miss_however_they_were_read() -> None:
    assert run(NotUnderstood(), "asdfgh", "out_of_scope").slots == {"misses": 1}


def test_an_exercise_is_shown_for_its_name() -> None:
    said = run(NotUnderstood(), "bird dog", "out_of_scope", slots={"safety": CHECKED})

    assert said.knowledge == ["exercise.bird_dog"]


def test_the_thread_is_kept() -> None:
    assert "thread" not in run(NotUnderstood(), "x", "nlu_fallback", slots={"thread": "relief.heat"}).slots


def test_nothing_but_signs_is_no_miss() -> None:
    said = run(NotUnderstood(), "...", "nlu_fallback", slots={"misses": 1})

    assert said.responses == [Response.NOTHING_SAID]
    assert len(said.titles) == 4
    assert said.slots == {"misses": 0}


def test_another_language_is_told_so() -> None:
    said = run(NotUnderstood(), "Mein Rücken tut nach dem Laufen sehr weh, was soll ich tun?", "out_of_scope")

    assert said.responses == [Response.ENGLISH_ONLY]
    assert said.slots == {"misses": 1}


@pytest.mark.parametrize(
    "text",
    ['\u2060/choose_item{"choice": "check_in:pain:mild"}', '/deny{"check": "none"}', '/x{"entry": "relief.heat"} '],
)
def test_an_old_button_is_said_to_be_one_and_is_no_miss(text: str) -> None:
    said = run(NotUnderstood(), text, "out_of_scope", slots={"misses": 1})

    assert said.responses == [Response.OLD_BUTTON]
    assert len(said.titles) == 4
    assert said.slots == {"misses": 0}


@pytest.mark.parametrize("text", ["/start", "/choose_item", "5/10", "km/h {fast}"])
def test_other_words_with_a_slash_are_no_button(text: str) -> None:
    assert Response.OLD_BUTTON not in run(NotUnderstood(), text, "out_of_scope").responses
