"""Who gets a message while the diary or "forget me" has a question open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backstride.diary_file import load_diary_file
from backstride.diary_talk import Asking, DiaryState
from backstride.guided import Guided, Heard, Step, hear, take_up
from backstride.language.led_records import LedDiary, LedForgetting, about_the_reminder, meant_intent
from backstride.privacy import FORGET_NO, FORGET_YES
from backstride.safety_words import load_safety_words
from backstride.vocabulary import ActionName

DIARY, FORGETTING = LedDiary(), LedForgetting(load_safety_words())
MACHINES = (DIARY, FORGETTING)
ASKING = Guided(open=("diary",), states={"diary": DiaryState(asking=Asking.SCORE).as_json()})
WRITTEN = Guided(states={"diary": DiaryState(last=7).as_json()})
FORGET_ASKED = Guided(open=("forget",), states={"forget": {"asks": True, "answer": ""}})


def say(guided: Guided, text: str = "", **heard: Any) -> Step:
    return hear(guided, Heard(text=text, **heard), MACHINES)


@pytest.mark.parametrize("text", ["6", "six out of ten", "2 before and 4 after", "no pain"])
def test_a_score_is_the_answer_while_the_diary_asks(text: str) -> None:
    assert say(ASKING, text).action == ActionName.LOG_DIARY


@pytest.mark.parametrize("text", ["is heat any good", "rather bad", "what do you mean"])
def test_anything_else_is_answered_by_the_rest_of_the_dialogue(text: str) -> None:
    assert say(ASKING, text).action is None


def test_a_question_that_was_not_answered_is_let_go_in_silence() -> None:
    step = take_up(ASKING, MACHINES)

    assert step.action is None
    assert step.guided.open == ()


def test_a_long_story_with_a_number_is_no_answer() -> None:
    story = "well i ran 8 km on sunday with my friend and after that it began to hurt like a 6 in the back"

    assert say(ASKING, story, intent="report_pain").action is None


def test_a_correction_right_behind_an_entry_is_for_the_diary() -> None:
    assert say(WRITTEN, "no, 3 after", intent="deny").action == ActionName.LOG_DIARY


def test_a_no_is_no_correction() -> None:
    assert say(WRITTEN, "no thanks", intent="deny").action is None


def test_a_correction_after_something_else_was_said_is_none() -> None:
    assert say(WRITTEN, "no, 3 after", intent="deny", is_reply=False).action is None


def test_one_entry_is_not_everything() -> None:
    assert say(Guided(), "delete the last entry", intent="forget_me").action == ActionName.LOG_DIARY


def test_being_forgotten_is_asked_about() -> None:
    step = say(Guided(), "delete everything", intent="forget_me")

    assert step.action == ActionName.FORGET_ME
    assert step.guided.open == ("forget",)


@pytest.mark.parametrize(
    ("heard", "answer"),
    [
        ({"text": "yes"}, FORGET_YES),
        ({"text": "yes please"}, FORGET_YES),
        ({"choice": FORGET_YES}, FORGET_YES),
        ({"text": "no"}, FORGET_NO),
        ({"choice": FORGET_NO}, FORGET_NO),
    ],
)
def test_a_clear_answer_to_forgetting_is_taken(heard: dict[str, str], answer: str) -> None:
    step = hear(FORGET_ASKED, Heard(**heard), MACHINES)

    assert step.guided.states["forget"] == {"asks": False, "answer": answer}


@pytest.mark.parametrize(
    "heard",
    [
        {"text": "yes but please keep the diary that i wrote"},
        {"text": "yes", "is_reply": False},
        {"text": "dont delete it", "intent": "forget_me"},
        {"text": "maybe later"},
        {"text": "delete everything", "intent": "forget_me"},
    ],
)
def test_nothing_is_erased_on_anything_less_than_a_clear_yes(heard: dict[str, Any]) -> None:
    step = hear(FORGET_ASKED, Heard(**heard), MACHINES)

    assert step.guided.states["forget"]["answer"] != FORGET_YES


def test_a_yes_after_another_subject_erases_nothing() -> None:
    after = take_up(FORGET_ASKED, MACHINES)

    assert after.action is None
    assert say(after.guided, "yes", intent="affirm").action is None


def test_a_doubtful_correction_is_for_the_diary_only_right_after_it_was_written() -> None:
    """ "Sorry, I meant 6/10" may mend an answer to another question."""
    doubtful = Heard(text="sorry, I meant 6/10 for the pain", intent="log_diary", confidence=0.3)

    assert not DIARY.starts(doubtful, None)
    assert DIARY.starts(replace(doubtful, confidence=0.9), None)


@pytest.mark.parametrize("text", ["on friday it was a 7", "i ran 3 miles", "yesterday a 4"])
def test_another_day_or_the_run_right_behind_an_entry_is_for_the_diary(text: str) -> None:
    assert say(WRITTEN, text, intent="report_pain", spoke=ActionName.LOG_DIARY).action == ActionName.LOG_DIARY
    assert say(WRITTEN, text, intent="report_pain", spoke=ActionName.CHECK_IN).action is None


# --- a run that hurt: an entry, or a complaint -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "did 14k today, usually i do 8, lower back is a 5 now",
        "ran 9 miles and the back is at 4",
        "10k this morning, back is a 6",
        "8k today, pain 7",
        "8k today, my back hurts, a 2",
        "did 14k today, usually i do 8, lower back is a 2 now",
    ],
)
def test_a_run_that_hurt_is_a_complaint_where_no_diary_is_kept(text: str) -> None:
    assert meant_intent(Guided(), text, "log_diary", "") == "report_pain"


@pytest.mark.parametrize(
    "text",
    [
        "log 14k, back is a 5",
        "ran 8 km, 2 before 4 after",
        "ran 5k, pain 3, put that in",
        "pain was 2 today",
        "4 today",
        "8k today, pain 2",
    ],
)
def test_what_sounds_like_an_entry_is_one(text: str) -> None:
    assert meant_intent(Guided(), text, "log_diary", "") == "log_diary"


@pytest.mark.parametrize(
    ("guided", "spoke"),
    [
        (WRITTEN, ""),
        (Guided(states={"check_in": {}}), ""),
        (Guided(), ActionName.SHOW_DIARY),
    ],
)
def test_who_keeps_a_diary_or_was_asked_already_writes_an_entry(guided: Guided, spoke: str) -> None:
    assert meant_intent(guided, "ran 9 miles and the back is at 4", "log_diary", spoke) == "log_diary"


def test_what_was_understood_as_something_else_stays_that() -> None:
    assert meant_intent(Guided(), "ran 9 miles and the back is at 4", "relief_heat", "") == "relief_heat"


def test_another_day_behind_the_look_into_the_diary_is_written_down() -> None:
    heard = {"intent": "report_pain", "is_reply": False, "spoke": ActionName.SHOW_DIARY}

    assert say(WRITTEN, "yesterday I ran 6k and it was a 3", **heard).action == ActionName.LOG_DIARY


def test_the_entry_of_a_day_is_deleted_and_nothing_else() -> None:
    assert (
        say(WRITTEN, "delete yesterday", intent="forget_me", spoke=ActionName.LOG_DIARY).action == ActionName.LOG_DIARY
    )
    everything = say(WRITTEN, "delete everything from today", intent="forget_me", spoke=ActionName.LOG_DIARY)
    assert everything.action == ActionName.FORGET_ME


# --- right behind a reminder -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("At 9", ActionName.SET_REMINDER),
        ("in the morning", ActionName.SET_REMINDER),
        ("cancel that", ActionName.STOP_REMINDER),
        ("No thanks!", ActionName.STOP_REMINDER),
        ("my back hurts at 9", None),
        ("thanks", None),
    ],
)
def test_a_time_behind_a_reminder_changes_it(text: str, action: str | None) -> None:
    heard = Heard(text=text, intent="greet", set_reminder=True)

    assert about_the_reminder(heard, load_diary_file(), is_asked=False) == action


@pytest.mark.parametrize(
    ("text", "action"),
    [("at 9", ActionName.SET_REMINDER), ("9", None), ("monday", None), ("stop", None)],
)
def test_with_a_question_open_only_a_time_by_the_clock_is_about_the_reminder(text: str, action: str | None) -> None:
    heard = Heard(text=text, set_reminder=True, spoke=ActionName.CHECK_IN)

    assert about_the_reminder(heard, load_diary_file(), is_asked=True) == action


@pytest.mark.parametrize("text", ["At 9", "cancel that"])
def test_a_time_behind_anything_else_changes_nothing(text: str) -> None:
    heard = Heard(text=text, intent="greet", spoke=ActionName.CHECK_IN)

    assert about_the_reminder(heard, load_diary_file(), is_asked=False) is None


def test_a_day_for_a_reminder_is_no_day_of_the_diary() -> None:
    heard = {"intent": "set_reminder", "confidence": 0.9, "spoke": ActionName.SHOW_DIARY}

    assert say(WRITTEN, "remind me mondays and fridays at 6", **heard).action is None


@pytest.mark.parametrize(
    ("guided", "text", "meant"),
    [
        (Guided(), "my back is killing me, can I do parkrun", "report_pain"),
        (Guided(), "back killing me can i run tomorrow", "report_pain"),
        (Guided(), "can I run with a slightly sore back?", "relief_keep_running"),
        (Guided(states={"check_in": {}}), "my back is killing me, can I run", "relief_keep_running"),
        (Guided(states={"return_to_run": {}}), "my back is killing me, can I run", "relief_keep_running"),
    ],
)
def test_so_much_pain_is_meant_before_whether_to_run(guided: Guided, text: str, meant: str) -> None:
    assert meant_intent(guided, text, "relief_keep_running", "") == meant
