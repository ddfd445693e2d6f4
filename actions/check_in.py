"""Asks the questions of the check-in and, once they are answered, gives the plan."""

from __future__ import annotations

from actions.base import (
    AnswerAction,
    Reply,
    Turn,
    led_question,
    plan_messages,
    red_flags,
    safety_messages,
)
from backstride.guided import put_down
from backstride.questionnaire import Move, State
from backstride.referral import titles
from backstride.safety import Move as SafetyMove
from backstride.safety import gate, settled
from backstride.triage import triage
from backstride.vocabulary import ActionName, Led, Slot

# Signs of which an open question is settled by "nothing in the legs": the check-in has asked in so many words.
_LEG_SIGNS = ("both_legs", "leg_weakness", "leg_symptoms")


class CheckIn(AnswerAction):
    """Says what the check-in calls for."""

    action_name = ActionName.CHECK_IN
    is_led = True

    def reply(self, turn: Turn) -> Reply:
        """Return the question that is due, the plan, or more about it."""
        state = State.from_json(turn.guided.states[Led.CHECK_IN])
        if state.move is Move.SHOW and state.shows == "summary":
            signs = triage(turn.safety.signs, red_flags()).flags
            return Reply(answer=plan_messages().summary(state, [titles((flag,), red_flags()) for flag in signs]))
        if state.move is Move.SHOW:
            return Reply(answer=plan_messages().reasons(state, turn.conditions))
        return led_question(turn, Led.CHECK_IN, state) or _plan(turn, state)


def _plan(turn: Turn, state: State) -> Reply:
    """Return the plan; before it the five checks, and without exercises where a sign keeps them back."""
    safety = turn.safety
    if state.answers.get("since") is not None:
        # How long it has lasted is answered, and the plan says by itself when that is too long.
        safety = settled(safety, "persistent", red_flags())
    if state.answers.get("legs") == "none":
        for sign in _LEG_SIGNS:
            safety = settled(safety, sign, red_flags())
    after = gate(safety, Led.CHECK_IN, red_flags())
    is_settled = after.move in {SafetyMove.PASS, SafetyMove.WITHHOLD}
    if is_settled or state.unchecked:
        withheld = after.move is SafetyMove.WITHHOLD
        plan = plan_messages().plan(state, turn.conditions, withheld=withheld, unchecked=not is_settled)
        guided = put_down(turn.guided, Led.CHECK_IN, state.delivered().as_json(), is_open=False)
        return Reply(answer=plan, slots={Slot.GUIDED: guided.as_json()})
    first, *more = safety_messages().messages(after)
    return Reply(answer=first, after=tuple(more), slots={Slot.SAFETY: after.as_json()})
