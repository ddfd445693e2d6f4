"""Questions about what was said last."""

from __future__ import annotations

import pytest
from action_runner import run

from actions.follow_up import FollowUp
from backstride.knowledge import load_knowledge

HEAT = {"thread": "relief.heat"}


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        ("ask_why", "How sure is that?"),
        ("ask_how_long", "15 to 20 minutes at a time."),
        ("ask_how_often", "once the skin has cooled"),
        ("ask_how_to", "Wrap the pack"),
        ("ask_source", "A warm compress comes from"),
        ("ask_is_it_safe", "Before you try A warm compress"),
        ("ask_what_else", "what else there is"),
    ],
)
def test_a_question_is_about_the_thread(intent: str, words: str) -> None:
    said = run(FollowUp(), "?", intent, slots=HEAT)

    assert words in said.text
    # The thread stays: nothing is set.
    assert "thread" not in said.slots


def test_an_entry_of_the_last_list_that_is_named_wins_over_the_thread() -> None:
    said = run(FollowUp(), "and how long for massage", "ask_how_long", slots={**HEAT, "listed": ["relief.massage"]})

    assert said.knowledge == ["relief.massage"]
    assert said.slots["thread"] == "relief.massage"


def test_show_all_gives_the_group_of_the_thread() -> None:
    assert run(FollowUp(), "all of them", "ask_show_all", slots=HEAT).slots["listed"][:2] == [
        "relief.stretching",
        "relief.massage",
    ]


def test_what_else_leaves_out_what_was_shown() -> None:
    said = run(FollowUp(), "what else", "ask_what_else", slots={**HEAT, "shown": ["relief.massage"]})

    assert "relief.massage" not in said.knowledge


@pytest.mark.parametrize(
    "intent",
    ["ask_why", "ask_how_often", "ask_how_to", "ask_source", "ask_is_it_safe", "ask_show_all"],
)
def test_without_a_thread_there_is_the_menu(intent: str) -> None:
    said = run(FollowUp(), "?", intent)

    assert len(said.titles) == 4
    assert said.text


def test_a_condition_that_is_named_is_answered_and_remembered() -> None:
    said = run(FollowUp(), "with a bad knee?", "ask_is_it_safe", slots={"thread": "exercise.half_kneeling_lean"})

    assert "a sore knee" in said.text
    assert "better leave out" in said.text
    assert said.slots["conditions"] == ["knee_pain"]


def test_a_condition_that_was_named_before_still_counts() -> None:
    said = run(FollowUp(), "is this one ok", "ask_is_it_safe", slots={**HEAT, "conditions": ["knee_pain"]})

    assert "a sore knee" in said.text
    assert said.slots["conditions"] == ["knee_pain"]


def test_a_new_condition_is_answered_alone_and_added() -> None:
    said = run(
        FollowUp(), "and with asthma", "ask_is_it_safe", slots={"thread": "relief.massage", "conditions": ["knee_pain"]}
    )

    assert "asthma" in said.text
    assert "a sore knee" not in said.text
    assert said.slots["conditions"] == ["knee_pain", "asthma"]


def test_no_amount_is_named_for_medicines() -> None:
    said = run(FollowUp(), "how many a day", "ask_how_often", slots={"thread": "relief.medicines"})

    assert "pharmacist" in said.text
    assert "once or twice" not in said.text.casefold()


@pytest.mark.parametrize(
    "intent",
    ["ask_why", "ask_how_long", "ask_how_often", "ask_how_to", "ask_source", "ask_is_it_safe", "ask_what_else"],
)
def test_every_entry_can_be_asked_about(intent: str) -> None:
    for entry in load_knowledge().entries:
        said = run(FollowUp(), "?", intent, slots={"thread": entry})

        assert said.text, entry
        assert not said.responses, entry


def test_a_measure_that_is_named_is_meant_though_it_was_not_shown() -> None:
    said = run(FollowUp(), "how long should i use heat", "ask_how_long", slots={"thread": "relief.massage"})

    assert said.knowledge == ["relief.heat"]


def test_whether_an_exercise_is_safe_is_answered_before_the_checks() -> None:
    slots = {"thread": "exercise.plank", "safety": None}

    said = run(FollowUp(), "is it safe when pregnant", "ask_is_it_safe", slots=slots)

    assert "better leave out" in said.text


def test_a_cause_is_nothing_to_leave_out() -> None:
    said = run(FollowUp(), "is it safe with a bad knee", "ask_is_it_safe", slots={"thread": "cause.posture"})

    assert "Running style" not in said.text
    assert "knee" in said.text


@pytest.mark.parametrize(
    ("intent", "entry"), [("ask_what_else", "relief.general"), ("ask_how_long", "relief.recovery_time")]
)
def test_a_question_about_nothing_in_particular_is_about_sore_backs(intent: str, entry: str) -> None:
    assert entry in run(FollowUp(), "?", intent).knowledge
