"""Short conversations of questions: what is asked next, and what an answer, a "why?" or a change of mind does.

A pure state machine over `knowledge/questionnaires.yml`. It neither reads words (that is `language/answer_reader.py`)
nor speaks them (that is the action of each questionnaire).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import root_validator

from backstride.checked_yaml import FrozenModel, check, read_yaml
from backstride.errors import KnowledgeError
from backstride.settings import ROOT

FILE_NAME = "questionnaires.yml"
# What an answer is kept under that no question asks for: the conditions that the person has named.
CONDITIONS = "conditions"
# A question that was twice answered by something nobody understands is left out.
_MAX_UNCLEAR = 2

# An answer: a number, an option's id, or several ids; None was skipped.
Value = int | float | str | tuple[str, ...] | None


class Scale(FrozenModel):
    """A number from `low` to `high`."""

    low: int
    high: int


class Option(FrozenModel):
    """One answer to choose.

    Args:
        id: its name in rules and in what is kept.
        title: what its button says.
        words: how it reads in the summary, after the question's label.
        value: the number that it stands for, where the answer is a number.
        says: phrases that mean it as an answer, in the syntax of `language/phrases.py`.
        told: phrases that mean it in any message, asked or not.
        flags: warning signs that it stands for; the safety rules look at them at once.
        alone: whether it holds only where no other option does ("none of these").
    """

    id: str
    title: str
    words: str
    value: int | None = None
    says: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    alone: bool = False


class Item(FrozenModel):
    """Something that is known of the person, asked for or not.

    Args:
        id: its name in rules and in what is kept.
        label: its name in the summary.
        entity: what fills it when it is mentioned anywhere.
        role: the role that the entity must have.
    """

    id: str
    label: str
    entity: str | None = None
    role: str | None = None


class Fact(Item):
    """Something worth knowing that is never asked for: a distance that was mentioned, an age.

    Args:
        number_after: the word whose number fills it: "week" for "week 3".
    """

    number_after: str | None = None


class Question(Item):
    """One question.

    Args:
        ask: what the person is asked.
        why: the answer to "why do you ask?".
        several: whether more than one option may hold.
        options: what can be answered.
        scale: the number that can be answered.
        frame: a sentence around a bare answer in which the entity is read: "back pain since {answer}".
        unit: what a number alone is counted in: "km".
        yes, no: the option that a plain yes or no stands for.
        unless: it is left out where another question or fact has one of these answers; "known" is any.
    """

    ask: str
    why: str
    several: bool = False
    options: tuple[Option, ...] = ()
    scale: Scale | None = None
    frame: str = "{answer}"
    unit: str | None = None
    yes: str | None = None
    no: str | None = None
    unless: Mapping[str, tuple[str, ...]] = {}

    @root_validator(skip_on_failure=True)
    def _can_be_answered(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805  # pydantic hands over the class
        ids = [option.id for option in values["options"]]
        if not ids and values["entity"] is None:
            raise ValueError("nothing answers it; give it options or an entity")
        if len(set(ids)) < len(ids):
            raise ValueError("two options have the same id; rename one")
        for word in ("yes", "no"):
            if values[word] is not None and values[word] not in ids:
                raise ValueError(f"{word!r} names {values[word]!r}, which is no option; write one of {ids}")
        return values

    def option(self, option_id: str) -> Option:
        """Return an option.

        Raises:
            KeyError: it has none of that id.
        """
        for option in self.options:
            if option.id == option_id:
                return option
        raise KeyError(option_id)


class Questionnaire(FrozenModel):
    """A short conversation of questions.

    Args:
        intents: messages understood so begin it.
        phrases: and messages that hold one of these.
        opening: what is said before the first question, if anything.
        questions: in the order in which they are asked.
        facts: what is picked up by the way.
        shows: what can be asked for once all is answered, and phrases that ask for it.
    """

    intents: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    opening: str | None = None
    questions: tuple[Question, ...]
    facts: tuple[Fact, ...] = ()
    shows: Mapping[str, tuple[str, ...]] = {}

    @property
    def items(self) -> tuple[Item, ...]:
        """All that it may know: facts and questions."""
        return (*self.facts, *self.questions)

    def question(self, question_id: str) -> Question:
        """Return a question.

        Raises:
            KeyError: there is none of that id.
        """
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)


class Commands(FrozenModel):
    """How people steer a led conversation, in the syntax of `language/phrases.py`."""

    skip: tuple[str, ...]
    back: tuple[str, ...]
    stop: tuple[str, ...]
    resume: tuple[str, ...]
    correct: tuple[str, ...]


class Texts(FrozenModel):
    """What is said around the questions."""

    why: str
    unclear: str
    left_out: str
    changed: str
    back_at_start: str
    again: str
    stopped: str
    resumed: str
    button_skip: str
    button_why: str
    button_back: str
    button_stop: str
    button_resume: str
    several_hint: str


class QuestionnaireFile(FrozenModel):
    """The whole of `questionnaires.yml`."""

    texts: Texts
    commands: Commands
    lists: Mapping[str, tuple[str, ...]] = {}
    questionnaires: Mapping[str, Questionnaire]


def load_questionnaires(folder: Path = ROOT / "knowledge") -> QuestionnaireFile:
    """Read `questionnaires.yml` of a folder.

    Raises:
        KnowledgeError: the file has mistakes.
    """
    path = folder / FILE_NAME
    found, problems = check(QuestionnaireFile, read_yaml(path), path=path)
    if found is None:
        raise KnowledgeError(problems)
    return found


def signs_of_choice(choice: str, file: QuestionnaireFile) -> tuple[tuple[str, str], ...]:
    """Return the warning signs that a tapped answer stands for, each with the words of its button.

    Args:
        choice: what the button says: "check_in:legs:both".
        file: all questionnaires.
    """
    name, _, rest = choice.partition(":")
    asked, _, tapped = rest.partition(":")
    questionnaire = file.questionnaires.get(name)
    questions = questionnaire.questions if questionnaire is not None else ()
    return tuple(
        (flag, option.title)
        for question in questions
        if question.id == asked
        for option in question.options
        if option.id == tapped
        for flag in option.flags
    )


class Command(str, Enum):
    """What a message asks the conversation to do."""

    NONE = ""
    WHY = "why"
    SKIP = "skip"
    BACK = "back"
    STOP = "stop"
    RESUME = "resume"


class Move(str, Enum):
    """What is said next."""

    ASK = "ask"  # the open question
    WHY = "why"  # why it is asked, and the question
    UNCLEAR = "unclear"  # that the answer was not understood, and the question
    LEFT_OUT = "left_out"  # that the question is left out, and the next one
    CHANGED = "changed"  # what was corrected, and the question
    AT_START = "at_start"  # there is nothing before the first question
    AGAIN = "again"  # the question, after something else was answered
    STOPPED = "stopped"
    RESUMED = "resumed"
    CONCLUDE = "conclude"  # the result
    SHOW = "show"  # more about the result
    SILENT = "silent"  # nothing yet: the message also asks something that is answered elsewhere


class Status(str, Enum):
    """Where a questionnaire stands."""

    OPEN = "open"
    STOPPED = "stopped"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a message says to a questionnaire.

    Args:
        reply: the answer to the open question, or None where the message holds none.
        told: answers and facts that the message mentions, asked or not.
        command: what it asks the conversation to do.
        corrects: whether it takes something back ("actually", "I meant").
        is_other: whether it is about something that the assistant answers elsewhere.
        leaves: whether the person says goodbye.
        shows: what more it asks to see of the result, or "".
        is_reply: whether it answers the question; one that was pushed aside is said again.
    """

    reply: Value = None
    told: Mapping[str, Value] = field(default_factory=dict)
    command: Command = Command.NONE
    corrects: bool = False
    is_other: bool = False
    leaves: bool = False
    shows: str = ""
    is_reply: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a questionnaire stands.

    Args:
        answers: question or fact to answer; None was skipped.
        asking: the open question, or "".
        asked: the questions asked so far, in order.
        unclear: answers in a row that were not understood.
        changed: what the last message corrected.
        move: what is said next.
        status: whether it is open.
        began: the day it began, as YYYY-MM-DD.
        shows: what more of the result is asked for.
    """

    answers: Mapping[str, Value] = field(default_factory=dict)
    asking: str = ""
    asked: tuple[str, ...] = ()
    unclear: int = 0
    changed: tuple[str, ...] = ()
    move: Move = Move.ASK
    status: Status = Status.OPEN
    began: str = ""
    shows: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the state as it is kept in the conversation."""
        return {
            "answers": {key: list(v) if isinstance(v, tuple) else v for key, v in self.answers.items()},
            "asking": self.asking,
            "asked": list(self.asked),
            "unclear": self.unclear,
            "changed": list(self.changed),
            "move": self.move.value,
            "status": self.status.value,
            "began": self.began,
            "shows": self.shows,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> State:
        """Return the state that was kept."""
        return cls(
            answers={key: tuple(v) if isinstance(v, list) else v for key, v in kept["answers"].items()},
            asking=kept["asking"],
            asked=tuple(kept["asked"]),
            unclear=kept["unclear"],
            changed=tuple(kept["changed"]),
            move=Move(kept["move"]),
            status=Status(kept["status"]),
            began=kept["began"],
            shows=kept["shows"],
        )


def begin(questionnaire: Questionnaire, told: Mapping[str, Value], *, today: str) -> State:
    """Return the state at the first question that is still open.

    Args:
        questionnaire: what is asked.
        told: what the person has said already.
        today: the day, as YYYY-MM-DD.
    """
    return _go_on(State(answers=dict(told), began=today), questionnaire, Move.ASK)


def decide(state: State, reading: Reading, questionnaire: Questionnaire) -> State | None:
    """Return the state after a message, or None where the message is about something else.

    Args:
        state: where the questionnaire stands.
        reading: what the message says to it.
        questionnaire: what is asked.
    """
    if state.status is not Status.OPEN:
        return _after_the_end(state, reading, questionnaire)
    if reading.leaves:
        return replace(state, status=Status.STOPPED, move=Move.SILENT, changed=())
    if reading.command is not Command.NONE:
        return _commanded(state, reading.command, questionnaire)
    changed = _changed(state, reading)
    if changed and (reading.corrects or (reading.reply is None and not reading.is_other)):
        return _corrected(state, reading, changed, questionnaire)
    news = {key: value for key, value in reading.told.items() if key not in state.answers}
    if reading.reply is not None:
        after = _answered(state, {**news, state.asking: reading.reply}, questionnaire)
        is_silent = reading.is_other and after.status is Status.OPEN
        return replace(after, move=Move.SILENT) if is_silent else after
    if reading.is_other:
        return None
    return _answered(state, news, questionnaire) if news else _not_understood(state, reading, questionnaire)


def _commanded(state: State, command: Command, questionnaire: Questionnaire) -> State:
    match command:
        case Command.STOP:
            return replace(state, status=Status.STOPPED, move=Move.STOPPED, changed=())
        case Command.WHY:
            return replace(state, move=Move.WHY, changed=())
        case Command.BACK:
            return _back(state)
        case Command.SKIP:
            return _answered(state, {state.asking: None}, questionnaire)
        case _:
            return again(state)


def _not_understood(state: State, reading: Reading, questionnaire: Questionnaire) -> State:
    if not reading.is_reply:
        return again(state)
    if state.unclear + 1 >= _MAX_UNCLEAR:
        skipped = replace(state, answers={**state.answers, state.asking: None}, unclear=0)
        return _go_on(skipped, questionnaire, Move.LEFT_OUT)
    return replace(state, unclear=state.unclear + 1, move=Move.UNCLEAR, changed=())


def again(state: State) -> State:
    """Return the state that says the open question once more."""
    return replace(state, move=Move.AGAIN, changed=())


def _after_the_end(state: State, reading: Reading, questionnaire: Questionnaire) -> State | None:
    """Return the state after a message to a questionnaire that has ended: taken up again, or corrected."""
    if state.status is Status.STOPPED and reading.command is Command.RESUME:
        return _go_on(replace(state, status=Status.OPEN, unclear=0), questionnaire, Move.RESUMED)
    if state.status is not Status.DONE:
        return None
    if reading.shows:
        return replace(state, move=Move.SHOW, shows=reading.shows, changed=())
    changed = _changed(state, reading)
    if reading.corrects and changed:
        return replace(state, answers={**state.answers, **changed}, changed=tuple(changed), move=Move.CONCLUDE)
    if reading.command is Command.RESUME:
        return replace(state, move=Move.CONCLUDE, changed=())
    return None


def _changed(state: State, reading: Reading) -> dict[str, Value]:
    return {
        key: value
        for key, value in reading.told.items()
        if key in state.answers and key != state.asking and state.answers[key] != value
    }


def _corrected(state: State, reading: Reading, changed: Mapping[str, Value], questionnaire: Questionnaire) -> State:
    answers = {**state.answers, **reading.told}
    after = replace(state, answers=answers, unclear=0, changed=tuple(changed))
    return _go_on(after, questionnaire, Move.CHANGED)


def _answered(state: State, answers: Mapping[str, Value], questionnaire: Questionnaire) -> State:
    after = replace(state, answers={**state.answers, **answers}, unclear=0, changed=())
    return _go_on(after, questionnaire, Move.ASK)


def _back(state: State) -> State:
    """Return the state at the question before the open one, which is then asked anew."""
    before = [question for question in state.asked if question != state.asking]
    if not before:
        return replace(state, move=Move.AT_START, changed=())
    last = before[-1]
    kept = {key: value for key, value in state.answers.items() if key != last}
    return replace(state, answers=kept, asking=last, asked=tuple(before), unclear=0, changed=(), move=Move.ASK)


def _go_on(state: State, questionnaire: Questionnaire, move: Move) -> State:
    """Return the state at the next question that is open, or at the end."""
    following = next(
        (q for q in questionnaire.questions if q.id not in state.answers and not _is_left_out(q, state.answers)), None
    )
    if following is None:
        return replace(state, asking="", status=Status.DONE, move=Move.CONCLUDE)
    asked = (*(question for question in state.asked if question != following.id), following.id)
    return replace(state, asking=following.id, asked=asked, move=move)


def _is_left_out(question: Question, answers: Mapping[str, Value]) -> bool:
    return any(
        other in answers and ("known" in values or bool(set(chosen_of(answers[other])) & set(values)))
        for other, values in question.unless.items()
    )


def chosen_of(value: Value) -> Sequence[str]:
    """Return the option ids of an answer."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()
