"""Short conversations of questions: what is asked next, and what an answer, a "why?" or a change of mind does.

A pure state machine over a questionnaire. It neither reads words (that is `language/answer_reader.py`) nor speaks them
(that is the action of each questionnaire).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from backstride.questionnaire import CONDITIONS, UNIT, WEEK, Question, Questionnaire, Value, chosen_of

# What changes a result without an "actually": "my knee is fine now", "and in miles?", "I'm in week 3".
_AT_ONCE = frozenset({CONDITIONS, UNIT, WEEK})
# What can be asked for before all is answered.
SUMMARY = "summary"
# A question that was twice answered by something nobody understands is left out.
_MAX_UNCLEAR = 2


class Command(str, Enum):
    """What a message asks the conversation to do."""

    NONE = ""
    WHY = "why"
    SKIP = "skip"
    BACK = "back"
    STOP = "stop"
    RESUME = "resume"
    FINISH = "finish"  # no more questions, the result
    EXPLAIN = "explain"  # what does the question mean?
    HOW_MANY = "how_many"  # how many more questions?


class Move(str, Enum):
    """What is said next."""

    ASK = "ask"  # the open question
    WHY = "why"  # why it is asked, and the question
    EXPLAIN = "explain"  # what the question means, and the question
    HOW_MANY = "how_many"  # how many questions may come, and the question
    WHICH = "which"  # which of the answers a plain yes means
    NOTED = "noted"  # what was told instead of an answer, and the question
    KNOWN = "known"  # what was told once more, and the question
    THANKED = "thanked"  # a word for somebody who gives thanks, and the question
    UNCLEAR = "unclear"  # that the answer was not understood, and the question
    LEFT_OUT = "left_out"  # that the question is left out, and the next one
    CHANGED = "changed"  # what was corrected, and the question
    AT_START = "at_start"  # there is nothing before the first question
    AGAIN = "again"  # the question, after something else was answered
    STOPPED = "stopped"
    RESUMED = "resumed"
    CONCLUDE = "conclude"  # the result
    OFFER = "offer"  # the result is there already: show it again, or begin anew
    SHOW = "show"  # more about the result
    SILENT = "silent"  # nothing yet: the message also asks something that is answered elsewhere


class Status(str, Enum):
    """Where a questionnaire stands."""

    OPEN = "open"
    DUE = "due"  # all is answered; the result waits for what must come before it
    STOPPED = "stopped"
    DONE = "done"


class Opening(str, Enum):
    """Whether the first words of a questionnaire are still to be said."""

    OVER = ""
    NOW = "now"
    LATER = "later"  # it began while something more urgent was answered, and has said nothing so far


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a message says to a questionnaire.

    Args:
        reply: the answer to the open question, or None where the message holds none.
        told: answers and facts that the message mentions, asked or not.
        denied: what it says it is not, by question, where several answers hold together.
        command: what it asks the conversation to do.
        corrects: whether it takes something back ("actually", "I meant").
        is_other: whether it is about something that the assistant answers elsewhere.
        leaves: whether the person says goodbye.
        shows: what more it asks to see of the result, or "".
        is_reply: whether it answers the question; one that was pushed aside is said again.
        affirms: whether it is a yes that answers nothing: which of the answers is meant is asked then.
        thanks: whether it gives thanks and answers nothing.
        repeats: whether it says that the answer was given before.
        resumes: whether it begins with going on where the questions were left, whatever else it says.
    """

    reply: Value = None
    told: Mapping[str, Value] = field(default_factory=dict)
    denied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    command: Command = Command.NONE
    corrects: bool = False
    is_other: bool = False
    leaves: bool = False
    shows: str = ""
    is_reply: bool = True
    affirms: bool = False
    thanks: bool = False
    repeats: bool = False
    resumes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a questionnaire stands.

    Args:
        answers: question or fact to answer; None was skipped.
        asking: the open question, or "".
        asked: the questions asked so far, in order.
        unclear: answers in a row that were not understood.
        changed: what the last message corrected.
        noted: what it told beside or instead of an answer.
        move: what is said next.
        status: whether it is open.
        began: the day it began, as YYYY-MM-DD.
        shows: what more of the result is asked for.
        opening: whether it is about to begin, and so says its opening.
        unchecked: whether the person wants the result without what must come before it, as far as there is one.
    """

    answers: Mapping[str, Value] = field(default_factory=dict)
    asking: str = ""
    asked: tuple[str, ...] = ()
    unclear: int = 0
    changed: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    move: Move = Move.ASK
    status: Status = Status.OPEN
    began: str = ""
    shows: str = ""
    unchecked: bool = False
    opening: Opening = Opening.OVER

    @property
    def waits(self) -> bool:
        """Whether a question, or the result, is still to come."""
        return self.status in {Status.OPEN, Status.DUE}

    def delivered(self) -> State:
        """Return the state once the result was given."""
        return replace(self, status=Status.DONE, unclear=0)

    def announced(self) -> State:
        """Return the state once what comes before the result was said."""
        return replace(self, opening=Opening.OVER, changed=(), noted=())

    def put_off(self) -> State:
        """Return the state put down where it is."""
        return replace(self, status=Status.STOPPED, move=Move.STOPPED, changed=(), noted=())

    def as_json(self) -> dict[str, Any]:
        """Return the state as it is kept in the conversation."""
        return {
            "answers": {key: list(v) if isinstance(v, tuple) else v for key, v in self.answers.items()},
            "asking": self.asking,
            "asked": list(self.asked),
            "unclear": self.unclear,
            "changed": list(self.changed),
            "noted": list(self.noted),
            "move": self.move.value,
            "status": self.status.value,
            "began": self.began,
            "shows": self.shows,
            "unchecked": self.unchecked,
            "opening": self.opening.value,
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
            # A conversation of before these were kept.
            noted=tuple(kept.get("noted", ())),
            move=Move(kept["move"]),
            status=Status(kept["status"]),
            began=kept["began"],
            shows=kept["shows"],
            unchecked=kept.get("unchecked", False),
            opening=Opening(kept.get("opening", "")),
        )


def begin(questionnaire: Questionnaire, told: Mapping[str, Value], *, today: str) -> State:
    """Return the state at the first question that is still open.

    Args:
        questionnaire: what is asked.
        told: what the person has said already.
        today: the day, as YYYY-MM-DD.
    """
    return _go_on(State(answers=dict(told), began=today, opening=Opening.NOW), questionnaire, Move.ASK)


def decide(state: State, reading: Reading, questionnaire: Questionnaire) -> State | None:
    """Return the state after a message, or None where the message is about something else.

    Args:
        state: where the questionnaire stands.
        reading: what the message says to it.
        questionnaire: what is asked.
    """
    after = _decided(state, reading, questionnaire)
    return _without_the_uncalled(after, questionnaire) if after is not None else None


def _decided(state: State, reading: Reading, questionnaire: Questionnaire) -> State | None:
    reading = _beside_what_is_known(state, reading, questionnaire)
    if not state.waits:
        return _after_the_end(state, reading, questionnaire)
    state = _without_traces(state)
    if reading.leaves:
        return replace(state.put_off(), move=Move.SILENT)
    if reading.command is not Command.NONE:
        return _commanded(state, reading.command, questionnaire)
    if reading.shows == SUMMARY:
        # The answers so far can be taken along at any time.
        return replace(state, move=Move.SHOW, shows=SUMMARY)
    if state.status is Status.DUE:
        return _while_due(state, reading)
    changed, news = _changed(state, reading), _news(state, reading)
    if changed and (reading.corrects or (reading.reply is None and not reading.is_other)):
        return _told(state, {**reading.told, **_reply_of(state, reading)}, questionnaire, changed=tuple(changed))
    if reading.reply is not None:
        after = _answered(state, {**news, state.asking: reading.reply}, questionnaire)
        return replace(after, move=Move.SILENT) if reading.is_other and after.asking else after
    if news:
        after = _told(state, news, questionnaire)
        return replace(after, move=Move.SILENT) if reading.is_other and after.asking else after
    return None if reading.is_other else _not_understood(state, reading, questionnaire)


def _beside_what_is_known(state: State, reading: Reading, questionnaire: Questionnaire) -> Reading:
    """Return the reading with each answer that is told beside the one given before, where both hold."""
    told = {
        question.id: _without_the_denied(
            question.together(state.answers.get(question.id), reading.told[question.id], corrects=reading.corrects),
            reading.denied.get(question.id, ()),
        )
        for question in questionnaire.questions
        if question.id in reading.told
    }
    return replace(reading, told={**reading.told, **told}) if told else reading


def _without_the_denied(value: Value, denied: Collection[str]) -> Value:
    """Return an answer without what the message says it is not; one that is nothing else stays as it is."""
    kept = tuple(option for option in chosen_of(value) if option not in denied)
    return kept if isinstance(value, tuple) and kept else value


def _without_the_uncalled(state: State, questionnaire: Questionnaire) -> State:
    """Return the state without answers that no other calls for any more: how high, once it is no side after all."""
    stale = {q.id for q in questionnaire.questions if not q.is_called(state.answers)}
    if stale.isdisjoint(state.answers):
        return state
    return replace(state, answers={key: value for key, value in state.answers.items() if key not in stale})


def _without_traces(state: State) -> State:
    """Return the state without what was said about the last message; what was never opened opens now."""
    opening = Opening.NOW if state.opening is Opening.LATER else Opening.OVER
    return replace(state, changed=(), noted=(), opening=opening)


def _commanded(state: State, command: Command, questionnaire: Questionnaire) -> State:  # one a command
    match command:
        case Command.STOP:
            return state.put_off()
        case Command.BACK:
            return _back(state)
        case Command.FINISH:
            rest = {q.id: None for q in questionnaire.questions if q.id not in state.answers}
            is_pressed = state.status is Status.DUE
            return _go_on(
                replace(state, answers={**state.answers, **rest}, unchecked=is_pressed), questionnaire, Move.ASK
            )
        case Command.SKIP if state.status is Status.DUE:
            return replace(state, unchecked=True, move=Move.CONCLUDE)
        case Command.SKIP:
            return _answered(state, {state.asking: None}, questionnaire)
        case Command.WHY if state.asking:
            return replace(state, move=Move.WHY)
        case Command.EXPLAIN if state.asking:
            return replace(state, move=Move.EXPLAIN)
        case Command.HOW_MANY if state.asking:
            return replace(state, move=Move.HOW_MANY)
        case _:
            return again(state)


def _while_due(state: State, reading: Reading) -> State | None:
    """Return the state after a message that came while the result waits: a late answer still counts."""
    changed, news = _changed(state, reading), _news(state, reading)
    if changed or news:
        answers = {**state.answers, **reading.told}
        return replace(state, answers=answers, changed=tuple(changed), noted=tuple(news), move=Move.CONCLUDE)
    return None if reading.is_other else again(state)


def _not_understood(state: State, reading: Reading, questionnaire: Questionnaire) -> State:
    # What is known already is no answer, and no reason to be sorry.
    said = state.answers if reading.repeats else reading.told
    known = tuple(key for key in said if key != state.asking)
    if known:
        return replace(state, noted=known, move=Move.KNOWN)
    if reading.thanks:
        return replace(state, move=Move.THANKED)
    if not reading.is_reply:
        return again(state)
    if reading.affirms and state.unclear == 0 and questionnaire.question(state.asking).options:
        return replace(state, unclear=1, move=Move.WHICH)
    if state.unclear + 1 >= _MAX_UNCLEAR:
        skipped = replace(state, answers={**state.answers, state.asking: None}, unclear=0)
        return _go_on(skipped, questionnaire, Move.LEFT_OUT)
    return replace(state, unclear=state.unclear + 1, move=Move.UNCLEAR)


def again(state: State) -> State:
    """Return the state that says the open question once more, or what must come before the result.

    What has not begun to speak says its opening instead.

    What must come before is not said for ever: after the second time the result comes as far as it can without.
    """
    is_new = state.opening is Opening.LATER
    state = _without_traces(state)
    if is_new:
        return state
    if state.status is Status.DUE:
        unclear = state.unclear + 1
        return replace(state, move=Move.CONCLUDE, unclear=unclear, unchecked=unclear >= _MAX_UNCLEAR)
    return replace(state, move=Move.AGAIN)


def offered_anew(state: State) -> State:
    """Return the state that offers the result once more, or to begin anew."""
    return replace(state, move=Move.OFFER, changed=(), noted=())


def _after_the_end(state: State, reading: Reading, questionnaire: Questionnaire) -> State | None:
    """Return the state after a message to a questionnaire that has ended: taken up again, or corrected."""
    state = replace(state, changed=(), noted=())
    if state.status is Status.STOPPED:
        opened = replace(state, status=Status.OPEN, unclear=0, unchecked=False)
        if reading.command is Command.FINISH:
            return _commanded(opened, Command.FINISH, questionnaire)
        if reading.command is Command.RESUME or reading.resumes:
            # "Back to the questions. Worse in the mornings": what stands behind it answers the one that was left open.
            answers = {**state.answers, **reading.told, **_reply_of(state, reading)}
            return _go_on(replace(opened, answers=answers), questionnaire, Move.RESUMED)
        return None
    if reading.shows:
        return replace(state, move=Move.SHOW, shows=reading.shows)
    changed = _changed(state, reading)
    is_said_to_it = reading.is_reply and not reading.is_other
    if changed and (reading.corrects or (is_said_to_it and not _AT_ONCE.isdisjoint(changed))):
        return replace(state, answers={**state.answers, **changed}, changed=tuple(changed), move=Move.CONCLUDE)
    late = {*_AT_ONCE, *(question.id for question in questionnaire.questions)} & set(_news(state, reading))
    if late and is_said_to_it:
        return replace(state, answers={**state.answers, **reading.told}, noted=tuple(late), move=Move.CONCLUDE)
    if reading.command in {Command.RESUME, Command.FINISH}:
        # Where it was given without what must come before, that comes now.
        status = Status.DUE if state.unchecked else Status.DONE
        return replace(state, status=status, unchecked=False, move=Move.CONCLUDE)
    return None


def _changed(state: State, reading: Reading) -> dict[str, Value]:
    """Return what a message tells that is not as it was answered before."""
    return {
        key: value
        for key, value in reading.told.items()
        if key != state.asking and _differs(state.answers.get(key), value) and not _grows(state.answers.get(key), value)
    }


def _news(state: State, reading: Reading) -> dict[str, Value]:
    """Return what a message tells that was not known, asked or not: a skipped question is answered late."""
    return {
        key: value
        for key, value in reading.told.items()
        if state.answers.get(key) is None or _grows(state.answers[key], value)
    }


def _differs(before: Value, now: Value) -> bool:
    is_chosen = isinstance(before, str | tuple) and isinstance(now, str | tuple)
    # A conversation of before several could be chosen holds one without the brackets.
    return set(chosen_of(before)) != set(chosen_of(now)) if is_chosen else before is not None and before != now


def _grows(before: Value, now: Value) -> bool:
    """Return whether an answer holds all that was said before, and more."""
    return isinstance(now, tuple) and before is not None and set(chosen_of(before)) < set(now)


def _reply_of(state: State, reading: Reading) -> dict[str, Value]:
    return {state.asking: reading.reply} if reading.reply is not None else {}


def _told(
    state: State, told: Mapping[str, Value], questionnaire: Questionnaire, *, changed: tuple[str, ...] = ()
) -> State:
    """Return the state after a message that told something else than what is asked."""
    noted = tuple(key for key in told if key not in changed and key != state.asking)
    after = replace(state, answers={**state.answers, **told}, changed=changed, noted=noted)
    after = _go_on(after, questionnaire, Move.CHANGED if changed else Move.NOTED if noted else Move.ASK)
    # A question is not asked for ever while other things are told.
    return after if after.asking == state.asking else replace(after, unclear=0)


def _answered(state: State, answers: Mapping[str, Value], questionnaire: Questionnaire) -> State:
    after = replace(state, answers={**state.answers, **answers}, unclear=0)
    return _go_on(after, questionnaire, Move.ASK)


def _back(state: State) -> State:
    """Return the state at the question before the open one, which is then asked anew."""
    before = [question for question in state.asked if question != state.asking]
    if not before:
        return replace(state, move=Move.AT_START)
    last = before[-1]
    kept = {key: value for key, value in state.answers.items() if key != last}
    return replace(state, answers=kept, asking=last, asked=tuple(before), unclear=0, move=Move.ASK, status=Status.OPEN)


def _go_on(state: State, questionnaire: Questionnaire, move: Move) -> State:
    """Return the state at the next question that is open, or where the result is due."""
    following = next((q for q in questionnaire.questions if _is_open(q, state, questionnaire)), None)
    if following is None:
        return replace(state, asking="", status=Status.DUE, move=Move.CONCLUDE)
    asked = (*(question for question in state.asked if question != following.id), following.id)
    return replace(state, asking=following.id, asked=asked, move=move)


def questions_left(state: State, questionnaire: Questionnaire) -> int:
    """Return how many questions may still be asked, the open one included."""
    return sum(q.id == state.asking or _is_open(q, state, questionnaire) for q in questionnaire.questions)


def _is_open(question: Question, state: State, questionnaire: Questionnaire) -> bool:
    """Return whether a question is still to be asked."""
    is_known = question.id in state.answers or question.id in questionnaire.shown(state.answers)
    return not is_known and not question.is_left_out(state.answers)
