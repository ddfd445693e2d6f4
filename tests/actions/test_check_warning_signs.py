"""The question about a warning sign, and what comes after its answer."""

from __future__ import annotations

from action_runner import Said, run

from actions.check_warning_signs import CheckWarningSigns
from backstride.safety import SCREENING, Move, SafetyState
from backstride.triage import Sign, State

UNSURE = (Sign("cauda_equina", State.ASK, "words"),)


def check(state: SafetyState) -> Said:
    return run(CheckWarningSigns(), slots={"safety": state.as_json()})


def test_a_flags_own_question_is_asked() -> None:
    said = check(SafetyState(signs=UNSURE, asking="cauda_equina", asked=("cauda_equina",), move=Move.ASK))

    assert said.messages[0]["asks"] == "cauda_equina"
    assert len(said.titles) == 4
    assert said.events == []


def test_the_reason_for_a_question_is_told() -> None:
    said = check(SafetyState(signs=UNSURE, asking="cauda_equina", asked=("cauda_equina",), move=Move.WHY))

    assert "who should look at a back" in said.text


def test_after_the_answer_what_was_wanted_comes_next() -> None:
    said = check(SafetyState(screened=True, wanted="relief.stretching", move=Move.RESUME))

    assert said.slots["wanted"] == "relief.stretching"
    assert said.events[-1] == {"event": "followup", "timestamp": None, "name": "action_choose_item"}


def test_after_the_answer_without_a_wish_there_is_the_menu() -> None:
    said = check(SafetyState(move=Move.RESUME))

    assert "What helps now" in said.titles
    assert not [event for event in said.events if event["event"] == "followup"]


def test_the_five_checks_are_one_message() -> None:
    said = check(SafetyState(asking=SCREENING, wanted="relief.stretching", move=Move.SCREEN))

    assert len(said.messages) == 1
    assert said.titles[0] == "None of these"


def test_the_reminder_of_the_checks_leaves_a_miss_counted() -> None:
    state = SafetyState(asking=SCREENING, wanted="relief.stretching", insisted=True, move=Move.REMIND)

    said = run(CheckWarningSigns(), slots={"safety": state.as_json(), "misses": 1})

    assert said.titles[0] == "None of these"
    assert said.slots == {"misses": 1}


def test_after_stop_there_is_the_menu() -> None:
    assert "What helps now" in check(SafetyState(signs=UNSURE, move=Move.LEFT)).titles
