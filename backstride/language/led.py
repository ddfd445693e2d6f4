"""The conversations that the assistant leads, with their readers put in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from backstride import interview, return_to_run
from backstride.guided import Guided, Heard, Kept, Machine, Mention
from backstride.interview import Move, Reading, State, Status
from backstride.knowledge import Knowledge, load_knowledge
from backstride.language.answer_reader import AnswerReader, shared_reader
from backstride.language.led_records import LedDiary, LedForgetting
from backstride.questionnaire import (
    CONDITIONS,
    WEEK,
    Questionnaire,
    QuestionnaireFile,
    Value,
    chosen_of,
    load_questionnaires,
    signs_of_choice,
)
from backstride.safety import Move as SafetyMove
from backstride.safety import SafetyState
from backstride.safety_words import load_safety_words
from backstride.session_words import load_session_words
from backstride.stretch_session import StretchSession
from backstride.triage import RedFlags, Sign, Urgency, triage
from backstride.triage import State as SignState
from backstride.vocabulary import ActionName, Entity, Intent, Led


class LedQuestionnaire:
    """A questionnaire as a led conversation."""

    def __init__(
        self, name: str, action: str, questions: Questionnaire, reader: AnswerReader, knowledge: Knowledge
    ) -> None:
        self.name = name
        self.action = action
        self._questions = questions
        self._reader = reader
        self._knowledge = knowledge

    def starts(self, heard: Heard, kept: Kept | None) -> bool:
        """Return whether a message begins it, or goes on with what was stopped or is done."""
        if heard.choice == f"{self.name}:start" or (not heard.choice and self._reader.starts(self.name, heard)):
            return True
        return kept is not None and self._after_the_end(State.from_json(kept), heard) is not None

    def start(self, heard: Heard, kept: Kept | None) -> Kept:
        """Return the state at the first open question, or where it was left."""
        before = State.from_json(kept) if kept is not None else None
        later = self._after_the_end(before, heard) if before is not None else None
        if later is not None:
            return later.as_json()
        if before is not None and before.status is Status.DONE and self._is_told_again(before, heard):
            return interview.offered_anew(before).as_json()
        told = self._reader.told_before(self.name, heard.earlier)
        told |= self._reader.signs_told(self.name, heard.flags_before)
        told |= self._reader.read(self.name, heard, "").told
        told |= self._conditions_after((), *(said.text for said in heard.earlier), heard.text)
        if before is not None and before.status is Status.STOPPED:
            told = {**before.answers, **told}
        if self.name == Led.RETURN_TO_RUN:
            # The score of the last round says nothing of today's; what this message tells does, and the step reached.
            now = self._reader.read(self.name, heard, "").told
            step = {WEEK: return_to_run.week_reached(before.answers if before else {})}
            told = step | {key: value for key, value in told.items() if key == WEEK or key in now}
        return interview.begin(self._questions, told, today=heard.today.isoformat()).as_json()

    def hear(self, kept: Kept, heard: Heard) -> Kept | None:
        """Return the state after a message, or None where it is about something else."""
        state = State.from_json(kept)
        after = interview.decide(state, self._read(state, heard, state.asking), self._questions)
        return after.as_json() if after is not None else None

    def again(self, kept: Kept) -> Kept:
        """Return the state that says the open question once more."""
        return interview.again(State.from_json(kept)).as_json()

    def is_open(self, kept: Kept) -> bool:
        """Return whether a question is open, or the result still to come."""
        return State.from_json(kept).waits

    def is_silent(self, kept: Kept) -> bool:
        """Return whether something else answers the message."""
        return State.from_json(kept).move is Move.SILENT

    def is_stopped(self, kept: Kept) -> bool:
        """Return whether the person has just asked it to stop."""
        return State.from_json(kept).move is Move.STOPPED

    def stopped(self, kept: Kept) -> Kept:
        """Return the state put down where it is."""
        return State.from_json(kept).put_off().as_json()

    def notes(self, before: Kept | None, after: Kept) -> bool:
        """Return whether the message told it something, or began it."""
        state, told = State.from_json(before) if before else None, State.from_json(after)
        return state is None or (told.waits and (not state.waits or told.answers != state.answers))

    def _read(self, state: State, heard: Heard, asking: str) -> Reading:
        """Return what a message says to the questions, and which conditions it names or takes back."""
        reading = self._reader.read(self.name, heard, asking, state.answers)
        before = state.answers.get(CONDITIONS)
        conditions = self._conditions_after(chosen_of(before), heard.text)
        if conditions.get(CONDITIONS, ()) == chosen_of(before):
            return reading
        # "My knee is fine now" is for the plan, however it was understood; beside a question that is answered first.
        return replace(reading, told={**reading.told, **conditions}, is_other=reading.is_other and heard.asks)

    def _conditions_after(self, named: Collection[str], *texts: str) -> dict[str, Value]:
        """Return the conditions that hold after some texts: exercises that are not for them are left out."""
        known = dict.fromkeys(named)
        for text in texts:
            for condition in self._knowledge.conditions_over_in(text):
                known.pop(condition.id, None)
            known |= dict.fromkeys(condition.id for condition in self._knowledge.conditions_in(text))
        return {CONDITIONS: tuple(known)} if known or named else {}

    def _is_told_again(self, before: State, heard: Heard) -> bool:
        """Return whether a complaint comes on the day of the result that it led to: no reason to ask all over again."""
        return heard.intent == Intent.REPORT_PAIN and not heard.choice and before.began == heard.today.isoformat()

    def _after_the_end(self, state: State, heard: Heard) -> State | None:
        if state.waits:
            return None
        # Of one that was stopped the question that was left open may be answered.
        asking = state.asking if state.status is Status.STOPPED else ""
        return interview.decide(state, self._read(state, heard, asking), self._questions)


@lru_cache(maxsize=1)
def _file() -> QuestionnaireFile:
    return load_questionnaires()


@lru_cache(maxsize=1)
def led_conversations() -> tuple[Machine, ...]:
    """Return the process's led conversations, in the order in which a message is offered to them."""
    file, reader, knowledge = _file(), shared_reader(), load_knowledge()
    actions = {
        Led.RETURN_TO_RUN: ActionName.RETURN_TO_RUN,
        Led.HOW_FAR: ActionName.HOW_FAR,
        Led.CHECK_IN: ActionName.CHECK_IN,
    }
    questionnaires = (
        LedQuestionnaire(name, action, file.questionnaires[name], reader, knowledge) for name, action in actions.items()
    )
    session = StretchSession(knowledge, load_session_words())
    return (LedDiary(), LedForgetting(load_safety_words()), *questionnaires, session)


