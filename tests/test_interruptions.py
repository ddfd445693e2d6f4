"""Every interruption at every question of the check-in, with the trained model and the real actions."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.utils.endpoints import EndpointConfig
from scenario_runner import Conversation, load_agent

from backstride.questionnaire import Question, load_questionnaires

CHECK_IN = load_questionnaires().questionnaires["check_in"]
# An answer in words to each question, in the order in which they are asked.
ANSWERS = {
    "pain": "3",
    "place": "lower back",
    "height": "near the belt",
    "since": "3 days ago",
    "trend": "getting better",
    "legs": "no, legs are fine",
    "run": "longer than usual",
    "setup": "none of these",
    "habits": "neither",
}
# Nine questions at most: of a side the height is asked, and the warm-up is not.
QUESTIONS = [question for question in CHECK_IN.questions if question.id != "height"]
QUESTIONS_OF_A_SIDE = [question for question in CHECK_IN.questions if question.id != "setup"]
OF_A_SIDE = ANSWERS | {"place": "left side"}
# What is said between, and what the reply must hold besides the question.
INTERRUPTIONS = {
    "why do you ask?": lambda question: question.why,
    "what do you mean?": lambda question: question.means,
    "is heat any good?": lambda question: "towel",
    "tell me a joke": lambda question: "behind my back",
    "are you a robot?": lambda question: "computer program",
    "purple monkey dishwasher": lambda question: "could not read an answer",
    "how many more questions?": lambda question: "more at most",
    "thanks": lambda question: "You're welcome.",
}


async def walk_to_the_plan(
    talk: Conversation, interruption: str, questions: list[Question], answers: dict[str, str]
) -> None:
    """Answer all questions, with an interruption before each answer."""
    reply = await talk.say("my back hurts")
    for question in questions:
        assert question.ask in reply.text, f"{question.id} is not asked: {reply.text}"
        reply = await talk.say(interruption)
        assert question.ask in reply.text, f"{question.id} is not asked again: {reply.text}"
        assert INTERRUPTIONS[interruption](question) in reply.text
        reply = await talk.say(answers[question.id])
    assert "quick checks" in reply.text
    reply = await talk.say("none of these")
    assert "longer than usual" in reply.text
    assert "Knee rolls" in reply.text


@pytest.mark.parametrize("interruption", INTERRUPTIONS)
def test_the_plan_comes_whatever_is_said_before_each_answer(interruption: str, agent: Any) -> None:
    asyncio.run(walk_to_the_plan(Conversation(agent), interruption, QUESTIONS, ANSWERS))


@pytest.mark.parametrize("interruption", ["why do you ask?", "is heat any good?", "purple monkey dishwasher"])
def test_the_plan_comes_for_a_side_too(interruption: str, agent: Any) -> None:
    asyncio.run(walk_to_the_plan(Conversation(agent), interruption, QUESTIONS_OF_A_SIDE, OF_A_SIDE))


@pytest.mark.parametrize("question", CHECK_IN.questions, ids=lambda question: question.id)
def test_stop_is_honoured_at_each_question_and_carry_on_takes_it_up(question: Question, agent: Any) -> None:
    async def talk_() -> None:
        talk = await asked(Conversation(agent), question)
        reply = await talk.say("stop")
        assert "I'll stop asking" in reply.text
        assert "?" not in reply.text
        reply = await talk.say("carry on")
        assert question.ask in reply.text

    asyncio.run(talk_())


@pytest.mark.parametrize("question", CHECK_IN.questions, ids=lambda question: question.id)
def test_a_goodbye_at_each_question_ends_without_one_and_carry_on_takes_it_up(question: Question, agent: Any) -> None:
    async def talk_() -> None:
        talk = await asked(Conversation(agent), question)
        reply = await talk.say("gotta go, bye")
        assert "Take care" in reply.text
        assert "?" not in reply.text
        await talk.say("hi again")
        reply = await talk.say("carry on where we were")
        assert question.ask in reply.text

    asyncio.run(talk_())


@pytest.mark.parametrize("word", ["skip", "I don't know", "rather not say"])
@pytest.mark.parametrize("question", CHECK_IN.questions, ids=lambda question: question.id)
def test_each_question_can_be_left_out(question: Question, word: str, agent: Any) -> None:
    async def talk_() -> None:
        talk = await asked(Conversation(agent), question)
        reply = await talk.say(word)
        assert question.ask not in reply.text
        assert "?" in reply.text

    asyncio.run(talk_())


@pytest.mark.parametrize("number", range(1, len(QUESTIONS)))
def test_back_leads_to_the_question_before(number: int, agent: Any) -> None:
    async def talk_() -> None:
        talk = await asked(Conversation(agent), QUESTIONS[number])
        reply = await talk.say("back")
        assert QUESTIONS[number - 1].ask in reply.text

    asyncio.run(talk_())


@pytest.mark.parametrize("number", range(1, len(QUESTIONS)))
def test_an_earlier_answer_is_corrected_at_each_question(number: int, agent: Any) -> None:
    async def talk_() -> None:
        talk = await asked(Conversation(agent), QUESTIONS[number])
        reply = await talk.say("sorry, the pain is more like 5/10")
        assert "Got it, pain at 5 now." in reply.text
        assert QUESTIONS[number].ask in reply.text

    asyncio.run(talk_())


@pytest.mark.filterwarnings(
    # Only the garbage collector closes what a server that was killed left open.
    "ignore:unclosed database:ResourceWarning"
)
def test_each_question_outlives_a_restart(tmp_path: Path) -> None:
    async def talk_() -> None:
        store = EndpointConfig(type="SQL", dialect="sqlite", db=str(tmp_path / "conversations.db"))
        talk = Conversation(await load_agent(store))
        reply = await talk.say("my back hurts")
        for question in QUESTIONS:
            assert question.ask in reply.text
            # A new agent has nothing but the store.
            if question.id in {"place", "run"}:
                talk.agent = await load_agent(store)
                for said, held in (
                    ("why do you ask?", question.why),
                    ("thx", "You're welcome."),
                    ("stop", "stop asking"),
                ):
                    assert held in (await talk.say(said)).text
                assert question.ask in (await talk.say("carry on")).text
            reply = await talk.say(ANSWERS[question.id])
        talk.agent = await load_agent(store)
        reply = await talk.say("none of these")
        assert "longer than usual" in reply.text

    asyncio.run(talk_())


async def asked(talk: Conversation, question: Question) -> Conversation:
    """Answer the questions before one, so that it is the open one."""
    is_of_a_side = question not in QUESTIONS
    reply = await talk.say("my back hurts")
    for before in QUESTIONS_OF_A_SIDE if is_of_a_side else QUESTIONS:
        if before.id == question.id:
            break
        reply = await talk.say((OF_A_SIDE if is_of_a_side else ANSWERS)[before.id])
    assert question.ask in reply.text
    return talk
