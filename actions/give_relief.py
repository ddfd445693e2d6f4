"""Says what eases the pain now."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, answers
from backstride.vocabulary import ActionName, entry_of_intent


class GiveRelief(AnswerAction):
    """Answers `relief_…`: one measure, or the list of them."""

    action_name = ActionName.GIVE_RELIEF

    def reply(self, turn: Turn) -> Reply:
        """Return the measure that was asked about or named; the overview for a general question."""
        named = answers().asked_by_name(turn.text)
        if named is not None:
            return Reply(answer=answers().open(named, left_out_for=turn.conditions))
        entry = entry_of_intent(turn.intent)
        if entry is None or not entry.startswith("relief."):
            return Reply(answer=answers().overview("relief", left_out_for=turn.conditions))
        entry = answers().named_beside(entry, turn.text) or entry
        return Reply(answer=answers().open(entry, left_out_for=turn.conditions))
