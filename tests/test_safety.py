"""The state machine above everything else: what comes after each message about warning signs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstride.referral import load_numbers
from backstride.safety import (
    CLEARING_CHECKED,
    CLEARING_MISTAKEN,
    SCREENING,
    SOMEONE_ELSE,
    Heard,
    Move,
    SafetyState,
    decide,
    gate,
    reminded,
    settled,
)
from backstride.safety_messages import SafetyMessages
from backstride.triage import Sign, State, Urgency, load_red_flags, triage
from backstride.wording import load_wording

KNOWLEDGE = Path(__file__).resolve().parent.parent / "knowledge"
RULES = load_red_flags(KNOWLEDGE)
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


def test_what_explains_an_unsure_answer_is_asked_for_a_yes_or_a_no() -> None:
    """ "Forget that, it was the cold" behind "not sure" settles no emergency by itself, and is heard."""
    unsure = after(Heard(signs=(said("lung", State.ASK),)), Heard(answer="unsure"))
    explained = after(Heard(said="i meant the cold air", remark="explained"), start=unsure)

    assert (explained.move, explained.asking) == (Move.ASK_YES_OR_NO, "lung")
    assert after(Heard(answer="no"), start=explained).move is Move.RESUME
    assert after(Heard(), Heard(said="i meant that", remark="explained"), start=unsure).move is Move.PASS


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


TAKEN_BACK = [
    ("checked", CLEARING_CHECKED, Move.CLEARED_CHECKED),
    ("mistaken", CLEARING_MISTAKEN, Move.CLEARED_MISTAKEN),
]


@pytest.mark.parametrize(("how", "asking", "move"), TAKEN_BACK)
@pytest.mark.parametrize("reply", [Heard(answer="yes"), Heard(choice="yes")])
def test_a_referral_is_taken_back_through_one_question_and_a_yes(
    how: str, asking: str, move: Move, reply: Heard
) -> None:
    asked = after(Heard(signs=(said("cauda_equina"),)), Heard(remark=how))
    assert (asked.move, asked.asking) == (Move.CLEARING, asking)
    cleared = after(reply, start=asked)
    assert cleared.move is move
    assert triage(cleared.signs, RULES).flags == ()


@pytest.mark.parametrize(("how", "asking", "move"), TAKEN_BACK)
@pytest.mark.parametrize("reply", [Heard(answer="no"), Heard(choice="no"), Heard(answer="unsure"), Heard(leans="no")])
def test_without_a_yes_the_referral_stays(how: str, asking: str, move: Move, reply: Heard) -> None:
    state = after(Heard(signs=(said("heart"),)), Heard(remark=how), reply)
    assert state.move is Move.NOT_CLEARED
    assert triage(state.signs, RULES).flags == ("heart",)


def test_what_only_seems_a_yes_takes_nothing_back() -> None:
    """Only the words of a yes do; "they said next week" may be read as one."""
    state = after(Heard(signs=(said("heart"),)), Heard(remark="checked"), Heard(said="next week", leans="yes"))
    assert triage(state.signs, RULES).flags == ("heart",)


def test_not_being_checked_takes_nothing_back() -> None:
    asked = after(Heard(signs=(said("leg_symptoms"),)), Heard(remark="checked"))
    state = after(Heard(said="i have not been checked", remark="checked"), start=asked)
    assert triage(state.signs, RULES).flags == ("leg_symptoms",)


def test_self_harm_is_never_taken_back() -> None:
    referred = after(Heard(signs=(said("self_harm"),)))
    for remark in ("checked", "mistaken", "someone_else", "playing_down"):
        assert after(Heard(remark=remark), start=referred).move is Move.REPEAT
    helped = after(Heard(remark="got_help"), Heard(remark="checked"), Heard(answer="yes"), start=referred)
    assert triage(helped.signs, RULES).flags == ("self_harm",)


def test_a_check_up_ends_no_pregnancy_and_does_not_tell_of_it_again() -> None:
    state = after(Heard(signs=(said("pregnancy"),)), Heard(remark="checked"), Heard(choice="yes"))
    assert triage(state.signs, RULES).flags == ("pregnancy",)
    assert gate(replace(state, screened=True), "exercise.plank", RULES).move is Move.WITHHOLD
    assert after(Heard(wanted="relief.heat"), start=state).move is Move.PASS


def test_someone_elses_sign_is_dropped_once_the_talk_is_about_ones_own_back() -> None:
    state = after(Heard(signs=(said("lung"),)), Heard(choice="someone_else"))
    assert (state.move, state.asking) == (Move.SOMEONE_ELSE, SOMEONE_ELSE)
    own = after(Heard(answer="yes"), start=replace(state, screened=True))
    assert (own.move, triage(own.signs, RULES).flags, own.screened) == (Move.CLEARED_OTHER, (), False)


@pytest.mark.parametrize("reply", [Heard(answer="no"), Heard(remark="someone_else")])
def test_while_the_talk_is_about_someone_else_their_sign_stays(reply: Heard) -> None:
    state = after(Heard(signs=(said("under_18"),)), Heard(choice="someone_else"), reply)
    assert state.move is Move.NOT_CLEARED
    assert gate(state, "exercise.plank", RULES).move is Move.WITHHOLD


@pytest.mark.parametrize("flag", EMERGENCIES)
def test_help_on_its_way_takes_nothing_back(flag: str) -> None:
    state = after(Heard(signs=(said(flag),)), Heard(choice="got_help"))
    assert (state.move, state.helped) == (Move.GOT_HELP, True)
    assert after(Heard(wanted="relief.stretching"), start=state).move is Move.REPEAT


def test_a_further_sign_is_told_also_to_who_has_help() -> None:
    state = after(Heard(signs=(said("heart"),)), Heard(choice="got_help"), Heard(signs=(said("lung"),)))
    assert (state.move, state.helped) == (Move.REFER, False)


@pytest.mark.parametrize("flag", ["cauda_equina", "leg_symptoms"])
def test_why_after_a_referral_gets_its_reason(flag: str) -> None:
    state = after(Heard(signs=(said(flag),)), Heard(said="why", answer="why"))
    assert state.move is Move.WHY_REFERRED


def test_why_about_another_thing_is_not_about_the_referral() -> None:
    question = Heard(said="why does heat help a sore back", answer="why", wanted="relief.heat")
    assert after(Heard(signs=(said("leg_symptoms"),)), question).move is Move.PASS


def test_naming_a_country_gives_its_numbers() -> None:
    state = after(Heard(signs=(said("heart"),)), Heard(country="nz"))
    assert (state.move, state.country) == (Move.NUMBERS, "nz")


@pytest.mark.parametrize("flag", FLAGS)
def test_playing_it_down_changes_nothing(flag: str) -> None:
    """ "My mate says it is nothing" brings no sign, and no sign leaves."""
    referred = after(Heard(signs=(said(flag),)))
    state = after(Heard(remark="playing_down", leans="no"), start=referred)
    assert triage(state.signs, RULES) == triage(referred.signs, RULES)
    assert state.move in {Move.STANDS, Move.REPEAT}


EXPLAINED = Heard(said="only for a second when i sit cross legged", remark="explained")


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if flag != "self_harm"])
def test_an_explanation_leads_to_the_question_that_takes_a_referral_back(flag: str) -> None:
    """It takes nothing back by itself, said twice neither; a yes does."""
    asked = after(Heard(signs=(said(flag),)), EXPLAINED, EXPLAINED)
    assert (asked.move, asked.asking) == (Move.CLEARING, CLEARING_MISTAKEN)
    assert triage(asked.signs, RULES).flags == (flag,)
    assert after(Heard(answer="yes"), start=asked).move is Move.CLEARED_MISTAKEN
    assert after(Heard(answer="no"), start=asked).move is Move.NOT_CLEARED


def test_a_vague_yes_crosses_nothing_out() -> None:
    """ "A bit" and "it is" say nothing of what is not true."""
    asked = after(Heard(signs=(said("major_injury"),)), EXPLAINED)
    state = after(Heard(said="a bit", answer="yes", is_vague=True), start=asked)
    assert (state.move, triage(state.signs, RULES).flags) == (Move.NOT_CLEARED, ("major_injury",))


@pytest.mark.parametrize("flags", [("self_harm",), ("self_harm", "cauda_equina")])
def test_self_harm_is_not_explained_away(flags: tuple[str, ...]) -> None:
    state = after(Heard(signs=tuple(said(flag) for flag in flags)), EXPLAINED)
    assert state.move is Move.REPEAT


def test_an_explanation_that_says_the_sign_again_is_none() -> None:
    again = replace(EXPLAINED, signs=(said("cauda_equina"),))
    assert after(Heard(signs=(said("cauda_equina"),)), again).move is Move.REPEAT


def test_later_words_about_other_things_explain_no_milder_sign() -> None:
    """ "By warm up I meant leg swings", some messages after the card."""
    state = after(Heard(signs=(said("leg_symptoms"),)), Heard(wanted="prevent.warm_up"), EXPLAINED)
    assert state.move is Move.PASS


def test_an_explanation_counts_beside_a_question_that_came_with_the_card_and_the_question_stays() -> None:
    referred = after(Heard(signs=(said("leg_symptoms"), said("cauda_equina", State.ASK))))
    state = after(EXPLAINED, start=referred)
    assert (state.move, triage(state.signs, RULES).to_ask) == (Move.CLEARING, ("cauda_equina",))
    answered = after(replace(EXPLAINED, answer="yes"), start=referred)
    assert (answered.move, answered.told) == (Move.REFER, Urgency.EMERGENCY_NOW)


# Replies to a question that are neither yes nor no


def asked_about(flag: str, *more: str) -> SafetyState:
    return after(Heard(signs=tuple(said(each, State.ASK) for each in (flag, *more))))


def test_a_reply_that_says_nothing_gets_the_question_once_more_and_no_more_than_that() -> None:
    once = after(Heard(said="blah", is_aside=True), start=asked_about("cauda_equina"))
    assert (once.move, once.asking) == (Move.ASK_CLEARLY, "cauda_equina")
    assert after(Heard(said="blah", is_aside=True), start=once).move is Move.PASS


def test_another_subject_is_answered_and_the_question_waits_for_an_exercise() -> None:
    state = after(Heard(said="what causes it", wanted="cause.general"), start=asked_about("leg_weakness"))
    assert (state.move, state.asking) == (Move.PASS, "")
    assert gate(state, "exercise.plank", RULES).move is Move.ASK_AGAIN


def test_what_do_you_mean_gets_the_question_in_other_words() -> None:
    state = after(Heard(remark="explain", answer="unsure"), start=asked_about("cauda_equina"))
    assert (state.move, state.asking) == (Move.EXPLAIN, "cauda_equina")


def test_stop_is_honoured_and_no_further_question_follows() -> None:
    state = after(Heard(said="stop", remark="stop", leans="no"), start=asked_about("leg_weakness", "leg_symptoms"))
    assert (state.move, state.asking) == (Move.LEFT, "")
    assert after(Heard(wanted="cause.general"), start=state).move is Move.PASS
    assert gate(state, "exercise.plank", RULES).move is Move.ASK_AGAIN


def test_stop_in_a_led_conversation_is_left_to_it() -> None:
    assert after(Heard(remark="stop", in_led=True), start=asked_about("leg_weakness")).move is Move.PASS


def test_a_question_about_someone_else_is_asked_about_them() -> None:
    state = after(Heard(remark="someone_else", leans="no"), start=asked_about("heart"))
    assert (state.move, state.asking) == (Move.ASK_FOR_THEM, "heart")


@pytest.mark.parametrize("remark", ["checked", "mistaken"])
def test_what_was_only_hinted_at_is_settled_by_a_check_or_a_mistake(remark: str) -> None:
    state = after(Heard(remark=remark), start=asked_about("leg_weakness"))
    assert (state.move, triage(state.signs, RULES).to_ask) == (Move.RESUME, ())


def test_scrap_that_settles_a_milder_hint_and_no_emergency() -> None:
    milder = after(Heard(remark="taken_back"), start=asked_about("leg_weakness"))
    assert (milder.move, triage(milder.signs, RULES).to_ask) == (Move.RESUME, ())
    emergency = after(Heard(remark="taken_back"), start=asked_about("cauda_equina"))
    assert (emergency.move, emergency.asking) == (Move.ASK_YES_OR_NO, "cauda_equina")


def test_playing_down_what_hints_at_an_emergency_leads_to_its_question() -> None:
    """ "He fell yesterday, but he's OK now", behind a referral for his age."""
    hint = Heard(remark="playing_down", signs=(said("major_injury", State.ASK),))
    state = after(Heard(signs=(said("under_18"),)), hint)
    assert (state.move, state.asking) == (Move.ASK, "major_injury")


def test_scrap_that_is_no_no_to_how_old_somebody_is() -> None:
    state = after(Heard(remark="taken_back"), start=asked_about("under_18"))
    assert triage(state.signs, RULES).to_ask == ("under_18",)


@pytest.mark.parametrize("flag", ["leg_weakness", "heart"])
@pytest.mark.parametrize("answer", ["", "no"])
def test_scrap_that_leads_to_the_question_that_crosses_a_sign_out(flag: str, answer: str) -> None:
    asked = after(Heard(signs=(said(flag),)), Heard(remark="taken_back", answer=answer))
    assert (asked.move, asked.asking) == (Move.CLEARING, CLEARING_MISTAKEN)
    assert triage(asked.signs, RULES).flags == (flag,)


def test_scrap_that_is_about_the_card_and_not_the_question_below_it() -> None:
    referred = after(Heard(signs=(said("leg_symptoms"), said("leg_weakness", State.ASK))))
    state = after(Heard(remark="taken_back", answer="no"), start=referred)
    assert (state.move, state.asking) == (Move.CLEARING, CLEARING_MISTAKEN)


@pytest.mark.parametrize("flag", ["persistent", "cauda_equina"])
def test_taking_note_of_a_question_is_no_yes(flag: str) -> None:
    state = after(Heard(takes_note=True, leans="yes", is_aside=True), start=asked_about(flag))
    assert (state.move, state.asking) == (Move.ASK_YES_OR_NO, flag)


def test_taking_something_back_hints_at_nothing() -> None:
    hint = Heard(remark="someone_else", said="this is not about me", signs=(said("self_harm", State.ASK),))
    assert triage(after(hint, start=asked_about("heart")).signs, RULES).to_ask == ("heart",)


@pytest.mark.parametrize("remark", ["someone_else", "playing_down", "stop"])
def test_what_begins_like_a_no_and_is_none_settles_nothing(remark: str) -> None:
    """ "It's not about me", "it's not that bad"."""
    state = after(Heard(answer="no", remark=remark), start=asked_about("major_injury"))
    assert triage(state.signs, RULES).to_ask == ("major_injury",)


def test_a_longer_message_that_begins_like_a_remark_hints_as_any_other() -> None:
    """ "Asking for my daughter, she is 14 and her legs feel odd"."""
    state = after(Heard(said="asking for my daughter", remark="someone_else", signs=(said("both_legs", State.ASK),)))
    assert (state.move, state.asking) == (Move.ASK, "both_legs")


def test_a_country_that_follows_the_numbers_gets_its_own() -> None:
    state = after(Heard(remark="numbers"), Heard(country="ca"))
    assert (state.move, state.country) == (Move.NUMBERS, "ca")


@pytest.mark.parametrize("flag", ["heart", "leg_symptoms"])
def test_what_to_tell_them_is_answered(flag: str) -> None:
    state = after(Heard(signs=(said(flag),)), Heard(remark="what_to_tell"))
    assert state.move is Move.WHAT_TO_TELL


def test_only_one_leg_is_a_no_to_both_and_a_sign_of_its_own() -> None:
    state = after(Heard(said="only on the left", leans="yes"), start=asked_about("both_legs"))
    assert triage(state.signs, RULES).flags == ("leg_symptoms",)


@pytest.mark.parametrize("flag", ["leg_weakness", "leg_symptoms"])
def test_both_is_more_than_a_yes(flag: str) -> None:
    """Trouble in both legs is an emergency, also as an answer to a question about one."""
    state = after(Heard(said="both", answer="yes"), start=asked_about(flag))
    assert (state.move, state.told) == (Move.REFER, Urgency.EMERGENCY_NOW)


@pytest.mark.parametrize("flag", EMERGENCIES)
def test_a_question_about_an_emergency_comes_once_more_behind_another_answer(flag: str) -> None:
    asked = asked_about(flag)
    another = Heard(said="what causes it", wanted="cause.general")

    behind = after(another, start=asked)
    assert (behind.move, behind.asking) == (Move.PASS, flag)
    again = reminded(behind, RULES)
    assert again is not None
    assert (again.move, again.asking) == (Move.ASK_AGAIN, flag)
    assert after(Heard(said="yes", answer="yes"), start=again).move is Move.REFER
    left = after(another, start=again)
    assert left.asking != flag
    assert reminded(left, RULES) is None


@pytest.mark.parametrize("flag", sorted(set(FLAGS) - set(EMERGENCIES)))
def test_any_other_question_is_left_for_another_subject(flag: str) -> None:
    behind = after(Heard(said="what causes it", wanted="cause.general"), start=asked_about(flag))
    assert behind.asking == ""
    assert reminded(behind, RULES) is None


def test_whoever_says_goodbye_is_asked_nothing_more() -> None:
    left = after(Heard(said="bye", leaves=True), start=asked_about("heart"))
    assert reminded(left, RULES) is None


def test_a_second_emergency_that_was_hinted_at_is_asked_about_and_smaller_signs_wait() -> None:
    state = after(
        Heard(said="what causes it", wanted="cause.general"), start=asked_about("heart", "lung", "persistent")
    )
    assert (state.move, state.asking) == (Move.ASK, "lung")
    after_that = after(Heard(said="what helps", wanted="relief.general"), start=state)
    assert after_that.move is Move.PASS


def test_a_question_that_is_only_asked_about_waits_for_an_exercise() -> None:
    """ "Is it safe when pregnant?" is answered first."""
    state = after(Heard(signs=(said("pregnancy", State.ASK),), defers=frozenset({"pregnancy"})))
    assert state.move is Move.PASS
    assert gate(state, "exercise.plank", RULES).move is Move.ASK


# Replies to the five checks


SCREENED = SafetyState(asking=SCREENING, wanted="exercise.plank", move=Move.SCREEN)


@pytest.mark.parametrize("reply", [Heard(answer="no"), Heard(choice="none"), Heard(leans="no")])
def test_a_no_to_the_checks_is_none_of_these(reply: Heard) -> None:
    state = after(reply, start=SCREENED)
    assert (state.move, state.screened, state.wanted) == (Move.RESUME, True, "exercise.plank")


def test_playing_down_is_no_answer_to_the_checks() -> None:
    assert not after(Heard(answer="no", remark="playing_down"), start=SCREENED).screened


def test_something_else_is_answered_and_the_checks_stay_open_once() -> None:
    once = after(Heard(said="desk job", is_aside=True), start=SCREENED)
    assert (once.move, once.asking, once.wanted) == (Move.PASS, SCREENING, "exercise.plank")
    assert after(Heard(answer="no"), start=once).screened
    assert after(Heard(said="massage", wanted="relief.massage"), start=once).asking == ""


def test_in_a_led_conversation_the_checks_make_room_for_its_question() -> None:
    """A "no" after that belongs to it, and passes no check."""
    state = after(Heard(said="lower back", in_led=True), Heard(answer="no", in_led=True), start=SCREENED)
    assert not state.screened


@pytest.mark.parametrize("reply", [Heard(answer="yes"), Heard(answer="unsure"), Heard(remark="someone_else")])
def test_a_mere_yes_to_the_checks_is_asked_which(reply: Heard) -> None:
    assert after(reply, start=SCREENED).move is Move.WHICH


def test_stop_leaves_the_checks() -> None:
    state = after(Heard(remark="stop"), start=SCREENED)
    assert (state.move, state.asking, state.screened) == (Move.LEFT, "", False)


def test_a_sign_told_in_words_is_asked_about_before_the_checks_come_again() -> None:
    asked = after(Heard(said="my leg is a bit odd", signs=(said("leg_weakness", State.ASK),)), start=SCREENED)
    assert (asked.move, asked.asking, asked.wanted) == (Move.ASK, "leg_weakness", "exercise.plank")
    assert gate(after(Heard(answer="no"), start=asked), "exercise.plank", RULES).move is Move.SCREEN


_heard = st.builds(
    Heard,
    signs=st.lists(st.builds(Sign, st.sampled_from(FLAGS), st.sampled_from(State), st.just("w")), max_size=2).map(
        tuple
    ),
    answer=st.sampled_from(["", "yes", "no", "unsure", "why"]),
    leans=st.sampled_from(["", "yes", "no"]),
    remark=st.sampled_from(["", "explain", "stop", "playing_down", "got_help", "why_none", "what_to_tell", "numbers"]),
    is_aside=st.booleans(),
    in_led=st.booleans(),
    wanted=st.sampled_from(["", "relief.heat", "exercise.plank"]),
)


# While an emergency is open nothing but this is said: no question, no exercise, no other answer.
ABOUT_AN_EMERGENCY = {Move.REFER, Move.REPEAT, Move.GOT_HELP, Move.WHY_REFERRED, Move.WHAT_TO_TELL, Move.NUMBERS}


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
            assert state.move in ABOUT_AN_EMERGENCY


@given(
    st.lists(
        st.builds(
            replace,
            _heard,
            remark=st.sampled_from(["explained", "taken_back"]),
            answer=st.sampled_from(["", "no"]),
        ),
        max_size=6,
    )
)
def test_explanations_without_a_yes_take_nothing_back(messages: list[Heard]) -> None:
    state = SafetyState()
    for heard in messages:
        before = set(triage(state.signs, RULES).flags)
        state = decide(state, heard, RULES)
        assert before <= set(triage(state.signs, RULES).flags)


@given(st.lists(_heard, max_size=5))
def test_a_state_survives_being_kept(messages: list[Heard]) -> None:
    """What a conversation keeps is what it had."""
    state = after(*messages)
    assert SafetyState.from_json(state.as_json()) == state


def test_what_can_wait_is_not_asked_in_a_led_conversation_but_before_its_exercises() -> None:
    state = after(Heard(signs=(said("persistent", State.ASK),), in_led=True))
    assert state.move is Move.PASS
    assert gate(state, "exercise.knee_rolls", RULES).move is Move.ASK


def test_what_cannot_wait_is_asked_in_a_led_conversation_too() -> None:
    assert after(Heard(signs=(said("cauda_equina", State.ASK),), in_led=True)).move is Move.ASK


def test_a_question_that_something_else_has_answered_is_settled_and_a_sign_that_was_said_is_not() -> None:
    asked = SafetyState(signs=(said("persistent", State.ASK),), screened=True)
    assert gate(settled(asked, "persistent"), "exercise.knee_rolls", RULES).move is Move.PASS
    present = SafetyState(signs=(said("persistent"),), screened=True)
    assert settled(present, "persistent") == present


def self_harm_asked() -> SafetyState:
    return after(Heard(signs=(said("self_harm", State.ASK),)))


@pytest.mark.parametrize(
    "no",
    [
        Heard(choice="no"),
        Heard(answer="no", said="no"),
        Heard(answer="no", said="god no never"),
        Heard(answer="no", said="no i only meant the pain"),
        Heard(answer="no", said="no but thanks for asking"),
        Heard(leans="no", said="i would never"),
    ],
)
def test_a_plain_no_clears_self_harm_that_was_only_asked_about_in_words_of_its_own(no: Heard) -> None:
    state = after(no, start=self_harm_asked())
    assert (state.move, state.asking, state.told) == (Move.RELIEVED, "", Urgency.SELF_CARE)
    assert triage(state.signs, RULES).urgency is Urgency.SELF_CARE


@pytest.mark.parametrize(
    "no",
    [
        Heard(choice="milder"),
        Heard(answer="no", said="no but i am struggling"),
        Heard(answer="no", said="no but its all a bit much"),
        Heard(answer="no", said="no i just cant cope with this"),
        Heard(answer="no", said="not really"),
        Heard(answer="no", said="not yet"),
        Heard(answer="no", said="no", signs=(said("self_harm", State.ASK),)),
    ],
)
def test_a_no_that_says_how_hard_it_is_gets_help_today(no: Heard) -> None:
    state = after(no, start=self_harm_asked())
    assert (state.move, state.told) == (Move.REFER, Urgency.SAME_DAY)


@pytest.mark.parametrize("no", [Heard(choice="no"), Heard(answer="no", said="no"), Heard(choice="milder")])
def test_a_no_takes_nothing_back_of_what_was_said_about_self_harm(no: Heard) -> None:
    state = after(no, start=after(Heard(signs=(said("self_harm"),))))
    assert triage(state.signs, RULES).urgency is Urgency.EMERGENCY_NOW
    assert state.move is Move.REPEAT


def test_relief_does_not_swallow_the_next_question() -> None:
    both = after(Heard(signs=(said("self_harm", State.ASK), said("leg_weakness", State.ASK))))
    first, then = both.asking, after(Heard(choice="no"), start=both)
    assert (first, then.move, then.asking) == ("self_harm", Move.RELIEVED, "leg_weakness")


def test_who_presses_for_the_exercise_gets_the_checks_in_short_each_time() -> None:
    screened = gate(SafetyState(), "relief.stretching", RULES)
    pressed = after(Heard(remark="pressing", said="whatever just show me", is_aside=True), start=screened)
    again = after(Heard(remark="pressing", said="come on", is_aside=True), start=pressed)
    assert (screened.move, pressed.move, again.move) == (Move.SCREEN, Move.SCREEN_AGAIN, Move.SCREEN_AGAIN)
    assert after(Heard(choice="none"), start=again).wanted == "relief.stretching"


def test_a_place_at_the_checks_or_a_question_is_never_a_no() -> None:
    asked = after(Heard(signs=(said("cauda_equina", State.ASK),)))
    state = after(Heard(names_place=True, said="the second one"), start=asked)
    assert (state.move, state.asking) == (Move.ASK_YES_OR_NO, "cauda_equina")


@pytest.mark.parametrize("flag", EMERGENCIES)
def test_data_may_be_asked_about_beside_an_emergency_and_the_sign_stays(flag: str) -> None:
    state = after(Heard(signs=(said(flag),)), Heard(about_data=True, said="forget me"))
    assert state.move is Move.DATA
    assert triage(state.signs, RULES).flags == (flag,)
    assert after(Heard(said="thanks"), start=state).move is Move.REPEAT


def test_a_no_to_the_sign_is_no_answer_about_crossing_it_out() -> None:
    """ "No, no trouble peeing" is asked once more; a bare no keeps the referral."""
    referred = after(Heard(signs=(said("cauda_equina"),)), Heard(remark="mistaken"))

    denied = after(Heard(answer="no", signs=(said("cauda_equina", State.ABSENT),)), start=referred)
    assert (denied.move, denied.asking) == (Move.CLEARING, CLEARING_MISTAKEN)
    assert triage(denied.signs, RULES).urgency is Urgency.EMERGENCY_NOW
    assert after(Heard(answer="no"), start=denied).move is Move.NOT_CLEARED


def test_a_goodbye_leaves_the_checks_and_they_are_read_in_full_on_coming_back() -> None:
    asked = gate(SafetyState(), "exercise.knee_rolls", RULES)

    gone = after(Heard(said="bye", leaves=True), start=asked)
    assert (gone.move, gone.asking, gone.screened) == (Move.PASS, "", False)
    assert gate(gone, "exercise.knee_rolls", RULES).move is Move.SCREEN


# --- exercises under way, and running after a referral ---------------------------------------------------------------


def test_nothing_waits_while_exercises_are_being_done() -> None:
    hint = (said("leg_symptoms", State.ASK),)

    assert after(Heard(signs=hint, in_led=True)).move is Move.PASS
    state = after(Heard(signs=hint, in_led=True, in_exercise=True))
    assert (state.move, state.asking) == (Move.ASK, "leg_symptoms")


@pytest.mark.parametrize("flag", ["under_18", "pregnancy", "fragility_fracture", "leg_symptoms"])
def test_whoever_asks_to_run_after_a_referral_hears_it_again(flag: str) -> None:
    referred = after(Heard(signs=(said(flag),)))

    assert decide(referred, Heard(said="can i run tomorrow", wants_to_run=True), RULES).move is Move.WITHHOLD


@pytest.mark.parametrize("flag", ["infection", "both_legs", "pregnancy", "leg_symptoms"])
def test_whoever_asks_how_serious_it_is_after_a_referral_hears_it_again(flag: str) -> None:
    referred = after(Heard(signs=(said(flag),)))

    assert decide(referred, Heard(said="is it serious", wanted="relief.see_doctor"), RULES).move is Move.REPEAT


def test_when_to_be_seen_is_answered_in_general_where_no_sign_was_told() -> None:
    assert after(Heard(said="when should i see a doctor", wanted="relief.see_doctor")).move is Move.PASS


@pytest.mark.parametrize(
    "heard",
    [
        Heard(said="can she run saturday", wants_to_run=True),
        Heard(said="is it serious", wanted="relief.see_doctor"),
    ],
    ids=["running", "how serious"],
)
def test_a_question_about_an_emergency_stays_open_beside_what_is_asked(heard: Heard) -> None:
    referred = after(Heard(signs=(said("infection"), said("heat_stroke", State.ASK))))
    assert referred.asking == "heat_stroke"

    asked = decide(referred, heard, RULES)

    assert asked.asking == "heat_stroke"
    messages = SafetyMessages(RULES, load_numbers(KNOWLEDGE), load_wording(KNOWLEDGE)).messages(asked)
    assert [message.metadata.get("asks") for message in messages] == [None, "heat_stroke"]


def test_without_a_referral_nothing_is_said_about_wanting_to_run() -> None:
    assert after(Heard(said="can i run tomorrow", wants_to_run=True)).move is Move.PASS


def test_who_has_called_an_ambulance_says_yes_to_the_question() -> None:
    state = after(Heard(said="i called 112", remark="got_help"), start=asked_about("cauda_equina"))

    assert state.move is Move.REFER
    assert "cauda_equina" in state.told_flags


def answer_to(flag: str, heard: Heard) -> SafetyState:
    return after(Heard(signs=(said(flag, State.ASK),)), heard)


@pytest.mark.parametrize("flag", ["leg_weakness", "leg_symptoms"])
@pytest.mark.parametrize("answer", ["no", ""])
def test_a_side_is_a_yes_to_a_question_about_one_leg(flag: str, answer: str) -> None:
    """'No, the right' corrects the side, and denies no weak leg."""
    state = answer_to(flag, Heard(answer=answer, side="only", said="the right"))
    assert (state.move, state.told_flags) == (Move.REFER, (flag,))


def test_a_side_denies_both_legs_and_leaves_one() -> None:
    state = answer_to("both_legs", Heard(answer="no", side="only", said="no just the right"))
    assert (state.move, state.told_flags, state.asking) == (Move.REFER, ("leg_symptoms",), "leg_weakness")


def test_a_weak_leg_that_was_denied_is_not_asked_about_again() -> None:
    denied = SafetyState(signs=(said("leg_weakness", State.ABSENT), said("both_legs", State.ASK)), asking="both_legs")
    state = after(Heard(answer="no", side="only", said="no just the right"), start=denied)
    assert (state.told_flags, state.asking) == (("leg_symptoms",), "")


@pytest.mark.parametrize(
    ("flag", "heard"),
    [
        ("leg_weakness", Heard(answer="no", side="named", said="no the left one is fine")),
        ("upper_back", Heard(answer="no", side="only", said="no the right")),
        ("cauda_equina", Heard(answer="no", narrowed_to="the peeing", said="no just the peeing")),
        ("infection", Heard(answer="no", narrowed_to="the shivers", said="no only the shivers")),
        ("heart", Heard(answer="no", narrowed_to="once", signs=(said("heart", State.ASK),))),
        ("cauda_equina", Heard(leans="no", narrowed_to="pee", said="just pee")),
        ("cauda_equina", Heard(answer="no", taken_on="it takes ages", is_aside=True)),
    ],
)
def test_a_no_that_says_a_part_of_it_is_asked_again(flag: str, heard: Heard) -> None:
    """It is neither believed as a no nor taken for a yes."""
    state = answer_to(flag, heard)
    assert (state.move, state.asking) == (Move.ASK_YES_OR_NO, flag)


@pytest.mark.parametrize(
    ("flag", "heard"),
    [
        ("cauda_equina", Heard(answer="no", narrowed_to="my shoes", said="no just my shoes")),
        ("persistent", Heard(answer="no", narrowed_to="a week", said="no only a week")),
        ("leg_weakness", Heard(answer="no", taken_on="it takes ages", is_aside=True)),
        ("cauda_equina", Heard(answer="no", taken_on="can i run", is_aside=False)),
    ],
)
def test_a_no_that_says_nothing_of_it_is_believed(flag: str, heard: Heard) -> None:
    assert State.ABSENT in {sign.state for sign in answer_to(flag, heard).signs if sign.flag == flag}


def test_a_no_with_a_but_is_believed_the_second_time() -> None:
    no = Heard(answer="no", taken_on="it takes ages", is_aside=True)
    assert after(Heard(signs=(said("cauda_equina", State.ASK),)), no, no).asking == ""


def test_a_fact_told_later_counts_for_its_sign() -> None:
    """'She is 9' and then 'she limps'."""
    young = after(Heard(signs=(said("under_18"),)))
    state = after(Heard(tags=frozenset({"limp", "vomiting"})), start=young)
    assert (state.move, state.told, state.signs[0].tags) == (Move.REFER, Urgency.SAME_DAY, {"limp"})


def test_a_fact_told_later_counts_for_no_sign_that_was_denied() -> None:
    denied = SafetyState(signs=(said("leg_weakness", State.ABSENT),))
    assert after(Heard(tags=frozenset({"getting_worse"})), start=denied).signs == denied.signs


def test_just_one_of_the_five_checks_is_no_no() -> None:
    state = after(Heard(narrowed_to="the pee thing", said="just the pee thing"), start=SafetyState(asking=SCREENING))
    assert (state.move, state.screened) == (Move.WHICH, False)
