"""The conversations that the assistant leads, with their readers put in."""

from __future__ import annotations

from functools import lru_cache

from backstride import questionnaire, return_to_run
from backstride.guided import Heard, Kept, Machine
from backstride.language.answer_reader import AnswerReader, load_answer_reader
from backstride.questionnaire import Move, Questionnaire, State, Status, load_questionnaires
from backstride.vocabulary import ActionName, Led


class LedQuestionnaire:
    """A questionnaire as a led conversation."""

    def __init__(self, name: str, action: str, questions: Questionnaire, reader: AnswerReader) -> None:
        self.name = name
        self.action = action
        self._questions = questions
        self._reader = reader

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
        told = self._reader.told_before(self.name, heard.earlier)
        told |= self._reader.read(self.name, heard, "").told
        if before is not None and before.status is Status.STOPPED:
            told = {**before.answers, **told}
        if self.name == Led.RETURN_TO_RUN:
            # The score of the last round says nothing of today's; the step reached does.
            told = {"week": return_to_run.week_reached(before.answers if before else {})} | {
                key: value for key, value in told.items() if key == "week"
            }
        return questionnaire.begin(self._questions, told, today=heard.today.isoformat()).as_json()

    def hear(self, kept: Kept, heard: Heard) -> Kept | None:
        """Return the state after a message, or None where it is about something else."""
        state = State.from_json(kept)
        after = questionnaire.decide(state, self._reader.read(self.name, heard, state.asking), self._questions)
        return after.as_json() if after is not None else None

    def again(self, kept: Kept) -> Kept:
        """Return the state that says the open question once more."""
        return questionnaire.again(State.from_json(kept)).as_json()

    def is_open(self, kept: Kept) -> bool:
        """Return whether a question is open."""
        return State.from_json(kept).status is Status.OPEN

    def is_silent(self, kept: Kept) -> bool:
        """Return whether something else answers the message."""
        return State.from_json(kept).move is Move.SILENT

    def _after_the_end(self, state: State, heard: Heard) -> State | None:
        if state.status is Status.OPEN:
            return None
        return questionnaire.decide(state, self._reader.read(self.name, heard, ""), self._questions)


@lru_cache(maxsize=1)
def led_conversations() -> tuple[Machine, ...]:
    """Return the process's led conversations, in the order in which a message is offered to them."""
    file, reader = load_questionnaires(), load_answer_reader()
    actions = {
        Led.RETURN_TO_RUN: ActionName.RETURN_TO_RUN,
        Led.HOW_FAR: ActionName.HOW_FAR,
        Led.CHECK_IN: ActionName.CHECK_IN,
    }
    return tuple(LedQuestionnaire(name, action, file.questionnaires[name], reader) for name, action in actions.items())
