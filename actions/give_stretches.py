"""Shows stretches that ease the back."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, answers, knowledge
from backstride.vocabulary import ActionName, Slot


class GiveStretches(AnswerAction):
    """Answers `relief_stretching`: a few exercises to choose from, without those that the person should leave."""

    action_name = ActionName.GIVE_STRETCHES

    def reply(self, turn: Turn) -> Reply:
        """Return the exercises that suit what the person has told of themselves, or the one that is named."""
        named = answers().asked_by_name(turn.text)
        if named is not None:
            return Reply(answer=answers().open(named, left_out_for=turn.conditions))
        told = (condition.id for condition in knowledge().conditions_in(turn.text))
        conditions = tuple(dict.fromkeys((*turn.conditions, *told)))
        # What a person tells of themselves here counts for the next exercise too.
        slots = {Slot.CONDITIONS: list(conditions)} if conditions != turn.conditions else {}
        return Reply(answer=answers().stretches(left_out_for=conditions), slots=slots)
