"""Asks the questions of the check-in and, once they are answered, gives the plan."""

from __future__ import annotations

from dataclasses import replace

from actions.base import (
    AnswerAction,
    Reply,
    Turn,
    led_question,
    plan_messages,
    question_messages,
    red_flags,
    safety_messages,
)
from backstride.answers import Answer
from backstride.guided import put_down
from backstride.interview import SUMMARY, Move, State, Status, again
from backstride.referral import titles
from backstride.safety import Move as SafetyMove
from backstride.safety import SafetyState, ask_anew, gate, settled
from backstride.triage import triage
from backstride.vocabulary import ActionName, Led, Slot

# Asked after a high score, as in the diary.
_SEVERE = "severe_or_worsening"


class CheckIn(AnswerAction):
    """Says what the check-in calls for."""

    action_name = ActionName.CHECK_IN
    is_led = True

    def reply(self, turn: Turn) -> Reply:
        """Return the question that is due, the plan, or more about it."""
        kept = turn.guided.state(Led.CHECK_IN)
        if kept is None:
            # It is for adults: what was said about a child stays.
            first, *more = safety_messages().messages(replace(turn.safety, move=SafetyMove.REPEAT))
            return Reply(answer=first, after=tuple(more))
        state = State.from_json(kept)
        if state.move is Move.SHOW and state.shows == SUMMARY:
            return _summary(turn, state)
        if state.move is Move.SHOW:
            return Reply(answer=plan_messages().reasons(state, turn.conditions))
        return led_question(turn, Led.CHECK_IN, state) or _plan(turn, state)


def _summary(turn: Turn, state: State) -> Reply:
    """Return the answers for a clinician; on the way, the open question behind them."""
    signs = triage(turn.safety.signs, red_flags()).flags
    summary = plan_messages().summary(state, [titles((flag,), red_flags()) for flag in signs])
    if state.status is Status.DUE:
        return _with_the_checks(turn, state, replace(summary, buttons=()))
    if not state.asking:
        return Reply(answer=summary)
    following = question_messages().messages(Led.CHECK_IN, again(state))
    return Reply(answer=replace(summary, buttons=()), after=following)


def _with_the_checks(turn: Turn, state: State, summary: Answer) -> Reply:
    """Return the summary, and behind it what is still asked before the plan."""
    asked = gate(_settled(turn.safety, state), Led.CHECK_IN, red_flags())
    if asked.move in {SafetyMove.PASS, SafetyMove.WITHHOLD}:
        return Reply(answer=summary)
    # Once they are answered it is the plan that follows, and not the summary again.
    due = replace(state, move=Move.CONCLUDE, shows="")
    guided = put_down(turn.guided, Led.CHECK_IN, due.as_json(), is_open=True)
    slots = {Slot.SAFETY: asked.as_json(), Slot.GUIDED: guided.as_json()}
    return Reply(answer=summary, after=safety_messages().messages(asked), slots=slots)


def _plan(turn: Turn, state: State) -> Reply:
    """Return the plan; before it the five checks, and without exercises where a sign keeps them back."""
    safety = _settled(turn.safety, state)
    if plan_messages().exercises_wait(state) and not any(sign.flag == _SEVERE for sign in safety.signs):
        evidence = question_messages().recap(Led.CHECK_IN, state, ("pain", "trend"))
        asked = ask_anew(safety, _SEVERE, evidence, red_flags())
        if asked is not None:
            return _asked_first(turn, state, replace(asked, wanted=Led.CHECK_IN))
    for flag in plan_messages().signs_to_ask(state):
        if not any(sign.flag == flag for sign in safety.signs):
            # "Upper back" may be the sign, or not quite.
            asked = ask_anew(safety, flag, question_messages().recap(Led.CHECK_IN, state, ("place",)), red_flags())
            if asked is not None:
                return _asked_first(turn, state, replace(asked, wanted=Led.CHECK_IN))
    after = gate(safety, Led.CHECK_IN, red_flags())
    is_settled = after.move in {SafetyMove.PASS, SafetyMove.WITHHOLD}
    if not is_settled and not state.unchecked:
        return _asked_first(turn, state, after)
    withheld = safety_messages().first_to_do(safety) if after.move is SafetyMove.WITHHOLD else None
    plan = plan_messages().plan(state, turn.conditions, withheld=withheld, unchecked=not is_settled)
    guided = put_down(turn.guided, Led.CHECK_IN, state.delivered().as_json(), is_open=False)
    slots = {Slot.SAFETY: safety.as_json()} if safety != turn.safety else {}
    return Reply(answer=plan, slots={**slots, Slot.GUIDED: guided.as_json()})


def _settled(safety: SafetyState, state: State) -> SafetyState:
    """Return what is open about warning signs once the answers of the check-in count as answers to it."""
    if state.answers.get("since") is not None:
        # How long it has lasted is answered, and the plan says by itself when that is too long.
        safety = settled(safety, "persistent")
    for sign in plan_messages().signs_ruled_out(state):
        safety = settled(safety, sign)
    return safety


def _asked_first(turn: Turn, state: State, asked: SafetyState) -> Reply:
    """Return what has to be asked before the plan; the plan stays due."""
    first, *more = (*question_messages().before_checks(Led.CHECK_IN, state), *safety_messages().messages(asked))
    guided = put_down(turn.guided, Led.CHECK_IN, state.announced().as_json(), is_open=True)
    slots = {Slot.SAFETY: asked.as_json(), Slot.GUIDED: guided.as_json()}
    return Reply(answer=first, after=tuple(more), slots=slots)
