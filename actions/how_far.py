"""Says how far the next run may go."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, led_question, led_result, plan_messages
from backstride.interview import State
from backstride.vocabulary import ActionName, Led


class HowFar(AnswerAction):
    """Answers "how far can I go?"."""

    action_name = ActionName.HOW_FAR
    is_led = True

    def reply(self, turn: Turn) -> Reply:
        """Return the question, or the limit."""
        state = State.from_json(turn.guided.states[Led.HOW_FAR])
        asked = led_question(turn, Led.HOW_FAR, state)
        return asked or led_result(turn, Led.HOW_FAR, state, plan_messages().how_far(state))
