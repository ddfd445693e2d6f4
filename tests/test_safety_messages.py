"""What is said once it is decided: for every sign, every move, with and without a country."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from backstride.referral import load_numbers
from backstride.safety import (
    CLEARING_CHECKED,
    CLEARING_MISTAKEN,
    NEVER_CLEARED,
    REFERRALS,
    SCREENING,
    SOMEONE_ELSE,
    Move,
    SafetyState,
)
from backstride.safety_messages import SafetyMessages
from backstride.triage import Sign, State, Urgency, load_red_flags
from backstride.wording import load_wording

KNOWLEDGE = Path(__file__).resolve().parent.parent / "knowledge"
RULES = load_red_flags(KNOWLEDGE)
MESSAGES = SafetyMessages(RULES, load_numbers(KNOWLEDGE), load_wording(KNOWLEDGE))
FLAGS = [flag.id for flag in RULES.flags]
EMERGENCIES = [flag.id for flag in RULES.flags if flag.urgency is Urgency.EMERGENCY_NOW]
STANDING = (
    Move.REPEAT,
    Move.WITHHOLD,
    Move.STANDS,
    Move.NOT_CLEARED,
    Move.WHY_REFERRED,
    Move.WHAT_TO_TELL,
    Move.GOT_HELP,
)
TAKING_BACK = (
    (Move.CLEARING, CLEARING_CHECKED),
    (Move.CLEARING, CLEARING_MISTAKEN),
    (Move.SOMEONE_ELSE, SOMEONE_ELSE),
)
ASKING = (Move.ASK, Move.ASK_AGAIN, Move.ASK_CLEARLY, Move.ASK_YES_OR_NO, Move.ASK_FOR_THEM, Move.EXPLAIN, Move.WHY)


def said(flag: str, move: Move, asking: str = "", **more) -> tuple[str, list[str]]:  # type: ignore[no-untyped-def]
    state = SafetyState(signs=(Sign(flag, State.PRESENT, "words"),), move=move, asking=asking)
    [answer] = MESSAGES.messages(replace(state, **more))
    return answer.text, [button.title for button in answer.buttons]


def asked(flag: str, move: Move) -> tuple[str, list[str]]:
    state = SafetyState(signs=(Sign(flag, State.ASK, "words"),), move=move, asking=flag, asked=(flag,))
    [answer] = MESSAGES.messages(state)
    return answer.text, [button.title for button in answer.buttons]


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("move", STANDING)
@pytest.mark.parametrize("country", [None, "uk", "nz", "cn"])
def test_a_referral_that_stands_is_said_in_a_few_words(flag: str, move: Move, country: str | None) -> None:
    text, _ = said(flag, move, country=country)
    assert "{" not in text
    assert len(text.split()) <= 55
    # What reads well after "call" must not leave a gap behind.
    assert not re.search(r"\s[,.]|  ", text)


@pytest.mark.parametrize("flag", EMERGENCIES)
@pytest.mark.parametrize("move", [Move.REPEAT, Move.WITHHOLD, Move.WHY_REFERRED])
def test_an_emergency_is_repeated_with_what_to_do_first(flag: str, move: Move) -> None:
    assert said(flag, move)[0].startswith("Call your local emergency number now")
    assert said(flag, move, country="us")[0].startswith("Call 911 now")


@pytest.mark.parametrize("flag", EMERGENCIES)
@pytest.mark.parametrize("move", STANDING)
def test_an_emergency_offers_only_numbers_help_and_taking_back(flag: str, move: Move) -> None:
    _, buttons = said(flag, move)
    ways_out = [] if flag in NEVER_CLEARED else ["It is about someone else", "I wrote it wrong"]
    assert buttons == ["Emergency numbers", "I have got help", *ways_out]


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if flag not in NEVER_CLEARED])
@pytest.mark.parametrize(("move", "asking"), TAKING_BACK)
def test_what_takes_a_referral_back_is_one_question_for_yes_or_no(flag: str, move: Move, asking: str) -> None:
    text, buttons = said(flag, move, asking)
    assert text.count("?") == 1
    assert text.endswith("?")
    assert " or did " not in text
    assert [title.split(",")[0] for title in buttons] == ["Yes", "No"]


def test_only_what_can_be_taken_back_is_asked_about() -> None:
    signs = (Sign("self_harm", State.PRESENT), Sign("heart", State.PRESENT))
    state = SafetyState(signs=signs, move=Move.CLEARING, asking=CLEARING_MISTAKEN)
    [answer] = MESSAGES.messages(state)
    assert "chest pain" in answer.text
    assert "harming" not in answer.text


@pytest.mark.parametrize("flag", ["pregnancy", "under_18", "blood_thinners"])
def test_exercises_are_left_out_with_a_calm_reason(flag: str) -> None:
    calm = next(each.calm for each in RULES.multipliers if each.when == flag)
    assert calm in said(flag, Move.WITHHOLD)[0]
    # Who was seen is not sent there again.
    assert said(flag, Move.WITHHOLD, checked=True)[0] == f"Exercises can wait. {calm}"


def test_who_has_help_is_not_told_to_call() -> None:
    assert "Stay with the people" in said("heart", Move.REPEAT, helped=True)[0]
    assert "Call" not in said("heart", Move.REPEAT, helped=True)[0]


def test_who_thinks_of_dying_and_has_help_hears_no_check_list() -> None:
    text, _ = said("self_harm", Move.GOT_HELP, country="uk")
    assert "not alone" in text
    assert "116 123" in text
    assert "doctor or nurse has looked" not in text


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("move", ASKING)
def test_every_question_is_short_and_has_its_answers(flag: str, move: Move) -> None:
    text, buttons = asked(flag, move)
    question = RULES.flag(flag)
    assert "?" in text
    assert len(text.split()) <= 60
    milder = [question.ask_milder] if question.ask_milder else []
    answers = [question.ask_yes, question.ask_no, *milder, "Not sure"]
    assert buttons == (answers if move is Move.WHY else [*answers, "Why do you ask?"])


def test_the_words_to_a_plain_no_about_self_harm_are_short_and_name_where_to_turn() -> None:
    state = SafetyState(signs=(Sign("self_harm", State.ABSENT),), move=Move.RELIEVED, country="uk")
    [answer] = MESSAGES.messages(state)
    assert "116 123" in answer.text
    assert len(answer.text.split()) <= 40


@pytest.mark.parametrize("flag", FLAGS)
def test_what_a_question_means_is_said_in_other_words(flag: str) -> None:
    means = RULES.flag(flag).means
    assert means != RULES.flag(flag).ask
    assert len(means.split()) <= 45


def test_the_checks_can_be_named_in_one_line() -> None:
    card, reminder, which = (
        MESSAGES.messages(SafetyState(asking=SCREENING, move=move))[0]
        for move in (Move.SCREEN, Move.REMIND, Move.WHICH)
    )
    [again] = MESSAGES.messages(SafetyState(asking=SCREENING, move=Move.SCREEN_AGAIN))
    assert "\n" not in again.text
    assert len(again.text) < len(card.text) * 2 / 3
    assert card.buttons == again.buttons
    assert card.buttons == reminder.buttons == which.buttons
    assert "\n" not in reminder.text
    assert "\n" not in which.text


@pytest.mark.parametrize("move", Move)
def test_every_move_but_going_on_has_words(move: Move) -> None:
    signs = (Sign("leg_symptoms", State.PRESENT if move in REFERRALS else State.ASK),)
    asking = {Move.CLEARING: CLEARING_CHECKED, Move.REFER: ""}.get(move, "leg_symptoms")
    state = SafetyState(signs=signs, asking=asking, asked=("leg_symptoms",), move=move)
    assert bool(MESSAGES.messages(state)) is (move is not Move.PASS)


def grade_of(text: str) -> float:
    """The school year that a text is for, by the formula of Flesch and Kincaid (US Navy, 1975)."""
    text = re.sub(r"\{\w*\}", "word", text)
    words = re.findall(r"[A-Za-z']+", text)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e")))) for word in words)
    return 0.39 * len(words) / max(1, len(re.findall(r"[.!?]", text))) + 11.8 * syllables / len(words) - 15.59


TEXTS = [
    *(text for flag in RULES.flags for text in (flag.ask, flag.means, flag.why, flag.signpost)),
    *(rule.why for rule in RULES.rules),
    *(each.calm for each in RULES.multipliers),
    *RULES.texts.dict().values(),
]


def test_what_is_said_about_signs_is_for_readers_of_eleven_to_thirteen() -> None:
    """A sentence that lists signs may be longer; on the whole the words are easy."""
    grades = sorted(map(grade_of, TEXTS))
    assert grades[len(grades) * 9 // 10] <= 8
    assert grades[-1] <= 10


@pytest.mark.parametrize("move", [Move.ASK_AGAIN, Move.ASK_CLEARLY, Move.ASK_YES_OR_NO])
def test_a_question_about_self_harm_is_asked_again_in_words_of_its_own(move: Move) -> None:
    """'Is that a yes or a no?' would be cold, and a second 'I am glad you told me' hollow."""
    (again,) = MESSAGES.messages(SafetyState(asking="self_harm", asked=("self_harm",), move=move))
    assert again.text == RULES.flag("self_harm").ask_again
    assert again.buttons


def test_a_question_about_somebody_elses_self_harm_is_about_them() -> None:
    asked = SafetyState(asking="self_harm", asked=("self_harm",), move=Move.ASK_FOR_THEM)
    (for_them,) = MESSAGES.messages(asked)
    assert "Are they thinking" in for_them.text