def begins_one(text: str) -> bool:
    """Return whether a message asks in so many words for a conversation that the assistant leads, or what it found."""
    reader = shared_reader()
    return any(reader.is_named(name, text) or reader.asks_to_see(name, text) for name in _file().questionnaires)


def mentions_in(entities: Iterable[Mapping[str, Any]]) -> tuple[Mention, ...]:
    """Return what a message mentions, from the entities that were found in it."""
    return tuple(
        Mention(entity=entity["entity"], value=entity["value"], role=entity.get("role"))
        for entity in entities
        if entity["entity"] not in {Entity.CHOICE, Entity.ENTRY, Entity.CHECK}
    )


def begins_check_in(guided: Guided, text: str, intent: str, entities: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a message begins the check-in: a question that can wait for days then comes at its end."""
    heard = Heard(text=text, intent=intent, mentions=mentions_in(entities))
    return guided.state(Led.CHECK_IN) is None and shared_reader().starts(Led.CHECK_IN, heard)


def signs_typed(guided: Guided, text: str) -> tuple[Sign, ...]:
    """Return the warning signs that a few typed words answer the open question with, as its buttons do."""
    name, asking = _open_question(guided)
    choice = shared_reader().typed_choice(name, asking, text) if asking and text else ""
    return tuple(Sign(flag, SignState.PRESENT, text) for flag, _ in signs_of_choice(choice, _file()))


def answers_the_question(guided: Guided, text: str) -> bool:
    """Return whether all that a message says is an answer to the open question of a led conversation."""
    name, asking = _open_question(guided)
    return bool(asking and text and shared_reader().plainly_chosen(name, asking, text))


def signs_in_answer(guided: Guided, text: str, signs: Iterable[Sign]) -> tuple[Sign, ...]:
    """Return the signs of a message in the light of the open question, where all it says is an answer to that.

    The answer may only hint at a sign ("getting worse"), and one that is only guessed at is none where it rules it out
    ("legs feel normal").
    """
    name, asking = _open_question(guided)
    chosen = shared_reader().plainly_chosen(name, asking, text) if asking and text else ()
    hinted = {flag for option in chosen for flag in option.hints}
    ruled_out = {flag for option in chosen for flag in option.rules_out}
    return tuple(
        replace(s, state=SignState.ASK) if s.flag in hinted and s.state is SignState.PRESENT else s
        for s in signs
        if not (s.flag in ruled_out and s.state is SignState.ASK)
    )


def _open_question(guided: Guided) -> tuple[str, str]:
    """Return the led conversation that is open, and its open question; "" where there is none."""
    name = guided.open[-1] if guided.open else ""
    return name, State.from_json(guided.states[name]).asking if name in _file().questionnaires else ""


# After these nothing about warning signs is left to say.
_SETTLED = frozenset(
    {
        *(SafetyMove.RESUME, SafetyMove.RELIEVED, SafetyMove.NOT_SURE, SafetyMove.LEFT),
        *(SafetyMove.CLEARED_CHECKED, SafetyMove.CLEARED_MISTAKEN, SafetyMove.CLEARED_OTHER),
    }
)


def leaves_the_word(safety: SafetyState, rules: RedFlags, intent: str) -> bool:
    """Return whether a led conversation may go on in the turn in which the safety policy spoke.

    It may after a sign that can wait some days, or that is settled; and what is meant for the diary is written down,
    save beside an emergency.

    Args:
        safety: what was said about warning signs.
        rules: the red-flag file.
        intent: how the message was understood.
    """
    if safety.asking:
        return False
    if safety.move is SafetyMove.REFER:
        urgency = triage(safety.signs, rules).urgency
        return urgency < (Urgency.EMERGENCY_NOW if intent == Intent.LOG_DIARY else Urgency.SAME_DAY)
    return safety.move in _SETTLED
