"""The state machine above everything else: what comes after each message about warning signs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.safety import (
    CLEARING,
    SCREENING,
    SOMEONE_ELSE,
    Heard,
    Move,
    SafetyState,
    answer_in,
    decide,
    gate,
    load_safety_words,
    remark_in,
    settled,
)
from backstride.triage import Sign, State, Urgency, load_red_flags, triage

KNOWLEDGE = Path(__file__).resolve().parent.parent / "knowledge"
RULES = load_red_flags(KNOWLEDGE)
WORDS = load_safety_words(KNOWLEDGE)
FLAGS = [flag.id for flag in RULES.flags]
EMERGENCIES = [flag.id for flag in RULES.flags if flag.urgency is Urgency.EMERGENCY_NOW]


def said(flag: str, state: State = State.PRESENT, *tags: str) -> Sign:
    return Sign(flag, state, "words", frozenset(tags))


def after(*heard: Heard, start: SafetyState | None = None) -> SafetyState:
    state = start or SafetyState()
    for each in heard:
        state = decide(state, each, RULES)
    return state


@pytest.mark.parametrize("flag", FLAGS)
def test_a_sign_is_referred_in_the_turn_it_is_said(flag: str) -> None:
    """Every flag, the first time it is said, gets its card at once."""
    assert after(Heard(signs=(said(flag),))).move is Move.REFER


@pytest.mark.parametrize("flag", EMERGENCIES)
@pytest.mark.parametrize("asking", ["", SCREENING, "leg_symptoms"])
def test_an_emergency_wins_over_an_open_question(flag: str, asking: str) -> None:
    """No open question keeps an emergency from being answered."""
    state = after(Heard(signs=(said(flag),), answer="no"), start=SafetyState(asking=asking))
    assert (state.move, state.asking) == (Move.REFER, "")


@pytest.mark.parametrize("flag", EMERGENCIES)
def test_while_an_emergency_is_open_every_message_gets_the_referral(flag: str) -> None:
    """Thanks, small talk and questions all get the referral again."""
    state = after(Heard(signs=(said(flag),)), Heard(wanted="relief.heat"))
    assert state.move is Move.REPEAT


def test_a_milder_referral_lets_questions_through_but_no_exercise() -> None:
    state = after(Heard(signs=(said("leg_symptoms"),)), Heard(wanted="cause.posture"))
    assert state.move is Move.PASS
    assert gate(state, "exercise.plank", RULES).move is Move.WITHHOLD


def test_the_same_sign_again_is_not_referred_twice() -> None:
    state = after(Heard(signs=(said("persistent"),)), Heard(signs=(said("persistent"),)))
    assert state.move is Move.PASS


def test_a_sign_that_raises_the_level_is_referred_again() -> None:
    state = after(Heard(signs=(said("leg_symptoms"),)), Heard(signs=(said("cauda_equina"),)))
    assert (state.move, state.told) == (Move.REFER, Urgency.EMERGENCY_NOW)


def test_an_unsure_sign_is_asked_about_once() -> None:
    first = after(Heard(signs=(said("cauda_equina", State.ASK),), wanted="relief.heat"))
    assert (first.move, first.asking) == (Move.ASK, "cauda_equina")
    again = after(Heard(wanted="relief.heat"), start=first)
    assert again.move is Move.PASS


def test_a_no_to_the_question_resumes_what_was_wanted() -> None:
    state = after(Heard(signs=(said("cauda_equina", State.ASK),), wanted="relief.heat"), Heard(answer="no"))
    assert (state.move, state.wanted) == (Move.RESUME, "relief.heat")
    assert triage(state.signs, RULES).to_ask == ()


def test_a_yes_to_the_question_is_the_sign() -> None:
    state = after(Heard(signs=(said("cauda_equina", State.ASK),)), Heard(answer="yes"))
    assert (state.move, state.told) == (Move.REFER, Urgency.EMERGENCY_NOW)


def test_words_of_the_answer_outrank_its_yes_or_no() -> None:
    """ "No, but I can't feel it when I wipe" is a yes."""
    asked = after(Heard(signs=(said("cauda_equina", State.ASK),)))
    state = after(Heard(signs=(said("cauda_equina"),), answer="no"), start=asked)
    assert state.move is Move.REFER


def test_an_unanswered_question_is_asked_again_before_any_exercise() -> None:
    asked = after(Heard(signs=(said("leg_weakness", State.ASK),)), Heard(wanted="cause.posture"))
    state = gate(asked, "exercise.plank", RULES)
    assert (state.move, state.asking, state.wanted) == (Move.ASK_AGAIN, "leg_weakness", "exercise.plank")


def test_why_do_you_ask_keeps_the_question_open() -> None:
    asked = after(Heard(signs=(said("lung", State.ASK),)))
    state = after(Heard(answer="why"), start=asked)
    assert (state.move, state.asking) == (Move.WHY, "lung")


def test_not_sure_leaves_the_sign_unsettled() -> None:
    state = after(Heard(signs=(said("lung", State.ASK),)), Heard(answer="unsure"))
    assert state.move is Move.NOT_SURE
    assert gate(state, "exercise.plank", RULES).move is Move.ASK_AGAIN


def test_a_question_follows_a_referral_that_can_wait() -> None:
    state = after(Heard(signs=(said("leg_symptoms"), said("cauda_equina", State.ASK))))
    assert (state.move, state.asking) == (Move.REFER, "cauda_equina")


def test_the_five_checks_come_before_the_first_exercise_only() -> None:
    first = gate(SafetyState(), "exercise.plank", RULES)
    assert (first.move, first.asking, first.wanted) == (Move.SCREEN, SCREENING, "exercise.plank")
    answered = after(Heard(choice="none"), start=first)
    assert (answered.move, answered.wanted) == (Move.RESUME, "exercise.plank")
    assert gate(answered, "exercise.plank", RULES).move is Move.PASS


@pytest.mark.parametrize("sign", [sign.id for sign in RULES.screening.signs])
def test_a_tapped_check_opens_its_questions(sign: str) -> None:
    flags = next(each.flags for each in RULES.screening.signs if each.id == sign)
    state = after(Heard(choice=f"sign:{sign}"), start=SafetyState(asking=SCREENING))
    assert state.move is Move.ASK
    assert state.asking in flags


def test_moving_on_from_the_checks_does_not_pass_them() -> None:
    state = after(Heard(wanted="cause.posture"), start=SafetyState(asking=SCREENING))
    assert state.move is Move.PASS
    assert gate(state, "exercise.plank", RULES).move is Move.SCREEN


@pytest.mark.parametrize(("how", "move"), [("checked", Move.CLEARED_CHECKED), ("mistaken", Move.CLEARED_MISTAKEN)])
def test_a_referral_is_taken_back_through_one_question(how: str, move: Move) -> None:
    referred = after(Heard(signs=(said("cauda_equina"),)))
    asked = after(Heard(remark=how), start=referred)
    assert (asked.move, asked.asking) == (Move.CLEARING, CLEARING)
    cleared = after(Heard(choice=how), start=asked)
    assert cleared.move is move
    assert triage(cleared.signs, RULES).flags == ()


def test_still_there_keeps_the_referral() -> None:
    state = after(Heard(signs=(said("heart"),)), Heard(remark="mistaken"), Heard(choice="still"))
    assert state.move is Move.NOT_CLEARED
    assert triage(state.signs, RULES).flags == ("heart",)


def test_self_harm_is_never_taken_back() -> None:
    referred = after(Heard(signs=(said("self_harm"),)))
    for remark in ("checked", "mistaken", "someone_else", "got_help"):
        assert after(Heard(remark=remark), start=referred).move is Move.REPEAT


def test_a_check_up_ends_no_pregnancy() -> None:
    state = after(Heard(signs=(said("pregnancy"),)), Heard(remark="checked"), Heard(choice="checked"))
    assert triage(state.signs, RULES).flags == ("pregnancy",)
    assert gate(replace(state, screened=True), "exercise.plank", RULES).move is Move.WITHHOLD


def test_someone_elses_sign_is_dropped_once_the_person_says_it_is_not_theirs() -> None:
    state = after(Heard(signs=(said("lung"),)), Heard(choice="someone_else"))
    assert (state.move, state.asking) == (Move.SOMEONE_ELSE, SOMEONE_ELSE)
    assert triage(after(Heard(answer="no"), start=state).signs, RULES).flags == ()
    assert after(Heard(answer="yes"), start=state).move is Move.NOT_CLEARED


def test_naming_a_country_gives_its_numbers() -> None:
    state = after(Heard(signs=(said("heart"),)), Heard(country="nz"))
    assert (state.move, state.country) == (Move.NUMBERS, "nz")


@pytest.mark.parametrize("flag", EMERGENCIES)
def test_playing_it_down_changes_nothing(flag: str) -> None:
    """ "My mate says it is nothing" brings no sign, and no sign leaves."""
    state = after(Heard(signs=(said(flag),)), Heard(answer="no"), Heard(answer="unsure"))
    assert triage(state.signs, RULES).urgency is Urgency.EMERGENCY_NOW


_heard = st.builds(
    Heard,
    signs=st.lists(st.builds(Sign, st.sampled_from(FLAGS), st.sampled_from(State), st.just("w")), max_size=2).map(
        tuple
    ),
    answer=st.sampled_from(["", "yes", "no", "unsure", "why"]),
    wanted=st.sampled_from(["", "relief.heat", "exercise.plank"]),
)


@given(st.lists(_heard, max_size=6))
def test_a_sign_once_said_stays_said(messages: list[Heard]) -> None:
    """Without a remark that takes it back, no later message removes a sign or lets an emergency pass."""
    state = SafetyState()
    for heard in messages:
        before = set(triage(state.signs, RULES).flags)
        state = decide(state, heard, RULES)
        now = triage(state.signs, RULES)
        assert before <= set(now.flags)
        if now.urgency is Urgency.EMERGENCY_NOW:
            assert state.move in {Move.REFER, Move.REPEAT}


@given(st.lists(_heard, max_size=5))
def test_a_state_survives_being_kept(messages: list[Heard]) -> None:
    """What a conversation keeps is what it had."""
    state = after(*messages)
    assert SafetyState.from_json(state.as_json()) == state


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes", "yes"),
        ("Yeah, both of them", "yes"),
        ("I do, a bit", "yes"),
        ("No.", "no"),
        ("nope all fine", "no"),
        ("none of these", "no"),
        ("I don't know", "unsure"),
        ("not sure tbh", "unsure"),
        ("Why do you ask?", "why"),
        ("my left heel hurts", ""),
        ("", ""),
    ],
)
def test_answers_are_read_from_their_first_words(text: str, answer: str) -> None:
    assert answer_in(text, WORDS) == answer


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("It was a false alarm", "mistaken"),
        ("sorry I wrote it wrong", "mistaken"),
        ("I was checked, all fine", "checked"),
        ("it's not about me", "someone_else"),
        ("the ambulance is on the way", "got_help"),
        ("which number do I call", "numbers"),
        ("how do I stretch", ""),
    ],
)
def test_remarks_about_a_referral_are_heard(text: str, remark: str) -> None:
    assert remark_in(text, WORDS) == remark


def test_what_can_wait_is_not_asked_in_a_led_conversation_but_before_its_exercises() -> None:
    state = after(Heard(signs=(said("persistent", State.ASK),), in_led=True))
    assert state.move is Move.PASS
    assert gate(state, "exercise.knee_rolls", RULES).move is Move.ASK_AGAIN


def test_what_cannot_wait_is_asked_in_a_led_conversation_too() -> None:
    assert after(Heard(signs=(said("cauda_equina", State.ASK),), in_led=True)).move is Move.ASK


def test_a_question_that_something_else_has_answered_is_settled_and_a_sign_that_was_said_is_not() -> None:
    asked = SafetyState(signs=(said("persistent", State.ASK),), screened=True)
    assert gate(settled(asked, "persistent", RULES), "exercise.knee_rolls", RULES).move is Move.PASS
    present = SafetyState(signs=(said("persistent"),), screened=True)
    assert settled(present, "persistent", RULES) == present
