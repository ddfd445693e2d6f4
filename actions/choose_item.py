"""Opens one entry of the list that was shown last."""

from __future__ import annotations

import re
from typing import Final

from actions.base import AnswerAction, Reply, Turn, answers, knowledge, question_messages
from backstride.vocabulary import ActionName, Intent, Led

_SCORE: Final = re.compile(r"\d|10")


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
        if not turn.listed and _SCORE.fullmatch(turn.text.strip()):
            # "5" behind a referral, or out of the blue, is a score rather than a choice; what it is for is asked.
            meant = answers().bare_number(turn.text.strip())
            return Reply(answer=question_messages().with_offer(Led.CHECK_IN, meant))
        return Reply(answer=answers().list_again(turn.listed, turn.thread))
