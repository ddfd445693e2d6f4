"""The action of the stretch session: checks first, parts, pain, warning signs."""

from __future__ import annotations

from typing import Any

from action_runner import CHECKED, run

from actions.stretch_session import TakeThrough
from backstride.guided import Guided
from backstride.safety import SafetyState
from backstride.stretch_session import Asking, Move, SessionState, Status
from backstride.triage import Sign, State


def session(**changes: Any) -> dict[str, Any]:
    """Return the slot of a session with two exercises."""
    state = SessionState(exercises=("exercise.knee_rolls", "exercise.half_kneeling_lean"), **changes)
    return Guided(open=("stretch_session",), states={"stretch_session": state.as_json()}).as_json()


def test_checks_come_first_when_they_were_not_answered() -> None:
    said = run(
        TakeThrough(), "take me through them", "start_stretch_session", slots={"guided": session(), "safety": None}
    )

    assert "checks before any exercise" in said.text
    assert said.slots["safety"]["wanted"] == "stretch_session"
    assert not said.knowledge


def test_part_is_said_when_the_checks_were_answered() -> None:
    said = run(TakeThrough(), "ok", slots={"guided": session(), "safety": CHECKED})

    assert "Step 1 of 4" in said.text
    assert said.messages[0]["session"]["exercise"] == "exercise.knee_rolls"
    assert said.slots["thread"] == "exercise.knee_rolls"


def test_flags_own_question_follows_when_the_pain_is_sharp() -> None:
    hurt = session(place=1, move=Move.LEFT_OUT, asking=Asking.GO_ON, pain="sharp", left_out=("exercise.knee_rolls",))
    said = run(TakeThrough(), "sharp", slots={"guided": hurt, "safety": CHECKED})

    assert "leave out" in said.messages[0]["text"]
    assert said.messages[1]["asks"] == "severe_or_worsening"
    assert not said.messages[0]["buttons"]
    assert said.slots["safety"]["asking"] == "severe_or_worsening"


def test_referral_comes_at_once_when_down_a_leg_was_tapped() -> None:
    hurt = session(place=1, move=Move.LEFT_OUT, asking=Asking.GO_ON, pain="leg", is_tapped=True)
    said = run(TakeThrough(), "", slots={"guided": hurt, "safety": CHECKED})

    assert said.messages[0]["urgency"] == "doctor_days"
    assert said.messages[0]["red_flags"] == ["leg_symptoms"]
    assert said.messages[1]["asks"] == "both_legs"


def test_it_is_over_when_a_sign_keeps_exercises_back() -> None:
    signs = SafetyState(screened=True, signs=(Sign("leg_symptoms", State.PRESENT),)).as_json()
    said = run(TakeThrough(), "next", slots={"guided": session(move=Move.SHOW), "safety": signs})

    assert "Exercises can wait" in said.text
    kept = said.slots["guided"]
    assert kept["open"] == []
    assert kept["states"]["stretch_session"]["status"] == Status.STOPPED.value


def test_one_line_ends_it_when_the_referral_was_just_read() -> None:
    signs = SafetyState(screened=True, signs=(Sign("leg_symptoms", State.PRESENT),)).as_json()
    said = run(TakeThrough(), "", slots={"guided": session(move=Move.AGAIN), "safety": signs})

    assert said.text == "So no more exercises for now."


def test_conditions_named_in_the_session_are_remembered() -> None:
    said = run(
        TakeThrough(), "x", slots={"guided": session(move=Move.SHOW, conditions=("knee_pain",)), "safety": CHECKED}
    )

    assert said.slots["conditions"] == ["knee_pain"]


def test_there_is_an_answer_when_no_session_is_there() -> None:
    said = run(TakeThrough(), "next", slots={"safety": CHECKED})

    assert said.titles == ["Show me stretches"]
