"""What all actions share: the tracker read into a value, the answer sent, slots kept, a calm word on failure."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from action_runner import CHECKED, Said, run, run_on, tracker

from actions.base import AnswerAction, Reply, Turn, answers, changed_slots, knowledge, read_turn
from actions.explain_cause import ExplainCause
from actions.give_relief import GiveRelief
from backstride.answers import Answer, Button
from backstride.safety import Move, SafetyState
from backstride.triage import Sign, State
from backstride.vocabulary import Response, Slot


def action_that(reply: Callable[[Turn], Reply]) -> AnswerAction:
    """An action with this reply; no class of its own, since the action server finds all classes there are."""
    action = ExplainCause()
    action.reply = reply  # type: ignore[method-assign]
    return action


def fail(*_: object) -> Any:
    raise RuntimeError("no such line")


def say(reply: Reply, **slots: Any) -> Said:
    return run(action_that(lambda _: reply), slots=slots)


ANSWER = Answer(
    text="Wrap it.", buttons=(Button("Why?", "/ask_why"),), knowledge=("relief.heat",), thread="relief.heat"
)


# --- reading -------------------------------------------------------------------------------------------------------


def test_the_tracker_is_read_into_a_value() -> None:
    turn = read_turn(
        tracker(
            "the 2nd",
            "choose_item",
            slots={
                "thread": "relief.heat",
                "listed": ["a", "b"],
                "shown": ["c"],
                "conditions": ["knee"],
                "misses": 2,
                "wanted": "relief.massage",
            },
            entities={"entry": "relief.heat"},
            ranking=[("choose_item", 0.9), ("greet", 0.1)],
            others=["relief_heat"],
        )
    )

    assert turn == Turn(
        text="the 2nd",
        intent="choose_item",
        ranking=(("choose_item", 0.9), ("greet", 0.1)),
        others=("relief_heat",),
        entry="relief.heat",
        wanted="relief.massage",
        thread="relief.heat",
        listed=("a", "b"),
        shown=("c",),
        conditions=("knee",),
        misses=2,
        safety=SafetyState(screened=True),
        conversation="a-person",
    )


def test_an_empty_tracker_is_read_too() -> None:
    empty = tracker(slots={"safety": None})
    empty.latest_message = {"text": None, "intent": None, "entities": []}

    assert read_turn(empty) == Turn(text="", intent="", conversation="a-person")


# --- sending -------------------------------------------------------------------------------------------------------


def test_an_answer_is_sent_with_buttons_and_metadata() -> None:
    said = say(Reply(answer=ANSWER))

    assert said.text == "Wrap it."
    assert said.messages[0]["buttons"] == [{"title": "Why?", "payload": "/ask_why"}]
    assert said.knowledge == ["relief.heat"]


def test_further_metadata_stand_beside_the_text() -> None:
    said = say(Reply(answer=Answer(text="x", metadata={"urgency": "routine"})))

    assert said.messages[0]["urgency"] == "routine"
    assert "knowledge" not in said.messages[0]


def test_a_response_of_the_domain_is_sent_with_the_answers_buttons() -> None:
    said = say(Reply(response="utter_hello", answer=ANSWER))

    assert said.responses == ["utter_hello"]
    assert said.titles == ["Why?"]
    assert not said.text


def test_a_response_without_an_answer_has_no_buttons_of_its_own() -> None:
    assert say(Reply(response="utter_hello")).titles == []


def test_further_messages_follow() -> None:
    assert say(Reply(answer=ANSWER, after=(Answer(text="Second."),))).text == "Wrap it.\n\nSecond."


def test_a_reply_of_nothing_sends_nothing() -> None:
    said = say(Reply())

    assert not said.messages
    assert not said.events


# --- remembering ---------------------------------------------------------------------------------------------------


def test_thread_list_and_what_was_shown_are_remembered() -> None:
    answer = Answer(text="x", knowledge=("b", "c"), thread="b", listed=("c",))

    assert say(Reply(answer=answer), shown=["a", "b"]).slots == {
        Slot.THREAD: "b",
        Slot.LISTED: ["c"],
        Slot.SHOWN: ["a", "b", "c"],
    }


def test_a_slot_that_stays_as_it_is_is_not_set() -> None:
    answer = Answer(text="x", knowledge=("b",), thread="b", listed=("c",))

    assert say(Reply(answer=answer), shown=["b"], thread="b", listed=["c"]).events == []


def test_an_answer_without_a_list_keeps_the_last_list() -> None:
    assert Slot.LISTED not in say(Reply(answer=ANSWER), listed=["a"]).slots


def test_misses_and_what_was_wanted_are_forgotten_once_answered() -> None:
    assert say(Reply(), misses=2, wanted="relief.heat").slots == {Slot.MISSES: 0, Slot.WANTED: None}


def test_slots_of_the_reply_win() -> None:
    slots = say(Reply(answer=ANSWER, slots={Slot.THREAD: None, Slot.MISSES: 3}), misses=2).slots

    assert slots[Slot.THREAD] is None
    assert slots[Slot.MISSES] == 3


def test_a_follow_up_action_comes_last() -> None:
    events = changed_slots(Turn(text="", intent="", misses=1), Reply(follow_up="action_choose_item"))

    assert [event["event"] for event in events] == ["slot", "followup"]
    assert events[-1]["name"] == "action_choose_item"


# --- several topics at once, and unsure readings -----------------------------------------------------------------


def test_the_other_topics_of_a_message_are_offered_first() -> None:
    text = "heat? and why? and when is it time for a doctor?"
    said = run(GiveRelief(), text, "relief_heat", others=["cause_general", "relief_see_doctor"])

    assert said.titles[:2] == ["Why backs ache", "When to see someone"]
    assert said.knowledge == ["relief.heat"]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        # One question, and shoes only as what was worn: nothing else was asked.
        ("ran 15k on hills, is heat any good?", False),
        ("is heat any good, and what shoes should i get?", True),
        ("heat or massage?", False),
        ("heat and shoes please", True),
    ],
)
def test_another_topic_is_offered_only_where_it_is_asked_for(text: str, offered: bool) -> None:
    said = run(GiveRelief(), text, "relief_heat", others=["prevent_venue_shoes"])

    assert ("also asked" in said.text) == offered


def test_a_topic_that_was_answered_is_not_offered_again() -> None:
    plain = run(GiveRelief(), "heat", "relief_heat")

    assert run(GiveRelief(), "heat, heat", "relief_heat", others=["relief_heat", "relief_unknown"]).text == plain.text


def test_an_unsure_reading_comes_with_the_others_that_are_possible() -> None:
    ranking = [("relief_heat", 0.4), ("greet", 0.3), ("relief_massage", 0.2), ("cause_posture", 0.05)]

    said = run(GiveRelief(), "warm hands", "relief_heat", ranking=ranking)

    assert said.titles[0] == "Massage"
    assert "Running style" not in said.titles


def test_a_sure_reading_comes_alone() -> None:
    ranking = [("relief_heat", 0.7), ("relief_massage", 0.3)]

    assert run(GiveRelief(), "heat", "relief_heat", ranking=ranking).titles[0] == "Why?"


def test_the_buttons_of_a_list_are_all_kept() -> None:
    said = run(GiveRelief(), "what helps and why", "relief_general", others=["cause_general"])

    assert len(said.titles) >= len(said.slots["listed"])
    assert said.titles[0] == "Why backs ache"


# --- exercises behind the five checks ---------------------------------------------------------------------------------

EXERCISE = Answer(text="Roll.", knowledge=("exercise.knee_rolls",), thread="exercise.knee_rolls")


def test_no_exercise_is_shown_before_the_five_checks() -> None:
    said = say(Reply(answer=EXERCISE), safety=None)

    assert "Roll." not in said.text
    assert "None of these" in said.titles
    assert said.messages[0]["screening"] is True
    assert said.slots[Slot.SAFETY]["wanted"] == "exercise.knee_rolls"
    assert said.slots[Slot.SAFETY]["move"] == Move.SCREEN.value


def test_an_exercise_is_shown_after_the_five_checks() -> None:
    assert say(Reply(answer=EXERCISE), safety=CHECKED).text == "Roll."


def test_no_exercise_is_shown_while_a_warning_sign_is_open() -> None:
    state = SafetyState(signs=(Sign("cauda_equina", State.PRESENT, "words"),), screened=True)

    said = say(Reply(answer=EXERCISE), safety=state.as_json())

    assert "Roll." not in said.text
    assert said.messages[0]["red_flags"] == ["cauda_equina"]
    assert said.slots[Slot.SAFETY]["move"] == Move.WITHHOLD.value


def test_what_is_no_exercise_is_shown_at_any_time() -> None:
    assert say(Reply(answer=ANSWER), safety=None).text == "Wrap it."
    assert say(Reply(response="utter_hello", answer=EXERCISE), safety=None).responses == ["utter_hello"]


# --- failing ---------------------------------------------------------------------------------------------------------


def test_a_failure_gives_one_calm_sentence_and_changes_nothing() -> None:
    said = run(action_that(fail), "my secret words", slots={"misses": 1, "wanted": "x"})

    assert said.responses == [Response.SOMETHING_WENT_WRONG]
    assert said.events == []


def test_a_failure_is_logged_with_an_id_and_without_the_message(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        said = run(action_that(fail), "my secret words", "report_pain")

    (record,) = (record for record in caplog.records if record.name == "actions.base")
    incident = said.messages[0]["incident"]
    assert re.fullmatch(r"[0-9a-f]{8}", incident)
    assert record.getMessage() == f"action_explain_cause failed (incident {incident})"
    assert record.exc_info is not None
    assert "secret" not in caplog.text


def test_two_failures_have_two_ids() -> None:
    assert run(action_that(fail)).messages[0]["incident"] != run(action_that(fail)).messages[0]["incident"]


def test_a_failure_clears_what_was_said_already(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.base.changed_slots", fail)
    said = say(Reply(answer=ANSWER))

    assert len(said.messages) == 1
    assert said.responses == [Response.SOMETHING_WENT_WRONG]


def test_a_tracker_that_cannot_be_read_fails_calmly() -> None:
    broken = tracker(slots={"safety": {"signs": "nonsense"}})

    assert run_on(action_that(lambda _: Reply(answer=ANSWER)), broken).responses == [Response.SOMETHING_WENT_WRONG]


# --- what the process shares -----------------------------------------------------------------------------------------


def test_the_process_has_one_copy_of_the_knowledge() -> None:
    assert knowledge() is knowledge()
    assert answers() is answers()
