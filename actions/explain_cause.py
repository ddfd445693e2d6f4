"""Explains what commonly makes a back hurt after running."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, answers
from backstride.vocabulary import ActionName, entry_of_intent


class ExplainCause(AnswerAction):
    """Answers `cause_…`: one cause, or the list of the five."""

    action_name = ActionName.EXPLAIN_CAUSE

    def reply(self, turn: Turn) -> Reply:
        """Return the cause that was asked about or named; the overview for any other intent."""
        entry = entry_of_intent(turn.intent)
        if entry == "cause.general":
            entry = answers().named_beside(entry, turn.text)
        if entry is None or not entry.startswith("cause."):
            return Reply(answer=answers().overview("cause"))
        return Reply(answer=answers().entry(entry))
