"""Asks two questions and says by the traffic light what today's run may be."""

from __future__ import annotations

from actions.base import AnswerAction, Reply, Turn, led_question, led_result, plan_messages
from backstride.interview import State
from backstride.triage import State as SignState
from backstride.vocabulary import ActionName, Led

_LEG_SIGNS = frozenset({"leg_symptoms", "leg_weakness", "both_legs"})


class ReturnToRun(AnswerAction):
    """Answers "can I run today?"."""

    action_name = ActionName.RETURN_TO_RUN
    is_led = True

    def reply(self, turn: Turn) -> Reply:
        """Return the question that is due, or the colour and the step."""
        state = State.from_json(turn.guided.states[Led.RETURN_TO_RUN])
        asked = led_question(turn, Led.RETURN_TO_RUN, state)
        if asked is not None:
            return asked
        has_leg_sign = any(sign.flag in _LEG_SIGNS for sign in turn.safety.signs if sign.state is not SignState.ABSENT)
        answer = plan_messages().running_today(
            state, has_leg_sign=has_leg_sign, offers_plan=turn.guided.state(Led.CHECK_IN) is None
        )
        return led_result(turn, Led.RETURN_TO_RUN, state, answer)
