"""Says how far the next run may go."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, held_back, plan_messages, question_messages
from backstride.questionnaire import State
from backstride.vocabulary import ActionName, Led


class HowFar(AnswerAction):
    """Answers "how far can I go?"."""

    action_name = ActionName.HOW_FAR
    is_led = True

    def reply(self, turn: Turn) -> Reply:
        """Return the question, or the limit."""
        state = State.from_json(turn.guided.states[Led.HOW_FAR])
        if state.asking:
            first, *more = question_messages().messages(Led.HOW_FAR, state)
            return Reply(answer=first, after=tuple(more))
        return held_back(turn, Led.HOW_FAR) or Reply(answer=plan_messages().how_far(state))
