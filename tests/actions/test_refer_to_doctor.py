"""Referring: for everyone, and for the signs that were said."""

from __future__ import annotations

from action_runner import run

from actions.refer_to_doctor import ReferToDoctor
from backstride.safety import Move, SafetyState
from backstride.triage import Sign, State


def test_without_a_warning_sign_there_are_the_signposts_for_everyone() -> None:
    said = run(ReferToDoctor(), intent="relief_see_doctor")

    assert said.knowledge == ["relief.see_doctor"]
    assert "emergency number" in said.text


def test_with_a_warning_sign_there_is_its_card() -> None:
    state = SafetyState(signs=(Sign("cauda_equina", State.PRESENT, "words"),), move=Move.REFER)

    said = run(ReferToDoctor(), slots={"safety": state.as_json()})

    assert said.messages[0]["urgency"] == "emergency_now"
    assert said.messages[0]["red_flags"] == ["cauda_equina"]
    assert "you have" not in said.text.casefold()


def test_a_card_with_a_question_after_it_is_two_messages() -> None:
    state = SafetyState(signs=(Sign("leg_weakness", State.PRESENT, "words"),), asking="cauda_equina", move=Move.REFER)

    said = run(ReferToDoctor(), slots={"safety": state.as_json()})

    assert len(said.messages) == 2
    assert said.messages[1]["asks"] == "cauda_equina"


def test_once_it_is_taken_back_there_is_the_menu() -> None:
    said = run(ReferToDoctor(), slots={"safety": SafetyState(move=Move.CLEARED_OTHER).as_json()})

    assert "What helps now" in said.titles
    assert said.messages[0]["referral"] == "cleared"
