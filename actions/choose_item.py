"""Opens one entry of the list that was shown last."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, answers, knowledge
from backstride.vocabulary import ActionName, Intent


class ChooseItem(AnswerAction):
    """Answers `choose_item`: a tapped button, "the second one", a name; and a yes to a list: its first."""

    action_name = ActionName.CHOOSE_ITEM

    def reply(self, turn: Turn) -> Reply:
        """Return the chosen entry, or the list again where the choice is unclear."""
        named = turn.wanted or turn.entry
        if named in knowledge().entries:
            chosen: str | None = named
        elif turn.intent == Intent.AFFIRM and turn.listed:
            chosen = turn.listed[0]
        else:
            chosen = answers().choose(turn.text, turn.listed) or answers().mentioned_in(
                turn.text, tuple(knowledge().entries)
            )
        if chosen is not None:
            return Reply(answer=answers().open(chosen, left_out_for=turn.conditions))
        return Reply(answer=answers().list_again(turn.listed, turn.thread))
