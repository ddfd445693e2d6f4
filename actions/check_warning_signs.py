"""Asks about a warning sign, and goes on with what was wanted once that is settled."""

from __future__ import annotations

from dataclasses import replace

from actions.base import AnswerAction, Reply, Turn, answers, red_flags, safety_messages
from backstride.safety import Move, gate
from backstride.vocabulary import ActionName, Led, Slot

# Led conversations that the checks came before.
_LED = {
    Led.CHECK_IN: ActionName.CHECK_IN,
    Led.RETURN_TO_RUN: ActionName.RETURN_TO_RUN,
    Led.HOW_FAR: ActionName.HOW_FAR,
    Led.STRETCH_SESSION: ActionName.STRETCH_SESSION,
}


class CheckWarningSigns(AnswerAction):
    """Answers where the safety policy has a question open."""

    action_name = ActionName.CHECK_WARNING_SIGNS

    def reply(self, turn: Turn) -> Reply:
        """Return the question, or the thanks for its answer together with what was wanted before it."""
        first, *more = safety_messages().messages(turn.safety)
        if turn.safety.move is Move.REMIND:
            # Beside an answer that counted as a miss, it counts on.
            return Reply(answer=first, slots={Slot.MISSES: turn.misses})
        if turn.safety.move not in {Move.RESUME, Move.RELIEVED, Move.LEFT} or turn.safety.asking:
            return Reply(answer=first, after=tuple(more))
        if turn.safety.wanted in _LED:
            settled = gate(turn.safety, turn.safety.wanted, red_flags()).move in {Move.PASS, Move.WITHHOLD}
            if not settled:
                # Another question comes first: one at a time, without the words that lead over to the result.
                return Reply(follow_up=_LED[turn.safety.wanted])
            return Reply(answer=first, follow_up=_LED[turn.safety.wanted])
        if turn.safety.wanted:
            slots = {Slot.WANTED: turn.safety.wanted}
            return Reply(answer=first, slots=slots, follow_up=ActionName.CHOOSE_ITEM)
        # An open question of a led conversation follows by itself.
        buttons = () if turn.guided.open else answers().menu_buttons()
        return Reply(answer=replace(first, buttons=buttons))
