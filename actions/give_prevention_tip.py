"""Says how to keep the pain from coming back."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, answers
from backstride.vocabulary import ActionName, entry_of_intent


class GivePreventionTip(AnswerAction):
    """Answers `prevent_…`: one tip, or the list of the five."""

    action_name = ActionName.GIVE_PREVENTION_TIP

    def reply(self, turn: Turn) -> Reply:
        """Return the tip that was asked about or named; the overview for any other intent."""
        named = answers().asked_by_name(turn.text)
        if named is not None:
            return Reply(answer=answers().open(named, left_out_for=turn.conditions))
        entry = entry_of_intent(turn.intent)
        if entry == "prevent.general":
            entry = answers().named_beside(entry, turn.text)
        if entry is None or not entry.startswith("prevent."):
            return Reply(answer=answers().overview("prevent", left_out_for=turn.conditions))
        return Reply(answer=answers().open(entry, left_out_for=turn.conditions))
