"""What the assistant says while it leads: questions, plans, stretch sessions, the diary and privacy."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from backstride.answers import Answer
from backstride.check_in import load_plan_rules
from backstride.diary import DiaryEntry
from backstride.diary_file import load_diary_file
from backstride.diary_talk import DiaryMessages
from backstride.interview import Move, State
from backstride.knowledge import load_knowledge
from backstride.plan_messages import PlanMessages, QuestionMessages
from backstride.privacy import PrivacyMessages
from backstride.questionnaire import Questionnaire, Value, load_questionnaires
from backstride.session_messages import SessionMessages
from backstride.session_words import load_session_words
from backstride.stretch_session import Asking, SessionState, StretchSession
from backstride.stretch_session import Move as SessionMove
from backstride.vocabulary import Led
from backstride.wording import load_wording

TODAY: Final = datetime.date(2026, 11, 23)
_ASKING = (Move.ASK, Move.WHY, Move.EXPLAIN, Move.WHICH, Move.UNCLEAR, Move.LEFT_OUT, Move.AGAIN, Move.RESUMED)
_SHOWING = (SessionMove.BEGIN, SessionMove.SHOW, SessionMove.REPEAT, SessionMove.EASIER, SessionMove.NO_EASIER)
_BETWEEN = (SessionMove.MILD, SessionMove.PAUSE, SessionMove.AGAIN, SessionMove.STOPPED, SessionMove.DONE)


def answers() -> Iterator[tuple[str, Answer]]:
    """Yield each of them by a name."""
    yield from _questions()
    yield from _plans()
    yield from _session()
    yield from _diary()


def _fullest(questionnaire: Questionnaire) -> dict[str, Value]:
    """Return answers with every option that may hold beside others: the longest that can be said back."""
    said: dict[str, Value] = {"last_run_km": 42.195, "longest_run_km": 10.0, "since": 100, "pain": 9}
    for question in questionnaire.questions:
        options = [option.id for option in question.options if not option.alone]
        if question.several:
            said[question.id] = tuple(options)
        elif options and question.scale is None and question.entity is None:
            said[question.id] = options[-1]
    return said


def _questions() -> Iterator[tuple[str, Answer]]:
    file = load_questionnaires()
    messages = QuestionMessages(file)
    for name, questionnaire in file.questionnaires.items():
        ids = tuple(question.id for question in questionnaire.questions)
        known = _fullest(questionnaire)
        for asking in ids:
            state = State(answers=known, asking=asking, asked=ids, began=TODAY.isoformat())
            for move in _ASKING:
                for said in messages.messages(name, replace(state, move=move)):
                    yield f"question {name} {asking} {move.value}", said
            first = replace(state, asked=(asking,), move=Move.ASK)
            for said in messages.messages(name, first):
                yield f"first question {name} {asking}", said
        for move in (Move.STOPPED, Move.OFFER):
            for said in messages.messages(name, State(move=move, began=TODAY.isoformat())):
                yield f"{name} {move.value}", said


def _plans() -> Iterator[tuple[str, Answer]]:
    file = load_questionnaires()
    messages = PlanMessages(load_plan_rules(), file, load_knowledge(), load_wording())
    for name, known in (("fullest", _fullest(file.questionnaires[Led.CHECK_IN])), ("empty", {})):
        state = State(answers=known, began=TODAY.isoformat())
        yield f"plan {name}", messages.plan(state)
        yield f"plan withheld {name}", messages.plan(state, withheld="Get medical advice today: call your doctor.")
        yield f"plan unchecked {name}", messages.plan(state, unchecked=True)
        yield f"reasons {name}", messages.reasons(state)
        yield f"summary {name}", messages.summary(state, ("Numbness between the legs",) * 12)
        yield f"running today {name}", messages.running_today(state, offers_plan=True)
        yield f"how far {name}", messages.how_far(state)


def _session() -> Iterator[tuple[str, Answer]]:
    knowledge = load_knowledge()
    session = StretchSession(knowledge, load_session_words())
    messages = SessionMessages(knowledge, session, load_wording())
    exercises = tuple(entry for entry in knowledge.entries if entry.startswith("exercise."))
    for place, exercise in enumerate(exercises):
        state = SessionState(exercises=exercises, place=place)
        for part in range(len(session.parts(state))):
            for move in _SHOWING:
                shown = replace(state, part=part, move=move, easier=move is SessionMove.EASIER)
                yield f"session {exercise} {part} {move.value}", messages.message(shown)
        for move in _BETWEEN:
            yield f"session {exercise} {move.value}", messages.message(replace(state, move=move))
        for move in (SessionMove.HURTS, SessionMove.WHY):
            hurting = replace(state, move=move, asking=Asking.WHERE)
            yield f"session {exercise} {move.value}", messages.message(hurting)


def _diary() -> Iterator[tuple[str, Answer]]:
    file = load_diary_file()
    diary, privacy = DiaryMessages(file.say), PrivacyMessages(file.say, file.slots)
    entries = [
        DiaryEntry(day=TODAY - datetime.timedelta(days=ago), before=7.5, after=8.5, distance_km=42.2, run_minutes=255)
        for ago in range(200)
    ]
    yield "diary", diary.overview(entries, TODAY)
    yield "no diary", diary.overview([], TODAY)
    yield "diary question", diary.question()
    for channel in ("telegram", "slack", "messenger", "sms", "whatsapp"):
        yield f"diary as a table on {channel}", diary.table(entries, channel)
        yield f"privacy on {channel}", privacy.privacy(channel, 30)
        yield f"data on {channel}", privacy.file(channel, f"{channel}:+447700900123")
    yield "forget me", privacy.ask_to_forget()
