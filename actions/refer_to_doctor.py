"""Refers to emergency help or a doctor: for the warning signs that were said, or as general signposts."""

from __future__ import annotations

from dataclasses import replace

from actions.base import AnswerAction, Reply, Turn, answers, safety_messages
from backstride.safety import Move
from backstride.vocabulary import ActionName

_SIGNPOSTS = "relief.see_doctor"
# After these nothing stands between the person and what they want to know.
_CLEARED = frozenset({Move.CLEARED_CHECKED, Move.CLEARED_MISTAKEN, Move.CLEARED_OTHER})


class ReferToDoctor(AnswerAction):
    """Answers a message with warning signs, and `relief_see_doctor`."""

    action_name = ActionName.REFER_TO_DOCTOR

    def reply(self, turn: Turn) -> Reply:
        """Return the card of the signs that were said; without any the signposts for everyone, or what they name."""
        if turn.safety.move is Move.PASS:
            named = answers().named_beside(_SIGNPOSTS, turn.text)
            return Reply(answer=answers().open(named or _SIGNPOSTS, left_out_for=turn.conditions))
        first, *more = safety_messages().messages(turn.safety)
        if turn.safety.move in _CLEARED and not turn.guided.open:
            first = replace(first, buttons=answers().menu_buttons())
        return Reply(answer=first, after=tuple(more))
